//! Clients of the outside world. Each speaks one protocol and gives `domain` snapshots; none knows a screen.

pub mod argv;
pub mod backoff;
pub mod clock;
pub mod dial;
pub mod docker;
pub mod files;
mod fill;
pub mod history;
pub mod journal;
mod line_index;
pub mod local;
pub mod log_source;
pub mod process;
pub mod recording;
pub mod server;
pub mod sftp;
pub mod skew;
pub mod spool;
pub mod ssh;
pub mod starting;
pub mod stdin;
pub mod terminal;
pub mod transfer;
