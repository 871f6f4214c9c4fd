//! Levels that a person corrects, program by program.

use pult::app::Effect;
use pult::domain::log::LogLine;

use crate::support::Drive;
use crate::support::logs::{answer, bring, down_to, here, line, open, opened, shown};
use crate::support::world::one;

fn requests() -> Vec<LogLine> {
    (0..10).map(|i| line(i * 1000, &format!("GET /deals/{i} answered late"))).collect()
}

/// Chooses an item of the list that `L` opens.
#[track_caller]
fn choose(drive: &mut Drive, item: &str) {
    drive.key("L");
    assert!(drive.see().contains("Which level"), "{}", drive.see());
    down_to(drive, item);
    drive.key("enter").pass(0.2);
}

#[test]
fn lines_like_one_get_a_level_that_filters_and_figures_know() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", requests());
    bring(&mut drive, "crm-api", vec![line(20_000, "done")]);
    drive.key("k L");
    let row = drive.row("lines like this: error");
    assert!(row.contains("changes 10 lines here"), "a preview: {}", drive.see());
    drive.key("esc");
    choose(&mut drive, "lines like this: error");
    assert!(drive.see().contains("kept for crm-api; L takes it back"), "{}", drive.see());
    assert_eq!(shown(&mut drive, "ERROR GET /deals/"), 10, "{}", drive.see());
    assert!(drive.row("logs  project").contains("errors "), "{}", drive.see());
    drive.key("l l").pass(0.1);
    assert!(drive.see().contains("level>=error (10)"), "{}", drive.see());
    assert_eq!(shown(&mut drive, "done"), 0);
    // What comes later has it too.
    bring(&mut drive, "crm-api", vec![line(30_000, "GET /deals/77 answered late"), line(30_001, "fine")]);
    assert_eq!((shown(&mut drive, "/deals/77"), shown(&mut drive, "fine")), (1, 0), "{}", drive.see());
    choose(&mut drive, "take back");
    assert!(drive.see().contains("No line passes the filters"), "{}", drive.see());
    // Without a line, too, what was said is taken back.
    drive.key("backspace").pass(0.1);
    choose(&mut drive, "lines like this: fatal");
    drive.key("-").text("level?").key("enter").pass(0.1).key("+").text("nothing").key("enter").pass(0.1);
    drive.key("L");
    down_to(&mut drive, "take back");
    drive.key("enter backspace backspace").pass(0.1).key("l l").pass(0.1);
    drive.key("l").pass(0.1);
    assert_eq!((shown(&mut drive, "ERROR"), shown(&mut drive, "answered late")), (0, 11));
}

#[test]
fn a_word_that_is_no_level_is_taken_for_none() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", vec![line(1, "ERROR 404 counter reset to 0"), line(2, "ERROR no pool")]);
    drive.key("k {");
    choose(&mut drive, "lines like this: none");
    drive.key("l l").pass(0.1);
    assert_eq!((shown(&mut drive, "counter"), shown(&mut drive, "no pool")), (0, 1), "{}", drive.see());
}

#[test]
fn a_field_holds_the_level_and_a_trace_has_that_of_its_first_line() {
    let mut drive = opened();
    let mut lines = vec![
        line(1, r#"{"msg":"cannot store","importance":"error"}"#),
        line(2, r#"{"msg":"stored","importance":"info"}"#),
    ];
    lines.extend((0..3).map(|i| line(3, &format!("\tat com.example.Deal{i}.save(Deal.java:{i})"))));
    lines.swap(0, 1);
    bring(&mut drive, "crm-api", lines);
    drive.key("g g");
    choose(&mut drive, "field importance says it");
    drive.key("l").pass(0.1);
    assert_eq!(shown(&mut drive, "ERROR cannot store"), 1, "{}", drive.see());
    assert_eq!((shown(&mut drive, "Deal.java"), shown(&mut drive, " stored")), (3, 0), "{}", drive.see());
}

#[test]
fn corrections_outlive_session_and_version_and_hold_for_one_program() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", requests());
    choose(&mut drive, "lines like this: warn");
    bring(&mut drive, "crm-db", vec![line(20_000, "GET /deals/7 answered late")]);
    assert_eq!(shown(&mut drive, "WARN GET"), 10, "another program says it itself: {}", drive.see());
    drive.key("q");
    let panes = drive.effects().into_iter().find_map(|e| match e {
        Effect::SaveState { panes, .. } => Some(panes),
        _ => None,
    });
    let mut drive = open(Drive::with(one(), |setup| setup.states = panes.unwrap()));
    bring(&mut drive, "crm-api", requests());
    assert_eq!(shown(&mut drive, "WARN GET"), 10, "{}", drive.see());
    // A second view knows it too, and what is taken back there is taken back here.
    drive.key("|");
    answer(&mut drive);
    bring(&mut drive, "crm-api", requests());
    assert!(here(&mut drive).contains("WARN"), "{}", drive.see());
    choose(&mut drive, "take back");
    assert_eq!(shown(&mut drive, "WARN"), 0, "{}", drive.see());
}
