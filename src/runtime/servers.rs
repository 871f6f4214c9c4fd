//! Servers as the panel uses them: each read in the background, as often as somebody looks.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};

use super::connections;
use super::tasks::Tasks;
use crate::app::Msg;
use crate::backends::server::{Elevate, Watch, serve};
use crate::backends::ssh::Hub;
use crate::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use crate::domain::ids::TargetId;
use crate::domain::remote::Remote;
use crate::domain::server::{Pace, Server};

struct Watched {
    pace: watch::Sender<Pace>,
    retry: Arc<Notify>,
    place: ServerPlace,
}

/// All servers of the session.
pub struct Servers {
    watched: HashMap<TargetId, Watched>,
    hub: Hub,
}

impl Servers {
    /// Starts to read every server, seldom until somebody looks.
    pub fn start(
        targets: &[(TargetId, ServerEndpoint)],
        read_only: bool,
        hub: &Hub,
        tasks: &mut Tasks,
        messages: &mpsc::Sender<Msg>,
    ) -> Self {
        let mut watched = HashMap::new();
        for (id, endpoint) in targets {
            let (out, states) = watch::channel(Remote::default());
            let (pace, wanted) = watch::channel(Pace::default());
            let retry = Arc::new(Notify::new());
            let watch = Watch {
                shell: connections::shell(hub, endpoint),
                elevate: elevate(endpoint, read_only),
                pace: wanted,
                out,
                retry: retry.clone(),
            };
            tasks.spawn(format!("read {id}"), serve(watch, tasks.stop()));
            watched.insert(id.clone(), Watched { pace, retry, place: endpoint.place.clone() });
            tasks.spawn(format!("states of {id}"), forward(id.clone(), states, messages.clone()));
        }
        Self { watched, hub: hub.clone() }
    }

    pub fn set_pace(&self, id: &TargetId, pace: Pace) {
        if let Some(watched) = self.watched.get(id) {
            watched.pace.send_replace(pace);
        }
    }

    /// Tries again now, if the link is lost.
    pub fn retry(&self, id: &TargetId) {
        if let Some(watched) = self.watched.get(id) {
            if let ServerPlace::Ssh(target) = &watched.place {
                self.hub.retry(target);
            }
            watched.retry.notify_one();
        }
    }
}

/// Readings may use rights that are free to be had, unless the session or the configuration says no.
pub fn elevate(endpoint: &ServerEndpoint, read_only: bool) -> Elevate {
    if read_only || endpoint.sudo == SudoUse::Never { Elevate::Never } else { Elevate::Probe }
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
