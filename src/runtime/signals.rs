//! The signals a full-screen program has to answer, as one stream.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A signal from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sig {
    /// SIGTERM: end in order.
    Terminate,
    /// SIGHUP: the terminal is gone; end in order, without writing to it.
    Hangup,
    /// SIGINT from outside; the Ctrl-C key arrives as a key.
    Interrupt,
    /// SIGCONT: somebody stopped and continued pult; the screen and the terminal's mode are not ours any more.
    Continue,
    /// SIGWINCH: the window has another size. Not taken from the terminal's events: those can lose the last of
    /// many, and carry the size of when they were queued.
    Window,
    /// SIGTSTP from outside; the Ctrl-Z key arrives as a key.
    Stop,
}

/// Listens from its creation on; the default actions are off from then.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
    resume: Signal,
    stop: Signal,
    window: Signal,
}

impl Signals {
    /// # Errors
    /// When the system refuses a handler. Needs to be called inside a tokio runtime.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            resume: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            window: signal(SignalKind::window_change())?,
        })
    }

    /// The next signal. Cancel-safe.
    pub async fn next(&mut self) -> Sig {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Sig::Terminate,
            _ = self.hangup.recv() => Sig::Hangup,
            _ = self.interrupt.recv() => Sig::Interrupt,
            _ = self.resume.recv() => Sig::Continue,
            _ = self.stop.recv() => Sig::Stop,
            _ = self.window.recv() => Sig::Window,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Signal as Raw, getpid, kill_process};

    #[tokio::test]
    async fn every_signal_arrives_under_its_name() {
        let mut signals = Signals::listen().unwrap();
        let all = [
            (Raw::TSTP, Sig::Stop),
            (Raw::WINCH, Sig::Window),
            (Raw::TERM, Sig::Terminate),
            (Raw::HUP, Sig::Hangup),
        ];
        for (raw, sig) in all {
            kill_process(getpid(), raw).unwrap();
            assert_eq!(signals.next().await, sig);
        }
    }
}
