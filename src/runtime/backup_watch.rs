//! Reads a server's backups once it is connected, and now and then as long as it is. What is known of them while it
//! is out of reach is nothing: the world keeps the moment with the answer.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::servers::Hosted;
use crate::app::Msg;
use crate::backends::clock;
use crate::domain::backup::{Backups, EVERY_S};
use crate::domain::ids::TargetId;
use crate::domain::remote::Remote;
use crate::domain::server::{Server, ServerAnswer, ServerAsk};

/// After an answer that did not come.
const AGAIN: Duration = Duration::from_secs(60);

/// Tells what becomes of a server's backups until `stop`, or until nobody reads the server any more.
pub async fn watch(
    (id, host): (TargetId, Hosted),
    mut states: watch::Receiver<Remote<Server>>,
    messages: mpsc::Sender<Msg>,
    stop: CancellationToken,
) {
    let again_and_again = async {
        loop {
            let has_some = |remote: &Remote<Server>| {
                let facts = remote.value.as_deref().map(|server| &*server.facts);
                remote.link.is_live() && facts.is_some_and(|facts| host.has_backups(facts))
            };
            if states.wait_for(has_some).await.is_err() {
                return;
            }
            // Most of the time nobody asks: what asking takes is not kept.
            let answer = Box::pin(host.ask(&ServerAsk::Backups)).await;
            let wait = match answer {
                Ok(ServerAnswer::Backups(all)) => {
                    let backups = Backups { at: clock::now(), all };
                    if messages.send(Msg::Backups(id.clone(), backups)).await.is_err() {
                        return;
                    }
                    Duration::from_secs(EVERY_S.unsigned_abs())
                }
                Ok(_) => return,
                Err(fault) => {
                    tracing::debug!("backups of {id}: {fault}");
                    AGAIN
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                // Back again, it is asked at once.
                lost = states.wait_for(|remote| !remote.link.is_live()) => if lost.is_err() { return },
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = again_and_again => {}
    }
}
