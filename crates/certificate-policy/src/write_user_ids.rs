//! Checks of `certificateUserIds` when they are written.

use std::collections::BTreeMap;

use crate::{CertificateUserId, CertificateUserIdError, Finding, PolicySettings};

/// Checks one user's new list. Uniqueness against other users is the store's, by [`CertificateUserId::uniqueness_keys_of`].
///
/// Rule `CUID-COUNT`: a user has at most ten values. Source: certificate-sign-in §6.6 CU-1.
///
/// Rule `CUID-LENGTH`: a value has at most 1024 characters. Source: certificate-sign-in §6.6 CU-1.
///
/// Rule `CUID-LIST-UNIQUE`: a list holds no value twice, case twins included. Source: certificate-sign-in §6.6 CU-3.
///
/// Rule `CUID-WRITE-SHAPE`: a value that begins like a certificate user id must be a well-formed one; free text is
/// stored with a warning because it never matches. Source: certificate-sign-in §6.4, §6.6 CU-6.
#[must_use]
pub fn check_certificate_user_ids(values: &[String], settings: &PolicySettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let path = |index: usize| format!("authorizationInfo.certificateUserIds[{index}]");
    if values.len() > settings.max_certificate_user_ids {
        findings.push(Finding::error(
            "authorizationInfo.certificateUserIds",
            format!(
                "{} values given; a user may have at most {}.",
                values.len(),
                settings.max_certificate_user_ids
            ),
        ));
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (index, value) in values.iter().enumerate() {
        let length = value.chars().count();
        if length > settings.max_certificate_user_id_chars {
            findings.push(Finding::error(
                path(index),
                format!(
                    "The value has {length} characters; at most {} are allowed.",
                    settings.max_certificate_user_id_chars
                ),
            ));
            continue;
        }
        if value.trim().is_empty() {
            findings.push(Finding::error(path(index), "The value is empty."));
            continue;
        }
        match CertificateUserId::parse(value) {
            Ok(_) => {}
            Err(error @ CertificateUserIdError::NoPrefix) => {
                findings.push(Finding::warning(path(index), sentence(error)));
            }
            Err(error) => findings.push(Finding::error(path(index), sentence(error))),
        }
        for key in CertificateUserId::uniqueness_keys_of(value, settings.accept_forward_serial) {
            match seen.insert(key, index) {
                Some(earlier) if earlier != index => {
                    findings.push(Finding::error(
                        path(index),
                        format!("The value equals the one at position {earlier}."),
                    ));
                }
                _ => {}
            }
        }
    }
    findings
}

/// The keys under which a user's new list is stored, unique in the tenant; or every error found. Values without a
/// prefix are kept under their own text.
///
/// Source: certificate-sign-in §6.6 CU-2, CU-3.
pub fn canonical_certificate_user_ids(
    values: &[String],
    settings: &PolicySettings,
) -> Result<Vec<String>, Vec<Finding>> {
    let mut errors = check_certificate_user_ids(values, settings);
    errors.retain(Finding::is_error);
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(values
        .iter()
        .flat_map(|value| CertificateUserId::uniqueness_keys_of(value, settings.accept_forward_serial))
        .collect())
}

fn sentence(error: CertificateUserIdError) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), characters.as_str())
    })
}
