//! Readings that see more as root, and make do with less.

use std::time::Duration;

use super::host::{Host, Output, Run, Who};
use crate::backends::argv::Argv;
use crate::domain::fault::{Fault, FaultKind};

/// Runs a reading as root where that takes no password, else as the account: then it sees less.
///
/// # Errors
/// What reaching the server fails with.
pub async fn run(host: &dyn Host, argv: Argv, deadline: Duration) -> Result<Output, Fault> {
    match host.run(Run::new(argv.clone()).by(Who::Root).within(deadline)).await {
        Err(fault) if fault.kind == FaultKind::Denied => host.run(Run::new(argv).within(deadline)).await,
        answer => answer,
    }
}
