//! `$search`: words that a resource shall have.

use serde_json::Value;

use crate::odata::QueryFault;

/// Longest expression, in octets, and most clauses.
const MAX_SEARCH_BYTES: usize = 4 * 1024;
const MAX_CLAUSES: usize = 20;

/// One of several lists of clauses, all of which must be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search(pub(crate) Vec<Vec<Clause>>);

/// `"displayName:word"`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    pub(crate) property: String,
    pub(crate) text: String,
}

fn malformed() -> QueryFault {
    QueryFault::malformed(
        "Syntax error in $search: clauses have the form \"property:text\", joined by AND and OR.",
    )
}

impl Search {
    /// Reads an expression; `AND` binds closer than `OR`.
    ///
    /// Rule `GRAPH-SEARCH`: `$search` has at most 20 clauses `"property:text"` joined by AND and OR; a clause is met when the
    /// property, or a word of it, begins so. Source: directory-policy-tokens §2.1.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn parse(text: &str, searchable: &[&str]) -> Result<Self, QueryFault> {
        if text.len() > MAX_SEARCH_BYTES {
            return Err(malformed());
        }
        let (mut alternatives, mut clauses, mut count) = (Vec::new(), Vec::new(), 0);
        let mut rest = text.trim();
        loop {
            let (clause, after) = clause(rest)?;
            if !searchable.contains(&clause.property.as_str()) {
                return Err(QueryFault::unsupported(format!(
                    "Unrecognized property '{}' in $search.",
                    clause.property
                )));
            }
            count += 1;
            if count > MAX_CLAUSES {
                return Err(malformed());
            }
            clauses.push(clause);
            rest = after.trim_start();
            if rest.is_empty() {
                alternatives.push(clauses);
                return Ok(Self(alternatives));
            } else if let Some(after) = rest.strip_prefix("AND ") {
                rest = after.trim_start();
            } else if let Some(after) = rest.strip_prefix("OR ") {
                rest = after.trim_start();
                alternatives.push(std::mem::take(&mut clauses));
            } else {
                return Err(malformed());
            }
        }
    }

    /// Whether a resource is found.
    pub(crate) fn finds(&self, resource: &Value) -> bool {
        self.0
            .iter()
            .any(|clauses| clauses.iter().all(|clause| clause.finds(resource)))
    }
}

impl Clause {
    fn finds(&self, resource: &Value) -> bool {
        let wanted = self.text.to_lowercase();
        let begins = |found: &str| {
            let found = found.to_lowercase();
            found.starts_with(&wanted)
                || found
                    .split(|c: char| !c.is_alphanumeric())
                    .any(|word| !wanted.is_empty() && word.starts_with(&wanted))
        };
        match resource.get(&self.property) {
            Some(Value::String(text)) => begins(text),
            Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).any(begins),
            _ => false,
        }
    }
}

/// One clause and what follows it; inside, a backslash lets a quotation mark stand.
fn clause(text: &str) -> Result<(Clause, &str), QueryFault> {
    let inner = text.strip_prefix('"').ok_or_else(malformed)?;
    let (mut content, mut escaped) = (String::new(), false);
    for (index, character) in inner.char_indices() {
        match character {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => {
                let (property, text) = content.split_once(':').ok_or_else(malformed)?;
                let clause = Clause {
                    property: property.trim().to_owned(),
                    text: text.trim().to_owned(),
                };
                return Ok((clause, inner.get(index + 1..).unwrap_or_default()));
            }
            other => {
                content.push(other);
                escaped = false;
            }
        }
    }
    Err(malformed())
}
