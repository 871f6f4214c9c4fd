//! Sockets that wait for others: who listens where, and how far that reaches by itself, without any firewall.

use core::net::IpAddr;
use std::collections::BTreeMap;

use super::network;

/// What firewalls and sockets both call a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    Tcp,
    Udp,
}

impl Transport {
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Where a socket listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bound {
    /// At every address of both families: `*`.
    Everywhere,
    /// At one address, or, when it is unspecified, at every one of its family.
    At(IpAddr),
}

impl Bound {
    /// `*`, `0.0.0.0`, `::1`
    pub fn text(&self) -> String {
        match self {
            Self::Everywhere => "*".to_owned(),
            Self::At(address) => address.to_string(),
        }
    }

    /// The one address; `None` for all.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::At(address) if !address.is_unspecified() => Some(network::plain(*address)),
            _ => None,
        }
    }

    /// True when IPv4 (IPv6) packets can get there.
    pub fn takes(&self, ipv6: bool) -> bool {
        match self {
            Self::Everywhere => true,
            Self::At(address) => network::plain(*address).is_ipv6() == ipv6,
        }
    }
}

/// How far a socket reaches by where it listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exposure {
    Loopback,
    /// At an address that the internet does not lead to.
    Lan,
    Any,
}

impl Exposure {
    pub fn word(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Lan => "lan",
            Self::Any => "any",
        }
    }
}

/// A process that holds a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub pid: u32,
    /// As the kernel knows it, sanitised; anybody can name a process as he likes.
    pub name: String,
    /// The systemd unit: `nginx.service`.
    pub unit: Option<String>,
    /// The container's id, shortened.
    pub container: Option<String>,
}

/// A socket that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    pub transport: Transport,
    pub bound: Bound,
    /// The interface that it is bound to: `eth0`.
    pub interface: Option<String>,
    pub port: u16,
    /// Empty when we may not know. The first one was there first.
    pub owners: Vec<Owner>,
}

impl Socket {
    pub fn exposure(&self) -> Exposure {
        match (self.interface.as_deref(), self.bound.address()) {
            (Some("lo"), _) => Exposure::Loopback,
            (_, Some(address)) if address.is_loopback() => Exposure::Loopback,
            (_, Some(address)) if network::is_private(address) => Exposure::Lan,
            _ => Exposure::Any,
        }
    }

    pub fn owner(&self) -> Option<&Owner> {
        self.owners.first()
    }
}

/// All sockets of a server that listen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sockets {
    pub all: Vec<Socket>,
    /// False when those of other users have no owner here: that takes root.
    pub with_owners: bool,
    /// TCP connections that stand, by the port here; `None` when nothing tells.
    pub connections: Option<BTreeMap<u16, u64>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_they_reach() {
        let socket = |bound: Bound, interface: Option<&str>| Socket {
            transport: Transport::Tcp,
            bound,
            interface: interface.map(str::to_owned),
            port: 1,
            owners: Vec::new(),
        };
        let at = |text: &str| Bound::At(text.parse().unwrap());
        for (bound, interface, exposure) in [
            (Bound::Everywhere, None, Exposure::Any),
            (at("0.0.0.0"), None, Exposure::Any),
            (at("::"), None, Exposure::Any),
            (at("0.0.0.0"), Some("lo"), Exposure::Loopback),
            (at("127.0.0.53"), Some("lo"), Exposure::Loopback),
            (at("::1"), None, Exposure::Loopback),
            (at("::ffff:127.0.0.1"), None, Exposure::Loopback),
            (at("172.17.0.1"), None, Exposure::Lan),
            (at("fe80::1"), Some("eth0"), Exposure::Lan),
            (at("203.0.113.7"), None, Exposure::Any),
        ] {
            assert_eq!(socket(bound, interface).exposure(), exposure, "{bound:?}");
        }
        assert!(at("::ffff:1.2.3.4").takes(false) && !at("::").takes(false) && Bound::Everywhere.takes(true));
    }
}
