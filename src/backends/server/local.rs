//! This machine as a server: no SSH, no login.

use std::ffi::OsStr;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::shell::{Pipe, Shell};
use crate::backends::process::Conversation;
use crate::domain::fault::{Fault, FaultKind};

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
