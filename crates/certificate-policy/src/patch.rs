//! Reading the policy as Graph clients write it, with every mistake named by its place.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Finding, MethodPolicy, PolicyContext};

/// Properties that hold objects: those sent are merged, one level deep.
const OBJECTS: [(&str, &[&str]); 3] = [
    (
        "authenticationModeConfiguration",
        &[
            "x509CertificateAuthenticationDefaultMode",
            "x509CertificateDefaultRequiredAffinityLevel",
            "rules",
        ],
    ),
    ("issuerHintsConfiguration", &["state"]),
    (
        "crlValidationConfiguration",
        &["state", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers"],
    ),
];

impl MethodPolicy {
    /// The policy after a PATCH with `body`, and warnings; or every error found.
    ///
    /// Rule `POLICY-PATCH-MERGE`: properties that were not sent stay as they are, arrays that were sent replace the old
    /// ones whole. Source: certificate-sign-in §8.3.
    ///
    /// Rule `POLICY-ODATA-TYPE`: the body must carry the method's own `@odata.type`. Source: certificate-sign-in §8.3.
    pub fn patched(
        &self,
        body: &Value,
        context: &PolicyContext,
    ) -> Result<(Self, Vec<Finding>), Vec<Finding>> {
        let Some(object) = body.as_object() else {
            return Err(vec![Finding::error("", "The body must be a JSON object.")]);
        };
        let mut findings = Vec::new();
        match object.get("@odata.type").and_then(Value::as_str) {
            Some(Self::ODATA_TYPE) => {}
            Some(other) => findings.push(Finding::error(
                "@odata.type",
                format!(
                    "'{other}' is not the type of this method; expected '{}'.",
                    Self::ODATA_TYPE
                ),
            )),
            None => findings.push(Finding::error(
                "@odata.type",
                format!("The property is required; expected '{}'.", Self::ODATA_TYPE),
            )),
        }
        let mut policy = self.clone();
        policy.apply(object, &mut findings);
        if has_errors(&findings) {
            return Err(findings);
        }
        findings.extend(policy.validate(context));
        if has_errors(&findings) {
            return Err(findings);
        }
        Ok((policy, findings))
    }

    fn apply(&mut self, object: &Map<String, Value>, findings: &mut Vec<Finding>) {
        for (name, value) in object {
            let path = name.as_str();
            match path {
                "id" => {
                    if !value.as_str().is_some_and(|id| id.eq_ignore_ascii_case(Self::ID)) {
                        findings.push(Finding::error(path, format!("The id is always '{}'.", Self::ID)));
                    }
                }
                "state" => read_into(&mut self.state, value, path, findings),
                "certificateUserBindings" => {
                    read_list(&mut self.certificate_user_bindings, value, path, findings);
                }
                "certificateAuthorityScopes" => {
                    read_list(&mut self.certificate_authority_scopes, value, path, findings);
                }
                "includeTargets" => read_list(&mut self.include_targets, value, path, findings),
                "excludeTargets" => read_list(&mut self.exclude_targets, value, path, findings),
                "authenticationModeConfiguration"
                | "issuerHintsConfiguration"
                | "crlValidationConfiguration" => {
                    self.apply_object(path, value, findings);
                }
                _ if path.contains('@') => {}
                _ => findings.push(Finding::error(path, "This property is not known.")),
            }
        }
    }

    fn apply_object(&mut self, name: &str, value: &Value, findings: &mut Vec<Finding>) {
        let Some(object) = value.as_object() else {
            findings.push(Finding::error(name, "The value must be an object."));
            return;
        };
        let known = OBJECTS
            .iter()
            .find(|(object_name, _)| *object_name == name)
            .map_or(&[][..], |(_, properties)| properties);
        for (property, value) in object {
            let path = format!("{name}.{property}");
            if property.contains('@') {
                continue;
            }
            if !known.contains(&property.as_str()) {
                findings.push(Finding::error(path, "This property is not known."));
                continue;
            }
            let modes = &mut self.authentication_mode_configuration;
            let crl = &mut self.crl_validation_configuration;
            match (name, property.as_str()) {
                (_, "x509CertificateAuthenticationDefaultMode") => {
                    read_into(&mut modes.default_mode, value, &path, findings);
                }
                (_, "x509CertificateDefaultRequiredAffinityLevel") => {
                    read_into(&mut modes.default_required_affinity, value, &path, findings);
                }
                (_, "rules") => read_list(&mut modes.rules, value, &path, findings),
                ("issuerHintsConfiguration", _) => {
                    read_into(&mut self.issuer_hints_configuration.state, value, &path, findings);
                }
                (_, "state") => read_into(&mut crl.state, value, &path, findings),
                _ => read_list(&mut crl.exempted_authorities, value, &path, findings),
            }
        }
    }
}

fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(Finding::is_error)
}

fn read<T: DeserializeOwned>(value: &Value, path: &str, findings: &mut Vec<Finding>) -> Option<T> {
    match serde_json::from_value(value.clone()) {
        Ok(read) => Some(read),
        Err(error) => {
            findings.push(Finding::error(path, format!("{error}.")));
            None
        }
    }
}

fn read_into<T: DeserializeOwned>(target: &mut T, value: &Value, path: &str, findings: &mut Vec<Finding>) {
    if let Some(read) = read(value, path, findings) {
        *target = read;
    }
}

fn read_list<T: DeserializeOwned>(
    target: &mut Vec<T>,
    value: &Value,
    path: &str,
    findings: &mut Vec<Finding>,
) {
    let Some(elements) = value.as_array() else {
        findings.push(Finding::error(path, "The value must be an array."));
        return;
    };
    *target = elements
        .iter()
        .enumerate()
        .filter_map(|(index, element)| read(element, &format!("{path}[{index}]"), findings))
        .collect();
}
