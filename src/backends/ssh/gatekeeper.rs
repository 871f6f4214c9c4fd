//! Judges the key that a server shows, and hears what the server says outside of any channel.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use russh::Names;
use russh::client::{DisconnectReason, Handler, Session};
use russh::keys::{PublicKey, PublicKeyOrCertificate as Shown};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};

use super::asker::{Asker, Trust};
use super::cause::Cause;
use super::config::{HostConfig, UnknownKeys};
use super::key_file::KeyFile;
use super::known_hosts::{KnownHosts, Name, Verdict, fingerprint};
use super::memory::Memory;
use crate::backends::clock;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::question::{HostKey, KnownKey};
use crate::domain::sanitize;
use crate::domain::trust::{Keep, TakenKey};

/// Characters kept of a banner: a legal notice, not a book.
const BANNER: usize = 8 << 10;

/// What one connection's owner and its protocol task share.
#[derive(Debug)]
pub(super) struct Shared {
    /// A person is being asked: deadlines wait.
    pub asking: AtomicBool,
    /// What the server says before the login, sanitised.
    pub banner: Mutex<String>,
    /// Why the connection ended.
    pub ended: watch::Sender<Option<Cause>>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { asking: AtomicBool::new(false), banner: Mutex::default(), ended: watch::Sender::new(None) }
    }
}

impl Shared {
    /// Notes the first reason for the end; what follows from it does not count.
    pub fn end(&self, cause: Cause) {
        self.ended.send_modify(|ended| {
            ended.get_or_insert(cause);
        });
    }
}

/// The handler of one connection.
pub(super) struct Gatekeeper {
    /// Held while keys are agreed on: only so many do at a time. A person's thinking holds up nobody.
    pub turn: Option<OwnedSemaphorePermit>,
    pub config: Arc<HostConfig>,
    pub name: Name,
    /// The servers on the way, the nearest first.
    pub via: Vec<String>,
    pub known: KnownHosts,
    pub asker: Asker,
    pub memory: Arc<Memory>,
    pub shared: Arc<Shared>,
    /// Takes further keys that the server says to have.
    pub further: mpsc::Sender<Vec<PublicKey>>,
    /// The key it has shown, when it is a known one.
    pub shown: Option<PublicKey>,
}

/// What ends a connection from within the protocol task.
#[derive(Debug)]
pub(super) struct Halt(pub Cause);

impl From<russh::Error> for Halt {
    fn from(error: russh::Error) -> Self {
        Self(Cause::of(&error))
    }
}

impl Handler for Gatekeeper {
    type Error = Halt;

    async fn check_server_key(&mut self, shown: &Shown) -> Result<bool, Halt> {
        let key = shown.public_key();
        let (print, key_type) = (fingerprint(&key), key.algorithm().to_string());
        let verdict = self.known.check(&self.name, shown, clock::now());
        let others = match verdict {
            Verdict::Match => {
                self.shown = Some(key.clone());
                return Ok(true);
            }
            Verdict::Revoked(known) => return Err(Halt(Cause::Revoked { shown: print, known })),
            Verdict::Changed(known) => return Err(Halt(Cause::Changed { shown: print, key_type, known })),
            Verdict::BadCertificate(why) => return Err(Halt(Cause::BadCertificate(why))),
            Verdict::Unknown => Vec::new(),
            Verdict::OtherType(others) => others,
        };
        if self.memory.trusts(&self.name, &key) {
            return Ok(true);
        }
        match self.config.unknown_keys {
            UnknownKeys::Refuse => return Err(Halt(Cause::Unknown { shown: print, key_type })),
            // A key of another type is no first contact.
            UnknownKeys::Accept if others.is_empty() && self.asker.keeper().is_some() => {
                return self.file().take(&key, TakenKey::NEW).await.map(|_| true).map_err(halt);
            }
            UnknownKeys::Accept | UnknownKeys::Ask => {}
        }
        let trust = self.ask(&key, others).await.map_err(halt)?;
        let done = match trust.of(&self.name.written(), &print) {
            Some(Keep::Written) => self.file().write(&key).await,
            Some(Keep::Session) => {
                self.memory.trust(&self.name, &key);
                Ok("trusted for this session".to_owned())
            }
            None => Err(Fault::new(FaultKind::Bug, "trust in another key came back")),
        };
        // The audit hears of it before anything is sent there.
        trust.done(done.clone());
        done.map(|_| true).map_err(halt)
    }

    async fn kex_done(&mut self, _: Option<&[u8]>, _: &Names, _: &mut Session) -> Result<(), Halt> {
        self.turn = None;
        Ok(())
    }

    /// A server tells all keys that it has. Who has proven to have them can change from one to the next without
    /// looking like another server.
    async fn openssh_ext_host_keys_announced(
        &mut self,
        said: Vec<PublicKey>,
        _: &mut Session,
    ) -> Result<(), Halt> {
        let wanted = self.config.update_host_keys && self.asker.keeper().is_some();
        let Some(shown) = self.shown.take().filter(|_| wanted) else { return Ok(()) };
        let own = self.config.known_hosts.get(..self.config.own_known_hosts).unwrap_or_default();
        let further = self.known.further(&self.name, &shown, &said, own);
        if further.is_empty() {
            return Ok(());
        }
        // It cannot be asked from in here. Said twice is as good as once.
        let _full = self.further.try_send(further);
        Ok(())
    }

    async fn auth_banner(&mut self, banner: &str, _: &mut Session) -> Result<(), Halt> {
        let mut kept = self.shared.banner.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < BANNER {
            kept.push_str(&sanitize::block(banner.get(..BANNER).unwrap_or(banner), 512));
        }
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Halt>) -> Result<(), Halt> {
        let (cause, outcome) = match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                let why = sanitize::line(&info.message, 200).into_owned();
                (Cause::Network(format!("it hung up: {why}")), Ok(()))
            }
            DisconnectReason::Error(halt) => (halt.0.clone(), Err(halt)),
        };
        self.shared.end(cause);
        outcome
    }
}

fn halt(fault: Fault) -> Halt {
    Halt(Cause::Other(fault))
}

impl Gatekeeper {
    async fn ask(&mut self, key: &PublicKey, others: Vec<KnownKey>) -> Result<Trust, Fault> {
        let shown = HostKey {
            host: self.name.written(),
            alias: Some(self.config.alias.clone()).filter(|alias| *alias != self.name.written()),
            via: self.via.clone(),
            key_type: key.algorithm().to_string(),
            fingerprint: fingerprint(key),
            others,
            seen_as: self.known.names_of(key),
        };
        self.turn = None;
        self.shared.asking.store(true, Ordering::Relaxed);
        let trust = self.asker.ask_trust(shown).await;
        self.shared.asking.store(false, Ordering::Relaxed);
        trust
    }

    /// Where keys are written, on its own feet.
    pub fn file(&self) -> KeyFile {
        KeyFile {
            config: Arc::clone(&self.config),
            name: self.name.clone(),
            memory: Arc::clone(&self.memory),
            keeper: self.asker.keeper().cloned(),
        }
    }
}
