//! Logging in: which methods are tried, in which order, and how often.
//!
//! Failed logins get people banned (fail2ban, MaxAuthTries), so little is tried: at most three keys, the one
//! that worked last time first; three answers; and nothing at all again by itself once a server has said no.

mod agent;
mod interactive;
mod keys;
mod offer;
mod password;

use russh::MethodKind;
use russh::client::{AuthResult, Handle};

use super::asker::Asker;
use super::cause::Cause;
use super::config::HostConfig;
use super::gatekeeper::Gatekeeper;
use super::memory::Memory;

/// Keys that are offered to one server.
const KEYS: usize = 3;
/// Times that a person may answer wrongly.
const ANSWERS: usize = 3;

/// The methods, in the order in which they are tried.
const ORDER: [MethodKind; 3] = [MethodKind::PublicKey, MethodKind::KeyboardInteractive, MethodKind::Password];

/// One login.
pub(super) struct Login<'l> {
    pub handle: &'l mut Handle<Gatekeeper>,
    pub config: &'l HostConfig,
    pub memory: &'l Memory,
    pub asker: &'l Asker,
    /// `ops@web1`, for questions.
    pub target: String,
    /// What was tried, for the error.
    tried: Vec<String>,
    /// Answers that may still be wrong.
    answers: usize,
}

/// How a method ended.
enum Outcome {
    In,
    /// Accepted, but another method is wanted as well.
    Half(Vec<MethodKind>),
    /// Not this way; what the server takes besides.
    No(Vec<MethodKind>),
}

impl From<AuthResult> for Outcome {
    fn from(result: AuthResult) -> Self {
        match result {
            AuthResult::Success => Self::In,
            AuthResult::Failure { remaining_methods, partial_success: true } => {
                Self::Half(remaining_methods.to_vec())
            }
            AuthResult::Failure { remaining_methods, .. } => Self::No(remaining_methods.to_vec()),
        }
    }
}

impl<'l> Login<'l> {
    pub fn new(
        handle: &'l mut Handle<Gatekeeper>,
        config: &'l HostConfig,
        memory: &'l Memory,
        asker: &'l Asker,
    ) -> Self {
        let target = format!("{}@{}", config.user, config.alias);
        Self { handle, config, memory, asker, target, tried: Vec::new(), answers: ANSWERS }
    }

    /// Logs in.
    ///
    /// # Errors
    /// The server does not let us in, or the connection ends.
    pub async fn run(mut self) -> Result<(), Cause> {
        // The question which methods there are; counts as no attempt anywhere.
        let asked =
            self.handle.authenticate_none(self.config.user.clone()).await.map_err(|e| Cause::of(&e))?;
        let (mut left, mut done) = match Outcome::from(asked) {
            Outcome::In => return Ok(()),
            Outcome::Half(left) | Outcome::No(left) => (left, Vec::new()),
        };
        loop {
            let next = ORDER.into_iter().find(|m| left.contains(m) && !done.contains(m));
            let Some(method) = next else { return Err(self.refused(&left)) };
            done.push(method);
            let outcome = match method {
                MethodKind::PublicKey => self.keys().await?,
                MethodKind::KeyboardInteractive => self.interactive().await?,
                _ => self.password().await?,
            };
            match outcome {
                Outcome::In => return Ok(()),
                // From here on the server wants what it names now, be it a second time the same.
                Outcome::Half(more) => {
                    done.clear();
                    left = more;
                }
                // A server that hangs up names nothing.
                Outcome::No(more) if more.is_empty() => return Err(self.refused(&left)),
                Outcome::No(more) => left = more,
            }
        }
    }

    fn refused(&self, left: &[MethodKind]) -> Cause {
        let words = left.iter().map(|m| <&str>::from(m).to_owned());
        Cause::Auth { user: self.config.user.clone(), tried: self.tried.clone(), left: words.collect() }
    }
}
