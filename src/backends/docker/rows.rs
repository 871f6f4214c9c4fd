//! The rows of one engine as events and lists change them. Pure: no IO, no clock.
//!
//! A list is a picture of some moment while it was asked for; events say what happened around it. So an event
//! that arrives while a list is on its way wins over that list, and its container is asked for again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::container::{Container, Health, State};
use crate::domain::ids::{ContainerId, TargetId};

use super::event::Event;
use super::list;
use super::status;

/// So many lists in a row may contradict an event, 150 ms apart at least; then they are believed.
const MAX_CONTRADICTIONS: u32 = 30;

/// Of containers that are gone before any list, nothing has to be kept.
const MAX_UNLISTED: usize = 4096;

/// All rows, and which of them have to be asked for.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: HashMap<ContainerId, Arc<Container>>,
    /// Rows to ask for with the next list.
    stale: HashSet<ContainerId>,
    /// Rows with events since the list on its way was asked for.
    touched: HashSet<ContainerId>,
    /// What events told of containers that no list has shown yet: `docker run` creates and starts before the
    /// first list, and the exact time of that start is nowhere else.
    unlisted: HashMap<ContainerId, Container>,
    /// The state that the last event told, with the number of lists that said otherwise since. An engine sends
    /// `die` before it tears the network down, and lists the container as running until that is done.
    told: HashMap<ContainerId, (State, u32)>,
}

impl Rows {
    /// Containers in an order for people.
    pub fn sorted(&self) -> Vec<Arc<Container>> {
        let mut rows: Vec<_> = self.rows.values().cloned().collect();
        list::sort(&mut rows);
        rows
    }

    /// True when some rows have to be asked for.
    pub fn has_stale(&self) -> bool {
        !self.stale.is_empty()
    }

    /// The rows to ask for. From here until [`Rows::take_all`] or [`Rows::take_some`] a list is on its way.
    pub fn begin_list(&mut self) -> Vec<ContainerId> {
        self.touched.clear();
        self.stale.drain().collect()
    }

    /// Takes an event. True when a row changed at once.
    pub fn apply(&mut self, event: &Event) -> bool {
        self.touched.insert(event.id.clone());
        if matches!(event.action.as_str(), "destroy" | "remove") {
            // A list on its way may still hold it: `touched` keeps that from bringing it back.
            self.stale.remove(&event.id);
            self.unlisted.remove(&event.id);
            self.told.remove(&event.id);
            return self.rows.remove(&event.id).is_some();
        }
        self.stale.insert(event.id.clone());
        if let Some(state) = told(event) {
            self.told.insert(event.id.clone(), (state, 0));
        }
        let Some(row) = self.rows.get(&event.id) else {
            if let Some(known) = self.unlisted.get_mut(&event.id) {
                patch(known, event);
            } else if matches!(event.action.as_str(), "create" | "start")
                && self.unlisted.len() < MAX_UNLISTED
            {
                let mut known = Container::blank(TargetId::docker(""), &event.id.0, "");
                patch(&mut known, event);
                self.unlisted.insert(event.id.clone(), known);
            }
            return false;
        };
        let mut new = Container::clone(row);
        patch(&mut new, event);
        let changed = new != **row;
        if changed {
            self.rows.insert(event.id.clone(), Arc::new(new));
        }
        changed
    }

    /// Takes a list of all containers: what is not in it is gone. True when anything changed.
    pub fn take_all(&mut self, listed: Vec<Container>, now: Timestamp) -> bool {
        let ids: HashSet<ContainerId> = listed.iter().map(|c| c.id.clone()).collect();
        let gone: Vec<_> = self
            .rows
            .keys()
            .filter(|id| !ids.contains(*id) && !self.touched.contains(*id))
            .cloned()
            .collect();
        for id in &gone {
            self.rows.remove(id);
        }
        self.unlisted.retain(|id, _| ids.contains(id) || self.touched.contains(id));
        self.told.retain(|id, _| ids.contains(id) || self.touched.contains(id));
        self.put(listed, now) || !gone.is_empty()
    }

    /// Takes a list of those asked for; one that is not in it is gone. True when anything changed.
    pub fn take_some(&mut self, asked: &[ContainerId], listed: Vec<Container>, now: Timestamp) -> bool {
        let mut changed = false;
        for id in asked {
            if !self.touched.contains(id) && !listed.iter().any(|c| c.id == *id) {
                changed |= self.rows.remove(id).is_some();
            }
        }
        self.put(listed, now) || changed
    }

    /// False when the list is behind the last event of this container: it is asked for again then.
    fn believe(&mut self, new: &Container) -> bool {
        let Some((state, contradictions)) = self.told.get_mut(&new.id) else { return true };
        let agrees = match state {
            State::Exited => !new.state.has_processes(),
            state => *state == new.state,
        };
        if agrees || *contradictions >= MAX_CONTRADICTIONS {
            self.told.remove(&new.id);
            return true;
        }
        *contradictions += 1;
        self.stale.insert(new.id.clone());
        false
    }

    fn put(&mut self, listed: Vec<Container>, now: Timestamp) -> bool {
        let mut changed = false;
        for mut new in listed {
            if self.touched.contains(&new.id) {
                continue;
            }
            let believed = self.believe(&new);
            if let Some(old) = self.rows.get(&new.id) {
                if !believed {
                    continue;
                }
                keep_exact(old, &mut new, now);
                if **old == new {
                    continue;
                }
            } else if believed && let Some(known) = self.unlisted.remove(&new.id) {
                keep_exact(&known, &mut new, now);
            }
            self.rows.insert(new.id.clone(), Arc::new(new));
            changed = true;
        }
        self.touched.clear();
        changed
    }
}

/// The state that an event tells.
fn told(event: &Event) -> Option<State> {
    match event.action.as_str() {
        "start" | "unpause" => Some(State::Running),
        "pause" => Some(State::Paused),
        "die" => Some(State::Exited),
        _ => None,
    }
}

/// What an event alone tells of a row.
fn patch(row: &mut Container, event: &Event) {
    match event.action.as_str() {
        "start" => {
            row.state = State::Running;
            row.started_at = event.at;
            row.since_rounded = event.at.is_none();
            (row.finished_at, row.exit_code, row.health, row.oom_killed) = (None, None, None, None);
        }
        "die" => {
            // With a restart policy it may be `restarting`; the list that follows says so.
            row.state = State::Exited;
            row.exit_code = event.exit_code.or(row.exit_code);
            row.finished_at = event.at;
            row.since_rounded = event.at.is_none();
            row.health = None;
            for network in &mut row.networks {
                network.ip = None;
            }
        }
        "oom" => row.oom_killed = Some(true),
        "pause" => row.state = State::Paused,
        "unpause" => row.state = State::Running,
        "rename" => {
            if let Some(name) = &event.name {
                row.name = name.strip_prefix('/').unwrap_or(name).to_owned();
            }
        }
        other => {
            if let Some(word) = other.strip_prefix("health_status: ") {
                row.health = Health::from_word(word);
            }
        }
    }
}

/// Keeps what is known better than the list says: exact times of the same run, and what lists do not carry.
/// A rounded time stays as it was first seen as long as the new one agrees with it, so that ages grow evenly
/// and an unchanged row stays the same row.
fn keep_exact(old: &Container, new: &mut Container, now: Timestamp) {
    let running = |c: &Container| c.state.has_processes();
    if running(old) != running(new) {
        return;
    }
    let (before, after) =
        if running(new) { (old.started_at, new.started_at) } else { (old.finished_at, new.finished_at) };
    let (Some(before), Some(after)) = (before, after) else { return };
    let age_s = now.as_second() - after.as_second();
    if (before.as_second() - after.as_second()).abs() > status::rounding_s(age_s) {
        return;
    }
    new.started_at = old.started_at;
    new.finished_at = old.finished_at;
    new.since_rounded = old.since_rounded;
    new.oom_killed = old.oom_killed;
    new.restart_count = old.restart_count;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(s).unwrap()
    }

    fn row(id: &str, state: State, since_s: i64) -> Container {
        let mut c = Container::blank(TargetId::docker("t"), id, id);
        c.state = state;
        if state.has_processes() {
            c.started_at = Some(at(since_s))
        } else {
            c.finished_at = Some(at(since_s))
        }
        c.since_rounded = true;
        c
    }

    fn event(id: &str, action: &str, s: i64) -> Event {
        Event {
            id: ContainerId::new(id),
            action: action.into(),
            at: Some(at(s)),
            exit_code: None,
            signal: None,
            name: None,
        }
    }

    #[test]
    fn a_life_in_events() {
        let mut rows = Rows::default();
        assert!(!rows.apply(&event("a", "create", 1)), "unknown until it is listed");
        assert_eq!(rows.begin_list(), [ContainerId::new("a")]);
        rows.take_some(&[ContainerId::new("a")], vec![row("a", State::Created, 1)], at(2));
        assert!(rows.apply(&event("a", "start", 5)));
        assert!(rows.apply(&event("a", "health_status: unhealthy", 6)));
        let c = rows.sorted().remove(0);
        assert_eq!(
            (c.state, c.health, c.started_at, c.since_rounded),
            (State::Running, Some(Health::Unhealthy), Some(at(5)), false)
        );
        rows.apply(&event("a", "oom", 7));
        rows.apply(&Event { exit_code: Some(137), ..event("a", "die", 8) });
        let c = rows.sorted().remove(0);
        assert_eq!(
            (c.state, c.exit_code, c.oom_killed, c.finished_at),
            (State::Exited, Some(137), Some(true), Some(at(8)))
        );
        assert!(rows.apply(&event("a", "destroy", 9)));
        assert!(rows.sorted().is_empty() && !rows.has_stale());
    }

    #[test]
    fn exact_times_survive_a_rounded_list_and_another_run_does_not_keep_them() {
        let mut rows = Rows::default();
        rows.take_all(vec![row("a", State::Running, 900)], at(1000));
        rows.apply(&event("a", "start", 1003));
        rows.begin_list();
        rows.take_all(vec![row("a", State::Running, 940)], at(1060)); // "Up About a minute", 1 min off at most
        assert_eq!(rows.sorted()[0].started_at, Some(at(940)), "120 s old, 63 s off: another run");
        rows.apply(&event("a", "start", 1100));
        rows.begin_list();
        assert!(
            !rows.take_all(vec![row("a", State::Running, 1099)], at(1104)),
            "the same row: nothing to draw"
        );
        assert_eq!((rows.sorted()[0].started_at, rows.sorted()[0].since_rounded), (Some(at(1100)), false));
    }

    #[test]
    fn a_start_before_the_first_list_is_remembered() {
        let mut rows = Rows::default();
        rows.apply(&event("a", "create", 100));
        rows.apply(&event("a", "start", 101));
        let asked = rows.begin_list();
        rows.take_some(&asked, vec![row("a", State::Running, 102)], at(102));
        assert_eq!((rows.sorted()[0].started_at, rows.sorted()[0].since_rounded), (Some(at(101)), false));
    }

    #[test]
    fn an_event_during_a_list_wins() {
        let mut rows = Rows::default();
        rows.take_all(vec![row("a", State::Running, 1), row("b", State::Running, 1)], at(10));
        rows.begin_list();
        rows.apply(&event("a", "destroy", 11));
        rows.apply(&event("b", "die", 11));
        rows.take_all(vec![row("a", State::Running, 1), row("b", State::Running, 1)], at(12));
        let left = rows.sorted();
        assert_eq!((left.len(), left[0].state), (1, State::Exited));
        assert!(rows.has_stale(), "b is asked for again");
    }

    #[test]
    fn a_list_behind_the_last_event_is_asked_for_again() {
        let mut rows = Rows::default();
        rows.take_all(vec![row("a", State::Running, 1)], at(10));
        rows.apply(&event("a", "die", 11));
        let asked = rows.begin_list();
        rows.take_some(&asked, vec![row("a", State::Running, 1)], at(12));
        assert_eq!((rows.sorted()[0].state, rows.has_stale()), (State::Exited, true));
        let asked = rows.begin_list();
        rows.take_some(&asked, vec![row("a", State::Exited, 12)], at(12));
        assert_eq!((rows.sorted()[0].finished_at, rows.has_stale()), (Some(at(11)), false));
        // Should the engine insist, it is believed in the end.
        rows.apply(&event("a", "die", 13));
        for _ in 0..=MAX_CONTRADICTIONS {
            let asked = rows.begin_list();
            rows.take_some(&asked, vec![row("a", State::Running, 1)], at(14));
        }
        assert_eq!((rows.sorted()[0].state, rows.has_stale()), (State::Running, false));
    }

    proptest! {
        /// However events and lists interleave, one quiet list at the end makes the rows exact, without doubles.
        #[test]
        fn the_last_list_is_the_truth(script in proptest::collection::vec((0_usize..6, 0_usize..9), 0..60)) {
            let actions = ["create", "start", "die", "destroy", "oom", "rename", "pause", "kill", "list"];
            let mut rows = Rows::default();
            for (i, (id, action)) in script.into_iter().enumerate() {
                if actions[action] == "list" {
                    rows.begin_list();
                    rows.take_all(vec![row(&id.to_string(), State::Running, 1)], at(i as i64));
                } else {
                    rows.apply(&event(&id.to_string(), actions[action], i as i64));
                }
            }
            rows.begin_list();
            let truth = vec![row("1", State::Running, 50), row("2", State::Exited, 50)];
            rows.take_all(truth, at(1000));
            let names: Vec<String> = rows.sorted().iter().map(|c| c.name.clone()).collect();
            prop_assert_eq!(names, ["1", "2"]);
        }
    }
}
