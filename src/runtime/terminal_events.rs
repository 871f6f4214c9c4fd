//! What the terminal sends, read by a thread of its own, which sleeps until there is something.
//!
//! crossterm's asynchronous stream is not used: with its default source a key that comes together with a signal
//! waits for the next key, for the readiness of the terminal is told once; with the other one (`use-dev-tty`,
//! used here) it takes a thread's turn for each key.

use std::io;

use crossterm::event::{self, Event};
use tokio::sync::mpsc;

/// Events that may wait; a longer paste than this waits in the terminal.
const WAITING: usize = 512;

/// Reads from now on, to the end of the process. An error is the last that comes: the terminal is gone.
///
/// # Errors
/// When there is no thread to be had.
pub fn read() -> io::Result<mpsc::Receiver<io::Result<Event>>> {
    let (out, events) = mpsc::channel(WAITING);
    std::thread::Builder::new().name("terminal".into()).spawn(move || {
        loop {
            let event = event::read();
            let is_last = event.is_err();
            if out.blocking_send(event).is_err() || is_last {
                return;
            }
        }
    })?;
    Ok(events)
}
