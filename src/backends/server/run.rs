//! Fixed scripts that run on a server to their end: the one thing that readings and changes need of it.
//!
//! A script is written in the source. What comes from outside is handed to it as operands, `$1` and on, and is
//! never part of its text.

use std::ffi::OsStr;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::backends::process::{Output, Program};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;

/// No answer to a question is longer, bytes.
const MOST: usize = 16 << 20;

/// With whose rights a script runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum As {
    Ourselves,
    Root,
}

/// A script with its operands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What it does, for faults: `ufw status`.
    pub what: &'static str,
    /// For a POSIX shell.
    pub script: &'static str,
    /// None begins with `-`.
    pub operands: Vec<String>,
    pub rights: As,
    pub deadline: Duration,
}

impl Job {
    pub fn new(what: &'static str, script: &'static str) -> Self {
        let deadline = Duration::from_secs(20);
        Self { what, script, operands: Vec::new(), rights: As::Ourselves, deadline }
    }

    #[must_use]
    pub fn as_root(self) -> Self {
        Self { rights: As::Root, ..self }
    }

    #[must_use]
    pub fn operands(mut self, operands: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.operands.extend(operands.into_iter().map(Into::into));
        self
    }

    #[must_use]
    pub fn within(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }
}

/// How a script ended and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `None` = killed.
    pub code: Option<u32>,
    pub stdout: String,
    pub stderr: String,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }

    /// What it complained about, in one line.
    pub fn complaint(&self) -> String {
        let said = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let line = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        sanitize::line(line, 200).into_owned()
    }

    /// The answer of a script that must not fail.
    ///
    /// # Errors
    /// `Denied` when it says that it takes root, else `Failed` with what it says.
    pub fn or_fault(self, what: &str) -> Result<Self, Fault> {
        if self.is_success() {
            return Ok(self);
        }
        let said = self.complaint();
        let lower = said.to_ascii_lowercase();
        let denied = ["root", "permission", "not permitted", "a password is required"];
        if denied.iter().any(|word| lower.contains(word)) {
            let fault = Fault::new(FaultKind::Denied, format!("{what} takes the rights of root: {said}"));
            return Err(fault.hint("log in as root, or let this account use sudo; sudo = \"nopasswd\" in the [[server]] section asks for nothing"));
        }
        let code = self.code.map_or_else(|| "it was killed".to_owned(), |code| format!("code {code}"));
        Err(Fault::new(FaultKind::Failed, format!("{what} failed ({code}): {said}")))
    }
}

/// Runs scripts on one server.
pub trait Run: Send + Sync {
    /// Runs a script to its end.
    ///
    /// # Errors
    /// It could not be started or did not end in time; `Denied` when nothing leads to the rights of root. A
    /// script that fails is no error.
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Answer, Fault>>;
}

/// Administrators' programs are in sbin, and answers are read by programs.
const SURROUNDINGS: &str = "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; LC_ALL=C; export PATH LC_ALL; s=$1; shift; exec /bin/sh -c \"$s\" sh \"$@\"";

/// This machine.
#[derive(Debug, Clone, Copy)]
pub struct LocalRun {
    /// False in a session that may change nothing, and where the configuration says `sudo = "never"`.
    pub sudo: bool,
}

impl Run for LocalRun {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Answer, Fault>> {
        async move {
            let shell = ["/bin/sh", "-c", SURROUNDINGS, "sh", job.script];
            let sudo: &[&str] = match job.rights == As::Root && self.sudo && !is_root() {
                true => &["sudo", "-n", "--"],
                false => &[],
            };
            let words = sudo.iter().chain(&shell).map(|word| (*word).to_owned());
            let words: Vec<String> = words.chain(job.operands.iter().cloned()).collect();
            let work = ended(&words);
            let ended = tokio::time::timeout(job.deadline, work).await;
            ended.unwrap_or_else(|_| {
                let message =
                    format!("{} did not end within {} s; it was given up", job.what, job.deadline.as_secs());
                Err(Fault::new(FaultKind::Timeout, message)
                    .hint("the machine may be overloaded, or a disk hang"))
            })
        }
        .boxed()
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

async fn ended(words: &[String]) -> Result<Answer, Fault> {
    let (program, arguments) = words.split_first().map_or(("sh", &[][..]), |(first, rest)| (first, rest));
    let failed = |e: std::io::Error| {
        Fault::new(FaultKind::Failed, format!("{program} could not be run on this machine: {e}"))
    };
    let mut program_ = Program::start(OsStr::new(program), arguments, 1 << 20).map_err(failed)?;
    let mut stdout = Vec::new();
    while let Some(output) = program_.next().await.map_err(failed)? {
        if let Output::Line(line) = output
            && stdout.len() + line.len() < MOST
        {
            stdout.extend_from_slice(&line);
            stdout.push(b'\n');
        }
    }
    let (status, stderr) = program_.end_of().await.map_err(failed)?;
    let code = status.code.and_then(|code| u32::try_from(code).ok());
    Ok(Answer { code, stdout: String::from_utf8_lossy(&stdout).into_owned(), stderr })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn operands_are_no_text_of_the_script() {
        let job =
            Job::new("a test", "printf '%s|' \"$@\"; echo no >&2; exit 3").operands(["$(id)", "a b", "'"]);
        let answer = LocalRun { sudo: false }.run(&job).await.unwrap();
        assert_eq!(
            (answer.code, answer.stdout.trim(), answer.stderr.trim()),
            (Some(3), "$(id)|a b|'|", "no")
        );
        let fault = answer.or_fault("a test").unwrap_err();
        assert_eq!(fault.message, "a test failed (code 3): no");
        let slow = Job::new("a test", "sleep 60").within(Duration::from_millis(50));
        assert_eq!(LocalRun { sudo: false }.run(&slow).await.unwrap_err().kind, FaultKind::Timeout);
    }

    #[test]
    fn what_takes_root_is_denied() {
        let answer = Answer {
            code: Some(1),
            stdout: String::new(),
            stderr: "ERROR: You need to be root to run this script\n".into(),
        };
        assert_eq!(answer.or_fault("ufw status").unwrap_err().kind, FaultKind::Denied);
    }
}
