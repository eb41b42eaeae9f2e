//! From stored bytes to types.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StorageError;

/// The JSON body of an aggregate.
pub(crate) fn to_body<T: Serialize>(what: &'static str, value: &T) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|error| StorageError::Unstorable {
        what,
        reason: error.to_string(),
    })
}

/// An aggregate from its JSON body.
pub(crate) fn from_body<T: DeserializeOwned>(what: &'static str, body: &str) -> Result<T, StorageError> {
    serde_json::from_str(body).map_err(|error| StorageError::corrupt(what, error))
}

/// Aggregates from rows of one body column.
pub(crate) fn from_bodies<T: DeserializeOwned>(
    what: &'static str,
    rows: Vec<(String,)>,
) -> Result<Vec<T>, StorageError> {
    rows.iter().map(|(body,)| from_body(what, body)).collect()
}

/// An aggregate from a row of one body column, if there is one.
pub(crate) fn from_optional_body<T: DeserializeOwned>(
    what: &'static str,
    row: Option<(String,)>,
) -> Result<Option<T>, StorageError> {
    row.map(|(body,)| from_body(what, &body)).transpose()
}

/// Bytes of a fixed length.
pub(crate) fn fixed<const N: usize>(what: &'static str, bytes: Vec<u8>) -> Result<[u8; N], StorageError> {
    let length = bytes.len();
    bytes
        .try_into()
        .map_err(|_| StorageError::corrupt(what, format!("{length} bytes instead of {N}")))
}

/// Bytes of a fixed length or nothing.
pub(crate) fn fixed_or_none<const N: usize>(
    what: &'static str,
    bytes: Option<Vec<u8>>,
) -> Result<Option<[u8; N]>, StorageError> {
    bytes.map(|bytes| fixed(what, bytes)).transpose()
}

/// A small number.
pub(crate) fn small(what: &'static str, number: i64) -> Result<i16, StorageError> {
    i16::try_from(number).map_err(|error| StorageError::corrupt(what, error))
}
