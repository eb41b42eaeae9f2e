//! The seven `certificateUserIds` of a certificate, written.

use data_encoding::HEXUPPER;
use lanyard_pki::CertificateFacts;
use serde::{Deserialize, Serialize};

/// All seven values of one certificate, ready to be stored; a missing field is an empty string.
///
/// Source: certificate-sign-in §6.6 CU-7.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ComputedUserIds {
    /// `X509:<PN>`, of the first UPN.
    pub principal_name: String,
    /// `X509:<RFC822>`, of the first mail address.
    #[serde(rename = "RFC822Name")]
    pub rfc822_name: String,
    /// `X509:<I>…<S>`
    pub issuer_and_subject: String,
    /// `X509:<S>`
    pub subject: String,
    /// `X509:<SKI>`
    #[serde(rename = "SKI")]
    pub subject_key_identifier: String,
    /// `X509:<SHA1-PUKEY>`
    #[serde(rename = "SHA1PublicKey")]
    pub sha1_public_key: String,
    /// `X509:<I>…<SR>`, reversed.
    pub issuer_and_serial_number: String,
}

/// Computes the seven values of a certificate.
///
/// Rule `CUID-WRITE`: values are written with names in encoding order, the serial number reversed in lower case, and
/// key identifier and thumbprint in upper case. Source: certificate-sign-in §6.4, §12.1.
#[must_use]
pub fn certificate_user_ids(facts: &CertificateFacts) -> ComputedUserIds {
    let first = |tag: &str, values: &[String]| {
        values
            .iter()
            .find(|value| !value.is_empty())
            .map_or_else(String::new, |value| format!("X509:<{tag}>{value}"))
    };
    let issuer = facts.issuer.to_encoding_order_text();
    let subject = facts.subject.to_encoding_order_text();
    let (subject_value, issuer_and_subject) = if subject.is_empty() {
        (String::new(), String::new())
    } else {
        (
            format!("X509:<S>{subject}"),
            format!("X509:<I>{issuer}<S>{subject}"),
        )
    };
    ComputedUserIds {
        principal_name: first("PN", &facts.principal_names),
        rfc822_name: first("RFC822", &facts.rfc822_names),
        issuer_and_subject,
        subject: subject_value,
        subject_key_identifier: facts
            .subject_key_identifier
            .as_ref()
            .map_or_else(String::new, |identifier| {
                format!("X509:<SKI>{}", identifier.to_hex())
            }),
        sha1_public_key: format!("X509:<SHA1-PUKEY>{}", HEXUPPER.encode(&facts.sha1_thumbprint)),
        issuer_and_serial_number: format!("X509:<I>{issuer}<SR>{}", facts.serial_number.to_reversed_hex()),
    }
}
