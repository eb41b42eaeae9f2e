//! Why a query cannot be answered.

/// A query that is refused, with the sentence for the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryFault {
    /// Cannot be read: `Request_BadRequest`.
    #[error("{0}")]
    Malformed(String),
    /// Can be read and is not answered: `Request_UnsupportedQuery`.
    #[error("{0}")]
    Unsupported(String),
}

impl QueryFault {
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::Malformed(message.into())
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::Unsupported(message.into())
    }
}
