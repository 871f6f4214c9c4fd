//! Servers by SSH.

pub mod config;
pub mod known_hosts;
mod pattern;
mod surroundings;

pub use surroundings::Surroundings;
