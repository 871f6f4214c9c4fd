//! Requests of the script that are made only while somebody looks: one more shell, kept from one request to
//! the next, and ended when nobody looks any more.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::elevate::Elevate;
use super::parse;
use super::script::Request;
use super::shell::Shell;
use super::talk::{DEADLINE, Talk};
use crate::domain::fault::Fault;
use crate::domain::server::ProcessList;

/// Between two readings where only one is wanted: there are no shares before the second.
const APART: Duration = Duration::from_millis(500);

/// Asks one server.
pub struct Prober {
    shell: Arc<dyn Shell>,
    talk: Mutex<Option<Talk>>,
}

impl Prober {
    pub fn new(shell: Arc<dyn Shell>) -> Self {
        Self { shell, talk: Mutex::new(None) }
    }

    /// All processes. Shares of the processor come of two of these.
    ///
    /// # Errors
    /// The server cannot be reached or does not answer.
    pub async fn processes(&self) -> Result<ProcessList, Fault> {
        Ok(parse::processes(&self.ask(Request::Processes).await?))
    }

    /// All processes with their shares over half a second.
    ///
    /// # Errors
    /// As [`Self::processes`].
    pub async fn processes_measured(&self) -> Result<ProcessList, Fault> {
        let before = self.processes().await?;
        tokio::time::sleep(APART).await;
        Ok(self.processes().await?.since(&before))
    }

    /// Nobody looks: the shell ends.
    pub fn rest(&self) {
        // One that answers right now goes on to the next rest.
        if let Ok(mut talk) = self.talk.try_lock() {
            *talk = None;
        }
    }

    async fn ask(&self, request: Request) -> Result<String, Fault> {
        let mut kept = self.talk.lock().await;
        // Taken out while it is used: what is dropped half-way must not be used again.
        if let Some(mut talk) = kept.take()
            && let Ok(answer) = talk.ask(request, DEADLINE).await
        {
            *kept = Some(talk);
            return Ok(answer);
        }
        let mut talk = Talk::begin(&*self.shell, Elevate::Never).await?;
        let answer = talk.ask(request, DEADLINE).await?;
        *kept = Some(talk);
        Ok(answer)
    }
}
