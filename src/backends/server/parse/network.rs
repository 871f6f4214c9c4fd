//! What /sys, `ip` and `ss` say of a server's network.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::number;
use crate::backends::server::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::interfaces::{NetworkItem, NetworkKind, Traffic};

/// Rows of a kind kept.
const MOST: usize = 2000;

pub fn network(body: &str) -> Traffic {
    let part = |name: &str| sections(body).find(|(section, _)| *section == name).map_or("", |(_, text)| text);
    let mut items = interfaces(part("sys"), part("dev"));
    addresses(part("addr"), &mut items);
    for text in [part("route"), part("route6")] {
        items.extend(text.lines().filter_map(route).take(MOST));
    }
    items.extend(resolvers(part("resolv")));
    items.extend(connections(part("ss")));
    Traffic { uptime_s: number(part("clock").split_whitespace().next()), items }
}

/// `eth0/mtu:1500`, a file a line, and the kernel's counters.
fn interfaces(sys: &str, dev: &str) -> Vec<NetworkItem> {
    let mut all: BTreeMap<&str, NetworkItem> = BTreeMap::new();
    for line in sys.lines() {
        let Some(((name, file), value)) = line
            .split_once('/')
            .and_then(|(name, rest)| Some((name, rest.split_once(':')?)))
            .map(|(name, (file, value))| ((name, file), value))
        else {
            continue;
        };
        let item = all.entry(name).or_default();
        match file {
            "operstate" => item.state = sanitize::name(value),
            "mtu" => item.mtu = value.parse().ok(),
            "address" if value.bytes().any(|b| !b":0".contains(&b)) => item.mac = sanitize::name(value),
            // −1 = the interface does not know.
            "speed" => item.speed_mbit = value.parse().ok(),
            "duplex" if value != "unknown" => item.duplex = sanitize::name(value),
            "uevent" => item.process = sanitize::name(value.trim_start_matches("DEVTYPE=")),
            _ => {}
        }
    }
    for line in dev.lines() {
        let Some((name, figures)) = line.split_once(':') else { continue };
        let figures: Vec<u64> = figures.split_whitespace().filter_map(|w| w.parse().ok()).collect();
        let item = all.entry(name.trim()).or_default();
        let both = |a: usize, b: usize| Some(figures.get(a)?.saturating_add(*figures.get(b)?));
        (item.rx_bytes, item.tx_bytes) = (figures.first().copied(), figures.get(8).copied());
        (item.errors, item.dropped) = (both(2, 10), both(3, 11));
    }
    let named = |(name, item): (&str, NetworkItem)| NetworkItem { name: sanitize::name(name), ..item };
    all.into_iter().take(MOST).map(named).collect()
}

/// `2: eth0    inet 10.0.0.2/24 brd … scope global eth0`
fn addresses(text: &str, items: &mut [NetworkItem]) {
    for line in text.lines() {
        let mut words = line.split_whitespace().skip(1);
        let (Some(name), Some("inet" | "inet6"), Some(address)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        // A tunnel is named with its other end: `tun0@eth0`.
        let name = name.trim_end_matches(':').split('@').next().unwrap_or_default();
        if let Some(item) = items.iter_mut().find(|item| item.name == name) {
            let gap = if item.address.is_empty() { "" } else { " " };
            item.address += &format!("{gap}{}", sanitize::name(address));
        }
    }
}

/// `default via 10.0.0.1 dev eth0 metric 100`, `unreachable fd00::/8 …`
fn route(line: &str) -> Option<NetworkItem> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let special =
        ["unreachable", "blackhole", "prohibit", "throw", "local", "broadcast", "multicast", "unicast"];
    let first = *words.first()?;
    let (name, state) = if special.contains(&first) { (*words.get(1)?, first) } else { (first, "") };
    let after = |key: &str| words.iter().position(|w| *w == key).and_then(|at| words.get(at + 1)).copied();
    let told =
        ["via", "dev", "src", "metric"].iter().filter_map(|key| Some(format!("{key} {}", after(key)?)));
    Some(NetworkItem {
        kind: NetworkKind::Route,
        name: sanitize::name(name),
        state: state.to_owned(),
        address: sanitize::name(&told.collect::<Vec<_>>().join(" ")),
        ..NetworkItem::default()
    })
}

/// resolv.conf(5)
fn resolvers(text: &str) -> Vec<NetworkItem> {
    let word = |line: &str, key: &str| line.strip_prefix(key).map(|rest| sanitize::name(rest.trim()));
    let search: Vec<String> =
        text.lines().filter_map(|l| word(l, "search ").or_else(|| word(l, "domain "))).collect();
    let search = if search.is_empty() { String::new() } else { format!("search {}", search.join(" ")) };
    let server = |line: &str| {
        let name = word(line, "nameserver ")?;
        Some(NetworkItem {
            kind: NetworkKind::Resolver,
            name,
            address: search.clone(),
            ..NetworkItem::default()
        })
    };
    text.lines().filter_map(server).take(MOST).collect()
}

/// `tcp ESTAB 0 0 LOCAL PEER users:(("sshd",pid=3,fd=4))`: how many of each state, and of those that stand how
/// many a peer has with a process.
fn connections(text: &str) -> Vec<NetworkItem> {
    let mut states: BTreeMap<&str, u64> = BTreeMap::new();
    let mut peers: BTreeMap<(String, String, String), u64> = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (Some(transport @ ("tcp" | "udp")), Some(state)) = (words.first().copied(), words.get(1)) else {
            continue;
        };
        *states.entry(state).or_default() += 1;
        let ends = words.get(4).zip(words.get(5)).and_then(|(l, p)| Some((end(l)?, end(p)?)));
        let (Some(((_, local), (peer, remote))), "ESTAB") = (ends, *state) else { continue };
        let process = line
            .split_once("users:((\"")
            .and_then(|(_, rest)| rest.split_once("\",pid="))
            .map(|(name, _)| name);
        // The smaller port is that of the service.
        let way = if local <= remote {
            format!("in {transport} {local}")
        } else {
            format!("out {transport} {remote}")
        };
        let key = (peer, way, sanitize::name(process.unwrap_or_default()));
        if peers.len() < MOST || peers.contains_key(&key) {
            *peers.entry(key).or_default() += 1;
        }
    }
    let state = |(name, count): (&str, u64)| NetworkItem {
        kind: NetworkKind::State,
        name: sanitize::name(&name.to_lowercase()),
        connections: Some(count),
        ..NetworkItem::default()
    };
    let peer = |((name, address, process), count)| NetworkItem {
        kind: NetworkKind::Peer,
        name,
        address,
        process,
        connections: Some(count),
        ..NetworkItem::default()
    };
    let states = states.into_iter().take(MOST).map(state);
    states.chain(peers.into_iter().map(peer)).collect()
}

/// `10.0.0.1:22`, `[::ffff:10.0.0.1]:22`, `[fe80::1]%eth0:22`
fn end(text: &str) -> Option<(String, u16)> {
    let (address, port) = text.rsplit_once(':')?;
    let address = address.split('%').next()?.trim_matches(['[', ']']);
    let address: IpAddr = address.parse().ok()?;
    Some((address.to_canonical().to_string(), port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of a Debian 12 with two interfaces.
    #[test]
    fn a_real_server() {
        let traffic = network(include_str!("captures/network.txt"));
        assert!(traffic.uptime_s > 30_000.0);
        let of = |kind, name: &str| {
            let found = traffic.items.iter().find(|i| i.kind == kind && i.name == name);
            found.unwrap_or_else(|| panic!("{name}: {traffic:?}"))
        };
        let eth = of(NetworkKind::Interface, "eth0");
        assert_eq!(
            (eth.state.as_str(), eth.address.as_str(), eth.mtu, eth.speed_mbit, eth.mac.as_str()),
            ("up", "10.213.1.2/24", Some(1500), Some(10000), "02:42:0a:d5:01:02")
        );
        assert_eq!((eth.rx_bytes, eth.tx_bytes, eth.errors), (Some(50886), Some(84328), Some(0)));
        assert_eq!(of(NetworkKind::Interface, "lo").mac, "");
        assert_eq!(of(NetworkKind::Route, "default").address, "via 10.213.1.1 dev eth0");
        assert_eq!(of(NetworkKind::Resolver, "10.255.255.53").address, "");
        assert_eq!(of(NetworkKind::State, "estab").connections, Some(1));
        let peer = of(NetworkKind::Peer, "10.213.1.1");
        assert_eq!((peer.address.as_str(), peer.process.as_str()), ("in tcp 22", "sshd"));
    }

    #[test]
    fn peers_are_counted_by_process_and_side() {
        let text = "==> ss <==\n tcp ESTAB 0 0 [::ffff:10.0.0.1]:443 [::ffff:9.9.9.9]:50000 users:((\"nginx\",pid=1,fd=2))\n \
            tcp ESTAB 0 0 10.0.0.1:443 9.9.9.9:50001 users:((\"nginx\",pid=2,fd=2))\n tcp TIME-WAIT 0 0 10.0.0.1:443 9.9.9.9:50002\n \
            tcp ESTAB 0 0 10.0.0.1:40000 10.0.0.2:5432 users:((\"a \\\"b\",pid=3,fd=1))\n";
        let rows: Vec<_> =
            network(text).items.into_iter().map(|i| (i.name, i.address, i.process, i.connections)).collect();
        let row = |a: &str, b: &str, c: &str, n| (a.to_owned(), b.to_owned(), c.to_owned(), Some(n));
        assert_eq!(
            rows,
            [
                row("estab", "", "", 3),
                row("time-wait", "", "", 1),
                row("10.0.0.2", "out tcp 5432", "a \\\"b", 1),
                row("9.9.9.9", "in tcp 443", "nginx", 2),
            ]
        );
    }

    #[test]
    fn routes_that_lead_nowhere_say_so() {
        let text = "==> route <==\nunreachable 10.0.0.0/8 metric 5\ndefault via 10.1.1.1 dev eth0 proto dhcp src 10.1.1.2 metric 100\n==> resolv <==\nsearch lan example.org\nnameserver ::1\n";
        let items = network(text).items;
        assert_eq!((items[0].name.as_str(), items[0].state.as_str()), ("10.0.0.0/8", "unreachable"));
        assert_eq!(items[1].address, "via 10.1.1.1 dev eth0 src 10.1.1.2 metric 100");
        assert_eq!(items[2].address, "search lan example.org");
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_of_the_network_makes_it_panic(text in "(==> (clock|sys|dev|addr|route|route6|resolv|ss) <==|\n|eth0/|mtu:|[0-9]{1,22}|tcp ESTAB|users:\\(\\(\"|\",pid=|\\[::1\\]:|%|inet | |via|nameserver |\\PC){0,80}") {
            for item in network(&text).items {
                prop_assert!(!item.id().contains(['\x1b', '\n']));
            }
        }
    }
}
