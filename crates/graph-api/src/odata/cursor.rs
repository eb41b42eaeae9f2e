//! `$skiptoken`: where a page ended.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::odata::QueryFault;

/// Longest token that is read, in octets.
const MAX_TOKEN_BYTES: usize = 2048;

/// The place of the last resource of a page: what it is sorted by, and its id. The next page begins behind it, whatever was
/// added, changed or removed meanwhile.
///
/// Rule `GRAPH-PAGING`: the next page begins behind the last resource of this one by sort key and id; what stays
/// where it is comes exactly once, whatever else is added or removed between two pages. Source: directory-policy-tokens §2.1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    pub(crate) key: String,
    pub(crate) id: Uuid,
}

impl Cursor {
    /// As it stands in a link.
    pub(crate) fn to_token(&self) -> String {
        let mut octets = self.id.as_bytes().to_vec();
        octets.extend_from_slice(self.key.as_bytes());
        URL_SAFE_NO_PAD.encode(octets)
    }

    /// From a link.
    ///
    /// # Errors
    /// When it is none of ours.
    pub(crate) fn from_token(token: &str) -> Result<Self, QueryFault> {
        let foreign =
            || QueryFault::malformed("Invalid $skiptoken: it did not come from a nextLink of this server.");
        if token.len() > MAX_TOKEN_BYTES {
            return Err(foreign());
        }
        let octets = URL_SAFE_NO_PAD.decode(token).map_err(|_| foreign())?;
        let (id, key) = octets.split_first_chunk::<16>().ok_or_else(foreign)?;
        Ok(Self {
            key: String::from_utf8(key.to_vec()).map_err(|_| foreign())?,
            id: Uuid::from_bytes(*id),
        })
    }
}
