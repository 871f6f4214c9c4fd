//! The flight recorder: what starred sources write goes to disk, whether anybody looks or not, and of every
//! container that crashes a capsule is kept.
//!
//! Three tasks: one follows the sources, one collects capsules, one writes. They talk through bounded channels;
//! the panel only ever hands something in and never waits. While nothing can be written (no room, another pult
//! records) nothing is followed either; afterwards the sources are read again from where the recordings end.

mod crash;
mod follow;
mod incident;
mod past;
mod tee;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

use super::server_logs::ServerLogs;
use super::servers::Hosted;
use super::tasks::Tasks;
use crate::backends::docker::{self, Docker};
use crate::backends::local::local_source;
use crate::backends::log_source::LogSource;
use crate::backends::recording::{End, Library, RecordingLog};
use crate::domain::capsule::{Capsule, CapsuleInfo};
use crate::domain::docker::DockerHost;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::incident::Incident;
use crate::domain::log::{LogLine, LogSourceId};
use crate::domain::recording::{RecorderStatus, Recording};
use crate::domain::remote::Remote;
use crate::domain::star::Star;
use crate::domain::usage::UsageSample;
use crate::logs::recording::Limits;
use past::Past;

/// Orders that may wait for the writer. What they hold is bounded by [`tee`].
const WAITING: usize = 256;

/// How a source is opened.
type Opener = Arc<dyn Fn(&LogSourceId) -> Result<Arc<dyn LogSource>, Fault> + Send + Sync>;

/// What the writer is told to do.
#[derive(Debug)]
enum Order {
    /// Write these behind the recording of that name.
    Lines {
        name: Arc<str>,
        lines: tee::Parcel,
    },
    /// Lines of that container, or file, follow; the answer is how the recording ends. No answer: nothing is
    /// written now.
    Begin {
        name: Arc<str>,
        life: Arc<str>,
        reply: oneshot::Sender<End>,
    },
    Capsule(Box<Capsule>),
}

/// What the follower is told.
enum News {
    Picture(TargetId, Arc<DockerHost>),
    Stars(Vec<Star>),
}

/// The recorder of a session, for whoever gives it work or asks it. Cheap to clone.
#[derive(Clone)]
pub struct RecorderHandle {
    state_dir: PathBuf,
    news: mpsc::Sender<News>,
    stars: Arc<watch::Sender<Vec<Star>>>,
    crashes: mpsc::Sender<crash::Crash>,
    status: Arc<watch::Sender<RecorderStatus>>,
    past: Arc<Mutex<Past>>,
    clients: Clients,
}

/// The engines that containers are read from.
type Clients = Arc<Mutex<HashMap<TargetId, Docker>>>;

/// Starts the recorder. Nothing on the disk is touched before its tasks run; what goes wrong there is in the
/// status.
pub fn start(state_dir: &Path, limits: Limits, servers: ServerLogs, tasks: &mut Tasks) -> RecorderHandle {
    let clients = Clients::default();
    let known = clients.clone();
    let open = move |id: &LogSourceId| {
        let source = match id {
            LogSourceId::Server(server, log) => return servers.source(server, log),
            LogSourceId::Container(key) => {
                let clients = known.lock().unwrap_or_else(PoisonError::into_inner);
                clients.get(&key.target).map(|docker| docker.log_source(key.id.clone()))
            }
            // What is recorded is not recorded again, and standard input is the terminal.
            LogSourceId::Recording(_) | LogSourceId::Stdin => None,
            LogSourceId::File(_) | LogSourceId::Journal(_) => local_source(id),
        };
        source.ok_or_else(|| Fault::new(FaultKind::Unsupported, format!("{id} cannot be recorded")))
    };
    RecorderHandle { clients, ..start_with(state_dir, limits, Arc::new(open), tasks) }
}

fn start_with(state_dir: &Path, limits: Limits, open: Opener, tasks: &mut Tasks) -> RecorderHandle {
    let (orders, ordered) = mpsc::channel(WAITING);
    let (news, heard) = mpsc::channel(WAITING);
    let (crashes, crashed) = mpsc::channel(crash::WAITING);
    let (stars, starred) = watch::channel(Vec::new());
    let status = Arc::new(watch::Sender::new(RecorderStatus::default()));
    let past = Arc::new(Mutex::new(Past::default()));
    tasks.spawn(
        "recorder",
        writer::write(state_dir.to_owned(), limits, ordered, status.clone(), tasks.stop()),
    );
    tasks.spawn(
        "what is recorded",
        follow::follow_all(open.clone(), orders.clone(), heard, status.clone(), tasks.stop()),
    );
    let collector = crash::Collector {
        state_dir: state_dir.to_owned(),
        open,
        orders,
        status: status.clone(),
        past: past.clone(),
    };
    tasks.spawn("crash capsules", collector.collect_all(crashed, tasks.stop()));
    // The newest stars, however busy the follower is.
    let (stop, to) = (tasks.stop(), news.clone());
    tasks.spawn("stars", async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = forward_stars(starred, to) => {}
        }
    });
    RecorderHandle {
        state_dir: state_dir.to_owned(),
        news,
        stars: Arc::new(stars),
        crashes,
        status,
        past,
        clients: Clients::default(),
    }
}

impl RecorderHandle {
    /// What is to be recorded from now on.
    pub fn star(&self, stars: Vec<Star>) {
        self.stars.send_replace(stars);
    }

    /// An engine whose starred containers are to be recorded, and of whose crashes capsules are to be made.
    pub fn engine(&self, docker: Docker, picture: watch::Receiver<Remote<DockerHost>>, tasks: &mut Tasks) {
        let id = docker.id().clone();
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), docker.clone());
        tasks.spawn(
            format!("pictures of {id} for the recorder"),
            forward_pictures(id.clone(), picture, self.news.clone()),
        );
        let (out, deaths) = mpsc::channel(crash::WAITING);
        tasks.spawn(format!("deaths at {id}"), docker::deaths(docker.clone(), out, tasks.stop()));
        tasks.spawn(
            format!("crashes at {id}"),
            crash::forward(docker, deaths, self.crashes.clone(), self.status.clone()),
        );
    }

    /// Remembers the last minute of usage, for capsules.
    pub fn usage(&self, samples: &[UsageSample]) {
        self.past.lock().unwrap_or_else(PoisonError::into_inner).take(samples);
    }

    /// Something went wrong on a server: a capsule is made of it. What does not fit is counted.
    pub fn incident(&self, host: Hosted, incident: Incident) {
        let crash = crash::Crash::Server { host: Box::new(host), incident: Box::new(incident) };
        if self.crashes.try_send(crash).is_err() {
            self.status.send_modify(|s| s.skipped_capsules += 1);
        }
    }

    /// The state of things, and every change of it.
    pub fn status(&self) -> watch::Receiver<RecorderStatus> {
        self.status.subscribe()
    }

    /// All recordings on the disk, also those that another pult writes.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn recordings(&self) -> Result<Vec<Recording>, Fault> {
        self.look_up(|library| library.recordings()).await
    }

    /// A recording to be read in the log pane.
    pub fn recording(&self, name: &str) -> RecordingLog {
        RecordingLog::new(&self.state_dir, name)
    }

    /// All capsules, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn capsules(&self) -> Result<Vec<CapsuleInfo>, Fault> {
        self.look_up(|library| library.capsules()).await
    }

    /// A capsule by its id.
    ///
    /// # Errors
    /// `Gone` when it is not there any more.
    pub async fn capsule(&self, id: String) -> Result<Capsule, Fault> {
        self.look_up(move |library| library.capsule(&id)).await
    }

    async fn look_up<T: Send + 'static>(
        &self,
        ask: impl FnOnce(Library) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let library = Library::new(&self.state_dir);
        let failed = |e: tokio::task::JoinError| Fault::new(FaultKind::Bug, e.to_string());
        tokio::task::spawn_blocking(move || ask(library)).await.unwrap_or_else(|e| Err(failed(e)))
    }
}

async fn forward_stars(mut stars: watch::Receiver<Vec<Star>>, to: mpsc::Sender<News>) {
    while stars.changed().await.is_ok() {
        let latest = stars.borrow_and_update().clone();
        if to.send(News::Stars(latest)).await.is_err() {
            return;
        }
    }
}

/// Hands on the newest picture; those in between are skipped while the follower is busy.
async fn forward_pictures(
    id: TargetId,
    mut from: watch::Receiver<Remote<DockerHost>>,
    to: mpsc::Sender<News>,
) {
    loop {
        let picture = from.borrow_and_update().value.clone();
        if let Some(picture) = picture
            && to.send(News::Picture(id.clone(), picture)).await.is_err()
        {
            return;
        }
        if from.changed().await.is_err() {
            return;
        }
    }
}

/// What the recorder itself has to say stands between the lines of a recording.
fn remark(text: impl std::fmt::Display) -> LogLine {
    LogLine {
        at: None,
        stream: crate::domain::log::LogStream::Engine,
        text: format!("recording: {text}"),
        cut: false,
    }
}
