//! Docker engines as the panel uses them: each watched and sampled in the background, asked on demand.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};

use super::connections;
use super::recorder::RecorderHandle;
use super::tasks::Tasks;
use crate::app::Msg;
use crate::backends::docker::{self, Docker};
use crate::backends::ssh::Hub;
use crate::domain::docker::DockerHost;
use crate::domain::endpoint::DockerEndpoint;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::interest::Interest;
use crate::domain::query::Query;
use crate::domain::remote::Remote;
use crate::domain::usage::UsageSample;

/// Batches of samples that may wait for the loop before their source has to.
const WAITING: usize = 16;

struct Engine {
    docker: Docker,
    interest: watch::Sender<Interest>,
    retry: Arc<Notify>,
}

/// All engines of the session.
pub struct Engines {
    engines: HashMap<TargetId, Engine>,
    messages: mpsc::Sender<Msg>,
}

impl Engines {
    /// Starts to watch every engine. One that cannot even be set up (a missing certificate) is shown as lost.
    pub fn start(
        targets: &[(TargetId, DockerEndpoint)],
        read_only: bool,
        hub: &Hub,
        tasks: &mut Tasks,
        recorder: Option<&RecorderHandle>,
        messages: &mpsc::Sender<Msg>,
    ) -> Self {
        let mut engines = HashMap::new();
        for (id, endpoint) in targets {
            let (states, received) = watch::channel(Remote::default());
            match connections::docker(hub, id, endpoint, read_only) {
                Ok(docker) => {
                    let (interest, wanted) = watch::channel(Interest { hidden: true, ..Interest::default() });
                    let retry = Arc::new(Notify::new());
                    tasks.spawn(
                        format!("watch {id}"),
                        docker::serve(docker.clone(), states, retry.clone(), tasks.stop()),
                    );
                    let (samples, batches) = mpsc::channel(WAITING);
                    tasks.spawn(
                        format!("sample {id}"),
                        docker::sample_loop(docker.clone(), received.clone(), wanted, samples, tasks.stop()),
                    );
                    if let Some(recorder) = recorder {
                        recorder.engine(docker.clone(), received.clone(), tasks);
                    }
                    let remember = recorder.cloned();
                    let to_msg = move |batch: Vec<UsageSample>| {
                        if let Some(recorder) = &remember {
                            recorder.usage(&batch);
                        }
                        Msg::Usage(batch)
                    };
                    tasks.spawn(format!("samples of {id}"), forward(batches, messages.clone(), to_msg));
                    engines.insert(id.clone(), Engine { docker, interest, retry });
                }
                Err(fault) => drop(states.send_replace(Remote::default().lost(fault, None))),
            }
            tasks.spawn(format!("states of {id}"), forward_states(id.clone(), received, messages.clone()));
        }
        Self { engines, messages: messages.clone() }
    }

    pub fn set_interest(&self, id: &TargetId, interest: Interest) {
        if let Some(engine) = self.engines.get(id) {
            engine.interest.send_replace(interest);
        }
    }

    pub fn retry(&self, id: &TargetId) {
        if let Some(engine) = self.engines.get(id) {
            engine.docker.retry();
            engine.retry.notify_one();
        }
    }

    /// The client of a target.
    ///
    /// # Errors
    /// When the target is not one of this session.
    pub fn client(&self, id: &TargetId) -> Result<Docker, Fault> {
        let engine = self.engines.get(id);
        engine
            .map(|e| e.docker.clone())
            .ok_or_else(|| Fault::new(FaultKind::Gone, format!("{id} is no target of this session")))
    }

    /// Asks in the background; the answer comes as a message.
    pub fn ask(&self, query: Query, generation: u64, tasks: &mut Tasks) {
        let (client, messages, stop) = (self.client(query.target()), self.messages.clone(), tasks.stop());
        tasks.spawn(format!("ask {}", query.target()), async move {
            let result = match client {
                Ok(docker) => tokio::select! {
                    () = stop.cancelled() => return,
                    answer = docker.ask(&query) => answer,
                },
                Err(fault) => Err(fault),
            };
            let _ = messages.send(Msg::Answered { query, generation, result }).await;
        });
    }
}

/// Hands on what comes until either side ends. A loop that is slow slows the source down; nothing piles up.
async fn forward<T: Send + 'static>(
    mut from: mpsc::Receiver<T>,
    to: mpsc::Sender<Msg>,
    msg: impl Fn(T) -> Msg + Send,
) {
    while let Some(item) = from.recv().await {
        if to.send(msg(item)).await.is_err() {
            return;
        }
    }
}

/// Hands on the newest state; those in between are skipped while the loop is busy.
async fn forward_states(id: TargetId, mut from: watch::Receiver<Remote<DockerHost>>, to: mpsc::Sender<Msg>) {
    loop {
        let state = from.borrow_and_update().clone();
        if to.send(Msg::Docker(id.clone(), state)).await.is_err() || from.changed().await.is_err() {
            return;
        }
    }
}
