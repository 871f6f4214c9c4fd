//! Servers, without anything installed on them: one long-lived `/bin/sh` answers requests by single letters.
//!
//! Where the shell runs is the business of a [`Shell`]: on this machine, or behind an SSH connection. Nothing
//! that a server says is ever put into a script; nothing is written to its disk.

pub mod dead_man;
pub mod docker_ports;
mod elevate;
pub mod exposure;
pub mod fail2ban;
mod frame;
mod local;
pub mod packet_filter;
mod parse;
pub mod run;
mod sampler;
mod script;
mod shell;
pub mod sockets;
pub mod ufw;

pub use elevate::Elevate;
pub use local::LocalShell;
pub use sampler::{Watch, look, serve};
pub use shell::{Pipe, Shell};
