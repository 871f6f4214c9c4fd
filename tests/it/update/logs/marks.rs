//! Marks, notes and tags, and what is kept of a log over sessions.

use pult::app::Effect;
use pult::domain::log::{LogAnchor, LogEvent};
use pult::panes::PaneStates;

use crate::support::Drive;
use crate::support::logs::{
    answer, at, bring, copied, here, line, numbered, open, opened, shown, tell, written,
};
use crate::support::world::one;

/// Leaves the panel; how it was left, as a file would have it.
fn left(drive: &mut Drive) -> PaneStates {
    drive.key("q");
    let panes = drive.effects().into_iter().find_map(|e| match e {
        Effect::SaveState { panes, .. } => Some(panes),
        _ => None,
    });
    let text = toml::to_string(&panes.unwrap()).unwrap();
    toml::from_str(&text).unwrap()
}

fn again(states: PaneStates) -> Drive {
    open(Drive::with(one(), |setup| setup.states = states))
}

fn marked(drive: &mut Drive) -> usize {
    drive.see().lines().filter(|l| l.starts_with('▪')).count()
}

#[test]
fn a_note_goes_to_the_line_that_was_marked() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 20));
    // While it is followed, too: what comes does not take its place.
    drive.key("m");
    bring(&mut drive, "crm-api", vec![line(100_000, "newer")]);
    drive.key("a").text("the cause").key("enter k k a");
    bring(&mut drive, "crm-api", vec![line(200_000, "newest")]);
    drive.text("before it").key("enter").pass(0.1);
    assert_eq!(marked(&mut drive), 2, "{}", drive.see());
    drive.key("B");
    assert!(drive.row("the cause").contains("line 19."), "{}", drive.see());
    assert!(drive.row("before it").contains("line 17."), "{}", drive.see());
}

#[test]
fn tags_are_shown_filtered_by_and_in_the_evidence() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 20));
    drive.key("k A").text("#cause, db cause").key("enter k A").text("db").key("enter k m").pass(0.1);
    assert_eq!(marked(&mut drive), 3, "{}", drive.see());
    assert!(drive.row("logs  project").contains("marks 3"), "{}", drive.see());
    drive.key("B");
    assert!(drive.row("#cause #db").contains("line 18."), "{}", drive.see());
    drive.key("esc esc +").text("mark:cause or mark:none").key("enter").pass(0.1);
    assert!(drive.see().contains("mark:cause or mark:none (1)"), "{}", drive.see());
    assert_eq!((shown(&mut drive, "line 18."), shown(&mut drive, "line 17.")), (1, 0));
    drive.key("backspace +").text("mark?").key("enter").pass(0.1);
    assert_eq!(marked(&mut drive), 3);
    drive.key("y c");
    assert!(!copied(&mut drive).contains("mark"), "a shell does not know of marks");
    // A mark that is taken away takes its line out of the filter.
    drive.key("m").pass(0.1);
    assert!(drive.see().contains("mark? (2)"), "{}", drive.see());
    drive.key("backspace").pass(0.1).effects();
    drive.key("e ctrl-u").text("/tmp/incident.md").key("enter").pass(0.2);
    let files = written(&mut drive);
    let text = |end: &str| files.iter().find(|(path, _)| path.ends_with(end)).unwrap().1.clone();
    assert!(
        text(".jsonl").contains(r#""tags":["cause","db"]"#) || text(".md").contains("Tags: "),
        "{files:?}"
    );
}

#[test]
fn marks_are_found_again_in_another_session() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 20));
    bring(&mut drive, "crm-db", vec![line(100_000, "password=hunter2 refused")]);
    drive.key("a").text("look here").key("enter G k k A").text("cause").key("enter").pass(0.1);
    let states = left(&mut drive);
    assert!(!format!("{states:?}").contains("hunter2"), "no secret is kept: {states:?}");

    let mut drive = again(states);
    // The same time and another text is another line; the same text at another time too.
    bring(&mut drive, "crm-api", numbered(0, 10));
    bring(&mut drive, "crm-db", vec![line(100_000, "password=hunter3 refused")]);
    drive.pass(0.3);
    assert_eq!(marked(&mut drive), 0, "{}", drive.see());
    drive.key("B");
    assert_eq!((shown(&mut drive, "look here"), shown(&mut drive, "#cause")), (1, 1), "{}", drive.see());
    bring(&mut drive, "crm-api", numbered(10_000, 9));
    assert_eq!(marked(&mut drive), 0, "{}", drive.see());
}

#[test]
fn a_marked_line_that_comes_again_is_marked_again() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 20));
    drive.key("k k A").text("cause").key("enter");
    let states = left(&mut drive);
    let mut drive = again(states);
    bring(&mut drive, "crm-api", numbered(0, 20));
    assert_eq!(marked(&mut drive), 1, "{}", drive.see());
    drive.key("B").pass(0.1);
    let row = drive.row("#cause");
    assert!(row.contains("line 17.") && !row.contains("gone"), "{}", drive.see());
    // It is removed in one view, and so in the other one and for good.
    drive.key("esc esc |");
    answer(&mut drive);
    bring(&mut drive, "crm-api", numbered(0, 20));
    assert_eq!(marked(&mut drive), 2, "in both views: {}", drive.see());
    drive.key("B d").pass(0.3);
    assert_eq!(marked(&mut drive), 0, "{}", drive.see());
    let mut drive = again(left(&mut drive));
    drive.key("B");
    assert!(drive.see().contains("No line is marked") || drive.see().contains("read up to here"));
}

#[test]
fn what_is_gone_is_listed_as_gone_and_what_is_not_read_is_gone_to() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 20));
    drive.key("k a").text("early").key("enter");
    let mut drive = again(left(&mut drive));
    // Other lines of a later time, with more before them.
    bring(&mut drive, "crm-api", numbered(600_000, 20));
    bring(&mut drive, "crm-db", vec![line(600_000, "db")]);
    drive.key("B").pass(0.1);
    assert!(drive.row("early").contains("not read yet line 18."), "{}", drive.see());
    drive.key("g g").effects();
    drive.key("enter");
    let want = drive.open_logs().last().unwrap().1.clone();
    assert!(matches!(want.anchor, LogAnchor::Time(t) if t == at(18_000)), "{want:?}");
    for name in ["crm-api", "crm-db"] {
        tell(&mut drive, name, LogEvent::Older { lines: Vec::new(), more: false });
    }
    bring(&mut drive, "crm-api", numbered(10_000, 9));
    assert!(drive.row("early").contains("gone"), "{}", drive.see());
}

#[test]
fn the_place_where_somebody_read_is_offered() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 100));
    drive.key("g g j j");
    let mut drive = again(left(&mut drive));
    bring(&mut drive, "crm-api", numbered(0, 200));
    assert!(here(&mut drive).contains("line 199."), "a log is followed at first: {}", drive.see());
    drive.key("B").pass(0.1);
    assert!(drive.row("read up to here last").contains("14:06:42"), "{}", drive.see());
    for name in ["crm-api", "crm-db"] {
        tell(&mut drive, name, LogEvent::Older { lines: Vec::new(), more: false });
    }
    drive.key("enter esc").pass(0.1);
    assert!(here(&mut drive).contains("line 2."), "{}", drive.see());
}
