//! One open server with its ports, its firewall and its bans as they are on a web server.

use std::collections::BTreeMap;
use std::sync::Arc;

use pult::domain::query::{Answer, Query};
use pult::domain::server::exposure::Published;
use pult::domain::server::jails::{Attacker, Ban, Jail, JailName, JailReport, Jails};
use pult::domain::server::lockout::Seen;
use pult::domain::server::packet_filter::{FilterRule, PacketFilter};
use pult::domain::server::sockets::{Bound, Owner, Socket, Sockets, Transport};
use pult::domain::server::surface::Surface;
use pult::domain::server::ufw::{Numbered, Preview, Rule, Ufw};
use pult::domain::server::{ServerAnswer, ServerAsk, ServerQuery};

use super::Drive;

pub fn is_surface(query: &Query) -> bool {
    matches!(query, Query::Server(ServerQuery { what: ServerAsk::Surface, .. }))
}

pub fn is_jails(query: &Query) -> bool {
    matches!(query, Query::Server(ServerQuery { what: ServerAsk::Jails, .. }))
}

pub fn is_rehearsal(query: &Query) -> bool {
    matches!(query, Query::Server(ServerQuery { what: ServerAsk::Rehearsal(_), .. }))
}

pub fn is_attacker(query: &Query) -> bool {
    matches!(query, Query::Server(ServerQuery { what: ServerAsk::Attacker(_), .. }))
}

pub fn socket(port: u16, at: &str, name: &str, unit: &str) -> Socket {
    let owner =
        Owner { pid: 800 + u32::from(port), name: name.into(), unit: Some(unit.into()), container: None };
    Socket {
        transport: Transport::Tcp,
        bound: Bound::At(at.parse().unwrap()),
        interface: None,
        port,
        owners: vec![owner],
    }
}

pub fn ufw(rules: &[&str]) -> Ufw {
    let added: Vec<Rule> = rules.iter().map(|text| text.parse().unwrap()).collect();
    let rows = [false, true]
        .into_iter()
        .flat_map(|ipv6| added.iter().filter(move |r| r.concerns(ipv6)).map(move |r| (ipv6, r.clone())));
    let rows = rows.enumerate().map(|(i, (ipv6, rule))| Numbered { number: i + 1, ipv6, rule });
    Ufw { active: true, ipv6: true, numbered: rows.collect(), added: added.clone(), ..Ufw::default() }
}

/// We come by port 22 from 192.0.2.7.
pub fn surface() -> Surface {
    Surface {
        sockets: Sockets {
            all: vec![
                socket(22, "0.0.0.0", "sshd", "ssh.service"),
                socket(80, "0.0.0.0", "nginx", "nginx.service"),
                socket(3000, "0.0.0.0", "docker-proxy", "docker.service"),
                socket(5432, "127.0.0.1", "postgres", "postgresql.service"),
                socket(9100, "0.0.0.0", "node_exporter", "node-exporter.service"),
            ],
            with_owners: true,
            connections: Some(BTreeMap::from([(22, 2), (3000, 4), (5432, 17)])),
        },
        published: vec![Published {
            transport: Transport::Tcp,
            bound: Bound::At("0.0.0.0".parse().unwrap()),
            port: 3000,
            container: "crm-api".into(),
        }],
        ufw: Ok(Some(ufw(&["allow 22/tcp comment ssh", "allow 80,443/tcp", "deny from 203.0.113.0/24"]))),
        filter: None,
        seen: Seen::parse("192.0.2.7 51234 10.0.0.5 22"),
        onward: Vec::new(),
    }
}

/// A server that listens on this many ports.
pub fn surface_of(ports: u16) -> Surface {
    let mut surface = surface();
    surface.sockets.all = (1..=ports).map(|port| socket(port, "0.0.0.0", "many", "many.service")).collect();
    surface
}

/// No ufw; iptables alone.
pub fn kernel() -> Surface {
    let rule = |chain: &str, text: &str, packets| FilterRule {
        table: "ip filter".into(),
        chain: chain.into(),
        text: text.into(),
        packets: Some(packets),
        bytes: None,
    };
    let rules =
        vec![rule("INPUT", "-i lo -j ACCEPT", 12), rule("INPUT", "-p tcp --dport 22 -j ACCEPT", 4711)];
    Surface {
        ufw: Ok(None),
        filter: Some(PacketFilter { tool: "iptables", rules, ..PacketFilter::default() }),
        ..surface()
    }
}

pub fn answer(surface: Surface) -> Answer {
    Answer::Server(ServerAnswer::Surface(Arc::new(surface)))
}

pub fn jails(drive: &Drive, bans: usize) -> Answer {
    let ban = |i: usize| Ban {
        who: format!("203.0.{}.{}", 113 + i / 250, i % 250 + 1),
        since: Some(drive.now - jiff::SignedDuration::from_secs(60 * (i as i64 + 1))),
        until: Some(drive.now + jiff::SignedDuration::from_secs(540)),
    };
    let jail = |name: &str, bans: usize| Jail {
        name: JailName::new(name).unwrap(),
        failed_now: Some(3),
        failed_total: Some(812),
        banned_now: Some(bans as u64),
        banned_total: Some(97),
        banned: (0..bans).map(ban).collect(),
    };
    let jails = Jails::Running(vec![jail("sshd", bans), jail("recidive", 0)]);
    let seen = Seen::parse("192.0.2.7 51234 10.0.0.5 22");
    Answer::Server(ServerAnswer::Jails(Arc::new(JailReport { jails, seen })))
}

pub fn attacker() -> Answer {
    let line = "2026-11-21 08:59:09 NOTICE [sshd] Ban 203.0.113.1";
    Answer::Server(ServerAnswer::Attacker(Attacker {
        jails: vec![JailName::new("sshd").unwrap()],
        found: 15,
        banned: 3,
        lines: vec![line.into()],
    }))
}

pub fn rehearsal() -> Answer {
    Answer::Server(ServerAnswer::Rehearsal(Preview {
        comes: vec!["-A ufw-user-input -p tcp --dport 22 -j DROP".into()],
        goes: vec!["-A ufw-user-input -p tcp --dport 22 -j ACCEPT".into()],
        said: vec!["Rules updated".into()],
    }))
}

pub fn at_ports(drive: &mut Drive) {
    drive.key("P").answer(is_surface, answer(surface())).pass(0.1);
}

pub fn at_firewall(drive: &mut Drive) {
    drive.key("f").answer(is_surface, answer(surface())).pass(0.1);
}

pub fn at_bans(drive: &mut Drive) {
    drive.key("b");
    let all = jails(drive, 3);
    drive.answer(is_jails, all).pass(0.5);
}

/// fail2ban is not there.
pub fn absent() -> Answer {
    Answer::Server(ServerAnswer::Jails(Arc::new(JailReport { jails: Jails::Absent, seen: None })))
}
