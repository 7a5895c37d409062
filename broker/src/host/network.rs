//! Addresses: whether a handler may connect to one.
//!
//! A name that is granted means what it means to the public: should it resolve to this machine, to a private network or
//! to no host at all, it does not reach there, or whoever runs a name server could choose what a handler talks to. Who
//! wants a private place names its address or network. The address that was judged is the one that is connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use crate::grants::{Denied, Destination, Grants, Host, Scheme, TcpGrant};

/// Addresses of one call that are remembered.
const MAX_RESOLVED: usize = 256;

impl Grants {
    /// Whether an address and port are granted as such.
    pub(super) fn reach(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        self.tcp.iter().any(|grant| match &grant.to {
            Destination::Network(network) => grant.port == address.port() && network.contains(&ip),
            Destination::Name(_) => false,
        })
    }

    /// Whether a name may be looked up: one that TCP is granted to.
    pub(super) fn name(&self, name: &str) -> bool {
        self.tcp.iter().any(|grant| is_named(grant, name))
    }

    /// Whether a request may go to a host at all.
    pub(super) fn request(&self, scheme: Scheme, host: &Host, port: u16) -> bool {
        self.http.iter().any(|grant| grant.scheme == scheme && grant.host == *host && grant.port == port)
    }
}

fn is_named(grant: &TcpGrant, name: &str) -> bool {
    matches!(&grant.to, Destination::Name(granted) if **granted == *name)
}

/// What the granted names of one call turned out to be.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolved(Arc<Mutex<Names>>);

/// Names, each with an address that it has.
type Names = Vec<(Box<str>, IpAddr)>;

impl Resolved {
    /// Remembers what a name resolved to, if there is room.
    pub(super) fn remember(&self, name: &str, ip: IpAddr) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_kept = all.len() < MAX_RESOLVED;
        if is_kept {
            all.push((name.into(), ip.to_canonical()));
        }
        is_kept
    }

    /// Whether a connection may be opened: to an address that is granted, or to a public one that a granted name
    /// resolved to.
    pub(super) fn may_connect(&self, grants: &Grants, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_meant = |grant: &TcpGrant| {
            grant.port == address.port()
                && all.iter().any(|(name, known)| *known == ip && is_named(grant, name))
        };
        grants.reach(address) || (is_public(ip) && grants.tcp.iter().any(is_meant))
    }

    /// What is denied when a connection may not be opened.
    pub(super) fn denied(&self, grants: &Grants, address: SocketAddr) -> Denied {
        let ip = address.ip().to_canonical();
        let address = SocketAddr::new(ip, address.port());
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_meant =
            |name: &str| grants.tcp.iter().any(|grant| grant.port == address.port() && is_named(grant, name));
        match all.iter().find(|(name, known)| *known == ip && is_meant(name)) {
            Some((name, _)) if !is_public(ip) => Denied::PrivateTcp { name: name.clone(), address },
            Some(_) | None => Denied::Tcp(address),
        }
    }
}

/// The addresses of a granted host that a request may go to.
///
/// # Errors
/// If there is none.
pub(super) async fn addresses(grants: &Grants, host: &Host, port: u16) -> Result<Vec<SocketAddr>, NoAddress> {
    let name = match host {
        Host::Address(ip) => return Ok(vec![SocketAddr::new(*ip, port)]),
        Host::Name(name) => name,
    };
    let found = tokio::net::lookup_host((&**name, port)).await.map_err(|_| NoAddress::Unknown)?;
    let is_allowed = |one: &SocketAddr| is_public(one.ip()) || grants.reach(*one);
    let (allowed, private): (Vec<_>, Vec<_>) = found.partition(is_allowed);
    match (allowed.is_empty(), private.first()) {
        (false, _) => Ok(allowed),
        (true, Some(private)) => Err(NoAddress::Private(*private)),
        (true, None) => Err(NoAddress::Unknown),
    }
}

/// Why a name leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAddress {
    /// Nobody knows it.
    Unknown,
    /// It only leads to where names must not lead, such as here.
    Private(SocketAddr),
}

/// Whether an address is one of the public network.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [first, second, third, _] = ip.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_protocol = first == 192 && second == 0 && third == 0;
    let is_benchmark = first == 198 && (second == 18 || second == 19);
    let is_reserved = first == 0 || first >= 224;
    let is_local = ip.is_loopback() || ip.is_private() || ip.is_link_local();
    !(is_local || is_shared || is_protocol || is_benchmark || is_reserved)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        // NAT64 (RFC 6052), 6to4 (RFC 3056): an IPv4 address inside.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)),
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Teredo hides where it goes. Global unicast is 2000::/3 and nothing else.
        [0x2001, 0, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grants::TcpGrant;

    fn grants(tcp: &[&str]) -> Grants {
        Grants { tcp: tcp.iter().map(|text| TcpGrant::parse(text).unwrap()).collect(), ..Grants::default() }
    }

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn private_addresses_are_not_public_in_any_dress() {
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:1::",
            "::127.0.0.1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["1.1.1.1", "192.0.1.1", "2606:4700::1111", "64:ff9b::101:101", "::ffff:8.8.8.8"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn a_network_is_reached_at_its_port_only() {
        let grants = grants(&["10.1.0.0/16:5432", "[2001:db8::1]:80"]);
        assert!(grants.reach(address("10.1.2.3:5432")));
        assert!(grants.reach(address("[::ffff:10.1.2.3]:5432")));
        assert!(grants.reach(address("[2001:db8::1]:80")));
        assert!(!grants.reach(address("10.1.2.3:5433")) && !grants.reach(address("10.2.0.1:5432")));
    }

    #[test]
    fn a_granted_name_does_not_reach_a_private_address() {
        let (grants, resolved) = (grants(&["db.example.org:5432", "10.9.9.9:5432"]), Resolved::default());
        assert!(!resolved.may_connect(&grants, address("93.184.216.34:5432")), "nobody asked for it");
        for ip in ["93.184.216.34", "10.0.0.1", "10.9.9.9", "127.0.0.1"] {
            resolved.remember("db.example.org", ip.parse().unwrap());
        }
        assert!(resolved.may_connect(&grants, address("93.184.216.34:5432")));
        assert!(!resolved.may_connect(&grants, address("93.184.216.34:22")));
        assert!(!resolved.may_connect(&grants, address("10.0.0.1:5432")));
        assert!(!resolved.may_connect(&grants, address("127.0.0.1:5432")));
        assert!(resolved.may_connect(&grants, address("10.9.9.9:5432")), "it is granted as such");
        let private = address("10.0.0.1:5432");
        let denied = Denied::PrivateTcp { name: "db.example.org".into(), address: private };
        assert_eq!(resolved.denied(&grants, private), denied);
        for other in ["10.0.0.1:22", "10.0.0.2:5432"].map(address) {
            assert_eq!(resolved.denied(&grants, other), Denied::Tcp(other));
        }
    }
}
