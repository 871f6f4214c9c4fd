//! The only spawner. Tasks have names, end together, and a panic in one becomes a message, not a silence.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The background work of a session.
pub struct Tasks {
    set: JoinSet<()>,
    stop: CancellationToken,
    panics: mpsc::UnboundedSender<String>,
}

impl Tasks {
    /// The receiver gets the name of every task that panicked.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<String>) {
        let (panics, receiver) = mpsc::unbounded_channel();
        (Self { set: JoinSet::new(), stop: CancellationToken::new(), panics }, receiver)
    }

    /// A token that is cancelled at the end of the session.
    pub fn stop(&self) -> CancellationToken {
        self.stop.child_token()
    }

    /// Runs a task until it ends or the session does.
    pub fn spawn(&mut self, name: impl Into<String>, task: impl Future<Output = ()> + Send + 'static) {
        let (name, panics) = (name.into(), self.panics.clone());
        // Those that have ended are forgotten here, so that the set does not grow for ever.
        while self.set.try_join_next().is_some() {}
        self.set.spawn(async move {
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                tracing::error!(task = name, "task panicked");
                // The session is over when nobody receives.
                let _ = panics.send(name);
            }
        });
    }

    /// Asks all tasks to end and waits for them at most `grace`; then they are dropped.
    pub async fn shutdown(mut self, grace: Duration) {
        self.stop.cancel();
        let _in_time =
            tokio::time::timeout(grace, async { while self.set.join_next().await.is_some() {} }).await;
        self.set.abort_all();
    }
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
