//! How many sessions a server lets one connection have at a time (`MaxSessions`, ten by default). It is not
//! told; a refusal tells. Forwarded sockets do not count.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// Taken for granted until a refusal says otherwise: two loops, five commands, a shell.
const USUAL: usize = 8;

#[derive(Debug)]
struct Count {
    open: usize,
    most: usize,
    /// The server has given a session before.
    gave: bool,
}

/// The sessions of one connection.
#[derive(Debug)]
pub(super) struct Budget {
    count: Mutex<Count>,
    freed: Notify,
}

impl Default for Budget {
    fn default() -> Self {
        Self { count: Mutex::new(Count { open: 0, most: USUAL, gave: false }), freed: Notify::new() }
    }
}

/// The right to have one session; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit {
    of: Arc<Budget>,
    /// Sessions that were open when this was given.
    others: usize,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.of.with(|count| count.open -= 1);
        self.of.freed.notify_one();
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
    pub async fn permit(self: &Arc<Self>, patience: Duration) -> Result<Permit, usize> {
        let take = || {
            self.with(|count| {
                let others = (count.open < count.most).then_some(count.open)?;
                count.open += 1;
                Some(Permit { of: Arc::clone(self), others })
            })
        };
        let wait = async {
            loop {
                let freed = self.freed.notified();
                if let Some(permit) = take() {
                    return permit;
                }
                freed.await;
            }
        };
        tokio::time::timeout(patience, wait).await.map_err(|_| self.with(|count| count.most))
    }

    /// The server gave the session.
    pub fn given(&self) {
        self.with(|count| count.gave = true);
    }

    /// The server refused the session of a permit. False = it gives none at all; else there will be room.
    pub fn refused(&self, permit: &Permit) -> bool {
        self.with(|count| {
            // Those that were open when it was asked for; meanwhile they may have ended.
            if permit.others > 0 {
                count.most = count.most.min(permit.others);
            }
            permit.others > 0 || count.gave
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(100);

    #[tokio::test]
    async fn a_refusal_teaches_the_limit() {
        let budget = Arc::new(Budget::default());
        let first = budget.permit(SHORT).await.unwrap();
        let second = budget.permit(SHORT).await.unwrap();
        assert!(budget.refused(&second), "with another one open, it is the limit");
        drop(second);
        assert_eq!(budget.permit(SHORT).await.unwrap_err(), 1);
        let waiting = budget.permit(SHORT);
        drop(first);
        let alone = waiting.await.unwrap();
        assert!(!budget.refused(&alone), "alone and refused: no sessions at all");
        budget.given();
        assert!(budget.refused(&alone), "one that has ended may count for a moment");
        drop(alone);
        assert!(budget.permit(SHORT).await.is_ok());
    }
}
