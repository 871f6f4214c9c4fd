//! Asks `journalctl`: what is asked in arguments, entries one by one, and what its complaints mean.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::SignedDuration;

use super::entry::{self, Entry, FIELDS, MAX_ENTRY};
use crate::backends::process::{Output, Program};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;

/// Where journalctl runs.
pub trait Machine: Send + Sync + 'static {
    /// Asks it; of its lines those up to so many bytes are read.
    ///
    /// # Errors
    /// `Unsupported` without the program, `Failed` when it cannot be started, and every link fault.
    fn ask(&self, arguments: Vec<String>, max_line: usize) -> BoxFuture<'_, Result<Program, Fault>>;

    /// journalctl complains within this time, or it works.
    fn complains_within(&self) -> Duration {
        Duration::from_millis(300)
    }

    /// What a reader should know: that the account sees only a part. journalctl does not always say it.
    fn remark(&self) -> BoxFuture<'_, Option<String>> {
        Box::pin(async { None })
    }

    /// How much its clock is ahead of ours, if it is certain that it is, or behind.
    fn ahead(&self) -> BoxFuture<'_, Option<SignedDuration>> {
        Box::pin(async { None })
    }
}

/// This machine.
pub(super) struct Here {
    pub program: OsString,
}

impl Machine for Here {
    fn ask(&self, arguments: Vec<String>, max_line: usize) -> BoxFuture<'_, Result<Program, Fault>> {
        let started = match Program::start(&self.program, &arguments, max_line) {
            Ok(program) => Ok(program),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(none()),
            Err(e) => Err(Fault::new(FaultKind::Failed, format!("journalctl cannot be started: {e}"))),
        };
        Box::pin(async move { started })
    }
}

fn none() -> Fault {
    Fault::new(FaultKind::Unsupported, "there is no journalctl, so there is no journal to be read")
        .hint("without systemd logs are files: read them with `file/PATH`")
}

/// How to ask for a journal.
#[derive(Clone)]
pub(super) struct Journalctl {
    machine: Arc<dyn Machine>,
    /// Which journal: of the whole machine without any.
    choice: Vec<String>,
}

/// What an answer brings.
#[derive(Debug)]
pub(super) enum Answer {
    Entry(Entry),
    /// One that is too long or no entry; in bytes.
    Unreadable(u64),
    /// Something that a reader should know; the answer goes on.
    Remark(String),
}

/// An answer that is coming.
pub(super) struct Answers {
    program: Program,
    remarked: bool,
}

impl Journalctl {
    /// Asks it there; `more` are arguments for every question, for example where the journal is.
    pub fn new(machine: Arc<dyn Machine>, unit: Option<&Arc<str>>, more: Vec<String>) -> Self {
        let choice = unit.map(|unit| format!("--unit={unit}"));
        Self { machine, choice: choice.into_iter().chain(more).collect() }
    }

    pub fn complains_within(&self) -> Duration {
        self.machine.complains_within()
    }

    pub async fn remark(&self) -> Option<String> {
        self.machine.remark().await
    }

    pub async fn ahead(&self) -> Option<SignedDuration> {
        self.machine.ahead().await
    }

    /// # Errors
    /// As [`Machine::ask`].
    pub async fn ask(&self, arguments: Vec<String>) -> Result<Answers, Fault> {
        let common = [
            "--output=json".into(),
            "--no-pager".into(),
            "--all".into(),
            format!("--output-fields={FIELDS}"),
        ];
        let arguments: Vec<String> =
            common.into_iter().chain(self.choice.iter().cloned()).chain(arguments).collect();
        let program = self.machine.ask(arguments, MAX_ENTRY).await?;
        Ok(Answers { program, remarked: false })
    }
}

impl Answers {
    /// What comes next; `None` at the end of the answer.
    ///
    /// # Errors
    /// What [`fault`] makes of its complaints.
    pub async fn next(&mut self) -> Result<Option<Answer>, Fault> {
        loop {
            match self.program.next().await.map_err(broken)? {
                Some(Output::Line(line)) if line.is_empty() => {}
                Some(Output::Line(line)) => {
                    let length = line.len() as u64;
                    return Ok(Some(entry::parse(&line).map_or(Answer::Unreadable(length), Answer::Entry)));
                }
                Some(Output::TooLong(length)) => return Ok(Some(Answer::Unreadable(length))),
                Some(Output::Complaint) => {
                    if let Some(fault) = fault(&self.program.complaint()) {
                        return Err(fault);
                    }
                    let is_partial =
                        self.program.complaint().contains("not seeing messages from other users");
                    if is_partial && !std::mem::replace(&mut self.remarked, true) {
                        return Ok(Some(Answer::Remark(
                            "only what your own user wrote: for all of the journal run `sudo usermod -aG \
                             systemd-journal $USER`, then log in again"
                                .into(),
                        )));
                    }
                }
                None => return Ok(None),
            }
        }
    }

    /// The next entry is here already.
    pub fn has_next(&self) -> bool {
        self.program.has_line()
    }

    /// How it ended.
    ///
    /// # Errors
    /// What [`fault`] makes of its complaints, and `Failed` of others when it failed.
    pub async fn end(self) -> Result<(), Fault> {
        let (status, complaint) = self.program.end_of().await.map_err(broken)?;
        match fault(&complaint) {
            Some(fault) => Err(fault),
            None if status.is_success() => Ok(()),
            None if complaint.trim().is_empty() => Err(failed(&status.words)),
            None => Err(failed(&complaint)),
        }
    }
}

/// What broke it off: of a connection its own fault.
fn broken(e: io::Error) -> Fault {
    match e.get_ref().and_then(|inner| inner.downcast_ref::<Fault>()) {
        Some(fault) => fault.clone(),
        None => failed(&e.to_string()),
    }
}

fn failed(why: &str) -> Fault {
    Fault::new(FaultKind::Failed, format!("journalctl failed: {}", sanitize::line(why.trim(), 300)))
}

/// What a complaint means that says that there will be nothing.
fn fault(complaint: &str) -> Option<Fault> {
    if complaint.contains("insufficient permissions") || complaint.contains("Permission denied") {
        return Some(
            Fault::new(FaultKind::Denied, "no permission to read the journal")
                .hint("run `sudo usermod -aG systemd-journal $USER`, then log in again"),
        );
    }
    if complaint.contains("journalctl: not found") || complaint.contains("journalctl: command not found") {
        return Some(none());
    }
    complaint.contains("No journal files were found").then(|| {
        Fault::new(FaultKind::Gone, "there is no journal").hint(
            "a container has none of its own: read the journal where the container runs, or a `file/PATH`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_mean_something() {
        let kind = |complaint: &str| fault(complaint).map(|fault| fault.kind);
        assert_eq!(kind("No journal files were found."), Some(FaultKind::Gone));
        assert_eq!(
            kind("No journal files were opened due to insufficient permissions."),
            Some(FaultKind::Denied)
        );
        assert_eq!(
            kind("Hint: You are currently not seeing messages from other users and the system."),
            None
        );
    }

    #[tokio::test]
    async fn a_program_that_is_not_there() {
        let machine = Arc::new(Here { program: "/nowhere/journalctl".into() });
        let journal = Journalctl::new(machine, None, Vec::new());
        assert_eq!(journal.ask(Vec::new()).await.err().unwrap().kind, FaultKind::Unsupported);
    }
}
