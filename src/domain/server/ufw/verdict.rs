//! What ufw does to a packet: the first rule that fits decides, else the default.
//!
//! Some things are not known here, such as the interface by which a packet comes. A rule that hangs on them may
//! fit; then the verdict is open between what that rule says and what follows.

use core::net::IpAddr;

use super::{Action, Direction, End, Ports, Profiles, Rule, Ufw};
use crate::domain::server::sockets::Transport;

/// A packet that begins a connection; what is not known is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    pub direction: Direction,
    pub transport: Transport,
    pub from: IpAddr,
    pub from_port: Option<u16>,
    pub to: Option<IpAddr>,
    pub to_port: u16,
    pub enters: Option<&'a str>,
    pub leaves: Option<&'a str>,
}

/// What becomes of it, and by which rule; `None` is the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict<'a> {
    pub action: Action,
    pub rule: Option<&'a Rule>,
    /// Rules before it that may fit and would decide otherwise.
    pub unless: Vec<&'a Rule>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain::server) enum Fits {
    Yes,
    No,
    Perhaps,
}

impl Fits {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Perhaps,
        }
    }

    fn of(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

impl Ufw {
    /// What becomes of a packet. An inactive ufw lets everything through.
    pub fn verdict(&self, packet: &Packet<'_>) -> Verdict<'_> {
        if !self.active {
            return Verdict { action: Action::Allow, rule: None, unless: Vec::new() };
        }
        let ipv6 = packet.from.to_canonical().is_ipv6();
        if ipv6 && !self.ipv6 && !packet.from.is_loopback() {
            return Verdict { action: Action::Deny, rule: None, unless: Vec::new() };
        }
        first_match(&self.rules(ipv6), self.defaults.of(packet.direction), &self.profiles, packet)
    }
}

/// The first rule that fits decides.
fn first_match<'a>(
    rules: &[&'a Rule],
    default: Action,
    profiles: &Profiles,
    packet: &Packet<'_>,
) -> Verdict<'a> {
    let mut perhaps = Vec::new();
    let mut decided = None;
    for rule in rules {
        match fits(rule, profiles, packet) {
            Fits::No => {}
            Fits::Perhaps => perhaps.push(*rule),
            Fits::Yes => {
                decided = Some(*rule);
                break;
            }
        }
    }
    let action = decided.map_or(default, |rule| rule.action);
    perhaps.retain(|rule| rule.action.lets_in() != action.lets_in());
    Verdict { action, rule: decided, unless: perhaps }
}

/// Whether a rule speaks of a packet.
pub(in crate::domain::server) fn fits(rule: &Rule, profiles: &Profiles, packet: &Packet<'_>) -> Fits {
    let interface = |wanted: &Option<String>, is: Option<&str>| match (wanted, is) {
        (None, _) => Fits::Yes,
        (Some(_), None) => Fits::Perhaps,
        // `eth+` stands for all that begin so.
        (Some(wanted), Some(is)) => Fits::of(match wanted.strip_suffix('+') {
            Some(begin) => is.starts_with(begin),
            None => wanted == is,
        }),
    };
    let direction = Fits::of(rule.direction == packet.direction);
    let protocol = Fits::of(rule.protocol.as_deref().is_none_or(|p| p == packet.transport.word()));
    direction
        .and(protocol)
        .and(interface(&rule.enters, packet.enters))
        .and(interface(&rule.leaves, packet.leaves))
        .and(end_fits(&rule.from, Some(packet.from), packet.from_port, packet.transport, profiles))
        .and(end_fits(&rule.to, packet.to, Some(packet.to_port), packet.transport, profiles))
}

fn end_fits(
    end: &End,
    address: Option<IpAddr>,
    port: Option<u16>,
    transport: Transport,
    profiles: &Profiles,
) -> Fits {
    let network = match (end.network, address) {
        (None, _) => Fits::Yes,
        (Some(network), None) if network.is_everything() => Fits::Yes,
        (Some(_), None) => Fits::Perhaps,
        (Some(network), Some(address)) => Fits::of(network.contains(address)),
    };
    network.and(ports_fit(&end.ports, port, transport, profiles))
}

fn ports_fit(ports: &Ports, port: Option<u16>, transport: Transport, profiles: &Profiles) -> Fits {
    let within = |ranges: &[(u16, u16)]| match port {
        Some(port) => Fits::of(ranges.iter().any(|(first, last)| (*first..=*last).contains(&port))),
        None => Fits::Perhaps,
    };
    match ports {
        Ports::Any => Fits::Yes,
        Ports::Some(ranges) => within(ranges),
        Ports::Profile(name) => match profiles.get(name) {
            None => Fits::Perhaps,
            Some(parts) => parts
                .iter()
                .filter(|(protocol, _)| protocol.as_deref().is_none_or(|p| p == transport.word()))
                .map(|(_, ranges)| within(ranges))
                .max_by_key(|fits| match fits {
                    Fits::No => 0,
                    Fits::Perhaps => 1,
                    Fits::Yes => 2,
                })
                .unwrap_or(Fits::No),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::network::Network;
    use crate::domain::server::ufw::{Defaults, Numbered};
    use proptest::prelude::*;

    fn ufw(rules: &[Rule]) -> Ufw {
        let rows = rules.iter().enumerate().flat_map(|(i, rule)| {
            let both = [false, true].into_iter().filter(|ipv6| rule.concerns(*ipv6));
            both.map(move |ipv6| Numbered { number: i + 1, ipv6, rule: rule.clone() })
        });
        let profiles = [("Web".to_owned(), vec![(Some("tcp".to_owned()), vec![(80, 80), (443, 443)])])];
        Ufw {
            active: true,
            ipv6: true,
            numbered: rows.collect(),
            profiles: profiles.into(),
            ..Ufw::default()
        }
    }

    fn packet(from: &str, to_port: u16) -> Packet<'static> {
        Packet {
            direction: Direction::In,
            transport: Transport::Tcp,
            from: from.parse().unwrap(),
            from_port: None,
            to: None,
            to_port,
            enters: None,
            leaves: None,
        }
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let texts = [
            "deny from 203.0.113.0/24",
            "allow 22/tcp",
            "deny 22",
            "reject 6000:6007/tcp",
            "allow from 203.0.113.5 to any port 6003",
            "allow Web",
            "allow in on wg0 to any port 5432 proto tcp",
            "allow Unheard",
            "allow out 25/tcp",
            "limit from 2001:db8::/32 to any port 2222",
        ];
        let rules: Vec<Rule> = texts.iter().map(|text| text.parse().unwrap()).collect();
        let ufw = ufw(&rules);
        for (from, port, action, by, unless) in [
            ("198.51.100.1", 22, Action::Allow, Some(1), 0),
            ("203.0.113.9", 22, Action::Deny, Some(0), 0),
            ("::ffff:203.0.113.9", 22, Action::Deny, Some(0), 0),
            ("2001:db8::1", 22, Action::Allow, Some(1), 0),
            ("203.0.113.5", 6003, Action::Deny, Some(0), 0),
            ("198.51.100.1", 6007, Action::Reject, Some(3), 0),
            ("198.51.100.1", 443, Action::Allow, Some(5), 0),
            ("198.51.100.1", 8080, Action::Deny, None, 1),
            ("198.51.100.1", 5432, Action::Deny, None, 2),
            ("198.51.100.1", 25, Action::Deny, None, 1),
            ("2001:db8::1", 2222, Action::Limit, Some(9), 0),
        ] {
            let verdict = ufw.verdict(&packet(from, port));
            assert_eq!(
                (verdict.action, verdict.rule),
                (action, by.map(|i: usize| &rules[i])),
                "{from} {port}"
            );
            assert_eq!(verdict.unless.len(), unless, "{from} {port}");
        }
        let on =
            |enters| ufw.verdict(&Packet { enters: Some(enters), ..packet("198.51.100.1", 5432) }).action;
        assert_eq!((on("wg0"), on("eth0")), (Action::Allow, Action::Deny));
    }

    #[test]
    fn an_inactive_one_and_one_without_ipv6() {
        let mut ufw = ufw(&[Rule::open(22, Transport::Tcp)]);
        ufw.ipv6 = false;
        assert_eq!(ufw.verdict(&packet("2001:db8::1", 22)).action, Action::Deny);
        assert_eq!(ufw.verdict(&packet("192.0.2.1", 22)).action, Action::Allow);
        ufw.active = false;
        assert_eq!(ufw.verdict(&packet("192.0.2.1", 9)).action, Action::Allow);
    }

    fn rule() -> impl Strategy<Value = Rule> {
        let network = (any::<u32>(), 0_u8..=32).prop_map(|(bits, prefix)| {
            Network::new(core::net::Ipv4Addr::from_bits(bits & 0x3).into(), prefix)
        });
        let ports = prop_oneof![
            Just(Ports::Any),
            proptest::collection::vec((1_u16..6, 0_u16..3), 1..3).prop_map(|all| Ports::Some(
                all.into_iter().map(|(first, more)| (first, first + more)).collect()
            )),
        ];
        let protocol = prop_oneof![Just(None), Just(Some("tcp".to_owned())), Just(Some("udp".to_owned()))];
        let action = proptest::sample::select(Action::ALL.to_vec());
        (action, proptest::option::of(network), ports, protocol, any::<bool>()).prop_map(
            |(action, network, ports, protocol, out)| Rule {
                direction: if out { Direction::Out } else { Direction::In },
                from: End { network: network.flatten(), ports: Ports::Any },
                to: End { network: None, ports },
                protocol,
                ..Rule::new(action)
            },
        )
    }

    proptest! {
        /// What ufw's manual says, written down as plainly as can be.
        #[test]
        fn verdicts_are_those_of_the_plainest_reading(
            rules in proptest::collection::vec(rule(), 0..8), from in 0_u32..4, port in 1_u16..8, udp in any::<bool>(), open in any::<bool>()
        ) {
            let from = core::net::Ipv4Addr::from_bits(from);
            let transport = if udp { Transport::Udp } else { Transport::Tcp };
            let default = if open { Action::Allow } else { Action::Deny };
            let mut expected = default;
            for rule in rules.iter().rev() {
                let net = rule.from.network.is_none_or(|n| n.contains(from.into()));
                let proto = rule.protocol.as_deref().is_none_or(|p| p == transport.word());
                let ports = match &rule.to.ports {
                    Ports::Some(all) => all.iter().any(|(a, b)| *a <= port && port <= *b),
                    _ => true,
                };
                if rule.direction == Direction::In && net && proto && ports {
                    expected = rule.action;
                }
            }
            let mut ufw = ufw(&rules);
            ufw.defaults = Defaults { incoming: default, ..Defaults::default() };
            let packet = Packet { from: from.into(), to_port: port, transport, ..packet("0.0.0.0", 1) };
            let verdict = ufw.verdict(&packet);
            prop_assert_eq!(verdict.action, expected);
            prop_assert!(verdict.unless.is_empty(), "all is known");
        }
    }
}
