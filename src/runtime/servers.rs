//! Servers as the panel uses them: each read in the background, as often as somebody looks.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};

use super::connections;
use super::tasks::Tasks;
use crate::app::Msg;
use crate::backends::server::{Elevate, Host, Prober, Watch, serve, unit, units};
use crate::backends::ssh::Hub;
use crate::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::query::{Answer, Query};
use crate::domain::remote::Remote;
use crate::domain::server::{Pace, Server, ServerAnswer, ServerAsk, ServerQuery};

struct Watched {
    pace: watch::Sender<Pace>,
    retry: Arc<Notify>,
    place: ServerPlace,
    host: Hosted,
}

/// What answers questions about a server and what acts on it.
#[derive(Clone)]
pub struct Hosted {
    prober: Arc<Prober>,
    /// Asks for no password.
    reader: Arc<dyn Host>,
    actor: Arc<dyn Host>,
}

impl Hosted {
    pub fn new(hub: &Hub, endpoint: &ServerEndpoint, read_only: bool) -> Self {
        // A read-only session never becomes more than it is.
        let most = if read_only { SudoUse::Never } else { endpoint.sudo };
        let unasked = if most == SudoUse::Never { SudoUse::Never } else { SudoUse::NoPassword };
        Self {
            prober: Arc::new(Prober::new(connections::shell(hub, endpoint))),
            reader: connections::host(hub, endpoint, unasked),
            actor: connections::host(hub, endpoint, most),
        }
    }

    /// # Errors
    /// Why there is no answer: a link fault, no rights, nothing of that kind there.
    pub async fn ask(&self, what: &ServerAsk) -> Result<ServerAnswer, Fault> {
        Ok(match what {
            ServerAsk::Processes => ServerAnswer::Processes(self.prober.processes().await?),
            ServerAsk::Units => ServerAnswer::Units(units(&*self.reader).await?),
            ServerAsk::Unit(name) => ServerAnswer::Unit(Box::new(unit(&*self.reader, name).await?)),
        })
    }

    pub fn prober(&self) -> &Prober {
        &self.prober
    }

    pub fn reader(&self) -> &dyn Host {
        &*self.reader
    }

    pub fn actor(&self) -> Arc<dyn Host> {
        Arc::clone(&self.actor)
    }
}

/// All servers of the session.
pub struct Servers {
    watched: HashMap<TargetId, Watched>,
    hub: Hub,
    messages: mpsc::Sender<Msg>,
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
            let host = Hosted::new(hub, endpoint, read_only);
            watched.insert(id.clone(), Watched { pace, retry, place: endpoint.place.clone(), host });
            tasks.spawn(format!("states of {id}"), forward(id.clone(), states, messages.clone()));
        }
        Self { watched, hub: hub.clone(), messages: messages.clone() }
    }

    pub fn set_pace(&self, id: &TargetId, pace: Pace) {
        if let Some(watched) = self.watched.get(id) {
            if pace == Pace::Hidden {
                watched.host.prober.rest();
            }
            watched.pace.send_replace(pace);
        }
    }

    /// What acts on a server.
    ///
    /// # Errors
    /// When the target is not one of this session.
    pub fn actor(&self, id: &TargetId) -> Result<Arc<dyn Host>, Fault> {
        self.hosted(id).map(|host| host.actor())
    }

    fn hosted(&self, id: &TargetId) -> Result<Hosted, Fault> {
        let watched = self.watched.get(id);
        watched
            .map(|w| w.host.clone())
            .ok_or_else(|| Fault::new(FaultKind::Gone, format!("{id} is no target of this session")))
    }

    /// Asks in the background; the answer comes as a message.
    pub fn ask(&self, query: ServerQuery, generation: u64, tasks: &mut Tasks) {
        let (host, messages, stop) = (self.hosted(&query.target), self.messages.clone(), tasks.stop());
        tasks.spawn(format!("ask {}", query.target), async move {
            let result = match host {
                Ok(host) => tokio::select! {
                    () = stop.cancelled() => return,
                    answer = host.ask(&query.what) => answer.map(Answer::Server),
                },
                Err(fault) => Err(fault),
            };
            let _ = messages.send(Msg::Answered { query: Query::Server(query), generation, result }).await;
        });
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
