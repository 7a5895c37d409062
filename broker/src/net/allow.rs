//! Who may connect: a list of networks for a listener.
//!
//! Comet calls it a whitelist and closes the connection of anyone else at accept; so does the broker. With no network
//! named everyone is let in, over IPv4 and IPv6 (Comet's default, `0.0.0.0/0`, shuts IPv6 out). A peer on a Unix
//! socket has no address and is never asked.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// The length of `::ffff:0:0/96`, the prefix of IPv4 addresses mapped into IPv6 (RFC 4291 §2.5.5.2).
const MAPPED_BITS: u8 = 96;

/// The peers that a listener lets in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AllowList {
    /// Everyone, whatever the address.
    #[default]
    Everyone,
    /// Only peers in one of these networks.
    Only(Vec<IpNet>),
}

/// Why a text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// What stands before the slash is no address.
    #[error(
        "'{text}' is no address; write a network such as 10.0.0.0/8, 10.0.0.0/255.0.0.0 or 2001:db8::/32"
    )]
    Address {
        /// The address as written.
        text: String,
    },
    /// What stands after the slash is neither a prefix length nor a mask of the same family.
    #[error(
        "'{text}' is no prefix of such a network; write its length in bits, at most {longest}, or its mask"
    )]
    Prefix {
        /// The prefix as written.
        text: String,
        /// The length of an address in bits.
        longest: u8,
    },
}

impl AllowList {
    /// Whether a peer of this address is let in; an IPv4 address mapped into IPv6 counts as the IPv4 address it is.
    #[must_use]
    pub fn permits(&self, peer: IpAddr) -> bool {
        match self {
            Self::Everyone => true,
            Self::Only(networks) => {
                let peer = peer.to_canonical();
                networks.iter().any(|network| network.contains(&peer))
            }
        }
    }
}

/// Reads a network: `ADDRESS/BITS`, `ADDRESS/MASK`, or one address.
///
/// Host bits may be set and are cleared, as in Comet 3.1 (`strict=False`). A network of mapped IPv4 addresses becomes
/// the IPv4 network, since that is what peers are compared as.
///
/// # Errors
/// A [`NetworkError`] for the half that is wrong.
pub fn parse_network(text: &str) -> Result<IpNet, NetworkError> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
    let address: IpAddr = address.parse().map_err(|_| NetworkError::Address { text: address.to_owned() })?;
    let network = match prefix {
        None => IpNet::from(address),
        Some(prefix) => masked(address, prefix).ok_or_else(|| NetworkError::Prefix {
            text: prefix.to_owned(),
            longest: IpNet::from(address).max_prefix_len(),
        })?,
    };
    Ok(unmapped(network.trunc()))
}

fn masked(address: IpAddr, prefix: &str) -> Option<IpNet> {
    match prefix.parse::<IpAddr>() {
        Ok(mask) if mask.is_ipv4() == address.is_ipv4() => IpNet::with_netmask(address, mask).ok(),
        Ok(_) => None,
        Err(_) => IpNet::new(address, prefix.parse().ok()?).ok(),
    }
}

fn unmapped(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else { return network };
    let inner = |net: Ipv6Net| {
        let bits = net.prefix_len().checked_sub(MAPPED_BITS)?;
        Ipv4Net::new(Ipv6Addr::to_ipv4_mapped(&net.addr())?, bits).ok()
    };
    inner(mapped).map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn only(networks: &[&str]) -> AllowList {
        AllowList::Only(networks.iter().map(|text| parse_network(text).unwrap()).collect())
    }

    fn permits(list: &AllowList, peer: &str) -> bool {
        list.permits(peer.parse().unwrap())
    }

    #[test]
    fn every_form_of_a_network_is_understood() {
        let forms = [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
            ("0.0.0.0/0.0.0.0", "0.0.0.0/0"),
            ("192.0.2.7", "192.0.2.7/32"),
            ("2001:db8::1/32", "2001:db8::/32"),
            ("::1", "::1/128"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ];
        for (text, wanted) in forms {
            assert_eq!(parse_network(text).unwrap().to_string(), wanted, "{text}");
        }
    }

    #[test]
    fn a_fault_names_the_half_that_is_wrong() {
        assert_eq!(
            parse_network("gcn.org/8").unwrap_err().to_string(),
            "'gcn.org' is no address; write a network such as 10.0.0.0/8, 10.0.0.0/255.0.0.0 or 2001:db8::/32"
        );
        for prefix in ["33", "255.0.255.0", "", "-1", "ffff::"] {
            assert_eq!(
                parse_network(&format!("10.0.0.0/{prefix}")),
                Err(NetworkError::Prefix { text: prefix.to_owned(), longest: 32 })
            );
        }
    }

    #[test]
    fn everyone_is_let_in_by_default() {
        assert!(permits(&AllowList::default(), "192.0.2.1"));
        assert!(permits(&AllowList::default(), "2001:db8::1"));
    }

    #[test]
    fn a_named_network_shuts_all_others_out() {
        let list = only(&["10.0.0.0/8", "2001:db8::/32"]);
        assert!(permits(&list, "10.9.8.7"));
        assert!(permits(&list, "2001:db8::1"));
        assert!(!permits(&list, "11.0.0.1"));
        assert!(!permits(&list, "2001:db9::1"));
    }

    #[test]
    fn a_mapped_peer_counts_as_the_ipv4_peer_it_is() {
        assert!(permits(&only(&["10.0.0.0/8"]), "::ffff:10.0.0.1"));
        assert!(!permits(&only(&["::/0"]), "::ffff:10.0.0.1"));
    }

    proptest! {
        #[test]
        fn a_network_permits_its_own_addresses(address: IpAddr, bits in 0..=32_u8) {
            let list = only(&[&format!("{address}/{bits}")]);
            prop_assert!(list.permits(address) || address.to_canonical() != address);
        }
    }
}
