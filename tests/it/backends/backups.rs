//! Backups that the real tools of a real server make, by SSH: what is well, what is not, and what cannot be read.

use std::time::Duration;

use pult::app::Msg;
use pult::backends::argv::Argv;
use pult::backends::server::{Run, Who};
use pult::domain::backup::{Backup, Backups, Plan, State, Tool};
use pult::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use pult::domain::fault::FaultKind;
use pult::domain::ids::TargetId;
use pult::domain::server::{Pace, ServerAnswer, ServerAsk};
use pult::domain::ssh_target::SshTarget;
use pult::runtime::servers::{Hosted, Servers};
use pult::runtime::tasks::Tasks;
use tokio::sync::mpsc;

use super::host_views::{here, hosted};
use super::ssh_bed::{cut, setup};

/// A folder of root with repositories of restic and Borg, files of every age and name, and files of variables.
const MAKE: &str = r#"set -e; umask 077; d=$1; mkdir -m 755 "$d"; mkdir -m 755 "$d/files"; mkdir "$d/closed"; cd "$d"
echo right >pw; echo wrong >wrong; head -c 200000 /dev/urandom >data
export RESTIC_PASSWORD_FILE=$d/pw
for r in restic empty; do restic --no-cache -q init -r "$d/$r"; done
restic --no-cache -q backup -r "$d/restic" data; restic --no-cache -q backup -r "$d/restic" data
export BORG_BASE_DIR=$d/base BORG_PASSCOMMAND="cat $d/pw"
borg init -e repokey "$d/borg" 2>/dev/null; borg create "$d/borg::one" data; borg create "$d/borg::two" data
for i in 1 2 3; do head -c 100000 /dev/zero >"files/crm-$i.dump"; touch -d "$((i * 24)) hours ago" "files/crm-$i.dump"; done
f=$(printf 'files/crm-\n\047"$(id)\033[31m -x.dump'); head -c 90000 /dev/zero >"$f"; touch -d '2 hours ago' "$f"
for i in 1 2 3; do head -c "$((i * 50000))" /dev/zero >"files/small-$i"; touch -d "$((i * 5)) hours ago" "files/small-$i"; done
: >files/zero.sql; touch -d '1 hour ago' files/zero.sql
echo x >files/old.sql; touch -d '3 days ago' files/old.sql
echo x >files/fresh.sql
echo x >closed/a; touch -d '1 hour ago' closed/a
printf 'RESTIC_REPOSITORY=%s/restic\nRESTIC_PASSWORD="$(cat %s/pw)"\n' "$d" "$d" >env
printf 'RESTIC_PASSWORD=hunter2 is bad (\n' >badenv"#;

async fn run(host: &Hosted, script: &'static str, folder: &str) {
    let run = Run::new(Argv::script(script).operand(folder)).by(Who::Root);
    let output = host.actor().run(run).await.unwrap();
    assert!(output.is_success(), "{}", output.complaint());
}

async fn ask(host: Hosted, plans: &[Plan]) -> Vec<Backup> {
    match host.with_backups(plans.to_vec()).ask(&ServerAsk::Backups).await.unwrap() {
        ServerAnswer::Backups(all) => all,
        other => panic!("{other:?}"),
    }
}

/// What each of them is expected to be; the first letter is enough.
type Expected = (Plan, State, &'static str);

fn plans(d: &str) -> Vec<Expected> {
    let plan = |name: &str, tool, at: &str| Plan::new(name, tool, &format!("{d}/{at}"));
    let with = |plan: Plan, file: &str| Plan { password_file: Some(format!("{d}/{file}")), ..plan };
    let env = |name: &str, file: &str| Plan {
        env_file: Some(format!("{d}/{file}")),
        ..Plan::new(name, Tool::Restic, "")
    };
    let (files, restic, borg) = (Tool::Files, Tool::Restic, Tool::Borg);
    vec![
        (plan("crm", files, "files/crm-*.dump"), State::Fine, ""),
        (
            Plan { min_size: Some(1 << 20), ..plan("least", files, "files/crm-*") },
            State::Bad,
            "1.0 MiB at least",
        ),
        (plan("shrunk", files, "files/small-[123]"), State::Bad, "those before"),
        (plan("zero", files, "files/zero.sql"), State::Bad, "it is empty"),
        (plan("old", files, "files/old*"), State::Bad, "it is 3d old"),
        (plan("fresh", files, "files/fresh.sql"), State::Writing, "the first one"),
        (plan("none", files, "files/$(touch made)*;touch made"), State::Bad, "there is none"),
        (plan("nowhere", files, "gone/*/x"), State::Bad, "its folder is not there"),
        (plan("closed", files, "closed/*"), State::Fine, ""),
        (with(plan("home", restic, "restic"), "pw"), State::Fine, ""),
        (with(plan("wrong", restic, "restic"), "wrong"), State::Unknown, "wrong password"),
        (with(plan("unlocked", restic, "restic"), "no-such"), State::Unknown, "password file"),
        (plan("secretless", restic, "restic"), State::Unknown, "password"),
        (with(plan("empty", restic, "empty"), "pw"), State::Bad, "there is none"),
        (with(plan("norepo", restic, "gone"), "pw"), State::Bad, "no repository"),
        (env("env", "env"), State::Fine, ""),
        (env("badenv", "badenv"), State::Unknown, "said nothing"),
        (with(plan("mail", borg, "borg"), "pw"), State::Fine, ""),
        (with(plan("mailwrong", borg, "borg"), "wrong"), State::Unknown, "incorrect"),
        (with(plan("mailgone", borg, "gone"), "pw"), State::Bad, "no repository"),
        (
            Plan::new("broken", Tool::Timer, "broken.service"),
            State::Bad,
            "broken.service failed: exit-code, status 3",
        ),
        (Plan::new("notimer", Tool::Timer, "no-such.timer"), State::Bad, "there is no unit"),
        (Plan::new("pg", Tool::Pgbackrest, "main"), State::Unknown, "there is no pgbackrest"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn real_tools_tell_what_is_well_and_what_is_not() {
    let user = setup().alone();
    let folder = format!("/srv/pult-it-backups-{}", std::process::id());
    let root = hosted(&user, "root@srv1", SudoUse::Never);
    run(&root, MAKE, &folder).await;
    let expected = plans(&folder);
    let all: Vec<Plan> = expected.iter().map(|(plan, ..)| plan.clone()).collect();
    let seen = ask(hosted(&user, "ops@srv1", SudoUse::NoPassword), &all).await;
    let guest = ask(hosted(&user, "guest@srv1", SudoUse::Never), &all).await;
    // While somebody else writes: the lock is a file that is renewed.
    run(&root, "touch \"$1/restic/locks/1f\"; mkdir \"$1/borg/lock.exclusive\"", &folder).await;
    let locked = ask(root.clone(), &all).await;
    let untouched = "cd \"$1\" && test ! -e made && test ! -e files/made && test ! -e /root/.config/borg \
        && test ! -e /root/.cache/borg && ! grep -ls \"$1\" /tmp/tmp.*/.config/borg/security/*/location";
    run(&root, untouched, &folder).await;
    run(&root, "rm -rf \"$1\"", &folder).await;
    let of = |all: &[Backup], name: &str| {
        all.iter().find(|one| one.name == name).unwrap_or_else(|| panic!("{name}: {all:?}")).clone()
    };
    for (plan, state, message) in &expected {
        let one = of(&seen, &plan.name);
        assert!(one.state == *state && one.message.contains(message), "{one:#?}");
        let text = format!("{one:?}");
        assert!(!text.contains(['\n', '\x1b']) && !text.contains("hunter2"), "{text}");
        // What the account may not read is never said to be well.
        let less = of(&guest, &plan.name);
        assert!(less.state != State::Fine || ["crm"].contains(&less.name.as_str()), "{less:#?}");
    }
    let crm = of(&seen, "crm");
    assert_eq!((crm.count, crm.size_bytes, crm.previous_size_bytes), (Some(4), Some(90_000), Some(100_000)));
    assert!(
        crm.runs[0].label.starts_with("crm-") && crm.runs[0].label.contains("$(id)"),
        "{:?}",
        crm.runs[0]
    );
    let (home, mail) = (of(&seen, "home"), of(&seen, "mail"));
    assert_eq!((home.count, mail.count, mail.runs[0].label.as_str()), (Some(2), Some(2), "two"));
    assert!(home.runs[0].of.contains("/data"), "{:?}", home.runs[0]);
    for name in ["home", "mail"] {
        assert_eq!(of(&locked, name).state, State::Writing);
    }
    let unread = of(&guest, "closed");
    assert!(unread.state == State::Unknown && unread.hint.contains("sudo"), "{unread:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_configured_there_is_nothing_and_no_fault() {
    let user = setup().alone();
    assert_eq!(ask(hosted(&user, "guest@srv2", SudoUse::Never), &[]).await, []);
    let nowhere = Plan::new("a", Tool::Files, "/no-such-folder/*");
    assert_eq!(
        ask(here(), std::slice::from_ref(&nowhere)).await.iter().find(|b| b.name == "a").unwrap().state,
        State::Bad
    );
    let wrong = hosted(&user, "nobody@srv1", SudoUse::Never).with_backups(vec![nowhere]);
    assert_eq!(wrong.ask(&ServerAsk::Backups).await.unwrap_err().kind, FaultKind::Denied);
}

/// The next reading of the background.
async fn reading(inbox: &mut mpsc::Receiver<Msg>) -> Backups {
    let next = async {
        loop {
            if let Msg::Backups(_, backups) = inbox.recv().await.expect("the session goes on") {
                return backups;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), next).await.expect("backups are read")
}

#[tokio::test(flavor = "multi_thread")]
async fn once_connected_they_are_read_and_again_when_it_is_back() {
    let user = setup().alone();
    let (mut tasks, _panics) = Tasks::new();
    let (messages, mut inbox) = mpsc::channel(256);
    let place = ServerPlace::Ssh(SshTarget::parse("ops@srv2").unwrap());
    let dialled = [(TargetId::server("srv2"), ServerEndpoint { place, sudo: SudoUse::Never })];
    let plan = |_: &TargetId| vec![Plan::new("none", Tool::Files, "/no-such-folder/*")];
    let servers = Servers::start(&dialled, &[], plan, true, &user.hub, &mut tasks, &messages);
    servers.set_pace(&dialled[0].0, Pace::Shown);
    let first = reading(&mut inbox).await;
    assert_eq!((first.all.len(), first.bad().count()), (1, 1), "{first:?}");
    cut(2, &user.to("ops@srv2").await).await;
    let second = reading(&mut inbox).await;
    assert!(second.at > first.at && second.bad().count() == 1, "{second:?}");
    tasks.shutdown(Duration::from_secs(2)).await;
}
