//! Incidents at a real server: what is asked when something goes over its threshold, and what is kept of it.

use std::time::Duration;

use pult::backends::ssh::{Asker, Hub, Surroundings};
use pult::domain::capsule::Capsule;
use pult::domain::endpoint::SudoUse;
use pult::domain::ids::TargetId;
use pult::domain::incident::{Incident, IncidentPast};
use pult::domain::server::Crossing;
use pult::domain::server::threshold::Metric;
use pult::logs::recording::Limits;
use pult::runtime::recorder;
use pult::runtime::server_logs::ServerLogs;
use pult::runtime::tasks::Tasks;
use tempfile::TempDir;

use super::host_views::hosted;
use super::ssh_bed::setup;

fn incident(name: &str, metric: Metric) -> Box<Incident> {
    let crossing = Crossing {
        metric,
        what: String::new(),
        since: "2026-11-21T12:00:00Z".parse().unwrap(),
        until: None,
        peak: 97.0,
        level: 80.0,
    };
    Box::new(Incident { target: TargetId::server(name), crossing, past: IncidentPast::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_in_trouble_leaves_a_capsule() {
    let user = setup().alone();
    let host = hosted(&user, "ops@srv1", SudoUse::Ask);
    let dir = TempDir::new().unwrap();
    let (mut tasks, _) = Tasks::new();
    let hub = Hub::new(Surroundings::default(), Asker::nobody(), tasks.spawner(), tasks.stop());
    let limits = Limits { spare_bytes: 0, ..Limits::default() };
    let recorder = recorder::start(dir.path(), limits, ServerLogs::new(&hub, [], false), &mut tasks);
    recorder.incident(host.clone(), *incident("srv1", Metric::Cpu));
    // One a minute: this one is counted.
    recorder.incident(host.clone(), *incident("srv1", Metric::Load));
    recorder.incident(host, *incident("dead", Metric::Link));
    let mut all: Vec<Capsule> = Vec::new();
    for _ in 0..300 {
        all.clear();
        for info in recorder.capsules().await.unwrap() {
            all.push(recorder.capsule(info.id).await.unwrap());
        }
        if all.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let named =
        |name: &str| all.iter().find(|c| c.info.name == name).unwrap_or_else(|| panic!("{name}: {all:?}"));
    let (alive, dead) = (named("srv1"), named("dead"));
    let server = alive.server.as_ref().unwrap();
    assert!(alive.missing.is_empty(), "{:?}", alive.missing);
    assert!(server.processes.len() > 5 && server.processes.iter().any(|p| p.pid == 1 || p.name == "systemd"));
    assert_eq!(alive.info.source(), "server/srv1");
    assert!(alive.info.reason().starts_with("cpu over 80 %, up to 97 %"), "{}", alive.info.reason());
    // One that is out of reach is not asked.
    assert!(dead.server.as_ref().unwrap().processes.is_empty());
    assert_eq!(dead.missing, ["processes and journal: it is out of reach"]);
    assert_eq!(recorder.status().borrow().skipped_capsules, 1);
    tasks.shutdown(Duration::from_secs(2)).await;
}
