//! Users over the directory API.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use http::Method;
use lanyard_directory::{DirectoryRole, Operation, User, UserId, UserType};
use lanyard_engine::Caller;
use lanyard_testkit::UserProfile;
use serde_json::{Value, json};
use server::{GRAPH, Server};
use uuid::Uuid;

const EVENTUAL: &[(&str, &str)] = &[("consistencylevel", "eventual")];

fn user(server: &Server, number: u32) -> User {
    let now = server.clock.now();
    User {
        id: UserId(Uuid::new_v4()),
        tenant: server.tenant.id,
        user_principal_name: format!("user{number:05}@contoso.example"),
        display_name: format!("{} {number:05}", ["Adele", "Bob", "Çelik"][number as usize % 3]),
        given_name: None,
        surname: Some(format!("S{}", number % 10)),
        mail: number
            .is_multiple_of(2)
            .then(|| format!("mail{number:05}@contoso.example")),
        on_premises_user_principal_name: None,
        account_enabled: !number.is_multiple_of(5),
        user_type: UserType::Member,
        certificate_user_ids: vec![format!("X509:<PN>pn{number}@mil")],
        sign_in_sessions_valid_from: now,
        certificate_used_last: false,
        profile: Default::default(),
        created: now,
    }
}

async fn fill(server: &Server, count: u32) {
    let users: Vec<(User, Vec<String>)> = (0..count)
        .map(|number| (user(server, number), vec![format!("X509:<PN>pn{number}@mil")]))
        .collect();
    for part in users.chunks(1000) {
        server.store.insert_users(part, None).await.unwrap();
    }
}

/// Every item over all pages, and how many pages there were.
async fn all(server: &Server, token: &str, path: &str, headers: &[(&str, &str)]) -> (Vec<Value>, usize) {
    let (mut items, mut pages) = (Vec::new(), 0);
    let mut next = path.to_owned();
    loop {
        let answer = server
            .send(token, Method::GET, &next, headers, None)
            .await
            .expect(200);
        let body = answer.json();
        items.extend(body["value"].as_array().unwrap().iter().cloned());
        pages += 1;
        match body["@odata.nextLink"].as_str() {
            Some(link) => next = link.strip_prefix(GRAPH).unwrap().to_owned(),
            None => return (items, pages),
        }
    }
}

/// GRAPH-PAGING
#[tokio::test]
async fn five_thousand_users_come_in_pages_each_once() {
    let server = Server::start().await;
    fill(&server, 5_000).await;
    let token = server.application(&["User.Read.All"]).await;
    for (path, pages) in [
        ("/v1.0/users?$top=999&$select=id", 6),
        (
            "/v1.0/users?$top=500&$orderby=displayName&$select=id,displayName",
            10,
        ),
        (
            "/v1.0/users?$top=999&$orderby=userPrincipalName%20desc&$select=id",
            6,
        ),
    ] {
        let (items, found) = all(&server, &token, path, &[]).await;
        let mut ids: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((items.len(), ids.len(), found), (5_000, 5_000, pages), "{path}");
    }
    let filtered = "/v1.0/users?$top=100&$filter=surname%20eq%20's3'&$select=surname";
    let (items, _) = all(&server, &token, filtered, &[]).await;
    assert_eq!(items.len(), 500);
    assert_eq!(items[0], json!({ "surname": "S3" }));
    let counted = "/v1.0/users?$top=5&$count=true&$filter=startsWith(displayName,'ÇEL')";
    let answer = server
        .send(&token, Method::GET, counted, EVENTUAL, None)
        .await
        .expect(200);
    assert_eq!(answer.json()["@odata.count"], 1_666);
    let second = answer.json()["@odata.nextLink"]
        .as_str()
        .unwrap()
        .strip_prefix(GRAPH)
        .unwrap()
        .to_owned();
    let second = server
        .send(&token, Method::GET, &second, EVENTUAL, None)
        .await
        .expect(200);
    assert!(
        second.json().get("@odata.count").is_none(),
        "the count stands on the first page only"
    );
    let number = server
        .send(&token, Method::GET, "/v1.0/users/$count", EVENTUAL, None)
        .await
        .expect(200);
    assert_eq!(
        (number.text.as_str(), number.header("content-type")),
        ("5000", Some("text/plain;charset=utf-8"))
    );
    let failure = server.get(&token, "/v1.0/users/$count").await.expect(400);
    assert_eq!(
        failure.json()["error"]["message"],
        "$count is not currently supported."
    );
}

/// GRAPH-ADVANCED-QUERY
#[tokio::test]
async fn filters_find_the_same_by_index_and_by_looking() {
    let server = Server::start().await;
    fill(&server, 60).await;
    let token = server.application(&["User.Read.All"]).await;
    for (filter, expected) in [
        ("userPrincipalName eq 'USER00007@contoso.example'", 1),
        ("startsWith(userPrincipalName,'user0000')", 10),
        ("mail eq 'MAIL00002@contoso.example'", 1),
        ("startsWith(mail,'mail0001')", 5),
        ("displayName eq 'bob 00001'", 1),
        ("startsWith(displayName,'bob') and surname eq 'S1'", 2),
        ("displayName in ('Bob 00001','Adele 00000')", 2),
        ("accountEnabled eq false", 12),
        ("displayName eq 'nobody'", 0),
        ("mail ne null", 30),
        ("endsWith(mail,'2@contoso.example')", 6),
        ("not startsWith(displayName,'bob')", 40),
        ("contains(displayName,'dele 0001')", 3),
        (
            "authorizationInfo/certificateUserIds/any(x:x eq 'X509:<PN>PN7@mil')",
            1,
        ),
        (
            "authorizationInfo/certificateUserIds/any(x:startsWith(x,'X509:<PN>pn1'))",
            11,
        ),
    ] {
        let pairs = [("$filter", filter), ("$count", "true"), ("$select", "id")];
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let path = format!("/v1.0/users?{query}");
        let answer = server
            .send(&token, Method::GET, &path, EVENTUAL, None)
            .await
            .expect(200)
            .json();
        assert_eq!(answer["value"].as_array().unwrap().len(), expected, "{filter}");
        assert_eq!(answer["@odata.count"], expected, "{filter}");
    }
    let ids =
        "/v1.0/users?$filter=authorizationInfo/certificateUserIds/any(x:x%20eq%20'X509:%3CPN%3Epn7@mil')";
    assert_eq!(
        server.get(&token, ids).await.failure(),
        (400, "Request_UnsupportedQuery".to_owned())
    );
    let found = "/v1.0/users?$search=%22displayName:bob%22&$top=3";
    assert_eq!(
        server.get(&token, found).await.failure().1,
        "Request_UnsupportedQuery"
    );
    let answer = server
        .send(&token, Method::GET, found, EVENTUAL, None)
        .await
        .expect(200);
    assert_eq!(answer.json()["value"].as_array().unwrap().len(), 3);
    let sorted = "/v1.0/users?$orderby=surname%20desc&$count=true&$top=7&$select=surname";
    let (items, _) = all(&server, &token, sorted, EVENTUAL).await;
    assert_eq!(items.len(), 60);
    assert!(
        items
            .windows(2)
            .all(|pair| pair[0]["surname"].as_str() >= pair[1]["surname"].as_str())
    );
    for bad in [
        "$filter=a%20eq%201",
        "$skip=1",
        "$top=1000",
        "$select=password",
        "$skiptoken=x",
    ] {
        let answer = server.get(&token, &format!("/v1.0/users?{bad}")).await;
        assert_eq!(answer.failure(), (400, "Request_BadRequest".to_owned()), "{bad}");
    }
}

/// GRAPH-NEW-USER GRAPH-BODY-PROPERTIES CHANGE-AUDITED
#[tokio::test]
async fn a_user_is_created_changed_deleted_and_restored() {
    let server = Server::start().await;
    let token = server.application(&["User.ReadWrite.All"]).await;
    let new = json!({
        "@odata.type": "#microsoft.graph.user", "accountEnabled": true, "displayName": "Adele Vance",
        "mailNickname": "adele", "userPrincipalName": "Adele@contoso.example",
        "passwordProfile": { "password": "xWwvJ]6NMw+bWH-d", "forceChangePasswordNextSignIn": true }
    });
    let created = server
        .post(&token, "/v1.0/users", new.clone())
        .await
        .expect(201)
        .json();
    let id = created["id"].as_str().unwrap().to_owned();
    assert_eq!(
        created["@odata.context"],
        format!("{GRAPH}/v1.0/$metadata#users/$entity")
    );
    assert_eq!(created["displayName"], "Adele Vance");
    assert!(created.get("accountEnabled").is_none(), "only the default set");
    let again = server.post(&token, "/v1.0/users", new.clone()).await;
    assert_eq!(
        again.failure(),
        (400, "Request_MultipleObjectsWithSameKeyValue".to_owned())
    );
    for (name, value) in [
        ("userPrincipalName", Value::Null),
        ("mailNickname", json!("a b")),
        ("userPrincipalName", json!("adele@elsewhere.example")),
        ("displayName", json!(7)),
        ("nickname", json!("x")),
        ("onPremisesSamAccountName", json!("x")),
    ] {
        let mut bad = new.clone();
        bad[name] = value;
        let failure = server.post(&token, "/v1.0/users", bad).await;
        assert_eq!(
            failure.failure(),
            (400, "Request_BadRequest".to_owned()),
            "{name}"
        );
    }

    let path = format!("/v1.0/users/{id}");
    let change = json!({ "jobTitle": "Chief", "accountEnabled": false, "mail": "adele@contoso.example" });
    server.patch(&token, &path, change).await.expect(204);
    let select = format!("{path}?$select=jobTitle,accountEnabled,proxyAddresses,mailNickname,department");
    let read = server.get(&token, &select).await.expect(200).json();
    assert_eq!(
        read,
        json!({
            "@odata.context": format!("{GRAPH}/v1.0/$metadata#users(jobTitle,accountEnabled,proxyAddresses,mailNickname,department)/$entity"),
            "accountEnabled": false, "proxyAddresses": ["SMTP:adele@contoso.example"], "mailNickname": "adele",
            "jobTitle": "Chief", "department": null
        })
    );
    let by_name = server
        .get(&token, "/v1.0/users/ADELE@contoso.example")
        .await
        .expect(200)
        .json();
    assert_eq!(by_name["id"], id);
    let (activity, _, body) = server.audits().await.remove(0);
    assert_eq!(activity, "Disable account");
    assert_eq!(
        (&body["old"]["jobTitle"], &body["new"]["jobTitle"]),
        (&Value::Null, &json!("Chief"))
    );

    server.delete(&token, &path).await.expect(204);
    assert_eq!(
        server.get(&token, &path).await.failure(),
        (404, "Request_ResourceNotFound".to_owned())
    );
    assert_eq!(server.delete(&token, &path).await.failure().0, 404);
}

/// DIRECTORY-PRIMARY-ADDRESS
#[tokio::test]
async fn a_new_mail_address_becomes_the_primary_one() {
    let server = Server::start().await;
    let token = server.application(&["User.ReadWrite.All"]).await;
    server.user("ada", &[]).await;
    for mail in ["a@contoso.example", "b@contoso.example", "A@contoso.example"] {
        server
            .patch(&token, "/v1.0/users/ada@contoso.example", json!({ "mail": mail }))
            .await
            .expect(204);
    }
    let read = server
        .get(&token, "/v1.0/users/ada@contoso.example?$select=proxyAddresses")
        .await
        .json();
    assert_eq!(
        read["proxyAddresses"],
        json!(["SMTP:A@contoso.example", "smtp:b@contoso.example"])
    );
}

/// CUID-COUNT, CUID-LENGTH, CUID-LIST-UNIQUE, CUID-WRITE-SHAPE
#[tokio::test]
async fn certificate_user_ids_have_limits_and_one_owner() {
    let server = Server::start().await;
    let token = server.application(&["User.ReadWrite.All"]).await;
    server.user("ada", &[]).await;
    server.user("bob", &[]).await;
    let set = |ids: Vec<String>| json!({ "authorizationInfo": { "certificateUserIds": ids } });
    let ada = "/v1.0/users/ada@contoso.example";
    let ids = vec!["X509:<PN>ada@mil".to_owned(), "X509:<SKI>9fab".to_owned()];
    server.patch(&token, ada, set(ids.clone())).await.expect(204);
    let read = server
        .get(&token, &format!("{ada}?$select=authorizationInfo"))
        .await
        .expect(200)
        .json();
    assert_eq!(read["authorizationInfo"], json!({ "certificateUserIds": ids }));
    let body = server.audits().await.remove(0).2;
    assert_eq!(
        body["old"]["AuthorizationInfo"],
        json!({ "CertificateUserIds": [] })
    );
    assert_eq!(
        body["new"]["AuthorizationInfo"],
        json!({ "CertificateUserIds": ids })
    );
    let bob = "/v1.0/users/bob@contoso.example";
    let eleven: Vec<String> = (0..11).map(|number| format!("X509:<PN>{number}")).collect();
    for bad in [
        eleven,
        vec![format!("X509:<PN>{}", "a".repeat(1024))],
        vec!["X509:<PN>a".to_owned(), "X509:<PN>A".to_owned()],
        vec!["x509:<PN>a".to_owned()],
        vec!["X509:<SKI>xyz".to_owned()],
    ] {
        let failure = server.patch(&token, bob, set(bad)).await;
        assert_eq!(failure.failure(), (400, "Request_BadRequest".to_owned()));
        let target = failure.json()["error"]["target"].as_str().unwrap().to_owned();
        assert!(
            target.starts_with("authorizationInfo.certificateUserIds"),
            "{target}"
        );
    }
    let taken = server
        .patch(&token, bob, set(vec!["X509:<SKI>9FAB".to_owned()]))
        .await;
    assert_eq!(
        taken.failure(),
        (400, "Request_MultipleObjectsWithSameKeyValue".to_owned())
    );
    server.patch(&token, ada, set(Vec::new())).await.expect(204);
    server
        .patch(&token, bob, set(vec!["X509:<SKI>9FAB".to_owned()]))
        .await
        .expect(204);
}

/// CUID-WRITE
#[tokio::test]
async fn all_seven_ids_are_computed_from_a_certificate() {
    let server = Server::start().await;
    let token = server.application(&["User.Read.All"]).await;
    let profile = UserProfile::new("Ada", server::validity()).user_principal_name("ada@contoso.example");
    let certificate = server.root.issue_user(&profile).unwrap();
    let text = data_encoding::BASE64.encode(certificate.certificate_der());
    let path = "/v1.0/users/computeCertificateUserIds";
    let ids = server
        .post(&token, path, json!({ "certificate": text }))
        .await
        .expect(200)
        .json();
    let names: Vec<&String> = ids.as_object().unwrap().keys().skip(1).collect();
    assert_eq!(
        names,
        [
            "PrincipalName",
            "RFC822Name",
            "IssuerAndSubject",
            "Subject",
            "SKI",
            "SHA1PublicKey",
            "IssuerAndSerialNumber"
        ]
    );
    assert_eq!(ids["PrincipalName"], "X509:<PN>ada@contoso.example");
    let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
    assert_eq!(
        server
            .post(&token, path, json!({ "certificate": pem }))
            .await
            .expect(200)
            .json(),
        ids
    );
    for bad in [
        json!({ "certificate": "AAAA" }),
        json!({ "certificate": "%" }),
        json!({}),
        json!([]),
    ] {
        assert_eq!(server.post(&token, path, bad).await.failure().0, 400);
    }
}

/// GRAPH-OWN-PROFILE GRAPH-BASIC-PROFILE
#[tokio::test]
async fn everybody_sees_the_own_profile_and_of_others_what_was_granted() {
    let server = Server::start().await;
    server.user("bob", &[]).await;
    let ada = server.person("ada", &["User.Read"], &[]).await;
    for path in [
        "/v1.0/me",
        "/beta/me",
        "/v1.0/users/me-token-to-replace",
        "/v1.0/users/ada@contoso.example",
    ] {
        let own = server
            .get(&ada, &format!("{path}?$select=accountEnabled,userPrincipalName"))
            .await
            .expect(200);
        assert_eq!(own.json()["accountEnabled"], true, "{path}");
    }
    assert_eq!(
        server
            .get(&ada, "/v1.0/users/bob@contoso.example")
            .await
            .failure()
            .0,
        403
    );
    assert_eq!(server.get(&ada, "/v1.0/users").await.failure().0, 403);
    let basic = server.application(&["User.ReadBasic.All"]).await;
    let bob = server
        .get(
            &basic,
            "/v1.0/users/bob@contoso.example?$select=displayName,accountEnabled",
        )
        .await
        .expect(200);
    assert_eq!(bob.json()["displayName"], "bob");
    assert!(bob.json().get("accountEnabled").is_none());
    let hidden = "/v1.0/users?$filter=accountEnabled%20eq%20true";
    assert_eq!(
        server.get(&basic, hidden).await.expect(200).json()["value"],
        json!([])
    );
    assert_eq!(server.get(&basic, "/v1.0/me").await.failure().0, 400);
}

/// PROTECTED-ADMINISTRATOR
#[tokio::test]
async fn revoking_sessions_ends_what_was_signed_in_before() {
    let server = Server::start().await;
    let ada = server.person("ada", &["User.Read"], &[]).await;
    server.get(&ada, "/v1.0/me").await.expect(200);
    let help = server
        .person(
            "help",
            &["User.RevokeSessions.All"],
            &[DirectoryRole::HELPDESK_ADMINISTRATOR],
        )
        .await;
    let path = "/v1.0/users/ada@contoso.example/revokeSignInSessions";
    let answer = server
        .send(&help, Method::POST, path, &[], None)
        .await
        .expect(200);
    assert_eq!(answer.json()["value"], true);
    server.get(&ada, "/v1.0/me").await.expect(401);
    assert_eq!(
        server.audits().await[0].0,
        "Update StsRefreshTokenValidFrom Timestamp"
    );
    server.user("chief", &[DirectoryRole::GLOBAL_READER]).await;
    let path = "/v1.0/users/chief@contoso.example/revokeSignInSessions";
    let denied = server.send(&help, Method::POST, path, &[], None).await;
    assert_eq!(denied.failure(), (403, "Authorization_RequestDenied".to_owned()));
}

/// LEGACY-STS-VALID-FROM
#[tokio::test]
async fn the_legacy_moment_is_passed_over_or_becomes_now() {
    let server = Server::start().await;
    let user = server.user("ada", &[]).await;
    let caller: Caller = server.operator();
    let id = user.id.to_string();
    let day = jiff::SignedDuration::from_hours(24);
    let now = server.clock.now();
    let moved = server
        .engine
        .set_sts_refresh_tokens_valid_from(&caller, &id, now - day)
        .await
        .unwrap();
    let stored = server
        .store
        .user(server.tenant.id, user.id)
        .await
        .unwrap()
        .unwrap();
    assert!(!moved);
    assert_eq!(
        stored.sign_in_sessions_valid_from,
        user.sign_in_sessions_valid_from
    );
    assert!(
        server
            .engine
            .set_sts_refresh_tokens_valid_from(&caller, &id, now + day)
            .await
            .unwrap()
    );
    let stored = server
        .store
        .user(server.tenant.id, user.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.sign_in_sessions_valid_from, now);

    let token = server.application(&["User.RevokeSessions.All"]).await;
    let path = "/compatibility/users/ada@contoso.example/stsRefreshTokensValidFrom";
    for (moment, moved) in [("2020-01-01T00:00:00Z", false), ("2099-01-01T00:00:00Z", true)] {
        let body = json!({ "stsRefreshTokensValidFrom": moment });
        let answer = server.post(&token, path, body).await.expect(200);
        assert_eq!(answer.json(), json!({ "moved": moved }));
    }
    assert_eq!(server.post(&token, path, json!({})).await.failure().0, 400);
}

/// DIRECTORY-SYNCHRONIZED
#[tokio::test]
async fn what_is_mastered_elsewhere_is_changed_there() {
    let server = Server::start().await;
    let token = server.application(&["User.ReadWrite.All"]).await;
    let mut user = server.user("ada", &[]).await;
    user.profile.on_premises_sync_enabled = Some(true);
    server.store.update_user(&user, &[]).await.unwrap();
    let path = "/v1.0/users/ada@contoso.example";
    server
        .patch(
            &token,
            path,
            json!({ "accountEnabled": false, "usageLocation": "DE" }),
        )
        .await
        .expect(204);
    for bad in [
        json!({ "displayName": "A" }),
        json!({ "authorizationInfo": { "certificateUserIds": [] } }),
    ] {
        assert_eq!(server.patch(&token, path, bad).await.failure().0, 400);
    }
}

/// Each change needs its permission and, from people, its role.
#[tokio::test]
async fn changes_need_permission_and_role() {
    let server = Server::start().await;
    server.user("ada", &[]).await;
    let path = "/v1.0/users/ada@contoso.example";
    let ids = json!({ "authorizationInfo": { "certificateUserIds": ["X509:<PN>ada@mil"] } });
    let scope = server.person("scope", &["User.ReadWrite.All"], &[]).await;
    let role = server
        .person("role", &["User.Read.All"], &[DirectoryRole::USER_ADMINISTRATOR])
        .await;
    let both = server
        .person(
            "both",
            &["User.ReadWrite.All"],
            &[DirectoryRole::USER_ADMINISTRATOR],
        )
        .await;
    let privileged = [DirectoryRole::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR];
    let writer = server
        .person("writer", &["User.ReadWrite.All"], &privileged)
        .await;
    for (token, title, certificate) in [
        (&scope, 403, 403),
        (&role, 403, 403),
        (&both, 204, 403),
        (&writer, 403, 204),
    ] {
        let answer = server.patch(token, path, json!({ "jobTitle": "x" })).await;
        assert_eq!(answer.status.as_u16(), title);
        assert_eq!(
            server.patch(token, path, ids.clone()).await.status.as_u16(),
            certificate
        );
    }
    assert!(
        Operation::all().count() > 40,
        "the matrix of all operations is in the directory crate"
    );
}
