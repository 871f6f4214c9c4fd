//! What is known of one Docker (or Podman) engine.

use std::sync::Arc;

use super::container::Container;

/// An engine's own description.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Engine {
    /// `20.10.24+dfsg1`; sanitised.
    pub version: String,
    /// The API version in use, the lower one of both sides: `(1, 41)`.
    pub api: (u16, u16),
    pub os: String,
    pub cpus: u32,
    pub memory_bytes: u64,
    /// Features that this engine or the proxy before it does not serve, with the reason.
    pub lacks: Vec<(Feature, String)>,
}

/// Things an engine may not serve: an old version, Podman, or a socket proxy that answers 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    Events,
    Stats,
    Inspect,
    Logs,
    Mutations,
}

impl Engine {
    /// The reason why a feature is missing, if it is.
    pub fn lacks(&self, feature: Feature) -> Option<&str> {
        self.lacks.iter().find(|(f, _)| *f == feature).map(|(_, why)| why.as_str())
    }
}

/// One engine with its containers, sorted by name. Immutable: every change makes a new one that shares
/// the rows that did not change.
#[derive(Debug, Clone, Default)]
pub struct DockerHost {
    pub engine: Engine,
    pub containers: Vec<Arc<Container>>,
}
