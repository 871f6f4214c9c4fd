//! The terminal as a whole: taking it over, giving it back, stopping in between.
//!
//! Giving back works from everywhere (drop, panic, signals) and any number of times, and never waits long for
//! a terminal that takes no bytes. Nothing is ever asked of the terminal: a program that waits for an answer
//! shows a black screen on one that gives none.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use crate::domain::sanitize;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, getpgid, getpgrp, getpid, getppid, getsid, kill_current_process_group};
use rustix::stdio::{stdin, stdout};
use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetwinsize, tcsetattr};

use crate::backends::starting;

/// Alternate screen, no automatic wrapping (a character of unexpected width then spoils its row at most), hidden
/// cursor, pastes in brackets, focus reports.
const ENTER: &str = "\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[?2004h\x1b[?1004h";
/// Ends what a frame may have left open, then undoes [`ENTER`] and [`MOUSE_ON`].
const LEAVE: &str =
    "\x1b[?2026l\x1b[m\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l";
/// Buttons, wheel and drags in SGR coordinates; no reports of a mere motion.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// What is written at a time, so that giving the terminal back need not wait for a whole frame. Bytes.
const CHUNK: usize = 2048;
/// How long giving back waits for a terminal that takes no bytes.
const STALL: Duration = Duration::from_millis(500);

/// True while the screen is ours. Frames are dropped otherwise.
static OURS: AtomicBool = AtomicBool::new(false);
/// Held while bytes leave.
static WRITING: Mutex<()> = Mutex::new(());

/// Why the terminal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// A usage error, exit code 2.
    #[error("not a terminal; try `pult get containers`")]
    NotATerminal,
    #[error("the terminal cannot be set up: {0}")]
    Io(#[from] io::Error),
}

/// What came of a wish to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspend {
    /// Stopped, and continued since. The screen has to be painted from scratch.
    Resumed,
    /// No shell of this session could ever continue pult, so it did not stop.
    NoShell,
}

/// The terminal while it is ours. Dropping it gives it back.
#[derive(Debug)]
pub struct Terminal {
    mouse: bool,
    /// The terminal's modes when it was lent to another program.
    lent: Option<Termios>,
}

impl Terminal {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When input or output is not a terminal, or its mode cannot be set.
    pub fn enter(mouse: bool) -> Result<Self, TerminalError> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(TerminalError::NotATerminal);
        }
        let mut terminal = Self { mouse, lent: None };
        terminal.resume()?;
        Ok(terminal)
    }

    /// Takes the terminal (again), whatever state somebody left it in: after [`Terminal::leave`], or when
    /// pult was stopped and continued from outside. The screen has to be painted from scratch.
    ///
    /// # Errors
    /// When the mode cannot be set.
    pub fn resume(&mut self) -> io::Result<()> {
        if let Some(modes) = self.lent.take() {
            // A program that was killed has left them as they were for itself.
            tcsetattr(stdin(), OptionalActions::Now, &modes)?;
        }
        crossterm::terminal::disable_raw_mode()?;
        crossterm::terminal::enable_raw_mode()?;
        let guard = lock();
        OURS.store(true, Ordering::SeqCst);
        let mut bytes = String::from(ENTER);
        if self.mouse {
            bytes.push_str(MOUSE_ON);
        }
        let written = write_all(bytes.as_bytes());
        drop(guard);
        written.inspect_err(|_| restore())
    }

    /// Gives the terminal back for a while, to run another program in it.
    pub fn leave(&mut self) {
        restore();
        self.lent = tcgetattr(stdin()).ok();
    }

    /// Switches mouse reports; without them the terminal's own selection works.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        if on == self.mouse {
            return Ok(());
        }
        self.mouse = on;
        write_screen(if on { MOUSE_ON } else { MOUSE_OFF }.as_bytes())
    }

    pub fn mouse(&self) -> bool {
        self.mouse
    }

    /// Gives the terminal back and stops the process group, as Ctrl-Z does in a program without a screen.
    /// Returns after pult was continued.
    ///
    /// SIGSTOP, because SIGTSTP is caught; so it is checked first that a shell is there to continue us: under
    /// `ssh -t host pult` or as a container's first process nobody is.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    pub fn suspend(&mut self) -> io::Result<Suspend> {
        if !has_job_control() {
            return Ok(Suspend::NoShell);
        }
        restore();
        let stopped = stop_group();
        self.resume()?;
        stopped?;
        Ok(Suspend::Resumed)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Stops the process group while the terminal is another program's; does nothing where nobody could continue it.
pub(super) fn stop() {
    if has_job_control() {
        let _stopped = stop_group();
    }
}

/// Returns after the group was continued.
fn stop_group() -> rustix::io::Result<()> {
    let _nothing_starts = starting::hold();
    let stopped = kill_current_process_group(Signal::STOP);
    // Another thread may take the signal; this one then runs on for a moment.
    std::thread::sleep(Duration::from_millis(20));
    stopped
}

/// Gives the terminal back. Does nothing when it is not ours.
pub fn restore() {
    if !OURS.swap(false, Ordering::SeqCst) {
        return;
    }
    // A frame that is on its way ends at its next chunk.
    let mut guard = lock_within(STALL);
    if guard.is_none() || !is_writable(STALL) {
        // The terminal takes nothing (a dead link, Ctrl-S): drop what waits in the line, so that we can go.
        let _ = tcflush(stdout(), QueueSelector::OFlush);
        guard = guard.or_else(|| lock_within(STALL));
    }
    if is_writable(STALL) && write_all(LEAVE.as_bytes()).is_err() {
        tracing::warn!("the terminal could not be restored");
    }
    drop(guard);
    let _ = crossterm::terminal::disable_raw_mode();
}

/// Says a line on the terminal while it is not ours, for whoever looks at it then.
pub(super) fn say(line: &str) {
    if !OURS.load(Ordering::SeqCst) && is_writable(STALL) {
        // Who cannot read it has lost nothing else.
        let _ = write_all(format!("pult: {}\r\n", sanitize::line(line, 1000)).as_bytes());
    }
}

/// Makes a panic of the calling thread give the terminal back before the message is printed.
///
/// Panics of other threads are caught by `runtime::tasks` and shown on the screen, which goes on: they are
/// only logged while the screen is ours.
pub fn install_panic_hook() {
    let ui = std::thread::current().id();
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == ui {
            restore();
        }
        if OURS.load(Ordering::SeqCst) {
            tracing::error!("{info}");
        } else {
            previous(info);
        }
    }));
}

/// Columns and rows of the window; 80×24 when the terminal does not know.
pub fn size() -> (u16, u16) {
    match tcgetwinsize(stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

/// Writes to the screen while it is ours; else the bytes are dropped. May block for as long as the terminal
/// does not take them.
pub(super) fn write_screen(bytes: &[u8]) -> io::Result<()> {
    for chunk in bytes.chunks(CHUNK) {
        let _guard = lock();
        if !OURS.load(Ordering::SeqCst) {
            return Ok(());
        }
        write_all(chunk)?;
    }
    Ok(())
}

fn lock() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock_within(limit: Duration) -> Option<MutexGuard<'static, ()>> {
    const STEP: Duration = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    loop {
        match WRITING.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(e)) => return Some(e.into_inner()),
            Err(TryLockError::WouldBlock) if waited >= limit => return None,
            Err(TryLockError::WouldBlock) => {
                std::thread::sleep(STEP);
                waited += STEP;
            }
        }
    }
}

/// Writes past the standard library's buffer and its lock. A terminal that another program left in
/// non-blocking mode is waited for.
fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                is_writable(STALL);
            }
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

fn is_writable(limit: Duration) -> bool {
    let out = stdout();
    let mut fds = [PollFd::from_borrowed_fd(out, PollFlags::OUT)];
    let timeout = Timespec { tv_sec: limit.as_secs().cast_signed(), tv_nsec: limit.subsec_nanos().into() };
    poll(&mut fds, Some(&timeout)).is_ok_and(|n| n > 0) && fds[0].revents().contains(PollFlags::OUT)
}

/// True when a process of this session, outside of our process group, is an ancestor: a shell that put us
/// into a job of its own and will notice that we stopped.
fn has_job_control() -> bool {
    let (Ok(session), group) = (getsid(None), getpgrp()) else { return false };
    let mut pid = if session == getpid() { None } else { getppid() };
    for _ in 0..64 {
        let Some(ancestor) = pid else { return false };
        match (getsid(Some(ancestor)), getpgid(Some(ancestor))) {
            (Ok(s), Ok(g)) if s == session && g != group => return true,
            (Ok(s), Ok(_)) if s == session => pid = parent_of(ancestor),
            _ => return false,
        }
    }
    false
}

/// The parent of another process; only Linux tells.
fn parent_of(pid: Pid) -> Option<Pid> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).ok()?;
    // The name in parentheses may hold anything, also parentheses.
    let (_, rest) = stat.rsplit_once(')')?;
    Pid::from_raw(rest.split_whitespace().nth(1)?.parse().ok()?)
}

#[cfg(test)]
mod tests;
