//! Reading files, object by object: a list of two hundred thousand users is never in memory as JSON.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::limits::{MAX_JSON_BYTES, MAX_OBJECTS};
use crate::shapes::{Place, take};
use crate::{ExchangeError, Found};

/// Reads files of Graph JSON in any order.
///
/// # Errors
/// The first file that cannot be read, is too large, is not JSON, or holds an object with parts of the wrong kind.
pub fn read_files(files: &[PathBuf]) -> Result<Found, ExchangeError> {
    let mut found = Found::default();
    for path in files {
        let file = File::open(path).map_err(|error| ExchangeError::file(path, error))?;
        let length = file
            .metadata()
            .map_err(|error| ExchangeError::file(path, error))?
            .len();
        if length > MAX_JSON_BYTES {
            let sentence = "the file is larger than a gigabyte\n  hint: export in pages";
            return Err(ExchangeError::unreadable(path.display(), sentence));
        }
        let source = BufReader::with_capacity(1 << 20, file.take(MAX_JSON_BYTES));
        read_document(&mut found, path, source)?;
    }
    found.join_members();
    Ok(found)
}

/// Reads one document into what was found before. The name tells what the document itself does not: the group whose
/// members it lists.
///
/// # Errors
/// As [`read_files`].
pub fn read_document(found: &mut Found, path: &Path, source: impl Read) -> Result<(), ExchangeError> {
    let unreadable = |error: serde_json::Error| ExchangeError::unreadable(path.display(), error);
    let mut place = Place::new(path);
    let mut reader = serde_json::Deserializer::from_reader(source);
    Document {
        found,
        place: &mut place,
    }
    .deserialize(&mut reader)
    .map_err(unreadable)?;
    reader.end().map_err(unreadable)
}

/// A document: one object, a list, or an answer whose `value` is a list.
struct Document<'a> {
    found: &'a mut Found,
    place: &'a mut Place,
}

/// The objects of a list.
struct List<'a> {
    found: &'a mut Found,
    place: &'a mut Place,
}

fn take_one<E: serde::de::Error>(found: &mut Found, place: &mut Place, value: Value) -> Result<(), E> {
    found.objects += 1;
    if found.objects > MAX_OBJECTS {
        return Err(E::custom(format!("there are more than {MAX_OBJECTS} objects")));
    }
    take(found, place, value).map_err(E::custom)
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element::<Value>()? {
            take_one(self.found, self.place, value)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut single = Map::new();
        let mut is_list = false;
        while let Some(name) = members.next_key::<String>()? {
            if name == "value" {
                is_list = members.next_value_seed(List {
                    found: self.found,
                    place: self.place,
                })?;
                continue;
            }
            if is_list && !name.starts_with('@') {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = members.next_value::<Value>()?;
            if name == "@odata.context" {
                self.place.set_context(value.as_str().unwrap_or_default());
            }
            single.insert(name, value);
        }
        if !is_list {
            return take_one(self.found, self.place, Value::Object(single));
        }
        if single.contains_key("@odata.nextLink") {
            let reason = "there is another page (@odata.nextLink): give its file, too";
            self.found.untranslated.add(&self.place.file, "page", "", reason);
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        while let Some(value) = list.next_element::<Value>()? {
            if !value.is_object() {
                return Err(A::Error::custom("the list holds something that is no object"));
            }
            take_one(self.found, self.place, value)?;
        }
        Ok(true)
    }
}
