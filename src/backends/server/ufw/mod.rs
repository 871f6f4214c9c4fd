//! ufw on a server: how it stands, what a change would do, and the change itself.

mod preview;
mod profiles;
mod status;

use super::frame::sections;
use super::host::Host;
use super::job::{Answer, Job};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::ufw::{Change, Preview, Rule, Ufw};
use crate::gate::Authorized;

/// ufw is a program in Python and takes its time: three runs of it on a slow machine.
const READ: &str = "s() { printf '\\n==> %s <==\\n' \"$1\"; }
command -v ufw >/dev/null || { s absent; exit 0; }
v=$(ufw status verbose) || { r=$?; printf '%s\\n' \"$v\" >&2; exit $r; }
s verbose; printf '%s\\n' \"$v\"; s numbered; ufw status numbered; s added; ufw show added
s defaults; cat /etc/default/ufw; s profiles; cat /etc/ufw/applications.d/* 2>/dev/null; exit 0";

/// Only enabling asks something, and only there ufw takes the word that keeps it from asking.
const CHANGE: &str = "case $1 in enable) exec ufw --force \"$@\";; *) exec ufw \"$@\" </dev/null;; esac";

/// How ufw stands; `None` where it is not installed.
///
/// # Errors
/// `Denied` without root; the server cannot be reached.
pub async fn read(server: &dyn Host) -> Result<Option<Ufw>, Fault> {
    let answer = Job::new("ufw status", READ).as_root().on(server).await?.or_fault("ufw status")?;
    parse(&answer.stdout)
}

/// Reads what the script prints.
fn parse(text: &str) -> Result<Option<Ufw>, Fault> {
    let mut ufw = Ufw::default();
    let mut told = false;
    for (name, body) in sections(text) {
        match name {
            "absent" => return Ok(None),
            "verbose" => told = status::verbose(body, &mut ufw),
            "numbered" => ufw.numbered = status::numbered(body),
            "added" => ufw.added = added(body),
            "defaults" => status::defaults(body, &mut ufw),
            "profiles" => ufw.profiles = profiles::parse(body),
            _ => {}
        }
    }
    match told {
        true => Ok(Some(ufw)),
        false => Err(Fault::new(FaultKind::Protocol, "ufw says in unknown words how it stands")
            .hint("`ufw status verbose` as root tells; please report what it prints")),
    }
}

/// `ufw show added`: one command a line.
fn added(text: &str) -> Vec<Rule> {
    text.lines().filter(|line| line.starts_with("ufw ")).filter_map(|line| line.parse().ok()).collect()
}

/// The job that makes a change; ufw asks nothing.
pub fn job(change: &Change) -> Job {
    Job::new("ufw", CHANGE).as_root().operands(change.words())
}

/// Makes a change and gives what ufw says of it. Whoever can be kept out by it wants [`super::dead_man`].
///
/// # Errors
/// What ufw says against it.
pub async fn change(server: &dyn Host, change: &Change, _permit: &Authorized) -> Result<String, Fault> {
    let answer = job(change).on(server).await?;
    let answer = refused(answer, change)?;
    Ok(crate::domain::sanitize::block(answer.stdout.trim(), 200))
}

/// ufw tells of a rule that is not there with success.
fn refused(answer: Answer, change: &Change) -> Result<Answer, Fault> {
    let answer = answer.or_fault(&change.command())?;
    match answer.stdout.lines().find(|line| line.starts_with("Could not delete")) {
        Some(_) => {
            Err(Fault::new(FaultKind::Gone, format!("{}: there is no such rule any more", change.command())))
        }
        None => Ok(answer),
    }
}

/// What a change would do, as ufw itself reckons it: nothing happens.
///
/// # Errors
/// What ufw says against it; enabling and disabling it has no preview.
pub async fn preview(server: &dyn Host, change: &Change) -> Result<Preview, Fault> {
    if !change.has_preview() {
        return Ok(Preview {
            said: vec![format!("{} has no preview", change.command())],
            ..Preview::default()
        });
    }
    let job = Job::new("ufw --dry-run", preview::SCRIPT).as_root().operands(change.words());
    let answer = refused(job.on(server).await?, change)?;
    Ok(preview::parse(&answer.stdout))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_strange() {
        assert_eq!(parse("\n==> absent <==\n"), Ok(None));
        assert_eq!(parse("==> verbose <==\nZustand: Aktiv\n").unwrap_err().kind, FaultKind::Protocol);
        let ufw = parse(
            "==> verbose <==\nStatus: inactive\n==> added <==\nAdded user rules (see 'ufw status' for running firewall):\nufw allow 22/tcp\n==> defaults <==\nIPV6=no\nDEFAULT_INPUT_POLICY=\"REJECT\"\n",
        );
        let ufw = ufw.unwrap().unwrap();
        assert!(!ufw.active && !ufw.ipv6 && ufw.added.len() == 1);
        assert_eq!(ufw.defaults.incoming.word(), "reject");
    }
}
