//! Everything that ends a command early, with its message and its exit code.

use std::io;

use super::Exit;
use crate::config::UsageError;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;

/// Why a command ended early.
#[derive(Debug)]
pub enum Failure {
    /// The command line does not make sense.
    Usage(String),
    /// Mistakes in the configuration.
    Config(Vec<Diagnostic>),
    /// No such object.
    NotFound(String),
    /// The object's state does not allow it.
    NotPossible(String),
    /// Nothing was changed, and this is why.
    Refused(String),
    Fault(TargetId, Fault),
    /// There is nothing to reach.
    Unreached(String),
    Io(io::Error),
    Interrupted,
}

impl Failure {
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Config(_) => Exit::Usage,
            Self::NotFound(_) | Self::NotPossible(_) => Exit::Failed,
            Self::Refused(_) => Exit::Refused,
            Self::Unreached(_) => Exit::Unreached,
            Self::Fault(_, fault) => exit_of_fault(fault.kind),
            // Whoever reads our output has read enough: `pult get containers | head -1`.
            Self::Io(e) if e.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Io(_) => Exit::Failed,
            Self::Interrupted => Exit::Interrupted,
        }
    }

    /// Says it on stderr, one line each.
    pub fn print(&self, to: &mut dyn io::Write) {
        // Nothing can be done when stderr is gone.
        let _ = match self {
            Self::Usage(message)
            | Self::NotFound(message)
            | Self::NotPossible(message)
            | Self::Refused(message)
            | Self::Unreached(message) => {
                writeln!(to, "pult: {message}")
            }
            Self::Config(diagnostics) => diagnostics.iter().try_for_each(|d| writeln!(to, "pult: {d}")),
            Self::Fault(target, fault) => writeln!(to, "pult: {target}: {}", fault.in_full()),
            Self::Io(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Self::Io(e) => writeln!(to, "pult: {e}"),
            Self::Interrupted => Ok(()),
        };
    }
}

/// The exit code for a fault of a single request.
pub fn exit_of_fault(kind: FaultKind) -> Exit {
    match kind {
        FaultKind::Unreachable | FaultKind::Timeout | FaultKind::Lost => Exit::Unreached,
        FaultKind::Denied => Exit::Refused,
        _ => Exit::Failed,
    }
}

impl From<io::Error> for Failure {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

impl From<UsageError> for Failure {
    fn from(e: UsageError) -> Self {
        Self::Usage(e.0)
    }
}
