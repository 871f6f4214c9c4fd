//! What works on each server: the way there, the rights of its user, the programs that readings and actions use.

use futures_util::future::join_all;

use super::{Check, broken, note, ok};
use crate::backends::server::look;
use crate::cli::Session;
use crate::domain::guard::Guard;
use crate::domain::server::{Facts, Rights, Server};
use crate::runtime::{connections, servers};

/// Programs with what is missing without them, and the package that brings them on Debian.
const TOOLS: [(&str, &str, &str); 5] = [
    ("systemctl", "no units and timers", "this server is run by another init"),
    ("ss", "listening ports are read from /proc, without their programs", "apt-get install iproute2"),
    ("ufw", "no firewall rules of ufw", "apt-get install ufw"),
    ("fail2ban-client", "no bans", "apt-get install fail2ban"),
    (
        "apt-get",
        "no updates: only Debian and its kin are asked",
        "look with the system's own package manager",
    ),
];
/// A clock that is off by more spoils the order of logs, seconds.
const CLOCK: f64 = 1.0;

/// Examines all servers at the same time.
pub(super) async fn examine(session: &Session) -> Vec<Check> {
    let profile = &session.profile;
    let hub = session.hub();
    let looks = profile.servers.iter().map(async |(id, endpoint)| {
        let shell = connections::shell(&hub, endpoint);
        let answer = look(&*shell, servers::elevate(endpoint, profile.read_only), false).await;
        let mut checks = match answer {
            Ok(server) => found(&id.to_string(), &endpoint.address(), &server),
            Err(fault) => vec![broken(&id.to_string(), "reach", &fault)],
        };
        if profile.guard(id) == Guard::ReadOnly {
            checks.push(note(id.to_string(), "guard", "read-only: every action is refused".into(), None));
        }
        checks
    });
    join_all(looks).await.into_iter().flatten().collect()
}

fn found(target: &str, address: &str, server: &Server) -> Vec<Check> {
    let facts = &server.facts;
    let ms = server.latency_ms.unwrap_or_default();
    let mut checks = vec![
        ok(target, "reach", format!("{address} as {}, a reading in {ms:.0} ms", facts.user)),
        ok(target, "system", format!("{}, {} {}", facts.os, facts.kernel, facts.machine)),
    ];
    checks.extend(rights(target, facts));
    for (tool, lacks, hint) in TOOLS {
        if !facts.tools.iter().any(|there| there == tool) {
            checks.push(note(target, "tools", format!("no {tool}: {lacks}"), Some(hint.to_owned())));
        }
    }
    if server.vitals.as_ref().is_some_and(|v| v.stall.worst().is_none()) {
        let message = "the kernel tells no pressure (PSI): no cause of slowness".to_owned();
        checks.push(note(target, "pressure", message, Some("boot it with psi=1".to_owned())));
    }
    if let Some(ahead) = facts.clock_ahead_s.filter(|ahead| ahead.abs() > CLOCK) {
        let message = format!("{ahead:+.1} s against this machine: logs of both do not fall into order");
        checks.push(note(target, "clock", message, Some("timedatectl set-ntp true".to_owned())));
    }
    checks
}

/// Without root much can be read, but not all.
fn rights(target: &str, facts: &Facts) -> Option<Check> {
    let lacks = "bans, firewall rules, other users' ports and journals are not read, and nothing is changed";
    Some(match facts.rights {
        Rights::Root => ok(target, "rights", "root".to_owned()),
        Rights::Sudo => ok(target, "rights", "sudo without a password".to_owned()),
        Rights::Unknown => {
            note(target, "rights", "sudo is not tried (read-only, or sudo = \"never\")".into(), None)
        }
        Rights::Asks => {
            let hint = "a drop-in in /etc/sudoers.d for what pult may do, checked by visudo -c";
            note(target, "rights", format!("sudo wants a password: {lacks}"), Some(hint.to_owned()))
        }
        Rights::None => {
            let hint = "log in as somebody with sudo, or as root";
            note(target, "rights", format!("no sudo for {}: {lacks}", facts.user), Some(hint.to_owned()))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use std::sync::Arc;

    #[test]
    fn what_is_missing_is_said_with_what_helps() {
        let facts = Facts {
            user: "guest".into(),
            rights: Rights::None,
            tools: vec!["ss".into(), "systemctl".into()],
            clock_ahead_s: Some(-90.0),
            ..Facts::default()
        };
        let server = Server { facts: Arc::new(facts), latency_ms: Some(2.4), ..Server::default() };
        let checks = found("server:web1", "ssh://guest@web1", &server);
        let notes: Vec<_> = checks.iter().filter(|c| c.verdict == Verdict::Note).collect();
        let said: Vec<_> = notes.iter().map(|c| format!("{} {}", c.check, c.message)).collect();
        assert_eq!(said.len(), 5, "{said:#?}");
        assert!(said[0].starts_with("rights no sudo for guest") && said[4].starts_with("clock -90.0 s"));
        assert!(notes.iter().all(|c| c.hint.is_some()));
    }
}
