//! Writing a tenant as files that a person can read and compare, and that an import takes.

mod folder;
mod people;
mod policies;

use std::path::Path;

use lanyard_engine::{Caller, Engine};
use serde::Serialize;

use crate::ExchangeError;
use folder::Folder;

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedFile {
    /// Its name in the folder.
    pub file: &'static str,
    /// Objects in it.
    pub objects: usize,
}

/// Writes the tenant into a folder, which is made when it is missing; page by page, so that it does not matter how many
/// people there are.
///
/// Rule `EXPORT-COMES-BACK`: an export holds what an import takes, in an order and a form that stay the same: exported, imported
/// into an empty tenant and exported again, the files are equal octet by octet. Source: certificate-sign-in §2.2, §2.3, §8.2.
///
/// Rule `EXPORT-NO-SECRETS`: an export holds no private key, no secret, no hash of one and nothing that was signed or sealed; only
/// its owner can read the files. Source: certificate-sign-in §2.1.
///
/// Rule `EXPORT-WHOLE`: all files are written before the first of them takes its name; files that are there are replaced only
/// when that was asked for. Source: certificate-sign-in §8.2.
///
/// # Errors
/// [`ExchangeError::Exists`] without `overwrite`, [`ExchangeError::File`], [`ExchangeError::Refused`] for a caller who may not
/// read all of it; then no file has changed.
pub async fn export(
    engine: &Engine,
    caller: &Caller,
    folder: &Path,
    overwrite: bool,
    mut progress: impl FnMut(&'static str, usize),
) -> Result<Vec<ExportedFile>, ExchangeError> {
    let mut folder = Folder::open(folder, overwrite)?;
    policies::write(engine, caller, &mut folder).await?;
    people::users(engine, caller, &mut folder, &mut progress).await?;
    people::groups(engine, caller, &mut folder, &mut progress).await?;
    folder.finish()
}
