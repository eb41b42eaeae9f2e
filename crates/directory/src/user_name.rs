//! User principal names.

use crate::{InvalidProperty, Tenant};

/// Longest user principal name, in characters.
pub const MAX_UPN_CHARS: usize = 113;
/// Longest part before the `@`, in characters.
pub const MAX_LOCAL_PART_CHARS: usize = 64;
const SIGNS: &str = "'.-_!#^~";

/// Rule `DIRECTORY-UPN`: a user principal name is a local part of 1 to 64 letters, digits and `'.-_!#^~`, then `@`, then a
/// verified domain of the tenant in any case; no dot stands first, last or twice; at most 113 characters.
/// Source: directory-policy-tokens §2.2.
pub fn check_user_principal_name(upn: &str, tenant: &Tenant) -> Result<(), InvalidProperty> {
    let refuse = |reason: String| Err(InvalidProperty::new("userPrincipalName", "DIRECTORY-UPN", reason));
    if upn.chars().count() > MAX_UPN_CHARS {
        return refuse(format!(
            "a user principal name has at most {MAX_UPN_CHARS} characters"
        ));
    }
    let Some((local, domain)) = upn.split_once('@') else {
        return refuse("a user principal name has the form name@domain".to_owned());
    };
    if local.is_empty() || local.chars().count() > MAX_LOCAL_PART_CHARS {
        return refuse(format!(
            "the part before the @ has 1 to {MAX_LOCAL_PART_CHARS} characters"
        ));
    }
    if let Some(stranger) = local
        .chars()
        .find(|&c| !c.is_alphanumeric() && !SIGNS.contains(c))
    {
        return refuse(format!("{stranger:?} cannot stand before the @"));
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return refuse("a dot stands first, last or twice before the @".to_owned());
    }
    let domain = domain.to_lowercase();
    if !tenant.domains.contains(&domain) {
        let domains = tenant.domains.join(", ");
        return refuse(format!(
            "{domain:?} is not a verified domain of the tenant: {domains}"
        ));
    }
    Ok(())
}

/// Rule `DIRECTORY-DOMAIN`: a domain is at least two labels of 1 to 63 lower-case ASCII letters, digits and inner hyphens,
/// the last label not a number, 253 characters in all. Source: directory-policy-tokens §6.2.
pub fn check_domain(domain: &str) -> Result<(), InvalidProperty> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_is_number = domain
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    if domain.len() > 253 || !domain.contains('.') || last_is_number || !domain.split('.').all(label) {
        let reason = format!("{domain:?} is not a domain name in lower case");
        return Err(InvalidProperty::new("domains", "DIRECTORY-DOMAIN", reason));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{TenantId, User};

    fn tenant() -> Tenant {
        Tenant {
            id: TenantId(Uuid::nil()),
            display_name: "Contoso".to_owned(),
            domains: vec!["contoso.example".to_owned(), "mil.contoso.example".to_owned()],
            created: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn names_in_a_verified_domain_are_good() {
        let long = format!("{}@contoso.example", "a".repeat(64));
        for good in [
            "adele@contoso.example",
            "Adele.O'Hara-2_x!#^~@MIL.Contoso.Example",
            "alias_other.example#EXT#@contoso.example",
            "1234567890@contoso.example",
            "Łukasz@contoso.example",
            &long,
        ] {
            assert_eq!(check_user_principal_name(good, &tenant()), Ok(()), "{good}");
        }
    }

    #[test]
    fn other_names_are_refused() {
        let long = format!("{}@contoso.example", "a".repeat(65));
        for bad in [
            "",
            "adele",
            "@contoso.example",
            "adele@",
            "adele@other.example",
            "adele@x.contoso.example",
            "adele@contoso.example.",
            "a@b@contoso.example",
            "a b@contoso.example",
            "a\0@contoso.example",
            "a\n@contoso.example",
            ".a@contoso.example",
            "a.@contoso.example",
            "a..b@contoso.example",
            "<a>@contoso.example",
            " adele@contoso.example",
            "adele@contoso.example ",
            &long,
        ] {
            let error = check_user_principal_name(bad, &tenant()).unwrap_err();
            assert_eq!(error.rule.as_str(), "DIRECTORY-UPN", "{bad:?}");
        }
    }

    #[test]
    fn domains() {
        let label = "a".repeat(63);
        for good in [
            "contoso.example",
            "a.b",
            "xn--mnchen-3ya.example",
            "1.example",
            &format!("{label}.example"),
        ] {
            assert_eq!(check_domain(good), Ok(()), "{good}");
        }
        let long = format!("{}.example", ["a"; 124].join("."));
        for bad in [
            "",
            ".",
            "localhost",
            "Contoso.example",
            "-a.b",
            "a-.b",
            "a..b",
            "a.b.",
            "a_b.c",
            "10.0.0.1",
            "ä.example",
            &long,
        ] {
            let error = check_domain(bad).unwrap_err();
            assert_eq!(error.rule.as_str(), "DIRECTORY-DOMAIN", "{bad:?}");
        }
        assert!(check_domain(&format!("{label}a.example")).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_good_stays_good_and_the_same_in_another_case(local in "[a-zA-ZÀ-ž0-9.'_-]{1,20}") {
            let upn = format!("{local}@contoso.example");
            if check_user_principal_name(&upn, &tenant()).is_ok() {
                prop_assert_eq!(upn.trim(), upn.as_str());
                prop_assert_eq!(User::upn_key(&User::upn_key(&upn)), User::upn_key(&upn));
            }
        }
    }
}
