//! The operator's commands on a running server: changes are in force within seconds, the log explains.

use serde_json::Value;

use crate::demo::{demo, lanyard, number, text};
use crate::own_tenant::OwnTenant;
use crate::scripted_browser::SignInEnd;

#[tokio::test]
async fn a_new_user_signs_in_and_a_disabled_one_does_not() {
    // CHANGE-FOLLOWED: another process changes the database; the server follows.
    let demo = demo();
    let name = "tess@agency.example";
    let tenant = ["--tenant", "agency.example"];
    let admin = |arguments: &[&str]| demo.ok(&[&["admin"], arguments, &tenant].concat());
    let card = demo.card(name);
    let identity = (card.certificate_pem() + &card.key().pem()).into_bytes();
    assert_eq!(number(&demo.sign_in_as(name, Some(&identity)).await), 50_034);
    admin(&["user", "create", name, "--name", "Tess Test"]);
    assert_eq!(
        number(&demo.sign_in_as(name, Some(&identity)).await),
        130_501,
        "F1: out of scope"
    );
    admin(&["group", "add", "Card holders", name]);
    // Another process changed the directory: the server follows within seconds.
    let wait = async |expected: u32| {
        let begun = std::time::Instant::now();
        loop {
            let end = demo.sign_in_as(name, Some(&identity)).await;
            if number(&end) == expected {
                return;
            }
            assert!(begun.elapsed().as_secs() < 15, "expected {expected}: {end:?}");
        }
    };
    wait(0).await;
    admin(&["user", "disable", name]);
    wait(50_057).await;
    admin(&["user", "enable", name]);
    wait(0).await;
}

#[test]
fn daily_tasks_of_people_groups_and_applications_have_commands() {
    let demo = demo();
    let tenant = ["--tenant", "agency.example"];
    let admin = |arguments: &[&str]| demo.ok(&[&["admin"], arguments, &tenant].concat());
    let rows = |arguments: &[&str]| -> Vec<Value> {
        let text = admin(&[arguments, &["--output", "json"]].concat());
        serde_json::from_str(&text).unwrap()
    };
    let names = |arguments: &[&str]| -> Vec<String> {
        let mut names: Vec<String> = rows(arguments)
            .iter()
            .map(|row| row["name"].as_str().unwrap_or_default().to_owned())
            .collect();
        names.sort();
        names
    };
    let (before, after) = ("dora@agency.example", "dora.day@agency.example");
    admin(&["user", "create", before, "--name", "Dora Day", "--mail", before]);
    let shown: Value = serde_json::from_str(&admin(&[
        "user",
        "update",
        before,
        "--new-user-name",
        after,
        "--surname",
        "Day",
        "--mail",
        "",
    ]))
    .unwrap();
    assert_eq!(
        (&shown["userPrincipalName"], &shown["surname"], &shown["mail"]),
        (&Value::from(after), &Value::from("Day"), &Value::Null)
    );
    for group in ["Day shift", "Everybody at work"] {
        admin(&["group", "create", group]);
    }
    admin(&["group", "add", "Day shift", after]);
    admin(&["group", "nest", "Everybody at work", "Day shift"]);
    assert_eq!(names(&["group", "members", "Everybody at work"]), ["Day shift"]);
    assert_eq!(
        names(&["group", "members", "Everybody at work", "--transitive"]),
        ["Day shift", after]
    );
    admin(&["group", "rename", "Day shift", "Early shift"]);

    let id = shown["id"].as_str().unwrap();
    admin(&["user", "delete", after]);
    assert_eq!(names(&["group", "members", "Early shift"]), [""; 0]);
    assert!(names(&["deleted", "list"]).contains(&after.to_owned()));
    admin(&["deleted", "restore", id]);
    assert_eq!(names(&["group", "members", "Early shift"]), [after]);
    admin(&["group", "unnest", "Everybody at work", "Early shift"]);
    assert_eq!(names(&["group", "members", "Everybody at work"]), [""; 0]);

    admin(&["user", "emergency", "add", after]);
    let emergency = rows(&["user", "emergency", "list"]);
    assert_eq!(
        (&emergency[0]["userName"], &emergency[0]["id"]),
        (&Value::from(after), &Value::from(id))
    );
    let twice = demo.run(&[
        "admin",
        "user",
        "emergency",
        "add",
        after,
        "--tenant",
        "agency.example",
    ]);
    assert!(text(&twice).contains("already"), "{}", text(&twice));
    // An account that was deleted leaves the list by its id.
    admin(&["user", "delete", after]);
    assert_eq!(
        rows(&["user", "emergency", "list"])[0]["account"],
        "not in the directory"
    );
    admin(&["user", "emergency", "remove", id]);
    assert_eq!(rows(&["user", "emergency", "list"]).len(), 0);
    admin(&["deleted", "restore", id]);

    let made = admin(&["app", "create", "Day book", "--web", "https://daybook.example/"]);
    let app = made.trim().trim_end_matches('.').rsplit(' ').next().unwrap();
    admin(&["app", "add-secret", app]);
    let shown = admin(&["app", "show", app]);
    assert!(
        shown.contains("Day book") && shown.contains("clientSecrets") && !shown.contains("sha256"),
        "{shown}"
    );
    admin(&["app", "assignment", app, "assigned"]);
    admin(&["app", "assign", app, "--group", "Early shift"]);
    admin(&["app", "unassign", app, "--group", "Early shift"]);
    admin(&["app", "assignment", app, "everybody"]);
    admin(&["app", "delete", app]);
    assert!(names(&["deleted", "list"]).contains(&"Day book".to_owned()));

    let audits = rows(&["audit", "list", "--activity", "Delete user", "--days", "1"]);
    let row = audits
        .iter()
        .find(|row| row["by"] != "")
        .expect("the deletion is in the audit log");
    let whole: Value = serde_json::from_str(&admin(&["audit", "show", row["id"].as_str().unwrap()])).unwrap();
    assert_eq!(whole["activity"], "Delete user");
}

#[tokio::test]
async fn the_log_explains_and_explain_agrees() {
    let demo = demo();
    let SignInEnd::Refused { code, .. } = demo.sign_in("revoked").await else {
        panic!()
    };
    assert_eq!(code, 500_171);
    let rows = demo.log();
    let row = rows
        .iter()
        .rev()
        .find(|row| row.to_string().contains("500171") && row.to_string().contains("rita@"))
        .expect("the refusal is in the log");
    let id = row["id"].as_str().unwrap();
    let shown = demo.ok(&["log", "--tenant", "agency.example", "show", id]);
    assert!(
        shown.contains("has been revoked") && shown.contains("CRL-LISTED"),
        "{shown}"
    );

    let file = |user: &str, name: &str| demo.user(user)[name].as_str().unwrap().to_owned();
    let export = demo.home.join("exported.json");
    demo.ok(&[
        "admin",
        "policy",
        "export",
        export.to_str().unwrap(),
        "--tenant",
        "agency.example",
    ]);
    for (user, name, code) in [
        ("multifactor", "jane@agency.example", 0),
        ("single-factor", "sam@agency.example", 0),
        ("revoked", "rita@agency.example", 1),
        ("expired", "eve@agency.example", 1),
        ("multifactor", "sam@agency.example", 1),
    ] {
        let explained = demo.run(&["explain", &file(user, "certificate_pem"), "--user", name]);
        assert_eq!(
            explained.status.code(),
            Some(code),
            "{user} as {name}: {}",
            text(&explained)
        );
        let json = demo.run(&[
            "explain",
            &file(user, "certificate_pem"),
            "--user",
            name,
            "--output",
            "json",
        ]);
        let json: Value = serde_json::from_slice(&json.stdout).unwrap();
        assert_eq!(json["refusal"].is_null(), code == 0, "{json}");
    }
    let pfx = file("multifactor", "pfx");
    let with = |password: &str| {
        demo.run(&[
            "explain",
            &pfx,
            "--user",
            "jane@agency.example",
            "--password",
            password,
        ])
    };
    assert_eq!(
        with("lanyard").status.code(),
        Some(0),
        "{}",
        text(&with("lanyard"))
    );
    assert_ne!(with("wrong").status.code(), Some(0));
    let offline = lanyard()
        .args([
            "explain",
            &file("revoked", "certificate_pem"),
            "--user",
            "rita@agency.example",
            "--policy",
        ])
        .arg(&export)
        .output()
        .unwrap();
    assert_ne!(
        offline.status.code(),
        Some(0),
        "without its list nobody signs in: {}",
        text(&offline)
    );
    let unreadable = demo.run(&["explain", "/dev/null", "--user", "jane@agency.example"]);
    assert_ne!(unreadable.status.code(), Some(0));
}

#[test]
fn a_typo_in_the_configuration_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lanyard.toml");
    let sample = lanyard().args(["config", "sample"]).output().unwrap();
    let sample = String::from_utf8(sample.stdout).unwrap();
    std::fs::write(&file, sample.replace("stop_deadline_secs", "stop_deadlin_secs")).unwrap();
    let checked = lanyard()
        .args(["config", "check", "--config"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(1));
    assert!(text(&checked).contains("stop_deadlin_secs"), "{}", text(&checked));
}

#[tokio::test]
async fn a_denied_card_is_out_of_the_running_server() {
    // CERTIFICATE-DENIED, CHANGE-FOLLOWED
    let demo = demo();
    let name = "sam@agency.example";
    let tenant = ["--tenant", "agency.example"];
    let admin = |arguments: &[&str]| demo.ok(&[&["admin"], arguments, &tenant].concat());
    let card = demo.card(name);
    let identity = (card.certificate_pem() + &card.key().pem()).into_bytes();
    let file = demo.home.join("denied.pem");
    std::fs::write(&file, card.certificate_pem()).unwrap();
    let wait = async |expected: u32| {
        let begun = std::time::Instant::now();
        loop {
            let end = demo.sign_in_as(name, Some(&identity)).await;
            if number(&end) == expected {
                return;
            }
            assert!(begun.elapsed().as_secs() < 15, "expected {expected}: {end:?}");
        }
    };
    wait(0).await;
    admin(&[
        "certificate",
        "deny",
        file.to_str().unwrap(),
        "--reason",
        "left on a train",
    ]);
    wait(500_171).await;
    let log = demo.log();
    let told = |words: &[&str]| {
        log.iter()
            .any(|row| words.iter().all(|word| row.to_string().contains(word)))
    };
    assert!(told(&["500171", "denied by an administrator", "left on a train"]));
    assert!(
        told(&["The session ended", "left on a train"]),
        "its session ended, and the log says so"
    );
    let serial = data_encoding::HEXLOWER.encode(card.serial());
    admin(&["certificate", "allow", &serial]);
    wait(0).await;
}

#[test]
fn directory_roles_are_given_and_taken() {
    // LAST-GLOBAL-ADMINISTRATOR
    let demo = demo();
    let tenant = ["--tenant", "agency.example"];
    let run = |arguments: &[&str]| demo.run(&[&["admin", "role"], arguments, &tenant].concat());
    let ok = |arguments: &[&str]| demo.ok(&[&["admin", "role"], arguments, &tenant].concat());
    let carl = "carl@agency.example";
    assert!(ok(&["names"]).contains("Authentication Policy Administrator"));
    assert!(ok(&["give", carl, "helpdesk administrator"]).contains("is Helpdesk Administrator now"));
    let rows: Vec<Value> = serde_json::from_str(&ok(&["list", "--output", "json"])).unwrap();
    let held = |rows: &[Value], role: &str, holder: &str| {
        rows.iter()
            .any(|row| row["role"] == role && row["holder"] == holder)
    };
    assert!(held(&rows, "Helpdesk Administrator", "Carl Past"), "{rows:?}");
    assert!(held(&rows, "Global Administrator", "Ada Keys"), "{rows:?}");
    for (wrong, why) in [
        (["give", carl, "Helpdesk Administrator"], "already"),
        (["give", carl, "Boss"], "there is no role 'Boss'"),
        (
            ["give", "nobody@agency.example", "Global Reader"],
            "does not exist",
        ),
        (["take", carl, "Global Reader"], "is not Global Reader"),
        (
            ["take", "ada@agency.example", "Global Administrator"],
            "The last Global Administrator",
        ),
    ] {
        let refused = run(&wrong);
        assert_eq!(refused.status.code(), Some(1), "{wrong:?}: {}", text(&refused));
        assert!(text(&refused).contains(why), "{wrong:?}: {}", text(&refused));
    }
    ok(&["take", carl, "Helpdesk Administrator"]);
    let rows: Vec<Value> = serde_json::from_str(&ok(&["list", "--output", "json"])).unwrap();
    assert!(!held(&rows, "Helpdesk Administrator", "Carl Past"), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tenant_brings_the_azure_cli_in_for_itself() {
    const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
    let demo = demo();
    let tenant = OwnTenant::create(&demo, "azure-cli.example");
    let register = |domain: &str, more: &[&str]| {
        let output = demo.run(&[&["admin", "app", "azure-cli", "--tenant", domain], more].concat());
        (output.status.success(), text(&output))
    };
    let (_, said) = register("agency.example", &[]);
    assert!(said.contains("registered already"), "{said}");
    let (_, said) = register(&tenant.domain, &["--permission", "Everything.All"]);
    assert!(said.contains("'Everything.All'"), "{said}");
    let (done, said) = register(&tenant.domain, &["--permission", "User.Read.All"]);
    assert!(done, "{said}");
    let (done, said) = register(&tenant.domain, &[]);
    assert!(!done && said.contains("registered already"), "{said}");
    let card = tenant.card("pat");
    let identity = (card.certificate_pem() + &card.key().pem()).into_bytes();
    let end = demo
        .sign_in_to(
            &tenant.id,
            AZURE_CLI,
            "http://localhost",
            &tenant.user("pat"),
            Some(&identity),
        )
        .await;
    assert!(matches!(end, SignInEnd::Code(_)), "{end:?}");
}

#[tokio::test]
async fn health_and_metrics_are_on_the_management_port() {
    let demo = demo();
    let browser = demo.browser(demo.text("/tenant_id"), None);
    demo.sign_in("single-factor").await;
    for (path, expected) in [
        ("/livez", "ok"),
        ("/readyz", "ok"),
        ("/metrics", "lanyard_sign_ins_total"),
    ] {
        let url = format!("{}{path}", demo.text("/management_url"));
        let answer = browser.http().get(url).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        assert!(answer.text().await.unwrap().contains(expected), "{path}");
    }
    // The continuous self-test of the lists.
    let url = format!("{}/metrics", demo.text("/management_url"));
    let begun = std::time::Instant::now();
    loop {
        let text = browser
            .http()
            .get(&url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let missing: Vec<&str> = [
            "lanyard_crl_seconds_until_next_update{",
            "lanyard_crl_last_success_timestamp_seconds{",
            "lanyard_crl_entries{",
            "lanyard_crl_grace_in_use{",
            "lanyard_crl_addresses_failed{",
            "lanyard_authority_seconds_until_not_after{",
            "lanyard_crl_alarms ",
            "lanyard_crl_downloads_total{",
        ]
        .into_iter()
        .filter(|name| !text.contains(name))
        .collect();
        if missing.is_empty() {
            break;
        }
        assert!(begun.elapsed().as_secs() < 40, "{missing:?} in\n{text}");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}
