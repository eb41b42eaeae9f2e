//! The folder of an export: files get their names when all of them are whole.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::ExchangeError;
use crate::export::ExportedFile;

/// Every file of an export.
const NAMES: [&str; 10] = [
    "authentication-methods-policy.json",
    "authentication-strength-policies.json",
    "certificate-based-auth-configuration.json",
    "conditional-access-policies.json",
    "denied-certificates.json",
    "groups.json",
    "named-locations.json",
    "public-key-infrastructure.json",
    "tenant-settings.json",
    "users.json",
];

pub(super) struct Folder {
    path: PathBuf,
    written: Vec<ExportedFile>,
    finished: bool,
}

impl Folder {
    pub(super) fn open(path: &Path, overwrite: bool) -> Result<Self, ExchangeError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| ExchangeError::file(path, error))?;
        for name in NAMES {
            let file = path.join(name);
            if !overwrite && file.symlink_metadata().is_ok() {
                return Err(ExchangeError::Exists(file));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            written: Vec::with_capacity(NAMES.len()),
            finished: false,
        })
    }

    /// Begins a file with what stands before its objects.
    pub(super) fn begin(&mut self, name: &'static str, head: &str) -> Result<Writing, ExchangeError> {
        let path = self.part(name);
        let _ = fs::remove_file(&path);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| ExchangeError::file(&path, error))?;
        let mut writing = Writing {
            name,
            path,
            out: BufWriter::with_capacity(1 << 18, file),
            objects: 0,
        };
        writing.text(head)?;
        Ok(writing)
    }

    /// Ends a file.
    pub(super) fn end(&mut self, mut writing: Writing, tail: &str) -> Result<(), ExchangeError> {
        writing.text(tail)?;
        let Writing {
            name,
            path,
            out,
            objects,
        } = writing;
        let failed = |error| ExchangeError::file(&path, error);
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        self.written.push(ExportedFile { file: name, objects });
        Ok(())
    }

    /// A file with one document, as people write JSON.
    pub(super) fn document(&mut self, name: &'static str, document: &Value) -> Result<(), ExchangeError> {
        let mut writing = self.begin(name, "")?;
        writing.objects = 1;
        let text = pretty(&writing.path, document)?;
        writing.text(&text)?;
        self.end(writing, "\n")
    }

    /// A file with a list of documents.
    pub(super) fn list(
        &mut self,
        name: &'static str,
        context: &str,
        documents: impl IntoIterator<Item = Value>,
    ) -> Result<(), ExchangeError> {
        let mut writing = self.begin(name, &head(context))?;
        for document in documents {
            let text = pretty(&writing.path, &document)?;
            writing.object(&text)?;
        }
        self.end(writing, "\n]}\n")
    }

    /// Gives all files their names.
    pub(super) fn finish(mut self) -> Result<Vec<ExportedFile>, ExchangeError> {
        for file in &self.written {
            let target = self.path.join(file.file);
            fs::rename(self.part(file.file), &target).map_err(|error| ExchangeError::file(&target, error))?;
        }
        File::open(&self.path)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| ExchangeError::file(&self.path, error))?;
        self.finished = true;
        let mut written = std::mem::take(&mut self.written);
        written.sort_by_key(|file| file.file);
        Ok(written)
    }

    fn part(&self, name: &str) -> PathBuf {
        self.path.join(format!(".{name}.part"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.finished {
            for name in NAMES {
                let _ = fs::remove_file(self.part(name));
            }
        }
    }
}

/// What stands before the objects of a list.
pub(super) fn head(context: &str) -> String {
    format!("{{\"@odata.context\":\"$metadata#{context}\",\"value\":[")
}

fn pretty(path: &Path, document: &Value) -> Result<String, ExchangeError> {
    serde_json::to_string_pretty(document).map_err(|error| ExchangeError::unreadable(path.display(), error))
}

/// A file that is being written.
pub(super) struct Writing {
    name: &'static str,
    path: PathBuf,
    out: BufWriter<File>,
    pub(super) objects: usize,
}

impl Writing {
    pub(super) fn text(&mut self, text: &str) -> Result<(), ExchangeError> {
        self.out
            .write_all(text.as_bytes())
            .map_err(|error| ExchangeError::file(&self.path, error))
    }

    /// One object of a list, on a line of its own.
    pub(super) fn object(&mut self, text: &str) -> Result<(), ExchangeError> {
        self.text(if self.objects == 0 { "\n" } else { ",\n" })?;
        self.objects += 1;
        self.text(text)
    }
}
