//! Where a Docker engine listens, resolved from configuration, environment or a docker context.

use std::path::PathBuf;

/// TLS files of an endpoint, PEM.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsFiles {
    pub ca: Option<PathBuf>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// The context says that the server's certificate is not checked.
    pub skip_verify: bool,
}

/// How to reach an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DockerEndpoint {
    Unix(PathBuf),
    Tcp {
        host: String,
        port: u16,
    },
    Tls {
        host: String,
        port: u16,
        files: TlsFiles,
    },
    /// `ssh://[user@]host[:port][/path]`: listed, not dialled until the SSH layer exists.
    Ssh {
        url: String,
    },
}

impl DockerEndpoint {
    /// The address for people, without secrets.
    pub fn address(&self) -> String {
        match self {
            Self::Unix(path) => format!("unix://{}", path.display()),
            Self::Tcp { host, port } => format!("tcp://{host}:{port}"),
            Self::Tls { host, port, .. } => format!("tcp://{host}:{port} (TLS)"),
            Self::Ssh { url } => url.clone(),
        }
    }
}
