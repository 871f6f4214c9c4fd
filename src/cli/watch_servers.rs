//! `pult get servers --watch`: every reading from now on, over one connection a server.

use std::future::pending;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{join_all, select_all};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::args::GetArgs;
use super::changes::Printer;
use super::listing::{Listing, View};
use super::{Exit, Failure, Session, servers};
use crate::backends::server::{Watch, serve};
use crate::domain::ids::TargetId;
use crate::domain::remote::{Link, Remote};
use crate::domain::server::{Pace, Server};
use crate::runtime::{connections, servers::elevate};

/// Between two redraws of the ages on a terminal.
const AGE: Duration = Duration::from_secs(1);

type State = (TargetId, watch::Receiver<Remote<Server>>);

/// Runs until it is interrupted or nobody reads any more.
///
/// # Errors
/// There is no server; an output format that cannot be watched; the output is gone.
pub async fn run(
    session: &Session,
    args: &GetArgs,
    view: &View,
    out: &mut (dyn Write + Send),
) -> Result<Exit, Failure> {
    let mut printer = Printer::new(session, args.output)?;
    let hub = session.hub();
    let pace = watch::Sender::new(Pace::Shown);
    let (mut watches, mut states): (Vec<Watch>, Vec<State>) = (Vec::new(), Vec::new());
    for (id, endpoint) in session.servers()? {
        let (out, state) = watch::channel(Remote::default());
        watches.push(Watch {
            shell: connections::shell(&hub, endpoint),
            elevate: elevate(endpoint, session.profile.read_only),
            pace: pace.subscribe(),
            out,
            retry: Arc::default(),
        });
        states.push((id.clone(), state));
    }
    let stop = CancellationToken::new();
    let served = join_all(watches.into_iter().map(|watch| serve(watch, stop.clone())));
    tokio::select! {
        _ = served => Ok(Exit::Done),
        result = print_changes(session, args, view, &mut states, &mut printer, out) => result,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    }
}

async fn print_changes(
    session: &Session,
    args: &GetArgs,
    view: &View,
    states: &mut [State],
    printer: &mut Printer,
    out: &mut (dyn Write + Send),
) -> Result<Exit, Failure> {
    let mut lost: Vec<Option<String>> = vec![None; states.len()];
    loop {
        let mut listing: Listing = servers::listing();
        for ((id, state), lost) in states.iter_mut().zip(&mut lost) {
            let remote = state.borrow_and_update().clone();
            let fault = remote.link.fault().map(|fault| fault.in_full());
            if let Some(why) = fault.as_ref().filter(|why| lost.as_ref() != Some(*why)) {
                session.remark(&format!("{id}: {why}"));
            }
            *lost = fault;
            // Nothing is known of one that is being connected for the first time.
            let is_known = remote.link != Link::Connecting || remote.value.is_some();
            let target = session.profile.targets.iter().find(|t| t.id == *id).filter(|_| is_known);
            listing.rows.extend(target.map(|target| servers::row(target, &remote)));
        }
        listing.keep_named(&args.names);
        view.apply(&mut listing);
        printer.print(&listing, out)?;
        let changed = select_all(states.iter_mut().map(|(_, state)| state.changed().boxed()));
        let aged = async { if printer.redraws { tokio::time::sleep(AGE).await } else { pending().await } };
        tokio::select! {
            (changed, ..) = changed => if changed.is_err() { return Ok(Exit::Done) },
            () = aged => {}
        }
    }
}
