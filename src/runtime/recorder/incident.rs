//! Incidents of servers: collects what there is to know of a server on which something has just gone over its
//! threshold. It becomes a capsule beside those of crashes, within the same bounds.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::timeout;

use super::crash::{DEADLINE, in_time};
use crate::backends::argv::Argv;
use crate::backends::server::{Host, Run, Who};
use crate::domain::capsule::{Capsule, CapsuleInfo};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::incident::{Incident, ServerCapsule, busiest};
use crate::domain::log::{LogLine, LogStream};
use crate::domain::server::threshold::Metric;
use crate::runtime::servers::Hosted;

/// The journal's last errors take no longer to be found.
const JOURNAL: Duration = Duration::from_secs(4);
/// Characters of a line.
const LINE: usize = 2000;

/// Asks the server what it does and what it complained about. One that is out of reach is not asked.
pub(super) async fn collect(
    host: &Hosted,
    incident: Incident,
    at: Timestamp,
    skipped_before: u64,
) -> Capsule {
    let Incident { target, crossing, past } = incident;
    let mut server = ServerCapsule { past, processes: Vec::new() };
    let (mut missing, mut log) = (Vec::new(), Vec::new());
    if crossing.metric == Metric::Link {
        missing.push("processes and journal: it is out of reach".to_owned());
    } else {
        let ((list, no_list), (lines, no_lines)) = tokio::join!(
            async { in_time("processes", timeout(DEADLINE, host.prober().processes_measured()).await) },
            async { in_time("journal", timeout(DEADLINE, errors(host.reader())).await) },
        );
        server.processes = list.map(|list| busiest(&list.processes)).unwrap_or_default();
        log = lines.unwrap_or_default();
        missing.extend(no_list.into_iter().chain(no_lines));
    }
    let info = CapsuleInfo {
        id: Capsule::id(at, &target.name, "server"),
        at,
        target: target.to_string(),
        container: String::new(),
        name: target.name.to_string(),
        image: String::new(),
        exit_code: None,
        oom: false,
        skipped_before,
        crossing: Some(crossing),
    };
    Capsule {
        info,
        image_id: String::new(),
        asked_to_stop: false,
        restart_count: None,
        started_at: None,
        missing,
        usage: Vec::new(),
        log,
        log_cut: true,
        inspect: Value::Null,
        server: Some(server),
    }
}

/// The last errors in the journal; those of the whole machine where that is permitted without a password.
async fn errors(host: &dyn Host) -> Result<Vec<LogLine>, Fault> {
    let argv =
        || Argv::new("journalctl").args(["-p", "err", "-n", "100", "-o", "short-iso", "--no-pager", "-q"]);
    let run = |who| Run::new(argv()).by(who).within(JOURNAL);
    let output = match host.run(run(Who::Root)).await {
        Err(fault) if fault.kind == FaultKind::Denied => host.run(run(Who::Account)).await?,
        answer => answer?,
    };
    if !output.is_success() {
        return Err(Fault::new(FaultKind::Failed, format!("journalctl: {}", output.complaint())));
    }
    let line = |text: &str| LogLine {
        at: None,
        stream: LogStream::Stdout,
        text: text.chars().take(LINE).collect(),
        cut: text.len() > LINE,
    };
    Ok(output.text().lines().map(line).collect())
}
