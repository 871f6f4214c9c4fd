//! The search goes on beyond what is held: in every source that can search itself.

use pult::domain::fault::{Fault, FaultKind};
use pult::domain::log::{LogAnchor, LogAsk, LogEvent, LogFind, LogFound};

use crate::support::Drive;
use crate::support::logs::{asks, at, bring, here, line, numbered, opened, tell};

fn found(generation: u64, places: &[i64], done: bool) -> LogEvent {
    let hits = places.len() as u64;
    LogEvent::Found(LogFound {
        generation,
        places: places.to_vec(),
        hits,
        scanned_bytes: 42,
        total_bytes: 100,
        done,
        fault: None,
    })
}

/// A text is searched for, no hit is left above in what is held, and the sources are asked.
fn begun() -> (Drive, u64) {
    begun_for("needle")
}

fn begun_for(text: &str) -> (Drive, u64) {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 30));
    bring(&mut drive, "crm-db", vec![line(29_500, "needle one"), line(29_600, "needle two")]);
    drive.key("/").text(text).key("enter").pass(0.1);
    drive.key("G N").effects();
    drive.key("N");
    let finds: Vec<LogFind> = asks(&mut drive)
        .into_iter()
        .filter_map(|ask| match ask {
            LogAsk::Find(find) => Some(find),
            _ => None,
        })
        .collect();
    assert_eq!(finds.len(), 2, "both are asked, whatever they are: {}", drive.see());
    assert!(finds.iter().all(|find| find.regex == text && find.ignore_case));
    (drive, finds[0].generation)
}

#[test]
fn every_source_is_asked_and_hits_that_are_held_are_passed_over() {
    let (mut drive, generation) = begun();
    tell(&mut drive, "crm-api", found(generation, &[], true));
    tell(&mut drive, "crm-db", found(generation, &[90, 80, 70], false));
    assert!(drive.see().contains(", 3+ in the sources"), "{}", drive.see());
    drive.key("N");
    let wants: Vec<_> = drive.open_logs().to_vec();
    let [(_, want)] = wants.as_slice() else { panic!("the others wait for its time: {wants:?}") };
    assert_eq!(want.anchor, LogAnchor::Offset(70), "two of the three are held");
    // The search went with the old reading and is begun again.
    assert!(matches!(asks(&mut drive).as_slice(), [LogAsk::Find(find)] if find.generation == generation));
    tell(&mut drive, "crm-db", LogEvent::Live);
    tell(&mut drive, "crm-db", LogEvent::Lines(vec![line(7_000, "needle of old"), line(8_000, "after it")]));
    let wants: Vec<_> = drive.open_logs().iter().map(|(_, want)| want.anchor).collect();
    assert_eq!(wants, [LogAnchor::Offset(70), LogAnchor::Time(at(7_000))], "now it is known");
    tell(&mut drive, "crm-db", LogEvent::Older { lines: vec![line(6_000, "before it")], more: true });
    bring(&mut drive, "crm-api", numbered(7_500, 5));
    assert!(here(&mut drive).contains("needle of old"), "{}", drive.see());
    tell(&mut drive, "crm-db", found(generation, &[90, 80, 70, 60], true));
    drive.key("N");
    assert_eq!(drive.open_logs().last().unwrap().1.anchor, LogAnchor::Offset(60));
}

/// A line that is shown in another way than it was written may be found only once it has been read.
#[test]
fn sources_know_lines_only_as_they_were_written() {
    let (mut drive, generation) = begun_for("needle o");
    tell(&mut drive, "crm-api", found(generation, &[], true));
    tell(&mut drive, "crm-db", found(generation, &[], true));
    assert!(drive.see().contains("no other line written like that; N reads older lines"), "{}", drive.see());
}

#[test]
fn it_is_said_how_far_it_is_and_what_came_of_it() {
    let (mut drive, generation) = begun();
    assert!(drive.see().contains("searching the sources themselves"), "{}", drive.see());
    tell(&mut drive, "crm-api", found(generation, &[], false));
    tell(&mut drive, "crm-db", found(generation, &[], false));
    drive.key("N");
    assert!(drive.see().contains("being searched, 42 % are done"), "{}", drive.see());
    tell(&mut drive, "crm-api", found(generation - 1, &[5], true));
    tell(&mut drive, "crm-api", found(generation, &[], true));
    tell(&mut drive, "crm-db", found(generation, &[], true));
    assert!(drive.see().contains("the sources have no other hit"), "{}", drive.see());
}

#[test]
fn hits_that_are_all_held_are_not_promised_above() {
    let (mut drive, generation) = begun();
    tell(&mut drive, "crm-api", found(generation, &[], true));
    tell(&mut drive, "crm-db", found(generation, &[90, 80], true));
    assert!(drive.see().contains("no hit above: what the sources have found is below"), "{}", drive.see());
    drive.key("N");
    assert!(drive.open_logs().iter().all(|(_, want)| want.anchor == LogAnchor::End));
}

#[test]
fn another_search_ends_the_one_under_way() {
    let (mut drive, generation) = begun();
    tell(&mut drive, "crm-api", found(generation, &[], true));
    drive.key("/").text("x").key("enter").pass(0.1);
    let asked = asks(&mut drive);
    assert_eq!(asked.iter().filter(|ask| **ask == LogAsk::StopFind).count(), 1, "{asked:?}");
}

#[test]
fn of_sources_that_cannot_search_older_lines_are_read() {
    let (mut drive, generation) = begun();
    for name in ["crm-api", "crm-db"] {
        let fault = Fault::new(FaultKind::Unsupported, "an engine cannot search");
        let cannot = LogFound { generation, done: true, fault: Some(fault), ..LogFound::default() };
        tell(&mut drive, name, LogEvent::Found(cannot));
        tell(&mut drive, name, LogEvent::Older { lines: vec![line(-5_000, "older")], more: true });
    }
    assert!(drive.see().contains("the sources cannot be searched; N reads older lines"), "{}", drive.see());
    drive.pass(0.3).key("N");
    let asked = asks(&mut drive);
    assert!(asked.iter().any(|ask| matches!(ask, LogAsk::Older { .. })), "{asked:?}");
    assert!(!asked.iter().any(|ask| matches!(ask, LogAsk::Find(_))), "they are not asked again: {asked:?}");
}

#[test]
fn the_only_source_is_followed_to_what_it_finds_unless_the_reader_moves() {
    for moves in [false, true] {
        let mut drive = opened();
        drive.key("1 g g j L");
        bring(&mut drive, "crm-api", numbered(0, 30));
        drive.key("/").text("needle").key("enter").pass(0.1);
        drive.effects();
        drive.key("N");
        let asked = asks(&mut drive);
        let find = asked.iter().find_map(|ask| if let LogAsk::Find(find) = ask { Some(find) } else { None });
        let generation = find.expect("it is asked").generation;
        if moves {
            drive.key("k");
        }
        tell(&mut drive, "crm-api", found(generation, &[7], true));
        let anchor = drive.open_logs().last().unwrap().1.anchor;
        assert_eq!(anchor == LogAnchor::Offset(7), !moves, "{moves}: {anchor:?}\n{}", drive.see());
    }
}
