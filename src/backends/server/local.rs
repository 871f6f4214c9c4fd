//! This machine as a server: no SSH, no login.

use std::ffi::OsStr;
use std::io;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::net::TcpStream;

use super::host::{Host, Output, Run, Who, never_root, no_unasked_root};
use super::shell::{Pipe, Shell};
use crate::backends::argv::Argv;
use crate::backends::process::{self, Conversation};
use crate::domain::endpoint::SudoUse;
use crate::domain::fault::{Fault, FaultKind};

/// Time for a connection.
const DIALLING: Duration = Duration::from_secs(10);

/// The shell of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalShell;

impl Shell for LocalShell {
    fn start(&self, script: String) -> BoxFuture<'_, Result<Box<dyn Pipe>, Fault>> {
        async move {
            match Conversation::start(OsStr::new("/bin/sh"), &["-c".to_owned(), script]) {
                Ok(pipe) => Ok(Box::new(pipe) as Box<dyn Pipe>),
                Err(e) => {
                    Err(Fault::new(FaultKind::Unreachable, format!("/bin/sh could not be started: {e}")))
                }
            }
        }
        .boxed()
    }
}

/// Commands on this machine.
#[derive(Debug, Clone, Copy)]
pub struct LocalHost {
    pub sudo: SudoUse,
}

impl Host for LocalHost {
    fn run(&self, run: Run) -> BoxFuture<'_, Result<Output, Fault>> {
        async move {
            let argv = match run.who {
                Who::Account => run.argv,
                Who::Root if rustix::process::geteuid().is_root() => run.argv,
                Who::Root if self.sudo == SudoUse::Never => return Err(never_root()),
                Who::Root => {
                    let probe = Run::new(Argv::new("sudo").args(["-n", "true"]));
                    let free = finish(&probe.argv, &probe).await.is_ok_and(|output| output.is_success());
                    if !free && self.sudo == SudoUse::NoPassword {
                        return Err(no_unasked_root());
                    }
                    if !free {
                        return Err(Fault::new(FaultKind::Denied, "sudo wants a password on this machine")
                            .hint("type `sudo -v` in this terminal first, or run pult as root"));
                    }
                    run.argv.clone().under(&["sudo", "-n", "--"])
                }
            };
            let run = Run { argv: argv.clone(), ..run };
            finish(&argv, &run).await
        }
        .boxed()
    }

    fn dial<'a>(&'a self, name: &'a str, port: u16) -> BoxFuture<'a, Result<Box<dyn Pipe>, Fault>> {
        async move {
            match tokio::time::timeout(DIALLING, TcpStream::connect((name, port))).await {
                Ok(Ok(stream)) => Ok(Box::new(stream) as Box<dyn Pipe>),
                Ok(Err(e)) => Err(Fault::new(FaultKind::Unreachable, format!("{name} port {port}: {e}"))),
                Err(_) => Err(Fault::new(FaultKind::Timeout, format!("{name} port {port} does not answer"))),
            }
        }
        .boxed()
    }
}

async fn finish(argv: &Argv, run: &Run) -> Result<Output, Fault> {
    let what = argv.program().to_owned();
    let ran = process::run(argv.words()?, &run.input);
    match tokio::time::timeout(run.deadline, ran).await {
        Ok(Ok(ended)) => Ok(Output { code: ended.status.code(), stdout: ended.stdout, stderr: ended.stderr }),
        // As a shell says it, so that it reads the same here and over there.
        Ok(Err(e)) if e.kind() == io::ErrorKind::NotFound => {
            Ok(Output { code: Some(127), stdout: vec![], stderr: format!("{what}: not found").into_bytes() })
        }
        Ok(Err(e)) => Err(Fault::new(FaultKind::Failed, format!("{what} could not be run: {e}"))),
        Err(_) => {
            let message = format!("{what} did not end within {} s; it was given up", run.deadline.as_secs());
            Err(Fault::new(FaultKind::Timeout, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: LocalHost = LocalHost { sudo: SudoUse::Never };

    #[tokio::test]
    async fn input_output_and_exit_code() {
        let argv = Argv::script("cat; echo \"$1\" >&2; exit 7").operand("a b");
        let output = HERE.run(Run::new(argv).input(b"x\0y".to_vec())).await.unwrap();
        let wanted = Output { code: Some(7), stdout: b"x\0y".to_vec(), stderr: b"a b\n".to_vec() };
        assert_eq!(output, wanted);
        assert_eq!(HERE.run(Run::new(Argv::new("no-such-program"))).await.unwrap().code, Some(127));
    }

    #[tokio::test]
    async fn what_hangs_is_given_up() {
        let run = Run::new(Argv::new("sleep").arg("100")).within(Duration::from_millis(50));
        assert_eq!(HERE.run(run).await.unwrap_err().kind, FaultKind::Timeout);
    }

    #[tokio::test]
    async fn a_flood_is_cut_off_at_its_end() {
        let run = Run::new(Argv::script("head -c 30000000 /dev/zero; echo end >&2"));
        let output = HERE.run(run).await.unwrap();
        assert!(output.stdout.len() <= process::MOST && output.stderr == b"end\n");
    }
}
