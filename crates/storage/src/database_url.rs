//! Where the database is.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::StorageError;

/// A parsed database URL. Does not show a password.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// An SQLite file; made when it is missing.
    Sqlite(PathBuf),
    /// An SQLite file in a folder that goes away with the store: for tests and trials.
    Temporary,
    /// A PostgreSQL database.
    Postgres(Box<PgConnectOptions>),
}

impl DatabaseUrl {
    /// Reads `sqlite:/folder/file.db`, `sqlite::memory:` (a temporary file) or `postgres://…`.
    ///
    /// # Errors
    /// [`StorageError::Url`] for anything else.
    pub fn parse(text: &str) -> Result<Self, StorageError> {
        if text == "sqlite::memory:" {
            return Ok(Self::Temporary);
        }
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.contains('?') {
                return Err(StorageError::Url(format!("{text:?} names no file")));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            // The error text of the parser may repeat the URL and with it the password.
            return PgConnectOptions::from_str(text)
                .map(|options| Self::Postgres(Box::new(options)))
                .map_err(|_| StorageError::Url("not a PostgreSQL URL".to_owned()));
        }
        let scheme = text.split(':').next().unwrap_or_default();
        Err(StorageError::Url(format!("unknown scheme {scheme:?}")))
    }
}

impl FromStr for DatabaseUrl {
    type Err = StorageError;

    fn from_str(text: &str) -> Result<Self, StorageError> {
        Self::parse(text)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
            Self::Temporary => formatter.write_str("sqlite::memory:"),
            Self::Postgres(options) => write!(
                formatter,
                "postgres://{}:{}/{}",
                options.get_host(),
                options.get_port(),
                options.get_database().unwrap_or_default()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_shown_without_password() {
        for (text, shown) in [
            (
                "sqlite:/var/lib/lanyard/lanyard.db",
                "sqlite:/var/lib/lanyard/lanyard.db",
            ),
            ("sqlite:///var/lib/lanyard.db", "sqlite:/var/lib/lanyard.db"),
            ("sqlite:relative.db", "sqlite:relative.db"),
            ("sqlite::memory:", "sqlite::memory:"),
            (
                "postgres://lanyard:secret@db.example:5433/idp",
                "postgres://db.example:5433/idp",
            ),
            ("postgresql://db.example/idp", "postgres://db.example:5432/idp"),
        ] {
            assert_eq!(DatabaseUrl::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_url_is_refused_without_showing_a_password() {
        for text in [
            "",
            "sqlite:",
            "sqlite:a.db?mode=ro",
            "mysql://u:secret@h/d",
            "postgres://u:secret@h:port/d",
        ] {
            let error = DatabaseUrl::parse(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
