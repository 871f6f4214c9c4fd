//! What happens to the containers that are read (they start, die, run out of memory, turn unhealthy) becomes
//! rows between their lines, made from the difference of two pictures of the world.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::view::LogView;
use crate::domain::container::{Container, Health, State};
use crate::domain::exit;
use crate::domain::ids::ContainerKey;
use crate::domain::log::LogSourceId;
use crate::logs::Level;
use crate::panes::Context;

/// What is remembered of a container to see a difference.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    state: State,
    health: Option<Health>,
    started_at: Option<Timestamp>,
    exit_code: Option<i64>,
}

/// The last picture.
#[derive(Debug, Default)]
pub struct Lifecycle {
    seen: BTreeMap<ContainerKey, Seen>,
    /// Containers that had ended when they were first seen and whose end has no row yet: only their reader knows
    /// the exact time.
    untold: BTreeSet<ContainerKey>,
}

/// Something that happened.
#[derive(Debug, PartialEq)]
struct Event {
    at: Timestamp,
    level: Level,
    text: String,
}

impl LogView {
    /// Compares the world with the last picture of it.
    pub(super) fn watch_lifecycle(&mut self, cx: &Context) {
        for member in self.members.clone() {
            let LogSourceId::Container(key) = &member.source else { continue };
            match cx.world.container(key) {
                Some(container) => {
                    self.remember_start(&member.source, container);
                    let now = picture(container);
                    let before = self.lifecycle.seen.insert(key.clone(), now.clone());
                    self.tell_end(&member.source, &member.label, key, before.is_none(), ended(now.state));
                    let Some(before) = before.filter(|before| *before != now) else { continue };
                    for event in differences(&member.label, &before, &now, container, cx.now) {
                        self.book.note(event.at, &event.text, event.level);
                    }
                }
                // Only an engine that answers can say that a container is gone.
                None => {
                    let answers = cx.world.docker.get(&key.target).is_some_and(|r| r.link.is_live());
                    if answers && self.lifecycle.seen.remove(key).is_some() {
                        let text = format!("{} was removed", member.label);
                        self.book.note(cx.now, &text, Level::Warn);
                    }
                }
            }
        }
    }
}

impl LogView {
    /// A container that had ended before it was read gets the row of its end.
    fn tell_end(&mut self, source: &LogSourceId, label: &str, key: &ContainerKey, first: bool, ended: bool) {
        let untold = &mut self.lifecycle.untold;
        if !ended {
            untold.remove(key);
        } else if first {
            untold.insert(key.clone());
        }
        let end = self.lives.get(source).and_then(|life| life.end.as_ref());
        if let Some(end) = end.filter(|_| untold.remove(key)) {
            let (text, level) = end_of(label, end.code, end.oom_killed);
            self.book.note(end.at, &text, level);
        }
    }
}

fn ended(state: State) -> bool {
    matches!(state, State::Exited | State::Dead)
}

/// How an end is said, and how bad it is.
fn end_of(name: &str, code: Option<i64>, oom_killed: bool) -> (String, Level) {
    let said = match code {
        Some(0) => format!("{name} ended"),
        Some(code) => match exit::meaning(code, oom_killed) {
            Some(meaning) => format!("{name} died: exit {code}, {meaning}"),
            None => format!("{name} died: exit {code}"),
        },
        None => format!("{name} stopped"),
    };
    (said, if code == Some(0) { Level::Info } else { Level::Error })
}

fn picture(c: &Container) -> Seen {
    Seen { state: c.state, health: c.health, started_at: c.started_at, exit_code: c.exit_code }
}

fn differences(name: &str, before: &Seen, now: &Seen, c: &Container, at: Timestamp) -> Vec<Event> {
    let mut events = Vec::new();
    let restarted = !c.since_rounded && before.started_at.is_some() && now.started_at > before.started_at;
    // Of a life that began and ended between two pictures nothing is known but the new beginning.
    if ended(now.state) && !ended(before.state) {
        let (text, level) = end_of(name, c.exit_code, c.oom_killed == Some(true));
        events.push(Event { at: c.finished_at.unwrap_or(at), level, text });
    }
    if now.state == State::Running && (restarted || before.state != State::Running) {
        let word = if before.state == State::Paused { "goes on" } else { "started" };
        let when = if restarted { now.started_at.unwrap_or(at) } else { at };
        events.push(Event { at: when, level: Level::Info, text: format!("{name} {word}") });
    }
    if now.state == State::Paused && before.state != State::Paused {
        events.push(Event { at, level: Level::Warn, text: format!("{name} is paused") });
    }
    if now.health != before.health {
        match now.health {
            Some(Health::Unhealthy) => {
                events.push(Event { at, level: Level::Error, text: format!("{name} is unhealthy") })
            }
            Some(Health::Healthy) if before.health == Some(Health::Unhealthy) => {
                events.push(Event { at, level: Level::Info, text: format!("{name} is healthy again") })
            }
            _ => {}
        }
    }
    events
}
