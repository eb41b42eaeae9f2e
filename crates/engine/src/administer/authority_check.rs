//! Whether a certificate may be stored as an authority, and what is doubtful about it.

use jiff::Timestamp;
use url::Url;

use lanyard_pki::Certificate;

/// Most further addresses of one CRL.
const MAX_FURTHER_URLS: usize = 7;

/// A certificate an administrator wants to trust.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OfferedAuthority<'a> {
    pub(crate) certificate: &'a Certificate,
    pub(crate) is_root: bool,
    pub(crate) crl_url: Option<&'a str>,
    pub(crate) delta_crl_url: Option<&'a str>,
    /// Further addresses of the complete CRL.
    pub(crate) further_crl_urls: &'a [String],
    /// For rehearsing failures.
    pub(crate) allow_expired: bool,
}

/// The property that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthorityProperty {
    Certificate,
    Root,
    CrlUrl,
    DeltaCrlUrl,
}

impl OfferedAuthority<'_> {
    /// Rule `TRUST-CA-ON-ADD`: a stored authority is a readable CA certificate with a subject key identifier, not expired, called a root
    /// only when self-issued, with HTTP(S) list addresses and a delta only beside a base.
    /// Source: certificate-sign-in §2.1 TS-2…TS-9.
    ///
    /// # Errors
    /// The property that is wrong, and one sentence.
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), (AuthorityProperty, String)> {
        let facts = self.certificate.facts();
        let refuse = |property, sentence: String| Err((property, sentence));
        if self.is_root && facts.subject != facts.issuer {
            let sentence = "a root authority must be self-issued: its issuer and subject differ";
            return refuse(AuthorityProperty::Root, sentence.to_owned());
        }
        if !self.certificate.is_authority() {
            let sentence = "the certificate is not that of an authority: its basic constraints do not say CA";
            return refuse(AuthorityProperty::Certificate, sentence.to_owned());
        }
        if facts.subject_key_identifier.is_none() {
            let sentence = "the certificate has no subject key identifier";
            return refuse(AuthorityProperty::Certificate, sentence.to_owned());
        }
        if facts.not_after < now && !self.allow_expired {
            let sentence = format!("the certificate expired at {}", facts.not_after);
            return refuse(AuthorityProperty::Certificate, sentence);
        }
        if self.crl_url.is_none() && self.delta_crl_url.is_some() {
            let sentence = "a delta CRL address needs a base CRL address";
            return refuse(AuthorityProperty::DeltaCrlUrl, sentence.to_owned());
        }
        if self.further_crl_urls.len() > MAX_FURTHER_URLS {
            let sentence = format!("at most {MAX_FURTHER_URLS} further CRL addresses are asked");
            return refuse(AuthorityProperty::CrlUrl, sentence);
        }
        if self.crl_url.is_none() && !self.further_crl_urls.is_empty() {
            let sentence = "further CRL addresses need a first one";
            return refuse(AuthorityProperty::CrlUrl, sentence.to_owned());
        }
        for url in self.further_crl_urls {
            check_crl_url(url).map_err(|sentence| (AuthorityProperty::CrlUrl, sentence))?;
        }
        for (property, url) in [
            (AuthorityProperty::CrlUrl, self.crl_url),
            (AuthorityProperty::DeltaCrlUrl, self.delta_crl_url),
        ] {
            if let Some(url) = url {
                check_crl_url(url).map_err(|sentence| (property, sentence))?;
            }
        }
        Ok(())
    }

    /// What is doubtful about it next to the other authorities, each as one sentence.
    ///
    /// Rule `TRUST-CA-DOUBTS`: a root whose authority key identifier names another key, and an intermediate whose issuer is not
    /// stored, are saved with a warning. Source: certificate-sign-in §2.1 TS-7.
    pub(crate) fn doubts<'c>(&self, stored: impl IntoIterator<Item = &'c Certificate>) -> Vec<String> {
        let facts = self.certificate.facts();
        let subject = &facts.subject;
        let own = facts.subject_key_identifier.as_ref();
        let issuer = facts.authority_key_identifier.as_ref();
        let mut doubts = Vec::new();
        if self.is_root {
            if issuer.is_some_and(|issuer| Some(issuer) != own) {
                doubts.push(format!(
                    "The root '{subject}' names another key as its issuer's: is it really a root?"
                ));
            }
            return doubts;
        }
        match issuer {
            None => doubts.push(format!(
                "The intermediate '{subject}' does not name its issuer's key: revocation lists cannot be checked for it."
            )),
            Some(issuer) if Some(issuer) == own => {
                doubts.push(format!("The intermediate '{subject}' names its own key as its issuer's: should it be a root?"));
            }
            Some(issuer) => {
                let known = stored
                    .into_iter()
                    .any(|other| other.facts().subject_key_identifier.as_ref() == Some(issuer));
                if !known {
                    doubts.push(format!(
                        "The issuer of '{subject}' (key identifier {issuer}) is not stored: nobody can sign in below it."
                    ));
                }
            }
        }
        doubts
    }
}

fn check_crl_url(text: &str) -> Result<(), String> {
    let refuse = |reason: &str| Err(format!("the CRL address `{text}` {reason}"));
    let Ok(url) = Url::parse(text) else {
        return refuse("is not a URL");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refuse(
            "must start with http:// (or https:// where the server allows it); LDAP and OCSP are not supported",
        );
    }
    if url.host_str().is_none() || !url.username().is_empty() || url.password().is_some() || text.len() > 2048
    {
        return refuse("must name a host, hold no credentials and at most 2048 characters");
    }
    Ok(())
}
