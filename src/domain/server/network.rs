//! Addresses and networks as firewalls, bans and sockets name them. The types of addresses are `core`'s: what can
//! be dialled is `std`'s affair and not known here.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;
use std::str::FromStr;

/// A network by its first address and the length of its prefix; a single address is the smallest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// It is no address and no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither an address nor a network like 10.0.0.0/8")]
pub struct NoNetwork;

/// An IPv4 address that came in the clothes of IPv6 (`::ffff:10.0.0.1`) is an IPv4 address.
pub fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

impl Network {
    /// A network; what the address holds beyond the prefix is cut off. `None` for an impossible prefix.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let address = match (plain(address), address) {
            // `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
            (IpAddr::V4(v4), IpAddr::V6(_)) if prefix >= 96 => return Self::new(v4.into(), prefix - 96),
            (_, as_written) => as_written,
        };
        let address = match address {
            IpAddr::V4(v4) => {
                let mask = u32::MAX.checked_shl(32_u32.checked_sub(prefix.into())?).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(128_u32.checked_sub(prefix.into())?).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
            }
        };
        Some(Self { address, prefix })
    }

    /// One address alone.
    pub fn single(address: IpAddr) -> Self {
        let address = plain(address);
        Self { address, prefix: longest(address) }
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        Self::new(plain(address), self.prefix).is_some_and(|it| it == *self)
    }

    /// True when all of another network lies in this one.
    pub fn covers(&self, other: &Self) -> bool {
        self.prefix <= other.prefix && self.contains(other.address)
    }

    /// True when it holds every address of its family.
    pub fn is_everything(&self) -> bool {
        self.prefix == 0
    }

    pub fn is_single(&self) -> bool {
        self.prefix == longest(self.address)
    }

    pub fn is_ipv6(&self) -> bool {
        self.address.is_ipv6()
    }
}

fn longest(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// True for addresses that the internet does not lead to: private, link-local, carriers' own, loopback.
pub fn is_private(address: IpAddr) -> bool {
    match plain(address) {
        IpAddr::V4(v4) => {
            let carriers = v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1]);
            v4.is_private() || v4.is_link_local() || v4.is_loopback() || carriers
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback(),
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    /// `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `2001:db8::/32`, or one address.
    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
        let address: IpAddr = address.parse().map_err(|_| NoNetwork)?;
        let prefix = match prefix {
            "" if text.contains('/') => return Err(NoNetwork),
            "" => return Ok(Self::single(address)),
            mask if mask.contains('.') => {
                let bits = mask.parse::<Ipv4Addr>().map_err(|_| NoNetwork)?.to_bits();
                // Only ones, then only zeros.
                let ones = bits.leading_ones();
                if address.is_ipv6() || bits.count_ones() != ones {
                    return Err(NoNetwork);
                }
                ones as u8
            }
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().map_err(|_| NoNetwork)?,
            _ => return Err(NoNetwork),
        };
        Self::new(address, prefix).ok_or(NoNetwork)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_single() {
            return write!(f, "{}", self.address);
        }
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn net(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn texts_and_what_lies_within() {
        for (text, written) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("10.0.0.0/255.255.0.0", "10.0.0.0/16"),
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1/32", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("2001:DB8::1/32", "2001:db8::/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(net(text).to_string(), written);
        }
        for wrong in [
            "",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "1.2.3.4/+8",
            "::1/255.0.0.0",
            "1.2.3.4/255.0.255.0",
        ] {
            assert_eq!(wrong.parse::<Network>(), Err(NoNetwork), "{wrong}");
        }
        assert!(net("10.0.0.0/8").contains("::ffff:10.9.9.9".parse().unwrap()));
        assert!(
            !net("0.0.0.0/0").contains("::1".parse().unwrap())
                && net("::/0").contains("::1".parse().unwrap())
        );
        assert!(
            net("10.0.0.0/8").covers(&net("10.2.0.0/16")) && !net("10.2.0.0/16").covers(&net("10.0.0.0/8"))
        );
    }

    #[test]
    fn private_addresses() {
        for (text, private) in [
            ("10.0.0.1", true),
            ("172.17.0.1", true),
            ("192.168.1.1", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("203.0.113.1", false),
            ("fe80::1", true),
            ("fd00::1", true),
            ("2a01::1", false),
            ("::ffff:10.0.0.1", true),
        ] {
            assert_eq!(is_private(text.parse().unwrap()), private, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(bits in any::<u128>(), v4 in any::<bool>(), prefix in 0_u8..=128) {
            let address: IpAddr = match v4 {
                true => Ipv4Addr::from_bits(bits as u32).into(),
                false => Ipv6Addr::from_bits(bits).into(),
            };
            let Some(network) = Network::new(address, if v4 { prefix % 33 } else { prefix }) else {
                return Err(TestCaseError::fail("no network"));
            };
            prop_assert!(network.contains(address) || plain(address) != address);
            prop_assert_eq!(network.to_string().parse::<Network>(), Ok(network));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9a-f:./]{0,24}|\\PC{0,12}") {
            let _ = text.parse::<Network>();
        }
    }
}
