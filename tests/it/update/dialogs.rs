//! Everything that changes something goes through a dialog and a consent that cannot be turned on another object.

use jiff::SignedDuration;
use pult::app::{Effect, Msg};
use pult::domain::docker::DockerHost;
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::guard::Guard;
use pult::domain::query::Query;
use pult::gate::{Proof, Refusal};

use super::{rows, with};
use crate::support::Drive;
use crate::support::drive::commits;
use crate::support::world::{self, docker, id_of, live, make, targets};

fn typed(text: &str) -> Proof {
    Proof::Typed(text.to_owned())
}

fn sent(drive: &mut Drive) -> Vec<(Vec<(String, String)>, Proof)> {
    commits(&drive.effects())
}

#[test]
fn removing_needs_the_typed_name() {
    let mut drive = with(rows(&["web"]));
    drive.key("d");
    assert!(drive.see().contains("Remove container web on local"));
    for wrong in ["", "y", "we", "WEB"] {
        drive.key("ctrl-u").text(wrong).key("enter");
        assert!(drive.see().contains("Remove container web"), "`{wrong}` is not the name");
    }
    assert!(sent(&mut drive).is_empty());
    drive.key("ctrl-u").text("web").key("enter");
    let expected = vec![(vec![("remove container web".to_owned(), id_of("web"))], typed("web"))];
    assert_eq!(sent(&mut drive), expected);
    assert!(!drive.see().contains("Remove container"), "the dialog is over");
}

#[test]
fn force_and_volumes_are_choices_of_their_own() {
    let mut drive = with(rows(&["web"]));
    drive.key("d").pass(0.1);
    assert!(drive.see().contains("measuring what goes with it"));
    drive.answer(|q| matches!(q, Query::Footprint(_)), world::footprint());
    assert!(drive.see().contains("Goes with it: its writable layer (84 MiB)."));
    assert!(drive.see().contains("Stays: volume crm-data (1.2 GiB)."));
    assert!(drive.see().contains("Stays: anonymous volume"));
    drive.key("tab right tab right");
    assert!(drive.see().contains("docker rm --force --volumes web"), "{}", drive.see());
    assert!(drive.see().contains("Goes with it: anonymous volume"));
    drive.key("tab").text("web").key("enter");
    assert_eq!(sent(&mut drive)[0].0[0].0, "remove container web by force, with its anonymous volumes");
}

#[test]
fn yes_and_no() {
    let mut drive = with(rows(&["web"]));
    drive.key("S enter");
    assert!(drive.see().contains("Stop container web"), "enter is not yes");
    assert!(sent(&mut drive).is_empty());
    drive.key("n");
    assert!(!drive.see().contains("Stop container web") && sent(&mut drive).is_empty());
    drive.key("S y");
    assert_eq!(sent(&mut drive), [(vec![("stop container web".to_owned(), id_of("web"))], Proof::Yes)]);
    drive.key("r esc y");
    assert!(sent(&mut drive).is_empty(), "esc leaves it");
}

#[test]
fn several_ask_for_their_number() {
    let mut drive = with(rows(&["a", "b", "c"]));
    drive.key("space space S").text("y").key("enter");
    assert!(drive.see().contains("type 2, the number of objects"), "{}", drive.see());
    assert!(sent(&mut drive).is_empty());
    drive.key("ctrl-u").text("2").key("enter");
    let (objects, proof) = sent(&mut drive).remove(0);
    assert_eq!((objects.len(), proof), (2, typed("2")));
    assert_eq!(objects[0].1, id_of("a"));
}

#[test]
fn the_answer_cannot_be_pasted() {
    let mut drive = with(rows(&["web"]));
    drive.key("d").paste("web").paste("web\n").key("enter");
    assert!(sent(&mut drive).is_empty());
    assert!(drive.see().contains("type the name to confirm"));
    // Into a text field of the form it can.
    drive.key("esc e").paste("web-2\n").key("enter y");
    assert_eq!(sent(&mut drive)[0].0[0].0, "rename container web to web-2");
}

#[test]
fn a_consent_expires() {
    let mut drive = with(rows(&["web"]));
    drive.key("d").text("web").pass(60.0);
    assert!(!drive.see().contains("expired"));
    drive.pass(1.5);
    assert!(drive.see().contains("expired: close it and ask again"), "the screen says so by itself");
    drive.key("enter");
    assert!(sent(&mut drive).is_empty());
    assert!(drive.see().contains("open for more than 60 s"));
    drive.key("esc S").pass(62.0).key("y");
    assert!(sent(&mut drive).is_empty(), "y comes too late as well");
}

#[test]
fn a_container_that_goes_away_under_its_dialog_cannot_be_accepted() {
    let mut drive = with(rows(&["a", "web"]));
    drive.key("j d").text("web").msg(docker("local", live(rows(&["a"]))));
    assert!(drive.see().contains("web is gone: somebody removed it meanwhile"), "{}", drive.see());
    drive.key("enter").text("y").key("enter");
    assert!(sent(&mut drive).is_empty());
    // One of several: the rest can be done, but what was typed was about another number.
    let mut drive = with(rows(&["a", "b", "c"]));
    drive.key("space space space S").text("3").msg(docker("local", live(rows(&["a", "c"]))));
    assert!(drive.see().contains("gone meanwhile, left out: b"), "{}", drive.see());
    drive.key("enter");
    assert!(sent(&mut drive).is_empty());
    drive.key("ctrl-u").text("2").key("enter");
    assert_eq!(sent(&mut drive)[0].0.len(), 2);
}

/// Whatever happens to names and rows under a dialog, it stays with the identity it was opened on.
#[test]
fn a_dialog_cannot_be_retargeted() {
    let mut drive = with(rows(&["a", "web"]));
    drive.key("j S");
    // `web` is renamed and another container takes its name and its place.
    let swapped = vec![
        make("web").with(|c| c.name = "old-web".into()),
        make("impostor").with(|c| c.name = "web".into()),
    ];
    drive.msg(docker("local", live(swapped))).key("y");
    let (objects, _) = sent(&mut drive).remove(0);
    assert_eq!(objects, [("stop container web".to_owned(), id_of("web"))]);
}

#[test]
fn read_only_refuses_and_says_so() {
    let mut drive = Drive::new(targets(&[("local", Guard::ReadOnly)]));
    drive.msg(docker("local", live(rows(&["web"])))).pass(1.0);
    for key in ["d", "S", "r", "K", "u", "e"] {
        drive.key(key);
        assert!(drive.see().contains("docker:local is read-only"), "{key}: {}", drive.see());
        drive.pass(15.0);
    }
    let mut world = world::one();
    world.read_only = true;
    let mut drive = Drive::new(world);
    drive.msg(docker("local", live(rows(&["web"])))).key("d");
    assert!(drive.see().contains("is read-only") && drive.row("pult").contains("read-only"));
    assert!(sent(&mut drive).is_empty());
}

#[test]
fn free_runs_at_once_but_asks_before_it_destroys() {
    let mut drive = Drive::new(targets(&[("local", Guard::Free)]));
    drive.msg(docker("local", live(rows(&["web", "x"])))).key("S");
    assert_eq!(sent(&mut drive), [(vec![("stop container web".to_owned(), id_of("web"))], Proof::None)]);
    drive.key("d");
    assert!(drive.see().contains("Do it? y/n"));
    drive.key("y");
    assert_eq!(sent(&mut drive)[0].1, Proof::Yes);
    drive.key("space space r");
    assert!(drive.see().contains("Do it? y/n"), "several are asked about");
}

#[test]
fn type_the_name_asks_for_it_even_to_stop() {
    let mut drive = Drive::new(targets(&[("local", Guard::TypeTheName)]));
    drive.msg(docker("local", live(rows(&["web"])))).key("S").text("y").key("enter");
    assert!(sent(&mut drive).is_empty());
    drive.key("ctrl-u").text("web").key("enter");
    assert_eq!(sent(&mut drive)[0].1, typed("web"));
}

#[test]
fn a_command_that_is_off_says_why() {
    let mut drive = with(rows(&["web"]));
    drive.key("s");
    assert!(drive.see().contains("web is running"));
    drive.pass(2.0).key("alt-p");
    assert!(drive.see().contains("web is not paused"));
    drive.pass(2.0).key("ctrl-x");
    assert!(drive.see().contains("no job is running"));
    let mut none = with(Vec::new());
    none.key("d");
    assert!(none.see().contains("there is no container"));
}

#[test]
fn a_feature_that_the_engine_lacks_is_off() {
    let mut host = world::host(rows(&["web"]));
    let why = "the socket proxy answers 403 to changes".to_owned();
    host.engine.lacks.push((pult::domain::docker::Feature::Mutations, why.clone()));
    let mut drive = with(Vec::new());
    let host: std::sync::Arc<DockerHost> = host.into();
    drive.msg(docker("local", pult::domain::remote::Remote::live(host, world::start())));
    drive.key("S");
    assert!(drive.see().contains(&why), "{}", drive.see());
}

#[test]
fn the_palette_runs_a_command_and_says_why_one_is_off() {
    let mut drive = with(rows(&["web"]));
    drive.key("ctrl-p").text("restart").key("enter");
    assert!(drive.see().contains("Restart container web on local"), "{}", drive.see());
    drive.key("y");
    assert_eq!(sent(&mut drive)[0].0[0].0, "restart container web");
    drive.key(":").text("unpause");
    assert!(drive.row("Unpause container").contains("web is not paused"));
    drive.key("enter");
    assert!(drive.see().contains("web is not paused") && sent(&mut drive).is_empty());
    drive.key("esc :").text("zzzz").key("enter");
    assert!(drive.see().contains("no command of that name"));
}

#[test]
fn the_form_checks_what_is_typed() {
    let mut drive = with(rows(&["web"]));
    drive.key("u");
    assert!(drive.see().contains("nothing to change yet"));
    drive.text("lots").key("enter");
    assert!(drive.see().contains("`lots` is not a size"), "{}", drive.see());
    drive.key("shift-tab ctrl-u").text("512m").key("tab tab tab tab tab y");
    let (objects, proof) = sent(&mut drive).remove(0);
    assert_eq!((objects[0].0.as_str(), proof), ("update container web: memory 512 MiB", Proof::Yes));
    drive.key("K").text("");
    assert!(drive.see().contains("docker kill --signal=SIGKILL web"));
    drive.key("tab").text("h");
    assert!(drive.see().contains("docker kill --signal=SIGHUP web"), "{}", drive.see());
}

#[test]
fn jobs_are_counted_told_and_cancelled() {
    let mut drive = with(rows(&["a", "b", "c"]));
    drive.key("space space space S").text("3").key("enter");
    let effects = drive.effects();
    let job = effects.iter().find_map(|e| if let Effect::Commit { job, .. } = e { Some(*job) } else { None });
    let job = job.unwrap();
    let done = |name: &str, result| Msg::JobStep { job, name: name.into(), result, audit_seq: 1, ms: 3 };
    drive.msg(Msg::JobStarted(job)).msg(done("a", Ok(String::new())));
    assert!(drive.see().lines().last().unwrap().contains("1 of 3"), "{}", drive.see());
    drive.key("ctrl-x");
    assert!(drive.effects().iter().any(|e| matches!(e, Effect::CancelJob(j) if *j == job)));
    drive.msg(done("b", Err(Fault::new(FaultKind::Conflict, "it is paused"))));
    drive.msg(Msg::JobSkipped { job, count: 1 });
    assert!(drive.see().contains("1 done, 1 failed (b: it is paused), 1 not begun"), "{}", drive.see());
    drive.key("J");
    assert!(drive.see().contains("─ Jobs ─") && drive.see().contains("1 not begun"));
    drive.key("esc").pass(20.0).key("ctrl-x");
    assert!(drive.see().contains("no job is running"));
}

#[test]
fn a_refusal_is_told_in_full() {
    let mut drive = with(rows(&["web"]));
    drive.key("S y");
    let effects = drive.effects();
    let commit = effects.iter().find(|e| matches!(e, Effect::Commit { .. }));
    let Some(Effect::Commit { job, .. }) = commit else { panic!("{effects:?}") };
    let refusal = Refusal::Audit("No space left on device".into());
    drive.msg(Msg::JobRefused(*job, refusal));
    assert!(drive.see().contains("refused: the audit line could not be written (No space left on device)"));
    assert!(!drive.see().lines().last().unwrap().contains("0 of 1"), "no job is left running");
}

#[test]
fn dialogs_show_and_copy_the_equivalent_command() {
    let mut drive = with(vec![make("web"), make("x").with(|c| c.name = "x y; rm".into())]);
    drive.key("S");
    assert!(drive.see().contains("same as: docker stop web"));
    drive.effects();
    drive.key("ctrl-y");
    let effects = drive.effects();
    assert!(matches!(&effects[..], [Effect::Yank { text, .. }] if text == "docker stop web"), "{effects:?}");
    drive.key("esc j S ctrl-y");
    let effects = drive.effects();
    let quoted =
        effects.iter().any(|e| matches!(e, Effect::Yank { text, .. } if text == "docker stop 'x y; rm'"));
    assert!(quoted, "{effects:?}");
    drive.now += SignedDuration::from_secs(1);
}

#[test]
fn pasted_text_is_never_taken_for_keys() {
    let mut drive = with(rows(&["web"]));
    drive.paste("dq\nSy\u{3}");
    assert!(sent(&mut drive).is_empty());
    assert!(drive.see().contains("6 characters pasted where nothing takes text"));
}
