//! Judges the key that a server shows, and hears what the server says outside of any channel.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use russh::Names;
use russh::client::{DisconnectReason, Handler, Session};
use russh::keys::{PublicKey, PublicKeyOrCertificate as Shown};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::asker::{Asker, Trust};
use super::cause::Cause;
use super::config::{HostConfig, UnknownKeys};
use super::known_hosts::{self, KnownHosts, Name, Verdict, fingerprint};
use super::memory::Memory;
use crate::backends::clock;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::question::{HostKey, KnownKey};
use crate::domain::sanitize;
use crate::domain::trust::Keep;

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
            Verdict::Match => return Ok(true),
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
            UnknownKeys::Accept if others.is_empty() => {
                return self.write(&key).await.map(|_| true).map_err(halt);
            }
            UnknownKeys::Accept | UnknownKeys::Ask => {}
        }
        let trust = self.ask(&key, others).await.map_err(halt)?;
        let done = match trust.of(&self.name.written(), &print) {
            Some(Keep::Written) => self.write(&key).await,
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

    /// Writes a key to the user's file and says where; without a file of his own it is trusted for this session.
    async fn write(&self, key: &PublicKey) -> Result<String, Fault> {
        let file = self.config.known_hosts.first().filter(|_| self.config.own_known_hosts > 0).cloned();
        let Some(file) = file else {
            self.memory.trust(&self.name, key);
            return Ok("trusted for this session: ssh_config names no file to write to".to_owned());
        };
        let (name, key, hash) = (self.name.clone(), key.clone(), self.config.hash_known_hosts);
        let place = file.display().to_string();
        tokio::task::spawn_blocking(move || known_hosts::append(&file, &name, &key, hash))
            .await
            .map_err(|e| Fault::new(FaultKind::Bug, e.to_string()))??;
        Ok(format!("written to {place}"))
    }
}
