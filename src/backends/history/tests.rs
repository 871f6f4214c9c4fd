//! A file that is kept, one that is damaged, one that is locked.

use std::path::Path;

use jiff::Timestamp;

use super::{Store, file};
use crate::domain::ids::TargetId;
use crate::domain::server::threshold::Metric;
use crate::domain::server::{Crossing, Point, ServerEvent, Span};

fn at(s: i64) -> Timestamp {
    Timestamp::from_second(s).unwrap()
}

fn point(s: i64, cpu: f32) -> Point {
    Point::new(at(s), [cpu, 50.0, 1.25, f32::NAN, 1e9, 0.4, 91.5])
}

fn web() -> TargetId {
    TargetId::server("web")
}

fn open(dir: &Path) -> Store {
    let (store, remark) = Store::open(dir).unwrap();
    assert_eq!(remark, None);
    store
}

#[test]
fn minutes_come_back_as_they_were_and_unmeasured_stays_unmeasured() {
    let dir = tempfile::tempdir().unwrap();
    let now = 1_800_000_000;
    open(dir.path())
        .add(&[(web(), point(now, 12.34)), (TargetId::server("db"), point(now, 1.0))], at(now))
        .unwrap();
    let points = open(dir.path()).points(&web(), Span::Hour, at(now)).unwrap();
    assert_eq!(points.len(), 1);
    let [cpu, memory, load, stall, rx, tx, disk] = points[0].figures();
    assert_eq!((cpu, memory, load, rx, tx, disk), (12.3, 50.0, 1.25, 1e9, 0.0, 91.5));
    assert!(stall.is_nan());
    assert!(open(dir.path()).points(&TargetId::server("none"), Span::Day, at(now)).unwrap().is_empty());
}

#[test]
fn a_quarter_of_an_hour_is_the_mean_of_its_minutes() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, begin) = (open(dir.path()), 1_800_000_000);
    for minute in 0..30 {
        let s = begin + minute * 60;
        store.add(&[(web(), point(s, if minute < 15 { 10.0 } else { minute as f32 }))], at(s)).unwrap();
    }
    let month = store.points(&web(), Span::Month, at(begin + 1800)).unwrap();
    let told: Vec<_> = month.iter().map(|p| (p.at.as_second() - begin, p.cpu_percent)).collect();
    assert_eq!(told, [(0, 10.0), (900, 22.0)]);
}

/// A day of minutes and a month of quarters, whatever was written.
#[test]
fn the_file_is_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, begin) = (open(dir.path()), 1_800_000_000);
    for day in 0..60 {
        let batch: Vec<_> = (0..1440).map(|m| (web(), point(begin + day * 86_400 + m * 60, 5.0))).collect();
        store.add(&batch, batch[batch.len() - 1].1.at).unwrap();
    }
    let now = at(begin + 60 * 86_400);
    let (day, month) =
        (store.points(&web(), Span::Day, now).unwrap(), store.points(&web(), Span::Month, now).unwrap());
    assert!((1430..=1441).contains(&day.len()), "{}", day.len());
    assert!((2870..=2881).contains(&month.len()), "{}", month.len());
    drop(store);
    let bytes = std::fs::metadata(file::path(dir.path())).unwrap().len();
    assert!(bytes < 600_000, "{bytes}");
}

#[test]
fn events_are_kept_and_their_ends_replace_their_beginnings() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, s) = (open(dir.path()), 1_800_000_000);
    let crossing = Crossing {
        metric: Metric::Disk,
        what: "/".into(),
        since: at(s),
        until: None,
        peak: 91.0,
        level: 80.0,
    };
    let mut event = ServerEvent { target: web(), crossing };
    store.remember(&event, at(s)).unwrap();
    event.crossing.until = Some(at(s + 60));
    store.remember(&event, at(s + 60)).unwrap();
    assert_eq!(store.events(10).unwrap(), [event.clone()]);
    let later =
        ServerEvent { crossing: Crossing { since: at(s + 90), ..event.crossing.clone() }, ..event.clone() };
    store.remember(&later, at(s + 90)).unwrap();
    assert_eq!(store.events(10).unwrap(), [event, later.clone()]);
    assert_eq!(store.events(1).unwrap(), [later]);
}

#[test]
fn a_damaged_file_is_put_aside_and_told_of() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(file::path(dir.path()), vec![b'x'; 9000]).unwrap();
    let (mut store, remark) = Store::open(dir.path()).unwrap();
    assert!(remark.unwrap().contains("history.sqlite.damaged"));
    store.add(&[(web(), point(1_800_000_000, 1.0))], at(1_800_000_000)).unwrap();
    assert_eq!(std::fs::read(dir.path().join("history.sqlite.damaged")).unwrap().len(), 9000);
}

#[test]
fn a_locked_file_is_a_fault_that_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let other = rusqlite::Connection::open(file::path(dir.path())).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let fault = store.add(&[(web(), point(1_800_000_000, 1.0))], at(1_800_000_000)).unwrap_err();
    assert!(fault.in_full().contains("another program holds it"), "{}", fault.in_full());
    other.execute_batch("COMMIT").unwrap();
    store.add(&[(web(), point(1_800_000_000, 1.0))], at(1_800_000_000)).unwrap();
}

#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    assert_eq!(std::fs::metadata(file::path(dir.path())).unwrap().permissions().mode() & 0o777, 0o600);
}
