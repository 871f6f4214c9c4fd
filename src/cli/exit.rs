//! Exit codes: part of the contract with scripts.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    /// The action failed at the target, the object was not found, or a check found something wrong.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// A target could not be reached or did not answer in time.
    Unreached = 3,
    /// A guard, read-only, a missing confirmation, or the target's own permissions.
    Refused = 4,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
