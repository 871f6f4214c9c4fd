//! What the panel proposes for firewalls and bans, through the gate, on the two real servers: rules come and go,
//! a rule that keeps us out undoes itself, addresses are banned and let in again.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use pult::app::registry;
use pult::backends::server::dead_man::Stage;
use pult::backends::server::perform_telling;
use pult::command::{Args, Facts, Intent, Object, Subject};
use pult::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::guard::Guard;
use pult::domain::ids::TargetId;
use pult::domain::mutation::Mutation;
use pult::domain::server::jails::{JailName, JailReport, Jails};
use pult::domain::server::surface::Surface;
use pult::domain::server::{BanChange, ServerAction, ServerAnswer, ServerAsk};
use pult::domain::ssh_target::SshTarget;
use pult::gate::{Need, Plan, weigh};
use pult::runtime::servers::Hosted;

use super::docker_bed::calm;
use super::guard_bed::{alone, authorized};
use super::ssh_bed::{User, setup};

fn hosted(user: &User, target: &str) -> Hosted {
    let place = ServerPlace::Ssh(SshTarget::parse(target).unwrap());
    Hosted::new(&user.hub, &ServerEndpoint { place, sudo: SudoUse::Ask }, false)
}

async fn surface(host: &Hosted) -> Arc<Surface> {
    match host.ask(&ServerAsk::Surface).await.unwrap() {
        ServerAnswer::Surface(surface) => surface,
        other => panic!("{other:?}"),
    }
}

async fn report(host: &Hosted) -> Arc<JailReport> {
    match host.ask(&ServerAsk::Jails).await.unwrap() {
        ServerAnswer::Jails(report) => report,
        other => panic!("{other:?}"),
    }
}

/// The rules, as commands.
fn rules(surface: &Surface) -> Vec<String> {
    surface.firewall().unwrap().numbered.iter().map(|row| row.rule.identity()).collect()
}

/// What a command of the table proposes for an object.
fn propose(id: &str, what: Object, values: &[(&str, &str)]) -> Result<ServerAction, String> {
    let command = registry::find(id).unwrap();
    let mut args = Args::defaults(command.args);
    for (name, value) in values {
        args.set(command.args, name, value).unwrap();
    }
    let subject = Subject {
        target: TargetId::server("bed"),
        name: "bed".into(),
        what,
        guard: Guard::Confirm,
        client: "ssh bed".into(),
        blocked: None,
    };
    let facts = Facts { subjects: vec![subject], ..Facts::default() };
    match (command.run)(&facts, &args)? {
        Intent::Propose(mut mutations) => match mutations.remove(0) {
            Mutation::Server(one) => Ok(one.action),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// Proposed, consented to and done; with the stages on the way.
async fn act(host: &Hosted, action: ServerAction) -> (Result<String, Fault>, Vec<Stage>) {
    let stages = Mutex::new(Vec::new());
    let on_stage = |stage| stages.lock().unwrap().push(stage);
    let result = perform_telling(&*host.actor(), authorized(action), &on_stage).await;
    (result, stages.into_inner().unwrap())
}

fn firewall(surface: &Arc<Surface>) -> Object {
    Object::Firewall { surface: Arc::clone(surface), sudo: true }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_comes_and_goes_and_its_port_is_judged_anew() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().alone();
    let host = hosted(&user, "ops@srv1");
    let before = surface(&host).await;
    assert!(before.seen.is_some() && before.sockets.connections.as_ref().unwrap()[&22] >= 1, "{before:?}");
    let add = [("port", "4801"), ("protocol", "tcp"), ("comment", "a test"), ("before", "1")];
    let action = propose("firewall.allow", firewall(&before), &add).unwrap();
    let (result, stages) = act(&host, action).await;
    assert!(result.is_ok(), "{result:?}");
    assert!(stages.iter().any(|stage| matches!(stage, Stage::Knocking(_))), "{stages:?}");
    let with = surface(&host).await;
    assert_eq!(rules(&with)[0], "allow 4801/tcp");

    let rule = with.firewall().unwrap().numbered[0].rule.clone();
    let rule = Object::Rule { rule: Box::new(rule), surface: Arc::clone(&with), sudo: true };
    let gone = propose("firewall.delete", rule, &[]).unwrap();
    act(&host, gone.clone()).await.0.unwrap();
    assert_eq!(rules(&*surface(&host).await), rules(&before));
    let (again, _) = act(&host, gone).await;
    assert_eq!(again.unwrap_err().kind, FaultKind::Conflict, "it was weighed against other rules");
    let reload = propose("firewall.reload", firewall(&before), &[]).unwrap();
    act(&host, reload).await.0.unwrap();
    assert_eq!(rules(&*surface(&host).await), rules(&before));
}

/// The real thing: what is proposed cuts the port by which we come, takes the typed name, and undoes itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_cuts_the_port_is_undone_by_itself() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().config("ConnectTimeout 3").alone();
    let host = hosted(&user, "ops@srv2");
    let before = surface(&host).await;
    let rule = before.firewall().unwrap().numbered.iter().find(|row| row.rule.identity() == "allow 22/tcp");
    let rule = Box::new(rule.unwrap().rule.clone());
    let object = Object::Rule { rule, surface: Arc::clone(&before), sudo: true };
    let action = propose("firewall.delete", object, &[("rollback", "8")]).unwrap();
    let ServerAction::Firewall(wanted) = &action else { panic!("{action:?}") };
    assert!(wanted.may_lock_out() && wanted.risk.sentence().unwrap().contains("port 22"), "{wanted:?}");
    let mutation = Mutation::Server(pult::domain::server::ServerMutation {
        target: TargetId::server("bed"),
        name: "bed".into(),
        client: String::new(),
        sudo: true,
        action: action.clone(),
    });
    let plan = Plan { command: "firewall.delete", mutations: vec![mutation] };
    let need = weigh(plan, |_| Guard::Confirm, Timestamp::UNIX_EPOCH).unwrap().need().clone();
    assert_eq!(need, Need::Name("bed".into()));

    let (result, stages) = act(&host, action).await;
    let fault = result.unwrap_err();
    assert!(
        fault.kind == FaultKind::Failed && fault.message.contains("was put back") && fault.hint.is_some(),
        "{fault:?}"
    );
    assert!(matches!(stages.last(), Some(Stage::Waiting(_))), "{stages:?}");
    assert_eq!(rules(&*surface(&host).await), rules(&before));
    // Somebody who has no connection yet gets in, too.
    setup().alone().to("srv2").await.connect().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn off_on_and_the_default_around() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().alone();
    let host = hosted(&user, "ops@srv1");
    let before = surface(&host).await;
    act(&host, propose("firewall.disable", firewall(&before), &[]).unwrap()).await.0.unwrap();
    let off = surface(&host).await;
    assert!(!off.firewall().unwrap().active);
    act(&host, propose("firewall.enable", firewall(&off), &[]).unwrap()).await.0.unwrap();
    let on = surface(&host).await;
    assert_eq!(rules(&on), rules(&before));
    let deny = [("direction", "routed"), ("action", "reject")];
    act(&host, propose("firewall.default", firewall(&on), &deny).unwrap()).await.0.unwrap();
    let other = surface(&host).await;
    assert_eq!(other.firewall().unwrap().defaults.routed.word(), "reject");
    let back = before.firewall().unwrap().defaults.routed.word();
    let back = [("direction", "routed"), ("action", back)];
    act(&host, propose("firewall.default", firewall(&other), &back).unwrap()).await.0.unwrap();
    assert_eq!(surface(&host).await.firewall(), before.firewall());
}

#[tokio::test(flavor = "multi_thread")]
async fn banned_on_both_servers_known_and_let_in_again() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().alone();
    let who = "203.0.113.201".parse().unwrap();
    let hosts = [hosted(&user, "ops@srv1"), hosted(&user, "ops@srv2")];
    for host in &hosts {
        let seen = report(host).await.seen;
        let jail = Object::Jail { jail: JailName::new("sshd").unwrap(), seen, sudo: true };
        let action = propose("jail.ban", jail.clone(), &[("address", "203.0.113.201")]).unwrap();
        assert_eq!(act(host, action.clone()).await.0.unwrap(), "banned");
        assert_eq!(act(host, action).await.0.unwrap(), "was banned already");
        let ours = seen.unwrap().client.to_string();
        let why = propose("jail.ban", jail, &[("address", &ours)]).unwrap_err();
        assert!(why.contains("keep yourself out"), "{why}");
        // Though somebody had consented to it: the server is asked how it sees us.
        let forced = BanChange { who: ours.parse().unwrap(), jail: JailName::new("sshd"), bans: true };
        let fault = act(host, ServerAction::Ban(forced)).await.0.unwrap_err();
        assert!(fault.kind == FaultKind::Conflict && fault.message.contains("nothing was done"), "{fault:?}");
    }
    for host in &hosts {
        let ServerAnswer::Attacker(known) = host.ask(&ServerAsk::Attacker(who)).await.unwrap() else {
            panic!("another answer")
        };
        assert_eq!(known.jails, [JailName::new("sshd").unwrap()]);
        assert!(
            known.banned >= 1 && known.lines.iter().any(|l| l.contains("Ban 203.0.113.201")),
            "{known:?}"
        );
        let report = report(host).await;
        let Jails::Running(jails) = &report.jails else { panic!("it runs") };
        assert!(jails.iter().flat_map(|jail| &jail.banned).any(|ban| ban.network() == Some(who)));
        let ban = Object::Ban { who, jail: jails[0].name.clone(), seen: report.seen, sudo: true };
        let action = propose("jail.unban", ban, &[]).unwrap();
        assert_eq!(act(host, action.clone()).await.0.unwrap(), "unbanned");
        assert_eq!(act(host, action).await.0.unwrap(), "was not banned");
    }
    let nowhere = BanChange { who, jail: JailName::new("nope"), bans: true };
    let fault = act(&hosts[0], ServerAction::Ban(nowhere)).await.0.unwrap_err();
    assert!(fault.kind == FaultKind::Gone && fault.message.contains("no jail nope"), "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_rights_nothing_is_changed_and_it_is_said() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().alone();
    let ops = surface(&hosted(&user, "ops@srv1")).await;
    let guest = hosted(&user, "guest@srv1");
    let read = surface(&guest).await;
    assert!(read.doubt().is_some() && !read.judged().is_empty());
    let why = propose("firewall.allow", firewall(&read), &[("port", "4802")]).unwrap_err();
    assert!(why.contains("root"), "{why}");
    let action = propose("firewall.allow", firewall(&ops), &[("port", "4802")]).unwrap();
    assert_eq!(act(&guest, action).await.0.unwrap_err().kind, FaultKind::Denied);
}
