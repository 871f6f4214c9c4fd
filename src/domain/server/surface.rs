//! Everything that decides who can reach the ports of a server, as it was read in one go, and the judgement on it.
//!
//! It is also what changes of the firewall are weighed against: the same picture that a person looks at.

use std::collections::BTreeMap;

use super::exposure::{Guard, Open, Port, Published, Reach, open, ports};
use super::lockout::{Onward, Seen};
use super::packet_filter::PacketFilter;
use super::sockets::{Bound, Owner, Socket, Sockets, Transport};
use super::ufw::{Action, Change, Ports, Rule, Ufw};
use crate::domain::fault::{Fault, FaultKind};

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surface {
    pub sockets: Sockets,
    pub published: Vec<Published>,
    /// `Err` where we may not ask.
    pub ufw: Result<Option<Ufw>, Fault>,
    pub filter: Option<PacketFilter>,
    /// How it sees us; `None` where nobody came over the network, or it was not told.
    pub seen: Option<Seen>,
    /// The servers that we reach through it.
    pub onward: Vec<Onward>,
}

/// A port with the verdict on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedPort {
    pub transport: Transport,
    pub bound: Bound,
    pub port: u16,
    pub interface: Option<String>,
    pub owner: Option<Owner>,
    /// The container that it is published for, by its name; else the one that holds the socket, by its id.
    pub container: Option<String>,
    pub exposure: &'static str,
    pub open: Open,
    /// Connections to this port that stand now; `None` when nothing tells.
    pub connections: Option<u64>,
    /// It is the one by which we came.
    pub is_our_way: bool,
}

impl JudgedPort {
    /// `tcp 0.0.0.0:22`
    pub fn name(&self) -> String {
        let at = self.bound.text();
        let at = if at.contains(':') { format!("[{at}]") } else { at };
        let zone = self.interface.as_ref().map(|zone| format!("%{zone}")).unwrap_or_default();
        format!("{} {at}{zone}:{}", self.transport.word(), self.port)
    }

    /// `5432/tcp`
    pub fn short(&self) -> String {
        format!("{}/{}", self.port, self.transport.word())
    }

    /// Open to everybody, used by nobody now, and not our own way in.
    pub fn can_be_closed(&self) -> bool {
        self.open.reach == Reach::Anybody && self.connections == Some(0) && !self.is_our_way
    }

    /// The worst first.
    pub fn attention(&self) -> u8 {
        let against_ufw = self.open.allowed_by_firewall == Some(false);
        match self.open.reach {
            Reach::Anybody if against_ufw => 5,
            Reach::Anybody => 4,
            Reach::Unknown => 3,
            Reach::Some => 2,
            Reach::Nobody => 1,
            Reach::Local => 0,
        }
    }
}

impl Surface {
    /// What is known of the firewall alone.
    pub fn of_firewall(ufw: Option<Ufw>, seen: Option<Seen>, onward: Vec<Onward>) -> Self {
        Self { sockets: Sockets::default(), published: Vec::new(), ufw: Ok(ufw), filter: None, seen, onward }
    }

    /// All ports with the verdict on each.
    pub fn judged(&self) -> Vec<JudgedPort> {
        let guard = match &self.ufw {
            Ok(Some(ufw)) => Guard::Ufw(ufw),
            Ok(None) => Guard::Off,
            Err(_) => Guard::Unknown,
        };
        self.judged_by(guard)
    }

    fn judged_by(&self, guard: Guard<'_>) -> Vec<JudgedPort> {
        let judge = |port: &Port<'_>| {
            let owner = port.socket.and_then(Socket::owner).cloned();
            let inside = owner.as_ref().and_then(|owner| owner.container.clone());
            let bare = || Socket {
                transport: port.transport,
                bound: port.bound,
                interface: None,
                port: port.port,
                owners: Vec::new(),
            };
            let is_tcp = port.transport == Transport::Tcp;
            let connections = self.sockets.connections.as_ref().filter(|_| is_tcp);
            JudgedPort {
                transport: port.transport,
                bound: port.bound,
                port: port.port,
                interface: port.socket.and_then(|socket| socket.interface.clone()),
                container: port.published.map(|p| p.container.clone()).or(inside),
                exposure: port.socket.map_or_else(|| bare().exposure(), Socket::exposure).word(),
                owner,
                open: open(port, guard, self.filter.as_ref()),
                connections: connections.map(|all| all.get(&port.port).copied().unwrap_or(0)),
                is_our_way: is_tcp && self.seen.is_some_and(|seen| seen.port == port.port),
            }
        };
        ports(&self.sockets.all, &self.published).iter().map(judge).collect()
    }

    /// Why some of it is not known.
    pub fn doubt(&self) -> Option<&Fault> {
        self.ufw.as_ref().err().filter(|fault| fault.kind == FaultKind::Denied)
    }

    /// ufw, if it is there and may be asked.
    pub fn firewall(&self) -> Option<&Ufw> {
        self.ufw.as_ref().ok()?.as_ref()
    }

    /// What a change of ufw does to the ports: one sentence for each that is judged otherwise afterwards.
    pub fn difference(&self, change: &Change) -> Vec<String> {
        let Some(ufw) = self.firewall() else { return Vec::new() };
        let after = change.after(ufw);
        let (before, after) = (self.judged(), self.judged_by(Guard::Ufw(&after)));
        let mut told: BTreeMap<(u16, Transport), String> = BTreeMap::new();
        for (old, new) in before.iter().zip(&after) {
            if old.open.reach != new.open.reach || (old.open.why != new.open.why && !change.is_whole()) {
                let text =
                    format!("{}, now {}, will be: {}", new.short(), old.open.reach.word(), new.open.why);
                told.entry((new.port, new.transport)).or_insert(text);
            }
        }
        told.into_values().collect()
    }

    /// The change that closes a port: the rule that lets everybody in goes, else one comes that keeps them out.
    ///
    /// # Errors
    /// Why ufw cannot close it.
    pub fn closing(&self, port: &JudgedPort) -> Result<Change, String> {
        let ufw = match &self.ufw {
            Ok(Some(ufw)) => ufw,
            Ok(None) => {
                return Err(
                    "there is no ufw that could close it; stop what listens, or bind it to 127.0.0.1".into(),
                );
            }
            Err(fault) => return Err(format!("ufw cannot be asked: {}", fault.in_full())),
        };
        if matches!(port.open.reach, Reach::Local | Reach::Nobody) {
            return Err(format!("{} is closed: {}", port.short(), port.open.why));
        }
        if let Some(container) = port.container.as_ref().filter(|_| port.open.why.contains("Docker")) {
            return Err(format!(
                "Docker publishes it past ufw for {container}: publish it at 127.0.0.1, or add a rule to the chain DOCKER-USER"
            ));
        }
        if !ufw.active {
            return Err("ufw is off: enable it first".into());
        }
        let opens = |rule: &&Rule| {
            let alone = Ports::Some(vec![(port.port, port.port)]);
            let proto = rule.protocol.as_deref().is_none_or(|p| p == port.transport.word());
            rule.action.lets_in()
                && rule.from.is_any()
                && rule.to.ports == alone
                && proto
                && rule.enters.is_none()
        };
        if let Some(rule) = ufw.added.iter().find(opens) {
            return Ok(Change::Delete(rule.clone()));
        }
        let rule = Rule { action: Action::Deny, ..Rule::open(port.port, port.transport) };
        // Before everything that could let somebody in.
        Ok(Change::Add { rule, before: (!ufw.numbered.is_empty()).then_some(1) })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::domain::server::ufw::tests::active;

    /// A server with ufw: ssh for everybody, a database that is kept in, a page that nobody looks at.
    pub fn surface() -> Surface {
        let socket = |port: u16, at: &str| Socket {
            transport: Transport::Tcp,
            bound: Bound::At(at.parse().unwrap()),
            interface: None,
            port,
            owners: Vec::new(),
        };
        Surface {
            sockets: Sockets {
                all: vec![socket(22, "0.0.0.0"), socket(80, "0.0.0.0"), socket(5432, "127.0.0.1")],
                with_owners: true,
                connections: Some(BTreeMap::from([(22, 2)])),
            },
            published: Vec::new(),
            ufw: Ok(Some(active(&["allow 22/tcp", "allow 80,443/tcp"]))),
            filter: None,
            seen: Seen::parse("192.0.2.7 51234 10.0.0.5 22"),
            onward: Vec::new(),
        }
    }

    #[test]
    fn what_can_be_closed_and_how() {
        let surface = surface();
        let ports = surface.judged();
        let closable: Vec<String> =
            ports.iter().filter(|p| p.can_be_closed()).map(JudgedPort::short).collect();
        assert_eq!(closable, ["80/tcp"], "not our way in, and not what nobody reaches");
        let command = |i: usize| surface.closing(&ports[i]).map(|change| change.command());
        assert_eq!(command(0).as_deref(), Ok("ufw delete allow 22/tcp"));
        assert_eq!(command(1).as_deref(), Ok("ufw insert 1 deny 80/tcp"), "443 stays as it is");
        assert!(command(2).unwrap_err().contains("is closed"));
        let off = Surface { ufw: Ok(None), ..surface };
        assert!(off.closing(&ports[1]).unwrap_err().contains("no ufw"));
        let denied = Surface { ufw: Err(Fault::new(FaultKind::Denied, "root is needed")), ..off };
        let why = denied.closing(&ports[1]).unwrap_err();
        assert!(why.contains("root is needed") && !why.contains("no ufw"), "not seen is not absent: {why}");
    }

    #[test]
    fn a_change_says_what_becomes_of_the_ports() {
        let surface = surface();
        let change = Change::Delete("allow 80,443/tcp".parse().unwrap());
        assert_eq!(
            surface.difference(&change),
            ["80/tcp, now anybody, will be: nobody from outside: ufw's default is to deny"]
        );
        let off = surface.difference(&Change::Disable);
        assert!(off.is_empty(), "both were open before: {off:?}");
    }
}
