//! One line of the activity: an action with its outcome, or a time in which something of a server was over its
//! threshold.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::audit::{AuditRecord, Outcome};
use crate::domain::capsule::CapsuleInfo;
use crate::domain::filter::Value;
use crate::domain::server::ServerEvent;
use crate::domain::server::threshold::Metric;
use crate::domain::world::World;
use crate::panes::{Scene, Yank};
use crate::theme::Role;

#[derive(Debug, Clone)]
pub(super) enum Entry {
    Action {
        intent: Arc<AuditRecord>,
        /// `None` = it runs, or was cut off.
        outcome: Option<Arc<AuditRecord>>,
    },
    Event(ServerEvent),
}

/// Everything, the newest first.
pub(super) fn all(world: &World) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for record in &world.audit {
        let begun = entries.iter_mut().rev().find_map(|entry| match entry {
            Entry::Action { intent, outcome } if record.intent == Some(intent.seq) => Some(outcome),
            _ => None,
        });
        match begun {
            Some(outcome) => *outcome = Some(record.clone()),
            None => entries.push(Entry::Action { intent: record.clone(), outcome: None }),
        }
    }
    entries.extend(world.events.iter().cloned().map(Entry::Event));
    // Records of the same moment stay in their order.
    entries.sort_by_key(Entry::at);
    entries.reverse();
    entries
}

impl Entry {
    /// Its name among all.
    pub fn key(&self) -> String {
        match self {
            Self::Action { intent, .. } => intent.seq.to_string(),
            Self::Event(ServerEvent { target, crossing }) => {
                format!("{target} {} {} {}", crossing.metric.word(), crossing.what, crossing.since)
            }
        }
    }

    pub fn at(&self) -> Timestamp {
        match self {
            Self::Action { intent, .. } => intent.at,
            Self::Event(event) => event.crossing.since,
        }
    }

    /// Sign, word and role of how it stands.
    pub fn look(&self, scene: &Scene) -> (&'static str, &'static str, Role) {
        let g = scene.theme.glyphs;
        match self {
            Self::Action { intent, outcome } => {
                let outcome = outcome.as_ref().map_or(intent.outcome, |o| o.outcome);
                let (glyph, role) = match outcome {
                    Outcome::Done => (g.check, Role::Ok),
                    Outcome::Failed => (g.cross, Role::Bad),
                    Outcome::Refused => (g.minus, Role::Warn),
                    Outcome::Intent => (g.connecting, Role::Info),
                    Outcome::Unknown => (g.attention, Role::Warn),
                };
                (glyph, outcome.word(), role)
            }
            Self::Event(event) if lasts(event, scene.world) => {
                let (word, role) = match event.crossing.metric {
                    Metric::Link => ("lost", Role::Bad),
                    Metric::Check => ("down", Role::Bad),
                    _ => ("over", Role::Warn),
                };
                (g.attention, word, role)
            }
            Self::Event(event) if event.crossing.until.is_none() => (g.unmeasured, "unknown", Role::Muted),
            Self::Event(_) => (g.check, "passed", Role::Ok),
        }
    }

    pub fn summary(&self) -> String {
        match self {
            Self::Action { intent, .. } => intent.summary.clone(),
            Self::Event(event) => event.crossing.sentence(),
        }
    }

    pub fn user(&self) -> &str {
        match self {
            Self::Action { intent, .. } => &intent.user,
            // Nobody did it; where it was is more than half of it.
            Self::Event(event) => &event.target.name,
        }
    }

    pub fn target(&self) -> String {
        match self {
            Self::Action { intent, .. } => intent.target.clone(),
            Self::Event(event) => event.target.to_string(),
        }
    }

    fn detail(&self) -> &str {
        match self {
            Self::Action { intent, outcome } => outcome
                .as_ref()
                .and_then(|o| o.detail.as_deref())
                .or(intent.detail.as_deref())
                .unwrap_or_default(),
            Self::Event(_) => "",
        }
    }

    pub fn value(&self, field: usize, now: Timestamp) -> Value<'_> {
        let (outcome, command) = match self {
            Self::Action { intent, outcome } => {
                (outcome.as_ref().map_or(intent.outcome, |o| o.outcome).word(), intent.command.as_str())
            }
            Self::Event(_) => ("event", ""),
        };
        match field {
            0 => Value::Text(self.summary().into()),
            1 => Value::text(outcome),
            2 => Value::Text(self.target().into()),
            3 => Value::text(self.user()),
            4 => Value::text(command),
            5 => Value::text(self.detail()),
            _ => Value::Number((now.as_second() - self.at().as_second()) as f64),
        }
    }

    pub fn yank(&self, what: Yank) -> Option<String> {
        match (self, what) {
            (_, Yank::Name | Yank::Line | Yank::Field) => Some(self.summary()),
            (Self::Action { intent, .. }, Yank::Id) => Some(intent.object.clone()),
            (Self::Action { intent, .. }, Yank::Command) => Some(intent.equivalent.clone()),
            (Self::Event(event), Yank::Id) => Some(event.target.to_string()),
            (Self::Event(_), Yank::Command) => None,
        }
    }

    /// All there is to say; what is empty is left out.
    pub fn told(&self, scene: &Scene) -> Vec<(&'static str, String)> {
        let local =
            |at: Timestamp| at.to_zoned(scene.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
        match self {
            Self::Action { intent: r, outcome } => {
                let took = outcome.as_ref().and_then(|o| o.ms).map(|ms| format!("{ms} ms"));
                vec![
                    ("action", r.summary.clone()),
                    ("outcome", outcome.as_ref().map_or(r.outcome, |o| o.outcome).word().to_owned()),
                    ("detail", self.detail().to_owned()),
                    ("took", took.unwrap_or_default()),
                    ("when", local(r.at)),
                    ("target", r.target.clone()),
                    ("same as", r.equivalent.clone()),
                    ("undone by", r.undo.clone().unwrap_or_default()),
                    ("user", r.user.clone()),
                    ("from", r.origin.clone().unwrap_or_default()),
                    ("consent", format!("{} (guard {})", r.verdict, r.guard)),
                    ("reason", r.reason.clone().unwrap_or_default()),
                    ("object", r.object.clone()),
                    ("record", r.seq.to_string()),
                    ("hash", r.hash.clone()),
                ]
            }
            Self::Event(event) => {
                let crossing = &event.crossing;
                let end = match crossing.until {
                    Some(until) => local(until),
                    None if lasts(event, scene.world) => "it lasts".to_owned(),
                    None => "not seen".to_owned(),
                };
                vec![
                    ("event", crossing.title()),
                    ("server", event.target.to_string()),
                    ("peak", crossing.peak()),
                    ("since", local(crossing.since)),
                    ("until", end),
                    ("capsule", capsule(event, scene.world).unwrap_or_default()),
                ]
            }
        }
    }
}

/// What was kept of it; it is read in the log pane, and by `pult get capsules`.
fn capsule(event: &ServerEvent, world: &World) -> Option<String> {
    let is_of = |info: &&CapsuleInfo| {
        info.target == event.target.to_string()
            && info.crossing.as_ref().is_some_and(|crossing| crossing.is(&event.crossing))
    };
    world.capsules.iter().find(is_of).map(|info| info.id.clone())
}

fn lasts(event: &ServerEvent, world: &World) -> bool {
    world.open(&event.target).any(|open| open.is(&event.crossing))
}
