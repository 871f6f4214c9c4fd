//! The integration tests: one binary, so that everything is linked once.

mod architecture;
mod backends;
mod cli;
mod configs;
mod support;
mod update;
mod view;
