//! What is not people: policy, trust stores, settings, denials, and what is only kept.

use lanyard_engine::{
    Caller, ConfiguredAuthority, Engine, KeptKind, PkiAuthority, PublicKeyInfrastructure, certificate_of,
};
use serde_json::{Map, Value, json};

use super::folder::Folder;
use crate::ExchangeError;

pub(super) async fn write(
    engine: &Engine,
    caller: &Caller,
    folder: &mut Folder,
) -> Result<(), ExchangeError> {
    let (_, configuration) = engine.tenant_configuration(caller.tenant).await?;
    let policy = configuration
        .x509_policy
        .to_graph_json(true)
        .map_err(|error| ExchangeError::unreadable("the method policy", error))?;
    folder.document("authentication-methods-policy.json", &policy)?;
    let authorities: Vec<Value> = configuration
        .certificate_authorities
        .iter()
        .map(classic)
        .collect();
    folder.list(
        "certificate-based-auth-configuration.json",
        "certificateBasedAuthConfiguration",
        [json!({
            "@odata.type": "#microsoft.graph.certificateBasedAuthConfiguration",
            "certificateAuthorities": authorities
        })],
    )?;
    let containers = configuration
        .public_key_infrastructures
        .iter()
        .filter(|container| container.deleted.is_none());
    folder.list(
        "public-key-infrastructure.json",
        "directory/publicKeyInfrastructure/certificateBasedAuthConfigurations",
        containers.map(pki),
    )?;
    let mut settings = json!({ "@odata.type": "#lanyard.tenantSettings" });
    if let (Some(members), Ok(Value::Object(own))) = (
        settings.as_object_mut(),
        serde_json::to_value(&configuration.settings),
    ) {
        members.extend(own);
    }
    folder.document("tenant-settings.json", &settings)?;
    denied(engine, caller, folder).await?;
    for (kind, name, context) in [
        (
            KeptKind::ConditionalAccessPolicy,
            "conditional-access-policies.json",
            "identity/conditionalAccess/policies",
        ),
        (
            KeptKind::NamedLocation,
            "named-locations.json",
            "identity/conditionalAccess/namedLocations",
        ),
        (
            KeptKind::AuthenticationStrengthPolicy,
            "authentication-strength-policies.json",
            "policies/authenticationStrengthPolicies",
        ),
    ] {
        let kept = engine
            .read_kept_policies(caller, kind)
            .await
            .map_err(|refused| ExchangeError::Refused(context, refused))?;
        folder.list(name, context, kept.into_iter().map(|policy| policy.body))?;
    }
    Ok(())
}

/// An authority of the classic store; what Graph has no word for stands beside it as annotations.
fn classic(authority: &ConfiguredAuthority) -> Value {
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    let certificate = certificate_of(&authority.certificate);
    let facts = certificate.as_ref().map(|certificate| certificate.facts());
    let subject = facts.map(|facts| facts.subject.to_string());
    put("isRootAuthority", json!(authority.is_root_authority));
    put("certificate", json!(authority.certificate));
    put(
        "certificateRevocationListUrl",
        json!(authority.certificate_revocation_list_url),
    );
    put(
        "deltaCertificateRevocationListUrl",
        json!(authority.delta_certificate_revocation_list_url),
    );
    put("issuer", json!(subject));
    put(
        "issuerSki",
        json!(
            facts
                .and_then(|facts| facts.subject_key_identifier.as_ref())
                .map(|identifier| identifier.to_string().to_uppercase())
        ),
    );
    if subject.as_deref() != Some(&authority.display_name) {
        put("@lanyard.displayName", json!(authority.display_name));
    }
    if !authority.further_certificate_revocation_list_urls.is_empty() {
        put(
            "@lanyard.furtherCertificateRevocationListUrls",
            json!(authority.further_certificate_revocation_list_urls),
        );
    }
    if let Some(hours) = authority.crl_grace_hours {
        put("@lanyard.crlGraceHours", json!(hours));
    }
    if authority.is_issuer_hint_enabled {
        put("@lanyard.isIssuerHintEnabled", json!(true));
    }
    Value::Object(members)
}

fn pki(container: &PublicKeyInfrastructure) -> Value {
    let authorities: Vec<Value> = container.present().map(pki_authority).collect();
    json!({
        "@odata.type": "#microsoft.graph.certificateBasedAuthPki",
        "id": container.id,
        "displayName": container.display_name,
        "certificateAuthorities": authorities
    })
}

fn pki_authority(authority: &PkiAuthority) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.certificateAuthorityDetail",
        "id": authority.id,
        "displayName": authority.display_name,
        "certificateAuthorityType": if authority.is_root { "root" } else { "intermediate" },
        "certificate": authority.certificate,
        "certificateRevocationListUrl": authority.certificate_revocation_list_url,
        "deltacertificateRevocationListUrl": authority.delta_certificate_revocation_list_url,
        "isIssuerHintEnabled": authority.is_issuer_hint_enabled
    })
}

async fn denied(engine: &Engine, caller: &Caller, folder: &mut Folder) -> Result<(), ExchangeError> {
    let mut entries: Vec<Value> = Vec::new();
    for entry in engine.denied_certificates(caller.tenant).await? {
        let mut value = json!({
            "@odata.type": "#lanyard.deniedCertificate",
            "sha256Thumbprint": entry.sha256_thumbprint,
            "issuer": entry.issuer_text(),
            "serialNumber": entry.serial_number.as_ref().map(|serial| serial.to_hex()),
            "reason": entry.reason
        });
        if let Some(members) = value.as_object_mut() {
            members.retain(|_, part| !part.is_null());
        }
        entries.push(value);
    }
    // Ids and dates are made anew by an import: only what an entry says is an order that stays.
    entries.sort_by_key(ToString::to_string);
    folder.list("denied-certificates.json", "deniedCertificates", entries)
}
