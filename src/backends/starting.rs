//! The moment in which a program is started. Until its own code runs, the thread that starts it waits and cannot be
//! stopped: if the new process is stopped first, with its whole group, neither goes on, and the shell that waits for
//! the group to stop waits for ever. So nothing is started while the group is being stopped.

use std::sync::{PoisonError, RwLock, RwLockWriteGuard, TryLockError};
use std::time::Duration;

static STARTING: RwLock<()> = RwLock::new(());

/// A program whose file comes from a dead disk may take for ever to start.
const PATIENCE: Duration = Duration::from_millis(500);
const STEP: Duration = Duration::from_millis(2);

/// Starts a program.
pub fn start<T>(spawn: impl FnOnce() -> T) -> T {
    let _shared = STARTING.read().unwrap_or_else(PoisonError::into_inner);
    spawn()
}

/// For as long as this lives nothing is started. `None` when something takes too long to start.
pub fn hold() -> Option<RwLockWriteGuard<'static, ()>> {
    let mut waited = Duration::ZERO;
    loop {
        match STARTING.try_write() {
            Ok(alone) => return Some(alone),
            Err(TryLockError::Poisoned(alone)) => return Some(alone.into_inner()),
            Err(TryLockError::WouldBlock) if waited >= PATIENCE => return None,
            Err(TryLockError::WouldBlock) => std::thread::sleep(STEP),
        }
        waited += STEP;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_starts_is_waited_for_but_not_for_ever() {
        let (say, heard) = mpsc::channel();
        let (go, gone) = mpsc::channel::<()>();
        let slow = std::thread::spawn(move || {
            start(|| {
                say.send(()).unwrap();
                gone.recv().unwrap();
            });
        });
        heard.recv().unwrap();
        assert!(hold().is_none());
        go.send(()).unwrap();
        slow.join().unwrap();
        let alone = hold();
        assert!(alone.is_some());
        let next = std::thread::spawn(|| start(|| 7));
        std::thread::sleep(STEP * 5);
        assert!(!next.is_finished(), "it waits its turn");
        drop(alone);
        assert_eq!(next.join().unwrap(), 7);
    }
}
