//! What must hold for every template and every rendered page.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../examples/preview/samples.rs"]
mod samples;

use std::collections::BTreeSet;

async fn rendered(name: &str) -> (http::HeaderMap, String) {
    let answer = samples::page(name).unwrap_or_else(|| panic!("no sample {name}"));
    let headers = answer.headers().clone();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20)
        .await
        .expect("body");
    (headers, String::from_utf8(body.to_vec()).expect("UTF-8"))
}

/// PAGE-CSP: what the policy would block must not be in a template either.
#[test]
fn no_template_holds_inline_code() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    for entry in std::fs::read_dir(folder).expect("templates") {
        let path = entry.expect("entry").path();
        let text = std::fs::read_to_string(&path).expect("text").to_ascii_lowercase();
        for forbidden in [
            " style=",
            "<style",
            " onclick",
            " onload",
            " onsubmit",
            "javascript:",
            "hx-on",
            "js:",
        ] {
            assert!(!text.contains(forbidden), "{} holds {forbidden}", path.display());
        }
        for tag in text
            .split("<script")
            .skip(1)
            .filter_map(|rest| rest.split('>').next())
        {
            assert!(
                tag.contains("src=") || tag.contains("type=\"text/plain\""),
                "{}: {tag}",
                path.display()
            );
        }
        let allowed = usize::from(path.ends_with("layout.html"));
        assert_eq!(
            text.matches("|safe").count(),
            allowed,
            "{}: only the data block is written unescaped",
            path.display()
        );
    }
}

#[tokio::test]
async fn every_page_has_its_headers_language_title_and_landmarks() {
    for name in samples::NAMES {
        let (headers, html) = rendered(name).await;
        assert_eq!(headers["cache-control"], "no-store", "{name}");
        assert_eq!(headers["referrer-policy"], "same-origin", "{name}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{name}");
        let policy = headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("script-src 'self';"), "{name}");
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{name}");
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        let ids: Vec<&str> = html
            .split(" id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert_eq!(
            ids.len(),
            ids.iter().collect::<BTreeSet<_>>().len(),
            "{name}: ids are unique"
        );
    }
}

#[tokio::test]
async fn automation_finds_the_flow_and_the_hidden_fields() {
    let (_, html) = rendered("user-name").await;
    let statement = html
        .lines()
        .find(|line| line.starts_with("$Config={"))
        .expect("the statement on its own line");
    let json = statement
        .strip_prefix("$Config=")
        .and_then(|rest| rest.strip_suffix(';'))
        .expect("form");
    let config: serde_json::Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(config["sCtx"], "c29tZS1jb250ZXh0");
    assert_eq!(config["sFT"], "Zmxvdy10b2tlbg");

    let (_, html) = rendered("hand-over").await;
    for name in ["ctx", "flowtoken", "certificatetoken"] {
        assert!(
            html.contains(&format!("<input type=\"hidden\" name=\"{name}\" value=\"")),
            "{name}"
        );
    }
}

#[test]
fn values_are_escaped() {
    use askama::Template as _;
    let page = lanyard_pages::views::PlainPage {
        headline: "<script>alert(1)</script>\"'".into(),
        ..lanyard_pages::views::PlainPage::of_status(http::StatusCode::BAD_REQUEST)
    };
    let html = page.render().expect("rendered");
    assert!(!html.contains("<script>alert"));
}
