//! Clients of the outside world. Each speaks one protocol and gives `domain` snapshots; none knows a screen.

pub mod backoff;
pub mod clock;
pub mod docker;
pub mod log_source;
