//! What tokens say, who signed them, and which of them come back accepted.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test data"
)]

mod world;

use std::sync::{Arc, LazyLock};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use der::{Decode, Encode};
use jiff::{SignedDuration, Timestamp};
use lanyard_directory::{
    AppId, Application, DirectoryRole, GroupId, GroupMembershipClaims, ServicePrincipal, TokenAlgorithm,
    User, UserType,
};
use lanyard_tokens::claims::{access_token, application_token, client_info, id_token, user_info};
use lanyard_tokens::signing::{NotOurToken, SigningError};
use lanyard_tokens::{
    AcceptedAccessToken, AccessTokenAsk, Authority, ClientProof, EndpointVersion, IdTokenAsk, IdTokenHint,
    Issuance, LocalSigner, PairwiseKey, ScopeRequest, Signer, SigningKeys, TokenRefused, TokenUser, jws,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use world::{
    ALICE, ARCHIVE, PORTAL, TENANT, alice, archive, authority, graph, hours, now, portal, sign_in, tenant,
};

static KEYS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    [TokenAlgorithm::RS256, TokenAlgorithm::ES256]
        .map(|algorithm| LocalSigner::generate(algorithm).unwrap().to_vec())
        .to_vec()
});

fn signer(algorithm: TokenAlgorithm) -> Arc<dyn Signer> {
    let index = usize::from(algorithm == TokenAlgorithm::ES256);
    Arc::new(LocalSigner::from_pkcs8(algorithm, &KEYS[index], None).unwrap())
}

fn keys() -> SigningKeys {
    SigningKeys::new(vec![signer(TokenAlgorithm::RS256), signer(TokenAlgorithm::ES256)])
}

fn pairwise() -> PairwiseKey {
    PairwiseKey::new(&[7; 32])
}

fn issuance(authority: &Authority) -> Issuance<'_> {
    Issuance {
        authority,
        now: now(),
        lifetime_secs: 3600,
        unique_id: [9; 16],
    }
}

struct Given {
    user: User,
    groups: Vec<GroupId>,
    directory_roles: Vec<DirectoryRole>,
    roles: Vec<String>,
}

fn given() -> Given {
    Given {
        user: alice(),
        groups: Vec::new(),
        directory_roles: Vec::new(),
        roles: Vec::new(),
    }
}

impl Given {
    fn id_token(&self, client: &Application, scope: &str, version: EndpointVersion) -> Value {
        let scope = ScopeRequest::parse(scope).unwrap();
        let ask = IdTokenAsk {
            version,
            scope: &scope,
            nonce: Some("n"),
            auth_time_asked: false,
            login_hint: None,
        };
        let (authority, tenant, pairwise) = (authority(), tenant(), pairwise());
        id_token(
            &issuance(&authority),
            &self.about(&tenant, &pairwise),
            &sign_in(),
            client,
            &ask,
        )
        .into()
    }

    fn access_token(&self, resource: &Application, asked_as: &str, scopes: &[&str]) -> Map<String, Value> {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let client = portal();
        let ask = AccessTokenAsk {
            resource,
            asked_as,
            scopes: &scopes,
            client: &client,
            proof: ClientProof::Secret,
            handles_challenges: true,
        };
        let (authority, tenant, pairwise) = (authority(), tenant(), pairwise());
        access_token(
            &issuance(&authority),
            &self.about(&tenant, &pairwise),
            &sign_in(),
            &ask,
        )
    }

    fn about<'a>(
        &'a self,
        tenant: &'a lanyard_directory::Tenant,
        pairwise: &'a PairwiseKey,
    ) -> TokenUser<'a> {
        TokenUser {
            user: &self.user,
            tenant,
            pairwise,
            roles: &self.roles,
            directory_roles: &self.directory_roles,
            groups: &self.groups,
        }
    }
}

#[test]
fn token_id_claims() {
    // TOKEN-ID-CLAIMS
    let mut client = portal();
    let subject = pairwise().subject(TENANT, ALICE, PORTAL);
    let issued = now().as_second();
    assert_eq!(
        given().id_token(&client, "openid profile email", EndpointVersion::V2),
        json!({
            "aud": PORTAL, "iss": format!("https://login.example.test/{TENANT}/v2.0"),
            "iat": issued, "nbf": issued, "exp": issued + 3600, "sub": subject,
            "name": "Alice Ámbar", "oid": ALICE, "tid": TENANT, "preferred_username": "alice@contoso.example",
            "email": "alice@mail.example", "nonce": "n", "sid": Uuid::from_u128(0x51d),
            "uti": BASE64URL_NOPAD.encode(&[9; 16]), "ver": "2.0",
        })
    );
    let least = given().id_token(&client, "openid", EndpointVersion::V2);
    for absent in [
        "name",
        "oid",
        "tid",
        "preferred_username",
        "email",
        "auth_time",
        "amr",
        "groups",
    ] {
        assert!(least.get(absent).is_none(), "{absent}");
    }
    let v1 = given().id_token(&client, "openid profile", EndpointVersion::V1);
    assert_eq!(v1["iss"], format!("https://login.example.test/{TENANT}/"));
    assert_eq!(
        (&v1["ver"], &v1["upn"], &v1["amr"][0]),
        (&json!("1.0"), &json!("alice@contoso.example"), &json!("x509"))
    );

    // TOKEN-OPTIONAL-CLAIMS
    client.optional_id_token_claims = [
        "auth_time",
        "amr",
        "upn",
        "given_name",
        "acct",
        "groups",
        "unheard_of",
    ]
    .map(str::to_owned)
    .to_vec();
    let optional = given().id_token(&client, "openid", EndpointVersion::V2);
    assert_eq!(optional["auth_time"], issued - 3600);
    assert_eq!(
        (&optional["amr"], &optional["acct"]),
        (&json!(["x509", "rsa", "mfa"]), &json!(0))
    );
    assert_eq!(
        (&optional["upn"], &optional["groups"]),
        (&json!("alice@contoso.example"), &json!([]))
    );
    assert!(optional.get("unheard_of").is_none());
    let guest = Given {
        user: User {
            user_type: UserType::Guest,
            ..alice()
        },
        ..given()
    };
    let optional = guest.id_token(&client, "openid", EndpointVersion::V2);
    assert_eq!((optional.get("upn"), &optional["acct"]), (None, &json!(1)));
}

#[test]
fn token_access_claims() {
    // TOKEN-ACCESS-CLAIMS
    let issued = now().as_second();
    let archive = archive();
    assert_eq!(
        Value::from(given().access_token(&archive, "api://archive", &["Read", "Write"])),
        json!({
            "aud": ARCHIVE, "iss": format!("https://login.example.test/{TENANT}/v2.0"),
            "iat": issued, "nbf": issued, "exp": issued + 3600, "azp": PORTAL, "azpacr": "1", "tid": TENANT,
            "uti": BASE64URL_NOPAD.encode(&[9; 16]), "ver": "2.0",
            "sub": pairwise().subject(TENANT, ALICE, ARCHIVE), "oid": ALICE, "name": "Alice Ámbar",
            "preferred_username": "alice@contoso.example", "sid": Uuid::from_u128(0x51d), "scp": "Read Write",
        })
    );
    let with_roles = Given {
        roles: vec!["Keeper".to_owned()],
        directory_roles: vec![DirectoryRole::GLOBAL_ADMINISTRATOR],
        ..given()
    };
    let mut old = archive;
    old.access_token_version = 1;
    old.group_membership_claims = GroupMembershipClaims::DirectoryRole;
    old.optional_access_token_claims = vec!["xms_cc".to_owned(), "idtyp".to_owned()];
    let v1 = with_roles.access_token(&old, "https://archive.example/", &["Read"]);
    for (name, value) in [
        ("aud", json!("https://archive.example/")),
        ("iss", json!(format!("https://login.example.test/{TENANT}/"))),
        ("appid", json!(PORTAL)),
        ("appidacr", json!("1")),
        ("ver", json!("1.0")),
        ("acr", json!("1")),
        ("amr", json!(["x509", "rsa", "mfa"])),
        ("upn", json!("alice@contoso.example")),
        ("unique_name", json!("alice@contoso.example")),
        ("ipaddr", json!("192.0.2.7")),
        ("roles", json!(["Keeper"])),
        ("wids", json!([DirectoryRole::GLOBAL_ADMINISTRATOR])),
        ("xms_cc", json!(["cp1"])),
        ("idtyp", json!("user")),
    ] {
        assert_eq!(v1.get(name), Some(&value), "{name}");
    }
    assert!(!v1.contains_key("azp") && !v1.contains_key("preferred_username"));
}

#[test]
fn token_memberships() {
    // TOKEN-MEMBERSHIPS: by what the recipient is configured for, in id tokens the client, in access tokens the resource.
    use GroupMembershipClaims::{All, ApplicationGroup, DirectoryRole as Roles, None, SecurityGroup};
    let member = Given {
        groups: vec![GroupId(Uuid::from_u128(7))],
        directory_roles: vec![DirectoryRole::GLOBAL_ADMINISTRATOR],
        ..given()
    };
    for (configured, groups, wids) in [
        (None, false, false),
        (SecurityGroup, true, false),
        (Roles, false, true),
        (ApplicationGroup, false, false),
        (All, true, true),
    ] {
        let (mut client, mut resource) = (portal(), archive());
        client.group_membership_claims = configured;
        resource.group_membership_claims = configured;
        for claims in [
            member.id_token(&client, "openid", EndpointVersion::V2),
            member.access_token(&resource, "api://archive", &["Read"]).into(),
        ] {
            let has = |name: &str| claims.get(name).is_some();
            assert_eq!((has("groups"), has("wids")), (groups, wids), "{configured:?}");
        }
    }
}

#[test]
fn token_group_overage() {
    // TOKEN-GROUP-OVERAGE
    let mut client = portal();
    client.optional_id_token_claims = vec!["groups".to_owned()];
    let groups = |count: u128| Given {
        groups: (0..count).map(|id| GroupId(Uuid::from_u128(id))).collect(),
        ..given()
    };
    let listed = groups(200).id_token(&client, "openid", EndpointVersion::V2);
    assert_eq!(listed["groups"].as_array().unwrap().len(), 200);
    let over = groups(201).id_token(&client, "openid", EndpointVersion::V2);
    assert!(over.get("groups").is_none());
    assert_eq!(over["_claim_names"], json!({"groups": "src1"}));
    let endpoint = over["_claim_sources"]["src1"]["endpoint"].as_str().unwrap();
    assert!(endpoint.ends_with(&format!("/v1.0/users/{ALICE}/getMemberObjects")));
}

#[test]
fn token_app_claims() {
    // TOKEN-APP-CLAIMS
    let principal = ServicePrincipal {
        id: Uuid::from_u128(0x5e),
        tenant: TENANT,
        app_id: PORTAL,
        account_enabled: true,
        assignment_required: false,
    };
    let (authority, client, archive) = (authority(), portal(), archive());
    let ask = AccessTokenAsk {
        resource: &archive,
        asked_as: "api://archive",
        scopes: &[],
        client: &client,
        proof: ClientProof::Certificate,
        handles_challenges: false,
    };
    let claims = application_token(
        &issuance(&authority),
        &principal,
        &["Archive.Read.All".to_owned()],
        &ask,
    );
    assert_eq!(
        (&claims["oid"], &claims["sub"]),
        (&json!(principal.id), &json!(principal.id))
    );
    assert_eq!(
        (&claims["roles"], &claims["azpacr"]),
        (&json!(["Archive.Read.All"]), &json!("2"))
    );
    assert!(!claims.contains_key("scp") && !claims.contains_key("name"));
    let compact = keys().sign(TokenAlgorithm::RS256, &claims, false).unwrap();
    let refused = AcceptedAccessToken::for_user_info(&compact, &keys(), &[authority], &archive, now());
    assert_eq!(refused, Err(TokenRefused::Claim("scp")));
}

#[test]
fn token_pairwise_sub_and_client_info() {
    // TOKEN-PAIRWISE-SUB: computed apart from this code, with Python's hmac module.
    let subject = pairwise().subject(TENANT, ALICE, PORTAL);
    assert_eq!(subject, "eATZjX70Aosr6w33QDC1ER40FgWepBYaWHlbwYQJcDw");
    assert_eq!(subject.len(), 43);
    assert_ne!(subject, pairwise().subject(TENANT, ALICE, ARCHIVE));
    assert_ne!(subject, PairwiseKey::new(&[8; 32]).subject(TENANT, ALICE, PORTAL));
    // TOKEN-CLIENT-INFO
    let decoded = BASE64URL_NOPAD
        .decode(client_info(ALICE, TENANT).as_bytes())
        .unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&decoded).unwrap(),
        json!({"uid": ALICE, "utid": TENANT})
    );
}

#[test]
fn token_sign_and_key_id() {
    // TOKEN-SIGN, TOKEN-KEY-ID
    let claims = given().access_token(&graph(), "https://graph.example.test", &["openid"]);
    for algorithm in [TokenAlgorithm::RS256, TokenAlgorithm::ES256] {
        let compact = keys().sign(algorithm, &claims, false).unwrap();
        assert_eq!(keys().verify(&compact).unwrap(), claims);
        let parts = jws::UnverifiedJws::split(&compact).unwrap();
        assert_eq!(parts.header_text("typ"), Some("JWT"));
        assert_eq!(
            parts.header_text("kid"),
            Some(signer(algorithm).public().key_id())
        );
        assert!(!parts.header.contains_key("x5t"));
        let v1 = keys().sign(algorithm, &claims, true).unwrap();
        assert!(jws::UnverifiedJws::split(&v1).unwrap().header.contains_key("x5t"));
    }
    let jwks = keys().jwks("https://login.example.test/t/v2.0");
    let [rsa, elliptic] = jwks["keys"].as_array().unwrap().as_slice() else {
        panic!("two keys")
    };
    assert_eq!(
        (&rsa["kty"], &rsa["use"], &rsa["e"]),
        (&json!("RSA"), &json!("sig"), &json!("AQAB"))
    );
    assert_eq!(
        BASE64URL_NOPAD
            .decode(rsa["n"].as_str().unwrap().as_bytes())
            .unwrap()
            .len(),
        256
    );
    assert_eq!(
        (&elliptic["kty"], &elliptic["crv"]),
        (&json!("EC"), &json!("P-256"))
    );
    // The certificate in x5c holds this key, verifies under it, and is the same on every node.
    let certificate = BASE64.decode(rsa["x5c"][0].as_str().unwrap().as_bytes()).unwrap();
    let parsed = x509_cert::Certificate::from_der(&certificate).unwrap();
    let public = parsed
        .tbs_certificate()
        .subject_public_key_info()
        .to_der()
        .unwrap();
    let verifier = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public);
    let signed = parsed.tbs_certificate().to_der().unwrap();
    verifier.verify(&signed, parsed.signature().raw_bytes()).unwrap();
    let modulus = BASE64URL_NOPAD
        .decode(rsa["n"].as_str().unwrap().as_bytes())
        .unwrap();
    assert!(public.windows(modulus.len()).any(|window| window == modulus));
    let thumbprint = digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate);
    assert_eq!(rsa["x5t"], BASE64URL_NOPAD.encode(thumbprint.as_ref()));
    assert_eq!(rsa, &keys().jwks("https://login.example.test/t/v2.0")["keys"][0]);
    assert_eq!(rsa["issuer"], "https://login.example.test/t/v2.0");
    assert!(!jwks.to_string().contains("\"d\""));

    let none = SigningKeys::new(vec![signer(TokenAlgorithm::ES256)]);
    assert_eq!(
        none.sign(TokenAlgorithm::RS256, &claims, false),
        Err(SigningError::NoKey)
    );
    assert!(LocalSigner::from_pkcs8(TokenAlgorithm::RS256, &KEYS[1], None).is_err());
    assert!(LocalSigner::from_pkcs8(TokenAlgorithm::ES256, &KEYS[0], None).is_err());
    assert!(LocalSigner::from_pkcs8(TokenAlgorithm::ES256, b"no key", None).is_err());
}

#[test]
fn token_algorithm_of_key() {
    // TOKEN-ALGORITHM-OF-KEY
    let claims = given().access_token(&graph(), "x", &["openid"]);
    let good = keys().sign(TokenAlgorithm::RS256, &claims, false).unwrap();
    let (input, signature) = good.rsplit_once('.').unwrap();
    let payload = input.split_once('.').unwrap().1;
    let with_header = |header: Value| {
        format!(
            "{}.{payload}.{signature}",
            BASE64URL_NOPAD.encode(header.to_string().as_bytes())
        )
    };
    let key_id = signer(TokenAlgorithm::RS256).public().key_id().to_owned();
    for (token, expected) in [
        (
            with_header(json!({"alg": "none", "kid": key_id})),
            NotOurToken::Algorithm,
        ),
        (
            with_header(json!({"alg": "HS256", "kid": key_id})),
            NotOurToken::Algorithm,
        ),
        (
            with_header(json!({"alg": "ES256", "kid": key_id})),
            NotOurToken::Algorithm,
        ),
        (with_header(json!({"kid": key_id})), NotOurToken::Algorithm),
        (
            with_header(json!({"alg": "RS256", "kid": key_id, "x": 1})),
            NotOurToken::Signature,
        ),
        (with_header(json!({"alg": "RS256"})), NotOurToken::UnknownKey),
        (
            with_header(json!({"alg": "RS256", "kid": "other"})),
            NotOurToken::UnknownKey,
        ),
        (format!("{input}."), NotOurToken::Signature),
    ] {
        assert_eq!(keys().verify(&token).unwrap_err(), expected);
    }
    let stranger = LocalSigner::generate(TokenAlgorithm::ES256).unwrap();
    let stranger = LocalSigner::from_pkcs8(TokenAlgorithm::ES256, &stranger, None).unwrap();
    let foreign = SigningKeys::new(vec![Arc::new(stranger)])
        .sign(TokenAlgorithm::ES256, &claims, false)
        .unwrap();
    assert_eq!(keys().verify(&foreign), Err(NotOurToken::UnknownKey));
}

#[test]
fn userinfo_token() {
    // USERINFO-AUDIENCE
    let graph = graph();
    let sign = |claims: &Map<String, Value>| keys().sign(TokenAlgorithm::RS256, claims, false).unwrap();
    let accept = |compact: &str, at: Timestamp| {
        AcceptedAccessToken::for_user_info(compact, &keys(), &[authority()], &graph, at)
    };
    for asked_as in [
        "https://graph.example.test",
        "https://graph.example.test/",
        "00000003-0000-0000-c000-000000000000",
    ] {
        let accepted = accept(
            &sign(&given().access_token(&graph, asked_as, &["openid", "email"])),
            now(),
        )
        .unwrap();
        assert_eq!(
            (accepted.tenant, accepted.user, accepted.client),
            (TENANT, ALICE, PORTAL)
        );
        assert_eq!(accepted.scopes, ["openid", "email"]);
    }
    let good = sign(&given().access_token(&graph, "https://graph.example.test", &["openid"]));
    let second = SignedDuration::from_secs(1);
    assert!(accept(&good, now() + hours(1) - second).is_ok());
    assert_eq!(accept(&good, now() + hours(1)), Err(TokenRefused::Time));
    assert_eq!(
        accept(&good, now() - SignedDuration::from_secs(61)),
        Err(TokenRefused::Time)
    );
    let no_scope = given().access_token(&graph, "https://graph.example.test", &["User.Read", "openid2"]);
    assert_eq!(
        accept(&sign(&no_scope), now()),
        Err(TokenRefused::Scope("openid"))
    );
    let elsewhere = given().access_token(&archive(), "api://archive", &["openid"]);
    assert_eq!(accept(&sign(&elsewhere), now()), Err(TokenRefused::Audience));
    let mut other_issuer = given().access_token(&graph, "https://graph.example.test", &["openid"]);
    other_issuer.insert("iss".to_owned(), json!("https://login.evil.test/"));
    assert_eq!(accept(&sign(&other_issuer), now()), Err(TokenRefused::Issuer));
    let id_token = given().id_token(&portal(), "openid profile", EndpointVersion::V2);
    assert_eq!(
        accept(&sign(id_token.as_object().unwrap()), now()),
        Err(TokenRefused::Audience)
    );

    let (tenant, pairwise) = (tenant(), pairwise());
    let given = given();
    let about = given.about(&tenant, &pairwise);
    let answer = user_info(&about, PORTAL, &["openid", "profile"]);
    assert_eq!(answer["sub"], pairwise.subject(TENANT, ALICE, PORTAL));
    assert_eq!(
        (&answer["family_name"], answer.get("email")),
        (&json!("Ámbar"), None)
    );
    assert_eq!(
        user_info(&about, PORTAL, &["openid", "email"])["email"],
        "alice@mail.example"
    );
}

#[test]
fn hint_id_token() {
    // HINT-ID-TOKEN
    let sign = |claims: &Map<String, Value>| keys().sign(TokenAlgorithm::ES256, claims, false).unwrap();
    let claims = given().id_token(&portal(), "openid profile", EndpointVersion::V2);
    let token = sign(claims.as_object().unwrap());
    let hint = IdTokenHint::read(&token, &keys(), Some(PORTAL)).unwrap();
    assert_eq!(
        (hint.user, hint.tenant, hint.client),
        (Some(ALICE), Some(TENANT), PORTAL)
    );
    assert_eq!(hint.session_id, Some(Uuid::from_u128(0x51d)));
    assert!(IdTokenHint::read(&token, &keys(), None).is_ok());
    assert_eq!(
        IdTokenHint::read(&token, &keys(), Some(AppId(Uuid::nil()))),
        Err(TokenRefused::Audience)
    );
    let access = sign(&given().access_token(&archive(), "x", &["openid"]));
    assert_eq!(
        IdTokenHint::read(&access, &keys(), None),
        Err(TokenRefused::Audience)
    );
    assert!(IdTokenHint::read(&token[..token.len() - 4], &keys(), None).is_err());
}

proptest! {
    #[test]
    fn verifying_never_panics(text in "[A-Za-z0-9_.-]{0,200}|\\PC{0,60}") {
        prop_assert!(keys().verify(&text).is_err());
    }
}
