//! Reads rules out of source text.

use std::collections::BTreeMap;

use crate::source::SourceFile;

/// A place in the sources, without a line number so that RULES.md does not change with every edit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) item: String,
}

/// What is known about one id.
#[derive(Debug, Default)]
pub(crate) struct Rule {
    /// Sentence and source, one for each time it is documented.
    pub(crate) documented: Vec<(Place, String, String)>,
    pub(crate) used: Vec<Place>,
    pub(crate) tested: Vec<Place>,
}

/// All ids.
#[derive(Debug, Default)]
pub(crate) struct RuleBook {
    pub(crate) rules: BTreeMap<String, Rule>,
    malformed: Vec<String>,
}

/// Collects documentation, uses and tests.
pub(crate) fn scan(files: &[SourceFile]) -> RuleBook {
    let mut book = RuleBook::default();
    for file in files {
        scan_product(file, &mut book);
    }
    for file in files {
        scan_other_uses(file, &mut book);
        scan_tests(file, &mut book);
    }
    book
}

fn scan_product(file: &SourceFile, book: &mut RuleBook) {
    let product = file.lines.iter().take(file.tests_from);
    for (index, line) in product.enumerate() {
        let trimmed = line.trim_start();
        if let Some(start) = trimmed.strip_prefix("/// Rule `") {
            match documented(file, index, start) {
                Some((id, sentence, source)) => {
                    let place = Place {
                        file: file.path.clone(),
                        item: item_after(file, index),
                    };
                    book.rules
                        .entry(id)
                        .or_default()
                        .documented
                        .push((place, sentence, source));
                }
                None => book.malformed.push(format!(
                    "{}: `{trimmed}` is not of the form /// Rule `ID`: sentence. Source: document §n.",
                    file.path
                )),
            }
        }
        if trimmed.starts_with("//") {
            continue;
        }
        for id in ids_used(line) {
            let item = file
                .function_before(index)
                .unwrap_or_else(|| item_after(file, index));
            let place = Place {
                file: file.path.clone(),
                item,
            };
            let used = &mut book.rules.entry(id).or_default().used;
            if !used.contains(&place) {
                used.push(place);
            }
        }
    }
}

/// Many files pass the id to a function of their own that makes the `RuleId`: the literal is the use.
fn scan_other_uses(file: &SourceFile, book: &mut RuleBook) {
    for (index, line) in file.lines.iter().take(file.tests_from).enumerate() {
        if line.trim_start().starts_with("//") || !line.contains('"') {
            continue;
        }
        for (id, rule) in &mut book.rules {
            if rule.used.is_empty() && line.contains(&format!("\"{id}\"")) {
                let item = file.function_before(index).unwrap_or_default();
                rule.used.push(Place {
                    file: file.path.clone(),
                    item,
                });
            }
        }
    }
}

fn scan_tests(file: &SourceFile, book: &mut RuleBook) {
    for (index, line) in file.lines.iter().enumerate().skip(file.tests_from) {
        for (id, rule) in &mut book.rules {
            if contains_word(line, id) {
                let item = file.function_before(index).unwrap_or_default();
                let place = Place {
                    file: file.path.clone(),
                    item,
                };
                if !rule.tested.contains(&place) {
                    rule.tested.push(place);
                }
            }
        }
    }
}

/// Id, sentence and source of the doc lines that start at `index`.
fn documented(file: &SourceFile, index: usize, start: &str) -> Option<(String, String, String)> {
    let (id, first) = start.split_once("`:")?;
    let mut text = first.trim().to_owned();
    for line in file.lines.iter().skip(index + 1) {
        let Some(more) = line.trim_start().strip_prefix("///") else {
            break;
        };
        let more = more.trim();
        if more.is_empty() || more.starts_with("Rule `") || more.starts_with("# ") {
            break;
        }
        text.push(' ');
        text.push_str(more);
    }
    let (sentence, source) = text.rsplit_once("Source:")?;
    let well_formed = !id.is_empty()
        && id
            .chars()
            .all(|sign| sign.is_ascii_uppercase() || sign.is_ascii_digit() || sign == '-');
    let (sentence, source) = (sentence.trim(), source.trim().trim_end_matches('.'));
    (well_formed && !sentence.is_empty() && !source.is_empty())
        .then(|| (id.to_owned(), sentence.to_owned(), source.to_owned()))
}

fn item_after(file: &SourceFile, index: usize) -> String {
    file.function_after(index).unwrap_or_default()
}

fn ids_used(line: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut rest = line;
    while let Some((_, after)) = rest.split_once("RuleId::new(\"") {
        let Some((id, tail)) = after.split_once('"') else {
            break;
        };
        ids.push(id.to_owned());
        rest = tail;
    }
    ids
}

/// Whether the id stands in the line, not as a part of a longer id.
fn contains_word(line: &str, id: &str) -> bool {
    let part_of_id = |sign: char| sign.is_ascii_alphanumeric() || sign == '-';
    line.match_indices(id).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + id.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(part_of_id) && !after.is_some_and(part_of_id)
    })
}

impl RuleBook {
    /// What is wrong, one sentence each.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = self.malformed.clone();
        for (id, rule) in &self.rules {
            let places = |places: &[Place]| {
                places
                    .iter()
                    .map(|place| format!("{} ({})", place.file, place.item))
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            if rule.documented.is_empty() {
                faults.push(format!(
                    "{id} is used in {} and documented nowhere",
                    places(&rule.used)
                ));
            }
            if rule.documented.len() > 1 {
                let all: Vec<Place> = rule.documented.iter().map(|(place, ..)| place.clone()).collect();
                faults.push(format!(
                    "{id} is documented {} times: {}",
                    all.len(),
                    places(&all)
                ));
            }
            if rule.tested.is_empty() {
                faults.push(format!("{id} is named by no test"));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile::from_text(path.to_owned(), text)
    }

    const GOOD: &str = "/// Decides.\n///\n/// Rule `BIND-PRIORITY`: the lowest number wins,\n/// always. Source: certificate-sign-in §6.3.\n///\n/// More.\npub fn pick() {\n    RuleId::new(\"BIND-PRIORITY\");\n}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn lowest_wins() { \"BIND-PRIORITY\" }\n}\n";

    #[test]
    fn a_rule_in_order_has_no_fault() {
        let book = scan(&[file("crates/x/src/pick.rs", GOOD)]);
        assert_eq!(book.faults(), Vec::<String>::new());
        let rule = &book.rules["BIND-PRIORITY"];
        let (place, sentence, source) = &rule.documented[0];
        assert_eq!(sentence, "the lowest number wins, always.");
        assert_eq!(source, "certificate-sign-in §6.3");
        assert_eq!(
            (place.item.as_str(), rule.tested[0].item.as_str()),
            ("pick", "lowest_wins")
        );
    }

    #[test]
    fn every_kind_of_disorder_is_told() {
        let cases = [
            ("fn a() { RuleId::new(\"NO-DOC\"); }\n", "documented nowhere"),
            (
                "/// Rule `NO-TEST`: x. Source: y §1.\nfn a() { RuleId::new(\"NO-TEST\"); }\n",
                "no test",
            ),
            (
                "/// Rule `no-case`: x. Source: y §1.\nfn a() {}\n",
                "not of the form",
            ),
            ("/// Rule `NO-SOURCE`: x.\nfn a() {}\n", "not of the form"),
            (
                "/// Rule `TWICE`: x. Source: y §1.\nfn a() { RuleId::new(\"TWICE\"); }\n/// Rule `TWICE`: x. Source: y §1.\nfn b() {}\n",
                "documented 2 times",
            ),
        ];
        for (text, expected) in cases {
            let faults = scan(&[file("crates/x/src/a.rs", text)]).faults().join("\n");
            assert!(faults.contains(expected), "{text}: {faults}");
        }
    }

    #[test]
    fn a_longer_id_is_another_rule_and_a_comment_is_no_use() {
        let text = "/// Rule `A-B`: x. Source: y §1.\nfn a() {}\n// RuleId::new(\"A-B\")\n";
        let test = "fn t() { \"A-B-C\" }\n";
        let faults = scan(&[file("crates/x/src/a.rs", text), file("crates/x/tests/t.rs", test)]).faults();
        assert_eq!(faults, ["A-B is named by no test"]);
        assert!(
            scan(&[file("crates/x/src/a.rs", text)]).rules["A-B"]
                .used
                .is_empty()
        );
    }
}
