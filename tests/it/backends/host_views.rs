//! Views of one server and what is done there: on the two real servers, by SSH, and on this machine.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pult::backends::argv::Argv;
use pult::backends::server::{Host, Run, Who, perform, run_command};
use pult::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::guard::Guard;
use pult::domain::ids::TargetId;
use pult::domain::mutation::{Danger, Mutation};
use pult::domain::server::{
    Canary, Process, RunCommand, ServerAction, ServerAnswer, ServerAsk, ServerMutation, Unit, UnitDetail,
    UnitVerb,
};
use pult::domain::ssh_target::SshTarget;
use pult::gate::{self, Authorized, Entry, Ledger, Plan, Proof};
use pult::runtime::servers::Hosted;

use super::ssh_bed::{PASSWORD, User, secret, setup};

struct Book;

impl Ledger for Book {
    fn intent(&mut self, _: &Entry) -> std::io::Result<u64> {
        Ok(1)
    }
}

/// Through the gate, as there is no other way.
fn authorized(sudo: bool, action: ServerAction) -> Authorized {
    let mutation = ServerMutation {
        target: TargetId::server("bed"),
        name: "x".into(),
        client: String::new(),
        sudo,
        action,
    };
    let plan = Plan { command: "test", mutations: vec![Mutation::Server(mutation)] };
    let destroys = plan.mutations.iter().any(|m| m.danger() == Danger::Destroy);
    let proof = if destroys { Proof::Typed("x".into()) } else { Proof::Yes };
    let consent = gate::weigh(plan, |_| Guard::Confirm, Timestamp::UNIX_EPOCH).unwrap();
    gate::authorize(consent, &proof, Timestamp::UNIX_EPOCH, &mut Book).unwrap().remove(0)
}

pub fn hosted(user: &User, target: &str, sudo: SudoUse) -> Hosted {
    let place = ServerPlace::Ssh(SshTarget::parse(target).unwrap());
    Hosted::new(&user.hub, &ServerEndpoint { place, sudo }, false)
}

pub fn here() -> Hosted {
    let user = setup().alone();
    Hosted::new(&user.hub, &ServerEndpoint::local(), false)
}

pub async fn act(host: &Hosted, sudo: bool, action: ServerAction) -> Result<String, Fault> {
    perform(&*host.actor(), authorized(sudo, action)).await
}

async fn verb(host: &Hosted, unit: &str, verb: UnitVerb) -> Result<String, Fault> {
    act(host, true, ServerAction::Unit { unit: unit.into(), verb }).await
}

async fn units(host: &Hosted) -> Vec<Unit> {
    match host.ask(&ServerAsk::Units).await.unwrap() {
        ServerAnswer::Units(list) => list.units,
        other => panic!("{other:?}"),
    }
}

async fn unit(host: &Hosted, name: &str) -> UnitDetail {
    match host.ask(&ServerAsk::Unit(name.into())).await.unwrap() {
        ServerAnswer::Unit(detail) => *detail,
        other => panic!("{other:?}"),
    }
}

async fn processes(host: &Hosted) -> Vec<Process> {
    host.prober().processes_measured().await.unwrap().processes
}

async fn says(host: &Arc<dyn Host>, who: Who, script: &'static str) -> String {
    let output = host.run(Run::new(Argv::script(script)).by(who)).await.unwrap();
    assert!(output.is_success(), "{script}: {output:?}");
    output.text().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_servers_tell_their_units() {
    let user = setup().alone();
    for target in ["ops@srv1", "guest@srv2"] {
        let host = hosted(&user, target, SudoUse::Ask);
        let all = units(&host).await;
        let of = |name: &str| all.iter().find(|u| u.name == name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(
            (of("cron.service").sub.as_str(), of("cron.service").enabled.as_deref()),
            ("running", Some("enabled"))
        );
        assert!(of("cron.service").main_pid.is_some() && of("cron.service").since_at.is_some());
        assert!(of("broken.service").is_failed(), "{target}");
        assert!(
            of("logrotate.timer").activates.as_deref() == Some("logrotate.service"),
            "{:?}",
            of("logrotate.timer")
        );
        assert!(all.iter().all(|u| !u.name.contains("@.")));
        let broken = unit(&host, "broken.service").await;
        assert_eq!((broken.result.as_str(), broken.exit_status), ("exit-code", Some(3)));
        assert_eq!(broken.wanted_by, ["multi-user.target"]);
        let fault = host.ask(&ServerAsk::Unit("no-such.service".into())).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Gone);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_unit_has_a_new_process_and_a_new_start() {
    let user = setup().alone();
    let host = hosted(&user, "ops@srv2", SudoUse::NoPassword);
    let before = unit(&host, "nginx.service").await.unit;
    assert_eq!(verb(&host, "nginx.service", UnitVerb::Restart).await.unwrap(), "restarted");
    let after = unit(&host, "nginx.service").await.unit;
    assert!(after.is_active() && after.main_pid != before.main_pid, "{before:?} {after:?}");
    assert!(after.since_at > before.since_at);
    assert_eq!(verb(&host, "nginx.service", UnitVerb::Disable).await.unwrap(), "disabled");
    assert_eq!(unit(&host, "nginx.service").await.unit.enabled.as_deref(), Some("disabled"));
    assert_eq!(verb(&host, "nginx.service", UnitVerb::Enable).await.unwrap(), "enabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_says_why() {
    let user = setup().alone();
    let ops = hosted(&user, "ops@srv1", SudoUse::Ask);
    let fault = verb(&ops, "broken.service", UnitVerb::Start).await.unwrap_err();
    assert!(fault.kind == FaultKind::Failed && fault.hint.unwrap().contains("journalctl -u broken.service"));
    assert_eq!(verb(&ops, "no-such.service", UnitVerb::Restart).await.unwrap_err().kind, FaultKind::Gone);
    let guest = hosted(&user, "guest@srv1", SudoUse::Ask);
    for sudo in [true, false] {
        let restart = ServerAction::Unit { unit: "nginx.service".into(), verb: UnitVerb::Restart };
        let fault = act(&guest, sudo, restart).await.unwrap_err();
        assert!(fault.kind == FaultKind::Denied && fault.hint.is_some(), "{fault:?}");
    }
    let never = hosted(&user, "ops@srv1", SudoUse::Never);
    let fault = verb(&never, "nginx.service", UnitVerb::Restart).await.unwrap_err();
    assert!(fault.kind == FaultKind::Denied && fault.hint.unwrap().contains("read-only session"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_found_signalled_and_not_mistaken_for_another() {
    let user = setup().alone();
    let host = hosted(&user, "guest@srv2", SudoUse::Never);
    let pid = says(&host.actor(), Who::Account, "sleep 4242 >/dev/null 2>&1 </dev/null & echo $!").await;
    let find = async || processes(&host).await.into_iter().find(|p| p.pid.to_string() == pid);
    let process = find().await.unwrap();
    assert_eq!((process.command.as_str(), process.user.as_deref()), ("sleep 4242", Some("guest")));
    assert!(process.container.is_none() && process.started_at.is_some() && process.cpu_percent.is_some());
    let mut other = process.id();
    other.start += 1;
    let kill = |process| ServerAction::Signal { process, signal: "TERM".into() };
    assert_eq!(act(&host, false, kill(other)).await.unwrap_err().kind, FaultKind::Gone);
    let nice = ServerAction::Renice { process: process.id(), nice: 11 };
    assert_eq!(act(&host, false, nice).await.unwrap(), "niceness 11");
    assert_eq!(find().await.unwrap().nice, Some(11));
    assert_eq!(act(&host, false, kill(process.id())).await.unwrap(), "sent SIGTERM");
    assert!(find().await.is_none());
    let init = processes(&host).await.into_iter().find(|p| p.pid == 1).unwrap();
    let fault = act(&host, false, kill(init.id())).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied, "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_belong_to_their_units() {
    let user = setup().alone();
    let host = hosted(&user, "ops@srv1", SudoUse::Ask);
    let all = processes(&host).await;
    let cron = all.iter().find(|p| p.name == "cron").unwrap();
    assert_eq!(cron.unit.as_deref(), Some("cron.service"), "{cron:?}");
    assert_eq!(all.iter().find(|p| p.pid == 1).unwrap().ppid, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn input_reaches_a_command_with_every_kind_of_rights() {
    let user = setup().answering(|_| secret(PASSWORD));
    for (target, who, name) in [
        ("guest@srv1", Who::Account, "guest"),
        ("ops@srv1", Who::Root, "root"),
        ("root@srv1", Who::Root, "root"),
    ] {
        let host = hosted(&user, target, SudoUse::Ask).actor();
        let run = Run::new(Argv::script("id -un; exec cat")).by(who).input(b"one\ntwo\n".to_vec());
        let output = host.run(run).await.unwrap();
        assert_eq!(output.text(), format!("{name}\none\ntwo\n"), "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn input_waits_for_sudo_to_take_the_password() {
    let mut first = true;
    let user = setup().config("Host srv1\n  PubkeyAuthentication no").answering(move |question| {
        let wrong =
            matches!(question, pult::domain::question::Question::Sudo { .. }) && std::mem::take(&mut first);
        secret(if wrong { "wrong" } else { PASSWORD })
    });
    let host = hosted(&user, "pw@srv1", SudoUse::Ask).actor();
    let run = Run::new(Argv::script("id -un; exec cat")).by(Who::Root).input(b"one\ntwo\n".to_vec());
    let output = host.run(run.within(Duration::from_secs(30))).await.unwrap();
    assert_eq!((output.text().as_str(), output.complaint().as_str()), ("root\none\ntwo\n", ""));
    // A reading asks for no password.
    let reader = hosted(&user, "pw@srv1", SudoUse::NoPassword).actor();
    let fault = reader.run(Run::new(Argv::new("id")).by(Who::Root)).await.unwrap_err();
    assert!(fault.kind == FaultKind::Denied && fault.hint.unwrap().contains("NOPASSWD"), "{}", fault.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn this_machine_has_processes_and_may_have_units() {
    let host = here();
    let own = processes(&host).await.into_iter().find(|p| p.pid == std::process::id()).unwrap();
    assert!(own.memory_bytes.unwrap() > 1 << 20 && own.threads.unwrap() > 1 && own.cpu_percent.is_some());
    assert_eq!(own.ppid, std::os::unix::process::parent_id());
    match host.ask(&ServerAsk::Units).await {
        Ok(ServerAnswer::Units(list)) => assert!(!list.units.is_empty()),
        Ok(other) => panic!("{other:?}"),
        Err(fault) => assert_eq!(fault.kind, FaultKind::Unsupported),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shell_of_a_probe_is_kept_and_ends_when_nobody_looks() {
    let user = setup().alone();
    let host = hosted(&user, "guest@srv1", SudoUse::Never);
    let shells = async || {
        let all = host.prober().processes().await.unwrap().processes;
        all.iter().filter(|p| p.user.as_deref() == Some("guest") && p.command.contains("IFS= read")).count()
    };
    let first = shells().await;
    assert_eq!(shells().await, first, "one shell answers again and again");
    host.prober().rest();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(shells().await <= first);
}

#[tokio::test]
async fn a_command_is_run_by_the_login_shell_and_keeps_its_quotes() {
    let user = setup().alone();
    let run = |command: &str| {
        let run = RunCommand {
            command: command.into(),
            timeout_s: 2,
            canary: Canary::First,
            stop: true,
            at_once: 4,
        };
        ServerAction::Run(run)
    };
    for server in ["ops@srv1", "ops@srv2"] {
        let host = hosted(&user, server, SudoUse::Ask);
        let ran = |sudo, command| {
            let (actor, allowed) = (host.actor(), authorized(sudo, run(command)));
            async move { run_command(&*actor, allowed).await }
        };
        let said = ran(false, "echo \"it's $((1+1))\"; echo '$HOME' >&2; id -un; exit 3").await.unwrap();
        assert_eq!(
            (said.code, said.stdout.join(" "), said.stderr.join(" ")),
            (Some(3), "it's 2 ops".into(), "$HOME".into())
        );
        assert!(ran(false, "-x; echo no").await.unwrap().code != Some(0));
        let late = ran(false, "sleep 30").await.unwrap_err();
        assert_eq!(late.kind, FaultKind::Timeout, "{late:?}");
        // Its session goes while it runs: whether it was done is not known, and it is not said to be done.
        let lost = ran(false, "kill -9 $PPID; sleep 2").await.unwrap_err();
        assert!(lost.kind == FaultKind::Lost && lost.in_full().contains("not known"), "{lost:?}");
    }
    let host = here();
    let said = run_command(&*host.actor(), authorized(false, run("printf 'a\\nb'"))).await.unwrap();
    assert_eq!(said.stdout, ["a", "b"]);
}
