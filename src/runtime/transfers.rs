//! Copies between this machine and servers: one after the other for each server, over the connection for what moves
//! much, so that whatever is measured or asked meanwhile does not wait behind them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc;

use super::servers::Servers;
use super::{remote_host, remote_sftp};
use crate::app::{JobId, Msg};
use crate::backends::argv::Argv;
use crate::backends::clock;
use crate::backends::server::Output;
use crate::backends::sftp::Sftp;
use crate::backends::ssh::{Connection, Hub};
use crate::backends::transfer::{self, Far};
use crate::domain::endpoint::ServerPlace;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::remote::Link;
use crate::domain::server::transfer::{Meter, Progress, Stage, Underway};
use crate::domain::server::{Transfer, transfer::Way};
use crate::domain::ssh_target::SshTarget;
use crate::gate::Authorized;

/// Between two messages about one copy.
const PACE: Duration = Duration::from_millis(250);

/// The turns of each server.
#[derive(Default)]
pub struct Transfers(HashMap<TargetId, Arc<tokio::sync::Mutex<()>>>);

impl Transfers {
    /// What copies from and to a server.
    ///
    /// # Errors
    /// It is no server of this session, or this machine itself.
    pub fn carrier(&mut self, target: &TargetId, servers: &Servers) -> Result<Carrier, Fault> {
        match servers.place(target)? {
            ServerPlace::Ssh(place) => {
                let turns = Arc::clone(self.0.entry(target.clone()).or_default());
                Ok(Carrier::new(RemoteFiles { hub: servers.hub(), target: place }, turns))
            }
            ServerPlace::Local => {
                let message = format!("{target} is this machine: there is nothing to carry");
                Err(Fault::new(FaultKind::Unsupported, message).hint("copy it in a shell"))
            }
        }
    }
}

/// What copies from and to one server.
#[derive(Clone)]
pub struct Carrier {
    far: RemoteFiles,
    turns: Arc<tokio::sync::Mutex<()>>,
}

impl Carrier {
    pub fn new(far: RemoteFiles, turns: Arc<tokio::sync::Mutex<()>>) -> Self {
        Self { far, turns }
    }

    /// Waits for its turn and copies; what happened in a few words.
    ///
    /// # Errors
    /// As [`transfer::carry`].
    pub async fn carry(
        &self,
        authorized: Authorized,
        on_progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<String, Fault> {
        on_progress(Progress { stage: Stage::Queued, ..Progress::default() });
        // Turns are given in the order in which they were asked for.
        let _turn = self.turns.lock().await;
        transfer::carry(&self.far, authorized, on_progress).await
    }
}

/// The files of a server behind SSH.
#[derive(Clone)]
pub struct RemoteFiles {
    pub hub: Hub,
    pub target: SshTarget,
}

impl Far for RemoteFiles {
    fn name(&self) -> String {
        self.target.to_string()
    }

    fn sftp(&self) -> BoxFuture<'_, Result<Sftp, Fault>> {
        async {
            let connection = self.hub.bulk(&self.target).await?;
            remote_sftp::open(&connection, &self.target, false).await
        }
        .boxed()
    }

    fn run(&self, argv: Argv, deadline: Duration) -> BoxFuture<'_, Result<Output, Fault>> {
        async move {
            let output = self.hub.bulk(&self.target).await?.exec(&argv, deadline).await?;
            remote_host::whole(&self.target, &argv, output)
        }
        .boxed()
    }

    fn back(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async {
            // The second connection stands beside the first one, and is not to be had before that one is up.
            let first = self.hub.connection(&self.target).await?;
            loop {
                self.up(&first).await?;
                match self.hub.bulk(&self.target).await {
                    Ok(second) => return self.up(&second).await,
                    Err(fault) if fault.kind.is_link() && !first.link().is_live() => {}
                    Err(fault) => return Err(fault),
                }
            }
        }
        .boxed()
    }
}

impl RemoteFiles {
    /// Waits until a connection is up.
    ///
    /// # Errors
    /// Nobody tries by himself any more.
    async fn up(&self, connection: &Connection) -> Result<(), Fault> {
        let mut links = Box::pin(connection.links());
        while let Some(link) = links.next().await {
            match link {
                Link::Live => return Ok(()),
                Link::Lost { fault, retry_at: None } => return Err(fault),
                _ => {}
            }
        }
        Err(Fault::new(FaultKind::Unreachable, format!("{}: the connection was closed", self.target)))
    }
}

/// Tells the panel how far a copy is, not more often than somebody can read.
pub struct Teller {
    job: JobId,
    id: u64,
    target: TargetId,
    way: Way,
    name: String,
    began: Instant,
    messages: mpsc::Sender<Msg>,
    state: Mutex<(Meter, Option<(Instant, Stage)>)>,
}

impl Teller {
    pub fn new(job: JobId, id: u64, transfer: &Transfer, messages: mpsc::Sender<Msg>) -> Self {
        Self {
            job,
            id,
            target: transfer.target.clone(),
            way: transfer.way,
            name: transfer.name.clone(),
            began: clock::instant(),
            messages,
            state: Mutex::default(),
        }
    }

    pub fn tell(&self, progress: Progress) {
        let now = clock::instant();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (meter, last) = &mut *state;
        if last.is_some_and(|(at, stage)| stage == progress.stage && now.duration_since(at) < PACE) {
            return;
        }
        *last = Some((now, progress.stage));
        match progress.stage {
            Stage::Moving => meter.take(now.duration_since(self.began).as_secs_f64(), progress.done_bytes),
            _ => meter.forget(),
        }
        let underway = Underway {
            id: self.id,
            job: self.job,
            target: self.target.clone(),
            way: self.way,
            name: self.name.clone(),
            progress,
            bytes_per_s: meter.bytes_per_s(),
        };
        // Nobody waits for that: when the loop is busy, the next one will tell.
        let _ = self.messages.try_send(Msg::Transfer(underway));
    }
}
