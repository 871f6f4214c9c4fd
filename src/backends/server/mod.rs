//! Servers, without anything installed on them: one long-lived `/bin/sh` answers requests by single letters.
//!
//! Where the shell runs is the business of a [`Shell`]: on this machine, or behind an SSH connection. What is
//! asked seldom, and what changes something, is one command run to its end by a [`Host`]. Nothing that a server
//! says is ever put into a script; nothing is written to its disk.

mod accounts;
mod backups;
mod certificates;
mod check;
mod cron;
pub mod dead_man;
mod disks;
pub mod docker_ports;
mod edit;
mod elevate;
pub mod exposure;
mod facet;
pub mod fail2ban;
mod files;
mod frame;
mod free_root;
mod host;
pub mod job;
mod local;
mod network;
mod packages;
pub mod packet_filter;
mod parse;
mod perform;
mod perform_guard;
#[cfg(test)]
mod perform_table;
mod power;
mod prober;
mod sampler;
mod script;
mod shell;
pub mod sockets;
mod talk;
pub mod ufw;
mod units;
mod write;

pub use accounts::accounts;
pub use backups::backups;
pub use certificates::certificates;
pub use check::check;
pub use cron::cron;
pub use disks::{directories, disks};
pub use edit::{content, fetch, verify};
pub use elevate::Elevate;
pub use facet::facet;
pub use files::files;
pub use host::{Host, Output, Run, Who, never_root, no_unasked_root};
pub use local::{LocalHost, LocalShell};
pub use network::network;
pub use packages::{packages, upgrade_job};
pub use parse::counters;
pub use perform::{perform, perform_telling, run_command};
pub use prober::Prober;
pub use sampler::{Watch, look, serve};
pub use shell::{Pipe, Shell};
pub use units::{unit, units};
