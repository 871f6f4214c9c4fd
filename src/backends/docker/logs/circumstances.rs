//! What a reader should know of a log besides its lines: when its container was started, whether all of it is
//! kept, and how far the engine's clock is from ours.

use tokio::sync::Notify;

use crate::backends::spool::Spool;
use crate::domain::log::LogEvent;
use crate::domain::sanitize;

use super::DockerLog;
use super::request::Inspected;

/// Drivers whose logs an engine reads whole, those of Podman included. Of the others it keeps the last part
/// for itself (since Docker 20.10).
const WHOLE: [&str; 5] = ["", "json-file", "local", "journald", "k8s-file"];

impl DockerLog {
    /// Tells it when the connection is up: the container's life each time, the rest once. What cannot be found
    /// out is left out.
    pub(super) async fn circumstances(&self, live: &Notify, out: &Spool) {
        live.notified().await;
        if let Some(inspected) = self.tell_life(out).await
            && !WHOLE.contains(&inspected.driver())
        {
            let driver = sanitize::name(inspected.driver());
            out.push(LogEvent::Note(format!(
                "partial: the engine's cache of what its driver `{driver}` sends elsewhere"
            )));
        }
        if let Some(skew) = self.docker.skew().await {
            out.push(LogEvent::Skew(skew));
        }
        loop {
            live.notified().await;
            self.tell_life(out).await;
        }
    }

    async fn tell_life(&self, out: &Spool) -> Option<Inspected> {
        let inspected = self.docker.inspected(&self.id).await.ok()?;
        out.push(LogEvent::Life(inspected.state.life()));
        Some(inspected)
    }
}
