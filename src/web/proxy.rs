//! Who is calling, when a reverse proxy stands in between.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

use crate::config::Cidr;

/// The client's address: the peer's own, or, if the peer is a trusted proxy, the last address in `X-Forwarded-For` that
/// is no trusted proxy itself. What stands further left was written by the client and proves nothing.
pub fn client_address(peer: SocketAddr, headers: &HeaderMap, trusted: &[Cidr]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|range| range.contains(address));
    let mut client = peer.ip().to_canonical();
    if !is_trusted(client) {
        return client;
    }
    let values: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().map(|value| value.to_str().unwrap_or("")).collect();
    for entry in values.iter().flat_map(|value| value.split(',')).rev() {
        let Some(address) = parse(entry.trim()) else { break };
        client = address;
        if !is_trusted(client) {
            break;
        }
    }
    client
}

/// Where the client counts as coming from, when something is counted: its address, and of IPv6 the network that one
/// subscriber has and may choose any address in.
pub fn client_network(peer: SocketAddr, headers: &HeaderMap, trusted: &[Cidr]) -> IpAddr {
    match client_address(peer, headers, trusted) {
        v4 @ IpAddr::V4(_) => v4,
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
    }
}

/// An address with or without a port.
fn parse(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let address = bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<Cidr> = ["10.0.0.0/8", "::1"].iter().map(|range| range.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
        }
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_name_another_address() {
        assert_eq!(client("203.0.113.9:5000", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn the_addresses_of_one_subscriber_count_as_one() {
        let network = |peer: &str| client_network(peer.parse().unwrap(), &HeaderMap::new(), &[]).to_string();
        assert_eq!(network("[2001:db8:1:2:3:4:5:6]:5000"), "2001:db8:1:2::");
        assert_eq!(network("[2001:db8:1:2:ffff::1]:5000"), "2001:db8:1:2::");
        assert_ne!(network("[2001:db8:1:3::1]:5000"), "2001:db8:1:2::");
        assert_eq!(network("[::ffff:203.0.113.9]:5000"), "203.0.113.9");
        assert_eq!(network("203.0.113.9:5000"), "203.0.113.9");
    }

    #[test]
    fn behind_proxies_the_last_stranger_counts() {
        assert_eq!(client("10.0.0.1:5000", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1:5000", &["192.0.2.66, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1:5000", &["192.0.2.66", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("[::1]:5000", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(client("[::1]:5000", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(client("[::ffff:10.0.0.1]:5000", &["2001:db8::7"]), "2001:db8::7");
    }

    #[test]
    fn what_is_no_address_ends_the_search() {
        assert_eq!(client("10.0.0.1:5000", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1:5000", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1:5000", &["unknown, 10.0.0.2"]), "10.0.0.2");
    }
}
