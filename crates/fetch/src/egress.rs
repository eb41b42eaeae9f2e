//! Where connections may go.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// Exceptions to the built-in rules. Of all networks that contain an address the most specific one decides; between
/// equally specific ones `deny` does.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EgressRules {
    /// Networks that may be reached although the built-in rules refuse them.
    pub allow: Vec<IpNet>,
    /// Networks that may not be reached. `0.0.0.0/0` and `::/0` here make `allow` the only way out.
    pub deny: Vec<IpNet>,
}

/// Metadata services of cloud providers outside the link-local range.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

impl EgressRules {
    /// Rule `FETCH-EGRESS`: no connection goes to loopback, link-local, metadata, multicast, unspecified or reserved
    /// addresses, in whatever form they are written, unless a setting allows the network; private networks are
    /// allowed, because organisations publish their lists inside. Source: certificate-sign-in §4.3 DL-8.
    #[must_use]
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let widest = |networks: &[IpNet]| {
            let containing = networks.iter().filter(|network| network.contains(&address));
            containing.map(IpNet::prefix_len).max()
        };
        match (widest(&self.allow), widest(&self.deny)) {
            (Some(allowed), Some(denied)) => allowed > denied,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => is_ordinary(address),
        }
    }
}

fn is_ordinary(address: IpAddr) -> bool {
    if METADATA.contains(&address) {
        return false;
    }
    match address {
        IpAddr::V4(v4) => {
            let [first, ..] = v4.octets();
            let reserved = first == 0 || first >= 240;
            !(reserved || v4.is_loopback() || v4.is_link_local() || v4.is_multicast())
        }
        IpAddr::V6(v6) => {
            let [first, ..] = v6.segments();
            let link_or_site_local = (first & 0xff80) == 0xfe80;
            let own = v6.is_loopback() || v6.is_unspecified() || v6.is_multicast() || link_or_site_local;
            !own && embedded_ipv4(v6).is_none_or(|v4| is_ordinary(IpAddr::V4(v4)))
        }
    }
}

/// The IPv4 address a translator would connect to: compatible (`::a.b.c.d`), NAT64 (`64:ff9b::/96`) and 6to4 (`2002::/16`).
fn embedded_ipv4(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(from(high, low))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(rules: &EgressRules, address: &str) -> bool {
        rules.permits(address.parse().unwrap())
    }

    fn networks(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn fetch_egress_built_in() {
        // FETCH-EGRESS
        let rules = EgressRules::default();
        for refused in [
            "127.0.0.1",
            "127.255.0.9",
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "192.0.0.192",
            "224.0.0.1",
            "255.255.255.255",
            "250.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
        ] {
            assert!(!permits(&rules, refused), "{refused}");
        }
        for permitted in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "93.184.215.14",
            "100.64.0.1",
            "fd12:3456::1",
            "2001:db8::1",
            "64:ff9b::5db8:d70e",
            "::ffff:10.0.0.1",
        ] {
            assert!(permits(&rules, permitted), "{permitted}");
        }
    }

    #[test]
    fn the_most_specific_network_decides() {
        let rules = EgressRules {
            allow: networks(&["127.0.0.1/32", "10.0.0.0/8", "10.1.1.0/24"]),
            deny: networks(&["10.1.0.0/16", "10.0.0.0/8", "0.0.0.0/0"]),
        };
        for (address, expected) in [
            ("127.0.0.1", true),
            ("127.0.0.2", false),
            ("10.2.0.1", false),
            ("10.1.0.1", false),
            ("10.1.1.1", true),
            ("::ffff:10.1.1.1", true),
            ("93.184.215.14", false),
            ("2001:db8::1", true),
        ] {
            assert_eq!(permits(&rules, address), expected, "{address}");
        }
    }
}
