//! Fixed scripts that run on a server to their end, with what they are called in faults: what reads and changes
//! firewalls, bans and the like.
//!
//! A script is written in the source. What comes from outside is handed to it as operands, `$1` and on, and is
//! never part of its text.

use std::time::Duration;

use super::host::{Host, Run, Who};
use crate::backends::argv::Argv;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;

/// A script with its operands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What it does, for faults: `ufw status`.
    pub what: &'static str,
    /// For a POSIX shell.
    pub script: &'static str,
    /// None begins with `-`.
    pub operands: Vec<String>,
    pub who: Who,
    pub deadline: Duration,
}

impl Job {
    pub fn new(what: &'static str, script: &'static str) -> Self {
        let deadline = Duration::from_secs(20);
        Self { what, script, operands: Vec::new(), who: Who::Account, deadline }
    }

    #[must_use]
    pub fn as_root(self) -> Self {
        Self { who: Who::Root, ..self }
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

    /// Runs it on a server to its end.
    ///
    /// # Errors
    /// As [`Host::run`]. A script that fails is no error.
    pub async fn on(&self, host: &dyn Host) -> Result<Answer, Fault> {
        let argv = self.operands.iter().fold(Argv::script(self.script), |argv, word| argv.operand(word));
        let output = host.run(Run::new(argv).by(self.who).within(self.deadline)).await?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Answer { code: output.code, stdout: text(&output.stdout), stderr: text(&output.stderr) })
    }
}

/// How a script ended and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `None` = killed.
    pub code: Option<i32>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::server::LocalHost;
    use crate::domain::endpoint::SudoUse;

    const HERE: LocalHost = LocalHost { sudo: SudoUse::Never };

    #[tokio::test]
    async fn operands_are_no_text_of_the_script() {
        let job =
            Job::new("a test", "printf '%s|' \"$@\"; echo no >&2; exit 3").operands(["$(id)", "a b", "'"]);
        let answer = job.on(&HERE).await.unwrap();
        assert_eq!(
            (answer.code, answer.stdout.trim(), answer.stderr.trim()),
            (Some(3), "$(id)|a b|'|", "no")
        );
        let fault = answer.or_fault("a test").unwrap_err();
        assert_eq!(fault.message, "a test failed (code 3): no");
        let slow = Job::new("a test", "sleep 60").within(Duration::from_millis(50));
        assert_eq!(slow.on(&HERE).await.unwrap_err().kind, FaultKind::Timeout);
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
