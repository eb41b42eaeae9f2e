//! Groups and their members from CSV.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use lanyard_engine::GroupId;
use lanyard_engine::administer::{GroupRows, GroupToImport, MemberToImport};
use uuid::Uuid;

use crate::ExchangeError;
use crate::csv_file::{self, Fields, Shape};

/// What the file holds, for `--help`.
pub const CSV_GROUP_COLUMNS: &str = "\
The first line names the columns, in any order: group, groupId, memberUserPrincipalName, memberObjectId, memberGroup.
Each row names a group and one member: a user by user principal name or object id, or another group of the file by
its name, so that groups are nested. A row without a member only makes the group. groupId is an object id to keep;
it has to stand in the first row of its group. Groups and memberships that are there already are left as they are.";

const SHAPE: Shape = Shape {
    known: &[
        "group",
        "groupid",
        "memberuserprincipalname",
        "memberobjectid",
        "membergroup",
    ],
    needed: &["group"],
    passed_over: &[],
    help: "lanyard import groups --help",
};

/// What a file of groups holds, with the line of each group and of each membership.
#[derive(Debug, Default)]
pub struct CsvGroups {
    /// The groups and who belongs to them.
    pub rows: GroupRows,
    lines_of_groups: Vec<u32>,
    lines_of_members: Vec<u32>,
    positions: HashMap<String, usize>,
}

/// Reads groups and their members from CSV. The name is for messages.
///
/// # Errors
/// [`ExchangeError::Unreadable`] with the line; a source longer than [`MAX_CSV_BYTES`](crate::MAX_CSV_BYTES) is refused, never cut.
pub fn read_csv_groups(name: &Path, source: impl Read) -> Result<CsvGroups, ExchangeError> {
    let mut groups = CsvGroups::default();
    csv_file::read(name, source, &SHAPE, |line, fields| groups.take(line, fields))?;
    Ok(groups)
}

impl CsvGroups {
    /// The line of a finding's row: groups first, then memberships.
    #[must_use]
    pub fn line(&self, row: usize) -> u32 {
        let mut lines = self.lines_of_groups.iter().chain(&self.lines_of_members);
        lines.nth(row).copied().unwrap_or_default()
    }

    fn group(&mut self, line: u64, name: &str, id: Option<GroupId>) -> usize {
        let key = name.to_lowercase();
        if let Some(position) = self.positions.get(&key) {
            return *position;
        }
        let position = self.rows.groups.len();
        self.rows.groups.push(GroupToImport {
            id,
            display_name: name.to_owned(),
        });
        self.lines_of_groups.push(u32::try_from(line).unwrap_or(u32::MAX));
        self.positions.insert(key, position);
        position
    }

    fn take(&mut self, line: u64, fields: &Fields<'_>) -> Result<(), String> {
        let Some(name) = fields.text("group") else {
            return Err("the row names no group".to_owned());
        };
        let id = fields.text("groupid").map(object_id).transpose()?.map(GroupId);
        let group = self.group(line, name, id);
        if id.is_some() && self.rows.groups.get(group).is_some_and(|group| group.id != id) {
            return Err("groupId differs from the first row of the group".to_owned());
        }
        let member = match (
            fields.text("memberuserprincipalname"),
            fields.text("memberobjectid"),
            fields.text("membergroup"),
        ) {
            (None, None, None) => return Ok(()),
            (Some(user_name), None, None) => MemberToImport::UserName(user_name.into()),
            (None, Some(id), None) => MemberToImport::Id(object_id(id)?),
            (None, None, Some(inner)) => MemberToImport::Group(self.group(line, inner, None)),
            _ => return Err("the row names more than one member".to_owned()),
        };
        self.rows.members.push((group, member));
        self.lines_of_members
            .push(u32::try_from(line).unwrap_or(u32::MAX));
        Ok(())
    }
}

fn object_id(text: &str) -> Result<Uuid, String> {
    Uuid::try_parse(text).map_err(|_| format!("`{}` is no object id", text.escape_debug()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<CsvGroups, String> {
        let mut groups = CsvGroups::default();
        csv_file::parse(text.as_bytes(), &SHAPE, |line, fields| groups.take(line, fields))?;
        Ok(groups)
    }

    #[test]
    fn groups_are_named_once_and_may_be_nested() {
        let found = parse(
            "group,memberUserPrincipalName,memberGroup\nStaff,,Card holders\ncard HOLDERS,jane@x.example,\nEmpty,,\n",
        )
        .unwrap();
        let names: Vec<&str> = found
            .rows
            .groups
            .iter()
            .map(|group| group.display_name.as_str())
            .collect();
        assert_eq!(names, ["Staff", "Card holders", "Empty"]);
        assert_eq!(
            found.rows.members,
            [
                (0, MemberToImport::Group(1)),
                (1, MemberToImport::UserName("jane@x.example".into()))
            ]
        );
        assert_eq!([0, 1, 2, 3, 4].map(|row| found.line(row)), [2, 2, 4, 2, 3]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, expected) in [
            ("memberGroup\nA\n", "`group`"),
            ("group,memberGroup\n,A\n", "line 2"),
            ("group,groupId\nA,no\n", "`no`"),
            (
                "group,memberGroup,memberUserPrincipalName\nA,B,c@x\n",
                "more than one",
            ),
        ] {
            let error = parse(text).map(|_| ()).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
