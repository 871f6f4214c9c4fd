//! Checks at the real servers: each kind of question, what a server forbids and lacks, and a server that is lost
//! under its checks and comes back.

use std::sync::Arc;
use std::time::Duration;

use pult::app::Msg;
use pult::backends::server::{Host, check};
use pult::domain::check::{Book, Check, Outcome, State, Verdict};
use pult::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use pult::domain::ids::TargetId;
use pult::domain::server::Pace;
use pult::domain::ssh_target::SshTarget;
use pult::runtime::checks::Checks;
use pult::runtime::connections;
use pult::runtime::servers::Servers;
use pult::runtime::tasks::Tasks;
use tokio::sync::mpsc;

use super::ssh_bed::{User, cut, setup};
use crate::support::checks::written;

fn host(user: &User, target: &str) -> Arc<dyn Host> {
    let place = ServerPlace::Ssh(SshTarget::parse(target).unwrap());
    connections::host(&user.hub, &ServerEndpoint { place, sudo: SudoUse::NoPassword }, SudoUse::NoPassword)
}

/// Asks each of these once.
async fn asked(user: &User, target: &str, checks: &str) -> Vec<(String, Outcome)> {
    let host = host(user, target);
    let mut told = Vec::new();
    for one in written(checks) {
        told.push((one.name.to_string(), check(&*host, &one).await));
    }
    told
}

fn fits(told: &[(String, Outcome)], wanted: &[(&str, Verdict, &str)]) {
    for ((name, outcome), (expected, verdict, begins)) in told.iter().zip(wanted) {
        assert_eq!(name, expected);
        assert!(outcome.verdict == *verdict && outcome.message.starts_with(begins), "{name}: {outcome:?}");
    }
    assert_eq!(told.len(), wanted.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_is_asked_from_the_server() {
    let user = setup().alone();
    let told = asked(
        &user,
        "ops@srv1",
        r#"
        page: http = "http://localhost/"
        text: http = "http://127.0.0.1/", contains = "nginx"
        no text: http = "http://127.0.0.1/", contains = "no such text"
        no page: http = "http://127.0.0.1/no-such-page"
        right: http = "http://127.0.0.1/no-such-page", status = 404
        other: http = "http://srv2/"
        no tls: http = "https://127.0.0.1:80/"
        ssh: tcp = "127.0.0.1:22"
        dead: tcp = "127.0.0.1:9"
        nowhere: tcp = "no-such-host.invalid:80", timeout = "20s"
        name: dns = "localhost"
        no name: dns = "no-such-host.invalid", timeout = "20s"
        moved: dns = "srv1", address = "203.0.113.7"
        true: command = ["true"]
        false: command = ["sh", "-c", "echo it is $1; exit 3", "sh", "a b"]
        missing: command = ["no-such-program", "-x"]
        file: file = "/etc/hostname"
        no file: file = "/no/such/file"
        absent: file = "/no/such/file", absent = true
        there: file = "/etc/hostname", absent = true
        old: file = "/etc/os-release", max_age = "1s"
        small: file = "/etc/hostname", min_size = "1M"
        root: file = "/etc/shadow", changed = true
        dir: directory = "/etc"
        full: directory = "/etc", max_size = "10k"
        no dir: directory = "/no/such"
        nginx: processes = "nginx"
        none: processes = "no-such-process"
        few: processes = "systemd", at_most = 0
        mail: mail_queue = 5
        "#,
    )
    .await;
    use Verdict::{Failed, Ok, Unknown};
    fits(
        &told,
        &[
            ("page", Ok, "200 OK"),
            ("text", Ok, "200 OK"),
            ("no-text", Failed, "200 OK, and \"no such text\" is not in it"),
            ("no-page", Failed, "404 Not Found"),
            ("right", Ok, "404 Not Found"),
            ("other", Ok, "200 OK"),
            ("no-tls", Failed, "it does not speak TLS"),
            ("ssh", Ok, "it listens"),
            ("dead", Failed, "127.0.0.1:9 does not answer"),
            ("nowhere", Failed, "no-such-host.invalid has no address"),
            ("name", Ok, ""),
            ("no-name", Failed, "it has no address"),
            ("moved", Failed, "it is at "),
            ("true", Ok, "it ended with 0"),
            ("false", Failed, "it ended with 3: it is a b"),
            ("missing", Unknown, "no-such-program is not there"),
            ("file", Ok, ""),
            ("no-file", Failed, "it is not there"),
            ("absent", Ok, "it is not there"),
            ("there", Failed, "it is there"),
            ("old", Failed, ""),
            ("small", Failed, ""),
            ("root", Ok, ""),
            ("dir", Ok, ""),
            ("full", Failed, ""),
            ("no-dir", Failed, "it is not there"),
            ("nginx", Ok, ""),
            ("none", Failed, "0 running, fewer than 1"),
            ("few", Failed, ""),
            ("mail", Unknown, "there is no mail server"),
        ],
    );
    assert_eq!(told[22].1.digest.as_ref().map(String::len), Some(64), "root's file, by sudo");
    assert!(told.iter().filter(|(_, o)| o.verdict == Ok).all(|(_, o)| o.took.is_some()));
    assert!(told.iter().filter(|(_, o)| o.verdict == Unknown).all(|(_, o)| o.hint.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_forbids_is_unknown_and_says_what_to_change() {
    let user = setup().alone();
    let told = asked(&user, "noforward@srv1", "page: http = \"http://127.0.0.1/\"").await;
    assert_eq!(told[0].1.verdict, Verdict::Unknown, "{told:?}");
    assert!(told[0].1.hint.as_deref().is_some_and(|hint| hint.contains("AllowTcpForwarding")), "{told:?}");
    let told = asked(&user, "guest@srv1", "secret: file = \"/root/.ssh/authorized_keys\"").await;
    assert_eq!(told[0].1.verdict, Verdict::Unknown, "{told:?}");
    assert!(told[0].1.message.contains("may not be looked at"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_is_seen() {
    let user = setup().alone();
    let host = host(&user, "ops@srv1");
    let path = format!("/tmp/pult-check-{}", std::process::id());
    let put = async |text: &str| {
        let script =
            pult::backends::argv::Argv::script("printf %s \"$2\" >\"$1\"").operand(&path).operand(text);
        host.run(pult::backends::server::Run::new(script)).await.unwrap();
    };
    put("one").await;
    let checks = written(&format!("watched: file = \"{path}\", changed = true, failures = 1"));
    let mut book = Book::new(checks.clone());
    let mut states = Vec::new();
    for (at, text) in [(0, "one"), (60, "one"), (120, "two"), (180, "one")] {
        put(text).await;
        let now = jiff::Timestamp::from_second(1_800_000_000 + at).unwrap();
        book.take(&checks[0].name, check(&*host, &checks[0]).await, now);
        states.push(book.all().next().unwrap().state(now));
    }
    let remove = pult::backends::argv::Argv::new("rm").operand(&path);
    host.run(pult::backends::server::Run::new(remove)).await.unwrap();
    assert_eq!(states, [State::Ok, State::Ok, State::Down, State::Ok]);
}

/// The next answer to this check that is of this kind.
async fn wait_for(messages: &mut mpsc::Receiver<Msg>, check: &str, wanted: Verdict) -> Outcome {
    let patience = Duration::from_secs(60);
    let next = async {
        loop {
            match messages.recv().await.unwrap() {
                Msg::Checked { name, outcome, .. } if *name == *check && outcome.verdict == wanted => {
                    return *outcome;
                }
                _ => {}
            }
        }
    };
    tokio::time::timeout(patience, next).await.unwrap_or_else(|_| panic!("{check} was never {wanted:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_lost_under_its_checks_makes_them_unknown_until_it_is_back() {
    let user = setup().alone();
    let (mut tasks, _panics) = Tasks::new();
    let (messages, mut inbox) = mpsc::channel(256);
    let endpoint = |target: &str| ServerEndpoint {
        place: ServerPlace::Ssh(SshTarget::parse(target).unwrap()),
        sudo: SudoUse::NoPassword,
    };
    let id = TargetId::server;
    let dialled = [(id("srv1"), endpoint("ops@srv1"))];
    let listed = [(id("srv2"), endpoint("ops@srv2"))];
    let servers = Servers::start(&dialled, &listed, |_| Vec::new(), false, &user.hub, &mut tasks, &messages);
    let of = |server: &str, text: &str| -> Vec<Arc<Check>> {
        let checks = written(text).into_iter();
        checks.map(|check| Arc::new(Check { server: id(server), ..Check::clone(&check) })).collect()
    };
    let mut checks = of("srv1", "page: http = \"http://localhost/\", every = \"5s\"");
    checks.extend(of("srv2", "far: http = \"http://localhost/\", every = \"5s\""));
    servers.set_pace(&id("srv1"), Pace::Shown);
    let asking = Checks::start(&checks, &servers, &mut tasks, &messages);
    let far = wait_for(&mut inbox, "far", Verdict::Unknown).await;
    assert_eq!(far.message, "the server that asks is not connected", "nobody is dialled for a check");
    wait_for(&mut inbox, "page", Verdict::Ok).await;
    cut(1, &user.to("ops@srv1").await).await;
    wait_for(&mut inbox, "page", Verdict::Unknown).await;
    wait_for(&mut inbox, "page", Verdict::Ok).await;
    asking.ask(&[checks[0].name.clone()]);
    wait_for(&mut inbox, "page", Verdict::Ok).await;
    assert!(!servers.live(&id("srv2")).map(|live| *live.borrow()).unwrap());
    tasks.shutdown(Duration::from_secs(2)).await;
}
