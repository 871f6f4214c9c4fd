//! Reads a server's vitals again and again, as often as somebody looks, and its checks now and then. Two
//! shells: a filesystem that hangs holds up the checks alone.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::certificates::files;
use super::elevate::Elevate;
use super::parse;
use super::script::Request;
use super::shell::Shell;
use super::talk::Talk;
use crate::backends::{backoff, clock};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::remote::Remote;
use crate::domain::server::{Counters, Facts, Pace, Rights, Server, Vitals};

/// Checks may take longer: each of their commands may take 5 s.
const CHECKS_DEADLINE: Duration = Duration::from_secs(40);
/// Updates take seconds of work, on a slow machine many.
const UPDATES_DEADLINE: Duration = Duration::from_secs(120);
/// The second reading comes this soon, for there are no rates before it.
const SECOND: Duration = Duration::from_millis(500);
/// Seconds between two checks while somebody looks, and while nobody does.
const CHECKS: Duration = Duration::from_secs(30);
const CHECKS_HIDDEN: Duration = Duration::from_secs(300);
/// And between two looks for updates and certificates.
const UPDATES: Duration = Duration::from_secs(3600);

/// A server to watch.
pub struct Watch {
    pub shell: Arc<dyn Shell>,
    pub elevate: Elevate,
    pub pace: watch::Receiver<Pace>,
    pub out: watch::Sender<Remote<Server>>,
    /// Ends a wait between attempts.
    pub retry: Arc<Notify>,
}

/// Publishes the state of a server until `stop`.
pub async fn serve(watch: Watch, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = watch.again_and_again() => {}
    }
}

/// Looks once, with rates over half a second.
///
/// # Errors
/// Why the server cannot be reached or does not answer.
pub async fn look(shell: &dyn Shell, elevate: Elevate, updates: bool) -> Result<Server, Fault> {
    let mut talk = Talk::begin(shell, elevate).await?;
    let mut server = Server { facts: Arc::new(talk.facts().await?), ..Server::default() };
    let (first, _) = talk.counters().await?;
    tokio::time::sleep(SECOND).await;
    let (second, latency) = talk.counters().await?;
    server.vitals = Some(Arc::new(Vitals::between(Some(&first), &second, clock::now())));
    server.latency_ms = Some(latency.as_secs_f64() * 1000.0);
    let answer = talk.ask(Request::Checks, CHECKS_DEADLINE).await?;
    let mut checks = parse::checks(&answer, clock::now());
    checks.certificate =
        files::soonest(&talk.ask(Request::Certificates, CHECKS_DEADLINE).await?, clock::now());
    if updates {
        checks.updates = parse::updates(&talk.ask(Request::Updates, UPDATES_DEADLINE).await?);
    }
    server.checks = Some(Arc::new(checks));
    Ok(server)
}

impl Watch {
    async fn again_and_again(mut self) {
        let mut failures = 0;
        loop {
            let fault = self.session(&mut failures).await;
            failures += 1;
            // A refusal is not tried again unasked: it may get us banned.
            let wait = (fault.kind != FaultKind::Denied).then(|| backoff::jittered(failures));
            let at =
                wait.and_then(|wait| clock::now().checked_add(SignedDuration::try_from(wait).ok()?).ok());
            self.out.send_modify(|remote| *remote = remote.lost(fault.clone(), at));
            tokio::select! {
                () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {}
                () = self.retry.notified() => {}
            }
            self.out.send_modify(|remote| *remote = remote.lost(fault, None));
        }
    }

    /// One connection, to the fault that ends it.
    async fn session(&mut self, failures: &mut u32) -> Fault {
        let shell = self.shell.clone();
        let mut talk = match Talk::begin(&*shell, self.elevate).await {
            Ok(talk) => talk,
            Err(fault) => return fault,
        };
        let facts = match talk.facts().await {
            Ok(facts) => Arc::new(facts),
            Err(fault) => return fault,
        };
        let elevate = if facts.rights == Rights::Sudo { Elevate::Known } else { Elevate::Never };
        let checks = keep_checking(&*shell, elevate, self.pace.clone(), &self.out);
        tokio::select! {
            fault = keep_reading(talk, facts, self.pace.clone(), &self.out, failures) => fault,
            never = checks => match never {},
        }
    }
}

async fn keep_reading(
    mut talk: Talk,
    facts: Arc<Facts>,
    mut pace: watch::Receiver<Pace>,
    out: &watch::Sender<Remote<Server>>,
    failures: &mut u32,
) -> Fault {
    let mut before: Option<Counters> = None;
    loop {
        let (counters, latency) = match talk.counters().await {
            Ok(reading) => reading,
            Err(fault) => return fault,
        };
        *failures = 0;
        let vitals = Vitals::between(before.as_ref(), &counters, clock::now());
        let is_first = before.replace(counters).is_none();
        let at = vitals.at;
        out.send_modify(|remote| {
            let mut server = remote.value.as_deref().cloned().unwrap_or_default();
            server.facts = facts.clone();
            server.vitals = Some(Arc::new(vitals));
            server.latency_ms = Some(latency.as_secs_f64() * 1000.0);
            *remote = Remote::live(Arc::new(server), at);
        });
        rest(&mut pace, |pace| if is_first { SECOND } else { Duration::from_secs(pace.seconds()) }).await;
    }
}

/// Waits as long as the pace wants; less when somebody begins to look.
async fn rest(pace: &mut watch::Receiver<Pace>, wait: impl Fn(Pace) -> Duration) {
    let began = tokio::time::Instant::now();
    // A change of the past is no reason to hurry.
    let mut until = began + wait(*pace.borrow_and_update());
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(until) => return,
            changed = pace.changed() => {
                if changed.is_err() {
                    // Nobody can look any more: the session is about to end.
                    return tokio::time::sleep_until(until).await;
                }
                until = until.min(began + wait(*pace.borrow_and_update()));
            }
        }
    }
}

/// Checks have no end: what goes wrong with them is tried again, and the readings tell when the server is gone.
async fn keep_checking(
    shell: &dyn Shell,
    elevate: Elevate,
    mut pace: watch::Receiver<Pace>,
    out: &watch::Sender<Remote<Server>>,
) -> std::convert::Infallible {
    let mut looked_for_updates: Option<tokio::time::Instant> = None;
    loop {
        if let Ok(mut talk) = Talk::begin(shell, elevate).await {
            while let Ok(answer) = talk.ask(Request::Checks, CHECKS_DEADLINE).await {
                let mut checks = parse::checks(&answer, clock::now());
                let known = out.borrow().value.as_ref().and_then(|server| server.checks.clone());
                if let Some(known) = known {
                    checks.updates = known.updates;
                    checks.certificate = known.certificate.clone();
                }
                publish(out, checks.clone());
                if looked_for_updates.is_none_or(|at| at.elapsed() >= UPDATES) {
                    let Ok(answer) = talk.ask(Request::Certificates, CHECKS_DEADLINE).await else { break };
                    checks.certificate = files::soonest(&answer, clock::now());
                    publish(out, checks.clone());
                    let Ok(answer) = talk.ask(Request::Updates, UPDATES_DEADLINE).await else { break };
                    looked_for_updates = Some(tokio::time::Instant::now());
                    checks.updates = parse::updates(&answer);
                    publish(out, checks);
                }
                rest(&mut pace, |pace| if pace == Pace::Hidden { CHECKS_HIDDEN } else { CHECKS }).await;
            }
        }
        tokio::time::sleep(CHECKS).await;
    }
}

fn publish(out: &watch::Sender<Remote<Server>>, checks: crate::domain::server::Checks) {
    out.send_modify(|remote| {
        let mut server = remote.value.as_deref().cloned().unwrap_or_default();
        server.checks = Some(Arc::new(checks));
        remote.value = Some(Arc::new(server));
        remote.at = remote.at.or(Some(clock::now()));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_looks_changes_how_long_is_waited_and_nothing_else_does() {
        let (sender, mut pace) = watch::channel(Pace::Hidden);
        sender.send_replace(Pace::Shown);
        let (shown, hidden) = (Duration::from_millis(60), Duration::from_secs(600));
        let wait = |pace| if pace == Pace::Hidden { hidden } else { shown };
        for _ in 0..2 {
            let began = tokio::time::Instant::now();
            rest(&mut pace, wait).await;
            assert!(began.elapsed() >= shown, "somebody looks since before");
        }
        sender.send_replace(Pace::Hidden);
        let looks = async {
            tokio::time::sleep(shown).await;
            sender.send_replace(Pace::Shown);
        };
        let both = async { tokio::join!(rest(&mut pace, wait), looks) };
        tokio::time::timeout(hidden / 2, both).await.expect("somebody begins to look");
    }
}
