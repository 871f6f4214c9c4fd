//! Worlds: engines in every state of their link, containers in every state of theirs, names from hell.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use pult::app::Msg;
use pult::domain::audit::{AuditRecord, Outcome};
use pult::domain::container::{Attachment, Container, Health, Mount, Port, State};
use pult::domain::docker::{DockerHost, Engine};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::guard::Guard;
use pult::domain::ids::{ContainerKey, TargetId};
use pult::domain::log::{LogLine, LogStream};
use pult::domain::query::{Answer, Footprint, HealthResult, Inspect, ProcessTable, VolumeUse};
use pult::domain::remote::{Link, Remote};
use pult::domain::usage::{Usage, UsageSample};
use pult::domain::world::{TargetInfo, World};
use serde_json::json;

/// 2025-06-15 15:06:40 UTC, a Sunday; where every simulation begins.
pub const EPOCH: i64 = 1_750_000_000;

pub fn start() -> Timestamp {
    Timestamp::from_second(EPOCH).unwrap()
}

pub fn ago(seconds: i64) -> Timestamp {
    start() - SignedDuration::from_secs(seconds)
}

pub fn local() -> TargetId {
    TargetId::docker("local")
}

/// A world that knows its targets and has seen nothing yet.
pub fn targets(guards: &[(&str, Guard)]) -> World {
    let info = |(name, guard): &(&str, Guard)| TargetInfo {
        id: TargetId::docker(name),
        client: "docker".into(),
        address: format!("unix:///run/{name}.sock"),
        guard: *guard,
        tags: Vec::new(),
        color: None,
    };
    World { targets: guards.iter().map(info).collect(), ..World::default() }
}

/// One engine, named `local`, that asks y/n.
pub fn one() -> World {
    targets(&[("local", Guard::Confirm)])
}

/// An id of 64 hexadecimal digits that depends on the name alone.
pub fn id_of(name: &str) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}").repeat(4)
}

/// A container under construction: running for three days unless something else is said.
pub struct Make(pub Container);

pub fn make(name: &str) -> Make {
    let mut c = Container::blank(local(), &id_of(name), name);
    c.state = State::Running;
    c.image = format!("{}:1", name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-'));
    c.image_id = "sha256:1d".into();
    c.created_at = Some(ago(400_000));
    c.started_at = Some(ago(273_900));
    c.command = "\"/entrypoint.sh\"".into();
    c.network_mode = "bridge".into();
    c.networks = vec![Attachment { name: "bridge".into(), ip: Some("172.17.0.2".into()) }];
    Make(c)
}

impl Make {
    pub fn on(mut self, host: &str) -> Self {
        self.0.target = TargetId::docker(host);
        self
    }

    pub fn state(mut self, state: State) -> Self {
        self.0.state = state;
        if !state.has_processes() {
            self.0.finished_at = Some(ago(150));
        }
        self
    }

    pub fn exited(mut self, code: i64, seconds_ago: i64) -> Self {
        self.0.exit_code = Some(code);
        self = self.state(State::Exited);
        self.0.finished_at = Some(ago(seconds_ago));
        self
    }

    pub fn health(mut self, health: Health) -> Self {
        self.0.health = Some(health);
        self
    }

    pub fn project(mut self, project: &str, service: &str) -> Self {
        (self.0.project, self.0.service) = (Some(project.into()), Some(service.into()));
        self
    }

    pub fn since(mut self, seconds_ago: i64) -> Self {
        self.0.started_at = Some(ago(seconds_ago));
        self
    }

    pub fn port(mut self, ip: &str, host: u16, container: u16) -> Self {
        let (host_ip, host_port) = (Some(ip.to_owned()), Some(host));
        self.0.ports.push(Port { host_ip, host_port, container_port: container, protocol: "tcp".into() });
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Container)) -> Self {
        change(&mut self.0);
        self
    }
}

/// An engine of four processors and 8 GiB with these containers, on a live line.
pub fn live(containers: Vec<Make>) -> Remote<DockerHost> {
    Remote::live(Arc::new(host(containers)), start())
}

pub fn host(containers: Vec<Make>) -> DockerHost {
    let engine = Engine {
        version: "28.5.1".into(),
        api: (1, 51),
        os: "Debian GNU/Linux 13 (trixie)".into(),
        cpus: 4,
        memory_bytes: 8 << 30,
        lacks: Vec::new(),
    };
    let mut containers: Vec<_> = containers.into_iter().map(|m| Arc::new(m.0)).collect();
    containers.sort_by(|a, b| a.name.cmp(&b.name));
    DockerHost { engine, containers }
}

/// Everything that a container can be, on one engine.
pub fn mixed() -> Vec<Make> {
    vec![
        make("crm-api-1").project("crm", "api").health(Health::Healthy).port("0.0.0.0", 8080, 80).with(|c| {
            c.image = "registry.example.org/crm/crm-api:2.4.1".into();
            c.labels = BTreeMap::from([
                ("com.docker.compose.project".to_owned(), "crm".to_owned()),
                ("deploy.token".to_owned(), "tok-4711".to_owned()),
            ]);
            c.mounts = vec![Mount {
                kind: "volume".into(),
                name: Some("crm-data".into()),
                source: "/var/lib/docker/volumes/crm-data/_data".into(),
                destination: "/data".into(),
                read_write: true,
            }];
        }),
        make("crm-api-2").project("crm", "api").health(Health::Unhealthy).port("127.0.0.1", 8081, 80),
        make("crm-db").project("crm", "db").since(21 * 86_400).port("0.0.0.0", 5432, 5432),
        make("crm-worker")
            .project("crm", "worker")
            .exited(137, 140)
            .with(|c| (c.oom_killed, c.restart_count) = (Some(true), Some(3))),
        make("mail").state(State::Restarting).with(|c| c.exit_code = Some(7)),
        make("n8n").project("n8n", "n8n").health(Health::Starting).since(45),
        make("old-job").exited(0, 90_000),
        make("parked").state(State::Paused),
        make("planned").state(State::Created),
        make("zombie").state(State::Dead),
    ]
}

/// Samples for running containers: the same figures each time, other ones for each container.
pub fn samples(containers: &[Make], at: Timestamp) -> Vec<UsageSample> {
    let running = containers.iter().filter(|m| m.0.state.has_processes());
    running.enumerate().map(|(i, m)| UsageSample { key: m.0.key(), at, usage: usage(i as u64) }).collect()
}

pub fn usage(i: u64) -> Usage {
    Usage {
        cpu_percent: Some([24.0, 6.3, 91.0, 0.0, 212.0, 1.2][(i % 6) as usize]),
        memory_bytes: Some((612 << 20) + i * (7 << 20)),
        memory_limit_bytes: Some(if i.is_multiple_of(2) { 1 << 30 } else { 8 << 30 }),
        net_rx_bytes_per_s: Some(12_300.0),
        net_tx_bytes_per_s: Some(450.0),
        block_read_bytes_per_s: Some(0.0),
        block_write_bytes_per_s: Some(1_500_000.0),
        pids: Some(17 + i),
        pids_limit: None,
        throttled_percent: Some(0.0),
    }
}

pub fn docker(host: &str, remote: Remote<DockerHost>) -> Msg {
    Msg::Docker(TargetId::docker(host), remote)
}

pub fn connecting() -> Remote<DockerHost> {
    Remote { value: None, at: None, link: Link::Connecting }
}

pub fn denied() -> Remote<DockerHost> {
    let fault = Fault::new(FaultKind::Denied, "permission denied on /var/run/docker.sock")
        .hint("sudo usermod -aG docker ada, then log in again");
    Remote::default().lost(fault, None)
}

pub fn refused() -> Fault {
    Fault::new(FaultKind::Unreachable, "connection refused by /run/local.sock")
        .hint("is dockerd running? systemctl status docker")
}

pub fn key(name: &str) -> ContainerKey {
    make(name).0.key()
}

pub fn footprint() -> Answer {
    let volume = |name: &str, size, anonymous| VolumeUse { name: name.into(), size_bytes: size, anonymous };
    Answer::Footprint(Footprint {
        writable_layer_bytes: Some(84 << 20),
        volumes: vec![
            volume("crm-data", Some(1_288_490_189), false),
            volume(&id_of("anonymous"), None, true),
        ],
    })
}

pub fn inspect(name: &str) -> Answer {
    Answer::Inspect(Box::new(Inspect {
        document: json!({
            "Id": id_of(name),
            "Config": {"Env": ["PATH=/bin", "DB_PASSWORD=hunter2"], "Labels": {"api_key": "k-123"}},
            "HostConfig": {"Memory": 1_073_741_824_u64, "Binds": ["/etc/crm:/etc/crm:ro"]},
            "State": {"Running": true, "Pid": 4711},
        }),
        restart_count: Some(2),
        oom_killed: Some(false),
        started_at: Some(ago(273_900)),
        finished_at: None,
        stop_grace_s: None,
        has_tty: false,
        restart_policy: Some("always".into()),
        memory_limit_bytes: Some(1 << 30),
        cpus: Some(1.5),
        env: vec![("PATH".into(), "/bin".into()), ("DB_PASSWORD".into(), "hunter2".into())],
        health_log: vec![HealthResult { at: None, exit_code: 0, output: "ok".into() }],
    }))
}

pub fn processes() -> Answer {
    let row = |pid: &str, command: &str| vec![pid.to_owned(), "root".to_owned(), command.to_owned()];
    Answer::Processes(ProcessTable {
        titles: ["PID", "USER", "COMMAND"].map(str::to_owned).into(),
        rows: vec![row("1", "nginx: master"), row("29", "nginx: worker")],
    })
}

pub fn line(second: i64, text: &str) -> LogLine {
    LogLine {
        at: Some(ago(600 - second)),
        stream: if text.contains("error") { LogStream::Stderr } else { LogStream::Stdout },
        text: text.to_owned(),
        cut: false,
    }
}

/// An action and how it ended, as the audit has them.
pub fn audit() -> Vec<Arc<AuditRecord>> {
    let record = |seq: u64, seconds_ago, outcome, intent, summary: &str| AuditRecord {
        seq,
        at: ago(seconds_ago),
        session: "1-1".into(),
        user: "ada".into(),
        origin: Some("10.0.0.7".into()),
        command: "container.restart".into(),
        target: "docker:local".into(),
        object: id_of("crm-api-1"),
        summary: summary.into(),
        equivalent: "docker restart crm-api-1".into(),
        undo: None,
        guard: "confirm".into(),
        verdict: "yes".into(),
        outcome,
        intent,
        ms: intent.map(|_| 412),
        detail: (outcome == Outcome::Failed).then(|| "no such container".into()),
        reason: None,
        prev: "0".repeat(64),
        hash: "f".repeat(64),
    };
    [
        record(1, 7200, Outcome::Intent, None, "restart container crm-api-1"),
        record(2, 7199, Outcome::Done, Some(1), "restart container crm-api-1"),
        record(3, 130, Outcome::Intent, None, "stop container mail"),
        record(4, 129, Outcome::Failed, Some(3), "stop container mail"),
        record(5, 5, Outcome::Intent, None, "remove container old-job"),
    ]
    .map(Arc::new)
    .into()
}

/// Texts as a hostile host would send them, past any sanitising.
pub fn hostile() -> Vec<String> {
    vec![
        "\u{1b}[31mred\u{1b}[2J\u{1b}]0;owned\u{7}".into(),
        "\u{1b}P+q544e\u{1b}\\\u{9b}6n".into(),
        "tab\there\r\nnew\nline\0nul\u{7f}\u{85}".into(),
        "\u{202e}gnp.exe\u{2066}iso\u{200f}\u{feff}".into(),
        "日本語コンテナ名前".into(),
        "👩‍👩‍👧‍👦🇩🇪👍🏽".into(),
        format!("e{}", "\u{301}".repeat(300)),
        "x".repeat(4096),
        "界".repeat(1365),
        "\u{200d}\u{200b}\u{2028}\u{2029}".into(),
        String::new(),
        "   ".into(),
        "\u{fe0f}\u{20e3}1\u{fe0f}\u{20e3}".into(),
    ]
}
