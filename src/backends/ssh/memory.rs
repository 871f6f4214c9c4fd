//! What a connection remembers of its logins, for the next one after a cut. Never longer than the session.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use russh::keys::PublicKey;

use super::connection::Connection;
use super::known_hosts::{Name, fingerprint};
use crate::backends::clock;
use crate::domain::password::Password;

/// How long sudo's password is kept.
const SUDO: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, Default)]
struct Content {
    /// The fingerprint of the key that let us in.
    key: Option<String>,
    password: Option<Password>,
    /// And when it was typed.
    sudo: Option<(Password, Instant)>,
    /// The server has asked in its own words: what was said may hold once only.
    asked: bool,
    /// The last server on the way.
    hop: Option<Connection>,
    /// Servers' keys that were trusted for this session only.
    trusted: Vec<(String, String)>,
}

/// Shared by the attempts of one connection.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Content>);

impl Memory {
    fn with<T>(&self, work: impl FnOnce(&mut Content) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn key(&self) -> Option<String> {
        self.with(|c| c.key.clone())
    }

    pub fn keep_key(&self, key: &PublicKey) {
        self.with(|c| c.key = Some(fingerprint(key)));
    }

    pub fn password(&self) -> Option<Password> {
        self.with(|c| c.password.clone())
    }

    /// `None` forgets it: it was refused.
    pub fn keep_password(&self, password: Option<Password>) {
        self.with(|c| c.password = password);
    }

    /// As sudo itself, this forgets its password after a while.
    pub fn sudo(&self) -> Option<Password> {
        self.with(|c| {
            c.sudo.take_if(|(_, typed)| typed.elapsed() > SUDO);
            c.sudo.as_ref().map(|(password, _)| password.clone())
        })
    }

    pub fn keep_sudo(&self, password: Option<Password>) {
        self.with(|c| match (password, &mut c.sudo) {
            // Used again, it is not typed again.
            (Some(password), Some((kept, _))) if *kept == password => {}
            (password, sudo) => *sudo = password.map(|password| (password, clock::instant())),
        });
    }

    pub fn was_asked(&self) -> bool {
        self.with(|c| c.asked)
    }

    pub fn keep_asked(&self) {
        self.with(|c| c.asked = true);
    }

    pub fn hop(&self) -> Option<Connection> {
        self.with(|c| c.hop.clone())
    }

    pub fn keep_hop(&self, hop: Connection) {
        self.with(|c| c.hop = Some(hop));
    }

    pub fn trusts(&self, name: &Name, key: &PublicKey) -> bool {
        self.with(|c| c.trusted.contains(&(name.written(), fingerprint(key))))
    }

    pub fn trust(&self, name: &Name, key: &PublicKey) {
        self.with(|c| c.trusted.push((name.written(), fingerprint(key))));
    }
}
