//! The integration tests: one binary, so that everything is linked once.

// The relaxation of .clippy.toml covers functions marked as tests, not what these share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
mod backends;
mod cli;
mod configs;
mod pty;
mod pty_editor;
mod pty_servers;
mod readme;
mod screenshots;
mod support;
mod update;
mod view;
