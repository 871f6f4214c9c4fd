//! Names of targets and of the things on them. Cheap to clone, ordered, printable.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The kind of a configured or discovered target, as written before the colon of `docker:prod-1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    Docker,
    Server,
    Postgres,
    Kubernetes,
}

impl TargetKind {
    /// Every kind, in the order in which targets are listed.
    pub const ALL: [TargetKind; 4] = [Self::Docker, Self::Server, Self::Postgres, Self::Kubernetes];

    /// The word used in configuration, on the command line and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Server => "server",
            Self::Postgres => "postgres",
            Self::Kubernetes => "kubernetes",
        }
    }
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A target: `docker:prod-1`. The name is unique within its kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetId {
    pub kind: TargetKind,
    pub name: Arc<str>,
}

impl TargetId {
    pub fn docker(name: &str) -> Self {
        Self { kind: TargetKind::Docker, name: name.into() }
    }

    pub fn server(name: &str) -> Self {
        Self { kind: TargetKind::Server, name: name.into() }
    }
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.name)
    }
}

impl Serialize for TargetId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// The engine's full identifier of a container, 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ContainerId(pub Arc<str>);

impl ContainerId {
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The first twelve characters, as the docker CLI prints them.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One container of one engine: ids are unique per engine only (a restored data root keeps them).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerKey {
    pub target: TargetId,
    pub id: ContainerId,
}
