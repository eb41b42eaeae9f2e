//! What of the files has no place here, object by object, with the reason.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::limits::MAX_LISTED;

/// An object, or a property of many objects, that was not taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotTranslated {
    /// The file it stands in.
    pub file: String,
    /// What it is: `@odata.type` or our word for it.
    pub kind: String,
    /// Its id or name; of a property its name.
    pub object: String,
    /// Why, and what happens instead.
    pub reason: String,
}

/// The list of them.
#[derive(Clone, Debug, Default)]
pub struct Untranslated {
    listed: Vec<NotTranslated>,
    more: usize,
    properties: BTreeMap<(String, &'static str, String), usize>,
}

impl Untranslated {
    pub(crate) fn add(&mut self, file: &str, kind: &str, object: &str, reason: impl Into<String>) {
        if self.listed.len() >= MAX_LISTED {
            self.more += 1;
            return;
        }
        self.listed.push(NotTranslated {
            file: file.to_owned(),
            kind: shortened(kind),
            object: shortened(object),
            reason: reason.into(),
        });
    }

    /// A property of an object that is taken over without it; many objects make one entry.
    pub(crate) fn property(&mut self, file: &str, kind: &'static str, name: &str) {
        if self.properties.len() < MAX_LISTED {
            *self
                .properties
                .entry((file.to_owned(), kind, shortened(name)))
                .or_default() += 1;
        } else {
            self.more += 1;
        }
    }

    /// The whole list, objects first.
    #[must_use]
    pub fn list(&self) -> Vec<NotTranslated> {
        let mut list = self.listed.clone();
        list.extend(self.properties.iter().map(|((file, kind, name), count)| {
            let objects = if *count == 1 { "object" } else { "objects" };
            NotTranslated {
                file: file.clone(),
                kind: (*kind).to_owned(),
                object: name.clone(),
                reason: format!("the property of {count} {objects} has no place here and is left out"),
            }
        }));
        if self.more > 0 {
            list.push(NotTranslated {
                file: String::new(),
                kind: String::new(),
                object: String::new(),
                reason: format!("{} more are not listed", self.more),
            });
        }
        list
    }
}

/// Texts of the files are shown, so they are kept short.
fn shortened(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(200)
        .collect()
}
