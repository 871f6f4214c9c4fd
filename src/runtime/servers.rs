//! Servers as the panel uses them: each read in the background, as often as somebody looks.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};

use super::tasks::Tasks;
use crate::app::Msg;
use crate::backends::server::{Elevate, LocalShell, Shell, Watch, serve};
use crate::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::remote::Remote;
use crate::domain::server::{Pace, Server};

struct Watched {
    pace: watch::Sender<Pace>,
    retry: Arc<Notify>,
}

/// All servers of the session.
pub struct Servers {
    watched: HashMap<TargetId, Watched>,
}

impl Servers {
    /// Starts to read every server, seldom until somebody looks.
    pub fn start(
        targets: &[(TargetId, ServerEndpoint)],
        read_only: bool,
        tasks: &mut Tasks,
        messages: &mpsc::Sender<Msg>,
    ) -> Self {
        let mut watched = HashMap::new();
        for (id, endpoint) in targets {
            let (out, states) = watch::channel(Remote::default());
            match shell(endpoint) {
                Ok(shell) => {
                    let (pace, wanted) = watch::channel(Pace::default());
                    let retry = Arc::new(Notify::new());
                    let elevate = elevate(endpoint, read_only);
                    let watch = Watch { shell, elevate, pace: wanted, out, retry: retry.clone() };
                    tasks.spawn(format!("read {id}"), serve(watch, tasks.stop()));
                    watched.insert(id.clone(), Watched { pace, retry });
                }
                Err(fault) => drop(out.send_replace(Remote::default().lost(fault, None))),
            }
            tasks.spawn(format!("states of {id}"), forward(id.clone(), states, messages.clone()));
        }
        Self { watched }
    }

    pub fn set_pace(&self, id: &TargetId, pace: Pace) {
        if let Some(watched) = self.watched.get(id) {
            watched.pace.send_replace(pace);
        }
    }

    /// Tries again now, if the link is lost.
    pub fn retry(&self, id: &TargetId) {
        if let Some(watched) = self.watched.get(id) {
            watched.retry.notify_one();
        }
    }
}

/// Readings may use rights that are free to be had, unless the session or the configuration says no.
pub fn elevate(endpoint: &ServerEndpoint, read_only: bool) -> Elevate {
    if read_only || endpoint.sudo == SudoUse::Never { Elevate::Never } else { Elevate::Probe }
}

/// Where a server's shell runs.
///
/// # Errors
/// When it cannot be reached in the way it is configured.
pub fn shell(endpoint: &ServerEndpoint) -> Result<Arc<dyn Shell>, Fault> {
    match &endpoint.place {
        ServerPlace::Local => Ok(Arc::new(LocalShell)),
        ServerPlace::Ssh(_) => Err(Fault::new(FaultKind::Unsupported, "SSH is not built yet")),
    }
}

/// Hands on the newest state; those in between are skipped while the loop is busy.
async fn forward(id: TargetId, mut from: watch::Receiver<Remote<Server>>, to: mpsc::Sender<Msg>) {
    loop {
        let state = from.borrow_and_update().clone();
        if to.send(Msg::Server(id.clone(), state)).await.is_err() || from.changed().await.is_err() {
            return;
        }
    }
}
