//! How a server is reached and as whom: what ssh_config says, and what the target overrides.
//!
//! Where OpenSSH's client is installed it is asked (`ssh -G`), as only it understands every word of its files;
//! the answer is kept until one of the files changes. Without it the common words are read here. Nothing is
//! ever written to these files.

mod algorithms;
mod file;
mod openssh;
mod resolver;
mod settings;
mod words;

use std::path::PathBuf;
use std::time::Duration;

use crate::domain::ssh_target::SshTarget;

pub use algorithms::{Algorithms, line_that_allows};
pub use resolver::{Resolver, hosts};

/// What counts for one server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostConfig {
    /// As the target was written.
    pub alias: String,
    pub host_name: String,
    pub port: u16,
    pub user: String,
    /// In the order in which they are tried; some may not exist.
    pub identities: Vec<PathBuf>,
    /// Certificates besides those that stand beside a key as `KEY-cert.pub`.
    pub certificates: Vec<PathBuf>,
    /// Keys of the agent count only when they are among `identities`.
    pub identities_only: bool,
    /// The agent's socket.
    pub agent: Option<PathBuf>,
    /// The servers in between, the nearest first.
    pub jumps: Vec<SshTarget>,
    /// A program that makes the connection.
    pub proxy_command: Option<String>,
    /// The program is to hand over a connection instead of carrying it.
    pub proxy_hands_over: bool,
    pub algorithms: Algorithms,
    /// The user's files, then the machine's.
    pub known_hosts: Vec<PathBuf>,
    /// How many of them are the user's; a new key goes into the first.
    pub own_known_hosts: usize,
    /// Names of new keys are written hashed.
    pub hash_known_hosts: bool,
    /// The name in known_hosts, if not the host's own.
    pub host_key_alias: Option<String>,
    pub unknown_keys: UnknownKeys,
    /// Further keys of a known server are written, too, once it has proven to have them.
    pub update_host_keys: bool,
    pub connect_timeout: Option<Duration>,
}

/// What becomes of a server whose key nobody knows: `StrictHostKeyChecking`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownKeys {
    /// Refused.
    Refuse,
    /// A person is asked. Also what `no` comes to: nothing is trusted unseen here.
    #[default]
    Ask,
    /// Taken and written down; a changed one is refused.
    Accept,
}
