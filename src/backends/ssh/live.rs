//! One connection that is up.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use russh::client::Handle;
use tokio::sync::OnceCell;

use super::budget::Budget;
use super::cause::Cause;
use super::config::HostConfig;
use super::gatekeeper::{Gatekeeper, Shared};
use super::rights::Found;
use super::spawn::Spawn;
use crate::domain::fault::{Fault, FaultKind};

/// A connection after its login.
pub(super) struct Live {
    /// As people call it: `web1`.
    pub name: String,
    /// Where it is: `10.0.0.5:22`.
    pub place: String,
    pub config: Arc<HostConfig>,
    pub handle: Handle<Gatekeeper>,
    pub shared: Arc<Shared>,
    pub budget: Arc<Budget>,
    pub spawn: Spawn,
    /// What we may do there, once somebody wants to know.
    pub rights: OnceCell<Found>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Live({} at {})", self.name, self.place)
    }
}

impl Live {
    pub fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }

    /// What the server said before the login.
    pub fn banner(&self) -> String {
        self.shared.banner.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the end and says why.
    pub async fn ended(&self) -> Cause {
        let mut ended = self.shared.ended.subscribe();
        let cause = ended.wait_for(Option::is_some).await.ok().and_then(|cause| cause.clone());
        cause.unwrap_or_else(|| Cause::Network("it hung up".into()))
    }

    /// Why it is no more.
    pub fn fault(&self) -> Fault {
        let cause = self.shared.ended.borrow().clone();
        self.lost(&cause.unwrap_or_else(|| Cause::Network("it hung up".into())))
    }

    pub fn lost(&self, cause: &Cause) -> Fault {
        cause.fault(&self.name, &self.place)
    }

    /// Something ran there, and the connection went before it said how it ended.
    pub fn lost_track(&self) -> Fault {
        let why =
            if self.is_closed() { self.fault().message } else { format!("{}: its session ended", self.name) };
        Fault::new(FaultKind::Lost, why)
            .hint("how what ran there ended is not known: look there before you repeat it")
    }

    pub fn silent(&self, during: &str, after: Duration) -> Fault {
        let message = format!("{}: no answer within {} s to {during}", self.name, after.as_secs());
        Fault::new(FaultKind::Timeout, message).hint("the server may be overloaded, or the network slow")
    }
}
