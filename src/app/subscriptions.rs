//! Keeps what runs in step with what the panes want: questions and interests are started and stopped by
//! comparison, so no pane can forget one. Logs are in [`super::streams`].

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::msg::Effect;
use crate::domain::ids::TargetId;
use crate::domain::interest::Interest;
use crate::domain::query::Query;
use crate::domain::server::Pace;
use crate::panes::{QueryWant, Wants};

#[derive(Debug)]
struct Asked {
    version: u64,
    generation: u64,
    in_flight: bool,
    answered_at: Option<Timestamp>,
    refresh_s: Option<i64>,
}

/// What runs.
#[derive(Debug, Default)]
pub struct Subscriptions {
    interest: BTreeMap<TargetId, Interest>,
    servers: BTreeMap<TargetId, Pace>,
    asked: HashMap<Query, Asked>,
    generation: u64,
}

impl Subscriptions {
    /// Compares and returns what has to be done.
    pub fn reconcile(&mut self, wants: Wants, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (target, interest) in &wants.interest {
            if self.interest.get(target) != Some(interest) {
                effects.push(Effect::Interest(target.clone(), interest.clone()));
            }
        }
        for target in self.interest.keys().filter(|t| !wants.interest.contains_key(*t)) {
            effects.push(Effect::Interest(target.clone(), Interest { hidden: true, ..Interest::default() }));
        }
        self.interest = wants.interest;
        for (target, pace) in &wants.servers {
            if self.servers.get(target) != Some(pace) {
                effects.push(Effect::Pace(target.clone(), *pace));
            }
        }
        for target in self.servers.keys().filter(|t| !wants.servers.contains_key(*t)) {
            effects.push(Effect::Pace(target.clone(), Pace::Hidden));
        }
        self.servers = wants.servers;
        self.asked.retain(|query, _| wants.queries.iter().any(|w| w.query == *query));
        for want in wants.queries {
            effects.extend(self.ask(want, now));
        }
        effects
    }

    fn ask(&mut self, want: QueryWant, now: Timestamp) -> Option<Effect> {
        // How soon an answer is too old may have changed since it was asked for.
        if let Some(asked) = self.asked.get_mut(&want.query) {
            asked.refresh_s = want.refresh_s;
        }
        let asked = self.asked.get(&want.query);
        let too_old = |asked: &Asked| match (asked.answered_at, want.refresh_s) {
            (Some(at), Some(refresh)) => now.as_second() - at.as_second() >= refresh,
            _ => false,
        };
        let needed = match asked {
            None => true,
            // One is under way: the newer version is asked for when it has come back.
            Some(asked) if asked.in_flight => false,
            Some(asked) => asked.version != want.version || too_old(asked),
        };
        if !needed {
            return None;
        }
        self.generation += 1;
        let asked = Asked {
            version: want.version,
            generation: self.generation,
            in_flight: true,
            answered_at: asked.and_then(|a| a.answered_at),
            refresh_s: want.refresh_s,
        };
        self.asked.insert(want.query.clone(), asked);
        Some(Effect::Ask { query: want.query, generation: self.generation })
    }

    /// Takes an answer in; false when it is late: nobody wants it any more or a newer question is under way.
    pub fn answered(&mut self, query: &Query, generation: u64, now: Timestamp) -> bool {
        match self.asked.get_mut(query) {
            Some(asked) if asked.generation == generation => {
                asked.in_flight = false;
                asked.answered_at = Some(now);
                true
            }
            _ => false,
        }
    }

    /// Asks again what is asked again anyway, now.
    pub fn refresh(&mut self) {
        for asked in self.asked.values_mut().filter(|asked| asked.refresh_s.is_some()) {
            asked.answered_at = asked.answered_at.map(|_| Timestamp::UNIX_EPOCH);
        }
    }

    /// When the next question is due again.
    pub fn next_change(&self) -> Option<Timestamp> {
        let due = self.asked.values().filter(|a| !a.in_flight);
        due.filter_map(|a| Some(a.answered_at? + SignedDuration::from_secs(a.refresh_s?))).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ContainerId, ContainerKey};

    fn key(id: &str) -> ContainerKey {
        ContainerKey { target: TargetId::docker("local"), id: ContainerId::new(id) }
    }

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(s).unwrap()
    }

    fn inspect(id: &str, version: u64) -> Wants {
        let want = QueryWant { query: Query::Inspect(key(id)), version, refresh_s: Some(10) };
        Wants { queries: vec![want], ..Wants::default() }
    }

    #[test]
    fn a_question_is_asked_once_a_version_and_again_when_old() {
        let mut subs = Subscriptions::default();
        let asks = |subs: &mut Subscriptions, wants, s| {
            subs.reconcile(wants, at(s))
                .into_iter()
                .filter_map(|e| {
                    if let Effect::Ask { query, generation } = e { Some((query, generation)) } else { None }
                })
                .next()
        };
        let (query, first) = asks(&mut subs, inspect("a", 1), 0).unwrap();
        assert!(asks(&mut subs, inspect("a", 2), 1).is_none(), "one is under way");
        assert!(subs.answered(&query, first, at(2)));
        assert!(asks(&mut subs, inspect("a", 1), 3).is_none());
        assert!(asks(&mut subs, inspect("a", 2), 3).is_some(), "another version");
        assert!(!subs.answered(&query, first, at(4)), "a late answer");
        assert!(subs.answered(&query, first + 1, at(4)));
        assert!(asks(&mut subs, inspect("a", 2), 14).is_some(), "too old");
    }
}
