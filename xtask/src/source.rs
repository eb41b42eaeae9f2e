//! Rust source text as the checks see it: which lines are product, which are test, which function is near.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace;

/// One file, cut into lines.
pub(crate) struct SourceFile {
    /// Path from the workspace's folder, with `/`.
    pub(crate) path: String,
    pub(crate) lines: Vec<String>,
    /// Index of the first line that is test code; the number of lines when there is none.
    pub(crate) tests_from: usize,
}

impl SourceFile {
    /// Reads a file that belongs to the workspace.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let root = workspace::root();
        let relative = path
            .strip_prefix(&root)
            .unwrap_or(path)
            .to_string_lossy()
            .replace('\\', "/");
        Ok(Self::from_text(relative, &text))
    }

    /// Cuts text into lines and finds where its tests begin.
    pub(crate) fn from_text(path: String, text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let whole_file_is_test = path.contains("/tests/")
            || path.starts_with("tests/")
            || path.ends_with("/tests.rs")
            || path.contains("/benches/");
        let tests_from = if whole_file_is_test {
            0
        } else {
            first_test_line(&lines)
        };
        Self {
            path,
            lines,
            tests_from,
        }
    }

    /// The name of the function that encloses (or, for a doc comment, follows) the line.
    pub(crate) fn function_after(&self, line: usize) -> Option<String> {
        self.lines.iter().skip(line).find_map(|line| item_name(line))
    }

    /// The nearest function that starts at or above the line.
    pub(crate) fn function_before(&self, line: usize) -> Option<String> {
        self.lines
            .iter()
            .take(line + 1)
            .rev()
            .find_map(|line| function_name(line))
    }
}

fn first_test_line(lines: &[String]) -> usize {
    lines
        .iter()
        .zip(lines.iter().skip(1))
        .position(|(attribute, next)| {
            attribute.trim() == "#[cfg(test)]" && next.trim_start().starts_with("mod ") && next.ends_with('{')
        })
        .unwrap_or(lines.len())
}

/// `name` when the line starts a function.
pub(crate) fn function_name(line: &str) -> Option<String> {
    let line = line.trim_start();
    let before = [
        "fn ",
        "pub fn ",
        "async fn ",
        "pub async fn ",
        "const fn ",
        "pub const fn ",
    ]
    .into_iter()
    .find_map(|start| line.strip_prefix(start))
    .or_else(|| {
        let after_visibility = line.strip_prefix("pub(")?.split_once(") ")?.1;
        ["fn ", "async fn ", "const fn "]
            .into_iter()
            .find_map(|start| after_visibility.strip_prefix(start))
    })?;
    let name: String = before
        .chars()
        .take_while(|sign| sign.is_alphanumeric() || *sign == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

/// `name` when the line starts a function, type or constant.
fn item_name(line: &str) -> Option<String> {
    if let Some(name) = function_name(line) {
        return Some(name);
    }
    let line = line.trim_start();
    let line = match line.strip_prefix("pub(") {
        Some(rest) => rest.split_once(") ")?.1,
        None => line.strip_prefix("pub ").unwrap_or(line),
    };
    let rest = ["struct ", "enum ", "const ", "static ", "trait ", "type ", "mod "]
        .into_iter()
        .find_map(|start| line.strip_prefix(start))?;
    let name: String = rest
        .chars()
        .take_while(|sign| sign.is_alphanumeric() || *sign == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

/// Every Rust file of the product, its tests and this tool.
pub(crate) fn all_rust_files() -> Vec<PathBuf> {
    let root = workspace::root();
    let mut files = Vec::new();
    for folder in ["crates", "xtask", "bench", "tests"] {
        files.extend(workspace::files(&root.join(folder), "rs"));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_behind_every_visibility() {
        for (line, expected) in [
            ("fn a(", Some("a")),
            ("    pub(crate) async fn b_c<T>(", Some("b_c")),
            ("pub const fn d() {", Some("d")),
            ("let f = fn_thing();", None),
            ("// fn nothing()", None),
        ] {
            assert_eq!(function_name(line).as_deref(), expected, "{line}");
        }
        assert_eq!(item_name("pub struct Thing {").as_deref(), Some("Thing"));
        assert_eq!(item_name("pub(crate) enum Other {").as_deref(), Some("Other"));
    }

    #[test]
    fn tests_begin_at_the_test_module_or_with_the_file() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        let file = SourceFile::from_text("crates/x/src/a.rs".to_owned(), text);
        assert_eq!(file.tests_from, 1);
        assert_eq!(file.function_before(4).as_deref(), Some("b"));
        assert_eq!(file.function_after(1).as_deref(), Some("tests"));
        let file = SourceFile::from_text("crates/x/tests/a.rs".to_owned(), text);
        assert_eq!(file.tests_from, 0);
        let outside = "#[cfg(test)]\nmod tests;\nfn a() {}\n";
        assert_eq!(
            SourceFile::from_text("crates/x/src/a.rs".to_owned(), outside).tests_from,
            3
        );
    }
}
