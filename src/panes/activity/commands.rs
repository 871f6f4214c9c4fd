//! The activity pane's rows of the command table. It only reads: movement and filters are every list's.

use crate::command::Command;

/// The table.
pub static COMMANDS: [Command; 0] = [];
