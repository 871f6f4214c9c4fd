//! Servers beside each other: who is asked what, how the answers fall, and how one reads them.

use pult::app::Effect;
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::query::Query;
use pult::domain::server::{Facet, ServerAsk, ServerQuery};

use crate::support::Drive;
use crate::support::compare::{answered, at_compare, is_facet};
use crate::support::servers::fleet_with;

fn asked(drive: &mut Drive) -> Vec<(String, Facet)> {
    let one = |effect: Effect| match effect {
        Effect::Ask {
            query: Query::Server(ServerQuery { target, what: ServerAsk::Facet(facet) }), ..
        } => Some((target.name.to_string(), facet)),
        _ => None,
    };
    drive.effects().into_iter().filter_map(one).collect()
}

#[test]
fn marked_servers_are_asked_and_who_is_lost_is_unknown() {
    let mut drive = fleet_with(|_| {});
    drive.key("=");
    let screen = drive.see();
    assert!(screen.contains("6 Compare") && screen.contains("2 servers"), "{screen}");
    let first = asked(&mut drive);
    assert_eq!(first.len(), 4, "two at each of the two that are connected: {first:?}");
    let mut drive = at_compare(|_| {});
    answered(&mut drive);
    let screen = drive.see();
    assert!(screen.contains("1 equal, 1 differs"), "{screen}");
    drive.key("esc");
    assert!(drive.see().contains("HOST"), "{}", drive.see());
    // Marked ones are compared whatever their link is.
    drive.key("ctrl-a =");
    let screen = drive.see();
    assert!(screen.contains("4 servers") && screen.contains("web2: web2:22: no route"), "{screen}");
}

#[test]
fn one_alone_is_not_compared() {
    let mut drive = fleet_with(|_| {});
    drive.key("v =");
    assert!(drive.see().contains("it takes two servers"), "{}", drive.see());
}

#[test]
fn differences_are_gone_through_and_read() {
    let mut drive = at_compare(|_| {});
    answered(&mut drive);
    drive.key("n");
    let screen = drive.see();
    assert!(screen.contains("+permitrootlogin yes"), "{screen}");
    // Enter reads it in full; esc goes back to the list.
    drive.key("enter");
    assert!(!drive.see().contains("QUESTION") && drive.see().contains("+permitrootlogin yes"));
    drive.key("n n n");
    assert!(drive.see().contains("no further difference"), "{}", drive.see());
    drive.key("esc");
    assert!(drive.see().contains("QUESTION"));
}

#[test]
fn a_file_of_ones_own_is_compared_too() {
    let mut drive = at_compare(|_| {});
    answered(&mut drive);
    drive.effects();
    drive.key("a").text("nginx.conf").key("enter");
    let new = asked(&mut drive);
    assert_eq!(new.len(), 2);
    assert!(matches!(&new[0].1, Facet::File(path) if path.as_str() == "/etc/nginx.conf"), "{new:?}");
    assert!(drive.cursor().contains("/etc/nginx.conf"), "{}", drive.cursor());
    drive.key("a").key("ctrl-u").text("nginx.conf").key("enter");
    assert!(drive.see().contains("write the whole path"), "{}", drive.see());
}

#[test]
fn it_is_written_to_a_file_and_read_anew() {
    let mut drive = at_compare(|_| {});
    answered(&mut drive);
    drive.effects();
    drive.key("e").key("ctrl-u").text("/tmp/fleet.jsonl").key("enter");
    drive.pass(0.1);
    let parts: Vec<_> = drive
        .effects()
        .into_iter()
        .filter_map(|effect| if let Effect::Write(part) = effect { Some(part) } else { None })
        .collect();
    assert_eq!(parts.len(), Facet::ALL.len());
    assert!(
        parts[0].first && parts[parts.len() - 1].last && parts.iter().filter(|part| part.last).count() == 1
    );
    let text = String::from_utf8(parts[1].bytes.clone()).unwrap();
    assert!(
        text.contains("\"question\":\"sshd settings\"") && text.contains("permitrootlogin yes"),
        "{text}"
    );
    drive.key("f5");
    assert_eq!(asked(&mut drive).len(), 4, "everything is asked again");
}

#[test]
fn a_command_runs_on_those_that_are_compared() {
    let mut drive = at_compare(|_| {});
    drive.key("alt-x").text("id").key("enter enter enter enter enter");
    assert!(drive.see().contains("type 2, the number of objects"), "{}", drive.see());
}

#[test]
fn a_hostile_fault_is_harmless() {
    let mut drive = at_compare(|_| {});
    answered(&mut drive);
    drive.key("f5");
    let fault = Fault::new(FaultKind::Denied, "sudo there wants a\x1b[2J password");
    drive.fail(is_facet, fault);
    answered(&mut drive);
    drive.key("/").text("sshd").key("enter");
    let screen = drive.see();
    assert!(!screen.contains('\x1b') && screen.contains("sudo there wants a"), "{screen}");
    assert!(screen.contains("1 equal, 1 unknown"), "{screen}");
}
