//! Containers that die of themselves, as the engine's events tell. A picture of all containers does not do: one
//! that is started again at once has died between two of them.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::client::Docker;
use super::event::Event;
use crate::backends::{backoff, clock};
use crate::domain::capsule::Death;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::{ContainerId, ContainerKey, TargetId};

const ACTIONS: [&str; 4] = ["die", "kill", "oom", "destroy"];
/// After the kernel ran out of memory for a container, its end is waited for this long.
const OOM_WAIT: Duration = Duration::from_secs(2);
/// The engine tells of an end before its cause now and then (18 of 150 on Docker 28, up to 2 ms), so a kill that nobody
/// ordered waits this long for one.
const CAUSE_WAIT: Duration = Duration::from_millis(200);
/// What the shell and the engine make of SIGKILL.
const KILLED: i64 = 137;
/// A signal that was sent longer ago has nothing to do with the end.
const KILL_AGE: SignedDuration = SignedDuration::from_mins(10);
/// Containers remembered between two of their events.
const MAX_REMEMBERED: usize = 4096;

/// Tells every death until `stop`, also those that came while the connection was lost. Ends when the engine, or
/// a proxy before it, has no events.
pub async fn deaths(docker: Docker, out: mpsc::Sender<Death>, stop: CancellationToken) {
    let mut ledger = Ledger::new(docker.id().clone());
    let mut failures = 0;
    let watching = async {
        loop {
            let before = ledger.last;
            let Err(fault) = watch(&docker, &mut ledger, &out).await else { return };
            if matches!(fault.kind, FaultKind::Denied | FaultKind::Unsupported) {
                tracing::info!("no crash capsules: {fault}");
                return;
            }
            failures = if ledger.last == before { failures + 1 } else { 1 };
            tokio::time::sleep(backoff::jittered(failures)).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = watching => {}
    }
}

/// One connection. Ends with `Ok` when nobody receives any more.
async fn watch(docker: &Docker, ledger: &mut Ledger, out: &mpsc::Sender<Death>) -> Result<(), Fault> {
    let since = match ledger.last {
        Some(last) => last,
        None => docker.hello().await?.clock,
    };
    ledger.known_until = ledger.last;
    let events = docker.events_named(since, &ACTIONS).await?;
    let mut events = std::pin::pin!(events);
    loop {
        let due = ledger.due().unwrap_or_else(|| now() + Duration::from_secs(3600));
        let deaths = tokio::select! {
            () = tokio::time::sleep_until(due) => ledger.take_due(now()),
            batch = events.next() => match batch {
                Some(batch) => batch?.iter().flat_map(|event| ledger.take(event, now())).collect(),
                None => return Err(Fault::new(FaultKind::Unreachable, "the engine ended its stream of events")),
            },
        };
        for death in deaths {
            if out.send(death).await.is_err() {
                return Ok(());
            }
        }
    }
}

/// What is remembered of containers between their events. No IO, no clock.
#[derive(Debug)]
struct Ledger {
    target: TargetId,
    /// The time of the last event, on the engine's clock.
    last: Option<Timestamp>,
    /// What is not later came over an earlier connection.
    known_until: Option<Timestamp>,
    kills: HashMap<ContainerId, (Option<Timestamp>, i64)>,
    /// Half known until this time: ran out of memory, and what comes of it is not known yet (no exit code); or was
    /// killed, and the cause may come.
    halves: HashMap<ContainerId, (Instant, Death)>,
}

impl Ledger {
    fn new(target: TargetId) -> Self {
        Self { target, last: None, known_until: None, kills: HashMap::new(), halves: HashMap::new() }
    }

    fn take(&mut self, event: &Event, now: Instant) -> Vec<Death> {
        let again = event.at.is_some() && event.at <= self.known_until;
        self.last = self.last.max(event.at);
        match event.action.as_str() {
            _ if again => Vec::new(),
            "kill" => {
                bound(&mut self.kills);
                self.kills.insert(event.id.clone(), (event.at, event.signal.unwrap_or(9)));
                Vec::new()
            }
            "oom" => self.out_of_memory(event, now).into_iter().collect(),
            "die" => self.end(event, now),
            "destroy" => {
                self.kills.remove(&event.id);
                self.halves.remove(&event.id).map(|(_, death)| death).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn out_of_memory(&mut self, event: &Event, now: Instant) -> Option<Death> {
        match self.halves.remove(&event.id) {
            Some((_, death)) if death.exit_code.is_some() => Some(Death { oom: true, ..death }),
            waiting => {
                bound(&mut self.halves);
                let death = Death { oom: true, ..self.death(event) };
                self.halves.insert(event.id.clone(), waiting.unwrap_or((now + OOM_WAIT, death)));
                None
            }
        }
    }

    fn end(&mut self, event: &Event, now: Instant) -> Vec<Death> {
        let code = event.exit_code.unwrap_or(-1);
        // One with an exit code is of the run before.
        let half = self.halves.remove(&event.id).map(|(_, death)| death);
        let oom = half.as_ref().is_some_and(|half| half.exit_code.is_none());
        let mut deaths: Vec<Death> = half.filter(|_| !oom).into_iter().collect();
        let recent = |sent: &(Option<Timestamp>, i64)| {
            let age = event.at.zip(sent.0).map(|(died, sent)| died.duration_since(sent));
            age.is_none_or(|age| age <= KILL_AGE)
        };
        let signal = self.kills.remove(&event.id).filter(recent).map(|(_, signal)| signal);
        // That of the signal, of the kill that follows a stop in vain, or of the usual one.
        let by_stop = signal.is_some_and(|signal| [128 + signal, KILLED, 143].contains(&code));
        let of_itself = code != 0 && !by_stop;
        let death =
            Death { exit_code: Some(code), oom, asked_to_stop: signal.is_some(), ..self.death(event) };
        if of_itself && !oom && code == KILLED {
            bound(&mut self.halves);
            self.halves.insert(event.id.clone(), (now + CAUSE_WAIT, death));
        } else if of_itself || oom {
            deaths.push(death);
        }
        deaths
    }

    fn death(&self, event: &Event) -> Death {
        Death {
            key: ContainerKey { target: self.target.clone(), id: event.id.clone() },
            name: event.name.clone().unwrap_or_else(|| event.id.short().to_owned()),
            at: event.at.or_else(|| Some(clock::now())),
            exit_code: None,
            oom: false,
            asked_to_stop: false,
        }
    }

    /// When [`Ledger::take_due`] has something.
    fn due(&self) -> Option<Instant> {
        self.halves.values().map(|(due, _)| *due).min()
    }

    /// Containers that go on although something in them was killed, and kills of unknown cause.
    fn take_due(&mut self, now: Instant) -> Vec<Death> {
        let due: Vec<ContainerId> =
            self.halves.iter().filter(|(_, (due, _))| *due <= now).map(|(id, _)| id.clone()).collect();
        due.iter().filter_map(|id| self.halves.remove(id)).map(|(_, death)| death).collect()
    }
}

/// Forgets everything rather than growing without end.
fn bound<T>(map: &mut HashMap<ContainerId, T>) {
    if map.len() >= MAX_REMEMBERED {
        map.clear();
    }
}

fn now() -> Instant {
    clock::instant().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(action: &str, s: i64) -> Event {
        Event {
            id: ContainerId::new("aa"),
            action: action.into(),
            at: Timestamp::from_second(s).ok(),
            exit_code: None,
            signal: None,
            name: Some("web".into()),
        }
    }

    fn die(code: i64, s: i64) -> Event {
        Event { exit_code: Some(code), ..event("die", s) }
    }

    fn kill(signal: i64, s: i64) -> Event {
        Event { signal: Some(signal), ..event("kill", s) }
    }

    /// Exit code, out of memory, asked to stop: of the deaths that some events are.
    fn told(events: &[Event]) -> Vec<(Option<i64>, bool, bool)> {
        let mut ledger = Ledger::new(TargetId::docker("t"));
        let (start, mut out) = (now(), Vec::new());
        for event in events {
            out.extend(ledger.take(event, start));
        }
        assert!(ledger.take_due(start).is_empty());
        out.extend(ledger.take_due(start + OOM_WAIT));
        out.into_iter().map(|d| (d.exit_code, d.oom, d.asked_to_stop)).collect()
    }

    #[test]
    fn a_crash_is_told_and_an_end_is_not() {
        assert_eq!(told(&[die(1, 1)]), [(Some(1), false, false)]);
        assert_eq!(told(&[die(139, 1), die(139, 2)]).len(), 2);
        assert!(told(&[die(0, 1)]).is_empty());
        assert!(told(&[kill(15, 1), die(143, 2)]).is_empty());
        assert!(told(&[kill(15, 1), kill(9, 11), die(137, 12)]).is_empty());
        assert!(told(&[kill(2, 1), die(130, 2)]).is_empty());
        assert_eq!(told(&[kill(15, 1), die(1, 2)]), [(Some(1), false, true)]);
        // Somebody else killed it; a signal of long ago; an old kill that its run survived.
        assert_eq!(told(&[die(137, 1)]), [(Some(137), false, false)]);
        assert_eq!(told(&[kill(1, 1), die(129, 9000)]), [(Some(129), false, false)]);
        assert_eq!(told(&[kill(15, 1), die(143, 2), die(143, 3)]), [(Some(143), false, false)]);
    }

    #[test]
    fn out_of_memory_is_told_once_with_or_without_an_end() {
        assert_eq!(told(&[event("oom", 1), event("oom", 1), die(137, 1)]), [(Some(137), true, false)]);
        assert_eq!(told(&[event("oom", 1)]), [(None, true, false)]);
        assert_eq!(told(&[event("oom", 1), die(0, 2)]), [(Some(0), true, false)]);
        assert_eq!(told(&[event("oom", 1), event("destroy", 2)]), [(None, true, false)]);
        // The cause behind the end; the end of the next run; gone with its cause unknown.
        assert_eq!(told(&[die(137, 1), event("oom", 1)]), [(Some(137), true, false)]);
        let twice = [(Some(137), false, false), (Some(137), true, false)];
        assert_eq!(told(&[die(137, 1), die(137, 2), event("oom", 2)]), twice);
        assert_eq!(told(&[die(137, 1), die(0, 2)]), [(Some(137), false, false)]);
        assert_eq!(told(&[die(137, 1), event("destroy", 1)]), [(Some(137), false, false)]);
    }

    #[test]
    fn what_came_before_the_connection_was_lost_does_not_come_again() {
        let mut ledger = Ledger::new(TargetId::docker("t"));
        assert_eq!(ledger.take(&die(1, 5), now()).len(), 1);
        assert_eq!(ledger.take(&die(1, 4), now()).len(), 1, "two goroutines of the engine");
        ledger.known_until = ledger.last;
        assert!(ledger.take(&die(1, 5), now()).is_empty());
        assert_eq!(ledger.take(&die(1, 6), now()).len(), 1);
    }
}
