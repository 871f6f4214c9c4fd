//! Carries out what the gate has authorized on a server. The only place of this backend that changes anything.

use std::time::Duration;

use super::dead_man::Stage;
use super::host::{Host, Output, Run, Who};
use super::packages::change;
use super::perform_guard;
use super::power::power;
use super::write::write;
use crate::backends::argv::Argv;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::mutation::Mutation;
use crate::domain::server::files::shown;
use crate::domain::server::{
    FileAction, FileId, FilePath, ProcessId, Ran, RunCommand, ServerAction, ServerMutation, UnitVerb,
};
use crate::gate::Authorized;

/// A unit has 90 seconds to start or to stop unless it says otherwise.
const DEADLINE: Duration = Duration::from_secs(150);

/// Leaves with 90 when the process is another one by now; else does what `$3` says with what follows.
const BOUND: &str = "r=$(cat \"/proc/$1/stat\" 2>/dev/null) || exit 90
start() { shift 19; echo \"$1\"; }
set -f; test \"$(start ${r##*) })\" = \"$2\" || exit 90
case $3 in
signal) kill -s \"$4\" \"$1\";;
renice) exec renice \"$(($4 - 20))\" -p \"$1\";;
esac";

/// Leaves with 91 when the name stands for another file by now, with 92 when another has the new name; else does
/// what `$3` says. A link itself is meant, not where it leads to.
const FILE: &str = "i=$(stat -c %d:%i -- \"$1\" 2>/dev/null) && test \"$i\" = \"$2\" || exit 91
case $3 in
remove) exec rm -f -- \"$1\";;
tree) exec rm -rf --one-file-system -- \"$1\";;
rename) if test -e \"$4\" || test -L \"$4\"; then exit 92; fi; exec mv -nT -- \"$1\" \"$4\";;
mode) exec chmod -- \"$4\" \"$1\";;
owner) exec chown -h -- \"$4\" \"$1\";;
esac";

/// Does it; what happened in a few words.
///
/// # Errors
/// Why it was not done. Of kind `Timeout` or `Unreachable` it says that the outcome is unknown.
pub async fn perform(host: &dyn Host, authorized: Authorized) -> Result<String, Fault> {
    perform_telling(host, authorized, &|_| {}).await
}

/// The same, and tells on the way how far a change is that undoes itself.
///
/// # Errors
/// As [`perform`].
pub async fn perform_telling(
    host: &dyn Host,
    authorized: Authorized,
    on_stage: &(dyn Fn(Stage) + Sync),
) -> Result<String, Fault> {
    let Mutation::Server(mutation) = authorized.mutation() else {
        let why = format!("{}: this is nothing of a server", authorized.mutation().summary());
        return Err(Fault::new(FaultKind::Bug, why));
    };
    let who = if mutation.sudo { Who::Root } else { Who::Account };
    let (argv, done) = match &mutation.action {
        ServerAction::Signal { process, signal } => {
            (bound(process, "signal", signal), format!("sent SIG{signal}"))
        }
        // A number below zero would be taken for an option.
        ServerAction::Renice { process, nice } => {
            (bound(process, "renice", &(nice + 20).to_string()), format!("niceness {nice}"))
        }
        ServerAction::Unit { unit, verb } => {
            (Argv::new("systemctl").arg(verb.word()).name(unit), verb.past().to_owned())
        }
        ServerAction::Firewall(change) => {
            return perform_guard::firewall(host, change, &authorized, on_stage).await;
        }
        ServerAction::Ban(ban) => return perform_guard::ban(host, ban, &authorized).await,
        ServerAction::Folder { path } => (Argv::new("mkdir").operand(path.as_str()), "made".to_owned()),
        ServerAction::File { path, id, action } => file(path, *id, action),
        ServerAction::Write(what) => return write(host, who, what, &authorized).await,
        ServerAction::Run(_) => {
            let ran = run_command(host, authorized).await?;
            return if ran.is_success() {
                Ok(ran.end())
            } else {
                Err(Fault::new(FaultKind::Failed, ran.end()))
            };
        }
        ServerAction::Packages(what) => return change(host, who, what).await,
        ServerAction::Power(what) => return power(host, who, *what).await,
    };
    let output = host.run(Run::new(argv).by(who).within(DEADLINE)).await?;
    if output.is_success() { Ok(done) } else { Err(explain(mutation, &output)) }
}

fn file(path: &FilePath, id: FileId, action: &FileAction) -> (Argv, String) {
    let argv = Argv::script(FILE).operand(path.as_str()).operand(&id.to_string());
    match action {
        FileAction::Remove => (argv.operand("remove"), "removed".to_owned()),
        FileAction::RemoveFolder => (argv.operand("tree"), "removed".to_owned()),
        FileAction::Rename { to } => {
            let done = format!("renamed to {}", shown(to.name().as_bytes()));
            (argv.operand("rename").operand(to.as_str()), done)
        }
        FileAction::Mode(mode) => (argv.operand("mode").name(mode), format!("permissions {mode}")),
        FileAction::Owner(owner) => (argv.operand("owner").operand(owner), format!("belongs to {owner}")),
    }
}

/// Runs a command that was authorized, by the account's login shell.
///
/// # Errors
/// It could not be run or did not end in time. One that fails is no error: see [`Ran::code`].
pub async fn run_command(host: &dyn Host, authorized: Authorized) -> Result<Ran, Fault> {
    let doing = authorized.mutation().summary();
    let Mutation::Server(ServerMutation { sudo, action: ServerAction::Run(run), .. }) = authorized.mutation()
    else {
        return Err(Fault::new(FaultKind::Bug, format!("{doing}: this is no command to run")));
    };
    let who = if *sudo { Who::Root } else { Who::Account };
    let deadline = Duration::from_secs(run.timeout_s.into());
    let output = host.run(Run::new(command(run)).by(who).within(deadline)).await?;
    Ok(Ran::new(output.code, &output.stdout, &output.stderr))
}

/// The person's own words go to the shell that they are written for, as one argument.
fn command(run: &RunCommand) -> Argv {
    Argv::script("exec \"${SHELL:-/bin/sh}\" -c \"$1\"").name(&run.command)
}

/// Done to the process that has this number and this start, or to none.
fn bound(process: &ProcessId, what: &str, value: &str) -> Argv {
    let argv = Argv::script(BOUND).operand(&process.pid.to_string()).operand(&process.start.to_string());
    argv.operand(what).operand(value)
}

fn explain(mutation: &ServerMutation, output: &Output) -> Fault {
    let said = output.complaint();
    let doing = mutation.summary();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if output.code == Some(90) && !matches!(mutation.action, ServerAction::Unit { .. }) {
        let why = format!("{doing}: this process has ended");
        return Fault::new(FaultKind::Gone, why)
            .hint("another one may have its number now; nothing was done");
    }
    if let ServerAction::File { .. } = mutation.action
        && let Some(code @ (91 | 92)) = output.code
    {
        let (kind, why) = match code {
            91 => (FaultKind::Gone, "another file has this name by now, or none"),
            _ => (FaultKind::Conflict, "there is something of that name already"),
        };
        return Fault::new(kind, format!("{doing}: {why}")).hint("nothing was done");
    }
    let message = format!("{doing}: {said}");
    if has(&["authentication required", "Access denied", "not permitted", "Permission denied", "not allowed"])
    {
        return Fault::new(FaultKind::Denied, message)
            .hint("it takes root, or sudo for this command; what is allowed there: `sudo -l`");
    }
    if has(&["No such process", "not found", "not loaded", "does not exist"]) {
        return Fault::new(FaultKind::Gone, message);
    }
    if has(&["is masked"]) {
        return Fault::new(FaultKind::Conflict, message).hint("unmask it first");
    }
    let fault = Fault::new(FaultKind::Failed, message);
    match &mutation.action {
        ServerAction::Unit { unit, verb: UnitVerb::Start | UnitVerb::Restart | UnitVerb::Reload } => {
            fault.hint(format!("its journal says why: journalctl -u {unit} -n 30"))
        }
        _ => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::server::LocalHost;
    use crate::domain::endpoint::SudoUse;

    #[tokio::test]
    #[allow(clippy::disallowed_methods)] // Something to be signalled.
    async fn a_process_is_bound_by_its_start() {
        let host = LocalHost { sudo: SudoUse::Never };
        let mut child = std::process::Command::new("sleep").arg("100").spawn().unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        let start: u64 = stat.rsplit_once(") ").unwrap().1.split(' ').nth(19).unwrap().parse().unwrap();
        let right = ProcessId { pid: child.id(), start };
        assert!(host.run(Run::new(bound(&right, "renice", "27"))).await.unwrap().is_success());
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        assert_eq!(stat.rsplit_once(") ").unwrap().1.split(' ').nth(16), Some("7"));
        let kill = |process| Run::new(bound(&process, "signal", "TERM"));
        let other = ProcessId { start: start + 1, ..right };
        assert_eq!(host.run(kill(other)).await.unwrap().code, Some(90));
        assert!(child.try_wait().unwrap().is_none(), "the wrong one was not touched");
        assert!(host.run(kill(right)).await.unwrap().is_success());
        assert!(!child.wait().unwrap().success());
        assert_eq!(host.run(kill(right)).await.unwrap().code, Some(90));
    }

    #[test]
    fn what_went_wrong_says_what_to_do() {
        let mutation = |action| ServerMutation {
            target: crate::domain::ids::TargetId::server("a"),
            name: "x".into(),
            client: String::new(),
            sudo: false,
            action,
        };
        let restart = mutation(ServerAction::Unit { unit: "x.service".into(), verb: UnitVerb::Restart });
        let says = |code, text: &str| {
            explain(&restart, &Output { code: Some(code), stdout: vec![], stderr: text.into() })
        };
        let denied = says(1, "Failed to restart x.service: Interactive authentication required.");
        assert!(denied.kind == FaultKind::Denied && denied.hint.unwrap().contains("sudo -l"));
        assert_eq!(says(5, "Failed to restart x.service: Unit x.service not found.").kind, FaultKind::Gone);
        assert_eq!(says(1, "Failed to start: Unit x.service is masked.").kind, FaultKind::Conflict);
        assert!(says(1, "Job for x.service failed.").hint.unwrap().contains("journalctl -u x.service"));
    }
}
