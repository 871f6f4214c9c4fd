//! A command on many servers: marked, asked about as the strictest of them wants it, its answers together.

use pult::app::{Effect, Msg};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::mutation::Mutation;
use pult::domain::server::ran::Answered;
use pult::domain::server::{Canary, Ran, ServerAction, ServerMutation};

use crate::support::Drive;
use crate::support::drive::commits;
use crate::support::servers::fleet_with;

fn answers(drive: &mut Drive, job: u64, server: &str, code: i32, text: &str) {
    let result = Ok(Ran::new(Some(code), text.as_bytes(), b""));
    drive.msg(Msg::Ran { job, answered: Answered { server: server.into(), result, ms: 9 } });
    let result = Ok(format!("exit code {code}"));
    drive.msg(Msg::JobStep { job, name: server.into(), result, audit_seq: 1, ms: 9 });
}

fn sent(drive: &mut Drive) -> (u64, Vec<ServerMutation>) {
    let found = drive.effects().into_iter().find_map(|effect| match effect {
        Effect::Commit { job, consent, .. } => {
            let one = |m: &Mutation| match m {
                Mutation::Server(m) => m.clone(),
                other => panic!("{other:?}"),
            };
            Some((job, consent.plan().mutations.iter().map(one).collect()))
        }
        _ => None,
    });
    found.expect("nothing was sent")
}

#[test]
fn marked_servers_want_their_count_and_answer_together() {
    let mut drive = fleet_with(|_| {});
    drive.key("j v v v alt-x");
    let screen = drive.see();
    assert!(screen.contains("3 marked") && screen.contains("command, for each login shell"), "{screen}");
    drive.text("uptime -p").key("enter enter enter enter enter enter");
    assert!(drive.see().contains("type 3, the number of objects"), "{}", drive.see());
    drive.key("y enter");
    assert!(commits(&drive.effects()).is_empty(), "y is not the count");
    drive.key("backspace").text("3").key("enter");
    let (job, mutations) = sent(&mut drive);
    assert_eq!(mutations.len(), 3);
    for mutation in &mutations {
        let ServerAction::Run(run) = &mutation.action else { panic!("{mutation:?}") };
        assert_eq!(
            (run.command.as_str(), run.timeout_s, run.canary, run.stop, run.at_once),
            ("uptime -p", 60, Canary::First, true, 4)
        );
        assert!(mutation.equivalent().ends_with("'uptime -p'"), "{}", mutation.equivalent());
    }
    let names: Vec<String> = mutations.iter().map(|m| m.name.clone()).collect();
    answers(&mut drive, job, &names[0], 0, "up 3 days\n");
    drive.key("f7");
    assert!(drive.see().contains("no answer yet"), "{}", drive.see());
    drive.key("esc");
    answers(&mut drive, job, &names[1], 0, "up 2 minutes\n");
    drive.msg(Msg::JobSkipped { job, count: 1 });
    let screen = drive.see();
    assert!(screen.contains("1 server: exit code 0") && screen.contains("+up 2 minutes"), "{screen}");
    assert!(screen.contains("not begun"), "{screen}");
}

#[test]
fn without_a_mark_it_is_the_one_under_the_cursor() {
    let mut drive = fleet_with(|_| {});
    drive.key("j alt-x").text("i").pass(50.0).text("d").pass(50.0);
    assert!(!drive.see().contains("expired"), "who fills in a form is not hurried: {}", drive.see());
    drive.key("enter").key("y");
    let (_, mutations) = sent(&mut drive);
    assert_eq!(mutations.len(), 1);
    assert_eq!(mutations[0].name, mutations[0].target.name.to_string());
}

#[test]
fn the_others_wait_until_somebody_has_read_what_the_first_one_said() {
    let mut drive = fleet_with(|_| {});
    drive.key("j v v alt-x").text("id");
    // The field of the canary: yes, then ask.
    drive.key("tab tab tab right");
    assert!(drive.see().contains("ask"), "{}", drive.see());
    drive.key("tab tab enter");
    drive.text("2").key("enter");
    let (job, mutations) = sent(&mut drive);
    let ServerAction::Run(run) = &mutations[0].action else { panic!() };
    assert_eq!(run.canary, Canary::Ask);
    answers(&mut drive, job, &mutations[0].name, 0, "uid=0\n");
    drive.msg(Msg::RunWaits(job));
    let screen = drive.see();
    assert!(screen.contains("uid=0") && screen.contains("1 waits for you"), "{screen}");
    let goes_on =
        |drive: &mut Drive| drive.effects().iter().any(|e| matches!(e, Effect::GoOn(of) if *of == job));
    drive.key("esc");
    assert!(!goes_on(&mut drive), "to close it is no consent");
    drive.key("f7 ctrl-g");
    assert!(goes_on(&mut drive) && !drive.see().contains("waits for you"), "{}", drive.see());
    drive.key("ctrl-g");
    assert!(!goes_on(&mut drive) && drive.see().contains("no command waits"), "{}", drive.see());
}

#[test]
fn answers_are_written_to_a_file_and_who_was_lost_is_unknown() {
    let mut drive = fleet_with(|_| {});
    drive.key("f6");
    assert!(drive.see().contains("no command was run"), "{}", drive.see());
    drive.key("j v v alt-x").text("id").key("enter enter enter enter enter enter").text("2").key("enter");
    let (job, mutations) = sent(&mut drive);
    answers(&mut drive, job, &mutations[0].name, 0, "uid=0\n");
    let lost = Fault::new(FaultKind::Lost, "it hung up; how what ran there ended is not known");
    let name = mutations[1].name.clone();
    let answered = Answered { server: name.clone(), result: Err(lost.clone()), ms: 5 };
    drive.msg(Msg::Ran { job, answered });
    drive.msg(Msg::JobStep { job, name, result: Err(lost), audit_seq: 2, ms: 5 });
    let screen = drive.see();
    assert!(screen.contains("1 server: unknown: it hung up") && screen.contains("1 unknown"), "{screen}");
    drive.key("esc f6").key("ctrl-u").text("/tmp/answers").key("enter");
    assert!(drive.see().contains(".jsonl"), "{}", drive.see());
    drive.text(".jsonl").key("enter");
    let written = drive.effects().into_iter().find_map(|e| match e {
        Effect::Write(part) => Some(String::from_utf8(part.bytes).unwrap()),
        _ => None,
    });
    let written = written.expect("nothing was written");
    assert!(
        written.contains("\"outcome\":\"done\"") && written.contains("\"outcome\":\"unknown\""),
        "{written}"
    );
}
