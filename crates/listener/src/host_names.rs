//! The names under which the product answers, and what each of them means.

/// What a host name says by its form alone. Whether such a tenant exists is not known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedHost {
    /// The login host or one of its aliases.
    Login,
    /// The certificate host.
    Certauth {
        /// Tenant id from the name, lower case; `None` for the bare host.
        tenant: Option<String>,
        /// Random label of a fresh-origin name; `None` for the ordinary names.
        fresh_label: Option<String>,
    },
    /// None of our names.
    Unknown,
}

/// The configured names: login host with aliases, and the certificate host under which tenants have names of their own.
#[derive(Clone, Debug)]
pub struct HostNames {
    login: Vec<String>,
    certauth: String,
}

impl HostNames {
    /// `login` is the canonical login host first, then aliases such as `localhost`; `certauth` is the bare certificate host.
    pub fn new<L: AsRef<str>>(login: impl IntoIterator<Item = L>, certauth: &str) -> Self {
        Self {
            login: login.into_iter().map(|name| normal(name.as_ref())).collect(),
            certauth: normal(certauth),
        }
    }

    /// The bare certificate host.
    #[must_use]
    pub fn certauth_host(&self) -> &str {
        &self.certauth
    }

    /// The certificate host of one tenant: `t{tenant}.certauth.<base>`.
    #[must_use]
    pub fn tenant_certauth_host(&self, tenant: &str) -> String {
        format!("t{tenant}.{}", self.certauth)
    }

    /// A fresh-origin name in the flat form `t{tenant}-{nonce}.certauth.<base>`, which one wildcard certificate and
    /// one wildcard DNS record cover. Source: certificate-sign-in §11.3.
    #[must_use]
    pub fn fresh_certauth_host(&self, tenant: &str, nonce: &str) -> String {
        format!("t{tenant}-{nonce}.{}", self.certauth)
    }

    /// Rule `TLS-HOST-NAMES`: the server name alone decides between login host, certificate host (bare, `t{tenant}.`,
    /// `{tenant}.`, `r{nonce}.t{tenant}.` or `t{tenant}-{nonce}.` in front of it) and unknown.
    /// Source: certificate-sign-in §1.1, §11.3.
    #[must_use]
    pub fn classify(&self, server_name: &str) -> NamedHost {
        let name = normal(server_name);
        if self.login.contains(&name) {
            return NamedHost::Login;
        }
        if name == self.certauth {
            return NamedHost::Certauth {
                tenant: None,
                fresh_label: None,
            };
        }
        let Some(labels) = name
            .strip_suffix(&self.certauth)
            .and_then(|rest| rest.strip_suffix('.'))
        else {
            return NamedHost::Unknown;
        };
        match labels.split_once('.') {
            None => tenant_label(labels),
            Some((fresh, tenant)) => fresh_label_and_tenant(fresh, tenant),
        }
    }
}

/// `t{tenant}`, `{tenant}` or `t{tenant}-{nonce}`.
fn tenant_label(label: &str) -> NamedHost {
    if is_tenant_id(label) {
        return certauth(label, None);
    }
    let Some(rest) = label.strip_prefix('t') else {
        return NamedHost::Unknown;
    };
    if is_tenant_id(rest) {
        return certauth(rest, None);
    }
    match rest.split_at_checked(TENANT_ID_LENGTH) {
        Some((tenant, nonce)) if is_tenant_id(tenant) => match nonce.strip_prefix('-') {
            Some(nonce) if is_nonce(nonce) => certauth(tenant, Some(nonce)),
            _ => NamedHost::Unknown,
        },
        _ => NamedHost::Unknown,
    }
}

/// `r{nonce}` and `t{tenant}`.
fn fresh_label_and_tenant(fresh: &str, tenant: &str) -> NamedHost {
    match (fresh.strip_prefix('r'), tenant.strip_prefix('t')) {
        (Some(nonce), Some(tenant)) if is_nonce(nonce) && is_tenant_id(tenant) => {
            certauth(tenant, Some(nonce))
        }
        _ => NamedHost::Unknown,
    }
}

fn certauth(tenant: &str, fresh: Option<&str>) -> NamedHost {
    NamedHost::Certauth {
        tenant: Some(tenant.to_owned()),
        fresh_label: fresh.map(str::to_owned),
    }
}

/// A GUID in its hyphenated form.
const TENANT_ID_LENGTH: usize = 36;

fn is_tenant_id(text: &str) -> bool {
    text.len() == TENANT_ID_LENGTH
        && text.bytes().enumerate().all(|(index, octet)| match index {
            8 | 13 | 18 | 23 => octet == b'-',
            _ => octet.is_ascii_hexdigit(),
        })
}

/// One DNS label has 63 octets at most: `t`, tenant id and hyphen leave 25.
fn is_nonce(text: &str) -> bool {
    (1..=25).contains(&text.len())
        && text
            .bytes()
            .all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit())
}

/// Lower case, without the trailing dot of an absolute name.
pub(crate) fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TENANT: &str = "6f2c1d1e-0000-4000-8000-00000000abcd";

    fn names() -> HostNames {
        HostNames::new(["login.example.test", "localhost"], "certauth.login.example.test")
    }

    #[test]
    fn tls_host_names_table() {
        // TLS-HOST-NAMES
        let base = "certauth.login.example.test";
        let bare = NamedHost::Certauth {
            tenant: None,
            fresh_label: None,
        };
        let table = [
            ("login.example.test".to_owned(), NamedHost::Login),
            ("LOGIN.example.test.".to_owned(), NamedHost::Login),
            ("localhost".to_owned(), NamedHost::Login),
            (base.to_owned(), bare),
            (format!("t{TENANT}.{base}"), certauth(TENANT, None)),
            (format!("{TENANT}.{base}"), certauth(TENANT, None)),
            (
                format!("T{}.{base}", TENANT.to_uppercase()),
                certauth(TENANT, None),
            ),
            (format!("r0a9z.t{TENANT}.{base}"), certauth(TENANT, Some("0a9z"))),
            (format!("t{TENANT}-0a9z.{base}"), certauth(TENANT, Some("0a9z"))),
            (format!("x{TENANT}.{base}"), NamedHost::Unknown),
            (format!("{TENANT}-0a9z.{base}"), NamedHost::Unknown),
            (format!("t{TENANT}-.{base}"), NamedHost::Unknown),
            (format!("r.t{TENANT}.{base}"), NamedHost::Unknown),
            (format!("ra.rb.t{TENANT}.{base}"), NamedHost::Unknown),
            (format!("tcontoso.{base}"), NamedHost::Unknown),
            (format!("evil{base}"), NamedHost::Unknown),
            (format!(".{base}"), NamedHost::Unknown),
            (format!("{base}.evil.test"), NamedHost::Unknown),
            ("www.example.test".to_owned(), NamedHost::Unknown),
            (String::new(), NamedHost::Unknown),
        ];
        for (name, expected) in table {
            assert_eq!(names().classify(&name), expected, "{name}");
        }
    }

    #[test]
    fn the_names_we_make_are_the_names_we_know() {
        let names = names();
        assert_eq!(
            names.classify(&names.tenant_certauth_host(TENANT)),
            certauth(TENANT, None)
        );
        assert_eq!(
            names.classify(&names.fresh_certauth_host(TENANT, "k3")),
            certauth(TENANT, Some("k3"))
        );
        assert_eq!(names.certauth_host(), "certauth.login.example.test");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let _ = names().classify(&text);
            let _ = names().classify(&format!("{text}.certauth.login.example.test"));
        }
    }
}
