//! Traces of readings, and what is told of them.

use std::sync::Arc;

use super::*;
use crate::domain::fault::Fault;
use crate::domain::server::Counters;
use crate::domain::server::certificates::Soonest;
use crate::domain::server::checks::{Checks, Filesystem, Updates};
use crate::domain::server::vitals::{Cpu, Vitals};

fn at(s: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + s).unwrap()
}

fn state(s: i64, cpu: f64) -> Remote<Server> {
    let mut vitals = Vitals::between(None, &Counters { cpus: 2, ..Counters::default() }, at(s));
    vitals.cpu = Some(Cpu { used: cpu, ..Cpu::default() });
    Remote::live(Arc::new(Server { vitals: Some(Arc::new(vitals)), ..Server::default() }), at(s))
}

fn words(changes: &[Change]) -> Vec<String> {
    let one = |change: &Change| {
        let (verb, c) = match change {
            Change::Begun(c) => ("begun", c),
            Change::Higher(c) => ("higher", c),
            Change::Ended(c) => ("ended", c),
        };
        let until = c.until.map_or(String::new(), |t| format!("..{}", t.as_second() - 1_000_000));
        format!("{verb} {} {:.0} {}{until}", c.metric.word(), c.peak, c.since.as_second() - 1_000_000)
    };
    changes.iter().map(one).collect()
}

/// What is told of a trace of (second, cpu).
fn told(crossings: &mut Crossings, trace: &[(i64, f64)]) -> Vec<String> {
    trace.iter().flat_map(|(s, cpu)| words(&crossings.take(&state(*s, *cpu), Limits::usual()))).collect()
}

#[test]
fn a_time_over_is_told_once_with_its_beginning_its_peak_and_its_end() {
    let mut crossings = Crossings::default();
    let trace: Vec<(i64, f64)> =
        (0..40).map(|i| (i * 2, if (5..25).contains(&i) { 90.0 } else { 10.0 })).collect();
    assert_eq!(told(&mut crossings, &trace), ["begun cpu 90 10", "ended cpu 90 10..50"]);
    assert_eq!(crossings.open().count(), 0);
}

#[test]
fn a_spike_is_nothing_and_a_dip_ends_nothing() {
    let mut crossings = Crossings::default();
    let spikes: Vec<(i64, f64)> = (0..50).map(|i| (i * 2, if i % 4 == 0 { 100.0 } else { 20.0 })).collect();
    assert!(told(&mut crossings, &spikes).is_empty());
    let over: Vec<(i64, f64)> = (50..60).map(|i| (i * 2, 85.0)).collect();
    assert_eq!(told(&mut crossings, &over), ["begun cpu 85 100"]);
    let dips: Vec<(i64, f64)> = (60..100).map(|i| (i * 2, if i % 4 == 0 { 20.0 } else { 85.0 })).collect();
    assert!(told(&mut crossings, &dips).is_empty());
}

#[test]
fn at_the_edge_it_does_not_flap() {
    let mut crossings = Crossings::default();
    let edge: Vec<(i64, f64)> = (0..300).map(|i| (i * 2, 78.0 + f64::from(i as u8 % 7))).collect();
    let steady: Vec<(i64, f64)> = (300..310).map(|i| (i * 2, 81.0)).collect();
    assert!(told(&mut crossings, &edge).is_empty());
    assert_eq!(told(&mut crossings, &steady), ["begun cpu 81 600"]);
    // Between the threshold and where it clears nothing changes.
    let between: Vec<(i64, f64)> = (310..600).map(|i| (i * 2, 75.0 + f64::from(i as u8 % 6))).collect();
    assert!(told(&mut crossings, &between).is_empty());
}

#[test]
fn a_gap_ends_nothing_and_begins_nothing() {
    let mut crossings = Crossings::default();
    // One reading over, a long silence, another one over: what was between is not known.
    assert!(told(&mut crossings, &[(0, 95.0), (1000, 95.0), (1002, 95.0)]).is_empty());
    assert_eq!(told(&mut crossings, &[(1010, 95.0)]), ["begun cpu 95 1000"]);
    // The same on the way down.
    assert!(told(&mut crossings, &[(1012, 10.0), (5000, 10.0), (5002, 10.0)]).is_empty());
    assert_eq!(told(&mut crossings, &[(5010, 10.0)]), ["ended cpu 95 1000..5000"]);
}

#[test]
fn a_clock_that_is_set_back_or_forward_is_a_gap() {
    let mut crossings = Crossings::default();
    assert!(told(&mut crossings, &[(5000, 95.0), (5008, 95.0), (0, 95.0), (8, 95.0)]).is_empty());
    assert_eq!(told(&mut crossings, &[(10, 95.0)]), ["begun cpu 95 0"]);
    assert!(told(&mut crossings, &[(9000, 10.0), (9002, 10.0), (4, 10.0)]).is_empty());
    let ended = crossings.take(&state(14, 10.0), Limits::usual());
    assert_eq!(words(&ended), ["ended cpu 95 0..4"]);
}

#[test]
fn the_same_reading_counts_once() {
    let mut crossings = Crossings::default();
    assert!(told(&mut crossings, &[(0, 95.0), (0, 95.0), (0, 95.0), (2, 10.0)]).is_empty());
}

#[test]
fn a_connection_that_is_back_at_once_was_not_lost() {
    let mut crossings = Crossings::default();
    let live = state(0, 10.0);
    let fault = || Fault::new(FaultKind::Unreachable, "no route to\u{1b} host");
    let (failed, trying) = (live.lost(fault(), Some(at(5))), live.lost(fault(), None));
    let mut all = Vec::new();
    for remote in [&live, &failed, &trying, &state(6, 10.0), &failed, &trying, &failed, &trying, &failed] {
        all.extend(crossings.take(remote, Limits::usual()));
    }
    assert_eq!(words(&all), ["begun out of reach 1 6"]);
    assert!(matches!(&all[0], Change::Begun(c) if !c.what.contains('\u{1b}')));
    assert_eq!(words(&crossings.take(&state(90, 10.0), Limits::usual())), ["ended out of reach 1 6..90"]);
}

#[test]
fn one_that_was_never_reached_was_not_lost() {
    let mut crossings = Crossings::default();
    let dead = Remote::default().lost(Fault::new(FaultKind::Denied, "no key fits"), None);
    assert!(crossings.take(&dead, Limits::usual()).is_empty());
}

#[test]
fn every_filesystem_is_of_its_own_and_one_that_goes_is_not_full() {
    let fs = |mount: &str, percent| Filesystem {
        mount: mount.into(),
        used_percent: Some(percent),
        ..Filesystem::default()
    };
    let look = |s: i64, filesystems, failed: usize| {
        let checks = Checks {
            at: at(s),
            filesystems,
            failed_units: Some(vec!["a".into(); failed]),
            ..Checks::default()
        };
        let server = Server { checks: Some(Arc::new(checks)), ..Server::default() };
        Remote::live(Arc::new(server), at(s))
    };
    let mut crossings = Crossings::default();
    let mut take = |remote| words(&crossings.take(&remote, Limits::usual()));
    assert_eq!(
        take(look(0, vec![fs("/", 81.0), fs("/srv", 90.0)], 0)),
        ["begun disk 81 0", "begun disk 90 0"]
    );
    assert_eq!(
        take(look(30, vec![fs("/", 77.0), fs("/srv", 92.0)], 2)),
        ["higher disk 92 0", "begun failed units 2 30"]
    );
    assert_eq!(take(look(60, vec![fs("/", 74.0)], 1)), ["ended disk 92 0..60", "ended disk 81 0..60"]);
    assert_eq!(take(look(90, vec![], 0)), ["ended failed units 2 30..90"]);
}

#[test]
fn what_lasts_for_days_is_told_once() {
    let checks = |s: i64, days: i64, updates: usize, reboot: bool| {
        let checks = Checks {
            at: at(s),
            reboot_required: Some(reboot),
            updates: Some(Updates { all: 9, security: updates }),
            certificate: Some(Soonest { name: "shop".into(), expires_at: at(s + days * 86_400 + 60) }),
            ..Checks::default()
        };
        Remote::live(Arc::new(Server { checks: Some(Arc::new(checks)), ..Server::default() }), at(s))
    };
    let mut crossings = Crossings::default();
    let mut take = |s, days, updates, reboot| -> Vec<String> {
        let changes = crossings.take(&checks(s, days, updates, reboot), Limits::usual());
        let one = |change: &Change| match change {
            Change::Begun(c) => format!("begun {}", c.sentence()),
            Change::Higher(c) => format!("higher {}", c.sentence()),
            Change::Ended(c) => format!("ended {}", c.title()),
        };
        changes.iter().map(one).collect()
    };
    assert_eq!(take(0, 30, 0, false), [""; 0]);
    assert_eq!(
        take(60, 21, 3, true),
        ["begun reboot required", "begun security updates: 3", "begun certificate shop ends in 21 days"]
    );
    assert_eq!(take(120, 21, 3, true), [""; 0], "once, not each time");
    assert_eq!(take(180, 22, 2, true), [""; 0], "a clock that was set by a day");
    assert_eq!(take(240, 20, 5, true).len(), 2, "higher");
    assert_eq!(
        take(300, 90, 0, false),
        ["ended reboot required", "ended security updates", "ended certificate shop ends"]
    );
}

/// What is told of a backup's states, each at a minute.
#[test]
fn a_backup_that_is_of_no_use_is_told_once_and_what_cannot_be_read_ends_nothing() {
    use crate::domain::backup::{Backup, Backups, State};
    let mut crossings = Crossings::default();
    let mut told = |minute: i64, states: &[(&str, State, &'static str)]| {
        let one = |(name, state, reason): &(&str, State, &'static str)| Backup {
            name: (*name).to_owned(),
            state: *state,
            reason,
            message: format!("it is {minute}m old"),
            ..Backup::default()
        };
        let changes =
            crossings.take_backups(&Backups { at: at(minute), all: states.iter().map(one).collect() });
        let one = |change: &Change| match change {
            Change::Begun(c) => format!("begun {}", c.sentence()),
            Change::Higher(c) => format!("higher {}", c.sentence()),
            Change::Ended(c) => format!("ended {}", c.sentence()),
        };
        changes.iter().map(one).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(told(0, &[("crm", State::Fine, ""), ("a", State::Unknown, "unread")]), none);
    assert_eq!(told(10, &[("crm", State::Bad, "too old")]), ["begun backup crm: too old"]);
    assert_eq!(told(20, &[("crm", State::Bad, "too old")]), none);
    assert_eq!(told(30, &[("crm", State::Unknown, "unread")]), none);
    let other = told(40, &[("crm", State::Bad, "none"), ("crm2", State::Unknown, "unread")]);
    assert_eq!(other, ["ended backup crm: too old, for 30s", "begun backup crm: none"]);
    assert_eq!(told(50, &[("crm", State::Writing, "being made")]), ["ended backup crm: none, for 10s"]);
    assert_eq!(told(60, &[]), none);
}
