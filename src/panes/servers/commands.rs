//! The servers pane's rows of the command table. So far it only reads: movement and filters are every list's.

use crate::command::Command;

/// The table.
pub static COMMANDS: [Command; 0] = [];
