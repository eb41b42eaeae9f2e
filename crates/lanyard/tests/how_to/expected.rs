//! What the page says will come, compared with what came. `…` stands for anything.

use serde_json::Value;

/// Each expected line is found in the printed ones, in the same order; blanks count as one.
pub(crate) fn check_output(expected: &str, printed: &str, line: usize) {
    let mut rest = printed.lines();
    for wanted in expected
        .lines()
        .map(str::trim)
        .filter(|wanted| !matches!(*wanted, "" | "…"))
    {
        assert!(
            rest.any(|printed| is_like(wanted, printed)),
            "line {line}: expected `{wanted}` in\n{printed}"
        );
    }
}

fn is_like(wanted: &str, printed: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (wanted, printed) = (plain(wanted), plain(printed));
    let pieces: Vec<&str> = wanted.split('…').map(str::trim).collect();
    let mut rest = printed.as_str();
    for (at, piece) in pieces.iter().enumerate() {
        let found = if at == 0 {
            rest.starts_with(piece).then_some(0)
        } else if at + 1 == pieces.len() {
            rest.ends_with(piece).then(|| rest.len() - piece.len())
        } else {
            rest.find(piece)
        };
        match found {
            Some(start) => rest = &rest[start + piece.len()..],
            None => return false,
        }
    }
    pieces.len() > 1 || rest.is_empty()
}

/// The answer has the members that are expected, and may have more.
pub(crate) fn check_answer(expected: &Value, came: &Value, place: &str) {
    match (expected, came) {
        (Value::String(text), came) if text == "…" => assert!(!came.is_null(), "{place} is null"),
        (Value::Object(wanted), Value::Object(members)) => {
            for (name, wanted) in wanted {
                let place = format!("{place}.{name}");
                check_answer(wanted, members.get(name).unwrap_or(&Value::Null), &place);
            }
        }
        (Value::Array(wanted), Value::Array(items)) => {
            assert_eq!(wanted.len(), items.len(), "{place}: {came}");
            for (at, (wanted, item)) in wanted.iter().zip(items).enumerate() {
                check_answer(wanted, item, &format!("{place}[{at}]"));
            }
        }
        (wanted, came) => assert_eq!(wanted, came, "{place}"),
    }
}

#[test]
fn lines_with_gaps() {
    for (wanted, printed, alike) in [
        ("Granted.", "Granted.", true),
        ("Granted.", "Granted. Not.", false),
        ("Created (…).", "Created (1-2).", true),
        ("Created (…).", "Created (1-2)", false),
        ("…b…", "  a   b  c", true),
        ("… ok …chain… at 'x'", " ok    authority-chain  ends at 'x'", true),
        ("…x", "a x", true),
        ("…x", "x a", false),
        ("x…", "x a", true),
    ] {
        assert_eq!(is_like(wanted, printed), alike, "{wanted} / {printed}");
    }
}
