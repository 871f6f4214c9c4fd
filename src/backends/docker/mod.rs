//! Docker engines (and Podman's compatible socket): what runs, what it uses, what it says, and changing it.

mod ask;
mod cgroup;
mod client;
mod connector;
mod convert;
mod death;
mod event;
mod exec;
mod fault;
mod lines;
mod list;
mod logs;
mod perform;
mod rows;
mod sampler;
mod skew;
mod stats;
mod status;
mod streamed;
mod tls;
mod transport;
mod watch;

pub use client::{API, Docker};
pub use death::deaths;
pub use exec::ContainerShell;
pub use sampler::sample_loop;
pub use watch::serve;
