//! Who can reach a port, and why: where it listens, what ufw says, and what Docker does behind ufw's back.
//!
//! Docker leads packets for published ports on to containers before the rules for incoming packets are asked. So
//! ufw may deny a port and the world reaches it all the same; this is where that is seen.

mod ufw_says;

use super::packet_filter::PacketFilter;
use super::sockets::{Bound, Exposure, Socket, Transport};
use super::ufw::Ufw;
use ufw_says::ufw_says;

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

#[cfg(test)]
mod tests;
