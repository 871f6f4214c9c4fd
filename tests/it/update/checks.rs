//! Checks on screen: what is down is told by the fleet, the header and the activity; the view of a server asks now.

use std::time::Duration;

use pult::app::{Effect, Msg};
use pult::domain::check::{Book, Outcome, Verdict};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::ids::TargetId;
use pult::domain::remote::Remote;
use pult::domain::server::threshold::Metric;

use crate::support::Drive;
use crate::support::checks::written;
use crate::support::servers::{state, vitals, world};

fn drive() -> Drive {
    let mut world = world(&["web1"]);
    world.checks = Book::new(written(
        "shop: http = \"https://shop.example/health\", every = \"30s\"\ndb: tcp = \"db:5432\"\nmail: mail_queue = 5",
    ));
    let mut drive = Drive::new(world);
    drive.key("3");
    for _ in 0..20 {
        drive.msg(state(&drive, "web1", vitals(&drive, 20.0), None)).pass(1.0);
    }
    drive
}

fn told(drive: &mut Drive, name: &str, outcome: Outcome) {
    let at = drive.now;
    drive.msg(Msg::Checked { name: name.into(), outcome: Box::new(outcome), at }).pass(1.0);
}

fn fine(drive: &mut Drive, name: &str) {
    told(drive, name, Outcome::ok("200 OK").took(Duration::from_millis(38)));
}

fn fail(drive: &mut Drive, name: &str) {
    told(drive, name, Outcome::failed("502 Bad Gateway"));
}

#[test]
fn a_server_with_something_down_stands_above_one_without() {
    let mut world = world(&["a", "b", "web1"]);
    world.checks = Book::new(written("shop: http = \"https://shop.example/health\", every = \"30s\""));
    let mut drive = Drive::new(world);
    drive.key("3");
    let read = |drive: &mut Drive, cpu: [f64; 3]| {
        for (name, cpu) in ["a", "b", "web1"].into_iter().zip(cpu) {
            drive.msg(state(drive, name, vitals(drive, cpu), None));
        }
        drive.pass(10.0);
        drive.names()
    };
    assert_eq!(read(&mut drive, [70.0, 78.0, 71.0]), ["a", "b", "web1"], "they are as bad as each other");
    assert_eq!(read(&mut drive, [74.0, 70.0, 73.0]), ["a", "b", "web1"]);
    fail(&mut drive, "shop");
    fail(&mut drive, "shop");
    assert_eq!(read(&mut drive, [70.0, 78.0, 20.0]), ["web1", "a", "b"]);
}

#[test]
fn what_is_wrong_is_in_the_header_of_a_narrow_terminal() {
    let mut drive = drive();
    let lost = Remote::default().lost(Fault::new(FaultKind::Unreachable, "refused"), None);
    drive.msg(Msg::Server(TargetId::server("web1"), lost));
    for name in ["shop", "shop", "db", "db"] {
        fail(&mut drive, name);
    }
    let header = |drive: &mut Drive, width| {
        drive.resize(width, 24);
        drive.see().lines().next().unwrap().split_once("Activity").unwrap().1.trim().to_owned()
    };
    assert_eq!(header(&mut drive, 80), "servers ✕ 1  checks ✕ 2");
    assert_eq!(header(&mut drive, 64), "✕ 3");
}

#[test]
fn what_is_down_is_told_everywhere_and_kept() {
    let mut drive = drive();
    fine(&mut drive, "shop");
    fail(&mut drive, "shop");
    drive.effects();
    assert!(!drive.see().contains("is down"), "{}", drive.see());
    fail(&mut drive, "shop");
    let screen = drive.see();
    assert!(screen.contains("shop is down: 502 Bad Gateway") && screen.contains("checks ✕ 1"), "{screen}");
    assert!(drive.row("web1 !").contains("20 %"), "the name is marked");
    let effects = drive.effects();
    let begun = effects.iter().find_map(|e| if let Effect::Remember(event) = e { Some(event) } else { None });
    let crossing = &begun.unwrap().crossing;
    assert_eq!(
        (crossing.metric, crossing.sentence().as_str()),
        (Metric::Check, "check shop down: 502 Bad Gateway")
    );
    assert!(effects.iter().any(|e| matches!(e, Effect::Capture(_))), "what the server did meanwhile");
    drive.key("4");
    assert!(drive.row(" down ").contains("check shop down: 502"), "{}", drive.see());
    fine(&mut drive, "shop");
    assert!(drive.row("passed").contains("check shop down: 502 Bad Gateway, for 2s"), "{}", drive.see());
    assert!(!drive.see().contains("checks ✕"), "{}", drive.see());
}

/// Nobody could ask: it is neither up nor down, and its outage is not over.
#[test]
fn what_cannot_be_asked_is_unknown() {
    let mut drive = drive();
    fail(&mut drive, "db");
    fail(&mut drive, "db");
    told(&mut drive, "db", Outcome::unknown("the server that asks is not connected"));
    drive.effects();
    drive.key("g k");
    assert!(drive.row(" db ").contains("unknown"), "{}", drive.see());
    assert!(!drive.see().contains("checks ✕"), "{}", drive.see());
    fail(&mut drive, "db");
    assert!(drive.row(" db ").contains("down"), "{}", drive.see());
    assert!(!drive.effects().iter().any(|e| matches!(e, Effect::Remember(_))), "it is the same outage");
}

#[test]
fn the_view_tells_all_and_asks_now() {
    let mut drive = drive();
    drive.key("g k");
    assert!(drive.row(" mail ").contains("unknown"), "{}", drive.see());
    fine(&mut drive, "shop");
    fail(&mut drive, "db");
    fail(&mut drive, "db");
    told(&mut drive, "mail", Outcome::new(Verdict::Unknown, "no mail server").hint("install one"));
    drive.pass(4.0);
    let screen = drive.see();
    assert_eq!(drive.cursor(), "db", "what is worst comes first: {screen}");
    assert!(screen.contains("tcp db:5432") && screen.contains("every 1m"), "{screen}");
    assert!(drive.row(" shop ").contains(" 38 "), "{screen}");
    let asked = |drive: &mut Drive| {
        let of = |e| if let Effect::AskChecks(names) = e { Some(names) } else { None };
        drive.effects().into_iter().find_map(of).map(|names| names.join(" "))
    };
    drive.effects();
    drive.key("I");
    assert_eq!(asked(&mut drive).as_deref(), Some("db"));
    drive.key("v v I");
    assert_eq!(asked(&mut drive).map(|names| names.split(' ').count()), Some(2));
    drive.pass(300.0);
    assert!(drive.row(" shop ").contains("unknown"), "nobody has asked for a while: {}", drive.see());
}

#[test]
fn without_checks_it_says_how_to_write_one() {
    let mut drive = Drive::new(world(&["web1"]));
    drive.key("3 g k");
    let screen = drive.see();
    assert!(screen.contains("It has no checks.") && screen.contains("[[check]]"), "{screen}");
    drive.key("I");
    assert!(drive.see().contains("there is no check"), "{}", drive.see());
}
