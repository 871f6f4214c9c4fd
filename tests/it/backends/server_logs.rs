//! Logs of the real servers of the bed: their journals and their files, also while the connection is cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::StreamExt;
use pult::backends::argv::Argv;
use pult::backends::log_source::{LogRange, LogSource};
use pult::backends::ssh::Connection;
use pult::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::ids::TargetId;
use pult::domain::log::{HostLog, LogAnchor, LogEvent, LogLine, LogTurn};
use pult::domain::ssh_target::SshTarget;
use pult::runtime::audit_book::AuditBook;
use pult::runtime::root_reads::RootReads;
use pult::runtime::server_logs::ServerLogs;
use pult::runtime::session::Session;

use super::local_reading::Reading;
use super::ssh_bed::{SOON, User, cut, setup};

fn source(user: &User, target: &str, log: HostLog) -> Arc<dyn LogSource> {
    let place = ServerPlace::Ssh(SshTarget::parse(target).unwrap());
    let server = (TargetId::server("there"), ServerEndpoint { place, sudo: SudoUse::default() });
    ServerLogs::new(&user.hub, [&server], false).source(&server.0, &log).unwrap()
}

/// A name that nobody else uses.
fn name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("pult-logs-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

async fn run(connection: &Connection, script: &'static str, operands: &[&str]) {
    let argv = operands.iter().fold(Argv::script(script), |argv, word| argv.operand(word));
    let output = connection.exec(&argv, SOON).await.unwrap();
    assert!(output.exit.is_success(), "{output:?}");
}

/// The numbers of lines `… line N`.
fn numbers(lines: &[LogLine]) -> Vec<u32> {
    lines.iter().filter_map(|line| line.text.rsplit_once("line ")?.1.parse().ok()).collect()
}

fn to(last: u32) -> String {
    format!(" line {last}")
}

async fn refused(source: &Arc<dyn LogSource>) -> Fault {
    let mut reading = Reading::of(source, LogAnchor::End, Some(5));
    loop {
        match reading.next().await {
            LogEvent::Refused(fault) => return fault,
            LogEvent::Lines(lines) => panic!("it is read: {lines:?}"),
            _ => {}
        }
    }
}

const WRITE_UNIT: &str = "systemd-run --quiet --wait --collect --unit=\"$1\" /bin/sh -c \
    'for i in $(seq '\"$2\"' '\"$3\"'); do echo \"a line $i\"; done'";

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_followed_through_a_cut_connection_and_paged_back() {
    let (user, writer) = (setup().alone(), setup().alone());
    let (unit, root) = (name(), writer.to("srv1").await);
    run(&root, WRITE_UNIT, &[&unit, "1", "300"]).await;
    let log = source(&user, "ops@srv1", HostLog::Journal(Some(format!("{unit}.service").as_str().into())));

    let stored = log.stored(LogRange { tail: Some(5000), ..LogRange::default() }).await.unwrap();
    let stored: Vec<LogLine> = stored.map(Result::unwrap).collect::<Vec<_>>().await.concat();
    assert_eq!(numbers(&stored), (1..=300).collect::<Vec<_>>());

    let mut reading = Reading::of(&log, LogAnchor::End, Some(20));
    let mut held = reading.lines(&to(300)).await;
    let (first, second) = (held[0].clone(), to(301));
    cut(1, &bulk(&user, "ops@srv1").await).await;
    run(&root, WRITE_UNIT, &[&unit, "301", "400"]).await;
    held.extend(reading.lines(&to(400)).await);
    assert!(held.iter().any(|line| line.text.ends_with(&second)));
    // What is older, from the first line on that was ever held.
    let mut number = 0;
    loop {
        let (older, more) = reading.older(70, number).await;
        number -= older.len() as i64;
        held.splice(0..0, older);
        if !more {
            break;
        }
    }
    assert!(held.contains(&first));
    assert_eq!(numbers(&held), (1..=400).collect::<Vec<_>>(), "neither a hole nor a double");
    assert_eq!(reading.find("A LINE 7$").await.hits, 1);
    reading.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_says_why() {
    let user = setup().alone();
    let guest = source(&user, "guest@srv1", HostLog::Journal(None));
    let mut reading = Reading::of(&guest, LogAnchor::End, Some(5));
    let told = loop {
        if let LogEvent::Note(text) = reading.next().await {
            break text;
        }
    };
    assert!(told.contains("usermod -aG systemd-journal"), "{told}");
    let guest = source(&user, "guest@srv1", HostLog::File("/etc/shadow".into()));
    assert_eq!(refused(&guest).await.kind, FaultKind::Denied);
    let nowhere = source(&user, "ops@srv1", HostLog::File("/var/log/pult-is-not-there.log".into()));
    let mut reading = Reading::of(&nowhere, LogAnchor::End, Some(5));
    let lost = loop {
        if let LogEvent::Lost(fault) = reading.next().await {
            break fault;
        }
    };
    assert_eq!(lost.kind, FaultKind::Gone);
    let folder = source(&user, "ops@srv1", HostLog::File("/var/log".into()));
    assert_eq!(refused(&folder).await.kind, FaultKind::Unsupported);
}

/// A journal and a file with a line each second from 00:00:00 on, of which ten seconds are wanted.
#[tokio::test(flavor = "multi_thread")]
async fn a_span_of_time_is_all_that_comes() {
    let (user, writer) = (setup().alone(), setup().alone());
    let (unit, root) = (name(), writer.to("srv1").await);
    let path = format!("/tmp/{unit}.log");
    run(&root, STAMPED, &[&path]).await;
    let file = source(&user, "ops@srv1", HostLog::File(path.as_str().into()));
    let span = |from: &str, to: &str| {
        let moment = |text: &str| Some(text.parse().unwrap());
        LogRange { tail: None, since: moment(from), until: moment(to) }
    };
    let lines = async |log: &Arc<dyn LogSource>, range| {
        let pieces: Vec<_> = log.stored(range).await.unwrap().map(Result::unwrap).collect().await;
        numbers(&pieces.concat())
    };
    let wanted = span("2026-01-02T00:00:20Z", "2026-01-02T00:00:30Z");
    assert_eq!(lines(&file, wanted).await, (20..=30).collect::<Vec<_>>());
    run(&root, REMOVE, &[&path]).await;

    run(&root, WRITE_UNIT, &[&unit, "1", "3"]).await;
    let log = source(&user, "ops@srv1", HostLog::Journal(Some(format!("{unit}.service").as_str().into())));
    assert!(lines(&log, span("2001-01-01T00:00:00Z", "2001-01-02T00:00:00Z")).await.is_empty());
    assert_eq!(lines(&log, span("2001-01-01T00:00:00Z", "2101-01-02T00:00:00Z")).await, [1, 2, 3]);
}

const STAMPED: &str =
    "for i in $(seq 10 50); do echo \"2026-01-02T00:00:${i}Z a line $i\"; done >\"$1\"; chmod 644 \"$1\"";
const MAKE: &str = "mkdir -p -- \"$1\" && chmod 700 -- \"$1\"";
const WRITE: &str = "for i in $(seq \"$2\" \"$3\"); do echo \"a line $i\"; done >>\"$1\"";
const ROTATE: &str =
    "mv -- \"$1\" \"$1.1\"; for i in $(seq \"$2\" \"$3\"); do echo \"a line $i\"; done >>\"$1\"";
const ROTATE_AND_PACK: &str = "gzip -- \"$1.1\" && mv -- \"$1.1.gz\" \"$1.2.gz\" && mv -- \"$1\" \"$1.1\" && \
    gzip -- \"$1.1\" && for i in $(seq \"$2\" \"$3\"); do echo \"a line $i\"; done >>\"$1\"";
const EMPTY: &str = ": >\"$1\"; for i in $(seq \"$2\" \"$3\"); do echo \"a line $i\"; done >>\"$1\"";
const REMOVE: &str = "rm -rf -- \"$1\"";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_followed_through_rotation_and_a_cut_connection() {
    let (user, writer) = (setup().alone(), setup().alone());
    let root = writer.to("srv2").await;
    // Only root may read it: sudo is used, which asks nothing there. The name is nothing for a shell.
    let dir = format!("/var/tmp/{} a'b$(id)\n", name());
    let path = format!("{dir}/app.log");
    run(&root, MAKE, &[&dir]).await;
    run(&root, WRITE, &[&path, "1", "500"]).await;
    let log = source(&user, "ops@srv2", HostLog::File(path.as_str().into()));

    let mut reading = Reading::of(&log, LogAnchor::End, Some(20));
    let mut held = reading.lines(&to(500)).await;
    assert_eq!(numbers(&held), (481..=500).collect::<Vec<_>>());
    run(&root, WRITE, &[&path, "501", "520"]).await;
    held.extend(reading.lines(&to(520)).await);
    run(&root, ROTATE, &[&path, "521", "540"]).await;
    held.extend(reading.lines(&to(540)).await);
    // While nobody looks it is written, rotated and packed.
    cut(2, &bulk(&user, "ops@srv2").await).await;
    run(&root, WRITE, &[&path, "541", "560"]).await;
    run(&root, ROTATE_AND_PACK, &[&path, "561", "600"]).await;
    held.extend(reading.lines(&to(600)).await);
    assert_eq!(numbers(&held), (481..=600).collect::<Vec<_>>(), "neither a hole nor a double");
    let mut number = 0;
    loop {
        let (older, more) = reading.older(150, number).await;
        number -= older.len() as i64;
        held.splice(0..0, older);
        if !more {
            break;
        }
    }
    assert_eq!(numbers(&held), (1..=600).collect::<Vec<_>>());
    assert_eq!(reading.find("line 5[0-9]0$").await.hits, 10);

    run(&root, EMPTY, &[&path, "601", "610"]).await;
    let mut turned = Vec::new();
    let mut after = Vec::new();
    while !after.contains(&610) {
        match reading.next().await {
            LogEvent::Turned(turn) => turned.push(turn),
            LogEvent::Lines(lines) => after.extend(numbers(&lines)),
            _ => {}
        }
    }
    assert_eq!((turned, after), (vec![LogTurn::Truncated], (601..=610).collect::<Vec<_>>()));
    reading.end().await;
    run(&root, REMOVE, &[&dir]).await;
}

/// The connection by which logs are read.
async fn bulk(user: &User, target: &str) -> Connection {
    user.hub.bulk(&SshTarget::parse(target).unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_read_as_root_is_one_line_of_the_audit() {
    let user = setup().alone();
    let dir = tempfile::tempdir().unwrap();
    let reads = RootReads::into(AuditBook::of(Some(dir.path()), Session::current()));
    let target = SshTarget::parse("ops@srv2").unwrap();
    let endpoint = ServerEndpoint { place: ServerPlace::Ssh(target), sudo: SudoUse::default() };
    let server = (TargetId::server("there"), endpoint);
    let logs = ServerLogs::new(&user.hub, [&server], false).audited(reads);
    for (path, lines) in
        [("/etc/shadow", true), ("/etc/shadow", true), ("/etc/passwd", true), ("/nowhere", false)]
    {
        let log = logs.source(&server.0, &HostLog::File(path.into())).unwrap();
        let stored = log.stored(LogRange { tail: Some(5), ..LogRange::default() }).await;
        let read = match stored {
            Ok(stored) => stored.filter_map(async |part| part.ok()).collect::<Vec<_>>().await.concat().len(),
            Err(_) => 0,
        };
        assert_eq!(read > 0, lines, "{path}");
    }
    let text = std::fs::read_to_string(dir.path().join("audit.jsonl")).unwrap();
    let told: Vec<&str> = text.lines().collect();
    assert_eq!(told.len(), 1, "{text}");
    assert!(told[0].contains("read /etc/shadow of there as root"), "{text}");
}
