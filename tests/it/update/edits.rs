//! Files that are edited: through the editor to the question, through the gate, and not lost on the way.

use pult::app::{Effect, Msg};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::mutation::Mutation;
use pult::domain::server::edit::{Check, Edited};
use pult::domain::server::{FilePath, ServerAction};
use pult::gate::Proof;

use crate::support::Drive;
use crate::support::drive::commits;
use crate::support::host_views::*;

fn web1() -> Drive {
    let mut drive = fleet();
    drive.key("j");
    drive
}

fn job(effects: &[Effect]) -> u64 {
    effects.iter().find_map(|e| if let Effect::Commit { job, .. } = e { Some(*job) } else { None }).unwrap()
}

#[test]
fn e_fetches_what_the_editor_then_gets() {
    let mut drive = web1();
    at_files(&mut drive);
    let fetches = |drive: &mut Drive| {
        drive.effects().into_iter().find_map(|e| match e {
            Effect::Fetch { edit, mine: None } => Some(edit),
            _ => None,
        })
    };
    drive.effects();
    let mut fetched = None;
    for _ in 0..4 {
        drive.key("e");
        fetched = fetched.or_else(|| fetches(&mut drive).filter(|edit| edit.name == "nginx.conf"));
        drive.key("j");
    }
    let edit = fetched.unwrap();
    assert_eq!(edit.what, Edited::File(FilePath::new("/nginx.conf").unwrap()));
    let fault = Fault::new(FaultKind::Gone, "there is no file");
    drive.msg(Msg::Fetched { edit, mine: None, result: Err(fault) });
    assert!(drive.see().contains("there is no file"), "{}", drive.see());
}

#[test]
fn nothing_changed_asks_nothing() {
    let mut drive = web1();
    at_files(&mut drive);
    let what = Edited::File(FilePath::new("/nginx.conf").unwrap());
    edited(&mut drive, what, Some("same\n"), "same\n", Check::default());
    assert!(drive.see().contains("nothing of nginx.conf was changed"), "{}", drive.see());
}

#[test]
fn what_a_drop_in_begins_with_is_no_change() {
    let mut drive = web1();
    at_units(&mut drive);
    let what = Edited::DropIn { unit: "nginx.service".into(), sudo: true };
    let begun = what.draft("", "[Unit]\n");
    edited(&mut drive, what.clone(), None, &what.kept(&begun), Check::default());
    assert!(drive.see().contains("nothing of nginx.service was changed"), "{}", drive.see());
    let emptied = what.kept(begun.trim_start_matches(|c| c != '\n'));
    edited(&mut drive, what, None, &emptied, Check::default());
    assert!(!drive.see().contains("Write it?"), "{}", drive.see());
}

#[test]
fn only_y_writes_and_what_is_sent_is_bound_to_what_it_held() {
    let mut drive = web1();
    asked_to_write(&mut drive);
    assert!(
        drive.see().contains("Lines: 1 added, 2 removed") && !drive.see().contains('\x1b'),
        "{}",
        drive.see()
    );
    drive.effects();
    // It may be read for a long time.
    drive.pass(600.0).key("enter x");
    assert!(commits(&drive.effects()).is_empty());
    drive.key("y");
    let effects = drive.effects();
    let (mutations, proof) = commits(&effects).remove(0);
    assert_eq!((mutations.len(), proof), (1, Proof::Yes));
    assert!(
        mutations[0].0.starts_with("edit file /etc/nginx/nginx.conf: ") && !mutations[0].0.contains("off")
    );
    let bound = effects.iter().any(|e| match e {
        Effect::Commit { consent, .. } => consent.plan().mutations.iter().any(|m| match m {
            Mutation::Server(one) => match &one.action {
                ServerAction::Write(write) => write.before.is_some() && one.sudo,
                _ => false,
            },
            _ => false,
        }),
        _ => false,
    });
    assert!(bound && !format!("{effects:?}").contains("directive"), "no content in what is logged");
}

#[test]
fn what_could_not_be_written_is_asked_again() {
    let mut drive = web1();
    asked_to_write(&mut drive);
    drive.effects();
    drive.key("y");
    let id = job(&drive.effects());
    let step = |kind| Msg::JobStep {
        job: id,
        name: "nginx.conf".into(),
        result: Err(Fault::new(kind, "the disk is full")),
        audit_seq: 1,
        ms: 4,
    };
    drive.msg(step(FaultKind::Failed));
    assert!(
        drive.see().contains("the disk is full") && drive.see().contains("Write it? y/n"),
        "{}",
        drive.see()
    );
    drive.key("e");
    let effects = drive.effects();
    let text =
        effects.iter().find_map(|e| if let Effect::Editor { text, .. } = e { Some(&text.0) } else { None });
    assert!(text.unwrap().contains("directive_7"), "{effects:?}");
}

#[test]
fn changed_meanwhile_shows_the_difference_to_what_it_is_now() {
    let mut drive = web1();
    asked_to_write(&mut drive);
    drive.effects();
    drive.key("y");
    let job = job(&drive.effects());
    let result = Err(Fault::new(FaultKind::Conflict, "it was changed meanwhile"));
    drive.msg(Msg::JobStep { job, name: "nginx.conf".into(), result, audit_seq: 1, ms: 4 });
    let again = drive.effects().into_iter().find_map(|e| match e {
        Effect::Fetch { edit, mine } => Some((edit, mine.unwrap())),
        _ => None,
    });
    let (edit, mine) = again.unwrap();
    let now = pult::domain::server::edit::Fetched {
        path: edit.what.path().unwrap(),
        before: Some(pult::domain::server::edit::Content::new("theirs\n", "ff")),
        around: String::new(),
        sudo: true,
    };
    drive.msg(Msg::Fetched { edit, mine: Some(mine), result: Ok(now) });
    assert!(drive.see().contains("changed meanwhile") && drive.see().contains("-theirs"), "{}", drive.see());
}

#[test]
fn what_systemd_finds_wrong_takes_the_name() {
    let mut drive = web1();
    asked_to_write_wrong(&mut drive);
    drive.effects();
    drive.key("y enter");
    assert!(commits(&drive.effects()).is_empty());
    drive.key("backspace").text("nginx.service").key("enter");
    let (mutations, proof) = commits(&drive.effects()).remove(0);
    assert_eq!(proof, Proof::Typed("nginx.service".into()));
    assert!(mutations[0].0.starts_with("write file /etc/systemd/system/nginx.service.d/pult.conf: "));
}
