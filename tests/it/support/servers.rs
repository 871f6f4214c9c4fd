//! Fleets: servers in every state of their link and of their health.

use std::sync::Arc;

use pult::app::{Msg, Setup};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::guard::Guard;
use pult::domain::ids::TargetId;
use pult::domain::remote::Remote;
use pult::domain::server::certificates::Soonest;
use pult::domain::server::checks::{Checks, Filesystem, Updates};
use pult::domain::server::counters::Memory;
use pult::domain::server::heat::{Fan, Heat, Temperature};
use pult::domain::server::time_sync::TimeSync;
use pult::domain::server::vitals::{Cpu, DiskRate, NetRate, Stalls};
use pult::domain::server::{Facts, Rights, Server, Vitals};
use pult::domain::world::{TargetInfo, World};

use super::Drive;
use super::world;

const GIB: u64 = 1 << 30;

/// One engine and these servers.
pub fn world(names: &[&str]) -> World {
    let mut world = world::one();
    world.targets.extend(names.iter().map(|name| TargetInfo {
        id: TargetId::server(name),
        address: format!("ssh://ops@{name}"),
        client: format!("ssh -l ops {name}"),
        guard: Guard::Confirm,
        tags: vec!["prod".into()],
        color: None,
    }));
    world
}

/// A healthy server of four processors.
pub fn vitals(drive: &Drive, cpu_percent: f64) -> Vitals {
    let net = |name: &str, rx: f64| NetRate {
        name: name.into(),
        rx_bytes_per_s: Some(rx),
        tx_bytes_per_s: Some(rx / 4.0),
        faults_per_s: Some(0.0),
    };
    Vitals {
        at: drive.now,
        uptime_s: 7_603_200.0,
        cpus: 4,
        cpu: Some(Cpu {
            used: cpu_percent,
            user: cpu_percent * 0.7,
            system: cpu_percent * 0.3,
            iowait: 1.0,
            steal: 0.0,
        }),
        load: [cpu_percent / 25.0, 1.0, 0.9],
        memory: Memory { total: 16 * GIB, available: 9 * GIB, swap_total: 2 * GIB, swap_free: 2 * GIB },
        stall: Stalls { cpu: Some(1.0), memory: Some(0.0), io: Some(0.4) },
        net: vec![net("lo", 9e6), net("eth0", 1.5e6), net("veth12", 7e5)],
        disks: vec![DiskRate {
            name: "sda".into(),
            read_bytes_per_s: Some(0.0),
            written_bytes_per_s: Some(4096.0),
            busy_percent: Some(2.0),
        }],
        running: 2,
        blocked: 0,
        rebooted: false,
    }
}

pub fn checks(drive: &Drive, used_percent: f64) -> Checks {
    let fs = |mount: &str, percent: f64, gib: u64| Filesystem {
        mount: mount.into(),
        device: "/dev/sda1".into(),
        kind: "ext4".into(),
        size_bytes: gib * GIB,
        used_bytes: gib * GIB / 100 * percent as u64,
        available_bytes: gib * GIB / 100 * (100 - percent as u64),
        used_percent: Some(percent),
        inodes_used_percent: Some(3.0),
    };
    Checks {
        at: drive.now,
        filesystems: vec![fs("/", used_percent, 80), fs("/var/lib/docker", 41.0, 400)],
        failed_units: Some(Vec::new()),
        users: vec!["ops".into()],
        reboot_required: Some(false),
        updates: Some(Updates { all: 4, security: 0 }),
        banned: Some(3),
        time: Some(TimeSync { by: "chrony", synchronized: Some(true), offset_s: Some(0.000_21) }),
        certificate: Some(Soonest {
            name: "shop.example".into(),
            expires_at: drive.now + jiff::SignedDuration::from_hours(24 * 61 + 1),
        }),
        heat: Heat {
            temperatures: vec![Temperature {
                name: "coretemp Package id 0".into(),
                celsius: 54.0,
                critical: Some(100.0),
            }],
            fans: vec![Fan { name: "nct6775 fan1".into(), rpm: 1180 }],
        },
    }
}

/// Its state as a message.
pub fn state(drive: &Drive, name: &str, vitals: Vitals, checks: Option<Checks>) -> Msg {
    let facts = Facts {
        hostname: name.into(),
        os: "Debian GNU/Linux 12 (bookworm)".into(),
        support_ends: Some(jiff::civil::date(2028, 6, 30)),
        kernel: "6.1.0-18-amd64".into(),
        machine: "x86_64".into(),
        virtualization: "kvm".into(),
        user: "ops".into(),
        rights: Rights::Sudo,
        tools: ["systemctl", "ufw", "fail2ban-client"].map(Into::into).to_vec(),
        ticks_per_s: 100,
        page_bytes: 4096,
        clock_ahead_s: Some(0.02),
    };
    let server = Server {
        facts: Arc::new(facts),
        vitals: Some(Arc::new(vitals)),
        checks: checks.map(Arc::new),
        latency_ms: Some(1.4),
    };
    Msg::Server(TargetId::server(name), Remote::live(Arc::new(server), drive.now))
}

/// Known, and not dialled.
pub fn listed(name: &str) -> Msg {
    Msg::Server(TargetId::server(name), Remote::listed())
}

/// Four servers watched for a minute; on screen.
pub fn fleet_with(change: impl FnOnce(&mut Setup)) -> Drive {
    let mut drive = Drive::with(world(&["web1", "db1", "web2", "edge"]), change);
    drive.msg(world::docker("local", world::live(vec![world::make("web")]))).key("3").pass(10.0);
    let last = state(&drive, "web2", vitals(&drive, 63.0), Some(checks(&drive, 40.0)));
    let Msg::Server(web2, known) = last else { unreachable!() };
    drive.msg(Msg::Server(web2.clone(), known.clone()));
    for step in 0..30 {
        let mut busy = vitals(&drive, 30.0 + f64::from(step) * 2.2);
        busy.stall.io = Some(62.0);
        busy.disks[0].busy_percent = Some(98.0);
        busy.disks[0].written_bytes_per_s = Some(180.0 * 1024.0 * 1024.0);
        let mut worn = checks(&drive, 88.0);
        worn.failed_units = Some(vec!["certbot.service".into()]);
        worn.updates = Some(Updates { all: 12, security: 3 });
        worn.reboot_required = Some(true);
        worn.banned = Some(41);
        worn.time = Some(TimeSync::default());
        worn.certificate = worn.certificate.map(|first| Soonest {
            expires_at: drive.now + jiff::SignedDuration::from_hours(24 * 9 + 1),
            ..first
        });
        drive.msg(state(&drive, "web1", busy, Some(worn)));
        drive.msg(state(&drive, "db1", vitals(&drive, 22.0), Some(checks(&drive, 51.0))));
        drive.pass(2.0);
    }
    let no_route = Fault::new(FaultKind::Unreachable, "web2:22: no route to host")
        .hint("is it up? ping web2; the route there: ip route get 10.0.0.7");
    let retry_at = drive.now + jiff::SignedDuration::from_secs(12);
    drive.msg(Msg::Server(web2, known.lost(no_route, Some(retry_at))));
    drive.pass(4.0);
    drive
}
