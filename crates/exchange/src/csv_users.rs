//! Users from CSV, in our words or as Entra's bulk files write them.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use lanyard_engine::administer::NewUser;

use crate::ExchangeError;
use crate::limits::MAX_CSV_BYTES;

/// What the file holds, for `--help`.
pub const CSV_COLUMNS: &str = "\
The first line names the columns, in any order: userPrincipalName, displayName, givenName, surname, mail,
onPremisesUserPrincipalName, accountEnabled (true or false), certificateUserIds. Entra's headings such as
\"User name [userPrincipalName] Required\" are understood, and its line \"version:v1.0\" is passed over.
Several certificateUserIds stand in one field, separated by a line break or \" | \".
Users that are there already are left as they are.";

const KNOWN: [&str; 8] = [
    "userprincipalname",
    "displayname",
    "givenname",
    "surname",
    "mail",
    "onpremisesuserprincipalname",
    "accountenabled",
    "certificateuserids",
];

/// Reads users from CSV, each with the line it begins on. The name is for messages.
///
/// # Errors
/// [`ExchangeError::Unreadable`] with the line; a source longer than [`MAX_CSV_BYTES`] is refused, never cut.
pub fn read_csv(name: &Path, source: impl Read) -> Result<Vec<(u64, NewUser)>, ExchangeError> {
    let mut source = source.take(MAX_CSV_BYTES);
    let rows = parse(&mut source).map_err(|sentence| ExchangeError::unreadable(name.display(), sentence))?;
    if source.limit() == 0 {
        let sentence = format!("larger than {MAX_CSV_BYTES} bytes\n  hint: cut it into several files");
        return Err(ExchangeError::unreadable(name.display(), sentence));
    }
    Ok(rows)
}

fn parse(source: impl Read) -> Result<Vec<(u64, NewUser)>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(source);
    let mut columns: Option<HashMap<&'static str, usize>> = None;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        match &columns {
            None if record
                .get(0)
                .is_some_and(|first| first.trim_start_matches('\u{feff}').starts_with("version:")) => {}
            None => columns = Some(headings(&record)?),
            Some(columns) => {
                let user = user(columns, &record).map_err(|sentence| format!("line {line}: {sentence}"))?;
                rows.push((line, user));
            }
        }
    }
    if columns.is_none() {
        return Err("the file is empty\n  hint: `lanyard import users --help` names the columns".to_owned());
    }
    Ok(rows)
}

fn headings(record: &csv::StringRecord) -> Result<HashMap<&'static str, usize>, String> {
    let mut columns = HashMap::new();
    for (index, heading) in record.iter().enumerate() {
        let heading = heading.trim_start_matches('\u{feff}').trim();
        let inner = heading
            .split_once('[')
            .and_then(|(_, rest)| rest.split_once(']'))
            .map_or(heading, |(inner, _)| inner);
        let name = inner.to_lowercase();
        match KNOWN.iter().find(|known| **known == name) {
            Some(known) => {
                if columns.insert(*known, index).is_some() {
                    return Err(format!("the column `{inner}` stands twice in the first line"));
                }
            }
            // There are no passwords here, and Entra's template always has the column.
            None if name == "passwordprofile" => {}
            None => {
                return Err(format!(
                    "the column `{}` is not known\n  hint: `lanyard import users --help` names the columns",
                    heading.escape_debug()
                ));
            }
        }
    }
    for needed in ["userprincipalname", "displayname"] {
        if !columns.contains_key(needed) {
            return Err(format!(
                "the first line names no column `{needed}`\n  hint: `lanyard import users --help` names the columns"
            ));
        }
    }
    Ok(columns)
}

fn user(columns: &HashMap<&'static str, usize>, record: &csv::StringRecord) -> Result<NewUser, String> {
    let field = |name: &str| {
        let text = columns
            .get(name)
            .and_then(|index| record.get(*index))
            .map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let disabled = match field("accountenabled").map(|text| text.to_lowercase()).as_deref() {
        None | Some("true" | "yes") => false,
        Some("false" | "no") => true,
        Some(other) => {
            return Err(format!(
                "accountEnabled is true or false, not `{}`",
                other.escape_debug()
            ));
        }
    };
    let ids = field("certificateuserids").unwrap_or_default();
    Ok(NewUser {
        id: None,
        disabled,
        user_principal_name: field("userprincipalname").unwrap_or_default(),
        display_name: field("displayname").unwrap_or_default(),
        given_name: field("givenname"),
        surname: field("surname"),
        mail: field("mail"),
        on_premises_user_principal_name: field("onpremisesuserprincipalname"),
        certificate_user_ids: ids
            .lines()
            .flat_map(|line| line.split(" | "))
            .map(str::trim)
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect(),
        ..NewUser::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_headings_are_read() {
        let ours = "userPrincipalName,displayName,certificateUserIds\njane@x.example,Jane,X509:<PN>jane@mil | X509:<SKI>00ff\n";
        let theirs = "version:v1.0,,\nName [displayName] Required,User name [userPrincipalName] Required,Initial password [passwordProfile] Required\nJane,jane@x.example,secret\n";
        for (text, ids) in [(ours, 2), (theirs, 0)] {
            let rows = parse(text.as_bytes()).unwrap();
            let [(_, user)] = rows.as_slice() else {
                panic!("{rows:?}")
            };
            assert_eq!(
                (user.user_principal_name.as_str(), user.display_name.as_str()),
                ("jane@x.example", "Jane")
            );
            assert_eq!(user.certificate_user_ids.len(), ids);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let cases = [
            ("", "is empty"),
            ("displayName\nJane\n", "userprincipalname"),
            ("userPrincipalName,displayName,age\n", "`age`"),
            ("userPrincipalName,userPrincipalName,displayName\n", "twice"),
            (
                "userPrincipalName,displayName,accountEnabled\na@x,A,true\nb@x,B,perhaps\n",
                "line 3",
            ),
        ];
        for (text, expected) in cases {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
