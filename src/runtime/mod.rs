//! The loop and what it drives: terminal, frames, signals, tasks, files.

pub mod appearance;
pub mod audit_file;
pub mod audit_read;
mod audit_text;
pub mod commit;
pub mod connections;
pub mod encode;
pub mod engines;
pub mod file_parts;
pub mod frames;
pub mod keys;
mod log_streams;
pub mod osc52;
pub mod output;
pub mod panel;
pub mod recorder;
mod recorder_news;
pub mod runner;
pub mod servers;
pub mod session;
pub mod sgr;
pub mod signals;
pub mod tasks;
pub mod terminal;
mod terminal_events;
pub mod ui_state;
