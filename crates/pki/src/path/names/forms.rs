//! Whether one name lies in one subtree, by form of name.

use crate::Certificate;
use crate::asn1::oid;
use crate::certificate::general_name::GeneralName;

/// Whether a name lies in a subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Inside,
    Outside,
    /// The form or the value cannot be judged: nothing may be accepted.
    Unknown,
}

impl From<bool> for Match {
    fn from(is_inside: bool) -> Self {
        if is_inside { Self::Inside } else { Self::Outside }
    }
}

/// Whether a constraint speaks about names of this form. Each otherName type is a form of its own.
pub(super) fn is_same_form(base: &GeneralName, name: &GeneralName) -> bool {
    match (base, name) {
        (GeneralName::Other(base, _), GeneralName::Other(name, _)) => base == name,
        (GeneralName::Unsupported(base), GeneralName::Unsupported(name)) => base == name,
        _ => std::mem::discriminant(base) == std::mem::discriminant(name),
    }
}

/// Whether `name` lies in the subtree `base`. Where a value has two readings, an excluded subtree takes the wider one.
pub(super) fn within(name: &GeneralName, base: &GeneralName, is_excluded: bool) -> Match {
    match (name, base) {
        (GeneralName::Directory(name), GeneralName::Directory(base)) => name.is_within(base).into(),
        (GeneralName::Dns(name), GeneralName::Dns(base)) => dns(name, base, is_excluded),
        (GeneralName::Rfc822(name), GeneralName::Rfc822(base)) => mailbox(name, base, Local::CaseMatters),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => uri(name, base),
        (GeneralName::Ip(name), GeneralName::Ip(base)) => ip(name, base),
        (GeneralName::Other(kind, _), GeneralName::Other(..)) if kind.as_bytes() == oid::PRINCIPAL_NAME => {
            match (name.principal_name(), base.principal_name()) {
                // Issuers write the domain of a UPN constraint as `@domain`.
                (Some(name), Some(base)) => {
                    mailbox(&name, base.strip_prefix('@').unwrap_or(&base), Local::CaseIgnored)
                }
                _ => Match::Unknown,
            }
        }
        _ => Match::Unknown,
    }
}

fn labels(host: &str) -> Option<Vec<&str>> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let labels: Vec<&str> = host.split('.').collect();
    labels.iter().all(|label| !label.is_empty()).then_some(labels)
}

fn ends_with(host: &[&str], domain: &[&str]) -> bool {
    host.len() >= domain.len()
        && host
            .iter()
            .rev()
            .zip(domain.iter().rev())
            .all(|(host, domain)| host.eq_ignore_ascii_case(domain))
}

/// A DNS base covers itself and everything below; a leading period (outside the standard) only what is below.
fn dns(name: &str, base: &str, is_excluded: bool) -> Match {
    let Some(name) = labels(name) else {
        return Match::Unknown;
    };
    if base.is_empty() {
        return Match::Inside;
    }
    let only_below = base.starts_with('.') && !is_excluded;
    let Some(base) = labels(base.strip_prefix('.').unwrap_or(base)) else {
        return Match::Unknown;
    };
    if let (Some(&"*"), true) = (name.first(), is_excluded) {
        // A wildcard stands for every name one label longer than its parent.
        let parent = name.get(1..).unwrap_or_default();
        let stands_for_base = base.len() == name.len() && ends_with(&base, parent);
        return (ends_with(parent, &base) || stands_for_base).into();
    }
    (ends_with(&name, &base) && (!only_below || name.len() > base.len())).into()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Local {
    CaseMatters,
    CaseIgnored,
}

/// A base with `@` is one mailbox, with a leading period every host below the domain, else every mailbox at the host.
fn mailbox(name: &str, base: &str, local: Local) -> Match {
    let Some((name_local, name_host)) = name.rsplit_once('@') else {
        return Match::Unknown;
    };
    let Some(name_labels) = labels(name_host) else {
        return Match::Unknown;
    };
    if base.is_empty() {
        return Match::Inside;
    }
    if let Some((base_local, base_host)) = base.rsplit_once('@') {
        let is_same_local = match local {
            Local::CaseMatters => name_local == base_local,
            Local::CaseIgnored => name_local.to_lowercase() == base_local.to_lowercase(),
        };
        return (is_same_local && name_host.eq_ignore_ascii_case(base_host)).into();
    }
    host(&name_labels, base)
}

/// A base with a leading period covers what is below, else exactly one host.
fn host(name: &[&str], base: &str) -> Match {
    let only_below = base.starts_with('.');
    let Some(base) = labels(base.strip_prefix('.').unwrap_or(base)) else {
        return Match::Unknown;
    };
    let is_inside = if only_below {
        name.len() > base.len() && ends_with(name, &base)
    } else {
        name.len() == base.len() && ends_with(name, &base)
    };
    is_inside.into()
}

fn uri(name: &str, base: &str) -> Match {
    // Constraints apply to a host name; a URI without an authority, or with an address in it, cannot be judged.
    let Some((_, rest)) = name.split_once("://") else {
        return Match::Unknown;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host_and_port.starts_with('[') {
        return Match::Unknown;
    }
    let host_name = host_and_port.split(':').next().unwrap_or_default();
    if host_name.parse::<std::net::Ipv4Addr>().is_ok() {
        return Match::Unknown;
    }
    match labels(host_name) {
        Some(_) if base.is_empty() => Match::Inside,
        Some(labels) => host(&labels, base),
        None => Match::Unknown,
    }
}

fn ip(name: &[u8], base: &[u8]) -> Match {
    if !matches!(name.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return Match::Unknown;
    }
    let (address, mask) = base.split_at(base.len() / 2);
    let ones = mask.iter().map(|octet| octet.count_ones()).sum::<u32>();
    let leading: u32 = mask
        .iter()
        .scan(true, |goes_on, octet| {
            goes_on.then(|| {
                *goes_on = *octet == 0xff;
                octet.leading_ones()
            })
        })
        .sum();
    if ones != leading {
        return Match::Unknown;
    }
    if address.len() != name.len() {
        return Match::Outside;
    }
    name.iter()
        .zip(address)
        .zip(mask)
        .all(|((name, address), mask)| name & mask == address & mask)
        .into()
}

/// The name as words for a refusal.
pub(super) fn describe(name: &GeneralName, certificate: &Certificate) -> String {
    match name {
        GeneralName::Directory(name) if *name == certificate.contents().subject => {
            format!("the subject '{}'", certificate.facts().subject)
        }
        GeneralName::Directory(_) => "a directory name".to_owned(),
        GeneralName::Dns(name) => format!("the host '{name}'"),
        GeneralName::Rfc822(name) => format!("the mailbox '{name}'"),
        GeneralName::Uri(name) => format!("the URI '{name}'"),
        GeneralName::Ip(octets) => format!("the address {octets:?}"),
        GeneralName::Other(kind, _) => name.principal_name().map_or_else(
            || format!("an otherName of type {}", kind.dotted()),
            |name| format!("the principal name '{name}'"),
        ),
        GeneralName::RegisteredId(id) => format!("the registered id {}", id.dotted()),
        GeneralName::Unsupported(form) => format!("a name of form {form}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_mailboxes_and_addresses() {
        use Match::{Inside, Outside, Unknown};
        let dns = |name: &str, base: &str, excluded| {
            within(
                &GeneralName::Dns(name.into()),
                &GeneralName::Dns(base.into()),
                excluded,
            )
        };
        let mail = |name: &str, base: &str| {
            within(
                &GeneralName::Rfc822(name.into()),
                &GeneralName::Rfc822(base.into()),
                false,
            )
        };
        let uri = |name: &str, base: &str| {
            within(
                &GeneralName::Uri(name.into()),
                &GeneralName::Uri(base.into()),
                false,
            )
        };
        let ip = |name: &[u8], base: &[u8]| {
            within(
                &GeneralName::Ip(name.into()),
                &GeneralName::Ip(base.into()),
                false,
            )
        };
        let cases = [
            (dns("a.b.com", "b.com", false), Inside),
            (dns("B.com", "b.COM", false), Inside),
            (dns("xb.com", "b.com", false), Outside),
            (dns("b.com", ".b.com", false), Outside),
            (dns("b.com", ".b.com", true), Inside),
            (dns("a..com", "com", false), Unknown),
            (dns("*.b.com", "a.b.com", true), Inside),
            (dns("*.b.com", "a.b.com", false), Outside),
            (dns("anything", "", false), Inside),
            (mail("u@b.com", "b.com"), Inside),
            (mail("u@a.b.com", "b.com"), Outside),
            (mail("u@a.b.com", ".b.com"), Inside),
            (mail("u@b.com", ".b.com"), Outside),
            (mail("u@b.com", "u@B.com"), Inside),
            (mail("U@b.com", "u@b.com"), Outside),
            (mail("no mailbox", "b.com"), Unknown),
            (uri("http://x@a.b.com:80/p", ".b.com"), Inside),
            (uri("http://b.com/p", ".b.com"), Outside),
            (uri("http://b.com", "b.com"), Inside),
            (uri("http://10.0.0.1/", "b.com"), Unknown),
            (uri("urn:uuid:1", "b.com"), Unknown),
            (ip(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0]), Inside),
            (ip(&[11, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0]), Outside),
            (ip(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 255, 0]), Unknown),
            (ip(&[0; 16], &[10, 0, 0, 0, 255, 0, 0, 0]), Outside),
            (ip(&[10, 1, 2, 3], &[10, 0, 0, 0]), Unknown),
        ];
        for (index, (found, expected)) in cases.into_iter().enumerate() {
            assert_eq!(found, expected, "case {index}");
        }
    }
}
