//! The text of RULES.md.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::scan::{Place, Rule, RuleBook};

const HEAD: &str = "# Rules

Every rule of behaviour that Lanyard decides by, written from the doc comments by `cargo xtask rules`. A refusal in
the sign-in log carries the id, so a search for it leads from the log to the function, the sentence and the test. The ids
without a mark under \"log\" shape the wire or the house and stand in no trace.
";

/// The whole file, grouped by crate.
pub(crate) fn markdown(book: &RuleBook) -> String {
    let mut by_crate: BTreeMap<&str, Vec<(&str, &Rule)>> = BTreeMap::new();
    for (id, rule) in &book.rules {
        if let Some((place, ..)) = rule.documented.first() {
            let name = place.file.split('/').nth(1).unwrap_or_default();
            by_crate.entry(name).or_default().push((id, rule));
        }
    }
    let mut text = HEAD.to_owned();
    for (name, rules) in by_crate {
        let _ = write!(
            text,
            "\n## {name}\n\n| Rule | What it says | Source | Log | Decided in | Proven by |\n|---|---|---|---|---|---|\n"
        );
        for (id, rule) in rules {
            let Some((place, sentence, source)) = rule.documented.first() else {
                continue;
            };
            let proof = best_proof(&rule.tested).map_or_else(|| "**nothing**".to_owned(), link);
            let in_log = if rule.used.is_empty() { "" } else { "✓" };
            let _ = writeln!(
                text,
                "| `{id}` | {} | {} | {in_log} | {} | {proof} |",
                cell(sentence),
                cell(source),
                link(place)
            );
        }
    }
    text
}

/// A test in the same file says most; otherwise the first one.
fn best_proof(tested: &[Place]) -> Option<&Place> {
    tested
        .iter()
        .find(|place| place.file.contains("/src/"))
        .or_else(|| tested.first())
}

fn link(place: &Place) -> String {
    let file = place.file.rsplit('/').next().unwrap_or_default();
    let shown = if place.item.is_empty() { file } else { &place.item };
    format!("[`{shown}`]({})", place.file)
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use crate::rules::scan::scan;
    use crate::source::SourceFile;

    #[test]
    fn the_table_links_function_and_test() {
        let text = "/// Rule `A-B`: one | two. Source: y §1.\nfn a() { RuleId::new(\"A-B\"); }\n#[cfg(test)]\nmod tests {\n    fn t() { \"A-B\" }\n}\n";
        let book = scan(&[SourceFile::from_text("crates/pki/src/a.rs".to_owned(), text)]);
        let markdown = super::markdown(&book);
        let row =
            "| `A-B` | one \\| two. | y §1 | ✓ | [`a`](crates/pki/src/a.rs) | [`t`](crates/pki/src/a.rs) |";
        assert!(markdown.contains("\n## pki\n"), "{markdown}");
        assert!(markdown.contains(row), "{markdown}");
    }
}
