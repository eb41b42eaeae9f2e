//! SECURITY.md names a test for each threat; this checks that the test is there.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};

use crate::source::{self, SourceFile};
use crate::workspace;

/// Fails when a named test does not exist.
pub(crate) fn run() -> Result<()> {
    let named =
        named_tests(&std::fs::read_to_string(workspace::root().join("SECURITY.md")).context("SECURITY.md")?);
    let known = known_tests()?;
    let missing: Vec<&String> = named.iter().filter(|name| !known.contains(*name)).collect();
    if !missing.is_empty() {
        let list: String = missing.iter().map(|name| format!("\n  - {name}")).collect();
        bail!("SECURITY.md names tests that do not exist:{list}");
    }
    println!(
        "{} tests named in the threat table, all of them exist",
        named.len()
    );
    Ok(())
}

/// The words in backquotes of the last column of every table row that starts with a threat number (`T1`).
fn named_tests(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let numbered = cells
            .first()
            .and_then(|cell| cell.strip_prefix('T'))
            .is_some_and(|number| !number.is_empty() && number.chars().all(|sign| sign.is_ascii_digit()));
        if !numbered {
            continue;
        }
        if let Some(last) = cells.last() {
            names.extend(last.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    names
}

/// Functions in test code of the Rust files, and test titles in the scripts under tests/.
fn known_tests() -> Result<BTreeSet<String>> {
    let mut known = BTreeSet::new();
    for path in source::all_rust_files() {
        let file = SourceFile::read(&path)?;
        known.extend(
            file.lines
                .iter()
                .skip(file.tests_from)
                .filter_map(|line| source::function_name(line)),
        );
    }
    let tests = workspace::root().join("tests");
    for extension in ["mjs", "js", "py"] {
        for path in workspace::files(&tests, extension) {
            for line in std::fs::read_to_string(&path)?.lines() {
                known.extend(script_test(line));
            }
        }
    }
    Ok(known)
}

/// `def test_x(` in Python, `test('x'` in JavaScript.
fn script_test(line: &str) -> Option<String> {
    let line = line.trim_start();
    if let Some(rest) = line.strip_prefix("def ") {
        return rest.split_once('(').map(|(name, _)| name.to_owned());
    }
    let rest = line.trim_start_matches("await ").strip_prefix("test(")?;
    let quote = rest
        .chars()
        .next()
        .filter(|sign| matches!(sign, '\'' | '"' | '`'))?;
    rest.get(1..)?.split_once(quote).map(|(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_that_security_md_names_exist() {
        run().unwrap();
    }

    #[test]
    fn only_numbered_rows_count() {
        let text =
            "| # | threat | test |\n|---|---|---|\n| T1 | `x` | `a_test`, `b_test` |\n| no | no | `c` |\n";
        let names: Vec<String> = named_tests(text).into_iter().collect();
        assert_eq!(names, ["a_test", "b_test"]);
    }

    #[test]
    fn script_tests_are_found() {
        assert_eq!(
            script_test("def test_code_flow(demo):").as_deref(),
            Some("test_code_flow")
        );
        assert_eq!(
            script_test("  await test('signs in', async () => {").as_deref(),
            Some("signs in")
        );
        assert_eq!(script_test("const test = 1"), None);
    }
}
