//! Asks what a check wants to know, from where its server is: connections go through the one to it, and programs
//! run on it, so that nothing has to be open to us and nothing has to be installed there.
//!
//! A failure counts against what was asked only when the server itself still answers; what is missing there, and
//! what it does not permit, makes the answer unknown, with what helps.

mod command;
mod counts;
mod files;
mod http;
mod names;
mod script;
mod tls;

use std::time::Duration;

use super::host::{Host, Run};
use crate::backends::argv::Argv;
use crate::domain::check::{Check, Outcome, Probe, Verdict};
use crate::domain::fault::{Fault, FaultKind};

/// A server that runs nothing within this time tells nothing of others.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// Asks once, within the time that the check allows.
pub async fn check(host: &dyn Host, check: &Check) -> Outcome {
    let answer = tokio::time::timeout(check.timeout, ask(host, check)).await;
    let answer = answer.unwrap_or_else(|_| Err(script::late(check.timeout)));
    let outcome = match answer {
        Ok(outcome) => outcome,
        Err(fault) if matches!(fault.kind, FaultKind::Denied | FaultKind::Unsupported | FaultKind::Bug) => {
            Outcome::of_fault(Verdict::Unknown, fault)
        }
        Err(fault) if lives(host).await => Outcome::of_fault(Verdict::Failed, fault),
        Err(fault) if fault.kind == FaultKind::Timeout => {
            Outcome::unknown("the server that asks does not answer")
                .hint("it may be overloaded, or the way to it is")
        }
        Err(fault) => Outcome::of_fault(Verdict::Unknown, fault),
    };
    check.judge(outcome)
}

async fn ask(host: &dyn Host, check: &Check) -> Result<Outcome, Fault> {
    let limit = check.timeout;
    match &check.probe {
        Probe::Http(probe) => http::ask(host, probe, limit).await,
        Probe::Tcp { host: name, port } => names::tcp(host, name, *port, limit).await,
        Probe::Dns { name, address } => names::dns(host, name, *address, limit).await,
        Probe::Ping { host: name } => names::ping(host, name, limit).await,
        Probe::Command(words) => command::ask(host, words, limit).await,
        Probe::File(probe) => files::file(host, probe, limit).await,
        Probe::Directory { path, max_size } => files::directory(host, path, *max_size, limit).await,
        Probe::MailQueue { most } => counts::mail_queue(host, *most, limit).await,
        Probe::Processes { name, at_least, at_most } => {
            counts::processes(host, name, *at_least, *at_most, limit).await
        }
    }
}

/// The server does something that cannot fail.
async fn lives(host: &dyn Host) -> bool {
    let run = host.run(Run::new(Argv::new("true")).within(SIGN_OF_LIFE));
    tokio::time::timeout(SIGN_OF_LIFE, run).await.is_ok_and(|ran| ran.is_ok())
}

#[cfg(test)]
mod tests;
