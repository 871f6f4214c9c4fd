//! Logs of both engines: framed and raw, long lines, following through restarts and lost connections.

use std::time::Duration;

use futures_util::StreamExt;
use pult::backends::docker::Docker;
use pult::backends::log_source::LogRange;
use pult::domain::fault::FaultKind;
use pult::domain::ids::ContainerId;
use pult::domain::log::{LogEvent, LogLine, LogStream};
use serde_json::json;

use super::docker_bed::{BOTH, Bed, Disturbed, Made, alone, calm};
use super::log_reading::Reading;

pub async fn all(docker: &Docker, id: &str, range: LogRange) -> Vec<LogLine> {
    let source = docker.log_source(ContainerId::new(id));
    let batches = source.stored(range).await.unwrap();
    batches.map(Result::unwrap).concat().await
}

async fn wait_for_exit(made: &Made) {
    for _ in 0..100 {
        if made.inspect()["State"]["Running"] == json!(false) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} still runs", made.name);
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_lines_with_streams_and_times() {
    let _engines = calm().await;
    for bed in BOTH {
        let script = r#"echo one; sleep 0.1; echo two >&2; sleep 0.1; printf '\033[31mred\n\n'; head -c 40000 /dev/zero | tr '\0' a; echo; head -c 100000 /dev/zero | tr '\0' b; echo; printf 'bad\377byte\nhalf'"#;
        let made = Made::run(bed, "stored", script, json!({}));
        wait_for_exit(&made).await;
        let docker = bed.client();
        let lines = all(&docker, &made.id, LogRange::default()).await;
        let texts: Vec<&str> =
            lines.iter().map(|l| if l.text.len() > 99 { "long" } else { &l.text }).collect();
        assert_eq!(
            texts,
            ["one", "two", "\u{1b}[31mred", "", "long", "long", "bad\u{fffd}byte", "half"],
            "{bed:?}"
        );
        assert_eq!(lines[1].stream, LogStream::Stderr);
        assert_eq!((lines[4].text.len(), lines[4].cut), (40_000, false), "joined from three pieces");
        assert_eq!((lines[5].text.len(), lines[5].cut), (64 << 10, true));
        assert!(lines.iter().all(|l| l.at.is_some()) && lines.is_sorted_by_key(|l| l.at));

        let tail = all(&docker, &made.id, LogRange { tail: Some(2), ..Default::default() }).await;
        assert_eq!(tail, lines[6..]);
        let part = LogRange { since: lines[1].at, until: lines[2].at, ..Default::default() };
        let part = all(&docker, &made.id, part).await;
        assert_eq!(part[..2], lines[1..3], "to the nanosecond");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminals_output_is_raw() {
    let _engines = calm().await;
    for bed in BOTH {
        let script =
            r#"echo a; printf '10%%\r50%%\rdone\n'; head -c 40000 /dev/zero | tr '\0' x; echo; echo z"#;
        let made = Made::run(bed, "tty", script, json!({"Tty": true}));
        wait_for_exit(&made).await;
        let lines = all(&bed.client(), &made.id, LogRange::default()).await;
        let texts: Vec<(&str, usize)> =
            lines.iter().map(|l| (l.text.get(..1).unwrap_or(""), l.text.len())).collect();
        assert_eq!(texts, [("a", 1), ("d", 4), ("x", 40_000), ("z", 1)], "{bed:?}");
        assert!(lines.iter().all(|l| l.at.is_some()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_that_keeps_nothing_and_a_container_that_is_gone() {
    let _engines = calm().await;
    for bed in BOTH {
        let made = Made::run(
            bed,
            "none",
            "echo x; sleep 60",
            json!({"HostConfig": {"LogConfig": {"Type": "none"}}}),
        );
        let docker = bed.client();
        let id = ContainerId::new(&made.id);
        let fault = docker.log_source(id).stored(LogRange::default()).await.err().unwrap();
        assert_eq!((fault.kind, fault.hint.is_some()), (FaultKind::Unsupported, true), "{fault:?}");
        assert!(fault.message.contains("does not support reading"), "{fault:?}");
        let gone = docker.log_source(ContainerId::new("no-such"));
        let fault = gone.stored(LogRange::default()).await.err().unwrap();
        assert_eq!(fault.kind, FaultKind::Gone);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn following_goes_on_after_a_restart_and_ends_with_the_container() {
    let _engines = calm().await;
    for bed in BOTH {
        let made = Made::run(bed, "follow", "echo up; sleep 0.5; echo down", json!({}));
        let mut log = Reading::following(&made, Some(100));
        log.until("its end", |e, _| *e == LogEvent::Ended).await;
        assert_eq!(log.texts(), ["up", "down"], "{bed:?}");
        made.post("start");
        log.until("its second end", |e, l| *e == LogEvent::Ended && l.len() >= 4).await;
        assert_eq!(log.texts(), ["up", "down", "up", "down"], "{bed:?}: nothing doubled");
        drop(made);
        log.until("its removal", |e, _| matches!(e, LogEvent::Refused(f) if f.kind == FaultKind::Gone)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_container_can_be_followed() {
    let _engines = calm().await;
    for bed in BOTH {
        let made = Made::run(bed, "silent", "sleep 60", json!({}));
        let mut log = Reading::following(&made, Some(10));
        log.until("the connection", |e, _| *e == LogEvent::Live).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_is_lost_or_doubled_when_the_engine_is_killed() {
    let _engines = alone().await;
    let bed = Bed::New;
    let made = Made::run(
        bed,
        "kill",
        "i=0; while [ $i -lt 900 ]; do i=$((i+1)); echo $i; usleep 20000; done; sleep 60",
        json!({}),
    );
    let mut log = Reading::following(&made, None);
    log.until("some lines", |_, l| l.len() > 60).await;
    let _disturbed = Disturbed(bed);
    bed.script("kill");
    log.until("the loss", |e, _| matches!(e, LogEvent::Lost(f) if f.kind.is_link())).await;
    let before = log.lines.len();
    bed.script("start");
    log.until("the last line", |_, l| l.last().is_some_and(|l| l.text == "900")).await;
    let numbers: Vec<u32> = log.lines.iter().map(|l| l.text.parse().unwrap_or(0)).collect();
    // What the container writes while no engine runs waits in a pipe, which live-restore reads on.
    let doubled = numbers.windows(2).filter(|w| w[1] <= w[0]).count();
    let lost: Vec<_> = numbers.windows(2).filter(|w| w[1] != w[0] + 1).collect();
    assert!(before >= 60 && doubled == 0 && lost.is_empty(), "doubled {doubled}, jumps {lost:?}");
}
