//! Changes of real firewalls, over SSH: rules added and deleted, and a rule that keeps us out takes itself back.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pult::backends::server::dead_man::{Outcome, Stage, protect, ufw::protected};
use pult::backends::server::job::Job;
use pult::backends::server::ufw;
use pult::backends::server::{Host, Output, Run, Who};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::server::ufw::{Change, Rule, Ufw};
use pult::runtime::remote_host::RemoteHost;

use super::docker_bed::calm;
use super::guard_bed::{alone, permit, server};
use super::ssh_bed::setup;

async fn read(srv: &RemoteHost) -> Ufw {
    ufw::read(srv).await.unwrap().unwrap()
}

fn add(text: &str, before: Option<usize>) -> Change {
    Change::Add { rule: text.parse().unwrap(), before }
}

async fn folder(srv: &RemoteHost, id: &str) -> bool {
    let job = Job::new("a look", "test -e /run/pult-undo-$1").operands([id]);
    job.on(srv).await.unwrap().is_success()
}

/// Every kind of rule comes and goes, and the list is what the model says that it be.
#[tokio::test]
async fn rules_are_added_as_reckoned_and_taken_back() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().alone();
    let srv = server(&user, "ops@srv1");
    let first = read(&srv).await;
    let mut done = Vec::new();
    for change in [
        add("allow from 10.0.0.0/8 to any port 5432 proto tcp comment 'pg # replica'", None),
        add("deny from 203.0.113.7", Some(1)),
        add("limit 2222/tcp", Some(2)),
        add("reject log 80,443/tcp", None),
        add("route allow in on eth0 out on eth1 to 10.1.1.1 port 80 proto tcp", None),
        add("allow 'Nginx Full'", None),
        add("deny out 25/tcp", None),
        add("allow from 2001:db8:aaaa:bbbb:cccc:dddd:eeee:1 to any port 6000:6007 proto udp", None),
        Change::Delete("deny from 203.0.113.7".parse().unwrap()),
    ] {
        let before = read(&srv).await;
        ufw::change(&srv, &change, &permit()).await.unwrap();
        let after = read(&srv).await;
        let model = change.after(&before);
        let rows =
            |ufw: &Ufw| ufw.numbered.iter().map(|row| (row.ipv6, row.rule.command())).collect::<Vec<_>>();
        let family = |ufw: &Ufw, ipv6| rows(ufw).into_iter().filter(|row| row.0 == ipv6).collect::<Vec<_>>();
        // ufw lists what goes out and what is routed apart in its table, numbered it is one list.
        for ipv6 in [false, true] {
            assert_eq!(family(&after, ipv6), family(&model, ipv6), "{}", change.command());
        }
        done.push((change.inverse(&before), before));
    }
    for (inverse, before) in done.into_iter().rev() {
        ufw::change(&srv, &inverse.unwrap(), &permit()).await.unwrap();
        assert_eq!(read(&srv).await.numbered, before.numbered);
    }
    assert_eq!(read(&srv).await, first);
    let fault =
        ufw::change(&srv, &Change::Delete("allow 4711".parse().unwrap()), &permit()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Gone, "{fault:?}");
}

#[tokio::test]
async fn a_harmless_change_stays() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().alone();
    let srv = server(&user, "ops@srv1");
    let change = add("allow 4711/tcp", None);
    let outcome =
        protect(&srv, &protected("stays".into(), &change, Duration::from_secs(20)), &permit(), &|_| {}).await;
    let outcome = outcome.unwrap();
    assert!(matches!(outcome, Outcome::Kept(_)), "{outcome:?}");
    let rule: Rule = "allow 4711/tcp".parse().unwrap();
    assert!(read(&srv).await.added.contains(&rule) && !folder(&srv, "stays").await);
    let timers = Job::new("a look", "systemctl list-timers --all --no-legend 'pult-undo-*'");
    assert_eq!(timers.on(&srv).await.unwrap().stdout.trim(), "");
    ufw::change(&srv, &Change::Delete(rule), &permit()).await.unwrap();
}

/// The real thing: port 22 is cut, nobody gets in, and the server opens it again by itself.
#[tokio::test]
async fn a_rule_that_keeps_us_out_takes_itself_back() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().config("ConnectTimeout 3").alone();
    let srv = server(&user, "ops@srv1");
    let before = read(&srv).await;
    let stages = std::sync::Mutex::new(Vec::new());
    let on_stage = |stage| stages.lock().unwrap().push(stage);
    let change = add("deny 22/tcp", None);
    let outcome =
        protect(&srv, &protected("cut".into(), &change, Duration::from_secs(8)), &permit(), &on_stage)
            .await
            .unwrap();
    assert!(matches!(&outcome, Outcome::Undone(fault) if fault.kind.is_link()), "{outcome:?}");
    assert!(matches!(stages.lock().unwrap().last(), Some(Stage::Waiting(_))));
    assert_eq!(read(&srv).await, before);
    assert!(!folder(&srv, "cut").await);
    // A user who has no connection yet gets in, too.
    let other = setup().alone();
    other.to("srv1").await.connect().await.unwrap();
}

#[tokio::test]
async fn a_change_that_fails_is_put_back_at_once_and_one_that_cannot_be_protected_is_not_made() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().alone();
    let srv = server(&user, "ops@srv1");
    let before = read(&srv).await;
    let change = add("deny 4712/tcp", Some(900));
    let outcome =
        protect(&srv, &protected("fails".into(), &change, Duration::from_secs(30)), &permit(), &|_| {}).await;
    let outcome = outcome.unwrap();
    assert!(matches!(&outcome, Outcome::Failed(fault) if fault.message.contains("position")), "{outcome:?}");
    assert!(!folder(&srv, "fails").await);
    assert_eq!(read(&srv).await, before);
    let guest = server(&user, "guest@srv1");
    let fault =
        protect(&guest, &protected("guest".into(), &change, Duration::from_secs(5)), &permit(), &|_| {})
            .await;
    assert_eq!(fault.unwrap_err().kind, FaultKind::Denied);
}

/// A server as it looks to root after this was done to its files, for the one command alone.
struct Spoilt(RemoteHost, &'static str);

/// As if it had no systemd: an empty folder stands where systemd says that it is there.
const NO_SYSTEMD: &str = "mount -t tmpfs none /run/systemd || exit; exec \"$@\"";
const READ_ONLY: &str = "mount -t tmpfs -o ro none /run || exit; exec \"$@\"";
const FULL: &str = "mount -t tmpfs -o size=16k none /run || exit; head -c 64k /dev/zero >/run/much 2>/dev/null; \
    chmod 700 /run; exec \"$@\"";

impl Host for Spoilt {
    fn run(&self, run: Run) -> BoxFuture<'_, Result<Output, Fault>> {
        async move {
            assert_eq!(run.who, Who::Root);
            let argv = run.argv.clone().under(&["unshare", "-m", "/bin/sh", "-c", self.1, "sh"]);
            self.0.run(Run { argv, ..run }).await
        }
        .boxed()
    }

    fn knock(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.0.knock()
    }
}

#[tokio::test]
async fn without_systemd_a_process_apart_takes_it_back() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().config("ConnectTimeout 3").alone();
    let srv = server(&user, "ops@srv2");
    let bare = Spoilt(srv.clone(), NO_SYSTEMD);
    let before = read(&srv).await;
    let cut = protected("apart".into(), &add("deny 22/tcp", None), Duration::from_secs(6));
    let outcome = protect(&bare, &cut, &permit(), &|_| {}).await.unwrap();
    assert!(matches!(&outcome, Outcome::Undone(_)), "{outcome:?}");
    assert_eq!(read(&srv).await, before);

    let rule: Rule = "allow 4713/tcp".parse().unwrap();
    let stays = protected(
        "apart-stays".into(),
        &Change::Add { rule: rule.clone(), before: None },
        Duration::from_secs(6),
    );
    let outcome = protect(&bare, &stays, &permit(), &|_| {}).await.unwrap();
    assert!(matches!(&outcome, Outcome::Kept(_)), "{outcome:?}");
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert!(read(&srv).await.added.contains(&rule), "nobody took it back");
    ufw::change(&srv, &Change::Delete(rule), &permit()).await.unwrap();
    assert!(!folder(&srv, "apart").await && !folder(&srv, "apart-stays").await);
}

/// Where the way back cannot be written down, nothing is changed, and it is said why.
#[tokio::test]
async fn on_a_read_only_or_full_disk_nothing_is_changed() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().alone();
    let srv = server(&user, "ops@srv2");
    let before = read(&srv).await;
    for (spoilt, why) in [(READ_ONLY, "Read-only file system"), (FULL, "No space left on device")] {
        let host = Spoilt(srv.clone(), spoilt);
        let change = protected("spoilt".into(), &add("deny 4714/tcp", None), Duration::from_secs(5));
        let fault = protect(&host, &change, &permit(), &|_| {}).await.unwrap_err();
        assert!(
            fault.message.contains(why) && fault.message.ends_with("nothing was changed"),
            "{why}: {fault:?}"
        );
        assert_eq!(read(&srv).await, before);
    }
}

/// Turning ufw off, on, and its defaults around is put back as well.
#[tokio::test]
async fn what_is_no_rule_is_put_back_too() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().config("ConnectTimeout 3").alone();
    let srv = server(&user, "ops@srv2");
    let shut = Shut(srv.clone());
    let before = read(&srv).await;
    for change in [
        Change::Disable,
        Change::Default {
            direction: pult::domain::server::ufw::Direction::In,
            action: pult::domain::server::ufw::Action::Allow,
        },
    ] {
        let outcome =
            protect(&shut, &protected("whole".into(), &change, Duration::from_secs(4)), &permit(), &|_| {})
                .await;
        // The door stays shut, so what is known is only that it was not seen to open.
        assert!(matches!(outcome.unwrap(), Outcome::Lost(_)));
        assert_eq!(read(&srv).await, before, "{}", change.command());
        let clear = Job::new("clearing up", "rm -rf /run/pult-undo-whole").as_root();
        clear.on(&srv).await.unwrap();
    }
}

/// A server that lets nobody in anew, whatever it does.
struct Shut(RemoteHost);

impl Host for Shut {
    fn run(&self, run: Run) -> BoxFuture<'_, Result<Output, Fault>> {
        self.0.run(run)
    }

    fn knock(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async { Err(Fault::new(FaultKind::Denied, "shut")) }.boxed()
    }
}
