//! A shell outside of the panel: the system's own ssh or docker, or the login shell, on the whole terminal. What
//! it says goes to the terminal as it would without pult.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};

use super::terminal;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::mutation::Mutation;
use crate::domain::terminal::End;
use crate::gate::Authorized;

/// Where those wait who want the terminal.
pub type Door = mpsc::Sender<Visit>;

/// What wants the terminal, and whoever waits for its end.
pub struct Visit {
    authorized: Authorized,
    ended: oneshot::Sender<Result<End, Fault>>,
}

impl Visit {
    /// Takes the terminal when it is free, and tells how it ended.
    ///
    /// # Errors
    /// It did not begin.
    pub async fn make(door: &Door, authorized: Authorized) -> Result<End, Fault> {
        let (ended, end) = oneshot::channel();
        // When nobody opens any more, pult ends.
        let _gone = door.send(Self { authorized, ended }).await;
        end.await.unwrap_or(Ok(End::HungUp))
    }

    /// It cannot have the terminal now.
    pub fn turn_away(self, fault: Fault) {
        let _unheard = self.ended.send(Err(fault));
    }

    /// Starts it on the terminal, which has to be given back before. `None` when it did not begin; why is told.
    pub fn start(self) -> Option<Visitor> {
        match spawn(&self.authorized) {
            Ok(child) => Some(Visitor { child, ended: self.ended }),
            Err(fault) => {
                self.turn_away(fault);
                None
            }
        }
    }
}

fn spawn(authorized: &Authorized) -> Result<Child, Fault> {
    let Mutation::Shell(open) = authorized.mutation() else {
        let what = authorized.mutation().summary();
        return Err(Fault::new(FaultKind::Bug, format!("{what}: this opens no shell")));
    };
    let here = std::env::var("SHELL").ok().filter(|shell| shell.starts_with('/'));
    let argv = open.argv(here.as_deref().unwrap_or("/bin/sh"));
    let argv = argv.map_err(|why| Fault::new(FaultKind::Failed, why))?;
    let Some((program, words)) = argv.split_first() else {
        return Err(Fault::new(FaultKind::Bug, "there is no client for this"));
    };
    terminal::say(&format!("{}; its end brings you back", open.equivalent()));
    #[expect(clippy::disallowed_methods, reason = "the person's own client, on the person's terminal")]
    let child = Command::new(program).args(words).kill_on_drop(true).spawn();
    child.map_err(|e| absent(program, &e))
}

fn absent(program: &str, e: &io::Error) -> Fault {
    if e.kind() != io::ErrorKind::NotFound {
        return Fault::new(FaultKind::Failed, format!("`{program}` could not be started: {e}"));
    }
    Fault::new(FaultKind::Failed, format!("there is no `{program}` here")).hint(match program {
        "ssh" => "install OpenSSH's client (openssh-client, openssh-clients); ! needs none",
        "docker" => "install its client (docker-cli, docker-ce-cli); ! needs none",
        _ => "SHELL in the environment says which one is started",
    })
}

/// A program that has the terminal.
pub struct Visitor {
    child: Child,
    ended: oneshot::Sender<Result<End, Fault>>,
}

impl Visitor {
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    pub fn end(self, status: &io::Result<ExitStatus>) {
        let end = match status {
            Ok(status) => match (status.code(), status.signal()) {
                (Some(code), _) => End::Code(code),
                (None, Some(number)) => End::Signal(number.to_string()),
                (None, None) => End::Unknown,
            },
            Err(_) => End::Unknown,
        };
        let _unheard = self.ended.send(Ok(end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_is_not_there_is_named_with_what_to_install() {
        let gone = io::Error::from(io::ErrorKind::NotFound);
        for (program, hint) in [("ssh", "openssh-client"), ("docker", "docker-cli"), ("/bin/x", "SHELL")] {
            let fault = absent(program, &gone);
            assert!(fault.message.contains(program) && fault.in_full().contains(hint), "{fault:?}");
        }
        assert_eq!(absent("ssh", &io::Error::from(io::ErrorKind::PermissionDenied)).hint, None);
    }
}
