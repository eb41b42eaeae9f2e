//! Which authorities the TLS handshake asks for.

use crate::demo::{Demo, demo, until};

/// Authorities in the certificate request of a host; `None`: no certificate is asked for.
fn asked_for(demo: &Demo, host: &str) -> Option<usize> {
    crate::raw_handshake::asked_for(demo, host).map(|subjects| subjects.len())
}

#[test]
fn hints_are_those_of_the_tenant_and_of_now() {
    let demo = demo();
    let certauth = demo.text("/certauth_host");
    assert_eq!(
        asked_for(&demo, "login.lanyard.localhost"),
        None,
        "the login host asks for no certificate"
    );
    assert_eq!(
        asked_for(&demo, certauth),
        Some(0),
        "the shared host narrows nothing"
    );
    let tenant = demo.text("/tenant_id");
    let own = asked_for(&demo, &format!("t{tenant}.{certauth}"));
    assert!(own.is_some_and(|count| count >= 2), "TLS-HINTS-LIVE: {own:?}");
    assert_eq!(
        asked_for(&demo, &format!("t{tenant}-0a1b2c.{certauth}")),
        own,
        "a retry's host as well"
    );

    // A tenant of its own, because others use the demo's: off, on, one authority more.
    demo.ok(&["admin", "tenant", "create", "hints.example", "--name", "Hints"]);
    let listed = demo.ok(&["admin", "tenant", "list", "--output", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let row = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row.to_string().contains("hints.example"))
        .unwrap();
    let members = row.as_object().unwrap();
    let id = members
        .values()
        .filter_map(|value| value.as_str())
        .find(|text| text.len() == 36)
        .unwrap();
    let host = format!("t{id}.{certauth}");
    assert_eq!(asked_for(&demo, &host), Some(0));
    let authority = demo.text("/authorities/0/certificate_pem");
    demo.ok(&["admin", "ca", "add", authority, "--tenant", "hints.example"]);
    let policy: serde_json::Value =
        serde_json::from_str(&demo.ok(&["admin", "policy", "show", "--tenant", "hints.example"])).unwrap();
    let mut policy = policy;
    policy["state"] = "enabled".into();
    policy["issuerHintsConfiguration"]["state"] = "enabled".into();
    let file = demo.home.join("hints-policy.json");
    std::fs::write(&file, policy.to_string()).unwrap();
    demo.ok(&[
        "admin",
        "policy",
        "set",
        file.to_str().unwrap(),
        "--tenant",
        "hints.example",
    ]);
    until("TLS-HINTS-LIVE: the running server offers the hint", || {
        asked_for(&demo, &host) == Some(1)
    });
}
