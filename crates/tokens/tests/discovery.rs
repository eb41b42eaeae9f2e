//! The documents clients find us by.

mod world;

use lanyard_tokens::discovery::{
    instance_discovery, instance_tenant, metadata, user_realm, user_realm_srf, user_realm_v2,
};
use lanyard_tokens::{Authority, DiscoveryTenant, EndpointVersion, Realm};
use proptest::prelude::*;
use world::{TENANT, authority};

#[test]
fn discovery_honest() {
    // DISCOVERY-HONEST
    let authority = authority();
    insta::assert_json_snapshot!(metadata(
        &authority,
        DiscoveryTenant::One(TENANT),
        EndpointVersion::V2
    ));
    let v1 = metadata(&authority, DiscoveryTenant::One(TENANT), EndpointVersion::V1);
    assert_eq!(v1["issuer"], format!("https://login.example.test/{TENANT}/"));
    assert_eq!(
        v1["token_endpoint"],
        format!("https://login.example.test/{TENANT}/oauth2/token")
    );
    assert_eq!(
        v1["jwks_uri"],
        format!("https://login.example.test/{TENANT}/discovery/keys")
    );
    for (tenant, path) in [
        (DiscoveryTenant::Common, "common"),
        (DiscoveryTenant::Organizations, "organizations"),
    ] {
        let shared = metadata(&authority, tenant, EndpointVersion::V2);
        assert_eq!(shared["issuer"], "https://login.example.test/{tenantid}/v2.0");
        assert_eq!(
            shared["token_endpoint"],
            format!("https://login.example.test/{path}/oauth2/v2.0/token")
        );
    }
}

#[test]
fn discovery_instance_host() {
    // DISCOVERY-INSTANCE-HOST
    let mut authority = Authority::new("https://login.example.test:8443");
    authority
        .other_login_bases
        .push("https://localhost:8443".to_owned());
    for (endpoint, tenant) in [
        (
            "https://login.example.test:8443/common/oauth2/v2.0/authorize",
            Some("common"),
        ),
        (
            "https://login.example.test/contoso.example/oauth2/v2.0/authorize",
            Some("contoso.example"),
        ),
        ("https://localhost:8443/t/oauth2/authorize", Some("t")),
        ("https://login.example.test:8443/", None),
        ("https://login.example.test:8443", None),
        ("https://login.example.test:9/common/oauth2/v2.0/authorize", None),
        (
            "https://login.example.test.evil/common/oauth2/v2.0/authorize",
            None,
        ),
        ("https://login.example.test:8443/a\"b/oauth2/v2.0/authorize", None),
        (
            "http://login.example.test:8443/common/oauth2/v2.0/authorize",
            None,
        ),
        (
            "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
            None,
        ),
    ] {
        assert_eq!(instance_tenant(&authority, endpoint), tenant, "{endpoint}");
    }
    let answer = instance_discovery(&authority, "common", "1.1");
    assert_eq!(
        answer["metadata"][0]["preferred_network"],
        "login.example.test:8443"
    );
    assert_eq!(
        answer["tenant_discovery_endpoint"],
        "https://login.example.test:8443/common/v2.0/.well-known/openid-configuration"
    );
}

#[test]
fn realm_no_enumeration() {
    // REALM-NO-ENUMERATION
    let authority = authority();
    for (realm, name) in [(Realm::Managed, "Managed"), (Realm::Unknown, "Unknown")] {
        assert_eq!(
            user_realm(&authority, "contoso.example", realm)["account_type"],
            name
        );
        assert_eq!(
            user_realm_v2(&authority, "a@contoso.example", "contoso.example", realm)["NameSpaceType"],
            name
        );
        assert_eq!(
            user_realm_srf(&authority, "a@contoso.example", "contoso.example", realm)["NameSpaceType"],
            name
        );
    }
}

proptest! {
    #[test]
    fn instance_tenant_never_panics(text in "\\PC{0,60}", rest in "[a-z:/@.?#]{0,30}") {
        let authority = authority();
        let _ = instance_tenant(&authority, &text);
        if let Some(tenant) = instance_tenant(&authority, &format!("https://login.example.test{rest}")) {
            prop_assert!(!tenant.contains(['/', '"', '<', '@']));
        }
    }
}
