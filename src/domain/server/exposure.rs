//! Who can reach a port, and why: where it listens, what ufw says, and what Docker does behind ufw's back.
//!
//! Docker leads packets for published ports on to containers before the rules for incoming packets are asked. So
//! ufw may deny a port and the world reaches it all the same; this is where that is seen.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::packet_filter::PacketFilter;
use super::sockets::{Bound, Exposure, Socket, Transport};
use super::ufw::verdict::{Fits, fits};
use super::ufw::{Action, Direction, Ports, Rule, Ufw};

/// A port that Docker publishes for a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub transport: Transport,
    pub bound: Bound,
    pub port: u16,
    /// The container's name.
    pub container: String,
}

/// What is known of ufw.
#[derive(Debug, Clone, Copy)]
pub enum Guard<'a> {
    /// It is not installed, or off.
    Off,
    Ufw(&'a Ufw),
    /// We may not ask.
    Unknown,
}

/// How far a port can be reached from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// This machine alone.
    Local,
    /// Nobody from outside: a firewall is before it.
    Nobody,
    /// Those whom a rule names, or the networks at hand.
    Some,
    Anybody,
    /// It cannot be told with what we may see.
    Unknown,
}

impl Reach {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Nobody => "nobody",
            Self::Some => "some",
            Self::Anybody => "anybody",
            Self::Unknown => "unknown",
        }
    }
}

/// The verdict on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub reach: Reach,
    /// One sentence.
    pub why: String,
    /// What ufw says of it, whether it is asked or not.
    pub allowed_by_firewall: Option<bool>,
}

/// A socket that listens, or a published port for which none does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port<'a> {
    pub transport: Transport,
    pub bound: Bound,
    pub port: u16,
    pub socket: Option<&'a Socket>,
    pub published: Option<&'a Published>,
}

/// All ports: those that listen, and those that Docker publishes without a socket.
pub fn ports<'a>(sockets: &'a [Socket], published: &'a [Published]) -> Vec<Port<'a>> {
    let same = |socket: &Socket, p: &Published| {
        let both = |ipv6| socket.bound.takes(ipv6) && p.bound.takes(ipv6);
        let meets = both(false) || both(true);
        let address = p.bound.address();
        (socket.transport, socket.port) == (p.transport, p.port) && meets && socket.bound.address() == address
    };
    let mut all: Vec<Port<'a>> = sockets
        .iter()
        .map(|socket| Port {
            transport: socket.transport,
            bound: socket.bound,
            port: socket.port,
            socket: Some(socket),
            published: published.iter().find(|p| same(socket, p)),
        })
        .collect();
    for p in published {
        if !sockets.iter().any(|socket| same(socket, p)) {
            all.push(Port {
                transport: p.transport,
                bound: p.bound,
                port: p.port,
                socket: None,
                published: Some(p),
            });
        }
    }
    all
}

/// Who can reach a port, and why.
pub fn open(port: &Port<'_>, guard: Guard<'_>, filter: Option<&PacketFilter>) -> Open {
    let bare = Socket {
        transport: port.transport,
        bound: port.bound,
        interface: None,
        port: port.port,
        owners: Vec::new(),
    };
    let socket = port.socket.unwrap_or(&bare);
    let ufw = ufw_says(socket, guard);
    let allowed_by_firewall = ufw.as_ref().map(|said| said.reach != Reach::Nobody);
    let say = |reach: Reach, why: String| Open { reach, why, allowed_by_firewall };
    let exposure = socket.exposure();
    let place = socket.bound.text();
    if exposure == Exposure::Loopback {
        let why = match socket.interface.as_deref() {
            Some("lo") => "this machine only: it listens on the loopback".to_owned(),
            _ => format!("this machine only: it listens at {place}"),
        };
        return say(Reach::Local, why);
    }
    let (who, everybody) = match exposure {
        Exposure::Lan => (format!("open to the networks that lead to {place}"), Reach::Some),
        _ => ("open to the internet".to_owned(), Reach::Anybody),
    };
    if port.published.is_some() && led_on(port, filter) {
        let denies = ufw.as_ref().is_some_and(|said| said.reach == Reach::Nobody);
        let why = match (filter.is_some_and(PacketFilter::restricts_docker), denies) {
            (true, _) => {
                let why = "perhaps: Docker publishes it, and DOCKER-USER has rules of its own".to_owned();
                return say(Reach::Unknown, why);
            }
            (false, true) => format!("{who}: ufw denies it, Docker publishes it anyway"),
            (false, false) => format!("{who}: Docker publishes it"),
        };
        return say(everybody, why);
    }
    match (ufw, guard) {
        (Some(said), _) => match said.reach {
            Reach::Anybody => say(everybody, format!("{who}{}: {}", said.family, said.why)),
            Reach::Some => say(Reach::Some, format!("open to {}: {}", said.to, said.why)),
            _ => say(Reach::Nobody, format!("nobody from outside: {}", said.why)),
        },
        (None, Guard::Unknown) => say(Reach::Unknown, format!("perhaps {who}: to ask ufw takes root")),
        (None, _) if filter.is_some_and(PacketFilter::restricts_input) => say(
            Reach::Unknown,
            "perhaps: ufw is off, but the kernel's rules keep some packets out".to_owned(),
        ),
        (None, _) => say(everybody, format!("{who}: no firewall is before it")),
    }
}

/// True when the kernel leads packets for a published port on; without that, Docker only has a program that
/// listens, and ufw is asked as for any other. Where we may not look, it is taken for the usual case.
fn led_on(port: &Port<'_>, filter: Option<&PacketFilter>) -> bool {
    filter.is_none_or(|filter| {
        filter.forwards.iter().any(|forward| {
            (forward.transport, forward.port) == (port.transport, port.port)
                && port.bound.takes(forward.ipv6)
                && (forward.at.is_none() || forward.at == port.bound.address())
        })
    })
}

/// What ufw says of a port.
struct Said {
    reach: Reach,
    /// Whom it names.
    to: String,
    why: String,
    /// ` over IPv6`, when it is open to one family only.
    family: &'static str,
}

fn ufw_says(socket: &Socket, guard: Guard<'_>) -> Option<Said> {
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
    let packet = super::ufw::Packet {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::packet_filter::{Chain, FilterRule, Forward};
    use crate::domain::server::ufw::Numbered;

    fn ufw(rules: &[&str]) -> Ufw {
        let rules: Vec<Rule> = rules.iter().map(|text| text.parse().unwrap()).collect();
        let rows = [false, true]
            .into_iter()
            .flat_map(|ipv6| rules.iter().filter(move |r| r.concerns(ipv6)).map(move |r| (ipv6, r.clone())));
        let rows = rows.enumerate().map(|(i, (ipv6, rule))| Numbered { number: i + 1, ipv6, rule });
        Ufw { active: true, ipv6: true, numbered: rows.collect(), ..Ufw::default() }
    }

    fn bound(text: &str) -> Bound {
        if text == "*" { Bound::Everywhere } else { Bound::At(text.parse().unwrap()) }
    }

    fn docker(port: u16) -> PacketFilter {
        let forward = Forward { transport: Transport::Tcp, at: None, port, ipv6: false };
        PacketFilter { tool: "iptables", forwards: vec![forward], ..PacketFilter::default() }
    }

    fn verdict(
        at: &str,
        port: u16,
        published: bool,
        guard: Guard<'_>,
        filter: Option<&PacketFilter>,
    ) -> (Reach, String) {
        let socket =
            Socket { transport: Transport::Tcp, bound: bound(at), interface: None, port, owners: Vec::new() };
        let published = published.then(|| Published {
            transport: Transport::Tcp,
            bound: bound(at),
            port,
            container: "db".into(),
        });
        let (sockets, published) = (vec![socket], Vec::from_iter(published));
        let all = ports(&sockets, &published);
        assert_eq!(all.len(), 1);
        let open = open(&all[0], guard, filter);
        (open.reach, open.why)
    }

    #[test]
    fn one_sentence_for_each_case() {
        let ufw = ufw(&[
            "allow 22/tcp",
            "allow from 10.0.0.0/8 to any port 5432 proto tcp",
            "limit 2222/tcp",
            "deny 8080",
            "allow in on wg0 to any port 9100",
            "allow to 10.0.0.5 port 53",
            "allow from 2001:db8::/32 to any port 7000",
            "allow from ::/0 to any port 7001",
        ]);
        let on = Guard::Ufw(&ufw);
        let off = Ufw { active: false, ..ufw.clone() };
        let published = docker(5432);
        let mut user = published.clone();
        user.rules.push(FilterRule {
            table: "ip filter".into(),
            chain: "DOCKER-USER".into(),
            text: "-i eth0 -j DROP".into(),
            packets: None,
            bytes: None,
        });
        let drops = Chain { table: "ip filter".into(), name: "INPUT".into(), policy: "DROP".into() };
        let own = PacketFilter { chains: vec![drops], ..PacketFilter::default() };
        for (at, port, docker, guard, filter, reach, why) in [
            ("127.0.0.1", 5432, false, on, None, Reach::Local, "this machine only: it listens at 127.0.0.1"),
            (
                "127.0.0.1",
                5432,
                true,
                on,
                Some(&published),
                Reach::Local,
                "this machine only: it listens at 127.0.0.1",
            ),
            ("0.0.0.0", 22, false, on, None, Reach::Anybody, "open to the internet: `ufw allow 22/tcp`"),
            ("*", 22, false, on, None, Reach::Anybody, "open to the internet: `ufw allow 22/tcp`"),
            (
                "0.0.0.0",
                2222,
                false,
                on,
                None,
                Reach::Anybody,
                "open to the internet: `ufw limit 2222/tcp`, which slows down who knocks often",
            ),
            ("0.0.0.0", 8080, false, on, None, Reach::Nobody, "nobody from outside: `ufw deny 8080`"),
            (
                "0.0.0.0",
                3306,
                false,
                on,
                None,
                Reach::Nobody,
                "nobody from outside: ufw's default is to deny",
            ),
            (
                "0.0.0.0",
                5432,
                false,
                on,
                None,
                Reach::Some,
                "open to 10.0.0.0/8: ufw names them, else ufw's default is to deny",
            ),
            (
                "0.0.0.0",
                9100,
                false,
                on,
                None,
                Reach::Some,
                "open to those who come by wg0: ufw names them, else ufw's default is to deny",
            ),
            (
                "10.0.0.5",
                53,
                false,
                on,
                None,
                Reach::Some,
                "open to the networks that lead to 10.0.0.5: `ufw allow to 10.0.0.5 port 53`",
            ),
            (
                "0.0.0.0",
                53,
                false,
                on,
                None,
                Reach::Some,
                "open to those whom `ufw allow to 10.0.0.5 port 53` means: ufw names them, else ufw's default is to deny",
            ),
            ("10.0.0.6", 53, false, on, None, Reach::Nobody, "nobody from outside: ufw's default is to deny"),
            (
                "0.0.0.0",
                7000,
                false,
                on,
                None,
                Reach::Nobody,
                "nobody from outside: ufw's default is to deny",
            ),
            (
                "*",
                7000,
                false,
                on,
                None,
                Reach::Some,
                "open to 2001:db8::/32: ufw names them, else ufw's default is to deny",
            ),
            (
                "*",
                7001,
                false,
                on,
                None,
                Reach::Anybody,
                "open to the internet over IPv6: `ufw allow from ::/0 to any port 7001`",
            ),
            // The trap.
            (
                "0.0.0.0",
                3306,
                true,
                on,
                Some(&docker(3306)),
                Reach::Anybody,
                "open to the internet: ufw denies it, Docker publishes it anyway",
            ),
            (
                "0.0.0.0",
                3306,
                true,
                on,
                None,
                Reach::Anybody,
                "open to the internet: ufw denies it, Docker publishes it anyway",
            ),
            (
                "10.0.0.5",
                3306,
                true,
                on,
                Some(&docker(3306)),
                Reach::Some,
                "open to the networks that lead to 10.0.0.5: ufw denies it, Docker publishes it anyway",
            ),
            (
                "0.0.0.0",
                5432,
                true,
                on,
                Some(&published),
                Reach::Anybody,
                "open to the internet: Docker publishes it",
            ),
            (
                "0.0.0.0",
                22,
                true,
                on,
                Some(&docker(22)),
                Reach::Anybody,
                "open to the internet: Docker publishes it",
            ),
            (
                "0.0.0.0",
                5432,
                true,
                on,
                Some(&user),
                Reach::Unknown,
                "perhaps: Docker publishes it, and DOCKER-USER has rules of its own",
            ),
            // Rootless: a program listens, and ufw is asked.
            (
                "0.0.0.0",
                3306,
                true,
                on,
                Some(&published),
                Reach::Nobody,
                "nobody from outside: ufw's default is to deny",
            ),
            (
                "0.0.0.0",
                3306,
                false,
                Guard::Off,
                None,
                Reach::Anybody,
                "open to the internet: no firewall is before it",
            ),
            (
                "0.0.0.0",
                3306,
                false,
                Guard::Ufw(&off),
                None,
                Reach::Anybody,
                "open to the internet: no firewall is before it",
            ),
            (
                "0.0.0.0",
                3306,
                false,
                Guard::Off,
                Some(&own),
                Reach::Unknown,
                "perhaps: ufw is off, but the kernel's rules keep some packets out",
            ),
            (
                "0.0.0.0",
                3306,
                false,
                Guard::Unknown,
                None,
                Reach::Unknown,
                "perhaps open to the internet: to ask ufw takes root",
            ),
            (
                "192.168.1.5",
                3306,
                false,
                Guard::Off,
                None,
                Reach::Some,
                "open to the networks that lead to 192.168.1.5: no firewall is before it",
            ),
        ] {
            assert_eq!(verdict(at, port, docker, guard, filter), (reach, why.to_owned()), "{at}:{port}");
        }
    }

    #[test]
    fn published_ports_without_a_socket_are_ports_as_well() {
        let published = [Published {
            transport: Transport::Tcp,
            bound: bound("0.0.0.0"),
            port: 80,
            container: "web".into(),
        }];
        let socket = Socket {
            transport: Transport::Tcp,
            bound: bound("::"),
            interface: None,
            port: 80,
            owners: Vec::new(),
        };
        let sockets = [socket];
        let all = ports(&sockets, &published);
        assert_eq!(all.len(), 2, "the socket of IPv6 is another");
        assert!(all[0].published.is_none() && all[1].socket.is_none());
        assert_eq!(open(&all[1], Guard::Off, Some(&docker(80))).reach, Reach::Anybody);
    }
}
