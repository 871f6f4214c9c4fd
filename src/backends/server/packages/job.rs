//! An upgrade as a job of the server itself: it goes on when the connection is cut, and there are never two.
//!
//! Under systemd it is a unit of its own, elsewhere a session of its own. What it prints and how it ended lies in
//! `/run/pult-update`, its lock is held while it runs, and a boot takes all of it away.

use std::time::Duration;

use crate::backends::argv::Argv;
use crate::backends::server::frame::sections;
use crate::backends::server::host::{Host, Run, Who};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::server::packages::UpgradeJob;

/// To start it, and for one look at it.
const DEADLINE: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(2);
/// Looks in a row that may fail: the server may be out of reach for a while, or restart its own network.
const FAILURES: u32 = 150;
/// The same, where it is not even known whether the job began.
const DOUBTS: u32 = 15;

/// `$1` names the unit, what follows is what apt-get is told. Questions are answered by keeping what is there.
const START: &str = "command -v apt-get >/dev/null || exit 92
d=/run/pult-update; mkdir -p $d && touch $d/lock || exit 1
flock -n $d/lock true || exit 91
j='d=/run/pult-update; exec 9>>$d/lock; flock -w 2 9 || exit 91; rm -f $d/code; echo \"$0\" >$d/begun; exec >$d/log 2>&1 </dev/null
DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8; export DEBIAN_FRONTEND APT_LISTCHANGES_FRONTEND NEEDRESTART_SUSPEND LC_ALL
apt-get -y -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \"$@\" 9>&-
echo $? >$d/code.new; mv $d/code.new $d/code'
u=$1; shift; rm -f $d/code $d/begun
if test -d /run/systemd/system && command -v systemd-run >/dev/null
then systemd-run --quiet --collect --unit=\"pult-update-$u\" /bin/sh -c \"$j\" \"$u\" \"$@\" || exit
else setsid /bin/sh -c \"$j\" \"$u\" \"$@\" </dev/null >/dev/null 2>&1 & fi
i=0; while ! test -e $d/begun && test $i -lt 20; do sleep 1; i=$((i + 1)); done; test -e $d/begun";

const STATE: &str = "d=/run/pult-update; test -e $d/log || exit 90
echo '==> job <=='; flock -n -s $d/lock true || echo running; cat $d/code 2>/dev/null; echo '==> begun <=='; cat $d/begun 2>/dev/null; echo '==> log <=='; tail -n 60 $d/log; exit 0";

/// Starts an upgrade: of everything, or of one package.
///
/// # Errors
/// `Conflict` while one runs, `Unsupported` without apt, and what reaching the server fails with.
pub async fn start(host: &dyn Host, who: Who, unit: &str, package: Option<&str>) -> Result<(), Fault> {
    let argv = Argv::script(START).operand(unit);
    let argv = match package {
        None => argv.operand("upgrade").name("--with-new-pkgs"),
        Some(package) => argv.operand("install").name("--only-upgrade").operand(package),
    };
    let output = host.run(Run::new(argv).by(who).within(DEADLINE)).await?;
    match output.code {
        Some(0) => Ok(()),
        Some(91) => Err(Fault::new(FaultKind::Conflict, "an upgrade runs there already")
            .hint("the updates view shows what it does; there are never two at once")),
        Some(92) => Err(no_apt()),
        _ => Err(Fault::new(
            FaultKind::Failed,
            format!("the upgrade could not be started: {}", output.complaint()),
        )),
    }
}

/// Whether a job of this name began there although nobody heard of it: the connection may be cut while it starts.
///
/// # Errors
/// What reaching the server fails with: then nobody knows.
pub async fn has_begun(host: &dyn Host, unit: &str) -> Result<bool, Fault> {
    let mut failures = 0;
    loop {
        tokio::time::sleep(LOOK).await;
        match state(host).await {
            Ok(text) => return Ok(text.is_some_and(|text| part(&text, "begun").trim() == unit)),
            Err(fault) if failures >= DOUBTS => {
                return Err(fault.hint("whether the upgrade began there is not known: see the updates view"));
            }
            Err(_) => failures += 1,
        }
    }
}

/// Why nothing is changed by other managers.
pub fn no_apt() -> Fault {
    Fault::new(FaultKind::Unsupported, "there is no apt there")
        .hint("packages of other managers are only listed")
}

/// Waits for its end, across lost connections.
///
/// # Errors
/// `Failed` with its last line when it failed; `Unreachable` when the server stays away: then the job goes on and
/// nobody knows how it ends.
pub async fn follow(host: &dyn Host) -> Result<(), Fault> {
    let mut failures = 0;
    loop {
        tokio::time::sleep(LOOK).await;
        match job(host).await {
            Ok(None) => return Err(cut_off()),
            Ok(Some(UpgradeJob { running: true, .. })) => failures = 0,
            Ok(Some(job)) => return ended(&job),
            Err(fault) if failures >= FAILURES => return Err(fault),
            Err(_) => failures += 1,
        }
    }
}

/// The upgrade that runs, or that ran last since the boot.
///
/// # Errors
/// What reaching the server fails with.
pub async fn job(host: &dyn Host) -> Result<Option<UpgradeJob>, Fault> {
    Ok(state(host).await?.as_deref().map(parse))
}

async fn state(host: &dyn Host) -> Result<Option<String>, Fault> {
    let output = host.run(Run::new(Argv::script(STATE)).within(DEADLINE)).await?;
    Ok((output.code != Some(90)).then(|| output.text()))
}

fn part<'t>(text: &'t str, name: &str) -> &'t str {
    sections(text).find(|(section, _)| *section == name).map_or("", |(_, text)| text)
}

fn parse(text: &str) -> UpgradeJob {
    let lines = part(text, "log").lines().filter(|line| !line.trim().is_empty());
    UpgradeJob {
        running: part(text, "job").lines().any(|line| line == "running"),
        code: part(text, "job").lines().find_map(|line| line.parse().ok()),
        log: lines.map(|line| sanitize::line(line, 400).into_owned()).collect(),
    }
}

fn ended(job: &UpgradeJob) -> Result<(), Fault> {
    match job.code {
        Some(0) => Ok(()),
        Some(code) => {
            let last = job.log.last().map_or("", String::as_str);
            Err(Fault::new(FaultKind::Failed, format!("apt-get ended with code {code}: {last}"))
                .hint("all it said: /run/pult-update/log"))
        }
        None => Err(cut_off()),
    }
}

fn cut_off() -> Fault {
    Fault::new(FaultKind::Failed, "the upgrade was cut off on the server")
        .hint("what dpkg has left unfinished: `dpkg --configure -a` as root")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn how_a_job_ended() {
        assert!(parse("==> job <==\nrunning\n==> log <==\nSetting up x\n").running);
        assert!(ended(&parse("==> job <==\n0\n==> log <==\nx\n")).is_ok());
        let failed = parse("==> job <==\n100\n==> log <==\n\nE: Unable to locate package\x1b[31m nope\n");
        assert_eq!(
            ended(&failed).unwrap_err().message,
            "apt-get ended with code 100: E: Unable to locate package nope"
        );
        assert!(ended(&parse("==> job <==\n==> log <==\n")).unwrap_err().message.contains("cut off"));
    }

    proptest! {
        #[test]
        fn no_log_makes_it_panic(text in "(==> (job|log) <==|\n|running|[0-9]{1,12}|\\PC){0,40}") {
            prop_assert!(parse(&text).log.iter().all(|line| !line.contains('\x1b')));
        }
    }
}
