//! What is over its threshold: marked, told once, kept; the charts over a longer past; and that two hundred
//! answers cost one look at the rows.

use jiff::SignedDuration;
use pult::app::{Effect, Msg};
use pult::domain::backup::{Backup, Backups, State};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::ids::TargetId;
use pult::domain::query::{Answer, Query};
use pult::domain::remote::Remote;
use pult::domain::server::checks::Checks;
use pult::domain::server::threshold::Metric;
use pult::domain::server::{Crossing, Point, ServerEvent, Span};

use crate::support::Drive;
use crate::support::servers::{checks, fleet_with, state, vitals, world};

fn remembered(drive: &mut Drive) -> Vec<ServerEvent> {
    let is = |effect| if let Effect::Remember(event) = effect { Some(event) } else { None };
    drive.effects().into_iter().filter_map(is).collect()
}

/// One server whose processors are that busy, every two seconds.
fn busy(drive: &mut Drive, readings: u32, percent: f64) {
    for _ in 0..readings {
        drive.msg(state(drive, "a", vitals(drive, percent), None)).pass(2.0);
    }
}

fn one() -> Drive {
    let mut drive = Drive::new(world(&["a"]));
    drive.key("3");
    drive
}

#[test]
fn a_time_over_the_threshold_is_kept_when_it_begins_and_when_it_ends() {
    let mut drive = one();
    busy(&mut drive, 5, 20.0);
    busy(&mut drive, 10, 95.0);
    let told: Vec<_> =
        remembered(&mut drive).into_iter().filter(|e| e.crossing.metric == Metric::Cpu).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].crossing.until, told[0].crossing.title().as_str()), (None, "cpu over 80 %"));
    busy(&mut drive, 10, 20.0);
    let told: Vec<_> =
        remembered(&mut drive).into_iter().filter(|e| e.crossing.metric == Metric::Cpu).collect();
    assert_eq!((told.len(), told[0].crossing.lasted_s()), (1, Some(20)));
    drive.key("4");
    let lines = drive.see();
    assert!(
        lines.lines().any(|l| l.contains("passed") && l.contains("cpu over 80 %, up to 95 %")),
        "{lines}"
    );
}

fn backups(drive: &Drive, state: State, reason: &'static str) -> Msg {
    let one =
        Backup { name: "crm".into(), state, reason, message: "it is 2d old".into(), ..Backup::default() };
    Msg::Backups(TargetId::server("a"), Backups { at: drive.now, all: vec![one] })
}

#[test]
fn a_backup_of_no_use_is_told_once_and_out_of_reach_nobody_knows() {
    let mut drive = one();
    busy(&mut drive, 2, 20.0);
    drive.msg(backups(&drive, State::Bad, "too old")).pass(1.0);
    let told = remembered(&mut drive);
    assert_eq!((told.len(), told[0].crossing.title().as_str()), (1, "backup crm: too old"));
    assert!(drive.row("a ").contains('!') && drive.see().contains("crm: it is 2d old"), "{}", drive.see());
    for state in [State::Bad, State::Unknown] {
        drive.msg(backups(&drive, state, "too old")).pass(1.0);
    }
    assert!(remembered(&mut drive).is_empty());
    let lost = Remote::default().lost(Fault::new(FaultKind::Unreachable, "no route to host"), None);
    let known = drive.app.world.servers[&TargetId::server("a")].clone();
    drive
        .msg(Msg::Server(TargetId::server("a"), Remote { value: known.value, at: known.at, ..lost }))
        .pass(1.0);
    assert!(drive.see().contains("not known by now"), "{}", drive.see());
    busy(&mut drive, 1, 20.0);
    drive.msg(backups(&drive, State::Fine, "")).pass(1.0);
    let told = remembered(&mut drive);
    assert!(
        told.iter().any(|e| e.crossing.metric == Metric::Backup && e.crossing.until.is_some()),
        "{told:?}"
    );
    assert!(drive.see().contains("1 well"), "{}", drive.see());
}

/// What was so when pult was opened is no incident: nothing is known of what led to it.
#[test]
fn an_incident_is_captured_with_what_went_before_it() {
    let mut drive = one();
    let captured = |drive: &mut Drive| -> Vec<_> {
        let is = |effect| if let Effect::Capture(incident) = effect { Some(*incident) } else { None };
        drive.effects().into_iter().filter_map(is).collect()
    };
    drive.msg(state(&drive, "a", vitals(&drive, 20.0), Some(checks(&drive, 95.0)))).pass(2.0);
    assert!(captured(&mut drive).is_empty());
    busy(&mut drive, 9, 20.0);
    busy(&mut drive, 6, 95.0);
    let incidents = captured(&mut drive);
    let cpu = incidents.iter().find(|i| i.crossing.metric == Metric::Cpu).unwrap();
    assert_eq!(cpu.past.readings.len(), 16);
    assert_eq!(cpu.past.readings[0].cpu_percent, Some(20.0));
    busy(&mut drive, 10, 95.0);
    assert!(captured(&mut drive).iter().all(|i| i.crossing.metric != Metric::Cpu), "once");
}

#[test]
fn a_cell_is_marked_until_its_figure_is_clearly_below() {
    let mut drive = one();
    busy(&mut drive, 10, 95.0);
    assert!(drive.row("● ").contains('!'), "{}", drive.row("● "));
    busy(&mut drive, 10, 78.0);
    assert!(drive.row("● ").contains("78 %") && drive.row("● ").contains('!'), "{}", drive.row("● "));
    busy(&mut drive, 10, 20.0);
    assert!(!drive.row("● ").contains('!'), "{}", drive.row("● "));
}

#[test]
fn a_lost_server_is_a_line_of_the_activity_and_so_is_its_return() {
    let mut drive = one();
    busy(&mut drive, 3, 20.0);
    let Msg::Server(id, known) = state(&drive, "a", vitals(&drive, 20.0), None) else { unreachable!() };
    let fault = Fault::new(FaultKind::Unreachable, "a:22: no route to host");
    for _ in 0..2 {
        let retry_at = drive.now + jiff::SignedDuration::from_secs(5);
        drive.msg(Msg::Server(id.clone(), known.lost(fault.clone(), Some(retry_at)))).pass(5.0);
        drive.msg(Msg::Server(id.clone(), known.lost(fault.clone(), None))).pass(1.0);
    }
    drive.key("4");
    assert!(drive.row(" lost ").contains("out of reach: a:22"), "{}", drive.see());
    drive.key("3");
    busy(&mut drive, 1, 20.0);
    drive.key("4");
    assert!(drive.row("passed").contains("out of reach: a:22"), "{}", drive.see());
}

#[test]
fn what_happened_in_an_earlier_session_stands_before_this_one() {
    let mut drive = Drive::new(world(&["a"]));
    let crossing = Crossing {
        metric: Metric::Disk,
        what: "/srv".into(),
        since: drive.now - jiff::SignedDuration::from_hours(5),
        until: None,
        peak: 91.0,
        level: 80.0,
    };
    drive.msg(Msg::PastEvents(vec![ServerEvent { target: TargetId::server("a"), crossing }])).key("4");
    assert!(
        drive.row("unknown").contains("5h") && drive.row("unknown").contains("disk /srv"),
        "{}",
        drive.see()
    );
    assert!(drive.see().contains("not seen"), "{}", drive.see());
}

#[test]
fn charts_go_back_as_far_as_one_wants() {
    let mut drive = fleet_with(|_| {});
    drive.key("j enter");
    assert!(drive.see().contains("the last 10 minutes"));
    drive.key("T");
    assert!(drive.see().contains("the last hour  reading"), "{}", drive.see());
    let is_hour = |query: &Query| matches!(query, Query::Trend(q) if q.span == Span::Hour);
    let is_day = |query: &Query| matches!(query, Query::Trend(q) if q.span == Span::Day);
    let begin = drive.now.as_second() - 3000;
    let at = |s| jiff::Timestamp::from_second(begin + s).unwrap();
    let points = (0..40).map(|m| Point::new(at(m * 60), [50.0; Point::FIGURES])).collect();
    drive.answer(is_hour, Answer::Trend(points));
    assert!(drive.see().contains("the last hour") && !drive.see().contains("reading"), "{}", drive.see());
    drive.key("T");
    drive.fail(is_day, Fault::new(FaultKind::Failed, "the history of servers: locked"));
    assert!(drive.see().contains("the last day  the history of servers: locked"), "{}", drive.see());
}

/// Two hundred answers between two keys cost one arrangement of the rows, not two hundred.
#[test]
fn answers_that_come_together_are_settled_together() {
    let names: Vec<String> = (0..200).map(|n| format!("s{n:03}")).collect();
    let mut drive = Drive::new(world(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    drive.key("3").pass(10.0);
    let before = drive.names();
    drive.effects();
    for (n, name) in names.iter().enumerate() {
        let full = checks(&drive, 10.0);
        let msg = state(&drive, name, vitals(&drive, n as f64 / 2.0), Some(full));
        drive.unsettled(msg);
        assert!(drive.app.has_work());
    }
    assert_eq!((drive.names(), drive.effects().len()), (before, 0));
    drive.unsettled(Msg::Work);
    assert!(!drive.app.has_work());
    assert_eq!(drive.names()[0], "s180", "the first of those above 90 %");
    // A key in between does it, too: nothing is done twice.
    let msg = state(&drive, "s000", vitals(&drive, 20.0), None);
    drive.unsettled(msg).key("f5");
    drive.unsettled(Msg::Work);
    assert!(!drive.app.has_work());
}

#[test]
fn what_lasts_for_days_goes_on_from_an_earlier_session() {
    let mut drive = one();
    let since = drive.now - SignedDuration::from_hours(50);
    let crossing =
        Crossing { metric: Metric::Reboot, what: String::new(), since, until: None, peak: 1.0, level: 1.0 };
    drive.msg(Msg::PastEvents(vec![ServerEvent { target: TargetId::server("a"), crossing }]));
    let look = |drive: &mut Drive, wanted: bool| {
        let checks = Checks { at: drive.now, reboot_required: Some(wanted), ..Checks::default() };
        drive.msg(state(drive, "a", vitals(drive, 1.0), Some(checks))).pass(60.0);
        let of_it = |one: &ServerEvent| one.crossing.metric == Metric::Reboot;
        remembered(drive).into_iter().filter(of_it).collect::<Vec<_>>()
    };
    assert!(look(&mut drive, true).is_empty(), "it was told");
    let told = drive.app.world.events.iter().filter(|one| one.crossing.metric == Metric::Reboot);
    assert_eq!(told.count(), 1);
    let ended = look(&mut drive, false);
    assert_eq!((ended.len(), ended[0].crossing.since), (1, since), "{ended:?}");
    assert!(ended[0].crossing.until.is_some());
}

#[test]
fn a_unit_that_failed_long_ago_is_no_news_of_every_session() {
    let mut drive = one();
    let since = drive.now - SignedDuration::from_hours(50);
    let (metric, what) = (Metric::FailedUnits, String::new());
    let crossing = Crossing { metric, what, since, until: None, peak: 1.0, level: 1.0 };
    drive.msg(Msg::PastEvents(vec![ServerEvent { target: TargetId::server("a"), crossing }]));
    let failed_units = Some(vec!["broken.service".to_owned()]);
    let checks = Checks { at: drive.now, failed_units, ..Checks::default() };
    drive.msg(state(&drive, "a", vitals(&drive, 1.0), Some(checks))).pass(60.0);
    assert!(remembered(&mut drive).iter().all(|one| one.crossing.metric != Metric::FailedUnits));
    let of_it: Vec<_> = drive.app.world.events.iter().filter(|one| one.crossing.metric == metric).collect();
    assert_eq!((of_it.len(), of_it[0].crossing.since), (1, since));
}
