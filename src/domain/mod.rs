//! Nouns and verbs of the machines pult looks after, and the formulas over them.
//!
//! Plain data: no client, no screen, no clock and no file is known here.

pub mod audit;
pub mod capsule;
pub mod container;
pub mod container_fields;
pub mod diagnostic;
pub mod disk_fields;
pub mod docker;
pub mod endpoint;
pub mod exit;
pub mod fault;
pub mod field;
pub mod filter;
pub mod guard;
pub mod ids;
pub mod image;
pub mod interest;
pub mod layered;
pub mod limits;
pub mod log;
pub mod log_selection;
pub mod log_word;
pub mod mutation;
pub mod network_fields;
pub mod package_fields;
pub mod password;
pub mod process_fields;
pub mod quantity;
pub mod query;
pub mod question;
pub mod recording;
pub mod remote;
pub mod sanitize;
pub mod secret;
pub mod server;
pub mod server_fields;
pub mod shell;
pub mod shell_word;
pub mod ssh_target;
pub mod star;
pub mod terminal;
pub mod trust;
pub mod unit_fields;
pub mod usage;
pub mod world;
