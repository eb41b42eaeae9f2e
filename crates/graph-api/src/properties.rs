//! Reading the properties of a JSON body.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::GraphError;

/// The properties of a body that were not read yet. What is left at the end is not known.
///
/// Rule `GRAPH-BODY-PROPERTIES`: names in bodies are read letter by letter; a property that the type does not have, or that cannot
/// be written, is refused by name; annotations (`@odata.…`) are passed over. Source: directory-policy-tokens §2.1.
pub(crate) struct Fields {
    members: Map<String, Value>,
    /// Where they stand in the body: `passwordProfile.`
    place: String,
}

impl Fields {
    /// The properties of a body.
    pub(crate) fn of(body: Value) -> Result<Self, GraphError> {
        Self::at(body, String::new())
    }

    fn at(value: Value, place: String) -> Result<Self, GraphError> {
        match value {
            Value::Object(members) => Ok(Self { members, place }),
            _ if place.is_empty() => Err(GraphError::bad_request("A JSON object was expected.")),
            _ => {
                let target = place.trim_end_matches('.').to_owned();
                let message = format!("'{target}': an object was expected.");
                Err(GraphError::at_property(target, message))
            }
        }
    }

    fn wrong(&self, name: &str, expected: &str) -> GraphError {
        let target = format!("{}{name}", self.place);
        let message = format!("Invalid value specified for property '{target}': {expected} was expected.");
        GraphError::at_property(target, message)
    }

    /// A property that is missing although it is needed.
    pub(crate) fn missing(&self, name: &str) -> GraphError {
        let target = format!("{}{name}", self.place);
        let message = format!("A value is required for property '{target}' of resource.");
        GraphError::at_property(target, message)
    }

    /// Takes a property as it is.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.shift_remove(name)
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, GraphError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "a text")),
        }
    }

    /// A text that must be there.
    pub(crate) fn needed_text(&mut self, name: &str) -> Result<String, GraphError> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A text, or null to remove it.
    pub(crate) fn text_or_null(&mut self, name: &str) -> Result<Option<Option<String>>, GraphError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(text)) => Ok(Some(Some(text))),
            Some(_) => Err(self.wrong(name, "a text or null")),
        }
    }

    /// A switch.
    pub(crate) fn switch(&mut self, name: &str) -> Result<Option<bool>, GraphError> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(_) => Err(self.wrong(name, "true or false")),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, GraphError> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let texts: Option<Vec<String>> = match value {
            Value::Array(items) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(text) => Some(text),
                    _ => None,
                })
                .collect(),
            Value::Null => Some(Vec::new()),
            _ => None,
        };
        texts.map(Some).ok_or_else(|| self.wrong(name, "a list of texts"))
    }

    /// A list of texts that must be there.
    pub(crate) fn needed_texts(&mut self, name: &str) -> Result<Vec<String>, GraphError> {
        self.texts(name)?.ok_or_else(|| self.missing(name))
    }

    /// A GUID.
    pub(crate) fn guid(&mut self, name: &str) -> Result<Option<Uuid>, GraphError> {
        let Some(text) = self.text_or_null(name)?.flatten() else {
            return Ok(None);
        };
        match Uuid::try_parse(&text) {
            Ok(id) => Ok(Some(id)),
            Err(_) => Err(self.wrong(name, "a GUID")),
        }
    }

    /// A GUID that must be there.
    pub(crate) fn needed_guid(&mut self, name: &str) -> Result<Uuid, GraphError> {
        self.guid(name)?.ok_or_else(|| self.missing(name))
    }

    /// A moment.
    pub(crate) fn moment(&mut self, name: &str) -> Result<Option<Timestamp>, GraphError> {
        let Some(text) = self.text_or_null(name)?.flatten() else {
            return Ok(None);
        };
        match text.parse() {
            Ok(moment) => Ok(Some(moment)),
            Err(_) => Err(self.wrong(name, "a moment such as 2026-01-09T02:02:12Z")),
        }
    }

    /// The properties of an object; null counts as missing.
    pub(crate) fn object(&mut self, name: &str) -> Result<Option<Self>, GraphError> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => Self::at(value, format!("{}{name}.", self.place)).map(Some),
        }
    }

    /// A list of objects.
    pub(crate) fn objects(&mut self, name: &str) -> Result<Option<Vec<Self>>, GraphError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(Vec::new())),
            Some(Value::Array(items)) => {
                let place = |index: usize| format!("{}{name}[{index}].", self.place);
                let items = items.into_iter().enumerate();
                items
                    .map(|(index, item)| Self::at(item, place(index)))
                    .collect::<Result<_, _>>()
                    .map(Some)
            }
            Some(_) => Err(self.wrong(name, "a list of objects")),
        }
    }

    /// Everything left whose name is accepted.
    pub(crate) fn rest(&mut self, accepted: impl Fn(&str) -> bool) -> Map<String, Value> {
        let names: Vec<String> = self
            .members
            .keys()
            .filter(|name| accepted(name))
            .cloned()
            .collect();
        names
            .into_iter()
            .filter_map(|name| self.take(&name).map(|value| (name, value)))
            .collect()
    }

    /// Passes over properties that mean nothing here.
    pub(crate) fn pass_over(&mut self, names: &[&str]) {
        for name in names {
            self.take(name);
        }
    }

    /// Ends the reading.
    pub(crate) fn end(self) -> Result<(), GraphError> {
        let unknown = self.members.keys().find(|name| !name.contains('@'));
        match unknown {
            None => Ok(()),
            Some(name) => {
                let target = format!("{}{name}", self.place);
                let message = format!("Invalid property '{}'.", crate::odata::shown(&target));
                Err(GraphError::at_property(target, message))
            }
        }
    }
}
