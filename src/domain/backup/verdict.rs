//! Whether a backup would be of use: a pure judgement of what was read. Where nothing is known it is never fine.

use jiff::Timestamp;

use super::{Backup, Found, Plan, Run, State, Tool, Unread};
use crate::domain::quantity;
use crate::domain::sanitize;

/// A time that lies further ahead says that a clock is wrong, seconds.
const AHEAD_S: i64 = 3600;
/// While the next one is being made the last one may be so many times as old.
const PATIENCE: i64 = 2;
/// Sizes before the newest one that it is held against.
const BEFORE: usize = 9;

/// What there is to say of a backup. `name` tells several of one plan apart.
pub fn judge(
    plan: &Plan,
    name: String,
    place: String,
    read: Result<Found, Unread>,
    now: Timestamp,
) -> Backup {
    let blank = Backup {
        name,
        tool: plan.tool,
        place: sanitize::line(&place, 1000).into_owned(),
        max_age_s: plan.max_age_s,
        found: plan.found,
        command: plan.command(),
        ..Backup::default()
    };
    let found = match read {
        Ok(found) => found,
        Err(Unread { message, hint }) => {
            return Backup { state: State::Unknown, reason: "unread", message, hint, ..blank };
        }
    };
    let (state, reason, message) = verdict(plan, &found, now);
    let newest = found.runs.first();
    Backup {
        state,
        reason,
        message,
        newest_at: newest.map(|run| run.at),
        age_s: newest.map(|run| now.as_second() - run.at.as_second()),
        oldest_at: found.oldest_at,
        // A timer tells its last run alone.
        count: (plan.tool != Tool::Timer).then_some(found.count),
        size_bytes: newest.and_then(|run| run.size_bytes),
        previous_size_bytes: newest.and_then(|run| before(&found, run).next()),
        kind: newest.and_then(|run| run.kind),
        archived_wal: found.archived_wal,
        runs: found.runs,
        ..blank
    }
}

fn verdict(plan: &Plan, found: &Found, now: Timestamp) -> (State, &'static str, String) {
    let bad = |reason, message: String| (State::Bad, reason, message);
    let writing = |message: String| (State::Writing, "being made", message);
    let Some(newest) = found.runs.first() else {
        return match (found.complaint.as_str(), found.writing) {
            ("", true) => writing("the first one is being made".to_owned()),
            ("", false) => bad("none", "there is none".to_owned()),
            (complaint, _) => bad("none", complaint.to_owned()),
        };
    };
    if !found.complaint.is_empty() {
        return bad("wrong", found.complaint.clone());
    }
    if newest.failed == Some(true) {
        return bad("failed", "the last one failed".to_owned());
    }
    let age = now.as_second() - newest.at.as_second();
    if age < -AHEAD_S {
        return bad("from the future", "its time lies ahead: a clock is wrong there, or was".to_owned());
    }
    if age > plan.max_age_s {
        let old = format!("it is {} old, {} at most", quantity::age(age), quantity::age(plan.max_age_s));
        return match found.writing {
            true if age / PATIENCE <= plan.max_age_s => writing(format!("{old}; the next one is being made")),
            true => bad("too old", format!("{old}, although one is being made")),
            false => bad("too old", old),
        };
    }
    if let Some(wrong) = newest.size_bytes.and_then(|size| wrong_size(plan, found, newest, size)) {
        return bad("too small", wrong);
    }
    match found.writing {
        _ if newest.failed.is_none() => (State::Unknown, "unread", newest.label.clone()),
        true => writing("the next one is being made".to_owned()),
        false => (State::Fine, "", String::new()),
    }
}

fn wrong_size(plan: &Plan, found: &Found, newest: &Run, size: u64) -> Option<String> {
    let told = quantity::bytes(size);
    if let Some(least) = plan.min_size.filter(|least| size < *least) {
        return Some(format!("it has {told}, {} at least", quantity::bytes(least)));
    }
    if size == 0 && plan.tool == Tool::Files {
        return Some("it is empty".to_owned());
    }
    let usual = median(before(found, newest).take(BEFORE).collect())?;
    (size < usual / 2).then(|| format!("it has {told}, those before {}", quantity::bytes(usual)))
}

/// Sizes of the same before the newest, the nearest first.
fn before<'f>(found: &'f Found, newest: &'f Run) -> impl Iterator<Item = u64> + 'f {
    let same = |run: &&Run| run.of == newest.of && run.failed == Some(false);
    found.runs.iter().skip(1).filter(same).filter_map(|run| run.size_bytes)
}

fn median(mut sizes: Vec<u64>) -> Option<u64> {
    sizes.sort_unstable();
    sizes.get(sizes.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3600;

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn run(hours: i64, size: u64) -> Run {
        let at = Timestamp::from_second(now().as_second() - hours * HOUR).unwrap();
        Run {
            at,
            label: "x".into(),
            size_bytes: Some(size),
            kind: None,
            of: String::new(),
            failed: Some(false),
        }
    }

    fn judged(plan: &Plan, found: Found) -> (State, String) {
        let one = judge(plan, "a".into(), "/b".into(), Ok(found), now());
        (one.state, one.message)
    }

    fn says(runs: Vec<Run>) -> (State, String) {
        judged(&Plan::new("a", Tool::Files, "/b"), Found::of(runs))
    }

    #[test]
    fn each_reason_has_its_word() {
        assert_eq!(says(vec![]), (State::Bad, "there is none".into()));
        assert_eq!(says(vec![run(5, 100), run(29, 100)]), (State::Fine, String::new()));
        assert_eq!(says(vec![run(30, 100)]), (State::Bad, "it is 1d6h old, 1d2h at most".into()));
        assert_eq!(says(vec![run(1, 0)]), (State::Bad, "it is empty".into()));
        assert_eq!(
            says(vec![run(1, 400), run(25, 1000), run(49, 1100), run(73, 90)]),
            (State::Bad, "it has 400 B, those before 1000 B".into())
        );
        assert_eq!(says(vec![run(1, 600), run(25, 1000)]).0, State::Fine);
        assert!(says(vec![run(-2, 600)]).1.contains("clock"));
        assert_eq!(says(vec![Run { failed: Some(true), ..run(1, 9) }]).1, "the last one failed");
        let plan = Plan { min_size: Some(1 << 20), ..Plan::new("a", Tool::Files, "/b") };
        assert_eq!(judged(&plan, Found::of(vec![run(1, 1024)])).1, "it has 1.0 KiB, 1.0 MiB at least");
    }

    #[test]
    fn what_is_being_made_excuses_for_a_while() {
        let plan = Plan::new("a", Tool::Restic, "/b");
        let writing = |runs| judged(&plan, Found::of(runs).writing(true));
        assert_eq!(writing(vec![]).0, State::Writing);
        assert_eq!(writing(vec![run(30, 1)]).0, State::Writing);
        assert_eq!(writing(vec![run(60, 1)]).0, State::Bad);
        assert_eq!(writing(vec![run(1, 1)]).0, State::Writing);
        let complains = Found::none("missing stanza path").writing(true);
        assert_eq!(judged(&plan, complains), (State::Bad, "missing stanza path".into()));
    }

    #[test]
    fn sizes_of_other_things_say_nothing() {
        let other = Run { of: "/etc".into(), ..run(2, 1_000_000) };
        assert_eq!(says(vec![run(1, 10), other]).0, State::Fine);
    }

    proptest! {
        #[test]
        fn nothing_is_fine_without_a_fresh_run(
            runs in proptest::collection::vec((-100_i64..1000, 0_u64..5000, any::<bool>()), 0..40),
            writing in any::<bool>(), complaint in "|broken", max_age_h in 1_i64..100,
        ) {
            let made: Vec<Run> =
                runs.iter().map(|(h, size, failed)| Run { failed: Some(*failed), ..run(*h, *size) }).collect();
            let newest = runs.iter().map(|(h, ..)| *h).min();
            let plan = Plan { max_age_s: max_age_h * HOUR, ..Plan::new("a", Tool::Restic, "/b") };
            let found = Found::of(made).writing(writing).complains(&complaint);
            let one = judge(&plan, "a".into(), "/b".into(), Ok(found), now());
            if one.state == State::Fine {
                prop_assert!(newest.is_some_and(|h| h <= max_age_h && h >= -1) && complaint.is_empty() && !writing);
            } else {
                prop_assert!(!one.message.is_empty());
            }
            prop_assert_eq!(one.count, Some(runs.len() as u64));
            prop_assert!(one.runs.len() <= super::super::MOST_RUNS && one.runs.is_sorted_by_key(|r| core::cmp::Reverse(r.at)));
        }
    }
}
