//! What leaves the pane: exports, evidence, kept views.

use pult::app::{Effect, Msg};

use crate::support::Drive;
use crate::support::logs::{answer, bring, copied, line, numbered, open, opened, shown, written};
use crate::support::world::one;

#[test]
fn marked_lines_become_evidence() {
    let mut drive = opened();
    bring(
        &mut drive,
        "crm-api",
        vec![line(1, "one"), line(2, "two ```\u{1b}]0;x\u{7} fence"), line(3, "three")],
    );
    drive.key("k a").text("this is where it began").key("enter");
    drive.effects();
    drive.key("e ctrl-u").text("/tmp/incident.md").key("enter").pass(0.2);
    let files = written(&mut drive);
    assert_eq!(files.len(), 2, "{files:?}");
    let text = |end: &str| files.iter().find(|(path, _)| path.ends_with(end)).unwrap().1.clone();
    assert!(text(".md").contains("two") && text(".md").contains("this is where it began"), "{}", text(".md"));
    assert!(!text(".md").contains('\u{1b}'));
    assert_eq!(text(".jsonl").lines().count(), 1);
}

#[test]
fn what_is_shown_is_written_in_the_format_of_the_name() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 10));
    drive.key("-").text("line 3").key("enter").pass(0.1);
    for (name, lines) in [("/tmp/x.jsonl", 9), ("/tmp/x.txt", 9), ("/tmp/x.log", 9)] {
        drive.effects();
        drive.key("e ctrl-u").text(name).key("enter").pass(0.1);
        let files = written(&mut drive);
        assert_eq!(files.len(), 1);
        assert_eq!((files[0].0.as_str(), files[0].1.lines().count()), (name, lines), "{}", files[0].1);
        if name.ends_with("jsonl") {
            let all = files[0].1.lines().all(|l| serde_json::from_str::<serde_json::Value>(l).is_ok());
            assert!(all, "{}", files[0].1);
        }
    }
    drive.key("e ctrl-u").text("/tmp/x").key("enter");
    assert!(drive.see().contains(".jsonl"), "a name without a format is told: {}", drive.see());
}

#[test]
fn a_name_is_proposed_and_lines_that_come_meanwhile_are_not_waited_for() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 9_000));
    drive.key("e");
    assert!(drive.row("write to").contains("logs-project-crm-20250615-"), "{}", drive.row("write to"));
    drive.effects();
    drive.key("enter").msg(Msg::Work);
    bring(&mut drive, "crm-api", vec![line(9_100_000, "too late for it")]);
    let files = written(&mut drive);
    assert_eq!(files[0].1.lines().count(), 9_000);
}

#[test]
fn a_file_says_what_the_audit_is_to_say_of_it() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 10));
    drive.key("-").text("line 3").key("enter").pass(0.1);
    drive.effects();
    drive.key("e ctrl-u").text("/tmp/x.txt").key("enter").pass(0.1);
    let records: Vec<_> = drive
        .effects()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Write(part) => part.record.map(|record| (part.what, record)),
            _ => None,
        })
        .collect();
    let (what, record) = records.last().expect("the last part has one");
    assert_eq!((what.as_str(), record.command, record.redacted), ("9 lines", "logs.export", false));
    let equivalent = &record.equivalent;
    assert_eq!(equivalent, "pult logs --filter='-line 3' project/crm");
}

#[test]
fn a_view_is_kept_under_a_name_and_opened_in_another_session() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 10));
    drive.key("-").text("line 3").key("enter").key("y c");
    let command = copied(&mut drive);
    assert!(command.starts_with("pult logs ") && command.ends_with(" project/crm"), "{command}");
    drive.key("V").text("no threes").key("enter");
    drive.effects();
    drive.key("q");
    let panes = drive.effects().into_iter().find_map(|e| match e {
        pult::app::Effect::SaveState { panes, .. } => Some(panes),
        _ => None,
    });
    let mut drive = open(Drive::with(one(), |setup| setup.states = panes.unwrap()));
    bring(&mut drive, "crm-api", numbered(0, 10));
    assert_eq!(shown(&mut drive, "line 3."), 1);
    drive.key("v");
    assert!(drive.see().contains("no threes"), "{}", drive.see());
    drive.key("enter").pass(0.1);
    answer(&mut drive);
    assert_eq!((shown(&mut drive, "line 3."), shown(&mut drive, "line 4.")), (0, 1), "{}", drive.see());
}

#[test]
fn what_is_copied_is_named() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", vec![line(1, "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 begins")]);
    drive.key("y i");
    assert_eq!(copied(&mut drive), "4bf92f3577b34da6a3ce929d0e0e4736");
    drive.key("y y");
    assert_eq!(copied(&mut drive), "crm-api");
    drive.key("y l");
    assert_eq!(copied(&mut drive), "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 begins");
}
