//! Docker engines (and Podman's compatible socket): what runs, what it uses, what it says, and changing it.

mod client;
mod connector;
mod convert;
mod event;
mod fault;
mod list;
mod rows;
mod status;
mod tls;
mod transport;
mod watch;

pub use client::{API, Docker};
pub use watch::serve;
