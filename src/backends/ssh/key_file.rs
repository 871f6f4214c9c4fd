//! Where the key of a server is written: the first of the user's known_hosts files.

use std::sync::Arc;

use russh::keys::PublicKey;

use super::config::HostConfig;
use super::keeper::Keeper;
use super::known_hosts::{self, Name, fingerprint};
use super::memory::Memory;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::trust::TakenKey;

/// The place of one server's keys.
pub(super) struct KeyFile {
    pub config: Arc<HostConfig>,
    pub name: Name,
    pub memory: Arc<Memory>,
    pub keeper: Option<Keeper>,
}

impl KeyFile {
    /// Writes a key to the user's file and says where; without a file of his own it is trusted for this session.
    pub async fn write(&self, key: &PublicKey) -> Result<String, Fault> {
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

    /// Writes a key that nobody was asked about: the audit hears of it before.
    pub async fn take(&self, key: &PublicKey, by: &'static str) -> Result<String, Fault> {
        let Some(Keeper(keeper)) = &self.keeper else {
            return Err(Fault::new(FaultKind::Denied, "a key that nobody hears of is not written"));
        };
        let (host, key_type) = (self.name.written(), key.algorithm().to_string());
        let taken = TakenKey { host, key_type, fingerprint: fingerprint(key), by };
        let entry = keeper.begin(taken).await?;
        let outcome = self.write(key).await;
        keeper.end(entry, outcome.clone()).await;
        outcome
    }
}
