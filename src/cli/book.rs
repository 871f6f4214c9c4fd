//! What `pult do` needs of an audit: intents, their outcomes, and refusals.

use std::io;

use crate::domain::audit::Outcome;
use crate::gate::{Entry, Ledger};
use crate::runtime::audit_file::AuditFile;

/// An audit that an action is written to from its intent to its end.
pub trait Book: Ledger {
    /// Writes how an intent ended; `ms` is how long it took.
    ///
    /// # Errors
    /// The line could not be written. The action has happened all the same.
    fn outcome(
        &mut self,
        intent: u64,
        outcome: Outcome,
        ms: Option<u64>,
        detail: Option<&str>,
    ) -> io::Result<u64>;

    /// Writes that something was refused, and why.
    ///
    /// # Errors
    /// The line could not be written.
    fn refused(&mut self, entry: &Entry, why: &str) -> io::Result<u64>;
}

impl Book for AuditFile {
    fn outcome(
        &mut self,
        intent: u64,
        outcome: Outcome,
        ms: Option<u64>,
        detail: Option<&str>,
    ) -> io::Result<u64> {
        AuditFile::outcome(self, intent, outcome, ms, detail)
    }

    fn refused(&mut self, entry: &Entry, why: &str) -> io::Result<u64> {
        AuditFile::refused(self, entry, why)
    }
}
