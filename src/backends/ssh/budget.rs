//! How many sessions a server lets one connection have at a time (`MaxSessions`, ten by default). It is not
//! told; a refusal tells. Forwarded sockets do not count.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// Taken for granted until a refusal says otherwise: two loops, five commands, a shell.
const USUAL: usize = 8;
/// How long to wait for another session to end.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Count {
    open: usize,
    most: usize,
}

/// The sessions of one connection.
#[derive(Debug)]
pub(super) struct Budget {
    count: Mutex<Count>,
    freed: Notify,
}

impl Default for Budget {
    fn default() -> Self {
        Self { count: Mutex::new(Count { open: 0, most: USUAL }), freed: Notify::new() }
    }
}

/// The right to have one session; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit(Arc<Budget>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.with(|count| count.open -= 1);
        self.0.freed.notify_one();
    }
}

impl Budget {
    fn with<T>(&self, work: impl FnOnce(&mut Count) -> T) -> T {
        work(&mut self.count.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for a free session.
    ///
    /// # Errors
    /// How many there may be, when none becomes free in time.
    pub async fn permit(self: &Arc<Self>) -> Result<Permit, usize> {
        let take = || {
            self.with(|count| {
                let free = count.open < count.most;
                count.open += usize::from(free);
                free
            })
        };
        let wait = async {
            loop {
                let freed = self.freed.notified();
                if take() {
                    return Permit(Arc::clone(self));
                }
                freed.await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.map_err(|_| self.with(|count| count.most))
    }

    /// The server refused the session of a permit. True = there may only be too many at once: try again.
    pub fn refused(&self, permit: Permit) -> bool {
        let others = self.with(|count| {
            let others = count.open - 1;
            if others > 0 {
                count.most = count.most.min(others);
            }
            others
        });
        drop(permit);
        others > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_refusal_teaches_the_limit() {
        let budget = Arc::new(Budget::default());
        let first = budget.permit().await.unwrap();
        let second = budget.permit().await.unwrap();
        assert!(budget.refused(second), "with another one open, it is the limit");
        assert_eq!(budget.permit().await.unwrap_err(), 1);
        let waiting = budget.permit();
        drop(first);
        let alone = waiting.await.unwrap();
        assert!(!budget.refused(alone), "alone and refused: no sessions at all");
        assert!(budget.permit().await.is_ok());
    }
}
