//! The loop and what it drives: terminal, frames, signals, tasks, files.

pub mod encode;
pub mod frames;
pub mod keys;
pub mod output;
pub mod sgr;
pub mod signals;
pub mod terminal;
