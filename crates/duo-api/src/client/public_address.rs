//! Tells addresses on the internet from all others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether Duo can live there. Everything that is private, local, reserved, or a way round to such an address is out.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let carrier_grade_nat = a == 100 && (64..128).contains(&b);
    let protocol_assignments = a == 192 && b == 0 && c == 0;
    let benchmarking = a == 198 && (18..20).contains(&b);
    let relay_anycast = a == 192 && b == 88 && c == 99;
    let reserved = a >= 240;
    !(a == 0
        || v4.is_loopback()
        || v4.is_private()
        || v4.is_link_local()
        || v4.is_multicast()
        || v4.is_documentation()
        || carrier_grade_nat
        || protocol_assignments
        || benchmarking
        || relay_anycast
        || reserved)
}

/// Only global unicast (`2000::/3`), and of that nothing that embeds an IPv4 address or is set aside.
fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [a, b, ..] = v6.segments();
    let global_unicast = a & 0xe000 == 0x2000;
    let six_to_four = a == 0x2002;
    // 2001::/23 holds Teredo, benchmarking and ORCHID; 2001:db8::/32 and 3fff::/20 are for documents.
    let set_aside = a == 0x2001 && (b < 0x0200 || b == 0x0db8);
    let documentation = a == 0x3fff && b < 0x1000;
    global_unicast && !six_to_four && !set_aside && !documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_on_the_internet_pass() {
        for text in ["3.211.0.1", "54.241.191.128", "100.63.0.1", "100.128.0.1", "172.32.0.1", "2600:1f18::1"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn all_others_do_not() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::7f00:1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }
}
