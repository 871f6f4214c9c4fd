//! Units of systemd, by its own `systemctl`.

use std::time::Duration;

use super::host::{Host, Output, Run};
use super::parse;
use crate::backends::argv::Argv;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::{UnitDetail, UnitList};

/// A server with thousands of units takes its time.
const DEADLINE: Duration = Duration::from_secs(30);

/// Systems before 246 know no JSON here and print a table instead; both are read.
const LIST: &str = "test -d /run/systemd/system || exit 90
s() { printf '\\n==> %s <==\\n' \"$1\"; }
s boot; grep ^btime /proc/stat
s units; systemctl list-units --all --output=json --plain --no-legend --no-pager || exit
s files; systemctl list-unit-files --output=json --plain --no-legend --no-pager
s timers; systemctl list-timers --all --output=json --no-legend --no-pager
s show; systemctl show --no-pager --all -p Id,MainPID,MemoryCurrent,CPUUsageNSec,NRestarts,ActiveEnterTimestampMonotonic,InactiveEnterTimestampMonotonic '*.service'
exit 0";

const SHOW: &str = "test -d /run/systemd/system || exit 90
s() { printf '\\n==> %s <==\\n' \"$1\"; }
s boot; grep ^btime /proc/stat
s show; exec systemctl show --no-pager --all -p Id,Description,LoadState,ActiveState,SubState,UnitFileState,MainPID,MemoryCurrent,CPUUsageNSec,NRestarts,TasksCurrent,ActiveEnterTimestampMonotonic,InactiveEnterTimestampMonotonic,FragmentPath,DropInPaths,Result,ExecMainStatus,Requires,Wants,RequiredBy,BoundBy,ConsistsOf,WantedBy,TriggeredBy -- \"$1\"";

/// All units, with what `show` tells of services.
///
/// # Errors
/// `Unsupported` where there is no systemd, and what reaching the server fails with.
pub async fn units(host: &dyn Host) -> Result<UnitList, Fault> {
    let output = host.run(Run::new(Argv::script(LIST)).within(DEADLINE)).await?;
    Ok(parse::units(&check(output)?.text()))
}

/// One unit with what it depends on and what depends on it.
///
/// # Errors
/// `Gone` when there is none of this name, else as [`units`].
pub async fn unit(host: &dyn Host, name: &str) -> Result<UnitDetail, Fault> {
    let output = host.run(Run::new(Argv::script(SHOW).name(name)).within(DEADLINE)).await?;
    parse::unit(&check(output)?.text())
        .ok_or_else(|| Fault::new(FaultKind::Gone, format!("no unit {name} there")))
}

fn check(output: Output) -> Result<Output, Fault> {
    match output.code {
        Some(0) => Ok(output),
        Some(90) => {
            Err(Fault::new(FaultKind::Unsupported, "systemd does not run there, so there are no units").hint(
                "without systemd services are started by other means; processes are there all the same",
            ))
        }
        _ => Err(Fault::new(FaultKind::Failed, format!("systemctl failed: {}", output.complaint()))),
    }
}
