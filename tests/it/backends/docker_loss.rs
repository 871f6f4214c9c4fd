//! What can go wrong while a log is followed: lines that come too fast or are rotated away, drivers that keep
//! little, lines without an end. Everything that is missing is told.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pult::domain::fault::FaultKind;
use pult::domain::log::{LogAnchor, LogAsk, LogEvent, LogLine, LogSourceId};
use pult::logs::book::{Book, Kind};
use serde_json::json;

use super::docker_bed::{BOTH, Bed, Disturbed, Made, alone, calm};
use super::log_reading::Reading;

fn numbers(lines: &[LogLine]) -> Vec<u64> {
    lines.iter().map(|line| line.text.parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_sleeps_through_a_flood_is_told_what_it_missed() {
    let _engines = calm().await;
    for bed in BOTH {
        let made = Made::run(bed, "flood", "seq 1 300000; sleep 60", json!({}));
        let mut log = Reading::following(&made, None);
        tokio::time::sleep(Duration::from_secs(8)).await;
        let (mut next, mut dropped) = (1, 0);
        while next <= 300_000 {
            match log.until("another event", |_, _| true).await {
                LogEvent::Lines(lines) => {
                    for number in numbers(&lines) {
                        assert_eq!(number, next, "{bed:?}");
                        next += 1;
                    }
                }
                LogEvent::Dropped(count) => (next, dropped) = (next + count, dropped + count),
                LogEvent::Live | LogEvent::Life(_) | LogEvent::Skew(_) => {}
                other => panic!("{bed:?}: {other:?}"),
            }
        }
        assert!(next == 300_001 && dropped > 0, "{bed:?}: {dropped}");
        // What was not taken can be had again: by paging back from the first line after the hole.
        let mut log = Reading::following(&made, Some(10));
        log.until("the end", |_, l| l.len() >= 10).await;
        assert!(log.older(1000).await);
        assert!(numbers(&log.lines).windows(2).all(|w| w[1] == w[0] + 1) && log.lines.len() == 1010);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_rotates_is_followed_without_a_double() {
    let _engines = calm().await;
    for (bed, driver) in BOTH.into_iter().flat_map(|bed| ["json-file", "local"].map(|d| (bed, d))) {
        let limits = json!({"Type": driver, "Config": {"max-size": "1m", "max-file": "2"}});
        // 3 MB at a pace that an engine can hand on.
        let script = "i=0; while [ $i -lt 300 ]; do i=$((i+1)); seq $((i*100-99)) $((i*100)) | sed 's/$/ abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz/'; usleep 10000; done; sleep 60";
        let made = Made::run(bed, "rotate", script, json!({"HostConfig": {"LogConfig": limits}}));
        let mut log = Reading::following(&made, None);
        let is_last = |line: &LogLine| line.text.starts_with("30000 ");
        log.until("the last line", |e, l| {
            assert!(!matches!(e, LogEvent::Lost(_) | LogEvent::Refused(_)), "{bed:?} {driver}: {e:?}");
            l.last().is_some_and(is_last)
        })
        .await;
        let number = |line: &LogLine| line.text.split(' ').next().unwrap().parse::<u64>().unwrap();
        let numbers: Vec<u64> = log.lines.iter().map(number).collect();
        let doubled = numbers.windows(2).filter(|w| w[1] <= w[0]).count();
        let jumps: Vec<_> = numbers.windows(2).enumerate().filter(|(_, w)| w[1] != w[0] + 1).collect();
        assert!(jumps.is_empty(), "{bed:?} {driver}: {doubled} doubled, {jumps:?}");
        // The beginning is gone; paging back says so.
        let mut log = Reading::following(&made, Some(10));
        log.until("the end", |_, l| l.len() >= 10).await;
        while log.older(5000).await {}
        let numbers: Vec<u64> = log.lines.iter().map(number).collect();
        assert!(numbers.windows(2).all(|w| w[1] == w[0] + 1), "{bed:?} {driver}");
        assert!(numbers[0] > 1 && numbers[numbers.len() - 1] == 30_000, "{bed:?} {driver}: {}", numbers[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rotates_away_while_nobody_is_connected_is_a_gap() {
    let _engines = alone().await;
    for bed in BOTH {
        let limits = json!({"Type": "json-file", "Config": {"max-size": "100k", "max-file": "2"}});
        let script = "i=0; while :; do i=$((i+1)); seq $((i*100-99)) $((i*100)); usleep 10000; done";
        let made = Made::run(bed, "gap", script, json!({"HostConfig": {"LogConfig": limits}}));
        let mut log = Reading::following(&made, None);
        log.until("some lines", |_, l| l.len() > 1000).await;
        let _disturbed = Disturbed(bed);
        bed.script("kill");
        log.until("the loss", |e, _| matches!(e, LogEvent::Lost(_))).await;
        let before = log.lines.len();
        bed.script("start");
        let gap = log.until("the gap", |e, _| matches!(e, LogEvent::Gap(_))).await;
        assert_eq!(log.lines.len(), before, "{bed:?}: the gap stands where lines are missing");
        log.until("what follows", |_, l| l.len() > before + 1000).await;
        let LogEvent::Gap(gap) = gap else { panic!("{gap:?}") };
        let times = (log.lines[before - 1].at, log.lines[before].at);
        assert_eq!((gap.from, gap.until), times, "{bed:?}");
        let numbers = numbers(&log.lines);
        let (old, new) = numbers.split_at(before);
        assert!(new[0] > old[before - 1] + 1, "{bed:?}");
        // With such small files a follower of an engine misses some at other places too, and nothing tells.
        let doubled: Vec<_> = numbers.windows(2).filter(|w| w[1] <= w[0]).collect();
        assert!(doubled.is_empty(), "{bed:?}: {doubled:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_that_sends_lines_elsewhere_is_read_through_the_engines_cache() {
    let _engines = calm().await;
    for bed in BOTH {
        let config = json!({"Type": "syslog", "Config": {"syslog-address": "udp://127.0.0.1:9"}});
        let made = Made::run(bed, "cache", "seq 1 9; sleep 60", json!({"HostConfig": {"LogConfig": config}}));
        let mut log = Reading::following(&made, Some(100));
        let note = log.until("the note", |e, _| matches!(e, LogEvent::Note(_))).await;
        assert!(matches!(note, LogEvent::Note(n) if n.contains("partial") && n.contains("`syslog`")));
        if log.lines.len() < 9 {
            log.until("the lines", |_, l| l.len() == 9).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_without_an_end_is_shown_as_it_is() {
    let _engines = calm().await;
    for bed in BOTH {
        // An engine hands on what has no end in pieces of 16 KiB.
        let script = "head -c 17000 /dev/zero | tr '\\0' x; read y; echo z; sleep 60";
        let made = Made::run(bed, "progress", script, json!({"Tty": true, "OpenStdin": true}));
        let mut log = Reading::following(&made, Some(100));
        let event = log.until("the beginning", |e, _| matches!(e, LogEvent::Progress(_))).await;
        assert!(matches!(event, LogEvent::Progress(line) if line.text.len() == 16 << 10));
        assert!(log.lines.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_progress_bar_comes_as_one_line_when_it_ends() {
    let _engines = calm().await;
    for bed in BOTH {
        let script = r"i=0; while [ $i -lt 8 ]; do i=$((i+1)); printf '%s0%%\r' $i; sleep 0.2; done; echo done; sleep 60";
        let made = Made::run(bed, "short-progress", script, json!({"Tty": true}));
        let mut log = Reading::following(&made, None);
        log.until("the line", |e, l| {
            assert!(!matches!(e, LogEvent::Progress(_)), "{bed:?}: engines do hand it on: show it");
            !l.is_empty()
        })
        .await;
        assert_eq!(log.texts(), ["done"], "{bed:?}: what stood last");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_64_mb_takes_bounded_memory_and_is_cut() {
    let _engines = calm().await;
    let bed = Bed::New;
    let script = "head -c 67108864 /dev/zero | tr '\\0' a; echo; echo end";
    let made = Made::run(bed, "long", script, json!({}));
    let mut log = Reading::following(&made, None);
    log.until("the line after it", |_, l| l.last().is_some_and(|l| l.text == "end")).await;
    assert_eq!((log.lines.len(), log.lines[0].text.len(), log.lines[0].cut), (2, 64 << 10, true));
    let mut log = Reading::following(&made, Some(1));
    log.until("the line after it", |_, l| l.len() == 1).await;
    assert!(!log.older(10).await);
    assert_eq!((log.lines.len(), log.lines[0].cut, log.lines[1].text.as_str()), (2, true, "end"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_container_ends_its_log() {
    let _engines = calm().await;
    for bed in BOTH {
        let made = Made::run(bed, "removed", "echo up; sleep 60", json!({}));
        let mut log = Reading::following(&made, Some(1));
        log.until("the line", |_, l| l.len() == 1).await;
        drop(made);
        log.until("its end", |e, _| matches!(e, LogEvent::Refused(f) if f.kind == FaultKind::Gone)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_dropped_in_a_flood_is_read_again_when_it_has_calmed() {
    let _engines = calm().await;
    // Through the engine, from its file, and of a driver that writes another format.
    let ways = [(Bed::Old, "json-file", false), (Bed::New, "json-file", true), (Bed::New, "local", true)];
    for (bed, driver, local) in ways {
        let driver_of = json!({"HostConfig": {"LogConfig": {"Type": driver}}});
        let made = Made::run(bed, "heal", "seq 1 200000; sleep 60", driver_of);
        let docker = if local { bed.client() } else { bed.remote_client() };
        let mut log = Reading::by(&docker, &made, LogAnchor::End, None);
        let source = LogSourceId::File("flood".into());
        let mut book = Book::new(64 << 20);
        book.open(source.clone(), "flood".to_owned());
        // A clock of the test's own: so it has calmed at once.
        let mut now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 60);
        while book.newest().is_none() {
            let event = log.until("the first lines", |_, _| true).await;
            book.take(&source, event, now);
        }
        tokio::time::sleep(Duration::from_secs(6)).await;
        while !book.lines(book.positions()).any(|line| line.text == "200000") {
            let event = log.until("another event", |_, _| true).await;
            book.take(&source, event, now);
        }
        let ledger = book.ledger(1).unwrap();
        let dropped = ledger.dropped;
        assert!(dropped > 10_000 && ledger.received + dropped == 200_000, "{bed:?} {driver}: {ledger:?}");
        // A busy engine is asked again later.
        while let Some(place) = {
            now += SignedDuration::from_secs(10);
            book.advance(now);
            book.heal_wanted().next()
        } {
            let (lines, edge) = book.begin_healing(place).unwrap();
            log.asks.send(LogAsk::Older { lines, edge }).await.unwrap();
            let answer = log
                .until("an answer", |e, _| matches!(e, LogEvent::Older { .. } | LogEvent::OlderFailed(_)))
                .await;
            book.take(&source, answer, now);
        }
        let lines = book.all().filter(|line| line.kind == Kind::Line);
        let numbers: Vec<u64> = lines.map(|line| line.text.parse().unwrap()).collect();
        assert!(numbers.iter().copied().eq(1..=200_000), "{bed:?} {driver}: {} lines", numbers.len());
        let ledger = book.ledger(1).unwrap();
        assert_eq!(
            (ledger.dropped, ledger.healed, ledger.received),
            (0, dropped, 200_000),
            "{bed:?} {driver}"
        );
    }
}
