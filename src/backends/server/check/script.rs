//! Fixed scripts that checks run. Nothing of a configuration is in them: it is handed over as operands.

use std::time::Duration;

use crate::backends::argv::Argv;
use crate::backends::server::host::{Host, Output, Run, Who};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::quantity;

/// What ends with it when a program is not there.
pub const NOT_FOUND: i32 = 127;
/// What `timeout` ends with when it had to end something.
pub const TOO_LATE: i32 = 124;

/// A script whose `$1` is the time that it has, whole seconds.
pub fn limited(script: &'static str, limit: Duration) -> Argv {
    Argv::script(script).operand(&limit.as_secs().max(1).to_string())
}

/// Runs one with the account's own rights.
///
/// # Errors
/// What reaching the server fails with.
pub async fn run(host: &dyn Host, argv: Argv, limit: Duration) -> Result<Output, Fault> {
    run_by(host, Who::Account, argv, limit).await
}

/// The same with these rights.
///
/// # Errors
/// As [`run`].
pub async fn run_by(host: &dyn Host, who: Who, argv: Argv, limit: Duration) -> Result<Output, Fault> {
    host.run(Run::new(argv).by(who).within(limit)).await.map_err(|fault| match fault.kind {
        // What was given up for it is nobody's matter.
        FaultKind::Timeout => late(limit),
        _ => fault,
    })
}

/// Nothing was heard in time.
pub fn late(limit: Duration) -> Fault {
    let limit = quantity::took(limit.as_secs_f64());
    Fault::new(FaultKind::Timeout, format!("no answer within {limit}"))
}
