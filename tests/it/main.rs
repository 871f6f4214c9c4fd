//! The integration tests: one binary, so that everything is linked once.

mod backends;
mod cli;
mod configs;
