//! Leads to the Docker engine of a server: by its socket where sshd forwards and the account may use it, else
//! by the docker client over there, else by that with sudo.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::connection::Connection;
use super::hub::Hub;
use super::rights::Rights;
use super::stream::Stream;
use crate::backends::argv::Argv;
use crate::backends::dial::{Dial, Io};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::ssh_target::SshTarget;

/// Where the engine listens when the address names no path.
const SOCKET: &str = "/var/run/docker.sock";
/// For an engine to answer through a program.
const DEADLINE: Duration = Duration::from_secs(8);

/// How streams come to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Socket,
    Client,
    Sudo,
}

/// The engine of one server.
pub struct DockerSocket {
    hub: Hub,
    target: SshTarget,
    /// Empty = the usual one.
    path: String,
    /// The way that led there last time.
    way: Mutex<Option<Way>>,
}

impl std::fmt::Debug for DockerSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DockerSocket({}{})", self.target, self.path)
    }
}

impl DockerSocket {
    /// Of an address like `ssh://ops@web1/run/user/1000/docker.sock`.
    ///
    /// # Errors
    /// An address that names no server.
    pub fn new(hub: Hub, url: &str) -> Result<Self, Fault> {
        let (target, path) = SshTarget::from_url(url)
            .map_err(|e| Fault::new(FaultKind::Unsupported, e.to_string()).hint("write ssh://user@host"))?;
        let path = path.to_owned();
        Ok(Self { hub, target, path, way: Mutex::default() })
    }

    fn way(&self) -> Option<Way> {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, way: Option<Way>) {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner) = way;
    }

    async fn stream(&self) -> Result<Stream, Fault> {
        let connection = self.hub.connection(&self.target).await?;
        connection.connect().await?;
        if let Some(way) = self.way() {
            match self.by(&connection, way).await {
                Err(_) if connection.link().is_live() => self.keep(None),
                outcome => return outcome,
            }
        }
        self.find(&connection).await
    }

    /// Tries one way after the other.
    async fn find(&self, connection: &Connection) -> Result<Stream, Fault> {
        let mut said = Vec::new();
        for way in [Way::Socket, Way::Client, Way::Sudo] {
            // Each sudo that fails is logged over there.
            if way == Way::Sudo && connection.rights().await? != Rights::Sudo {
                continue;
            }
            let tried = match way {
                Way::Socket => self.by(connection, way).await,
                Way::Client | Way::Sudo => self.proven(connection, way).await,
            };
            match tried {
                Ok(stream) => {
                    self.keep(Some(way));
                    return Ok(stream);
                }
                // What befell the connection has nothing to do with Docker.
                Err(fault) if !connection.link().is_live() => return Err(fault),
                Err(fault) => said.push(fault.message),
            }
        }
        let message = format!("no way to Docker on {}: {}", self.target, said.join("; "));
        Err(Fault::new(FaultKind::Denied, message).hint(format!(
            "does it run there? let the account use it: `sudo usermod -aG docker {}`",
            self.target.user.as_deref().unwrap_or("USER")
        )))
    }

    async fn by(&self, connection: &Connection, way: Way) -> Result<Stream, Fault> {
        match way {
            Way::Socket => connection.unix(if self.path.is_empty() { SOCKET } else { &self.path }).await,
            Way::Client => connection.through(&self.client()).await,
            Way::Sudo => connection.through(&connection.as_root(&self.client()).await?).await,
        }
    }

    /// Without a path the client goes where it goes by itself: also to a rootless engine.
    fn client(&self) -> Argv {
        let docker = match self.path.as_str() {
            "" => Argv::new("docker"),
            path => Argv::new("docker").option("-H", &format!("unix://{path}")),
        };
        docker.args(["system", "dial-stdio"])
    }

    /// A program that starts may still not reach the engine: asks it for a sign of life, then opens another.
    async fn proven(&self, connection: &Connection, way: Way) -> Result<Stream, Fault> {
        let mut stream = self.by(connection, way).await?;
        let exchange = async {
            let _ =
                stream.write_all(b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n").await;
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).await.is_ok_and(|_| answer.starts_with(b"HTTP/1."))
        };
        if tokio::time::timeout(DEADLINE, exchange).await.unwrap_or(false) {
            return self.by(connection, way).await;
        }
        let said = String::from_utf8_lossy(&stream.complaint()).into_owned();
        let said = sanitize::line(said.trim(), 200).into_owned();
        let said = if said.is_empty() { "no answer".to_owned() } else { said };
        let program = if way == Way::Sudo { "sudo docker" } else { "docker" };
        Err(Fault::new(FaultKind::Denied, format!("{program} system dial-stdio: {said}")))
    }
}

impl Dial for DockerSocket {
    fn open(&self) -> BoxFuture<'_, Result<Box<dyn Io>, Fault>> {
        async { self.stream().await.map(|stream| Box::new(stream) as Box<dyn Io>) }.boxed()
    }

    fn retry(&self) {
        self.hub.retry(&self.target);
    }
}
