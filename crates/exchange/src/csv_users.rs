//! Users from CSV, in our words or as Entra's bulk files write them.

use std::io::Read;
use std::path::Path;

use lanyard_engine::administer::NewUser;

use crate::ExchangeError;
use crate::csv_file::{self, Fields, Shape};

/// What the file holds, for `--help`.
pub const CSV_COLUMNS: &str = "\
The first line names the columns, in any order: userPrincipalName, displayName, givenName, surname, mail,
onPremisesUserPrincipalName, accountEnabled (true or false), certificateUserIds. Entra's headings such as
\"User name [userPrincipalName] Required\" are understood, and its line \"version:v1.0\" is passed over.
Several certificateUserIds stand in one field, separated by a line break or \" | \".
Users that are there already are left as they are.";

const SHAPE: Shape = Shape {
    known: &[
        "userprincipalname",
        "displayname",
        "givenname",
        "surname",
        "mail",
        "onpremisesuserprincipalname",
        "accountenabled",
        "certificateuserids",
    ],
    needed: &["userprincipalname", "displayname"],
    // There are no passwords here, and Entra's template always has the column.
    passed_over: &["passwordprofile"],
    help: "lanyard import users --help",
};

/// Reads users from CSV, each with the line it begins on. The name is for messages.
///
/// # Errors
/// [`ExchangeError::Unreadable`] with the line; a source longer than [`MAX_CSV_BYTES`](crate::MAX_CSV_BYTES) is refused, never cut.
pub fn read_csv(name: &Path, source: impl Read) -> Result<Vec<(u64, NewUser)>, ExchangeError> {
    let mut rows = Vec::new();
    csv_file::read(name, source, &SHAPE, |line, fields| {
        rows.push((line, user(fields)?));
        Ok(())
    })?;
    Ok(rows)
}

fn user(fields: &Fields<'_>) -> Result<NewUser, String> {
    let field = |name: &str| fields.text(name).map(str::to_owned);
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

    fn parse(text: &[u8]) -> Result<Vec<(u64, NewUser)>, String> {
        let mut rows = Vec::new();
        csv_file::parse(text, &SHAPE, |line, fields| {
            rows.push((line, user(fields)?));
            Ok(())
        })?;
        Ok(rows)
    }

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
