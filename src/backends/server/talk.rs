//! A conversation with a server's script: one request at a time, each with a deadline.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::elevate::Elevate;
use super::frame::Frames;
use super::parse;
use super::script::{self, Request};
use super::shell::{Pipe, Shell};
use crate::backends::clock;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::{Counters, Facts};

/// A server that does not answer a reading within this time hangs.
pub(super) const DEADLINE: Duration = Duration::from_secs(10);

/// Bytes read at once: most readings are shorter.
const READ: usize = 8 << 10;

/// A script that runs and answers.
pub(super) struct Talk {
    pipe: Box<dyn Pipe>,
    frames: Frames,
}

impl Talk {
    pub async fn begin(shell: &dyn Shell, elevate: Elevate) -> Result<Self, Fault> {
        // Not to be guessed by who writes what we read: the standard library seeds it at random.
        let nonce = RandomState::new().build_hasher().finish();
        let script = script::script(nonce, elevate);
        let pipe = shell.start(script).await?;
        Ok(Self { pipe, frames: Frames::new(nonce) })
    }

    pub async fn facts(&mut self) -> Result<Facts, Fault> {
        let began = clock::now();
        let answer = self.ask(Request::Facts, DEADLINE).await?;
        let ended = clock::now();
        let (mut facts, theirs) = parse::facts(&answer);
        let ours = (began.as_millisecond() + ended.as_millisecond()) as f64 / 2000.0;
        facts.clock_ahead_s = theirs.map(|theirs| theirs - ours);
        Ok(facts)
    }

    pub async fn counters(&mut self) -> Result<(Counters, Duration), Fault> {
        let began = tokio::time::Instant::now();
        let answer = self.ask(Request::Vitals, DEADLINE).await?;
        let strange = || {
            let what = "its /proc/uptime cannot be read: only Linux servers can be watched";
            Fault::new(FaultKind::Unsupported, what)
        };
        Ok((parse::counters(&answer).ok_or_else(strange)?, began.elapsed()))
    }

    /// The answer to a request; bytes that are no text are replaced.
    pub async fn ask(&mut self, request: Request, deadline: Duration) -> Result<String, Fault> {
        let late = || {
            let message = format!("it did not answer within {} s", deadline.as_secs());
            Err(Fault::new(FaultKind::Timeout, message))
        };
        tokio::time::timeout(deadline, self.exchange(request)).await.unwrap_or_else(|_| late())
    }

    async fn exchange(&mut self, request: Request) -> Result<String, Fault> {
        let lost =
            |e: std::io::Error| Fault::new(FaultKind::Unreachable, format!("the connection was lost: {e}"));
        let letter = request.letter();
        let asked = self.pipe.write_all(format!("{letter}\n").as_bytes()).await;
        if asked.and(self.pipe.flush().await).is_err() {
            return Err(ended(self.frames.is_ready()));
        }
        // Not kept between two requests: there may be hundreds of servers, each with two conversations.
        let mut buffer = vec![0; READ];
        loop {
            let endless = |_| Fault::new(FaultKind::Protocol, "it printed without end and was cut off");
            while let Some(frame) = self.frames.next().map_err(endless)? {
                // A late answer to a request that was given up is thrown away.
                if char::from(frame.letter) == letter {
                    return Ok(match String::from_utf8(frame.body) {
                        Ok(text) => text,
                        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
                    });
                }
            }
            let read = self.pipe.read(&mut buffer).await.map_err(lost)?;
            if read == 0 {
                return Err(ended(self.frames.is_ready()));
            }
            self.frames.push(buffer.get(..read).unwrap_or_default());
        }
    }
}

fn ended(was_ready: bool) -> Fault {
    if was_ready {
        Fault::new(FaultKind::Unreachable, "its shell ended")
    } else {
        Fault::new(FaultKind::Protocol, "/bin/sh could not be run there").hint(
            "its user needs a login shell that runs commands; a user for files only (internal-sftp) has none",
        )
    }
}
