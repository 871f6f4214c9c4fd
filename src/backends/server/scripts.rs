//! Scripts on a server that is known as a [`Host`]: what reads and changes firewalls and bans there.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::dead_man::Knock;
use super::host::{self, Host, Who};
use super::run::{Answer, As, Job, Run};
use crate::backends::argv::Argv;
use crate::domain::fault::Fault;

/// A server for scripts.
#[derive(Clone, Copy)]
pub struct Scripts<'a>(pub &'a dyn Host);

impl Run for Scripts<'_> {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Answer, Fault>> {
        async move {
            let argv = job.operands.iter().fold(Argv::script(job.script), |argv, word| argv.operand(word));
            let who = match job.rights {
                As::Ourselves => Who::Account,
                As::Root => Who::Root,
            };
            let output = self.0.run(host::Run::new(argv).by(who).within(job.deadline)).await?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Ok(Answer {
                code: output.code.and_then(|code| u32::try_from(code).ok()),
                stdout: text(&output.stdout),
                stderr: text(&output.stderr),
            })
        }
        .boxed()
    }
}

impl Knock for Scripts<'_> {
    fn knock(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.0.knock()
    }
}
