//! Is a request meant for the host whose connection it came over?

use std::net::IpAddr;

use http::{HeaderMap, StatusCode, Uri, header::HOST, uri::Authority};

use crate::{HostDirectory, HostRole, ServedRole, host_names::normal};

/// Rule `TLS-HOST-MATCH`: a request is answered only when every host it names, in `:authority` (or an absolute
/// request target) and in `Host`, is the server name of the handshake, ports aside; without a server name it must be
/// a login host or an address. Otherwise 421, or 400 when no host, several or an unreadable one is named.
/// Source: real-clients rule 10, §7.4.
pub(crate) fn check_host(
    server_name: Option<&str>,
    role: &ServedRole,
    target: &Uri,
    headers: &HeaderMap,
    directory: &dyn HostDirectory,
) -> Result<(), StatusCode> {
    let mut named = Vec::with_capacity(2);
    if let Some(authority) = target.authority() {
        named.push(bare_host(authority)?);
    }
    let mut host_headers = headers.get_all(HOST).iter();
    if let Some(value) = host_headers.next() {
        let authority = value
            .to_str()
            .ok()
            .and_then(|text| text.parse::<Authority>().ok());
        named.push(bare_host(&authority.ok_or(StatusCode::BAD_REQUEST)?)?);
    }
    if named.is_empty() || host_headers.next().is_some() {
        return Err(StatusCode::BAD_REQUEST);
    }
    let right = |host: &String| match (role, server_name) {
        (ServedRole::Plain, _) => true,
        (ServedRole::Unknown, _) => false,
        (_, Some(server_name)) => host == server_name,
        (_, None) => host.parse::<IpAddr>().is_ok() || matches!(directory.role_of(host), HostRole::Login),
    };
    if named.iter().all(right) {
        Ok(())
    } else {
        Err(StatusCode::MISDIRECTED_REQUEST)
    }
}

/// Host without port, brackets and trailing dot, lower case. User information or a port that is no number is refused,
/// so that nobody behind us reads another host out of the same text.
fn bare_host(authority: &Authority) -> Result<String, StatusCode> {
    let text = authority.as_str();
    let host = authority.host();
    let port = text.strip_prefix(host).ok_or(StatusCode::BAD_REQUEST)?;
    if !port.is_empty() && authority.port_u16().is_none() {
        return Err(StatusCode::BAD_REQUEST);
    }
    let unbracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    Ok(normal(unbracketed.unwrap_or(host)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LOGIN: &str = "login.example.test";
    const CERTAUTH: &str = "certauth.login.example.test";

    fn directory(name: &str) -> HostRole {
        match name {
            LOGIN | "localhost" => HostRole::Login,
            CERTAUTH => HostRole::Certauth {
                tenant: None,
                hints: Default::default(),
            },
            _ => HostRole::Unknown,
        }
    }

    fn check(sni: Option<&str>, role: &ServedRole, target: &str, hosts: &[&str]) -> u16 {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, host.parse().unwrap());
        }
        match check_host(sni, role, &target.parse().unwrap(), &headers, &directory) {
            Ok(()) => 200,
            Err(status) => status.as_u16(),
        }
    }

    #[test]
    fn tls_host_match_table() {
        // TLS-HOST-MATCH
        let login = &ServedRole::Login;
        let certauth = &ServedRole::Certauth { tenant: None };
        type Row<'a> = (Option<&'a str>, &'a ServedRole, &'a str, &'a [&'a str], u16);
        let table: [Row<'_>; 26] = [
            (Some(LOGIN), login, "/", &[LOGIN], 200),
            (Some(LOGIN), login, "/", &["login.example.test:8443"], 200),
            (Some(LOGIN), login, "/", &["LOGIN.Example.Test."], 200),
            (Some(LOGIN), login, "https://login.example.test:8443/", &[], 200),
            (Some(LOGIN), login, "https://login.example.test/", &[LOGIN], 200),
            (Some(LOGIN), login, "/", &[CERTAUTH], 421),
            (
                Some(LOGIN),
                login,
                "https://certauth.login.example.test/",
                &[LOGIN],
                421,
            ),
            (
                Some(LOGIN),
                login,
                "https://login.example.test/",
                &[CERTAUTH],
                421,
            ),
            (Some(LOGIN), login, "/", &["localhost"], 421),
            (Some(LOGIN), login, "/", &[], 400),
            (Some(LOGIN), login, "/", &[LOGIN, LOGIN], 400),
            (Some(LOGIN), login, "/", &[LOGIN, CERTAUTH], 400),
            (Some(LOGIN), login, "/", &["a b"], 400),
            (Some(LOGIN), login, "/", &["evil.test@login.example.test"], 400),
            (
                Some(LOGIN),
                login,
                "https://evil.test@login.example.test/",
                &[],
                400,
            ),
            (Some(LOGIN), login, "/", &["login.example.test:evil"], 400),
            (Some(LOGIN), login, "/", &["login.example.test:99999"], 400),
            (Some(CERTAUTH), certauth, "/", &[CERTAUTH], 200),
            (Some(CERTAUTH), certauth, "/", &[LOGIN], 421),
            (Some("www.test"), &ServedRole::Unknown, "/", &["www.test"], 421),
            (None, login, "/", &["127.0.0.1:8443"], 200),
            (None, login, "/", &["[::1]:8443"], 200),
            (None, login, "/", &["localhost"], 200),
            (None, login, "/", &[CERTAUTH], 421),
            (None, login, "/", &["www.test"], 421),
            (None, &ServedRole::Plain, "/", &["anything.test"], 200),
        ];
        for (sni, role, target, hosts, expected) in table {
            assert_eq!(
                check(sni, role, target, hosts),
                expected,
                "{sni:?} {target} {hosts:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn only_the_server_name_passes(host in "[a-z0-9.:\\[\\]-]{1,40}") {
            let status = check(Some(LOGIN), &ServedRole::Login, "/", &[&host]);
            let own = host.split(':').next().map(|name| name.strip_suffix('.').unwrap_or(name)) == Some(LOGIN);
            prop_assert!(own || status != 200);
        }
    }
}
