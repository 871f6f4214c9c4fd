//! fail2ban on a server: its jails, whom they keep out since when and until when, bans and pardons.

mod attacker;
mod bans;
mod repr;
mod status;

use std::time::Duration;

use super::frame::sections;
use super::host::Host;
use super::job::Job;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::jails::{Attacker, Ban, Jail, JailName, Jails};
use crate::domain::server::network::Network;
use crate::gate::Authorized;

/// Its client is a program in Python, once for every question: a jail takes half a second.
const READING: Duration = Duration::from_secs(60);

/// Jails are asked by the names that fail2ban itself lists. What it prints is moved in by a blank, so that nobody
/// it bans can head anything.
const READ: &str = "s() { printf '\\n==> %s <==\\n' \"$1\"; }; set -f
command -v fail2ban-client >/dev/null || { s absent; exit 0; }
o=$(fail2ban-client status 2>&1) || case $(id -u) in
0) s absent; exit 0;;
*) echo \"$o\" >&2; exit 1;; esac
s zone; date +%z; s jails; printf '%s\\n' \"$o\"
for j in $(printf '%s\\n' \"$o\" | sed -n 's/.*Jail list:[[:space:]]*//p' | tr -d ,); do case $j in -*) continue;; esac
s \"status $j\"; fail2ban-client status \"$j\" 2>/dev/null | sed 's/^/ /'
s \"bans $j\"; fail2ban-client get \"$j\" banip --with-time 2>/dev/null | sed 's/^/ /'; done; exit 0";

const BAN: &str = "exec fail2ban-client set \"$1\" banip \"$2\"";
const PARDON: &str = "exec fail2ban-client set \"$1\" unbanip \"$2\"";
const PARDON_EVERYWHERE: &str = "exec fail2ban-client unban \"$1\"";

/// All jails with whom they keep out.
///
/// # Errors
/// `Denied` without root; the server cannot be reached.
pub async fn read(server: &dyn Host) -> Result<Jails, Fault> {
    let job = Job::new("fail2ban-client status", READ).as_root().within(READING);
    Ok(parse(&job.on(server).await?.or_fault("fail2ban-client status")?.stdout))
}

fn parse(text: &str) -> Jails {
    let mut jails: Vec<Jail> = Vec::new();
    let mut zone = "";
    for (name, body) in sections(text) {
        let of = |word: &str| name.strip_prefix(word).and_then(JailName::new);
        if name == "absent" {
            return Jails::Absent;
        } else if name == "zone" {
            zone = body.trim();
        } else if let Some(name) = of("status ") {
            jails.push(status::parse(name, body));
        } else if let (Some(_), Some(jail)) = (of("bans "), jails.last_mut()) {
            // Old ones do not tell the time; then the status names them.
            let told: Vec<Ban> = bans::parse(body, zone);
            if !told.is_empty() {
                jail.banned = told;
            }
        }
    }
    Jails::Running(jails)
}

/// Keeps an address or a network out.
pub fn ban(jail: &JailName, who: Network) -> Job {
    Job::new("banning", BAN).as_root().operands([jail.as_str().to_owned(), who.to_string()])
}

/// Lets it in again.
pub fn pardon(jail: &JailName, who: Network) -> Job {
    Job::new("unbanning", PARDON).as_root().operands([jail.as_str().to_owned(), who.to_string()])
}

/// Lets it in again wherever it is kept out.
pub fn pardon_everywhere(who: Network) -> Job {
    Job::new("unbanning", PARDON_EVERYWHERE).as_root().operands([who.to_string()])
}

/// How many were banned or pardoned by a job of these: 0 when it was so already.
///
/// # Errors
/// What fail2ban says against it.
pub async fn change(server: &dyn Host, job: &Job, _permit: &Authorized) -> Result<u64, Fault> {
    let answer = job.on(server).await?.or_fault("fail2ban-client")?;
    answer.stdout.trim().parse().map_err(|_| {
        Fault::new(
            FaultKind::Protocol,
            format!("fail2ban-client answers in unknown words: {}", answer.complaint()),
        )
    })
}

/// What is known of an address: the jails that keep it out, and what the log says of it.
///
/// # Errors
/// `Denied` without root; the server cannot be reached.
pub async fn attacker(server: &dyn Host, who: Network) -> Result<Attacker, Fault> {
    let job = Job::new("fail2ban-client banned", attacker::SCRIPT).as_root().operands([who.to_string()]);
    Ok(attacker::parse(&job.on(server).await?.or_fault("fail2ban-client banned")?.stdout))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jails_with_and_without_times() {
        let text = "\n==> zone <==\n+0100\n\n==> jails <==\nStatus\n|- Number of jail:\t2\n`- Jail list:\told, sshd\n\
            \n==> status old <==\n Status for the jail: old\n |- filter\n |  |- Currently failed:\t1\n |  `- Total failed:\t9\n `- action\n    |- Currently banned:\t1\n    |  `- IP list:\t192.0.2.1 \n    `- Total banned:\t2\n\n==> bans old <==\n\
            \n==> status sshd <==\n    |- Currently banned:\t1\n    |- Total banned:\t3\n    `- Banned IP list:\t203.0.113.7\n\n==> bans sshd <==\n 203.0.113.7 \t2026-11-21 03:43:09 + 600 = 2026-11-21 03:53:09\n";
        let Jails::Running(jails) = parse(text) else { panic!("absent") };
        assert_eq!(
            (jails[0].failed_total, jails[0].banned_total, jails[0].banned[0].who.as_str()),
            (Some(9), Some(2), "192.0.2.1")
        );
        assert_eq!(jails[0].banned[0].since, None);
        assert_eq!(jails[1].banned[0].until.unwrap().to_string(), "2026-11-21T02:53:09Z");
        assert_eq!(parse("==> absent <==\n"), Jails::Absent);
    }
}
