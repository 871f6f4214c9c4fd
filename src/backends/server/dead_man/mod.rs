//! A change that takes itself back when it has kept us out.
//!
//! ```text
//! arm: the server writes down how it stands, and sets a timer that puts it back
//! apply: the change
//! knock: a fresh connection by the same path ── comes up ──> disarm: the change stays
//!                                            └─ does not ──> the timer puts it back; we wait and knock again
//! ```
//!
//! The timer is the server's own (systemd's, or a process apart from us where there is none), so it fires though
//! we are gone. Whether it fires or is disarmed is decided there by who makes one folder first: never both.
//! It knows nothing of what is changed; see [`ufw`] for that.

mod scripts;
pub mod ufw;

use std::time::Duration;

use super::host::Host;
use super::job::{Answer, Job};
use crate::backends::clock;
use crate::domain::fault::{Fault, FaultKind};
use crate::gate::Authorized;

/// Between two knocks at a server that does not answer.
const PAUSE: Duration = Duration::from_secs(2);
/// The server has this long, from the moment its timer should have fired, to let us in again.
const AFTERMATH: Duration = Duration::from_secs(60);
/// An undoing that has begun is not waited for longer, seconds.
const UNDOING: Duration = Duration::from_secs(30);

/// A change with what takes it back. The scripts are written in the source; `$1` is a folder that they share.
#[derive(Debug, Clone)]
pub struct Protected {
    /// Names its timer and its folder: letters, digits and dashes.
    pub id: String,
    /// Writes down how it stands, into its folder.
    pub snapshot: &'static str,
    pub apply: Job,
    /// Puts it back as it stands in its folder.
    pub undo: &'static str,
    /// When it is put back, unless somebody gets in.
    pub delay: Duration,
}

/// How far it is; for those who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    Arming,
    Applying,
    /// It is changed; within this time it must let us in again.
    Knocking(Duration),
    Disarming,
    /// It did not let us in, and puts itself back within this time.
    Waiting(Duration),
}

impl Stage {
    /// In a few words, with the time that follows them.
    pub fn told(&self) -> (&'static str, Option<Duration>) {
        match self {
            Self::Arming => ("arming the way back", None),
            Self::Applying => ("changing the firewall", None),
            Self::Knocking(left) => ("knocking anew; else undone in", Some(*left)),
            Self::Disarming => ("let in: it stays", None),
            Self::Waiting(left) => ("cut off! undone in", Some(*left)),
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A fresh connection came up; the change stays. What it said.
    Kept(Answer),
    /// It failed by itself, and what it may have done half is put back.
    Failed(Fault),
    /// It kept us out, for this reason, and was put back: a fresh connection comes up again.
    Undone(Fault),
    /// It kept us out, or was lost on the way, and it is not known that it was put back.
    Lost(Fault),
    /// It lets us in and could not be told to stay: it is put back within the delay.
    Expires(Fault),
}

/// Makes a change that takes itself back.
///
/// # Errors
/// It could not be protected; then nothing is changed.
pub async fn protect(
    server: &dyn Host,
    change: &Protected,
    _permit: &Authorized,
    on_stage: &(dyn Fn(Stage) + Sync),
) -> Result<Outcome, Fault> {
    on_stage(Stage::Arming);
    let delay = change.delay.as_secs().max(1);
    let arm = Job::new("arming the way back", scripts::ARM).as_root().operands([
        change.id.clone(),
        delay.to_string(),
        change.snapshot.to_owned(),
        change.undo.to_owned(),
    ]);
    let armed = arm.on(server).await?;
    // Reckoned from here it is never too early.
    let fires = clock::instant() + Duration::from_secs(delay);
    armed.or_fault("arming the way back").map_err(|fault| {
        let message = format!("{}; nothing was changed", fault.message);
        Fault { message, ..fault }
    })?;

    on_stage(Stage::Applying);
    let applied = change.apply.on(server).await;
    let applied = match applied.and_then(|answer| answer.or_fault(change.apply.what)) {
        Ok(answer) => answer,
        Err(fault) if fault.kind.is_link() => {
            // Perhaps half of it is done: that is not kept, whoever is let in.
            let fault = because("the connection was cut while it was changed", fault);
            return Ok(come_back(server, change, fires, fault, on_stage).await);
        }
        Err(fault) => {
            // It says no: there is nothing to wait for.
            let undone = job(change, "putting it back", scripts::UNDO_NOW).on(server).await;
            return Ok(match undone.and_then(|answer| answer.or_fault("putting it back")) {
                Ok(_) => Outcome::Failed(fault),
                Err(undo) => Outcome::Expires(Fault {
                    message: format!("{}; {}", fault.message, undo.message),
                    ..fault
                }),
            });
        }
    };

    on_stage(Stage::Knocking(fires.saturating_duration_since(clock::instant())));
    if let Err(fault) = knock_until(server, fires).await {
        let fault = because("no new connection came up", fault);
        return Ok(come_back(server, change, fires, fault, on_stage).await);
    }
    on_stage(Stage::Disarming);
    match job(change, "disarming the way back", scripts::DISARM).on(server).await {
        Ok(answer) if answer.is_success() => Ok(Outcome::Kept(applied)),
        Ok(answer) if answer.code == Some(scripts::FIRED) => {
            let why = "it let us in too late: it was put back already";
            Ok(Outcome::Undone(Fault::new(FaultKind::Timeout, why).hint("try again with a longer delay")))
        }
        Ok(answer) => Ok(Outcome::Expires(match answer.or_fault("disarming the way back") {
            Ok(_) => Fault::new(FaultKind::Bug, "disarming the way back both failed and did not"),
            Err(fault) => fault,
        })),
        Err(fault) => Ok(Outcome::Expires(fault)),
    }
}

fn job(change: &Protected, what: &'static str, script: &'static str) -> Job {
    Job::new(what, script).as_root().operands([change.id.clone()]).within(UNDOING)
}

fn because(what: &str, fault: Fault) -> Fault {
    Fault { message: format!("{what} ({})", fault.message), ..fault }
}

/// Knocks until somebody opens or the time is over. One attempt is made in any case.
async fn knock_until(server: &dyn Host, end: std::time::Instant) -> Result<(), Fault> {
    loop {
        let left = end.saturating_duration_since(clock::instant()).max(Duration::from_secs(1));
        let silent = || Fault::new(FaultKind::Timeout, "no new connection came up in time");
        let fault = match tokio::time::timeout(left, server.knock()).await.unwrap_or_else(|_| Err(silent())) {
            Ok(()) => return Ok(()),
            Err(fault) => fault,
        };
        // A server that has said no is not asked again: failed logins get people banned.
        if !fault.kind.is_link() || clock::instant() + PAUSE >= end {
            return Err(fault);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until the change has put itself back, and for the server to let us in.
async fn come_back(
    server: &dyn Host,
    change: &Protected,
    fires: std::time::Instant,
    why: Fault,
    on_stage: &(dyn Fn(Stage) + Sync),
) -> Outcome {
    let left = fires.saturating_duration_since(clock::instant());
    on_stage(Stage::Waiting(left));
    tokio::time::sleep(left + Duration::from_secs(1)).await;
    let opened = knock_until(server, clock::instant() + AFTERMATH).await;
    let report = async {
        opened?;
        let report = job(change, "asking whether it was put back", scripts::REPORT);
        report.on(server).await?.or_fault("putting it back")
    };
    match report.await {
        Ok(_) => Outcome::Undone(why),
        Err(fault) => {
            let message = format!(
                "{}; after {} s, when it should have put itself back: {}",
                why.message,
                change.delay.as_secs(),
                fault.message
            );
            let hint = format!(
                "reach the server by another way; /run/pult-undo-{} there tells how it stood",
                change.id
            );
            Outcome::Lost(Fault::new(fault.kind, message).hint(hint))
        }
    }
}

#[cfg(test)]
mod tests;
