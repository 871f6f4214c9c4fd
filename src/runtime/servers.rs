//! Servers as the panel uses them: each read in the background, as often as somebody looks. Those that are only
//! listed are dialled when a person opens them.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::connections;
use super::tasks::Tasks;
use crate::app::Msg;
use crate::backends::server::{Elevate, Watch, serve};
use crate::backends::ssh::Hub;
use crate::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use crate::domain::ids::TargetId;
use crate::domain::remote::{Link, Remote};
use crate::domain::server::{Pace, Server};

struct Known {
    endpoint: ServerEndpoint,
    pace: watch::Sender<Pace>,
    retry: Arc<Notify>,
    /// Ends its reading; `None` = it is listed only.
    reading: Option<CancellationToken>,
}

/// All servers of the session.
pub struct Servers {
    known: HashMap<TargetId, Known>,
    hub: Hub,
    read_only: bool,
    messages: mpsc::Sender<Msg>,
}

impl Servers {
    /// Starts to read every server that is dialled, seldom until somebody looks.
    pub fn start(
        dialled: &[(TargetId, ServerEndpoint)],
        listed: &[(TargetId, ServerEndpoint)],
        read_only: bool,
        hub: &Hub,
        tasks: &mut Tasks,
        messages: &mpsc::Sender<Msg>,
    ) -> Self {
        let one = |(id, endpoint): &(TargetId, ServerEndpoint)| {
            let pace = watch::Sender::new(Pace::default());
            (id.clone(), Known { endpoint: endpoint.clone(), pace, retry: Arc::default(), reading: None })
        };
        let known = dialled.iter().chain(listed).map(one).collect();
        let mut servers = Self { known, hub: hub.clone(), read_only, messages: messages.clone() };
        for (id, _) in dialled {
            servers.connect(id, tasks);
        }
        servers
    }

    pub fn set_pace(&self, id: &TargetId, pace: Pace) {
        if let Some(known) = self.known.get(id) {
            known.pace.send_replace(pace);
        }
    }

    /// Begins to read a server.
    pub fn connect(&mut self, id: &TargetId, tasks: &mut Tasks) {
        let Some(known) = self.known.get_mut(id).filter(|known| known.reading.is_none()) else { return };
        let (out, states) = watch::channel(Remote::default());
        let stop = tasks.stop();
        let watch = Watch {
            shell: connections::shell(&self.hub, &known.endpoint),
            elevate: elevate(&known.endpoint, self.read_only),
            pace: known.pace.subscribe(),
            out,
            retry: known.retry.clone(),
        };
        tasks.spawn(format!("read {id}"), serve(watch, stop.clone()));
        tasks.spawn(format!("states of {id}"), forward(id.clone(), states, self.messages.clone()));
        known.reading = Some(stop);
    }

    /// Reads a server no more and hangs up there.
    pub fn disconnect(&mut self, id: &TargetId, tasks: &mut Tasks) {
        let Some(known) = self.known.get_mut(id) else { return };
        let Some(reading) = known.reading.take() else { return };
        reading.cancel();
        if let ServerPlace::Ssh(target) = known.endpoint.place.clone() {
            let hub = self.hub.clone();
            tasks.spawn(format!("hang up at {id}"), async move {
                if let Err(fault) = hub.close(&target).await {
                    tracing::debug!("{target}: {fault}");
                }
            });
        }
    }

    /// Tries again now, if the link is lost.
    pub fn retry(&self, id: &TargetId) {
        if let Some(known) = self.known.get(id) {
            if let ServerPlace::Ssh(target) = &known.endpoint.place {
                self.hub.retry(target);
            }
            known.retry.notify_one();
        }
    }
}

/// Readings may use rights that are free to be had, unless the session or the configuration says no.
pub fn elevate(endpoint: &ServerEndpoint, read_only: bool) -> Elevate {
    if read_only || endpoint.sudo == SudoUse::Never { Elevate::Never } else { Elevate::Probe }
}

/// Hands on the newest state; those in between are skipped while the loop is busy. Read no more, a server is
/// listed with what was known of it.
async fn forward(id: TargetId, mut from: watch::Receiver<Remote<Server>>, to: mpsc::Sender<Msg>) {
    loop {
        let state = from.borrow_and_update().clone();
        if to.send(Msg::Server(id.clone(), state)).await.is_err() {
            return;
        }
        if from.changed().await.is_err() {
            let last = from.borrow().clone();
            let listed = Remote { link: Link::Listed, ..last };
            // The session may be over.
            let _ = to.send(Msg::Server(id, listed)).await;
            return;
        }
    }
}
