//! Older and newer lines of logs on both engines, page by page, with every line accounted for.

use jiff::Timestamp;
use pult::backends::docker::Docker;
use pult::domain::fault::FaultKind;
use pult::domain::log::{LogAnchor, LogAsk, LogEvent, LogFind, LogLine, LogStream};
use serde_json::json;

use super::docker_bed::{BOTH, Bed, Made, calm};
use super::log_reading::Reading;

/// The drivers that an engine of the bed can read; what `json-file` writes we can read ourselves too.
const WAYS: [(&str, bool); 3] = [("json-file", true), ("json-file", false), ("local", true)];

/// Both engines, each driver, and a client of each kind.
fn ways() -> impl Iterator<Item = (Bed, &'static str, Docker)> {
    let client = |bed: Bed, local| if local { bed.client() } else { bed.remote_client() };
    BOTH.into_iter().flat_map(move |bed| WAYS.map(|(driver, local)| (bed, driver, client(bed, local))))
}

/// Writes `count` numbered lines to stdout, each hundredth also to stderr, some of them long; then goes on
/// slowly.
fn writing(bed: Bed, driver: &str, count: u32) -> Made {
    let script = format!(
        r#"awk 'BEGIN {{ x = sprintf("%40000s", "x"); for (i = 1; i <= {count}; i++) {{ print i (i % 997 ? "" : x); if (i % 100 == 0) print i > "/dev/stderr" }} }}'
           i={count}; while [ $i -lt {} ]; do i=$((i+1)); echo $i; usleep 50000; done; sleep 60"#,
        count + 100
    );
    Made::run(bed, "pages", &script, json!({"HostConfig": {"LogConfig": {"Type": driver}}}))
}

fn number(line: &LogLine) -> u32 {
    let first = line.text.split(' ').next().unwrap();
    first.parse().unwrap_or_else(|e| panic!("{e}: {first:?} at {:?}, {} bytes", line.at, line.text.len()))
}

/// The numbers on stdout follow each other, and so do those on stderr; the first and last ones on stdout.
#[track_caller]
fn whole(lines: &[LogLine]) -> (u32, u32) {
    let of = |stream| -> Vec<u32> { lines.iter().filter(|l| l.stream == stream).map(number).collect() };
    let (out, err) = (of(LogStream::Stdout), of(LogStream::Stderr));
    let jumps: Vec<_> = out.windows(2).filter(|w| w[1] != w[0] + 1).collect();
    assert!(jumps.is_empty(), "{jumps:?}");
    let jumps: Vec<_> = err.windows(2).filter(|w| w[1] != w[0] + 100).collect();
    assert!(jumps.is_empty(), "{jumps:?}");
    assert!(
        lines.iter().all(|l| l.stream == LogStream::Stderr
            || !number(l).is_multiple_of(997)
            || l.text.len() > 40_000)
    );
    (out[0], out[out.len() - 1])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_paged_back_to_its_beginning_while_it_grows() {
    let _engines = calm().await;
    for (bed, driver, docker) in ways() {
        let made = writing(bed, driver, 20_000);
        let mut log = Reading::following(&made, None);
        log.until("all of it", |_, l| l.iter().any(|l| l.text == "20001")).await;
        let mut log = Reading::by(&docker, &made, LogAnchor::End, Some(500));
        log.until("the last lines", |_, l| l.len() > 500).await;
        let mut pages = 1;
        while log.older(3000).await {
            pages += 1;
            assert!(pages < 10, "{bed:?} {driver}: {:?}", whole(&log.lines));
        }
        let (first, last) = whole(&log.lines);
        assert!(first == 1 && last > 20_000 && pages == 7, "{bed:?} {driver}: {first} {last} {pages}");
        assert_eq!(log.lines.iter().filter(|l| l.stream == LogStream::Stderr).count(), 200);
        assert!(!log.older(10).await && whole(&log.lines).0 == 1, "nothing is before the beginning");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_read_around_a_time_to_both_ends() {
    let _engines = calm().await;
    for (bed, driver, docker) in ways() {
        let made = writing(bed, driver, 30_000);
        let mut log = Reading::following(&made, None);
        log.until("all of it", |_, l| l.iter().any(|l| l.text == "30001")).await;
        let at = log
            .lines
            .iter()
            .find(|l| l.stream == LogStream::Stdout && number(l) == 12_000)
            .unwrap()
            .at
            .unwrap();

        let (mut log, before, more) = Reading::around(&docker, &made, LogAnchor::Time(at), 100).await;
        assert_eq!((log.lines.len(), before, more), (200, 100, true), "{bed:?} {driver}");
        assert!(log.lines[100].at.unwrap() >= at && log.lines[99].at.unwrap() < at);
        whole(&log.lines);
        for _ in 0..3 {
            let more = (log.older(1000).await, log.newer(1000).await);
            assert_eq!(more, (true, true), "{bed:?} {driver}: {}", log.lines.len());
            whole(&log.lines);
        }
        assert_eq!(log.lines.len(), 200 + 6000);
        whole(&log.lines);
        while log.older(9000).await {}
        while log.newer(12_000).await {}
        let (first, last) = whole(&log.lines);
        assert!(first == 1 && last > 30_000, "{bed:?} {driver}: {first} {last}");
    }
}

/// The last letters of each line, for a failure.
fn ends(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|l| &l.text[l.text.len().saturating_sub(8)..]).collect()
}

/// Lines of stdout in two pieces each, with lines of stderr stored between them; so an answer may begin there.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_long_line_is_never_taken_for_a_line() {
    let _engines = calm().await;
    let script = r#"for k in 1 2 3 4; do
        head -c 20000 /dev/zero | tr '\0' a; usleep 50000
        for e in 1 2 3 4 5; do echo "$k$e" >&2; done; usleep 50000
        echo " end $k"; echo "short $k"
      done; sleep 60"#;
    for (bed, driver, docker) in ways() {
        let config = json!({"HostConfig": {"LogConfig": {"Type": driver}}});
        let made = Made::run(bed, "pages", script, config);
        let mut log = Reading::following(&made, None);
        log.until("all of it", |_, l| l.len() == 28).await;
        let all = std::mem::take(&mut log.lines);
        let long = |line: &&LogLine| line.text.starts_with("aaa") && line.text.contains(" end ");
        assert_eq!(all.iter().filter(long).count(), 4, "{bed:?} {driver}");
        assert!(all[5].text.ends_with("end 1"), "others are stored between its pieces");
        for tail in 1..=16 {
            let mut log = Reading::by(&docker, &made, LogAnchor::End, Some(tail));
            log.until("the last lines", |_, l| l.last() == all.last()).await;
            assert!(
                all.ends_with(&log.lines),
                "{bed:?} {driver} {tail}: {:?} {:?}",
                ends(&all),
                ends(&log.lines)
            );
            while log.older(3).await {}
            assert!(log.lines == all, "{bed:?} {driver} {tail}: {} lines paged", log.lines.len());
        }
        for line in all.iter().step_by(3) {
            let at = LogAnchor::Time(line.at.unwrap());
            let (mut log, _, _) = Reading::around(&docker, &made, at, 2).await;
            while log.newer(3).await {}
            while log.older(3).await {}
            assert!(log.lines == all, "{bed:?} {driver} {line:.20?}: {} lines around", log.lines.len());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn times_before_and_behind_a_log() {
    let _engines = calm().await;
    for (bed, driver, docker) in ways() {
        let config = json!({"HostConfig": {"LogConfig": {"Type": driver}}});
        let made = Made::run(bed, "pages", "seq 1 50; sleep 60", config);
        let mut log = Reading::following(&made, None);
        log.until("all of it", |_, l| l.len() == 50).await;
        let (mut log, before, more) =
            Reading::around(&docker, &made, LogAnchor::Time(Timestamp::UNIX_EPOCH), 10).await;
        assert_eq!((log.lines.len(), before, more), (10, 0, false));
        assert!(!log.older(10).await && log.newer(30).await && !log.newer(30).await);
        assert_eq!(whole(&log.lines), (1, 50));

        let late = log.lines[49].at.unwrap() + jiff::SignedDuration::from_hours(1);
        let (mut log, before, more) = Reading::around(&docker, &made, LogAnchor::Time(late), 10).await;
        assert_eq!((log.lines.len(), before, more), (10, 10, true));
        assert!(!log.newer(10).await && log.older(30).await && !log.older(30).await);
        assert_eq!(whole(&log.lines), (1, 50));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_file_can_be_read_is_searched() {
    let _engines = calm().await;
    for bed in BOTH {
        // Three files: rotated ones are searched too.
        let limits = json!({"Type": "json-file", "Config": {"max-size": "1m", "max-file": "5"}});
        let script = r#"seq 1 30000 | sed 's/.*00$/&"err"/'; sleep 60"#;
        let made = Made::run(bed, "find", script, json!({"HostConfig": {"LogConfig": limits}}));
        let mut log = Reading::following(&made, Some(10));
        log.until("all of it", |_, l| l.iter().any(|l| l.text.starts_with("30000"))).await;

        let regex = r#"^2\d500"err"$"#.to_owned();
        let ask = LogFind { generation: 7, regex, ignore_case: false };
        log.asks.send(LogAsk::Find(ask.clone())).await.unwrap();
        let done = |e: &LogEvent| matches!(e, LogEvent::Found(found) if found.done);
        let LogEvent::Found(found) = log.until("the search", |e, _| done(e)).await else { panic!() };
        assert_eq!((found.hits, found.generation, found.fault), (10, 7, None), "{bed:?}");
        assert!(found.places[9] < 0, "in a rotated file: {:?}", found.places);
        for (place, number) in found.places.iter().zip((20..30).rev()) {
            let anchor = LogAnchor::Offset(*place);
            let (mut log, before, more) = Reading::around(&bed.client(), &made, anchor, 5).await;
            assert_eq!((log.lines.len(), before, more), (10, 5, true));
            assert_eq!(log.lines[5].text, format!(r#"{number}500"err""#), "{bed:?}");
            assert!(log.older(100).await && log.newer(100).await);
            let numbers: Vec<&str> = log.lines.iter().map(|l| l.text.trim_end_matches(r#""err""#)).collect();
            assert!(numbers.windows(2).all(|w| w[1].parse::<u32>() == Ok(w[0].parse::<u32>().unwrap() + 1)));
        }

        let mut log = Reading::by(&bed.remote_client(), &made, LogAnchor::End, Some(10));
        log.asks.send(LogAsk::Find(ask)).await.unwrap();
        let LogEvent::Found(found) = log.until("the refusal", |e, _| done(e)).await else { panic!() };
        assert_eq!(found.fault.unwrap().kind, FaultKind::Unsupported);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_log_has_nothing_older() {
    let _engines = calm().await;
    for bed in BOTH {
        let made = Made::run(bed, "pages", "read x; echo 1; sleep 60", json!({"OpenStdin": true}));
        let mut log = Reading::following(&made, Some(10));
        log.until("the connection", |e, _| *e == LogEvent::Live).await;
        assert!(!log.older(10).await && log.lines.is_empty());
        let place = LogAnchor::Offset(7);
        Reading::by(&bed.remote_client(), &made, place, None)
            .until("a refusal", |e, _| matches!(e, LogEvent::Refused(_)))
            .await;
    }
}
