//! Ports, firewall and bans of an open server: what is seen, and what is asked before it is done.

use pult::app::{Effect, Msg};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::query::Query;
use pult::domain::server::{ServerAsk, ServerQuery};
use pult::gate::Proof;

use crate::support::Drive;
use crate::support::drive::commits;
use crate::support::guard_views::*;
use crate::support::host_views::{fleet, is_processes, is_units, processes, units};

fn web1() -> Drive {
    let mut drive = fleet();
    drive.key("j");
    drive
}

#[test]
fn the_port_that_docker_opens_behind_ufw_stands_first() {
    let mut drive = web1();
    at_ports(&mut drive);
    assert_eq!(drive.cursor().split_whitespace().next(), Some("3000"), "{}", drive.see());
    let screen = drive.see();
    for part in ["denies it, Docker publishes", "1 port is open with nobody connected", "container  crm-api"]
    {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    drive.key("x");
    assert!(drive.see().contains("Docker publishes it past ufw for crm-api"), "{}", drive.see());
}

#[test]
fn an_unused_port_is_closed_by_the_rule_that_is_right_for_it() {
    let mut drive = web1();
    at_ports(&mut drive);
    drive.key("/").text("port=80").key("enter").key("x");
    let screen = drive.see();
    for part in [
        "insert 1 deny 80/tcp",
        "80/tcp, now anybody, will be: nobody from outside: `ufw deny 80/tcp`",
        "Taken back by: ufw delete deny 80/tcp",
        "It undoes itself after 30 s unless a new connection comes up",
        "same as: ssh -l ops web1 sudo ufw insert 1 deny 80/tcp",
        "Do it? y/n",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    drive.key("y");
    let done = commits(&drive.effects());
    assert_eq!(done[0].0[0].0, "change the firewall: ufw insert 1 deny 80/tcp");
}

#[test]
fn from_a_port_to_its_process_its_unit_and_back() {
    let mut drive = web1();
    at_ports(&mut drive);
    drive.key("/").text("port=80").key("enter").key("w");
    let all = units(&drive);
    drive.answer(is_units, all);
    assert_eq!(drive.cursor(), "nginx.service");
    drive.key("P p");
    let list = processes(&drive, 0.0);
    drive.answer(is_processes, list);
    assert!(drive.see().contains("processes 5"), "{}", drive.see());
}

#[test]
fn a_change_that_may_keep_us_out_takes_the_typed_name() {
    let mut drive = web1();
    at_firewall(&mut drive);
    assert!(drive.see().contains("ufw is on; else deny in, allow out"), "{}", drive.see());
    drive.key("d").answer(is_rehearsal, rehearsal());
    let screen = drive.see();
    for part in [
        "This may keep you out: the default would refuse new connections from",
        "- -A ufw-user-input -p tcp --dport 22 -j ACCEPT",
        "type the name to confirm",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    drive.effects();
    drive.key("y enter");
    assert!(commits(&drive.effects()).is_empty(), "a yes is not enough");
    drive.key("backspace").text("web1").key("enter");
    let done = commits(&drive.effects());
    assert_eq!(done[0].1, Proof::Typed("web1".into()));
}

#[test]
fn a_rule_is_made_by_the_form_and_read_by_the_one_reader() {
    let mut drive = web1();
    at_firewall(&mut drive);
    drive.key("N");
    assert!(drive.see().contains("say what it is about"), "{}", drive.see());
    drive.text("Nginx Half");
    assert!(drive.see().contains("is neither a port nor an application there"), "{}", drive.see());
    drive.key("ctrl-u").text("9100");
    drive.key("tab tab tab").text("203.0.113.9");
    let screen = drive.see();
    assert!(screen.contains("ufw deny from 203.0.113.9 to any port 9100"), "{screen}");
    assert!(drive.effects().iter().all(|e| !asks(e)), "ufw is asked when the form is filled in");
    drive.key("tab tab tab tab tab tab");
    assert!(drive.effects().iter().any(asks));
    drive.key("y");
    assert_eq!(
        commits(&drive.effects())[0].0[0].0,
        "change the firewall: ufw deny from 203.0.113.9 to any port 9100"
    );
}

fn asks(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Ask { query: Query::Server(ServerQuery { what: ServerAsk::Rehearsal(_), .. }), .. }
    )
}

#[test]
fn a_countdown_is_told_and_what_was_read_is_read_again() {
    let mut drive = web1();
    at_firewall(&mut drive);
    drive.key("+").text("8080").key("enter enter enter enter enter enter enter enter enter y");
    let job = drive
        .effects()
        .into_iter()
        .find_map(|e| if let Effect::Commit { job, .. } = e { Some(job) } else { None })
        .unwrap();
    let until = Some(drive.now + jiff::SignedDuration::from_secs(12));
    drive.msg(Msg::JobStarted(job)).msg(Msg::JobStage { job, text: "shut out! undone in".into(), until });
    assert!(drive.see().contains("shut out! undone in 12 s"), "{}", drive.see());
    drive.pass(3.0);
    assert!(drive.see().contains("shut out! undone in 9 s"), "{}", drive.see());
    drive.effects();
    let why = pult::domain::fault::Fault::new(
        pult::domain::fault::FaultKind::Failed,
        "ufw allow 8080 was put back: no new connection came up",
    );
    drive.msg(Msg::JobStep { job, name: "web1".into(), result: Err(why), audit_seq: 1, ms: 30_000 });
    assert!(drive.see().contains("was put back"), "{}", drive.see());
    assert!(drive.effects().iter().any(|e| matches!(e, Effect::Ask { query, .. } if is_surface(query))));
}

#[test]
fn without_ufw_the_kernels_rules_are_only_shown() {
    let mut drive = web1();
    drive.key("f").answer(is_surface, answer(kernel()));
    let screen = drive.see();
    assert!(screen.contains("--dport 22 -j ACCEPT") && screen.contains("4711"), "{screen}");
    drive.key("+");
    assert!(drive.see().contains("ufw is not there; the kernel's rules are only shown"), "{}", drive.see());
}

#[test]
fn nobody_bans_himself_and_a_ban_names_its_jail() {
    let mut drive = web1();
    at_bans(&mut drive);
    drive.key("B").text("192.0.2.7");
    assert!(drive.see().contains("you would keep yourself out"), "{}", drive.see());
    drive.key("ctrl-u").text("198.51.100.4").key("enter y");
    let effects = drive.effects();
    assert_eq!(commits(&effects)[0].0[0].0, "ban 198.51.100.4 in jail sshd");
    let job = effects.iter().find_map(|e| if let Effect::Commit { job, .. } = e { Some(*job) } else { None });
    let job = job.unwrap();
    let result = Ok(String::new());
    drive.msg(Msg::JobStarted(job)).msg(Msg::JobStep {
        job,
        name: "sshd".into(),
        result,
        audit_seq: 1,
        ms: 3,
    });
    assert!(drive.see().contains("ban 198.51.100.4 in jail sshd on web1: done in"), "{}", drive.see());
}

#[test]
fn a_ban_on_all_servers_is_one_for_each_that_is_connected() {
    let mut drive = web1();
    at_bans(&mut drive);
    drive.key("alt-b").text("198.51.100.4").key("enter");
    let screen = drive.see();
    for part in ["Ban an address on all servers in 2 jails on db1, web1", "type 2, the number of objects"] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    drive.text("2").key("enter");
    let done = commits(&drive.effects());
    assert_eq!(done[0].0.len(), 2, "web1 and db1: {done:?}");
}

#[test]
fn the_card_of_an_attacker_and_his_release() {
    let mut drive = web1();
    at_bans(&mut drive);
    drive.key("j").pass(0.5).answer(is_attacker, attacker());
    let screen = drive.see();
    assert!(screen.contains("web1: banned in sshd; the log has 15"), "{screen}");
    drive.effects();
    drive.key("a").pass(0.5);
    let others: Vec<String> = drive
        .effects()
        .into_iter()
        .filter_map(|e| match e {
            Effect::Ask { query, .. } if is_attacker(&query) => Some(query.target().to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(others, ["server:db1"], "those that are connected");
    drive.key("alt-u y");
    assert_eq!(commits(&drive.effects())[0].0[0], ("unban 203.0.113.1".into(), "203.0.113.1".into()));
}

/// Only what is on the screen is drawn, however much there is.
#[test]
#[allow(clippy::disallowed_methods)] // A clock of the test's own.
fn twenty_thousand_bans_are_no_more_work_to_draw_than_twenty() {
    let mut drive = web1();
    drive.key("b");
    let all = jails(&drive, 20_000);
    drive.answer(is_jails, all).pass(0.5);
    let began = std::time::Instant::now();
    drive.key("G");
    let screen = drive.see();
    let drawn = began.elapsed();
    assert!(screen.contains("jails and bans 20002") && drawn.as_millis() < 1500, "{drawn:?} {screen}");
}

#[test]
#[allow(clippy::disallowed_methods)] // A clock of the test's own.
fn ten_thousand_ports_are_judged_and_drawn_in_time() {
    let mut drive = web1();
    drive.key("P").answer(is_surface, answer(surface_of(10_000))).pass(0.1);
    let began = std::time::Instant::now();
    drive.key("G");
    let screen = drive.see();
    let drawn = began.elapsed();
    assert!(screen.contains("10000") && drawn.as_millis() < 1500, "{drawn:?} {screen}");
}

#[test]
fn a_read_only_session_refuses_all_of_it() {
    let mut drive = crate::support::servers::fleet_with(|setup| setup.world.read_only = true);
    drive.key("j");
    at_firewall(&mut drive);
    for key in ["d", "+", "N"] {
        drive.key(key);
        assert!(drive.see().contains("server:web1 is read-only"), "{key}: {}", drive.see());
    }
    at_bans(&mut drive);
    drive.key("B");
    assert!(drive.see().contains("server:web1 is read-only"), "{}", drive.see());
    assert!(commits(&drive.effects()).is_empty());
}

#[test]
fn what_may_not_be_asked_is_not_called_absent() {
    let mut drive = web1();
    let denied = || {
        let mut surface = surface();
        surface.ufw =
            Err(Fault::new(FaultKind::Denied, "sudo there wants a password").hint("log in as root"));
        answer(surface)
    };
    drive.key("f").answer(is_surface, denied());
    let screen = drive.see();
    assert!(screen.contains("sudo there wants a password") && screen.contains("log in as root"), "{screen}");
    assert!(!screen.contains("rules 0") && !screen.contains("no rules"), "{screen}");
    drive.key("P").answer(is_surface, denied()).key("/").text("port=80").key("enter").key("x");
    assert!(drive.see().contains("ufw cannot be asked"), "{}", drive.see());
}

#[test]
fn forms_name_the_place_once_and_refusals_are_read_to_the_end() {
    let mut drive = web1();
    drive.resize(80, 24);
    at_firewall(&mut drive);
    drive.key("+");
    let form = drive.see();
    assert!(form.contains("Allow something in the firewall on web1"), "{form}");
    assert!(form.contains("left out") && !form.contains("as it is"), "{form}");
    drive.key("esc b");
    let all = jails(&drive, 0);
    drive.answer(is_jails, all).key("B").text("192.0.2.0/24").key("enter");
    assert!(drive.see().contains("from where you"), "{}", drive.see());
    let screen = drive.see();
    let words: Vec<&str> = screen.split_whitespace().filter(|word| *word != "│").collect();
    assert!(words.join(" ").contains("192.0.2.0/24 holds 192.0.2.7, from where you come"), "{screen}");
}

#[test]
fn the_footer_has_what_the_view_can_do_first() {
    let mut drive = web1();
    drive.resize(80, 24);
    at_firewall(&mut drive);
    let footer = drive.see().lines().last().unwrap_or_default().to_owned();
    let at = |word: &str| footer.find(word).unwrap_or_else(|| panic!("{word}: {footer}"));
    assert!(at("allow") < at("deny") && at("deny") < at("delete") && at("delete") < at("shell"), "{footer}");
}

#[test]
fn nothing_is_typed_where_it_could_not_be_seen() {
    let mut drive = web1();
    drive.key("enter /");
    assert!(drive.see().contains("the overview is no list"), "{}", drive.see());
    drive.key("p");
    assert!(drive.see().contains("processes"), "the key was no text: {}", drive.see());
}

#[test]
fn a_refused_form_keeps_the_keys() {
    let mut drive = web1();
    at_bans(&mut drive);
    drive.key("B").text("nonsense").key("enter ctrl-u").text("203.0.113.99");
    assert!(drive.see().contains("banip 203.0.113.99"), "{}", drive.see());
}
