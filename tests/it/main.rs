//! The integration tests: one binary, so that everything is linked once.

// A test that cannot go on fails; helpers outside the test functions may say so too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod backends;
mod cli;
mod configs;
