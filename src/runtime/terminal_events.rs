//! What the terminal sends, read by a thread of its own, which sleeps until there is something. While another
//! program has the terminal, it reads nothing.
//!
//! crossterm's asynchronous stream is not used: with its default source a key that comes together with a signal
//! waits for the next key, for the readiness of the terminal is told once; with the other one (`use-dev-tty`,
//! used here) it takes a thread's turn for each key.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossterm::event::{self, Event};
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::stdio::stdin;
use tokio::sync::mpsc;

/// Events that may wait; a longer paste than this waits in the terminal.
const WAITING: usize = 512;
/// Whoever wants the terminal waits so long for the thread to leave it.
const PATIENCE: Duration = Duration::from_millis(500);

/// What is kept already takes no time.
const AT_ONCE: Duration = Duration::from_millis(1);
/// Reading what is there takes less.
const A_MOMENT: Duration = Duration::from_millis(20);

/// What the terminal sends.
pub struct Events {
    events: mpsc::Receiver<io::Result<Event>>,
    rest: Arc<Rest>,
}

/// How the thread is told to let the terminal alone.
struct Rest {
    state: Mutex<State>,
    changed: Condvar,
    /// Wakes the thread that waits for the terminal.
    bell: OwnedFd,
}

#[derive(Default)]
struct State {
    wanted: bool,
    resting: bool,
}

impl Rest {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread stays here for as long as somebody wants the terminal.
    fn stay(&self) {
        let mut state = self.state();
        while state.wanted {
            state.resting = true;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.resting = false;
    }
}

impl Events {
    /// Reads from now on, to the end of the process. An error is the last that comes: the terminal is gone.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn read() -> io::Result<Self> {
        let (out, events) = mpsc::channel(WAITING);
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let rest = Arc::new(Rest { state: Mutex::default(), changed: Condvar::new(), bell });
        let theirs = Arc::clone(&rest);
        std::thread::Builder::new().name("terminal".into()).spawn(move || {
            loop {
                let Some(event) = next(&theirs) else { continue };
                let is_last = event.is_err();
                if out.blocking_send(event).is_err() || is_last {
                    return;
                }
            }
        })?;
        Ok(Self { events, rest })
    }

    /// Cancel-safe.
    pub async fn recv(&mut self) -> Option<io::Result<Event>> {
        self.events.recv().await
    }

    pub fn try_recv(&mut self) -> Option<io::Result<Event>> {
        self.events.try_recv().ok()
    }

    /// Lets the terminal alone until [`Self::resume`]. False when the thread did not leave it in time.
    pub fn pause(&mut self) -> bool {
        let mut state = self.rest.state();
        state.wanted = true;
        // Full, it rings already.
        let _rings = rustix::io::write(&self.rest.bell, &1_u64.to_ne_bytes());
        let at_work = |state: &mut State| !state.resting;
        let waited = self.rest.changed.wait_timeout_while(state, PATIENCE, at_work);
        let (mut state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            state.wanted = false;
        }
        !timeout.timed_out()
    }

    pub fn resume(&mut self) {
        self.rest.state().wanted = false;
        self.rest.changed.notify_all();
    }
}

/// The next event; `None` when there was none after all.
fn next(rest: &Rest) -> Option<io::Result<Event>> {
    rest.stay();
    // What was read before may hold more than one event. Asked without any time, crossterm does not look.
    match event::poll(AT_ONCE) {
        Ok(true) => return Some(event::read()),
        Ok(false) => {}
        Err(e) => return Some(Err(e)),
    }
    let (terminal, bell) = (stdin(), &rest.bell);
    let mut both = [PollFd::from_borrowed_fd(terminal, PollFlags::IN), PollFd::new(bell, PollFlags::IN)];
    match poll(&mut both, None) {
        Ok(_) => {}
        Err(rustix::io::Errno::INTR) => return None,
        Err(e) => return Some(Err(e.into())),
    }
    let [at_terminal, at_bell] = both.map(|fd| fd.revents());
    if !at_bell.is_empty() {
        let mut count = [0; 8];
        let _rang = rustix::io::read(bell, &mut count);
        return None;
    }
    let is_gone = at_terminal.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
    if is_gone && !at_terminal.contains(PollFlags::IN) {
        return Some(Err(io::ErrorKind::UnexpectedEof.into()));
    }
    match event::poll(A_MOMENT) {
        Ok(true) => Some(event::read()),
        Ok(false) => None,
        Err(e) => Some(Err(e)),
    }
}
