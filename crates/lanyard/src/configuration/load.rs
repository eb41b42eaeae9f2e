//! Reading the file, and saying well what is wrong with it.

use std::path::{Path, PathBuf};

use super::Configuration;

/// The file cannot be used. Nothing was started or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigurationError {
    /// Not readable.
    #[error("cannot read {path}: {source}\n  hint: `lanyard init` writes a commented configuration file")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not valid TOML, an unknown key or a wrong type.
    #[error("{path}: {message}{hint}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What the parser says, with line and column.
        message: String,
        /// What to do, or nothing.
        hint: String,
    },
    /// A value makes no sense.
    #[error("{path}: {key}: {message}")]
    Value {
        /// The file.
        path: PathBuf,
        /// Dotted key.
        key: &'static str,
        /// Why not.
        message: String,
    },
}

/// Reads and checks a configuration file. Relative paths in it start at its own folder.
pub(crate) fn load(path: &Path) -> Result<Configuration, ConfigurationError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigurationError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    parse(&text, path, folder)
}

fn parse(text: &str, path: &Path, folder: &Path) -> Result<Configuration, ConfigurationError> {
    let mut configuration: Configuration =
        toml::from_str(text).map_err(|error| ConfigurationError::Invalid {
            path: path.to_owned(),
            message: error.to_string().trim_end().to_owned(),
            hint: hint_for(error.message()),
        })?;
    check(&configuration, path)?;
    for file in [
        &mut configuration.tls.login_certificate,
        &mut configuration.tls.login_key,
        &mut configuration.tls.certauth_certificate,
        &mut configuration.tls.certauth_key,
        &mut configuration.server.data,
    ] {
        if file.is_relative() {
            *file = folder.join(&*file);
        }
    }
    Ok(configuration)
}

fn check(configuration: &Configuration, path: &Path) -> Result<(), ConfigurationError> {
    let value = |key, message: &str| {
        Err(ConfigurationError::Value {
            path: path.to_owned(),
            key,
            message: message.to_owned(),
        })
    };
    let base = &configuration.server.base;
    let is_host_name = !base.is_empty()
        && base.len() <= 200
        && base.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-')
        });
    if !is_host_name {
        return value(
            "server.base",
            "expected a host name in lower case such as `idp.example.org`",
        );
    }
    if configuration.lifetimes.access_token_min_minutes > configuration.lifetimes.access_token_max_minutes {
        return value(
            "lifetimes.access_token_min_minutes",
            "is longer than lifetimes.access_token_max_minutes",
        );
    }
    if configuration.lifetimes.access_token_min_minutes < 10
        || configuration.lifetimes.access_token_max_minutes > 1440
    {
        return value("lifetimes", "access tokens live between 10 minutes and one day");
    }
    if configuration.crl.interactive_mebibytes > configuration.crl.background_mebibytes {
        return value(
            "crl.interactive_mebibytes",
            "is larger than crl.background_mebibytes",
        );
    }
    Ok(())
}

/// `hint: did you mean …` for an unknown key, by the closest known one.
fn hint_for(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let Some(unknown) = quoted.next().filter(|_| message.starts_with("unknown field")) else {
        return String::new();
    };
    let closest = quoted.map(|known| (distance(unknown, known), known)).min();
    match closest {
        Some((steps, known)) if steps <= 1 + known.len() / 3 => format!("\n  hint: did you mean `{known}`?"),
        _ => "\n  hint: `lanyard config sample` prints every key with its meaning".to_owned(),
    }
}

/// Levenshtein distance, for short keys.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut previous = line + 1;
        let mut next = vec![previous];
        for (above, to) in row.iter().skip(1).zip(&right) {
            let cost = (diagonal + usize::from(from != *to))
                .min(previous + 1)
                .min(above + 1);
            diagonal = *above;
            previous = cost;
            next.push(cost);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::{SampleValues, sample};

    fn sample_text() -> String {
        sample(&SampleValues::example())
    }

    fn parse_text(text: &str) -> Result<Configuration, ConfigurationError> {
        parse(text, Path::new("lanyard.toml"), Path::new("/etc/lanyard"))
    }

    #[test]
    fn the_sample_parses_and_its_relative_paths_start_at_its_folder() {
        let configuration = parse_text(&sample_text()).unwrap();
        assert_eq!(configuration.server.base, "idp.example.org");
        assert!(configuration.tls.login_key.starts_with("/etc/lanyard"));
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_closest_known_one() {
        let text = sample_text().replace("base = ", "bsae = ");
        let message = parse_text(&text).unwrap_err().to_string();
        assert!(message.contains("did you mean `base`?"), "{message}");
    }

    #[test]
    fn senseless_values_name_their_key() {
        for (from, to, key) in [
            (
                "base = \"idp.example.org\"",
                "base = \"not a host\"",
                "server.base",
            ),
            (
                "access_token_min_minutes = 60",
                "access_token_min_minutes = 100",
                "access_token_min_minutes",
            ),
            (
                "interactive_mebibytes = 20",
                "interactive_mebibytes = 99",
                "crl.interactive_mebibytes",
            ),
        ] {
            let text = sample_text().replace(from, to);
            let message = parse_text(&text).unwrap_err().to_string();
            assert!(message.contains(key), "{message}");
        }
    }

    #[test]
    fn logs_are_kept_thirty_days_or_as_long_as_the_file_says() {
        let days = |from: &str, to: &str| {
            let text = sample_text().replace(from, to);
            let rows = parse_text(&text).unwrap().retention.of_rows();
            (rows.sign_in_days, rows.audit_days)
        };
        assert_eq!(days("", ""), (30, 30));
        assert_eq!(days("sign_in_log_days = 30", "sign_in_log_days = 400"), (400, 30));
        assert_eq!(days("audit_log_days = 30", "audit_log_days = 0"), (30, u32::MAX));
    }
}
