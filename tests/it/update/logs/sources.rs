//! What is read: containers that come, stop, die and go, sources that cannot be read, files, a second view.

use pult::app::{Effect, Msg};
use pult::domain::container::{Health, State};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::log::{LogEvent, LogLine, LogSourceId};

use crate::support::Drive;
use crate::support::logs::{answer, bring, crm, here, line, numbered, opened, refusal, shown, tell};
use crate::support::world::{self, Make, docker, live, make, one};

/// The engine tells of these containers.
fn world_has(drive: &mut Drive, containers: Vec<Make>) {
    drive.msg(docker("local", live(containers))).pass(0.3);
}

/// How often logs were opened and closed since the last look.
fn opened_and_closed(drive: &mut Drive) -> (usize, usize) {
    let effects = drive.effects();
    let count = |is: fn(&Effect) -> bool| effects.iter().filter(|e| is(e)).count();
    (count(|e| matches!(e, Effect::OpenLog { .. })), count(|e| matches!(e, Effect::CloseLog(_))))
}

#[test]
fn lines_are_read_while_another_pane_is_in_front() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 100));
    drive.key("k k k +").text("line").key("enter m").pass(0.1).effects();
    let before = drive.see();
    drive.key("1");
    assert_eq!(opened_and_closed(&mut drive).1, 0, "nothing is let go");
    bring(&mut drive, "crm-api", (100..150).map(|i| line(i * 1000, &format!("line {i}."))).collect());
    tell(&mut drive, "crm-db", LogEvent::Lost(world::refused()));
    drive.pass(0.1).key("3 2");
    let lines =
        |see: &str| see.lines().filter(|l| l.contains("crm-api  ")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&drive.see()), lines(&before), "the place, the filter and the mark are as they were");
    assert!(drive.see().contains("crm-db not read"), "{}", drive.see());
    drive.key("G");
    assert_eq!(shown(&mut drive, "line 149."), 1);
}

#[test]
fn a_project_that_gets_a_container_reads_it_too() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 10));
    let mut more = crm();
    more.push(make("crm-worker").project("crm", "worker"));
    more.push(make("n8n").project("n8n", "n8n"));
    world_has(&mut drive, more);
    assert_eq!(opened_and_closed(&mut drive), (1, 0), "the new one, and the others stay as they are");
    answer(&mut drive);
    bring(&mut drive, "crm-worker", vec![line(20_000, "worker is here")]);
    assert!(drive.see().contains("project crm (3)"), "{}", drive.see());
    assert_eq!((shown(&mut drive, "worker is here"), shown(&mut drive, "line 9.")), (1, 1));
}

#[test]
fn the_last_words_of_a_container_that_died_stay_with_the_reason() {
    let mut drive = opened();
    bring(&mut drive, "crm-db", vec![line(0, "db")]);
    bring(&mut drive, "crm-api", vec![line(1, "last words")]);
    let dead = make("crm-api").project("crm", "api").exited(137, -10).with(|c| c.oom_killed = Some(true));
    world_has(&mut drive, vec![dead, make("crm-db").project("crm", "db")]);
    let see = drive.see();
    assert!(see.contains("crm-api died: exit 137, out of memory"), "{see}");
    assert!(see.find("last words") < see.find("crm-api died"), "{see}");
    // It is started again, turns ill and goes.
    let again = |health| make("crm-api").project("crm", "api").since(-12).health(health);
    world_has(&mut drive, vec![again(Health::Healthy), make("crm-db").project("crm", "db")]);
    assert!(drive.see().contains("crm-api started"), "{}", drive.see());
    world_has(&mut drive, vec![again(Health::Unhealthy), make("crm-db").project("crm", "db")]);
    assert!(drive.see().contains("crm-api is unhealthy"), "{}", drive.see());
    world_has(
        &mut drive,
        vec![again(Health::Unhealthy).state(State::Paused), make("crm-db").project("crm", "db")],
    );
    assert!(drive.see().contains("crm-api is paused"), "{}", drive.see());
    world_has(&mut drive, vec![make("crm-db").project("crm", "db")]);
    assert!(drive.see().contains("crm-api was removed"), "{}", drive.see());
    assert_eq!(shown(&mut drive, "last words"), 1, "{}", drive.see());
}

#[test]
fn an_engine_that_is_lost_removes_nothing() {
    let mut drive = opened();
    bring(&mut drive, "crm-db", vec![line(0, "db")]);
    bring(&mut drive, "crm-api", vec![line(1, "before")]);
    drive.msg(docker("local", live(crm()).lost(world::refused(), None)));
    for name in ["crm-api", "crm-db"] {
        tell(&mut drive, name, LogEvent::Lost(world::refused()));
    }
    drive.pass(1.0);
    let see = drive.see();
    assert!(!see.contains("was removed") && see.contains("2 of 2 not read"), "{see}");
    assert!(see.contains("connection lost: connection refused"), "where it is missing it is said: {see}");
    drive.msg(docker("local", live(crm())));
    answer(&mut drive);
    bring(&mut drive, "crm-api", vec![line(5_000, "after")]);
    let see = drive.see();
    assert!(see.contains("connected again") && !see.contains("not read"), "{see}");
    assert_eq!((shown(&mut drive, "before"), shown(&mut drive, "after")), (1, 1));
}

/// The stream was lost and is read anew from a little before where it ended.
#[test]
fn a_new_reading_doubles_nothing() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 20));
    bring(&mut drive, "crm-db", vec![line(500, "db")]);
    drive.key("f5");
    assert_eq!(drive.open_logs().len(), 2, "each is read once");
    answer(&mut drive);
    bring(&mut drive, "crm-db", vec![line(500, "db")]);
    bring(&mut drive, "crm-api", numbered(0, 25));
    let see = drive.see();
    for i in 0..25 {
        assert_eq!(shown(&mut drive, &format!("line {i}.")), 1, "{i}\n{see}");
    }
    assert!(see.contains("received 26"), "what came again is not counted twice: {see}");
}

#[test]
fn a_source_that_refuses_says_why() {
    let mut drive = opened();
    tell(&mut drive, "crm-api", LogEvent::Refused(refusal()));
    let see = drive.see();
    assert!(
        see.contains("crm-api: the log driver none keeps nothing to read; set another log driver"),
        "{see}"
    );
    assert!(see.contains("crm-db: has written no whole line yet"), "{see}");
    bring(&mut drive, "crm-db", vec![line(0, "db writes")]);
    assert!(drive.see().contains("crm-api not read"), "{}", drive.see());
    drive.key("I");
    assert!(drive.see().contains("the log driver none"), "{}", drive.see());
}

#[test]
fn a_project_without_anything_says_so() {
    let mut drive = opened();
    assert_eq!(shown(&mut drive, "has written no whole line yet"), 2, "{}", drive.see());
    for name in ["crm-api", "crm-db"] {
        tell(&mut drive, name, LogEvent::Ended);
    }
    assert_eq!(shown(&mut drive, "ended, has written nothing"), 2, "{}", drive.see());
    let off = |name: &str| make(name).project("crm", "x").exited(0, 5);
    world_has(&mut drive, vec![off("crm-api"), off("crm-db")]);
    assert_eq!((shown(&mut drive, "crm-api ended"), shown(&mut drive, "crm-db ended")), (1, 1));
}

#[test]
fn sources_are_chosen_one_by_one() {
    let mut drive = opened();
    bring(&mut drive, "crm-db", vec![line(0, "db")]);
    bring(&mut drive, "crm-api", vec![line(1, "api")]);
    drive.key("s");
    let see = drive.see();
    assert!(see.contains("[✓] crm-api") && see.contains("local crm running"), "{see}");
    drive.effects();
    drive.key("space");
    assert_eq!(opened_and_closed(&mut drive), (0, 1));
    drive.key("esc").pass(0.1);
    assert_eq!((shown(&mut drive, " api"), shown(&mut drive, " db")), (0, 1), "{}", drive.see());
    drive.key("s space esc");
    assert_eq!(opened_and_closed(&mut drive), (1, 0));
}

#[test]
fn a_file_is_read_beside_what_is_read() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 5));
    drive.key("m o ctrl-u").text("/var/log/").key("enter");
    assert!(drive.see().contains("is a folder"), "{}", drive.see());
    drive.effects();
    drive.text("sys log").key("enter");
    assert_eq!(opened_and_closed(&mut drive), (1, 0), "nothing is read anew for it");
    let (stream, want) = drive.open_logs().last().unwrap().clone();
    assert_eq!(want.key.source, LogSourceId::File("/var/log/sys log".into()));
    drive.msg(Msg::Log { stream, event: LogEvent::Live });
    let lines = vec![line(10_000, "kernel: oom")];
    drive.msg(Msg::Log { stream, event: LogEvent::Lines(lines) }).pass(0.5);
    let see = drive.see();
    assert!(see.contains("sys log") && see.contains("kernel: oom") && see.contains("line 4."), "{see}");
    drive.key("B");
    assert!(!drive.see().contains("No line is marked"), "marks stay");
    // The same again is no second one.
    drive.key("esc o ctrl-u").text("/var/log/sys log").key("enter");
    assert_eq!(drive.open_logs().len(), 3);
}

#[test]
fn the_empty_pane_says_what_can_be_done() {
    let mut drive = Drive::new(one());
    world_has(&mut drive, crm());
    drive.key("2");
    assert!(drive.see().contains("No log is open."), "{}", drive.see());
    drive.key("+");
    assert!(drive.see().contains("no log is open; s opens some"), "{}", drive.see());
    for (keys, source) in [
        ("journal of this machine", LogSourceId::Journal(None)),
        ("everything that runs", LogSourceId::Container(world::key("crm-api"))),
    ] {
        drive.key(":").text(keys).key("enter");
        let open = drive.open_logs();
        assert!(open.iter().any(|(_, want)| want.key.source == source), "{keys}: {open:?}");
    }
    drive.key("s space");
    assert_eq!(drive.open_logs().len(), 1, "one of them is not read any more");
}

#[test]
fn a_container_alone_has_its_name_in_the_status_and_not_before_each_line() {
    let mut drive = Drive::new(one());
    world_has(&mut drive, crm());
    drive.pass(10.0).key("1 g g j L");
    assert_eq!(drive.open_logs().len(), 1);
    answer(&mut drive);
    bring(&mut drive, "crm-api", vec![line(0, "hello")]);
    assert!(drive.see().contains("logs  crm-api   follow"), "{}", drive.see());
    assert!(!drive.row("hello").contains("crm-api"), "{}", drive.row("hello"));
}

#[test]
fn a_progress_bar_stands_below_the_lines_until_it_ends() {
    let mut drive = opened();
    bring(&mut drive, "crm-db", vec![line(0, "db")]);
    bring(&mut drive, "crm-api", vec![line(1, "begins")]);
    let bar =
        |percent: i32| LogLine { at: None, ..line(0, &format!("\u{1b}[32mimporting\u{1b}[0m {percent} %")) };
    tell(&mut drive, "crm-api", LogEvent::Progress(bar(10)));
    tell(&mut drive, "crm-api", LogEvent::Progress(bar(20)));
    assert_eq!((shown(&mut drive, "importing 10 %"), shown(&mut drive, "importing 20 %")), (0, 1));
    assert!(drive.see().contains("received 2"), "it counts nowhere: {}", drive.see());
    drive.key("k");
    assert_eq!(shown(&mut drive, "importing"), 0, "on a page of the past nothing moves");
    drive.key("G");
    bring(&mut drive, "crm-api", vec![line(9, "imported")]);
    assert_eq!((shown(&mut drive, "importing"), shown(&mut drive, "imported")), (0, 1));
}

#[test]
fn two_views_read_search_and_stand_on_their_own() {
    let mut drive = opened();
    bring(&mut drive, "crm-db", vec![line(0, "db")]);
    bring(&mut drive, "crm-api", numbered(0, 40));
    drive.key("|");
    assert_eq!(drive.open_logs().len(), 4, "the second view has lines of its own");
    answer(&mut drive);
    bring(&mut drive, "crm-db", vec![line(0, "db")]);
    bring(&mut drive, "crm-api", numbered(0, 40));
    assert_eq!(shown(&mut drive, "line 39."), 2, "{}", drive.see());
    drive.key("+").text("line 1").key("enter").pass(0.1);
    assert_eq!((shown(&mut drive, "line 39."), shown(&mut drive, "line 19.")), (1, 1), "{}", drive.see());
    drive.key("tab k");
    assert!(drive.see().contains("paused") && drive.see().contains("follow"), "only one is held");
    assert!(here(&mut drive).contains("line 38."), "{}", drive.see());
    drive.effects();
    drive.key("|");
    assert_eq!(drive.open_logs().len(), 2);
    assert!(here(&mut drive).contains("line 38."), "the one in front stays where it is: {}", drive.see());
    assert_eq!(opened_and_closed(&mut drive), (0, 2));
}

#[test]
fn the_split_stands_side_by_side_where_there_is_room() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 5));
    drive.key("|");
    let statuses =
        |text: &str| text.lines().map(|l| l.matches(" logs  project crm").count()).collect::<Vec<_>>();
    let wide = drive.screen(200, 60).text;
    assert_eq!(statuses(&wide)[1], 2, "{wide}");
    let narrow = drive.screen(80, 24).text;
    assert_eq!(statuses(&narrow).iter().sum::<usize>(), 2, "{narrow}");
    assert!(statuses(&narrow).iter().all(|n| *n < 2), "one below the other: {narrow}");
}

#[test]
fn a_clock_that_is_wrong_is_said() {
    let mut drive = opened();
    tell(&mut drive, "crm-api", LogEvent::Skew(jiff::SignedDuration::from_millis(2_500)));
    tell(&mut drive, "crm-api", LogEvent::Note("only the last 100 MB are kept".to_owned()));
    bring(&mut drive, "crm-api", vec![line(2_500, "hello")]);
    bring(&mut drive, "crm-db", vec![line(100, "same time")]);
    let see = drive.see();
    assert!(see.find("hello") < see.find("same time"), "{see}");
    drive.key("I");
    assert!(drive.see().contains("its clock is +2.5 s off"), "{}", drive.see());
    assert!(drive.see().contains("only the last 100 MB are kept"), "{}", drive.see());
}

#[test]
fn how_lines_are_shown_outlives_the_session() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 3));
    drive.key("w T u R H q");
    let saved = drive.effects().into_iter().find_map(|e| match e {
        Effect::SaveState { panes, .. } => Some(panes),
        _ => None,
    });
    let saved = saved.expect("the state is saved");
    // Through the file and back.
    let text = toml::to_string(&saved).unwrap();
    let states = toml::from_str(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let mut drive = crate::support::logs::open(Drive::with(one(), |setup| setup.states = states));
    bring(&mut drive, "crm-api", vec![line(0, "token=hunter2 x"), line(1, "same"), line(2, "same")]);
    let see = drive.see();
    assert!(see.contains("2025-06-15") && see.contains("×2"), "date and collapse: {see}");
    assert!(
        !see.contains("hunter2") && see.lines().nth(2).unwrap().contains("token="),
        "redact, no strip: {see}"
    );
    assert!(!see.contains("paused"), "{see}");
}

#[test]
fn a_fault_of_an_engine_names_the_remedy_in_the_ledger() {
    let mut drive = opened();
    let fault = Fault::new(FaultKind::Denied, "403 from the proxy").hint("allow CONTAINERS=1");
    tell(&mut drive, "crm-db", LogEvent::Refused(fault));
    drive.key("I j");
    assert!(drive.see().contains("403 from the proxy; allow CONTAINERS=1"), "{}", drive.see());
}
