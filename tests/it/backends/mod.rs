//! Backends against the real servers of `tests/bed` (start them with `tests/run`), and against servers that
//! misbehave on purpose.

mod docker_actions;
pub mod docker_bed;
mod docker_faults;
mod docker_logs;
mod docker_usage;
mod docker_watch;
