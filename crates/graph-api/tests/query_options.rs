//! Query options on every kind of list: answered, or refused in words; never passed over.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, Validity};
use serde_json::{Value, json};
use server::{Server, validity};

const STORE: &str = "/v1.0/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations";

/// GRAPH-QUERY-OPTIONS
#[tokio::test]
async fn an_option_that_is_not_answered_is_refused_everywhere() {
    let server = Server::start().await;
    let token = server
        .application(&[
            "Directory.Read.All",
            "Policy.Read.All",
            "Organization.Read.All",
            "PublicKeyInfrastructure.Read.All",
            "RoleManagement.Read.Directory",
            "AuditLog.Read.All",
            "Application.Read.All",
            "User.DeleteRestore.All",
            "Group.ReadWrite.All",
            "Device.Read.All",
        ])
        .await;
    let classic = format!(
        "/v1.0/organization/{}/certificateBasedAuthConfiguration",
        server.tenant.id
    );
    for path in [
        "/v1.0/users",
        "/v1.0/groups",
        "/v1.0/applications",
        "/v1.0/servicePrincipals",
        "/v1.0/oauth2PermissionGrants",
        "/v1.0/devices",
        "/v1.0/organization",
        "/v1.0/domains",
        "/v1.0/directoryRoles",
        "/v1.0/directoryRoleTemplates",
        "/v1.0/roleManagement/directory/roleDefinitions",
        "/v1.0/roleManagement/directory/roleAssignments",
        "/v1.0/auditLogs/signIns",
        "/v1.0/auditLogs/directoryAudits",
        "/v1.0/directory/deletedItems/microsoft.graph.user",
        "/v1.0/directory/deletedItems/microsoft.graph.certificateBasedAuthPki",
        "/v1.0/policies/authenticationMethodsPolicy",
        "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations",
        STORE,
        &classic,
    ] {
        server.get(&token, path).await.expect(200);
        for option in [
            "$skip=1",
            "$apply=x",
            "$filter=nothing eq 1",
            "$select=nothing",
            "$orderby=nothing",
            "$expand=nothing",
            "$anything=1",
            "filter=displayName eq 'a'",
            "TOP=1",
        ] {
            let path = format!("{path}?{}", option.replace(' ', "%20"));
            let answer = server.get(&token, &path).await.expect(400).json();
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(!message.is_empty(), "{path}: {message}");
        }
        // What is no option of OData is nobody's business.
        server
            .get(&token, &format!("{path}?api-version=1.6"))
            .await
            .expect(200);
    }
}

fn names(answer: &Value) -> Vec<&str> {
    let items = answer["value"].as_array().unwrap().iter();
    items.map(|item| item["displayName"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_pki_store_is_filtered_sorted_counted_and_paged() {
    let server = Server::start().await;
    let token = server
        .application(&["PublicKeyInfrastructure.ReadWrite.All"])
        .await;
    let mut containers = Vec::new();
    for name in ["Gamma", "Alpha", "Beta"] {
        let made = server.post(&token, STORE, json!({ "displayName": name })).await;
        containers.push(made.expect(201).json()["id"].as_str().unwrap().to_owned());
    }
    let get = async |path: String| {
        let path = path.replace(' ', "%20").replace('"', "%22");
        server.get(&token, &path).await.expect(200).json()
    };
    let page = get(format!("{STORE}?$orderby=displayName&$top=2&$count=true")).await;
    assert_eq!(
        (names(&page), &page["@odata.count"]),
        (vec!["Alpha", "Beta"], &json!(3))
    );
    let next = page["@odata.nextLink"].as_str().unwrap();
    let next = server
        .get(&token, next.strip_prefix(server::GRAPH).unwrap())
        .await;
    assert_eq!(names(&next.expect(200).json()), ["Gamma"]);
    for (option, expected) in [
        ("$filter=startswith(displayName,'be')", vec!["Beta"]),
        ("$filter=status eq 'running'", vec![]),
        ("$search=\"displayName:gam\"", vec!["Gamma"]),
    ] {
        assert_eq!(
            names(&get(format!("{STORE}?{option}")).await),
            expected,
            "{option}"
        );
    }
    let one = get(format!("{STORE}/{}?$select=displayName", containers[0])).await;
    assert_eq!(one["displayName"], "Gamma");
    assert!(one.get("status").is_none());

    let list = format!("{STORE}/{}/certificateAuthorities", containers[0]);
    let root = CertificateAuthority::root(&AuthorityProfile::new("Long", validity())).unwrap();
    let years = Validity::years_from("2026-01-01T00:00:00Z".parse().unwrap(), 2);
    let below = root
        .issue_authority(&AuthorityProfile::new("Short", years))
        .unwrap();
    for (name, authority) in [("Long", &root), ("Short", &below)] {
        let kind = if name == "Long" { "root" } else { "intermediate" };
        let body = json!({
            "certificate": BASE64.encode(authority.certificate_der()), "displayName": name, "certificateAuthorityType": kind
        });
        server.post(&token, &list, body).await.expect(201);
    }
    let all = get(format!("{list}?$orderby=expirationDateTime")).await;
    assert_eq!(names(&all), ["Short", "Long"]);
    assert!(
        all["@odata.context"]
            .as_str()
            .unwrap()
            .ends_with(&format!("('{}')/certificateAuthorities", containers[0]))
    );
    let thumbprint = all["value"][1]["thumbprint"].as_str().unwrap();
    for (option, expected) in [
        (
            "$filter=certificateAuthorityType eq 'root'".to_owned(),
            vec!["Long"],
        ),
        (format!("$filter=thumbprint eq '{thumbprint}'"), vec!["Long"]),
        (
            format!("$filter=startswith(thumbprint,'{}')", &thumbprint[..12]),
            vec!["Long"],
        ),
        (
            "$filter=expirationDateTime lt 2029-01-01T00:00:00Z".to_owned(),
            vec!["Short"],
        ),
        ("$filter=isIssuerHintEnabled eq true".to_owned(), vec![]),
        ("$orderby=expirationDateTime desc&$top=1".to_owned(), vec!["Long"]),
    ] {
        assert_eq!(
            names(&get(format!("{list}?{option}")).await),
            expected,
            "{option}"
        );
    }
    let selected = get(format!("{list}?$select=displayName&$top=1")).await;
    assert!(selected["value"][0].get("certificate").is_none());
}

/// Everything over all pages of two.
async fn all(server: &Server, token: &str, path: &str) -> Vec<Value> {
    let mut next = format!("{path}&$top=2").replace(' ', "%20").replace('"', "%22");
    let mut items = Vec::new();
    loop {
        let page = server.get(token, &next).await.expect(200).json();
        items.extend(page["value"].as_array().unwrap().iter().cloned());
        match page["@odata.nextLink"].as_str() {
            Some(link) => next = link.strip_prefix(server::GRAPH).unwrap().to_owned(),
            None => return items,
        }
    }
}

/// GRAPH-DEVICE-INDEX GRAPH-GROUP-INDEX
#[tokio::test]
async fn devices_and_groups_are_found_by_id_and_name() {
    use lanyard_engine::administer::DeviceChange;
    let server = Server::start().await;
    let token = server
        .application(&["Device.Read.All", "Group.ReadWrite.All"])
        .await;
    let mut devices = Vec::new();
    for name in ["Bravo", "alpha", "Alpine", "Charlie", "Alps"] {
        let new = DeviceChange {
            device_id: Some(uuid::Uuid::new_v4()),
            display_name: Some(name.to_owned()),
            operating_system: Some("Linux".to_owned()),
            operating_system_version: Some("6".to_owned()),
            ..DeviceChange::default()
        };
        devices.push(server.engine.add_device(&server.operator(), &new).await.unwrap());
        let group = json!({ "displayName": name, "mailEnabled": false, "mailNickname": "g", "securityEnabled": true });
        server.post(&token, "/v1.0/groups", group).await.expect(201);
    }
    let named = |items: &[Value]| -> Vec<String> {
        items
            .iter()
            .map(|item| item["displayName"].as_str().unwrap().to_owned())
            .collect()
    };
    for collection in ["devices", "groups"] {
        for (options, expected) in [
            (
                "$orderby=displayName",
                vec!["alpha", "Alpine", "Alps", "Bravo", "Charlie"],
            ),
            (
                "$orderby=displayName desc",
                vec!["Charlie", "Bravo", "Alps", "Alpine", "alpha"],
            ),
            (
                "$filter=startswith(displayName,'ALP')",
                vec!["alpha", "Alpine", "Alps"],
            ),
            ("$filter=displayName eq 'alpha'", vec!["alpha"]),
            (
                "$filter=displayName eq 'alpha' or displayName eq 'Alps'",
                vec!["alpha", "Alps"],
            ),
        ] {
            let path = format!("/v1.0/{collection}?{options}");
            let mut found = named(&all(&server, &token, &path).await);
            if !options.contains("orderby") {
                found.sort_by_key(|name| name.to_lowercase());
            }
            assert_eq!(found, expected, "{path}");
        }
    }
    let bravo = &devices[0];
    for (filter, expected) in [
        (format!("deviceId eq '{}'", bravo.device_id), 1),
        (format!("id eq '{}'", bravo.id), 1),
        (format!("deviceId eq '{}'", bravo.id), 0),
        (format!("id eq '{}' and displayName eq 'Bravo'", bravo.id), 1),
        (format!("id eq '{}' and displayName eq 'alpha'", bravo.id), 0),
        (
            format!("deviceId in ('{}','{}')", bravo.device_id, devices[1].device_id),
            2,
        ),
        ("id eq 'nonsense'".to_owned(), 0),
    ] {
        let path = format!("/v1.0/devices?$filter={filter}");
        assert_eq!(all(&server, &token, &path).await.len(), expected, "{filter}");
    }
    let groups = all(&server, &token, "/v1.0/groups?$select=id").await;
    let id = |index: usize| groups[index]["id"].as_str().unwrap();
    let filter = format!("$filter=id in ('{}','{}','{}')", id(0), id(1), id(2));
    let path = format!("/v1.0/groups?{filter}&$select=displayName,id");
    let found = all(&server, &token, &path).await;
    assert_eq!(found.len(), 3);
    assert!(found[0].get("@odata.type").is_none());
}

/// GRAPH-GRANT-INDEX
#[tokio::test]
async fn consent_and_assignments_are_read_in_pages() {
    let server = Server::start().await;
    let token = server
        .application(&[
            "Application.ReadWrite.All",
            "Application.Read.All",
            "DelegatedPermissionGrant.ReadWrite.All",
            "AppRoleAssignment.ReadWrite.All",
            "Directory.Read.All",
        ])
        .await;
    let api = server.get(
        &token,
        "/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')",
    );
    let api = api.await.expect(200).json()["id"].as_str().unwrap().to_owned();
    let made = server
        .post(&token, "/v1.0/applications", json!({ "displayName": "A" }))
        .await;
    let principal = json!({ "appId": made.expect(201).json()["appId"] });
    let client = server.post(&token, "/v1.0/servicePrincipals", principal).await;
    let client = client.expect(201).json()["id"].as_str().unwrap().to_owned();
    let mut users = Vec::new();
    for number in 0..5 {
        let user = server.user(&format!("user{number}"), &[]).await.id.to_string();
        let grant = json!({
            "clientId": client, "consentType": "Principal", "principalId": user, "resourceId": api, "scope": "User.Read"
        });
        server
            .post(&token, "/v1.0/oauth2PermissionGrants", grant)
            .await
            .expect(201);
        let assignment = json!({
            "principalId": user, "resourceId": client, "appRoleId": "00000000-0000-0000-0000-000000000000"
        });
        let path = format!("/v1.0/servicePrincipals/{client}/appRoleAssignedTo");
        server.post(&token, &path, assignment).await.expect(201);
        users.push(user);
    }
    let grants = "/v1.0/oauth2PermissionGrants";
    for (filter, expected) in [
        (String::new(), 5),
        (format!("clientId eq '{client}'"), 5),
        (format!("clientId eq '{api}'"), 0),
        (format!("clientId eq '{}'", users[0]), 0),
        (format!("principalId eq '{}'", users[1]), 1),
        (
            format!("clientId eq '{client}' and principalId eq '{}'", users[1]),
            1,
        ),
        (
            format!("clientId eq '{client}' and consentType eq 'AllPrincipals'"),
            0,
        ),
    ] {
        let path = if filter.is_empty() {
            format!("{grants}?")
        } else {
            format!("{grants}?$filter={filter}")
        };
        assert_eq!(all(&server, &token, &path).await.len(), expected, "{filter}");
    }
    let assigned = format!("/v1.0/servicePrincipals/{client}/appRoleAssignedTo?");
    assert_eq!(all(&server, &token, &assigned).await.len(), 5);
    let one = format!("{assigned}$filter=principalId eq '{}'", users[2]);
    let one = all(&server, &token, &one).await;
    assert_eq!((one.len(), &one[0]["principalDisplayName"]), (1, &json!("user2")));
    let sorted = format!("{assigned}$orderby=principalDisplayName desc&$select=principalDisplayName");
    let sorted = all(&server, &token, &sorted).await;
    assert_eq!(sorted[0]["principalDisplayName"], "user4");
}
