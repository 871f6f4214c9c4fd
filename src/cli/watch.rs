//! `pult get containers --watch`: every change from now on, as the engines tell it.

use std::collections::HashMap;
use std::future::pending;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{join_all, select_all};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::args::GetArgs;
use super::changes::Printer;
use super::listing::{Listing, View};
use super::{Exit, Failure, Session, containers, engines};
use crate::backends::clock;
use crate::backends::docker::{self, Docker};
use crate::domain::docker::DockerHost;
use crate::domain::ids::ContainerKey;
use crate::domain::remote::Remote;
use crate::domain::usage::Usage;

/// Between two measurements with `--stats`.
const SAMPLE: Duration = Duration::from_secs(2);
/// Between two redraws of the ages on a terminal.
const AGE: Duration = Duration::from_secs(1);

type Picture = watch::Receiver<Remote<DockerHost>>;

/// Runs until it is interrupted or nobody reads any more.
///
/// # Errors
/// An output format that cannot be watched; the output is gone.
pub async fn run(
    session: &Session,
    args: &GetArgs,
    view: &View,
    stats: bool,
    out: &mut (dyn Write + Send),
) -> Result<Exit, Failure> {
    let mut printer = Printer::new(session, args.output)?;
    let clients = engines::open(session)?;
    let (senders, pictures): (Vec<_>, Vec<Picture>) =
        clients.iter().map(|_| watch::channel(Remote::default())).unzip();
    let stop = CancellationToken::new();
    let served = join_all(clients.iter().zip(senders).map(|(client, sender)| {
        docker::serve(client.clone(), sender, Arc::new(Notify::new()), stop.clone())
    }));
    let mut watching =
        Watching { session, args, view, stats, clients: &clients, pictures, usage: HashMap::new() };
    tokio::select! {
        _ = served => Ok(Exit::Done),
        result = watching.print_changes(&mut printer, out) => result,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    }
}

struct Watching<'a> {
    session: &'a Session,
    args: &'a GetArgs,
    view: &'a View,
    stats: bool,
    clients: &'a [Docker],
    pictures: Vec<Picture>,
    usage: HashMap<ContainerKey, Usage>,
}

impl Watching<'_> {
    async fn print_changes(
        &mut self,
        printer: &mut Printer,
        out: &mut (dyn Write + Send),
    ) -> Result<Exit, Failure> {
        let mut lost: Vec<Option<String>> = vec![None; self.pictures.len()];
        loop {
            let listing = self.listing();
            printer.print(&listing, out)?;
            self.say_links(&mut lost);
            if !self.wait(printer.redraws).await {
                return Ok(Exit::Done);
            }
        }
    }

    /// Waits until something may have changed; false when no engine is watched any more.
    async fn wait(&mut self, redraws: bool) -> bool {
        let (clients, stats) = (self.clients, self.stats);
        let hosts: Vec<_> = self.pictures.iter().map(|p| p.borrow().value.clone()).collect();
        let changed = select_all(self.pictures.iter_mut().map(|p| p.changed().boxed()));
        let sampled = async {
            if !stats {
                return pending().await;
            }
            tokio::time::sleep(SAMPLE).await;
            let measured = clients
                .iter()
                .zip(&hosts)
                .filter_map(|(client, host)| Some(containers::measure(client, &host.as_ref()?.containers)));
            join_all(measured).await
        };
        let aged = async { if redraws { tokio::time::sleep(AGE).await } else { pending().await } };
        tokio::select! {
            (changed, ..) = changed => return changed.is_ok(),
            measured = sampled => self.usage = measured.into_iter().flatten().collect(),
            () = aged => {}
        }
        true
    }

    fn listing(&mut self) -> Listing {
        let mut listing = containers::listing(self.stats);
        let now = clock::now();
        for picture in &mut self.pictures {
            let remote = picture.borrow_and_update();
            for container in remote.value.iter().flat_map(|host| &host.containers) {
                listing.rows.push(containers::row(container, self.usage.get(&container.key()), now));
            }
        }
        listing.keep_named(&self.args.names);
        self.view.apply(&mut listing);
        listing
    }

    /// Says on stderr when a link is lost, and for what reason, once.
    fn say_links(&self, lost: &mut [Option<String>]) {
        for ((client, picture), lost) in self.clients.iter().zip(&self.pictures).zip(lost) {
            let fault = picture.borrow().link.fault().map(|f| f.in_full());
            if let Some(why) = fault.as_ref().filter(|why| lost.as_ref() != Some(*why)) {
                self.session.remark(&format!("{}: {why}", client.id()));
            }
            *lost = fault;
        }
    }
}
