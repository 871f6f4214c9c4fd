//! Copies between this machine's side and the server's: proposed, asked about, told of while they are under way.

use pult::app::{Effect, Msg};
use pult::domain::server::Underway;
use pult::domain::server::transfer::Stage;
use pult::gate::Proof;

use crate::support::Drive;
use crate::support::drive::commits;
use crate::support::host_views::*;
use crate::support::servers::fleet_with;

fn both() -> Drive {
    let mut drive = fleet();
    drive.key("j");
    at_both(&mut drive);
    drive.effects();
    drive
}

/// Summaries of what was sent.
fn sent(drive: &mut Drive) -> Vec<String> {
    commits(&drive.effects())
        .into_iter()
        .flat_map(|(all, _)| all.into_iter().map(|(summary, _)| summary))
        .collect()
}

#[test]
fn a_new_file_is_confirmed_and_one_that_is_there_is_typed() {
    let mut drive = both();
    drive.key("g g j j Y");
    assert!(drive.see().contains("It is 256 MiB, written"), "{}", drive.see());
    drive.key("y");
    assert_eq!(sent(&mut drive), ["upload /home/me/site/dump.sql to /dump.sql"]);
    drive.key("G Y y");
    assert_eq!(sent(&mut drive), Vec::<String>::new(), "what is replaced is not a matter of one key");
    assert!(drive.see().contains("It replaces 1.4 KiB, written"), "{}", drive.see());
    drive.key("backspace").text("nginx.conf").key("enter");
    assert_eq!(sent(&mut drive), ["upload /home/me/site/nginx.conf to /nginx.conf, replacing 1.4 KiB"]);
}

#[test]
fn the_other_side_copies_the_other_way_and_a_link_stays() {
    let mut drive = both();
    drive.key("tab g g j j Y");
    assert_eq!(
        sent(&mut drive),
        ["download folder /log to /home/me/site/log"],
        "nothing there is changed by it"
    );
    drive.key("g g j Y");
    assert!(drive.see().contains("is no file and no folder: copy what it leads to"), "{}", drive.see());
    drive.key("tab G k delete");
    assert!(drive.see().contains("it is for files, and here are files of this machine"), "{}", drive.see());
}

#[test]
fn marked_ones_go_together_and_esc_unmarks_before_it_leaves() {
    let mut drive = both();
    drive.key("g g v j v Y");
    drive.text("2").key("enter");
    let sent = sent(&mut drive);
    let expected = [
        "upload /home/me/site/dump.sql to /dump.sql",
        "upload /home/me/site/-new\\n\\u{1b}[31m to /-new\\n\\u{1b}[31m",
    ];
    assert_eq!(sent, expected);
    drive.key("esc");
    assert!(drive.see().contains("here /home/me/site") && !drive.see().contains("marked"), "{}", drive.see());
}

#[test]
fn a_read_only_session_downloads_and_uploads_nothing() {
    let mut drive = fleet_with(|setup| setup.world.read_only = true);
    drive.key("j");
    at_both(&mut drive);
    drive.effects();
    drive.key("g g j j Y");
    assert!(drive.see().contains("is read-only: nothing is uploaded there"), "{}", drive.see());
    assert!(sent(&mut drive).is_empty());
    // Nothing is replaced here: nothing is asked.
    drive.key("tab g g j j Y");
    assert_eq!(sent(&mut drive), ["download folder /log to /home/me/site/log"]);
    drive.key("G Y");
    assert!(drive.see().contains("It replaces"), "{}", drive.see());
    drive.key("y");
    assert_eq!(sent(&mut drive), ["download /nginx.conf to /home/me/site/nginx.conf, replacing 1.5 KiB"]);
}

#[test]
fn a_copy_is_told_until_it_is_over_and_can_be_cancelled() {
    let mut drive = both();
    drive.key("g g j j Y y");
    let effects = drive.effects();
    let job = effects.iter().find_map(|e| match e {
        Effect::Commit { job, proof: Proof::Yes, .. } => Some(*job),
        _ => None,
    });
    let job = job.unwrap();
    let Msg::Transfer(underway) = underway(7, "dump.sql", Stage::Moving, 64 << 20) else { panic!() };
    drive.msg(Msg::Transfer(Underway { job, ..underway }));
    let screen = drive.see();
    assert!(screen.contains("64 MiB of 256 MiB  32 MiB/s  6s left"), "{screen}");
    assert!(screen.contains("25 % upload dump.sql"), "in the footer: {screen}");
    drive.key("J");
    assert!(drive.see().contains("web1: upload dump.sql: 64 MiB of 256 MiB"), "{}", drive.see());
    drive.key("esc q");
    let screen = drive.see();
    assert!(screen.contains("copied again they go on from where they stand"), "{screen}");
    assert!(!screen.contains("will not see its end"), "{screen}");
    drive.key("esc ctrl-x");
    assert!(drive.effects().iter().any(|e| matches!(e, Effect::CancelJob(one) if *one == job)));
    let result = Ok("256 MiB in 8.0 s, checked".to_owned());
    drive.msg(Msg::JobStep { job, name: "dump.sql".into(), result, audit_seq: 7, ms: 8000 });
    let screen = drive.see();
    assert!(screen.contains("256 MiB in 8.0 s, checked") && !screen.contains("6s left"), "{screen}");
}
