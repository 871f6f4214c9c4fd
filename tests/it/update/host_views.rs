//! One open server: tabs, lists whose cursor stays on its object, and actions through the gate.

use pult::app::{Effect, Msg};
use pult::command::HostTab;
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::ids::{ContainerId, TargetId};
use pult::domain::query::Query;
use pult::domain::remote::Remote;

use crate::support::Drive;
use crate::support::drive::commits;
use crate::support::host_views::*;
use crate::support::world;

fn asked(drive: &mut Drive) -> Vec<Query> {
    drive
        .effects()
        .into_iter()
        .filter_map(|e| if let Effect::Ask { query, .. } = e { Some(query) } else { None })
        .collect()
}

#[test]
fn enter_opens_a_server_and_esc_goes_back_to_the_fleet() {
    let mut drive = fleet();
    drive.key("j enter");
    assert!(drive.see().contains("overview  processes  units"), "{}", drive.see());
    drive.effects();
    drive.key(". .");
    assert!(asked(&mut drive).iter().any(is_processes), "each tab asks when it is looked at");
    for _ in 2..HostTab::ALL.len() {
        let told = ["asking for its", "It has no checks."].iter().any(|text| drive.see().contains(text));
        assert!(told, "{}", drive.see());
        drive.key(".");
    }
    assert!(!drive.see().contains("asking for its"), "the overview comes after the last tab");
    drive.key("esc");
    assert_eq!(drive.cursor(), "web1");
}

#[test]
fn an_open_server_is_dialled_and_hung_up_from_any_of_its_tabs() {
    let mut drive = fleet();
    drive.key("j");
    at_processes(&mut drive);
    drive.effects();
    drive.key("C");
    assert!(drive.see().contains("it is connected"), "{}", drive.see());
    drive.key("X");
    let hung_up = |e: &Effect| matches!(e, Effect::Disconnect(id) if &*id.name == "web1");
    let effects = drive.effects();
    assert!(effects.iter().any(hung_up), "{effects:?}");
    let lost = Remote::default().lost(Fault::new(FaultKind::Unreachable, "it hung up"), None);
    drive.msg(Msg::Server(TargetId::server("web1"), lost));
    drive.effects();
    drive.key("C");
    let effects = drive.effects();
    let again = |e: &Effect| matches!(e, Effect::Reconnect(id) if &*id.name == "web1");
    assert!(effects.iter().any(again), "{effects:?}");
}

#[test]
fn enter_on_an_empty_list_leaves_the_list_and_its_filter_in_sight() {
    let mut drive = fleet();
    drive.key("j");
    at_processes(&mut drive);
    drive.key("/").text("nosuchproc").key("enter");
    let before = drive.see();
    assert!(before.contains("nosuchproc") && before.contains("of "), "{before}");
    drive.key("enter enter z");
    assert_eq!(drive.see(), before);
    drive.key("esc enter");
    assert_ne!(drive.see(), before, "what is there is opened");
    drive.key("/").text("nosuchproc").key("enter");
    assert!(drive.see().contains("/nosuchproc"), "{}", drive.see());
}

#[test]
fn who_comes_back_sees_what_was_known_as_old() {
    let mut drive = fleet();
    drive.key("j");
    at_units(&mut drive);
    drive.key("esc").pass(90.0).key("u");
    assert!(drive.row("nginx.service").contains("running"), "{}", drive.see());
    assert!(drive.see().contains("◐ 1m old"), "{}", drive.see());
    drive.fail(is_units, Fault::new(FaultKind::Unreachable, "the connection was lost"));
    assert!(drive.row("nginx.service").contains("running"), "{}", drive.see());
    assert!(drive.see().contains("1m old, unreachable"), "{}", drive.see());
    at_units(&mut drive);
    assert!(!drive.see().contains(" old"), "{}", drive.see());
}

#[test]
fn what_a_lost_server_shows_is_old_before_a_question_fails() {
    let mut drive = fleet();
    drive.key("j");
    let target = || TargetId::server("web1");
    at_units(&mut drive);
    let known = drive.app.world.servers[&target()].clone();
    let fault = Fault::new(FaultKind::Unreachable, "it hung up");
    drive.msg(Msg::Server(target(), known.lost(fault, None)));
    assert!(drive.see().contains("old, unreachable"), "{}", drive.see());
    drive.msg(Msg::Server(target(), known));
    assert!(!drive.see().contains(" old"), "{}", drive.see());
}

#[test]
fn what_is_typed_beside_the_fields_of_a_form_is_not_lost_without_a_word() {
    let mut drive = fleet();
    drive.key("j");
    at_processes(&mut drive);
    drive.key("i").text("5");
    assert!(drive.see().contains("tab goes to the fields"), "{}", drive.see());
    drive.key("tab ctrl-u").text("5").key("enter y");
    let effects = drive.effects();
    let consent = effects
        .iter()
        .find_map(|e| if let Effect::Commit { consent, .. } = e { Some(consent) } else { None });
    assert!(format!("{consent:?}").contains("nice: 5"), "{consent:?}");
}

#[test]
fn a_click_turns_the_tab() {
    let mut drive = fleet();
    drive.key("j enter");
    let top: Vec<String> = drive.see().lines().map(str::to_owned).collect();
    let y = top.iter().position(|l| l.contains("overview  processes  units")).unwrap();
    let x = top[y].chars().collect::<String>().find("units").unwrap();
    let x = top[y][..x].chars().count();
    drive.click(x as u16, y as u16);
    assert!(drive.see().contains("asking for its units"), "{}", drive.see());
}

#[test]
fn shares_come_with_the_second_reading_and_the_busiest_first() {
    let mut drive = fleet();
    drive.key("j p");
    let first = processes(&drive, 0.0);
    drive.answer(is_processes, first);
    assert!(!drive.row(" 814 ").contains('%'), "{}", drive.row(" 814 "));
    drive.pass(4.0);
    let second = processes(&drive, 4.0);
    drive.answer(is_processes, second).pass(4.0);
    assert!(drive.row(" 814 ").contains("91 %"), "{}", drive.row(" 814 "));
    let screen = drive.see();
    assert!(screen.find(" 814 ") < screen.find(" 813 "), "{screen}");
}

#[test]
fn the_tree_hangs_children_below_their_parents() {
    let mut drive = fleet();
    drive.key("j");
    at_processes(&mut drive);
    drive.key("t");
    let screen = drive.see();
    let at = |what: &str| screen.find(what).unwrap_or_else(|| panic!("{what}: {screen}"));
    assert!(at("/sbin/init") < at("  nginx") && at("  nginx") < at("    worker2"), "{screen}");
}

#[test]
fn a_process_is_bound_by_its_start() {
    let mut drive = fleet();
    drive.key("j");
    at_processes(&mut drive);
    drive.key("/").text("pid=814").key("enter").effects();
    drive.key("K");
    let screen = drive.see();
    assert!(screen.contains("Send SIGTERM to process 814 (worker2) on web1"), "{screen}");
    assert!(screen.contains("same as: ssh -l ops web1 sudo kill -TERM 814"), "{screen}");
    drive.key("y");
    let done = commits(&drive.effects());
    assert_eq!(done[0].0, [("send SIGTERM to process 814 (worker2)".to_owned(), "814@814".to_owned())]);
}

#[test]
fn stopping_a_unit_says_what_stops_with_it() {
    let mut drive = fleet();
    drive.key("j");
    at_units(&mut drive);
    drive.key("/").text("name:nginx").key("enter").key("S");
    let one = detail(&drive, "nginx.service");
    drive.answer(is_unit, one);
    let screen = drive.see();
    for part in [
        "Stop unit nginx.service on web1",
        "Stops with it: shop.service",
        "Wanted by: multi-user.target",
        "same as: ssh -l ops web1 sudo systemctl stop nginx.service",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    drive.key("y");
    assert_eq!(commits(&drive.effects())[0].0[0].1, "nginx.service");
}

#[test]
fn a_cursor_that_passes_by_asks_nothing() {
    let mut drive = fleet();
    drive.key("j");
    at_units(&mut drive);
    drive.effects();
    drive.key("j j k");
    assert!(!asked(&mut drive).iter().any(is_unit));
    drive.pass(0.5);
    let about: Vec<Query> = asked(&mut drive).into_iter().filter(is_unit).collect();
    assert!(format!("{about:?}").contains("nginx.service") && about.len() == 1, "{about:?}");
}

#[test]
fn what_makes_no_sense_says_why() {
    let mut drive = fleet();
    drive.key("j");
    at_units(&mut drive);
    assert_eq!(drive.cursor(), "certbot.service", "what failed comes first");
    drive.key("end s");
    assert!(drive.see().contains("apache2.service is masked: unmask it first"), "{}", drive.see());
    drive.key("K");
    assert!(drive.see().contains("it is for processes, and here are units"), "{}", drive.see());
    drive.key("esc");
    drive.key("r");
    assert!(
        drive.see().contains("no unit is selected") || drive.see().contains("there is no unit"),
        "{}",
        drive.see()
    );
}

#[test]
fn the_cursor_stays_with_its_unit_and_stale_rows_say_their_age() {
    let mut drive = fleet();
    drive.key("j");
    at_units(&mut drive);
    drive.key("j j j");
    let before = drive.cursor();
    assert_eq!(before, "certbot.timer");
    drive.key("o").pass(6.0);
    assert_eq!(drive.cursor(), before);
    let fault = Fault::new(FaultKind::Unreachable, "the connection was lost");
    drive.fail(is_units, fault);
    assert!(drive.see().contains("old, unreachable"), "{}", drive.see());
    assert!(drive.row("nginx.service").contains("running"));
}

#[test]
fn from_a_process_to_its_unit_and_to_its_container() {
    let mut drive = fleet();
    drive.key("j");
    at_processes(&mut drive);
    drive.key("/").text("pid=813").key("enter").key("w");
    let all = units(&drive);
    drive.answer(is_units, all);
    assert_eq!(drive.cursor(), "nginx.service");
    drive.key(",").key("esc").key("/").text("pid=2000").key("enter").key("w");
    assert!(drive.see().contains("container c0ffee"), "{}", drive.see());
    let mut made = world::make("web");
    made.0.id = ContainerId::new(&format!("{:0<64}", "c0ffee"));
    drive.msg(world::docker("local", world::live(vec![made])));
    drive.key("w");
    assert!(drive.see().contains("containers 1"), "{}", drive.see());
}

fn reads(drive: &mut Drive) -> Vec<String> {
    let open = |e: Effect| {
        if let Effect::OpenLog { want, .. } = e { Some(want.key.source.to_string()) } else { None }
    };
    drive.effects().into_iter().filter_map(open).collect()
}

#[test]
fn the_journal_of_whatever_is_under_the_cursor_is_read_where_it_is() {
    let mut drive = fleet();
    drive.key("j");
    drive.effects();
    drive.key("L");
    assert_eq!(reads(&mut drive), ["journal@web1"]);
    drive.key("3 enter L");
    assert_eq!(reads(&mut drive), Vec::<String>::new(), "it is read already");
    drive.key("3");
    at_units(&mut drive);
    drive.key("L");
    assert_eq!(reads(&mut drive), ["unit/certbot.service@web1"]);
    drive.key("3");
    at_processes(&mut drive);
    drive.key("L");
    assert_eq!(reads(&mut drive), ["unit/nginx.service@web1"]);
    drive.key("3 G O");
    drive.text("nginx/");
    drive.key("enter");
    assert!(drive.see().contains("is a folder"), "{}", drive.see());
    drive.text("access.log");
    drive.key("enter");
    assert_eq!(reads(&mut drive), ["file//var/log/nginx/access.log@web1"]);
}

#[test]
fn folders_are_gone_into_and_out_of() {
    let mut drive = fleet();
    drive.key("j");
    at_files(&mut drive);
    assert!(drive.see().contains("-rf\\n\\u{1b}[31m"), "{}", drive.see());
    drive.key("g g j j");
    assert!(drive.see().contains("drwxr-xr-x"), "{}", drive.see());
    drive.key("enter");
    let inner = files(&drive, "/log");
    drive.answer(is_files, inner);
    drive.key("h");
    let all = files(&drive, "/");
    drive.answer(is_files, all);
    assert!(drive.see().contains("current"), "{}", drive.see());
    drive.key("h");
    assert_eq!(drive.cursor(), "web1", "out of the root it is the fleet");
}

#[test]
fn a_folder_is_removed_by_its_typed_name_and_a_file_by_consent() {
    let mut drive = fleet();
    drive.key("j");
    at_files(&mut drive);
    drive.key("g g delete");
    let screen = drive.see();
    assert!(screen.contains("remove") || screen.contains("Remove"), "{screen}");
    drive.effects();
    drive.key("y");
    assert_eq!(commits(&drive.effects()).len(), 1, "{}", drive.see());
}

/// A fork bomb of a server is still looked at.
#[test]
#[allow(clippy::disallowed_methods)] // A clock of the test's own.
fn twenty_thousand_processes_are_drawn_in_time() {
    let mut drive = fleet();
    drive.key("j enter p");
    let list = (1..=20_000).map(|pid| process(&drive, pid, u32::from(pid > 1), "/usr/bin/many", 0)).collect();
    let all = pult::domain::server::ProcessList { uptime_s: 1000.0, ticks_per_s: 100, processes: list };
    let all = pult::domain::query::Answer::Server(pult::domain::server::ServerAnswer::Processes(all));
    drive.answer(is_processes, all).pass(0.1);
    let began = std::time::Instant::now();
    drive.key("G");
    let screen = drive.see();
    let drawn = began.elapsed();
    assert!(screen.contains("20000") && drawn.as_secs() < 10, "{drawn:?} {screen}");
}

#[test]
fn in_a_small_terminal_enter_shows_the_detail_and_takes_it_away_again() {
    let mut drive = fleet();
    drive.resize(80, 24).key("j p");
    let few = processes(&drive, 0.0);
    drive.answer(is_processes, few);
    assert!(drive.see().contains("child of"), "a short list leaves it room: {}", drive.see());
    let list = (1..=40).map(|pid| process(&drive, pid, u32::from(pid > 1), "/usr/bin/many", 0)).collect();
    let many = pult::domain::server::ProcessList { uptime_s: 1004.0, ticks_per_s: 100, processes: list };
    let many = pult::domain::query::Answer::Server(pult::domain::server::ServerAnswer::Processes(many));
    drive.pass(4.0).answer(is_processes, many);
    assert!(!drive.see().contains("niceness"), "{}", drive.see());
    drive.key("enter");
    assert!(drive.see().contains("niceness"), "{}", drive.see());
    drive.key("enter");
    assert!(!drive.see().contains("niceness"), "{}", drive.see());
    drive.resize(120, 40);
    assert!(drive.see().contains("niceness"), "{}", drive.see());
    // Where it stands beside the list anyway it may have everything, and esc gives it back.
    for key in ["enter", "esc"] {
        drive.key("enter");
        assert!(drive.see().contains("niceness") && !drive.see().contains("COMMAND"), "{}", drive.see());
        drive.key(key);
        assert!(drive.see().contains("niceness") && drive.see().contains("COMMAND"), "{}", drive.see());
    }
    drive.key("space");
    assert!(!drive.see().contains("niceness") && drive.see().contains("COMMAND"), "{}", drive.see());
}
