//! The files that fill a tenant: users, groups, trust store, policy, revocation lists. All from numbers, so that
//! whoever reads the tenant knows what is in it.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, CrlProfile, Validity};
use serde_json::json;

use super::world::Size;
use super::world_policy;

/// Domain of the tenant that `lanyard demo` makes.
const DOMAIN: &str = "agency.example";
/// Groups of the lowest level that a user is in.
const GROUPS_OF_USER: usize = 3;
/// The group on top: everybody, through all levels.
pub(super) const EVERYBODY: usize = 0;

/// What was written.
pub(super) struct Files {
    pub(super) users: PathBuf,
    pub(super) groups: PathBuf,
    pub(super) memberships: usize,
    pub(super) trust_store: PathBuf,
    pub(super) policy: PathBuf,
    pub(super) lists: Vec<PathBuf>,
}

pub(super) fn user_name(number: usize) -> String {
    format!("person{number:07}@{DOMAIN}")
}

/// The principal name in the certificate; one of the account's certificate user ids.
pub(super) fn card_name(number: usize) -> String {
    format!("{:010}@mil.example", 1_000_000_000 + number)
}

pub(super) fn display_name(number: usize) -> String {
    const FIRST: [&str; 8] = ["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gil", "Hana"];
    const LAST: [&str; 7] = ["Abbott", "Baker", "Castro", "Dietz", "Evans", "Fuchs", "Green"];
    let pick =
        |names: &[&'static str], index: usize| names.get(index % names.len()).copied().unwrap_or_default();
    format!("{} {} {number:07}", pick(&FIRST, number), pick(&LAST, number / 8))
}

pub(super) fn group_name(number: usize) -> String {
    format!("Unit {number:05}")
}

/// Object id of a group, so that the policy can name it.
pub(super) fn group_id(number: usize) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x6c61_6e79_6172_4400_8000_0000_0000_0000 + number as u128)
}

/// The groups without groups in them, where people are.
fn lowest_groups(size: &Size) -> std::ops::Range<usize> {
    let first = (0..size.groups)
        .find(|group| group * size.fan_out + 1 >= size.groups)
        .unwrap_or_default();
    first..size.groups
}

/// The lowest groups of a user.
fn groups_of(size: &Size, user: usize) -> impl Iterator<Item = usize> {
    let lowest = lowest_groups(size);
    let (first, count) = (lowest.start, lowest.len());
    (0..GROUPS_OF_USER.min(count)).map(move |round| first + (user + round * 37) % count)
}

pub(super) fn write(folder: &Path, size: &Size) -> Result<Files> {
    let users = folder.join("users.csv");
    let mut csv = BufWriter::new(std::fs::File::create(&users)?);
    writeln!(csv, "userPrincipalName,displayName,mail,certificateUserIds")?;
    for number in 0..size.users {
        let name = user_name(number);
        writeln!(
            csv,
            "{name},{},{name},X509:<PN>{}",
            display_name(number),
            card_name(number)
        )?;
    }
    csv.flush()?;

    let groups = folder.join("groups.csv");
    let mut csv = BufWriter::new(std::fs::File::create(&groups)?);
    writeln!(csv, "group,groupId,memberUserPrincipalName,memberGroup")?;
    for number in 0..size.groups {
        writeln!(csv, "{},{},,", group_name(number), group_id(number))?;
    }
    let mut memberships = 0;
    for number in 1..size.groups {
        let above = (number - 1) / size.fan_out;
        writeln!(csv, "{},,,{}", group_name(above), group_name(number))?;
        memberships += 1;
    }
    for user in 0..size.users {
        for group in groups_of(size, user) {
            writeln!(csv, "{},,{},", group_name(group), user_name(user))?;
            memberships += 1;
        }
    }
    csv.flush()?;

    let authorities = Authorities::make(folder, size)?;
    let trust_store = folder.join("trust-store.json");
    let list: Vec<_> = authorities
        .all
        .iter()
        .enumerate()
        .map(|(index, authority)| {
            json!({
                "isRootAuthority": index == 0,
                "certificate": BASE64.encode(authority.certificate_der()),
                // Nobody serves them: the lists are handed over, and good for as long as the tenant is kept.
                "certificateRevocationListUrl": format!("http://127.0.0.1:9/{index}.crl"),
            })
        })
        .collect();
    std::fs::write(
        &trust_store,
        json!({ "certificateAuthorities": list }).to_string(),
    )?;
    let policy = folder.join("policy.json");
    let document = world_policy::policy(size, &authorities.all);
    std::fs::write(&policy, document.to_string())?;
    Ok(Files {
        users,
        groups,
        memberships,
        trust_store,
        policy,
        lists: authorities.lists,
    })
}

/// A root and issuing authorities below it.
struct Authorities {
    all: Vec<CertificateAuthority>,
    lists: Vec<PathBuf>,
}

impl Authorities {
    fn make(folder: &Path, size: &Size) -> Result<Self> {
        let folder = folder.join("pki");
        std::fs::create_dir_all(&folder)?;
        let hour_ago = Timestamp::now() - SignedDuration::from_hours(1);
        let validity = Validity::years_from(hour_ago, 10);
        let root = CertificateAuthority::root(&AuthorityProfile::new("Bench Root CA", validity))?;
        let mut all = vec![root.clone()];
        for number in 1..size.authorities {
            let name = format!("Bench Issuing CA {number}");
            all.push(root.issue_authority(&AuthorityProfile::new(&name, validity).path_length(0))?);
        }
        let until = hour_ago + SignedDuration::from_hours(24 * 30);
        let mut lists = Vec::new();
        for (number, authority) in all.iter().enumerate() {
            let put = |extension: &str, bytes: &[u8]| -> Result<PathBuf> {
                let path = folder.join(format!("{number}.{extension}"));
                std::fs::write(&path, bytes)?;
                Ok(path)
            };
            put("pem", authority.certificate_pem().as_bytes())?;
            put("key", authority.key().pem().as_bytes())?;
            let revoked = CrlProfile::new(1, hour_ago, until).revoke(&[1, 2, 3, 4]);
            lists.push(put("crl", &authority.crl(&revoked)?)?);
        }
        Ok(Self { all, lists })
    }
}

/// The authority with this number, to issue people's certificates.
pub(super) fn authority(folder: &Path, number: usize) -> Result<CertificateAuthority> {
    let read = |extension: &str| {
        let path = folder.join(format!("pki/{number}.{extension}"));
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
    };
    Ok(CertificateAuthority::load(
        read("pem")?.as_bytes(),
        &read("key")?,
    )?)
}

#[cfg(test)]
mod tests {
    use super::super::world::{LARGE, SMALL};
    use super::*;

    #[test]
    fn everybody_is_below_the_group_on_top() {
        for size in [SMALL, LARGE] {
            for user in [0, 1, size.users / 2, size.users - 1] {
                for group in groups_of(&size, user) {
                    assert!(lowest_groups(&size).contains(&group));
                    let mut above = group;
                    for _ in 0..8 {
                        above = above.saturating_sub(1) / size.fan_out;
                    }
                    assert_eq!(above, EVERYBODY);
                }
            }
        }
        assert!(lowest_groups(&LARGE).len() > 8_000);
    }
}
