//! The detail of the container under the cursor: tabs, questions, log, folds, secrets.

use pult::app::{Effect, Msg};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::log::{LogEvent, LogSourceId};
use pult::domain::query::Query;
use pult::gate::Proof;

use super::{rows, with};
use crate::support::Drive;
use crate::support::drive::commits;
use crate::support::world::{self, docker, inspect, key, line, live};

fn asked(effects: &[Effect]) -> Vec<Query> {
    let query = |e: &Effect| if let Effect::Ask { query, .. } = e { Some(query.clone()) } else { None };
    effects.iter().filter_map(query).collect()
}

fn is_inspect(q: &Query) -> bool {
    matches!(q, Query::Inspect(_))
}

/// One container with its inspect answered.
fn open() -> Drive {
    let mut drive = Drive::new(world::one());
    drive.msg(docker("local", live(world::mixed()))).key("j").pass(0.2);
    drive.answer(is_inspect, inspect("crm-api-1"));
    drive
}

/// Goes to a tab and puts the focus on it.
fn tab(drive: &mut Drive, word: &str) {
    drive.key("tab");
    for _ in 0..7 {
        if drive.screen(200, 40).styles.lines().count() > 0 && shows(drive, word) {
            return;
        }
        drive.key(".");
    }
    panic!("no tab {word}");
}

fn shows(drive: &mut Drive, word: &str) -> bool {
    match word {
        "top" => drive.see().contains("COMMAND") || drive.see().contains("asking"),
        "env" => drive.see().contains("environment"),
        "inspect" => drive.see().contains("HostConfig"),
        _ => drive.see().contains(word),
    }
}

#[test]
fn a_passing_cursor_asks_nothing() {
    let mut drive = with(rows(&["a", "b", "c", "d"]));
    drive.effects();
    drive.key("j j j");
    assert_eq!(asked(&drive.effects()), []);
    drive.pass(0.2);
    let effects = drive.effects();
    assert_eq!(asked(&effects), [Query::Inspect(key("d"))]);
    let of_d = LogSourceId::Container(key("d"));
    assert!(effects.iter().any(|e| matches!(e, Effect::OpenLog { want, .. } if want.key.source == of_d)));
    drive.key("k");
    assert!(drive.effects().iter().any(|e| matches!(e, Effect::CloseLog(_))), "the old stream ends");
}

#[test]
fn late_answers_are_dropped() {
    let mut drive = with(rows(&["a", "b"]));
    let effects = drive.effects();
    let generation = effects.iter().find_map(|e| match e {
        Effect::Ask { query, generation } if is_inspect(query) => Some(*generation),
        _ => None,
    });
    let generation = generation.unwrap();
    drive.key("j").pass(0.2);
    let query = Query::Inspect(key("a"));
    drive.msg(Msg::Answered { query: query.clone(), generation, result: Ok(inspect("a")) });
    drive.key("k");
    assert!(!drive.see().contains("1.5 cpus"), "the answer belonged to an old question");
    drive.pass(0.2);
    drive.msg(Msg::Answered { query, generation, result: Ok(inspect("a")) });
    assert!(!drive.see().contains("1.5 cpus"), "an older generation");
    drive.answer(is_inspect, inspect("a"));
    assert!(drive.see().contains("1.5 cpus"));
}

#[test]
fn lines_of_an_old_stream_are_dropped() {
    let mut drive = with(rows(&["a", "b"]));
    let old = drive.stream();
    drive.key("j").pass(0.2);
    let new = drive.stream();
    assert!(new > old);
    drive.msg(Msg::Log { stream: old, event: LogEvent::Lines(vec![line(1, "of another container")]) });
    assert!(!drive.see().contains("of another container"));
    drive.msg(Msg::Log { stream: new, event: LogEvent::Lines(vec![line(1, "mine")]) });
    assert!(drive.see().contains("mine"));
}

#[test]
fn the_log_follows_pauses_and_is_searched() {
    let mut drive = open();
    let stream = drive.stream();
    let lines = |from: i64, to: i64| (from..to).map(|i| line(i, &format!("line {i} of the log"))).collect();
    drive.msg(Msg::Log { stream, event: LogEvent::Lines(lines(0, 100)) });
    drive.key("enter");
    assert!(drive.see().contains("line 99 of"));
    drive.msg(Msg::Log { stream, event: LogEvent::Lines(lines(100, 110)) });
    assert!(drive.see().contains("line 109 of"), "it follows");
    drive.key("pageup").msg(Msg::Log { stream, event: LogEvent::Lines(lines(110, 120)) });
    assert!(!drive.see().contains("line 119 of") && drive.see().contains("paused"), "{}", drive.see());
    drive.key("/").text("line 7 of").key("enter");
    assert!(drive.see().contains("line 7 of"));
    drive.key("f").pass(0.1);
    assert!(drive.see().contains("line 119 of"), "following again");
    drive.msg(Msg::Log { stream, event: LogEvent::Lines(lines(0, 2000)) });
    assert!(drive.see().contains("line 1999 of"), "what falls out at the top does no harm");
    let gone = Fault::new(FaultKind::Gone, "the container was removed");
    drive.msg(Msg::Log { stream, event: LogEvent::Lost(gone) });
    assert!(drive.see().contains("the container was removed"));
}

#[test]
fn inspect_folds_and_is_searched() {
    let mut drive = open();
    tab(&mut drive, "inspect");
    assert!(drive.see().contains("4711"));
    drive.key("/").text("pid").key("enter");
    drive.key("left");
    assert!(drive.see().contains("Pid"), "left on a leaf goes to its parent");
    drive.key("left");
    assert!(!drive.see().contains("Pid"), "{}", drive.see());
    drive.key("right");
    assert!(drive.see().contains("Pid"));
    drive.key("-");
    assert!(!drive.see().contains("PATH=/bin"));
    drive.key("-");
    assert!(drive.see().contains("PATH=/bin"));
}

#[test]
fn secrets_are_masked_until_the_gate_let_it_pass() {
    let mut drive = open();
    let reveals = |drive: &mut Drive| drive.see().contains("hunter2") || drive.see().contains("tok-4711");
    for word in ["env", "inspect"] {
        tab(&mut drive, word);
        assert!(!reveals(&mut drive) && drive.see().contains("***"), "{word}: {}", drive.see());
        drive.key("tab");
    }
    drive.key("tab ctrl-e");
    assert!(
        drive.see().contains("Reveal secrets of container crm-api-1")
            || drive.see().contains("Reveal the secrets"),
        "{}",
        drive.see()
    );
    drive.effects();
    drive.key("y");
    let effects = drive.effects();
    let expected = "reveal the secrets of container crm-api-1";
    let sent = commits(&effects);
    assert_eq!((sent[0].0[0].0.as_str(), &sent[0].1), (expected, &Proof::Yes));
    assert!(!reveals(&mut drive), "not before it is in the audit");
    let Some(Effect::Commit { job, .. }) = effects.iter().find(|e| matches!(e, Effect::Commit { .. })) else {
        panic!()
    };
    let step = |result| Msg::JobStep { job: *job, name: "crm-api-1".into(), result, audit_seq: 7, ms: 0 };
    let mut other = step(Ok(String::new()));
    if let Msg::JobStep { job, .. } = &mut other {
        *job += 1000;
    }
    drive.msg(other);
    assert!(!reveals(&mut drive), "another job's success");
    drive.msg(step(Ok(String::new())));
    assert!(reveals(&mut drive), "{}", drive.see());
    drive.msg(docker("local", live(world::mixed()))).key("tab j").pass(0.2);
    drive.answer(is_inspect, inspect("crm-api-2"));
    assert!(!reveals(&mut drive), "only those of the one container");
}

#[test]
fn a_refused_reveal_reveals_nothing() {
    let mut drive = open();
    tab(&mut drive, "env");
    drive.effects();
    drive.key("ctrl-e y");
    let effects = drive.effects();
    let Some(Effect::Commit { job, .. }) = effects.iter().find(|e| matches!(e, Effect::Commit { .. })) else {
        panic!()
    };
    let fault = Fault::new(FaultKind::Failed, "no");
    drive.msg(Msg::JobStep { job: *job, name: "x".into(), result: Err(fault), audit_seq: 7, ms: 0 });
    drive.msg(Msg::JobStep { job: *job, name: "x".into(), result: Ok(String::new()), audit_seq: 7, ms: 0 });
    assert!(!drive.see().contains("hunter2"), "{}", drive.see());
}

#[test]
fn processes_are_asked_for_every_two_seconds_while_they_are_looked_at() {
    let mut drive = open();
    drive.key("tab . .").pass(0.1);
    drive.answer(|q| matches!(q, Query::Processes(_)), world::processes());
    assert!(drive.see().contains("nginx: worker"), "{}", drive.see());
    drive.effects();
    drive.pass(2.1);
    let processes =
        |d: &mut Drive| asked(&d.effects()).iter().filter(|q| matches!(q, Query::Processes(_))).count();
    assert_eq!(processes(&mut drive), 1, "one question, and no second while it is under way");
    drive.pass(10.0);
    assert_eq!(processes(&mut drive), 0);
    drive.key("2").pass(10.0);
    assert_eq!(processes(&mut drive), 0);
}

#[test]
fn a_fault_in_the_detail_is_told_where_the_data_would_be() {
    let mut drive = Drive::new(world::one());
    drive.msg(docker("local", live(rows(&["a"])))).pass(0.2);
    let effects = drive.effects();
    let Some(Effect::Ask { query, generation }) =
        effects.into_iter().find(|e| matches!(e, Effect::Ask { .. }))
    else {
        panic!()
    };
    let fault = Fault::new(FaultKind::Denied, "403 from the proxy").hint("allow CONTAINERS=1");
    drive.msg(Msg::Answered { query, generation, result: Err(fault) });
    drive.key("tab , ");
    assert!(drive.see().contains("403 from the proxy; allow CONTAINERS=1"), "{}", drive.see());
}
