//! Disks, network, packages of one open server: what is gone into and out of, and what goes through the gate.

use pult::app::Effect;
use pult::domain::query::Query;
use pult::domain::server::{ServerAsk, ServerQuery};

use crate::support::Drive;
use crate::support::drive::commits;
use crate::support::host_reads::*;
use crate::support::host_views::fleet;

fn done(drive: &mut Drive) -> String {
    commits(&drive.effects()).remove(0).0.remove(0).0
}

#[test]
fn enter_measures_a_filesystem_and_esc_leads_back_out() {
    let mut drive = fleet();
    drive.key("j");
    at_disks(&mut drive);
    assert_eq!(drive.cursor(), "sda", "what is not well comes first");
    drive.key("j j");
    assert_eq!(drive.cursor(), "/", "then the fullest");
    into_directories(&mut drive);
    assert!(drive.see().contains("There was no time for all of it"), "{}", drive.see());
    drive.effects();
    drive.key("j enter").pass(0.1);
    let asked = drive.effects().into_iter().find_map(|effect| match effect {
        Effect::Ask {
            query: Query::Server(ServerQuery { what: ServerAsk::Directories(path), .. }), ..
        } => Some(path),
        _ => None,
    });
    assert_eq!(asked.as_deref(), Some("/var"));
    drive.key("left");
    assert!(drive.see().contains("/home"), "what was measured is not measured again: {}", drive.see());
    drive.key("esc").pass(0.1);
    assert!(drive.see().contains("disks 5"), "{}", drive.see());
    drive.key("esc");
    assert_eq!(drive.cursor(), "web1");
}

#[test]
fn rates_come_with_the_second_reading() {
    let mut drive = fleet();
    drive.key("j");
    at_network(&mut drive);
    assert!(drive.row(" eth0 ").contains("5.0 MiB"), "{}", drive.row(" eth0 "));
}

#[test]
fn packages_are_upgraded_and_held_through_the_gate() {
    let mut drive = fleet();
    drive.key("j");
    at_updates(&mut drive);
    assert_eq!(drive.cursor(), "openssl", "what closes a hole comes first");
    drive.key("U");
    assert!(drive.see().contains("apt-get install --only-upgrade openssl"), "{}", drive.see());
    drive.key("y");
    assert_eq!(done(&mut drive), "upgrade package openssl");
    drive.key("end alt-h y");
    assert_eq!(done(&mut drive), "let package nginx be upgraded again");
    drive.key("U");
    assert!(drive.see().contains("nginx is held: let it go first"), "{}", drive.see());
    drive.key("A");
    assert!(drive.see().contains("apt-get upgrade --with-new-pkgs"), "{}", drive.see());
    drive.key("y");
    assert_eq!(done(&mut drive), "upgrade all packages");
}

#[test]
fn a_job_that_has_ended_says_so() {
    let mut drive = fleet();
    drive.key("j");
    at_updates(&mut drive);
    assert!(drive.see().contains("runs"), "{}", drive.see());
    drive.pass(4.0).answer(is_job, job(false, Some(100)));
    assert!(drive.see().contains("failed with code 100"), "{}", drive.see());
}

#[test]
fn a_reboot_wants_the_name_and_says_who_is_there() {
    let mut drive = fleet();
    drive.key("j").key("ctrl-p").text("server.reboot").key("enter");
    let screen = drive.see();
    assert!(screen.contains("Logged in") && screen.contains("shutdown -r +1"), "{screen}");
    drive.key("y");
    assert!(drive.see().contains("shutdown -r +1"), "y is not enough");
    drive.key("backspace").text("web1").key("enter");
    assert_eq!(done(&mut drive), "reboot server web1 in a minute");
}

#[test]
fn what_was_to_run_since_the_last_reading_is_not_still_to_come() {
    let mut drive = fleet();
    drive.key("j");
    at_cron(&mut drive);
    assert!(drive.see().contains("in 3m"), "{}", drive.see());
    drive.pass(240.0);
    assert!(drive.row("▌").contains("past"), "{}", drive.see());
    assert!(drive.see().contains("was to be 40s ago"), "{}", drive.see());
}
