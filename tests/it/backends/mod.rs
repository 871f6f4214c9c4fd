//! Backends against the real servers of `tests/bed` (start them with `tests/run`), and against servers that
//! misbehave on purpose.

pub mod docker_bed;
mod docker_watch;
