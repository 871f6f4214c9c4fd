//! Servers by SSH: one connection each, which serves commands, streams, shells and files alike.
//!
//! ```text
//! Hub ── connection(target) ──> Connection ── exec, start ──────> Output, Process
//!   │        (one a server)         │     ├── exec_as_root ─────> Output
//!   └ Asker: questions to a person  │     ├── unix, tcp, sftp ──> Stream (AsyncRead + AsyncWrite)
//!                                   │     └── shell ────────────> Shell
//!                                   └ made on demand, kept up, comes back after a cut
//! ```
//!
//! It knows no program on the other side but `/bin/sh` and `sudo`, and nothing of what is done there.

mod asker;
mod auth;
mod budget;
mod cause;
mod channel;
mod config;
mod connection;
mod docker_socket;
mod establish;
mod further_keys;
mod gatekeeper;
mod hub;
mod intake;
mod keeper;
mod key_file;
mod known_hosts;
mod live;
mod memory;
mod pattern;
mod process;
mod proxy;
mod rights;
mod route;
mod shell;
mod spawn;
mod stream;
mod surroundings;

pub use asker::{Asked, Asker};
pub use config::hosts;
pub use connection::Connection;
pub use docker_socket::DockerSocket;
pub use hub::Hub;
pub use intake::Exit;
pub use keeper::{Hears, Keeper};
pub use process::{Output, Process};
pub use rights::Rights;
pub use shell::{Shell, Size};
pub use spawn::Spawn;
pub use stream::Stream;
pub use surroundings::Surroundings;
