//! What ufw says of a port, whoever knocks: its rules in their order, up to the one that speaks of everybody.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Guard, Reach};
use crate::domain::server::sockets::Socket;
use crate::domain::server::ufw::verdict::{Fits, fits};
use crate::domain::server::ufw::{Action, Direction, Packet, Ports, Rule, Ufw};

/// What ufw says of a port.
pub(super) struct Said {
    pub reach: Reach,
    /// Whom it names.
    pub to: String,
    pub why: String,
    /// ` over IPv6`, when it is open to one family only.
    pub family: &'static str,
}

/// `None` when it is off, or we may not ask.
pub(super) fn ufw_says(socket: &Socket, guard: Guard<'_>) -> Option<Said> {
    let Guard::Ufw(ufw) = guard else { return None };
    if !ufw.active {
        return None;
    }
    let families = [false, true].into_iter().filter(|ipv6| socket.bound.takes(*ipv6));
    let mut said: Vec<(bool, Said)> = families.map(|ipv6| (ipv6, family_says(socket, ufw, ipv6))).collect();
    // The wider one is the news.
    let width = |reach: &Reach| match reach {
        Reach::Anybody => 2,
        Reach::Some => 1,
        _ => 0,
    };
    said.sort_by_key(|(_, said)| std::cmp::Reverse(width(&said.reach)));
    let apart =
        said.len() == 2 && said.first().map(|s| width(&s.1.reach)) != said.last().map(|s| width(&s.1.reach));
    said.into_iter().next().map(|(ipv6, said)| Said {
        family: match (apart, ipv6) {
            (false, _) => "",
            (true, false) => " over IPv4",
            (true, true) => " over IPv6",
        },
        ..said
    })
}

/// The rules of one family in their order, up to the one that speaks of everybody.
fn family_says(socket: &Socket, ufw: &Ufw, ipv6: bool) -> Said {
    let said = |reach, to: String, why: String| Said { reach, to, why, family: "" };
    if ipv6 && !ufw.ipv6 {
        return said(Reach::Nobody, String::new(), "ufw leaves IPv6 to nobody".into());
    }
    let mut named: Vec<String> = Vec::new();
    for rule in ufw.rules(ipv6) {
        match speaks_of(rule, socket, ufw, ipv6) {
            Fits::Yes => {}
            Fits::No => continue,
            // One that only perhaps opens it counts, one that only perhaps closes it does not.
            Fits::Perhaps => {
                if rule.action.lets_in() {
                    named.push(format!("those whom `{}` means", rule.command()));
                }
                continue;
            }
        }
        let everybody = rule.from.network.is_none_or(|n| n.is_everything())
            && rule.from.ports == Ports::Any
            && rule.enters.is_none();
        match (everybody, rule.action) {
            (true, Action::Allow) => {
                return said(Reach::Anybody, String::new(), format!("`{}`", rule.command()));
            }
            (true, Action::Limit) => {
                return said(
                    Reach::Anybody,
                    String::new(),
                    format!("`{}`, which slows down who knocks often", rule.command()),
                );
            }
            (true, Action::Deny | Action::Reject) => return closed(named, &format!("`{}`", rule.command())),
            (false, Action::Allow | Action::Limit) => named.push(whom(rule)),
            // It takes from some what others still have.
            (false, Action::Deny | Action::Reject) => {}
        }
    }
    if ufw.defaults.incoming.lets_in() {
        return said(Reach::Anybody, String::new(), "ufw allows what no rule speaks of".into());
    }
    closed(named, &format!("ufw's default is to {}", ufw.defaults.incoming.word()))
}

/// Closed to everybody but those who were named before.
fn closed(mut named: Vec<String>, by: &str) -> Said {
    named.dedup();
    if named.is_empty() {
        return Said { reach: Reach::Nobody, to: String::new(), why: by.to_owned(), family: "" };
    }
    let why = format!("ufw names them, else {by}");
    Said { reach: Reach::Some, to: named.join(", "), why, family: "" }
}

fn whom(rule: &Rule) -> String {
    let from = rule.from.network.map(|network| network.to_string());
    let via = rule.enters.as_ref().map(|interface| format!("those who come by {interface}"));
    let port = (rule.from.ports != Ports::Any).then(|| format!("those who send from port {}", rule.from));
    from.or(via).or(port).unwrap_or_default()
}

/// Whether a rule is about this port, whoever knocks.
fn speaks_of(rule: &Rule, socket: &Socket, ufw: &Ufw, ipv6: bool) -> Fits {
    let anybody: IpAddr = if ipv6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    let mut about = rule.clone();
    (about.from.network, about.from.ports, about.enters) = (None, Ports::Any, None);
    let here = match (&rule.enters, &socket.interface) {
        (Some(enters), Some(interface)) => enters == interface,
        _ => true,
    };
    let packet = Packet {
        direction: Direction::In,
        transport: socket.transport,
        from: anybody,
        from_port: None,
        to: socket.bound.address(),
        to_port: socket.port,
        enters: None,
        leaves: None,
    };
    if here { fits(&about, &ufw.profiles, &packet) } else { Fits::No }
}
