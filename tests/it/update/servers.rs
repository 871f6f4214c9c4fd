//! The fleet: the worst first, the cursor on its server, readings only as often as somebody looks.

use std::sync::Arc;

use jiff::civil::date;
use pult::app::{Effect, Msg, Redraw};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::ids::TargetId;
use pult::domain::remote::Remote;
use pult::domain::server::{Facts, Pace, Server};

use crate::support::Drive;
use crate::support::servers::{checks, fleet_with, listed, state, vitals, world};

fn two() -> Drive {
    let mut drive = Drive::new(world(&["a", "b"]));
    drive.key("3");
    for (name, cpu) in [("a", 10.0), ("b", 50.0)] {
        drive.msg(state(&drive, name, vitals(&drive, cpu), None));
    }
    drive.pass(10.0);
    drive
}

#[test]
fn the_worst_comes_first_and_a_lost_one_before_all() {
    let mut drive = fleet_with(|_| {});
    assert_eq!(drive.names(), ["web2", "web1", "db1", "edge"]);
    assert!(drive.row("web1").contains("88 % /"), "{}", drive.row("web1"));
    assert!(drive.row("web2").contains("1m unreachable"), "{}", drive.row("web2"));
}

#[test]
fn the_cursor_stays_with_its_server_when_another_gets_worse() {
    let mut drive = two();
    assert_eq!((drive.names(), drive.cursor().as_str()), (vec!["b".into(), "a".into()], "b"));
    drive.key("j k").pass(4.0);
    drive.msg(state(&drive, "a", vitals(&drive, 99.0), None)).pass(4.0);
    assert_eq!((drive.names(), drive.cursor().as_str()), (vec!["a".into(), "b".into()], "b"));
}

#[test]
fn a_key_for_what_is_not_shown_does_what_it_does_in_every_list() {
    let [marked, unmarked, by_v] = ["v", "v U", "v V"].map(|keys| {
        let mut drive = two();
        drive.key(keys);
        drive.see()
    });
    assert_ne!(marked, unmarked);
    assert_eq!(unmarked, by_v);
    let mut drive = two();
    drive.key("n");
    assert!(drive.see().contains("no file is selected"), "{}", drive.see());
}

#[test]
fn rows_hold_while_a_key_was_pressed() {
    let mut drive = two();
    drive.key("j");
    drive.msg(state(&drive, "a", vitals(&drive, 99.0), None));
    assert_eq!(drive.names(), ["b", "a"]);
    drive.pass(4.0);
    assert_eq!(drive.names(), ["a", "b"]);
}

#[test]
fn only_what_somebody_looks_at_is_read_often() {
    let mut drive = Drive::new(world(&["a", "b"]));
    let paces = |drive: &mut Drive| -> Vec<(String, Pace)> {
        let pace =
            |e: Effect| if let Effect::Pace(id, pace) = e { Some((id.name.to_string(), pace)) } else { None };
        drive.effects().into_iter().filter_map(pace).collect()
    };
    assert_eq!(paces(&mut drive), []);
    drive.key("3");
    assert_eq!(paces(&mut drive), [("a".into(), Pace::Shown), ("b".into(), Pace::Shown)]);
    drive.key("/").text("name:b").key("enter");
    let last = paces(&mut drive);
    assert!(
        last.contains(&("a".into(), Pace::Hidden)) && last.last() == Some(&("b".into(), Pace::Shown)),
        "{last:?}"
    );
    drive.key("1");
    assert_eq!(paces(&mut drive), [("b".into(), Pace::Hidden)]);
}

#[test]
fn a_reading_behind_another_pane_draws_nothing_but_a_lost_link_does() {
    let mut drive = two();
    drive.key("1").pass(5.0);
    drive.redraw();
    drive.msg(state(&drive, "a", vitals(&drive, 11.0), None));
    assert_eq!(drive.redraw(), Redraw::No);
    let lost = Remote::default().lost(Fault::new(FaultKind::Timeout, "it did not answer within 10 s"), None);
    drive.msg(Msg::Server(TargetId::server("a"), lost));
    assert_eq!(drive.redraw(), Redraw::Soon);
    assert!(drive.see().lines().next().unwrap().contains("servers ✕ 1"));
    drive.key("R");
}

#[test]
fn what_was_not_measured_is_no_number() {
    let mut drive = Drive::new(world(&["a"]));
    drive.key("3");
    let mut first = vitals(&drive, 0.0);
    first.cpu = None;
    first.net.iter_mut().for_each(|n| (n.rx_bytes_per_s, n.tx_bytes_per_s) = (None, None));
    first.stall = Default::default();
    drive.msg(state(&drive, "a", first, None));
    let row = drive.row("▌");
    assert!(!row.contains("0 %") && row.matches('·').count() >= 4, "{row}");
}

#[test]
fn filters_know_every_column_and_thresholds() {
    let mut drive = fleet_with(|_| {});
    drive.key("/").text("cpu>90 failed>0").key("enter");
    assert_eq!(drive.names(), ["web1"]);
    drive.key("esc").key("/").text("link:unreach").key("enter");
    assert_eq!(drive.names(), ["web2"]);
}

#[test]
fn the_detail_says_why_it_is_slow() {
    let mut drive = fleet_with(|_| {});
    drive.key("j");
    let screen = drive.screen(160, 40).text;
    assert!(screen.contains("io stall 62 %, sda 98 % busy, writing 180 MiB/s"), "{screen}");
    assert!(screen.contains("certbot.service") && screen.contains("required by an upgrade"));
}

#[test]
fn checks_that_come_late_are_shown_without_a_reading() {
    let mut drive = two();
    let mut worn = checks(&drive, 97.0);
    worn.updates = None;
    drive.msg(state(&drive, "a", vitals(&drive, 1.0), Some(worn))).pass(4.0);
    assert!(drive.row("a ").contains("97 %"), "{}", drive.row("a "));
    assert_eq!(drive.names(), ["a", "b"]);
}

fn dials(drive: &mut Drive) -> Vec<String> {
    let dial = |e: Effect| match e {
        Effect::Connect(id) => Some(format!("connect {id}")),
        Effect::Disconnect(id) => Some(format!("disconnect {id}")),
        Effect::Reconnect(id) => Some(format!("reconnect {id}")),
        _ => None,
    };
    drive.effects().into_iter().filter_map(dial).collect()
}

#[test]
fn what_is_listed_is_dialled_when_it_is_opened() {
    let mut drive = Drive::new(world(&["a"]));
    drive.key("3").msg(listed("a")).pass(5.0);
    assert!(drive.row("a ").contains("· listed"), "{}", drive.row("a "));
    assert!(drive.see().contains("Listed, not connected: open it.") && drive.see().contains("ssh -l ops a"));
    assert!(!drive.see().lines().next().unwrap().contains("servers ✕"), "it is not lost");
    drive.key("X");
    assert!(drive.see().contains("it is not connected"));
    assert_eq!(dials(&mut drive), [""; 0]);
    drive.key("enter");
    assert_eq!(dials(&mut drive), ["connect server:a"]);
    drive.msg(Msg::Server(TargetId::server("a"), Remote::default())).key("C");
    assert!(drive.see().contains("it is being connected"));
    drive.msg(state(&drive, "a", vitals(&drive, 5.0), None)).key("C").pass(1.0);
    assert!(drive.see().contains("it is connected"));
    drive.key("enter h X");
    assert_eq!(dials(&mut drive), ["disconnect server:a"], "enter opens what is connected");
    let lost = Remote::default().lost(Fault::new(FaultKind::Denied, "no"), None);
    drive.msg(Msg::Server(TargetId::server("a"), lost)).key("C");
    assert_eq!(dials(&mut drive), ["reconnect server:a"]);
}

#[test]
fn this_machine_needs_no_connection() {
    let mut world = world(&["here"]);
    world.targets.last_mut().unwrap().client.clear();
    let mut drive = Drive::new(world);
    drive.key("3");
    drive.msg(state(&drive, "here", vitals(&drive, 5.0), None)).key("X");
    assert!(drive.see().contains("this machine needs no connection"));
    assert_eq!(dials(&mut drive), [""; 0]);
}

#[test]
fn a_system_at_the_end_of_its_support_says_so() {
    let mut drive = two();
    for (end, said) in [
        (date(2025, 6, 14), Some("no security fixes since 2025-06-14")),
        (date(2025, 6, 15), Some("no security fixes after 2025-06-15")),
        (date(2027, 1, 1), None),
    ] {
        let Msg::Server(id, known) = state(&drive, "b", vitals(&drive, 50.0), None) else { unreachable!() };
        let server = known.value.unwrap();
        let facts = Facts { support_ends: Some(end), ..(*server.facts).clone() };
        let server = Server { facts: Arc::new(facts), ..(*server).clone() };
        drive.msg(Msg::Server(id, Remote::live(Arc::new(server), drive.now))).pass(4.0);
        let screen = drive.see();
        assert!(screen.contains("no security fixes") == said.is_some(), "{end}: {screen}");
        assert!(said.is_none_or(|said| screen.contains(said)), "{end}: {screen}");
    }
}

#[test]
fn figures_that_tremble_move_no_rows() {
    let mut drive = two();
    for (a, b) in [(50.0, 46.0), (47.0, 52.0), (52.0, 47.0), (47.0, 53.0)] {
        drive.msg(state(&drive, "a", vitals(&drive, a), None));
        drive.msg(state(&drive, "b", vitals(&drive, b), None)).pass(4.0);
    }
    let before = drive.names();
    drive.msg(state(&drive, "a", vitals(&drive, 52.0), None));
    drive.msg(state(&drive, "b", vitals(&drive, 47.0), None)).pass(4.0);
    assert_eq!(drive.names(), before);
    let last = before[1].clone();
    drive.msg(state(&drive, &last, vitals(&drive, 75.0), None)).pass(4.0);
    assert_eq!(drive.names()[0], last);
}
