//! `UpdateHostKeys`: a server says which keys it has besides the one it has shown, and proves it. Then they are
//! known, too, so that it can go over to one of them without looking like another server. Old ones stay: what was
//! right once is taken out by a person.

use std::sync::Weak;

use russh::keys::PublicKey;
use tokio::sync::mpsc;

use super::key_file::KeyFile;
use super::live::Live;
use crate::domain::trust::TakenKey;

/// Learns what the gatekeeper lets through, until the connection ends.
pub(super) async fn learn(live: Weak<Live>, mut said: mpsc::Receiver<Vec<PublicKey>>, file: KeyFile) {
    while let Some(keys) = said.recv().await {
        let Some(live) = live.upgrade() else { return };
        // All or none: a server that claims a key it does not have is not to be believed.
        if let Err(e) = live.handle.hostkeys_prove(keys.clone()).await {
            tracing::warn!("{}: further keys are not proven: {e}", live.name);
            continue;
        }
        for key in keys {
            if let Err(fault) = file.take(&key, TakenKey::FURTHER).await {
                tracing::warn!("{}: {fault}", live.name);
            }
        }
    }
}
