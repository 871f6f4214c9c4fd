//! What runs one command to its end on a server, here or behind an SSH connection.
//!
//! Views and actions ask through it and know nothing of connections and passwords. How much more than its own
//! rights an account may use is the host's own affair: it was made for reading or for acting.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::shell::Pipe;
use crate::backends::argv::Argv;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::server::lockout::Onward;

/// Time for a command that says nothing else.
const DEADLINE: Duration = Duration::from_secs(20);
/// Characters of a complaint that are told.
const TOLD: usize = 400;

/// One server.
pub trait Host: Send + Sync + 'static {
    /// Runs a command to its end.
    ///
    /// # Errors
    /// The server cannot be reached, the command did not end in time, or may not be run with these rights
    /// (`Denied`). A command that fails is no error: see [`Output::code`].
    fn run(&self, run: Run) -> BoxFuture<'_, Result<Output, Fault>>;

    /// Makes a fresh connection by the same path, and closes it. Nobody can be kept out of where he sits.
    ///
    /// # Errors
    /// Why it does not come up.
    fn knock(&self) -> BoxFuture<'_, Result<(), Fault>> {
        std::future::ready(Ok(())).boxed()
    }

    /// The servers that are reached through this one.
    fn onward(&self) -> BoxFuture<'_, Vec<Onward>> {
        std::future::ready(Vec::new()).boxed()
    }

    /// A connection to a port, as the server itself would make it: names are those that it knows.
    ///
    /// # Errors
    /// Nobody listens, or the server forwards nothing.
    fn dial<'a>(&'a self, name: &'a str, port: u16) -> BoxFuture<'a, Result<Box<dyn Pipe>, Fault>> {
        let fault =
            Fault::new(FaultKind::Unsupported, format!("{name} port {port} cannot be dialled from here"));
        std::future::ready(Err(fault)).boxed()
    }
}

/// With whose rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The account that logs in.
    Account,
    Root,
}

/// A command to run.
#[derive(Debug, Clone)]
pub struct Run {
    pub argv: Argv,
    pub who: Who,
    /// What it reads; then its input ends.
    pub input: Vec<u8>,
    pub deadline: Duration,
}

impl Run {
    pub fn new(argv: Argv) -> Self {
        Self { argv, who: Who::Account, input: Vec::new(), deadline: DEADLINE }
    }

    #[must_use]
    pub fn by(mut self, who: Who) -> Self {
        self.who = who;
        self
    }

    #[must_use]
    pub fn input(mut self, input: Vec<u8>) -> Self {
        self.input = input;
        self
    }

    #[must_use]
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

/// What a command said and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// `None` = killed by a signal, or lost.
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Output {
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }

    /// What it printed; bytes that are no text are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// What it complained about, in one harmless line.
    pub fn complaint(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        let words: Vec<&str> = text.split_whitespace().collect();
        sanitize::line(&words.join(" "), TOLD).into_owned()
    }
}

/// Why nothing may be done as root there.
pub fn never_root() -> Fault {
    Fault::new(FaultKind::Denied, "this takes the rights of root, which are not used here").hint(
        "a read-only session never uses them, nor does a server with sudo = \"never\" in the configuration",
    )
}

/// Why a reading may not be made as root.
pub fn no_unasked_root() -> Fault {
    Fault::new(FaultKind::Denied, "sudo there wants a password, and readings ask for none").hint(
        "log in as root, or permit it in sudoers: `USER ALL=(root) NOPASSWD: COMMAND`, checked by `visudo -c`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_one_harmless_line() {
        let output = Output { code: Some(1), stdout: vec![], stderr: b"no\n  such \x1b[31mthing\n".to_vec() };
        assert!(!output.complaint().contains(['\n', '\x1b']) && output.complaint().starts_with("no such"));
    }
}
