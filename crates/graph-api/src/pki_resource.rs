//! The resources of the PKI store, and how they can be asked about.

use lanyard_engine::administer::DeletedPkiItem;
use lanyard_engine::{PkiAuthority, PublicKeyInfrastructure, certificate_of};
use serde_json::{Value, json};

use crate::odata::{Kind, Operators, Property, Schema};

/// Where the containers are.
pub(crate) const PATH: &str = "directory/publicKeyInfrastructure/certificateBasedAuthConfigurations";

const fn schema(type_name: &'static str, properties: &'static [Property]) -> Schema {
    Schema {
        type_name,
        set_name: PATH,
        properties,
        has_advanced_mode: false,
        max_page: 999,
        default_page: 100,
        searchable: &["displayName"],
        expandable: &[],
    }
}

/// A container. Source: certificate-sign-in §2.3.
pub(crate) static CONTAINERS: Schema = schema(
    "certificateBasedAuthPki",
    &[
        Property::shown("id", Kind::Text, Operators::SWITCH),
        Property::shown("deletedDateTime", Kind::Moment, Operators::MOMENT),
        Property::shown("displayName", Kind::Text, Operators::NAME),
        Property::shown("status", Kind::Text, Operators::SWITCH),
        Property::shown("statusDetails", Kind::Text, Operators::NONE),
        Property::shown("lastModifiedDateTime", Kind::Moment, Operators::MOMENT),
    ],
);

/// A certificate authority. Source: certificate-sign-in §2.3: filters on type, expiry and thumbprint, sorted by expiry.
pub(crate) static AUTHORITIES: Schema = schema(
    "certificateAuthorityDetail",
    &[
        Property::shown("id", Kind::Text, Operators::SWITCH),
        Property::shown("deletedDateTime", Kind::Moment, Operators::MOMENT),
        Property::shown("certificateAuthorityType", Kind::Text, Operators::SWITCH),
        Property::shown("certificate", Kind::Text, Operators::NONE),
        Property::shown("displayName", Kind::Text, Operators::NAME),
        Property::shown("issuer", Kind::Text, Operators::WORDS),
        Property::shown("issuerSubjectKeyIdentifier", Kind::Text, Operators::WORDS),
        Property::shown("createdDateTime", Kind::Moment, Operators::MOMENT),
        Property::shown("expirationDateTime", Kind::Moment, Operators::MOMENT),
        Property::shown("thumbprint", Kind::Text, Operators::WORDS),
        Property::shown("certificateRevocationListUrl", Kind::Text, Operators::WORDS),
        Property::shown("deltacertificateRevocationListUrl", Kind::Text, Operators::WORDS),
        Property::shown("isIssuerHintEnabled", Kind::Boolean, Operators::SWITCH),
    ],
);

/// Source: certificate-sign-in §2.3.
pub(crate) fn resource(container: &PublicKeyInfrastructure, now: jiff::Timestamp) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.certificateBasedAuthPki",
        "id": container.id,
        "deletedDateTime": container.deleted.map(seconds),
        "displayName": container.display_name,
        "status": container.status_at(now).as_str(),
        "statusDetails": container.status_details,
        "lastModifiedDateTime": seconds(container.last_modified)
    })
}

/// Source: certificate-sign-in §2.3.
pub(crate) fn authority_resource(authority: &PkiAuthority) -> Value {
    let certificate = certificate_of(&authority.certificate);
    let facts = certificate.as_ref().map(|certificate| certificate.facts());
    json!({
        "@odata.type": "#microsoft.graph.certificateAuthorityDetail",
        "id": authority.id,
        "deletedDateTime": authority.deleted.map(seconds),
        "certificateAuthorityType": if authority.is_root { "root" } else { "intermediate" },
        "certificate": authority.certificate,
        "displayName": authority.display_name,
        "issuer": facts.map(|facts| facts.issuer.to_string()),
        "issuerSubjectKeyIdentifier": facts
            .and_then(|facts| facts.subject_key_identifier.as_ref())
            .map(|identifier| identifier.to_string().to_uppercase()),
        "createdDateTime": seconds(authority.created),
        "expirationDateTime": facts.map(|facts| seconds(facts.not_after)),
        "thumbprint": facts.map(|facts| hex_upper(&facts.sha1_thumbprint)),
        "certificateRevocationListUrl": authority.certificate_revocation_list_url,
        "deltacertificateRevocationListUrl": authority.delta_certificate_revocation_list_url,
        "isIssuerHintEnabled": authority.is_issuer_hint_enabled
    })
}

/// A deleted container or authority.
pub(crate) fn deleted_resource(item: &DeletedPkiItem, now: jiff::Timestamp) -> Value {
    match item {
        DeletedPkiItem::Container(container) => resource(container, now),
        DeletedPkiItem::Authority(authority) => authority_resource(authority),
    }
}

pub(crate) fn seconds(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn hex_upper(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}
