//! The loop and what it drives: terminal, frames, signals, tasks, files.

pub mod audit_file;
pub mod audit_read;
mod audit_text;
pub mod encode;
pub mod frames;
pub mod keys;
pub mod osc52;
pub mod output;
pub mod session;
pub mod sgr;
pub mod signals;
pub mod terminal;
pub mod ui_state;
