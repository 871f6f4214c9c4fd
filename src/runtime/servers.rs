//! Servers as the panel uses them: each read in the background, as often as somebody looks. Those that are only
//! listed are dialled when a person opens them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::root_reads::RootReads;
use super::tasks::Tasks;
use super::{backup_watch, connections};
use crate::app::Msg;
use crate::backends::server::{
    self, Elevate, Host, LocalHost, Prober, Watch, exposure, fail2ban, serve, ufw,
};
use crate::backends::ssh::Hub;
use crate::domain::backup::{Plan, Tool};
use crate::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::query::{Answer, Query};
use crate::domain::remote::{Link, Remote};
use crate::domain::server::Facet;
use crate::domain::server::jails::JailReport;
use crate::domain::server::{Facts, FileList, FilePath, Pace, Server, ServerAnswer, ServerAsk, ServerQuery};

struct Known {
    endpoint: ServerEndpoint,
    pace: watch::Sender<Pace>,
    retry: Arc<Notify>,
    /// Whether it answers.
    live: watch::Sender<bool>,
    /// Ends its reading; `None` = it is listed only.
    reading: Option<CancellationToken>,
    host: Hosted,
}

/// What answers questions about a server and what acts on it.
#[derive(Clone)]
pub struct Hosted {
    prober: Arc<Prober>,
    /// Asks for no password.
    reader: Arc<dyn Host>,
    actor: Arc<dyn Host>,
    backups: Arc<[Plan]>,
    /// Hears of files that are read with the rights of root, by this name of the server.
    reads: Option<(RootReads, TargetId)>,
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
            backups: Arc::default(),
            reads: None,
        }
    }

    /// These are looked after there.
    #[must_use]
    pub fn with_backups(mut self, plans: Vec<Plan>) -> Self {
        self.backups = plans.into();
        self
    }

    /// Some are configured, or may be found by themselves.
    pub fn has_backups(&self, facts: &Facts) -> bool {
        !self.backups.is_empty() || facts.tools.iter().any(|tool| tool == Tool::Pgbackrest.word())
    }

    /// # Errors
    /// Why there is no answer: a link fault, no rights, nothing of that kind there.
    pub async fn ask(&self, what: &ServerAsk) -> Result<ServerAnswer, Fault> {
        self.answer(what).await.map_err(Fault::of_reading)
    }

    async fn answer(&self, what: &ServerAsk) -> Result<ServerAnswer, Fault> {
        let reader = &*self.reader;
        Ok(match what {
            ServerAsk::Processes => ServerAnswer::Processes(self.prober.processes().await?),
            ServerAsk::Surface => ServerAnswer::Surface(Arc::new(exposure::read(reader).await?)),
            ServerAsk::Rehearsal(change) => ServerAnswer::Rehearsal(ufw::preview(reader, change).await?),
            ServerAsk::Jails => {
                let (jails, seen) = futures_util::join!(fail2ban::read(reader), exposure::seen(reader));
                ServerAnswer::Jails(Arc::new(JailReport { jails: jails?, seen: seen? }))
            }
            ServerAsk::Attacker(who) => ServerAnswer::Attacker(fail2ban::attacker(reader, *who).await?),
            ServerAsk::Units => ServerAnswer::Units(server::units(reader).await?),
            ServerAsk::Unit(name) => ServerAnswer::Unit(Box::new(server::unit(reader, name).await?)),
            ServerAsk::Disks => ServerAnswer::Disks(server::disks(reader).await?),
            ServerAsk::Directories(path) => {
                ServerAnswer::Directories(server::directories(reader, path).await?)
            }
            ServerAsk::Packages => ServerAnswer::Packages(Box::new(server::packages(reader).await?)),
            ServerAsk::UpgradeJob => ServerAnswer::UpgradeJob(server::upgrade_job(reader).await?),
            ServerAsk::Accounts => ServerAnswer::Accounts(server::accounts(reader).await?),
            ServerAsk::Cron => ServerAnswer::Cron(server::cron(reader).await?),
            ServerAsk::Certificates => ServerAnswer::Certificates(server::certificates(reader).await?),
            ServerAsk::Backups => ServerAnswer::Backups(server::backups(reader, &self.backups).await?),
            ServerAsk::Network => ServerAnswer::Network(server::network(reader).await?),
            ServerAsk::Facet(facet) => {
                ServerAnswer::Facet(Arc::new(server::facet(reader, facet, &|| self.tell_read(facet)).await?))
            }
            ServerAsk::Here(folder) => ServerAnswer::Here(here(folder.as_ref()).await?),
            ServerAsk::Files(folder) => ServerAnswer::Files(server::files(reader, folder).await?),
        })
    }

    /// Writes that a file is read as root; it is not read when that cannot be written.
    fn tell_read(&self, facet: &Facet) -> BoxFuture<'static, Result<(), Fault>> {
        let (Some((reads, server)), Facet::File(path)) = (self.reads.clone(), facet) else {
            return std::future::ready(Ok(())).boxed();
        };
        let path = PathBuf::from(path.as_str());
        let refused = |why: String| Fault::new(FaultKind::Denied, why);
        async move {
            let told = tokio::task::spawn_blocking(move || reads.tell(&server, &path)).await;
            told.map_err(|e| refused(e.to_string()))?.map_err(|e| refused(e.to_string()))
        }
        .boxed()
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
        backups: impl Fn(&TargetId) -> Vec<Plan>,
        read_only: bool,
        hub: &Hub,
        tasks: &mut Tasks,
        messages: &mpsc::Sender<Msg>,
    ) -> Self {
        let one = |(id, endpoint): &(TargetId, ServerEndpoint)| {
            let pace = watch::Sender::new(Pace::default());
            let host = Hosted::new(hub, endpoint, read_only).with_backups(backups(id));
            (
                id.clone(),
                Known {
                    endpoint: endpoint.clone(),
                    pace,
                    retry: Arc::default(),
                    live: watch::Sender::new(false),
                    reading: None,
                    host,
                },
            )
        };
        let known = dialled.iter().chain(listed).map(one).collect();
        let mut servers = Self { known, hub: hub.clone(), read_only, messages: messages.clone() };
        for (id, _) in dialled {
            servers.connect(id, tasks);
        }
        servers
    }

    /// Files that are read with the rights of root are told of.
    #[must_use]
    pub fn audited(mut self, reads: &RootReads) -> Self {
        for (id, known) in &mut self.known {
            known.host.reads = Some((reads.clone(), id.clone()));
        }
        self
    }

    pub fn set_pace(&self, id: &TargetId, pace: Pace) {
        if let Some(known) = self.known.get(id) {
            if pace == Pace::Hidden {
                known.host.prober.rest();
            }
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
        let backups = backup_watch::watch(
            (id.clone(), known.host.clone()),
            states.clone(),
            self.messages.clone(),
            stop.clone(),
        );
        tasks.spawn(format!("backups of {id}"), backups);
        tasks.spawn(format!("read {id}"), serve(watch, stop.clone()));
        tasks.spawn(
            format!("states of {id}"),
            forward(id.clone(), states, known.live.clone(), self.messages.clone()),
        );
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

    /// What acts on a server.
    ///
    /// # Errors
    /// When the target is not one of this session.
    pub fn actor(&self, id: &TargetId) -> Result<Arc<dyn Host>, Fault> {
        self.hosted(id).map(|host| host.actor())
    }

    /// Where a server is.
    ///
    /// # Errors
    /// When the target is not one of this session.
    pub fn place(&self, id: &TargetId) -> Result<ServerPlace, Fault> {
        self.known(id).map(|known| known.endpoint.place.clone())
    }

    /// All connections.
    pub fn hub(&self) -> Hub {
        self.hub.clone()
    }

    fn known(&self, id: &TargetId) -> Result<&Known, Fault> {
        let gone = || Fault::new(FaultKind::Gone, format!("{id} is no target of this session"));
        self.known.get(id).ok_or_else(gone)
    }

    /// What answers questions about a server.
    ///
    /// # Errors
    /// When the target is not one of this session.
    pub fn hosted(&self, id: &TargetId) -> Result<Hosted, Fault> {
        self.known(id).map(|known| known.host.clone())
    }

    /// Whether a server answers, and every change of that.
    ///
    /// # Errors
    /// When the target is not one of this session.
    pub fn live(&self, id: &TargetId) -> Result<watch::Receiver<bool>, Fault> {
        self.known(id).map(|known| known.live.subscribe())
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
        if let Some(known) = self.known.get(id) {
            if let ServerPlace::Ssh(target) = &known.endpoint.place {
                self.hub.retry(target);
            }
            known.retry.notify_one();
        }
    }
}

/// Files of this machine, with no more rights than our own.
async fn here(folder: Option<&FilePath>) -> Result<FileList, Fault> {
    let started_in = || {
        let folder = std::env::current_dir().ok();
        folder.and_then(|folder| FilePath::new(folder.to_str()?)).unwrap_or_else(FilePath::root)
    };
    let folder = folder.cloned().unwrap_or_else(started_in);
    server::files(&LocalHost { sudo: SudoUse::Never }, &folder).await
}

/// Readings may use rights that are free to be had, unless the session or the configuration says no.
pub fn elevate(endpoint: &ServerEndpoint, read_only: bool) -> Elevate {
    if read_only || endpoint.sudo == SudoUse::Never { Elevate::Never } else { Elevate::Probe }
}

/// Hands on the newest state; those in between are skipped while the loop is busy. Read no more, a server is
/// listed with what was known of it.
async fn forward(
    id: TargetId,
    mut from: watch::Receiver<Remote<Server>>,
    live: watch::Sender<bool>,
    to: mpsc::Sender<Msg>,
) {
    let tell = |is_live: bool| live.send_if_modified(|known| std::mem::replace(known, is_live) != is_live);
    loop {
        let state = from.borrow_and_update().clone();
        tell(state.link.is_live());
        if to.send(Msg::Server(id.clone(), state)).await.is_err() {
            return;
        }
        if from.changed().await.is_err() {
            tell(false);
            let last = from.borrow().clone();
            let listed = Remote { link: Link::Listed, ..last };
            // The session may be over.
            let _ = to.send(Msg::Server(id, listed)).await;
            return;
        }
    }
}
