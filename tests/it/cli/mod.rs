//! The binary as scripts see it: outputs and exit codes.

mod act;
mod checks;
mod config;
mod doctor;
mod get;
mod guard;
mod local_logs;
mod logs;
mod permission;
pub mod pult;
mod recordings;
mod watch;
