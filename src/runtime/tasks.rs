//! The only spawner. Tasks have names, end together, and a panic in one becomes a message, not a silence.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::backends::ssh::Spawn;

/// The background work of a session.
pub struct Tasks {
    set: Arc<Mutex<JoinSet<()>>>,
    stop: CancellationToken,
    panics: mpsc::UnboundedSender<String>,
}

impl Tasks {
    /// The receiver gets the name of every task that panicked.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<String>) {
        let (panics, receiver) = mpsc::unbounded_channel();
        (Self { set: Arc::default(), stop: CancellationToken::new(), panics }, receiver)
    }

    /// A token that is cancelled at the end of the session.
    pub fn stop(&self) -> CancellationToken {
        self.stop.child_token()
    }

    /// Runs a task until it ends or the session does.
    pub fn spawn(&mut self, name: impl Into<String>, task: impl Future<Output = ()> + Send + 'static) {
        start(&self.set, &self.panics, name.into(), task);
    }

    /// The same for a backend that starts work of its own: as named, as watched, ended together.
    pub fn spawner(&self) -> Spawn {
        let (set, panics) = (Arc::clone(&self.set), self.panics.clone());
        Spawn::new(move |name, task| start(&set, &panics, name, task))
    }

    /// Asks all tasks to end and waits for them at most `grace`; then they are dropped.
    pub async fn shutdown(self, grace: Duration) {
        self.stop.cancel();
        let mut set = std::mem::take(&mut *self.set.lock().unwrap_or_else(PoisonError::into_inner));
        let in_time = tokio::time::timeout(grace, async { while set.join_next().await.is_some() {} }).await;
        if in_time.is_err() {
            tracing::warn!("{} tasks did not end in time and were given up", set.len());
        }
        set.abort_all();
    }
}

fn start(
    set: &Mutex<JoinSet<()>>,
    panics: &mpsc::UnboundedSender<String>,
    name: String,
    task: impl Future<Output = ()> + Send + 'static,
) {
    let panics = panics.clone();
    let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
    // Those that have ended are forgotten here, so that the set does not grow for ever.
    while set.try_join_next().is_some() {}
    set.spawn(async move {
        if AssertUnwindSafe(task).catch_unwind().await.is_err() {
            tracing::error!(task = name, "task panicked");
            // The session is over when nobody receives.
            let _ = panics.send(name);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_told_and_the_others_go_on() {
        let (mut tasks, mut panics) = Tasks::new();
        let stop = tasks.stop();
        tasks.spawn("good", async move { stop.cancelled().await });
        tasks.spawn("bad", async { panic!("on purpose") });
        assert_eq!(panics.recv().await.as_deref(), Some("bad"));
        tasks.shutdown(Duration::from_secs(5)).await;
    }
}
