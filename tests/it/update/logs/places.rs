//! Going about: searching, times, errors, context, requests, the pointer, pages of the past.

use pult::app::input::MouseKind;
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::log::{LogAnchor, LogAsk, LogEvent, LogStream};

use crate::support::Drive;
use crate::support::logs::{asks, at, bring, here, line, numbered, open, opened, shown, tell};
use crate::support::world::{docker, live, make, one};

#[test]
fn a_search_counts_and_walks_its_hits() {
    let mut drive = opened();
    let text = |i: i64| if i % 10 == 0 { format!("deadlock {i}.") } else { format!("fine {i}.") };
    bring(&mut drive, "crm-api", (0..300).map(|i| line(i, &text(i))).collect());
    drive.key("/").text("deadlock").key("enter").pass(0.1);
    assert!(drive.see().contains("30"), "{}", drive.see());
    drive.key("N");
    assert!(drive.see().contains("30 of 30"), "{}", drive.see());
    drive.key("N N");
    assert!(drive.see().contains("28 of 30"), "{}", drive.see());
    drive.key("n");
    assert!(drive.see().contains("29 of 30"), "{}", drive.see());
    drive.key("esc");
    assert!(!drive.see().contains("of 30"), "{}", drive.see());
}

#[test]
fn a_search_says_its_hits_while_it_is_typed_and_is_taken_back() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 50));
    drive.key("/").text("line 4").pass(0.1);
    assert!(drive.see().contains("line 4: 11 of 11"), "{}", drive.see());
    drive.text("9").pass(0.1);
    assert!(drive.see().contains("line 49: 1 of 1"), "{}", drive.see());
    drive.key("esc").pass(0.1);
    assert!(!drive.see().contains("line 49:"), "{}", drive.see());
    drive.key("n");
    assert!(drive.see().contains("nothing is searched"), "{}", drive.see());
    drive.key("/").text("/(a|/").pass(0.1);
    assert!(drive.see().contains("search /(a|/: "), "what is wrong: {}", drive.see());
    assert!(!drive.see().contains("hits"), "{}", drive.see());
}

#[test]
fn a_search_by_letters_of_words_walks_its_hits_too() {
    let mut drive = opened();
    let texts = ["deadlock in transaction 7", "locked", "no transaction, no deadlock", "dead-lock, trans."];
    bring(&mut drive, "crm-api", texts.iter().zip(0..).map(|(text, i)| line(i, text)).collect());
    drive.key("/");
    assert!(drive.see().contains("~ltrs of wrds"), "the field says what can be written: {}", drive.see());
    drive.text("~dlck trn").key("enter").pass(0.1);
    assert!(drive.see().contains("search ~dlck trn: 2 of 2"), "{}", drive.see());
    drive.key("N");
    assert!(here(&mut drive).contains("deadlock in transaction 7"), "{}", drive.see());
}

#[test]
fn a_search_above_what_is_held_reads_older_lines() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(1_000_000, 100));
    drive.key("/").text("line 3.").key("enter").pass(0.1).key("g g");
    drive.effects();
    drive.key("N");
    // The page's own question is under way: it is not asked twice.
    assert!(drive.see().contains("no hit above"), "{}", drive.see());
    tell(&mut drive, "crm-api", LogEvent::Older { lines: vec![line(1, "line 3. of old")], more: true });
    drive.pass(0.3).key("N");
    assert!(here(&mut drive).contains("of old"), "{}", drive.see());
}

#[test]
fn a_time_that_is_held_is_gone_to_and_another_is_read() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 600));
    drive.key("t").text(&at(300_000).to_string()).key("enter").pass(0.1);
    assert!(here(&mut drive).contains("line 300."), "{}", drive.see());
    assert!(drive.open_logs().iter().all(|(_, want)| want.anchor == LogAnchor::End));
    let before = at(-3_600_000);
    drive.key("t").text(&before.to_string()).key("enter");
    assert!(drive.open_logs().iter().all(|(_, want)| want.anchor == LogAnchor::Time(before)));
    assert_eq!(drive.open_logs().len(), 2, "each is read once");
    assert!(drive.see().contains("past"), "{}", drive.see());
    bring(&mut drive, "crm-api", vec![line(-3_601_000, "before"), line(-3_599_000, "after")]);
    assert!(drive.see().contains("crm-db: no lines of that time yet"), "{}", drive.see());
    bring(&mut drive, "crm-db", vec![line(-3_500_000, "db")]);
    assert!(here(&mut drive).contains("after"), "{}", drive.see());
    drive.key("G");
    assert!(drive.open_logs().iter().all(|(_, want)| want.anchor == LogAnchor::End), "back to the present");
    assert!(drive.see().contains("follow"), "{}", drive.see());
}

/// Lines of one source alone are not the whole story of a time.
#[test]
fn a_time_that_only_one_source_reaches_is_read_of_all() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 600));
    bring(&mut drive, "crm-db", vec![line(500_000, "db begins here"), line(600_000, "db")]);
    drive.key("t").text(&at(550_000).to_string()).key("enter").pass(0.1);
    assert!(here(&mut drive).contains("line 550."), "held of both: {}", drive.see());
    drive.key("t").text(&at(300_000).to_string()).key("enter");
    assert!(drive.open_logs().iter().all(|(_, want)| want.anchor == LogAnchor::Time(at(300_000))));
}

#[test]
fn it_is_seen_from_where_on_all_sources_are_read() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 30));
    tell(&mut drive, "crm-db", LogEvent::Lines(vec![line(20_500, "db begins here"), line(30_000, "db")]));
    drive.pass(2.0);
    let see = drive.see();
    let place = |text: &str| see.find(text).unwrap_or_else(|| panic!("{text}\n{see}"));
    assert!(place("line 20.") < place("not all sources are read"), "{see}");
    assert!(place("not all sources are read") < place("db begins here"), "{see}");
    drive.key("k");
    assert!(asks(&mut drive).iter().any(|ask| matches!(ask, LogAsk::Older { .. })), "they are read then");
}

#[test]
fn a_wrong_time_stays_in_the_field_and_says_what_is_right() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 5));
    drive.key("t").text("foo").key("enter");
    assert!(drive.see().contains("`foo` is not a time"), "{}", drive.see());
    drive.key("ctrl-u").text(&at(2_000).to_string()).key("enter");
    assert!(here(&mut drive).contains("line 2."), "{}", drive.see());
}

#[test]
fn the_top_asks_for_older_lines_and_puts_them_in_front() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", (0..100).map(|i| line(1000 + i, &format!("new {i}."))).collect());
    bring(&mut drive, "crm-db", vec![line(1000, "db")]);
    drive.effects();
    drive.key("g g");
    let asked = asks(&mut drive);
    assert!(asked.iter().any(|a| matches!(a, LogAsk::Older { edge, .. } if edge.number == 0)), "{asked:?}");
    // While the answer is on its way nothing is asked twice.
    drive.key("k k");
    assert!(asks(&mut drive).is_empty());
    let before = drive.see();
    let older = (0..500).map(|i| line(i, &format!("old {i}."))).collect();
    tell(&mut drive, "crm-api", LogEvent::Older { lines: older, more: true });
    tell(&mut drive, "crm-db", LogEvent::Older { lines: Vec::new(), more: false });
    let text = |see: &str| see.lines().filter(|l| l.contains("new ")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(text(&drive.see()), text(&before), "nothing moves under the reader");
    drive.key("k");
    assert!(here(&mut drive).contains("old 499."), "{}", drive.see());
    drive.key("g g");
    assert!(here(&mut drive).contains("old 0."), "{}", drive.see());
    let asked = asks(&mut drive);
    assert_eq!(asked.len(), 1, "the other one has begun: {asked:?}");
    assert!(matches!(&asked[0], LogAsk::Older { edge, .. } if edge.number == -500), "{asked:?}");
}

#[test]
fn lines_that_cannot_be_had_are_not_asked_for_again() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 100));
    tell(&mut drive, "crm-db", LogEvent::Older { lines: Vec::new(), more: false });
    drive.key("g g").effects();
    let fault = Fault::new(FaultKind::Protocol, "the driver journald cannot go back");
    tell(&mut drive, "crm-api", LogEvent::OlderFailed(fault));
    drive.key("j k g g pageup");
    assert!(asks(&mut drive).is_empty());
    drive.key("I");
    assert!(drive.see().contains("journald cannot go back"), "{}", drive.see());
}

#[test]
fn lines_that_a_cut_withheld_are_asked_for_again() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(100, 200));
    tell(&mut drive, "crm-db", LogEvent::Older { lines: Vec::new(), more: false });
    drive.key("g g").effects();
    let fault = || Fault::new(FaultKind::Unreachable, "no such socket");
    tell(&mut drive, "crm-api", LogEvent::OlderFailed(fault()));
    assert!(drive.see().contains("older lines could not be read: no such socket"), "{}", drive.see());
    drive.pass(5.0);
    assert!(asks(&mut drive).is_empty(), "not by itself");
    drive.key("g g");
    assert_eq!(asks(&mut drive).len(), 1);
    tell(&mut drive, "crm-api", LogEvent::OlderFailed(fault()));
    drive.key("/").text("line 77").key("enter").pass(0.1).key("N");
    assert!(drive.see().contains("no hit above; searching the sources"), "{}", drive.see());
    assert!(asks(&mut drive).iter().any(|ask| matches!(ask, LogAsk::Older { .. })));
}

#[test]
fn context_shows_all_lines_around_and_keeps_the_line() {
    let mut drive = opened();
    let text = |i: i64| if i % 50 == 0 { format!("boom {i}.") } else { format!("fine {i}.") };
    bring(&mut drive, "crm-api", (0..1000).map(|i| line(i, &text(i))).collect());
    drive.key("+").text("boom").key("enter").pass(0.1).key("k k k");
    assert!(here(&mut drive).contains("boom 800."), "{}", drive.see());
    drive.key("C").pass(0.1);
    let see = drive.see();
    assert!(here(&mut drive).contains("boom 800."), "{see}");
    assert!(see.contains("all lines around"), "{see}");
    assert!(see.contains("fine 790.") && see.contains("fine 810."), "as much before as behind: {see}");
    drive.key("esc").pass(0.1);
    assert!(here(&mut drive).contains("boom 800."), "{}", drive.see());
    assert_eq!(shown(&mut drive, "fine"), 0);
    drive.key("backspace C");
    assert!(drive.see().contains("all lines are shown"), "{}", drive.see());
}

#[test]
fn a_request_is_followed_through_all_sources_and_left_again() {
    let mut drive = opened();
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    bring(
        &mut drive,
        "crm-api",
        vec![line(1, "fine"), line(2, &format!("trace_id={id} begins")), line(5, "fine")],
    );
    bring(&mut drive, "crm-db", vec![line(3, &format!("{id} waits for a lock")), line(6, "vacuum")]);
    drive.key("-").text("vacuum").key("enter").pass(0.1);
    drive.key("k k r").pass(0.1);
    let see = drive.see();
    assert!(
        see.contains("one request") && see.contains("begins") && see.contains("waits for a lock"),
        "{see}"
    );
    assert_eq!(shown(&mut drive, "fine"), 0);
    drive.key("r esc").pass(0.1);
    let see = drive.see();
    assert!(see.contains("-vacuum (1)") && !see.contains("one request"), "what was chosen before: {see}");
    assert_eq!(shown(&mut drive, "fine"), 2);
    drive.key("g g r");
    assert!(drive.see().contains("no id is known in this line"), "{}", drive.see());
}

#[test]
fn errors_are_walked_by_their_first_lines() {
    let mut drive = opened();
    let trace =
        |ms: i64, text: &str| pult::domain::log::LogLine { stream: LogStream::Stderr, ..line(ms, text) };
    let mut lines = numbered(0, 10);
    lines.extend([
        trace(10_000, "ERROR cannot store deal 7"),
        trace(10_000, "java.lang.IllegalStateException: closed"),
        trace(10_000, "\tat com.example.Deal.save(Deal.java:88)"),
    ]);
    lines.extend(numbered(20_000, 10));
    lines.push(line(40_000, "ERROR again"));
    bring(&mut drive, "crm-api", lines);
    drive.key("{");
    assert!(here(&mut drive).contains("cannot store"), "{}", drive.see());
    drive.key("}");
    assert!(here(&mut drive).contains("ERROR again"), "{}", drive.see());
    drive.key("}");
    assert!(drive.see().contains("no error below"), "{}", drive.see());
    drive.key("{").effects();
    drive.key("{");
    assert!(drive.see().contains("no error above; reading older lines"), "{}", drive.see());
    assert!(asks(&mut drive).iter().any(|ask| matches!(ask, LogAsk::Older { .. })));
    // A trace is one error in the figures too.
    assert!(drive.see().contains("errors 2/min"), "{}", drive.see());
}

/// What is not held is no time without errors.
#[test]
fn errors_a_minute_are_of_the_time_that_is_held() {
    let mut drive = opened();
    bring(&mut drive, "crm-db", numbered(-600_000, 1));
    let every = |from: i64, count: i64| -> Vec<_> {
        (0..count)
            .map(|i| line(from + i * 1000, if i % 5 == 0 { "ERROR broken" } else { "INFO fine" }))
            .collect()
    };
    bring(&mut drive, "crm-api", every(0, 5));
    assert!(!drive.see().contains("/min"), "too little to tell: {}", drive.see());
    bring(&mut drive, "crm-api", every(5_000, 96));
    assert!(drive.see().contains("errors 12/min"), "{}", drive.see());
    tell(&mut drive, "crm-api", LogEvent::Older { lines: every(-500_000, 500), more: true });
    drive.pass(0.3);
    assert!(drive.see().contains("errors 12/min"), "{}", drive.see());
}

#[test]
fn the_last_words_before_the_last_start_are_gone_to() {
    let started = at(100_500);
    let mut drive = Drive::new(one());
    let api = make("crm-api").project("crm", "api").with(|c| c.started_at = Some(started));
    drive.msg(docker("local", live(vec![api, make("crm-db").project("crm", "db")]))).pass(10.0);
    let mut drive = {
        drive.key("1 g g L");
        crate::support::logs::answer(&mut drive);
        drive
    };
    bring(&mut drive, "crm-api", numbered(0, 200));
    bring(&mut drive, "crm-db", numbered(0, 1));
    drive.key("k <").pass(0.1);
    assert!(here(&mut drive).contains("line 100."), "{}", drive.see());
    let mut drive = open(Drive::new(one()));
    drive.key("<");
    assert!(drive.see().contains("there is no line here"), "{}", drive.see());
}

#[test]
fn the_pointer_goes_to_times_rows_and_tabs() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 600));
    bring(&mut drive, "crm-db", numbered(0, 1));
    // In the middle of the strip is the middle of the time.
    drive.click(45, 2).pass(0.1);
    let middle: i64 =
        here(&mut drive).split("line ").nth(1).unwrap().trim_end_matches('.').trim().parse().unwrap_or(-1);
    assert!((150..450).contains(&middle), "{}", drive.see());
    assert!(drive.see().contains("paused"), "{}", drive.see());
    drive.click(50, 10);
    let row = drive.see().lines().nth(10).unwrap().to_owned();
    assert!(row.starts_with('▌'), "{row}");
    let top = drive.see().lines().nth(3).unwrap().to_owned();
    drive.wheel(MouseKind::WheelDown, 50, 10);
    assert_ne!(drive.see().lines().nth(3).unwrap(), top, "the text moves");
    for _ in 0..400 {
        drive.wheel(MouseKind::WheelDown, 50, 10);
    }
    assert!(drive.see().contains("follow"), "at the end it goes on by itself: {}", drive.see());
    drive.wheel(MouseKind::WheelUp, 50, 10);
    assert!(drive.see().contains("paused"), "{}", drive.see());
    // Twice on a row opens it; on a title of the detail that tab is opened, on a row of it the cursor goes there.
    drive.click(50, 12).click(50, 12);
    assert!(drive.see().contains("▏ line"), "{}", drive.see());
    let x = |drive: &mut Drive, y: usize, word: &str| {
        let row = drive.see().lines().nth(y).unwrap().to_owned();
        row[..row.find(word).unwrap_or_else(|| panic!("{word}: {row}"))].chars().count() as u16
    };
    let title = x(&mut drive, 1, "sources");
    drive.click(title, 1);
    assert!(drive.see().contains("RECEIVED"), "{}", drive.see());
    let name = x(&mut drive, 4, "crm-db");
    drive.click(name, 4).key("enter").pass(0.1);
    assert!(drive.see().contains("source:crm-db"), "{}", drive.see());
}

#[test]
fn keys_at_both_ends_of_the_page_move_it() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 200));
    drive.key("pageup");
    assert!(drive.see().contains("paused"));
    assert_eq!(shown(&mut drive, "line 199."), 0, "{}", drive.see());
    drive.key("ctrl-d ctrl-d ctrl-d");
    assert_eq!(shown(&mut drive, "line 199."), 1, "{}", drive.see());
    drive.key("g g");
    assert!(here(&mut drive).contains("line 0."));
    for _ in 0..300 {
        drive.key("j");
    }
    assert!(drive.see().contains("follow"), "below the last line it goes on by itself: {}", drive.see());
}
