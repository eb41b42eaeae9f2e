//! The documents at the root point at files; this checks that the files are there.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Fails when a relative link of a document leads nowhere.
pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let mut documents: Vec<_> = std::fs::read_dir(&root)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    documents.extend(workspace::files(&root.join("tests"), "md"));
    let mut checked = 0;
    let mut broken = Vec::new();
    for document in &documents {
        let text = std::fs::read_to_string(document).with_context(|| document.display().to_string())?;
        for target in relative_links(&text) {
            checked += 1;
            if !document.parent().unwrap_or(Path::new(".")).join(target).exists() {
                broken.push(format!("\n  - {} → {target}", document.display()));
            }
        }
    }
    if !broken.is_empty() {
        bail!("links that lead nowhere:{}", broken.concat());
    }
    println!(
        "{checked} links in {} documents, all of them lead somewhere",
        documents.len()
    );
    Ok(())
}

/// What stands between `](` and `)`, anchors cut off, web addresses left out.
fn relative_links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("://") && !target.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_links_of_our_documents_lead_somewhere() {
        run().unwrap();
    }

    #[test]
    fn anchors_and_web_addresses_are_no_files() {
        let text = "[a](b.md#c) [d](https://e.example) [f](#g) `[x](y z)`";
        assert_eq!(relative_links(text).collect::<Vec<_>>(), ["b.md"]);
    }
}
