//! Values that are good for one use: codes, certificate tokens, assertion ids.

use crate::command::{Expect, Unit};
use crate::statements::statements;
use crate::value::values;
use crate::{StorageError, Store};

statements! {
    USE = "INSERT INTO used_once (purpose, id, expires) VALUES ($1, $2, $3) ON CONFLICT (purpose, id) DO NOTHING";
    WAS_USED = "SELECT expires FROM used_once WHERE purpose = $1 AND id = $2";
}

pub(crate) fn use_once(unit: &mut Unit, id: [u8; 16], purpose: i16, expires_us: i64) {
    unit.push(
        USE,
        values![purpose, id, expires_us],
        Expect::FirstUse,
        "single-use id",
    );
}

impl Store {
    /// Was it used? Only to explain: whether it may be used now is decided by committing its use.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn was_used(&self, id: [u8; 16], purpose: i16) -> Result<bool, StorageError> {
        let row: Option<(i64,)> = self.database().fetch_one(WAS_USED, values![purpose, id]).await?;
        Ok(row.is_some())
    }
}
