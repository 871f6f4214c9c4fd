//! One open server with its disks, network, packages and accounts.

use jiff::SignedDuration;
use pult::domain::backup::verdict::judge;
use pult::domain::backup::{Backup, Found, Kind, Plan, Run, Tool, Unread};
use pult::domain::query::{Answer, Query};
use pult::domain::server::accounts::{Account, AuthorizedKey};
use pult::domain::server::certificates::{Certificate, Seen};
use pult::domain::server::cron::CronJob;
use pult::domain::server::disks::{Directories, Directory, Disk};
use pult::domain::server::interfaces::{NetworkItem, NetworkKind, Traffic};
use pult::domain::server::packages::{Manager, Package, Packages, UpgradeJob};
use pult::domain::server::{ServerAnswer, ServerAsk, ServerQuery};

use super::Drive;

const GIB: u64 = 1 << 30;

fn is(query: &Query, wanted: fn(&ServerAsk) -> bool) -> bool {
    matches!(query, Query::Server(ServerQuery { what, .. }) if wanted(what))
}

pub fn is_directories(query: &Query) -> bool {
    is(query, |what| matches!(what, ServerAsk::Directories(_)))
}

pub fn is_job(query: &Query) -> bool {
    is(query, |what| *what == ServerAsk::UpgradeJob)
}

pub fn is_packages(query: &Query) -> bool {
    is(query, |what| *what == ServerAsk::Packages)
}

fn filesystem(name: &str, device: &str, gib: u64, percent: u64) -> Disk {
    Disk {
        name: name.into(),
        kind: "ext4".into(),
        device: device.into(),
        mounted: true,
        size_bytes: Some(gib * GIB),
        used_bytes: Some(gib * GIB * percent / 100),
        available_bytes: Some(gib * GIB * (100 - percent) / 100),
        used_percent: Some(percent as f64),
        inodes_used_percent: Some(4.0),
        options: "rw,relatime".into(),
        ..Disk::default()
    }
}

pub fn at_disks(drive: &mut Drive) {
    let device = |name: &str, kind: &str, health: &str, notes: &[&str]| Disk {
        name: name.into(),
        kind: kind.into(),
        device: format!("/dev/{name}"),
        size_bytes: Some(500 * GIB),
        health: health.into(),
        ill: health != "passed",
        notes: notes.iter().map(|note| (*note).to_owned()).collect(),
        ..Disk::default()
    };
    let mut archive = filesystem("/srv/archive", "/dev/sdb1", 1000, 30);
    (archive.read_only, archive.options) = (true, "ro,relatime".into());
    let disks = vec![
        filesystem("/", "/dev/md0", 80, 93),
        archive,
        device("sda", "disk", "worn", &["WD Red", "41 °C", "12 reallocated sectors"]),
        device("sdb", "disk", "passed", &["WD Red"]),
        device("md0", "raid1", "degraded", &["active raid1 sdb1[1] sda1[0](F)", "recovery = 25.2%"]),
    ];
    drive.key("g d");
    drive.answer(
        |query| is(query, |what| *what == ServerAsk::Disks),
        Answer::Server(ServerAnswer::Disks(disks)),
    );
    drive.pass(0.5);
}

/// From the disks into the filesystem under the cursor.
pub fn into_directories(drive: &mut Drive) {
    let one = |path: &str, gib: u64, share_percent| Directory {
        path: path.into(),
        size_bytes: gib * GIB,
        share_percent,
    };
    let list = vec![one("/", 74, 100.0), one("/var", 60, 81.0), one("/home", 10, 13.5), one("/usr", 4, 5.4)];
    drive.key("enter").pass(0.5);
    let directories = Directories { list, partial: true };
    drive.answer(is_directories, Answer::Server(ServerAnswer::Directories(directories))).pass(0.1);
}

fn traffic(uptime_s: f64, rx: u64) -> Answer {
    let interface = |name: &str, address: &str, state: &str, errors| NetworkItem {
        name: name.into(),
        state: state.into(),
        address: address.into(),
        rx_bytes: Some(rx),
        tx_bytes: Some(rx / 4),
        errors: Some(errors),
        dropped: Some(0),
        mac: "02:42:0a:d5:01:02".into(),
        mtu: Some(1500),
        speed_mbit: Some(1000),
        duplex: "full".into(),
        ..NetworkItem::default()
    };
    let other = |kind, name: &str, address: &str, process: &str, connections| NetworkItem {
        kind,
        name: name.into(),
        address: address.into(),
        process: process.into(),
        connections,
        ..NetworkItem::default()
    };
    Answer::Server(ServerAnswer::Network(Traffic {
        uptime_s,
        items: vec![
            interface("eth0", "10.0.0.5/24 fd00::5/64", "up", 0),
            interface("eth1", "", "down", 17),
            other(NetworkKind::Route, "default", "via 10.0.0.1 dev eth0", "", None),
            other(NetworkKind::Resolver, "10.0.0.53", "search example.org", "", None),
            other(NetworkKind::State, "estab", "", "", Some(43)),
            other(NetworkKind::State, "time-wait", "", "", Some(210)),
            other(NetworkKind::Peer, "203.0.113.7", "in tcp 443", "nginx", Some(3)),
            other(NetworkKind::Peer, "10.0.0.9", "out tcp 5432", "web", Some(40)),
        ],
    }))
}

pub fn at_network(drive: &mut Drive) {
    let is_network: fn(&Query) -> bool = |query| is(query, |what| *what == ServerAsk::Network);
    drive.key("g n");
    drive.answer(is_network, traffic(1000.0, 10 << 20)).pass(4.0);
    drive.answer(is_network, traffic(1004.0, 30 << 20)).pass(0.1);
}

pub fn job(running: bool, code: Option<i32>) -> Answer {
    let log = vec![
        "Unpacking openssl (3.0.17-1) over (3.0.16-1) ...".into(),
        "Setting up openssl (3.0.17-1) ...".into(),
    ];
    Answer::Server(ServerAnswer::UpgradeJob(Some(UpgradeJob { running, code, log })))
}

pub fn at_updates(drive: &mut Drive) {
    let package = |name: &str, installed: &str, candidate: &str, security, held| Package {
        name: name.into(),
        installed: installed.into(),
        candidate: candidate.into(),
        origin: if security { "Debian-Security:12/oldstable-security" } else { "Debian:12.12/oldstable" }
            .into(),
        security,
        held,
        manager: Manager::Apt,
        ..Package::default()
    };
    let packages = Packages {
        manager: Manager::Apt,
        packages: vec![
            package("base-files", "12.4+deb12u11", "12.4+deb12u12", false, false),
            package("nginx", "1.22.1-9", "1.22.1-9+deb12u2", true, true),
            Package {
                restarts: vec!["ssh.service".into()],
                kept: vec!["/etc/ssl/openssl.cnf".into()],
                ..package("openssl", "3.0.16-1~deb12u1", "3.0.17-1~deb12u2", true, false)
            },
            package("vim", "2:9.0.1378-2", "2:9.0.1378-2+deb12u2", false, false),
        ],
        refreshed_at: Some(drive.now - SignedDuration::from_hours(100)),
        reboot: Some(vec!["linux-image-6.1.0-38-amd64".into()]),
        restart: vec!["cron.service".into(), "ssh.service".into()],
        leftover: vec!["/etc/ssh/sshd_config.dpkg-dist".into()],
    };
    drive.key("g p");
    drive.answer(is_packages, Answer::Server(ServerAnswer::Packages(Box::new(packages))));
    drive.answer(is_job, job(true, None)).pass(0.5);
}

pub fn at_users(drive: &mut Drive) {
    let account = |name: &str, uid, shell: &str, password: &str| Account {
        name: name.into(),
        uid,
        home: format!("/home/{name}"),
        shell: shell.into(),
        can_log_in: !shell.ends_with("nologin"),
        groups: vec![name.into()],
        password: Some(password.into()),
        ..Account::default()
    };
    let mut ops = account("ops", 1000, "/bin/bash", "set");
    ops.groups.push("sudo".into());
    ops.sudo = vec!["%sudo ALL=(ALL:ALL) ALL".into()];
    ops.sessions = vec!["pts/0 from 10.0.0.9".into()];
    ops.last_login_at = Some(drive.now - SignedDuration::from_hours(2));
    ops.last_login_from = "10.0.0.9".into();
    ops.failed_logins = Some(12);
    ops.last_failed_from = "203.0.113.7".into();
    ops.keys = Some(vec![AuthorizedKey {
        fingerprint: "SHA256:0h+hUCOkJC53PfyYmzzjGv/pFQTpl/v1CmZ9G7no32U".into(),
        kind: "ED25519".into(),
        bits: Some(256),
        comment: "olga@laptop".into(),
    }]);
    ops.keys_changed_at = Some(drive.now - SignedDuration::from_hours(900));
    let accounts = vec![
        account("daemon", 1, "/usr/sbin/nologin", "none"),
        account("guest", 1001, "/bin/bash", "empty"),
        ops,
        account("www-data", 33, "/usr/sbin/nologin", "none"),
    ];
    drive.key("g a");
    let answer = Answer::Server(ServerAnswer::Accounts(accounts));
    drive.answer(|query| is(query, |what| *what == ServerAsk::Accounts), answer).pass(0.5);
}

pub fn at_cron(drive: &mut Drive) {
    let now = drive.now;
    let job =
        |number, schedule: &str, user: &str, command: &str, source: &str, ahead_s: Option<i64>| CronJob {
            schedule: schedule.into(),
            user: user.into(),
            command: command.into(),
            source: source.into(),
            next_at: ahead_s.map(|s| now + SignedDuration::from_secs(s)),
            last_at: ahead_s.map(|_| now - SignedDuration::from_secs(400)),
            number,
        };
    let jobs = vec![
        job(
            0,
            "25 6 * * *",
            "root",
            "cd / && run-parts --report /etc/cron.daily",
            "/etc/crontab",
            Some(30_000),
        ),
        job(1, "*/10 * * * *", "ops", "/home/ops/report --all", "/var/spool/cron/crontabs/ops", Some(200)),
        job(2, "@reboot", "ops", "/home/ops/start", "/var/spool/cron/crontabs/ops", None),
    ];
    drive.key("g c");
    drive
        .answer(|query| is(query, |what| *what == ServerAsk::Cron), Answer::Server(ServerAnswer::Cron(jobs)));
    drive.pass(0.5);
}

pub fn at_certificates(drive: &mut Drive) {
    let now = drive.now;
    let one = |place: &str, seen, subject: &str, days: i64, used: &str, problem: &str| {
        Certificate {
            place: place.into(),
            seen,
            subject: subject.into(),
            names: vec![subject.into(), format!("www.{subject}")],
            issuer: "R11, Let's Encrypt".into(),
            fingerprint: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            starts_at: Some(now - SignedDuration::from_hours(24 * 60)),
            expires_at: Some(now + SignedDuration::from_hours(24 * days + 1)),
            used_by: (!used.is_empty()).then(|| used.to_owned()).into_iter().collect(),
            problem: problem.into(),
            ..Certificate::default()
        }
        .at(now)
    };
    let live = "/etc/letsencrypt/live/shop.example/fullchain.pem";
    let config = "/etc/nginx/sites-enabled/shop";
    let all = vec![
        one("/etc/ssl/old.pem", Seen::File, "old.example", -40, "", ""),
        one(
            "/etc/letsencrypt/live/mail.example/fullchain.pem",
            Seen::File,
            "mail.example",
            9,
            "/etc/postfix/main.cf",
            "",
        ),
        one(
            live,
            Seen::File,
            "shop.example",
            80,
            config,
            "127.0.0.1:443 shows another one: reload what listens there",
        ),
        one(
            "127.0.0.1:443",
            Seen::Socket,
            "shop.example",
            12,
            "nginx",
            &format!("not the one in {live}: reload what listens here"),
        ),
        one("127.0.0.1:993", Seen::Socket, "imap.example", -1, "dovecot", ""),
    ];
    drive.key("g s");
    drive.answer(
        |query| is(query, |what| *what == ServerAsk::Certificates),
        Answer::Server(ServerAnswer::Certificates(all)),
    );
    drive.pass(0.5);
}

/// A file that is too old, a repository that cannot be read, one that is written, one that is well, and a stanza.
pub fn at_backups(drive: &mut Drive) {
    let now = drive.now;
    let run = |hours: i64, label: &str, size: Option<u64>, kind: Option<Kind>| Run {
        at: now - SignedDuration::from_hours(hours),
        label: label.into(),
        size_bytes: size,
        kind,
        of: String::new(),
        failed: Some(false),
    };
    let mut all = Vec::new();
    let mut add = |plan: Plan, part: &str, read: Result<Found, Unread>| {
        let name = if part.is_empty() { plan.name.clone() } else { format!("{}/{part}", plan.name) };
        let place = if plan.operand.is_empty() { part.to_owned() } else { plan.operand.clone() };
        all.push(judge(&plan, name, place, read, now));
    };
    let dumps =
        (0..9).map(|i| run(50 + i * 24, &format!("crm-{i}.dump"), Some((400 - 9 * i as u64) << 20), None));
    add(Plan::new("crm", Tool::Files, "/var/backups/crm-*.dump"), "", Ok(Found::of(dumps.collect())));
    let unread = Unread {
        message: "restic: Fatal: wrong password or no key found".into(),
        hint: "write password_file or env_file of its [[backup]]: paths on the server".into(),
    };
    let home = Plan {
        password_file: Some("/root/.restic".into()),
        ..Plan::new("home", Tool::Restic, "/srv/restic")
    };
    add(home, "", Err(unread));
    let mail = vec![run(30, "mail-2", None, None), run(54, "mail-1", None, None)];
    add(Plan::new("mail", Tool::Borg, "/srv/borg"), "", Ok(Found::of(mail).writing(true)));
    let stanza = vec![
        run(3, "20261121-081450F_20261121-091504I", Some(23 << 30), Some(Kind::Incr)),
        run(27, "20261121-081450F", Some(22 << 30), Some(Kind::Full)),
    ];
    add(Plan::discovered(), "main", Ok(Found::of(stanza).archived("000000010000000000000005")));
    backups_are(drive, all);
}

pub fn backups_are(drive: &mut Drive, all: Vec<Backup>) {
    drive.key("g b");
    drive.answer(
        |query| is(query, |what| *what == ServerAsk::Backups),
        Answer::Server(ServerAnswer::Backups(all)),
    );
    drive.pass(0.5);
}
