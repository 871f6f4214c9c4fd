//! The pictures of `screenshots/`: real frames of scenes as they are met at work, drawn by the snapshot harness.
//!
//! `PULT_UPDATE_SCREENSHOTS=1 cargo test --test it screenshots` draws them anew; look at them before committing.

use std::path::PathBuf;
use std::sync::Arc;
use std::{env, fs};

use jiff::{SignedDuration, Timestamp};
use pult::app::Msg;
use pult::domain::audit::{AuditRecord, Outcome};
use pult::domain::container::{Health, Mount};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::guard::Guard;
use pult::domain::log::{LogEvent, LogLine, LogSourceId, LogStream};
use pult::domain::query::{Answer, Footprint, HealthResult, Inspect, Query, VolumeUse};
use pult::domain::server::exposure::Published;
use pult::domain::server::sockets::{Bound, Transport};
use pult::domain::usage::{Usage, UsageSample};
use pult::theme::Theme;

use crate::support::world::{self, Make, make};
use crate::support::{Drive, guard_views, questions, shells, svg};

/// A picture: its name and how its scene comes about.
type Picture = (&'static str, fn(&mut Drive));

const PICTURES: &[Picture] = &[
    ("containers", containers),
    ("filter", filter),
    ("remove", remove),
    ("help", help),
    ("activity", activity),
    ("logs", logs),
    ("servers", servers),
    ("ports", ports),
    ("firewall", firewall),
    ("shell", shell),
    ("first-contact", first_contact),
];
const SIZE: (u16, u16) = (140, 36);
const MIB: u64 = 1 << 20;

#[test]
fn screenshots_are_what_the_panel_draws() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let update = env::var_os("PULT_UPDATE_SCREENSHOTS").is_some();
    let mut old = Vec::new();
    for (name, play) in PICTURES {
        let mut drive = fleet();
        play(&mut drive);
        let svg = svg::picture(&drive.buffer(), &Theme::default());
        let file = dir.join(format!("{name}.svg"));
        if update {
            fs::create_dir_all(&dir).unwrap();
            fs::write(&file, svg).unwrap();
        } else if fs::read_to_string(&file).ok().as_ref() != Some(&svg) {
            old.push(*name);
        }
    }
    assert!(
        old.is_empty(),
        "not up to date: {old:?}; draw them with PULT_UPDATE_SCREENSHOTS=1 and look at them"
    );
    for file in fs::read_dir(&dir).unwrap() {
        let file = file.unwrap().path();
        let known = |(name, _): &Picture| file.file_stem().is_some_and(|stem| stem == *name);
        assert!(PICTURES.iter().any(known), "{} belongs to no picture", file.display());
    }
}

/// Two hosts, watched for four minutes; the second has just gone out of reach.
fn fleet() -> Drive {
    let guards = [("prod-1", Guard::Confirm), ("prod-2", Guard::TypeTheName)];
    let mut drive = Drive::new(world::targets(&guards));
    drive.resize(SIZE.0, SIZE.1);
    drive.msg(world::docker("prod-1", world::live(on_prod_1())));
    drive.msg(world::docker("prod-2", world::live(on_prod_2())));
    for step in 0..120 {
        let at = drive.now;
        drive.msg(Msg::Usage(samples(step, at))).pass(2.0);
    }
    let mut last_seen = world::live(on_prod_2());
    last_seen.at = Some(drive.now);
    let fault = Fault::new(FaultKind::Timeout, "no answer within 5 s from 10.0.0.6:2376");
    let retry_at = drive.now + SignedDuration::from_secs(26);
    drive.msg(world::docker("prod-2", last_seen.lost(fault, Some(retry_at))));
    drive.msg(Msg::Audit(audit(drive.now)));
    for step in 120..127 {
        let at = drive.now;
        drive.msg(Msg::Usage(samples(step, at))).pass(2.0);
    }
    drive
}

fn containers(drive: &mut Drive) {
    look_at_the_api(drive);
}

fn filter(drive: &mut Drive) {
    look_at_the_api(drive);
    drive.key("/").text("state:running mem>300MiB !traefik");
}

fn remove(drive: &mut Drive) {
    look_at_the_api(drive);
    drive.key("j j j d");
    let volume = VolumeUse { name: "crm-data".into(), size_bytes: Some(1_288_490_189), anonymous: false };
    let footprint = Footprint { writable_layer_bytes: Some(84 * MIB), volumes: vec![volume] };
    drive.answer(|q| matches!(q, Query::Footprint(_)), Answer::Footprint(footprint));
    drive.text("crm-wor");
}

fn help(drive: &mut Drive) {
    look_at_the_api(drive);
    drive.key("?");
}

fn first_contact(drive: &mut Drive) {
    servers(drive);
    questions::ask(drive, 1, questions::first_contact());
    drive.pass(5.0);
}

fn servers(drive: &mut Drive) {
    *drive = crate::support::servers::fleet_with(|_| {});
    drive.resize(SIZE.0, SIZE.1).key("j");
}

/// A server of somebody who has tried many panels.
fn ports(drive: &mut Drive) {
    servers(drive);
    let mut surface = guard_views::surface();
    surface.sockets.all.retain(|socket| socket.port != 9100);
    surface.sockets.all.extend([
        guard_views::socket(10_000, "0.0.0.0", "miniserv.pl", "webmin.service"),
        guard_views::socket(9443, "0.0.0.0", "docker-proxy", "docker.service"),
        guard_views::socket(8080, "0.0.0.0", "docker-proxy", "docker.service"),
    ]);
    let published = |port, container: &str| Published {
        transport: Transport::Tcp,
        bound: Bound::At("0.0.0.0".parse().unwrap()),
        port,
        container: container.into(),
    };
    surface.published.extend([published(9443, "portainer"), published(8080, "dozzle")]);
    let rules = ["allow 22/tcp comment ssh", "allow 80,443/tcp", "allow 10000/tcp comment webmin"];
    surface.ufw = Ok(Some(guard_views::ufw(&rules)));
    drive.key("P").answer(guard_views::is_surface, guard_views::answer(surface)).pass(0.1);
    while !drive.cursor().starts_with("10000") {
        drive.key("j");
    }
}

/// ssh is about to be closed, by which we came.
fn firewall(drive: &mut Drive) {
    servers(drive);
    guard_views::at_firewall(drive);
    drive.key("d").answer(guard_views::is_rehearsal, guard_views::rehearsal());
    drive.text("web");
}

fn shell(drive: &mut Drive) {
    servers(drive);
    drive.key("! y");
    let opened = shells::opened(drive);
    let bytes = b"Linux web1 6.1.0-28-amd64 #1 SMP Debian 6.1.119-1 x86_64\r\n\
        Last login: Sat Nov 21 08:12:40 2026 from 192.0.2.7\r\n\
        \x1b[1;38;2;126;200;126mops@web1\x1b[0m:\x1b[1;38;2;120;170;240m~\x1b[0m$ systemctl --failed --no-pager\r\n\
        \x1b[4m  UNIT            LOAD   ACTIVE SUB    DESCRIPTION\x1b[0m\r\n\
        \x1b[1;38;2;240;113;120m\xe2\x97\x8f\x1b[0m certbot.service loaded \x1b[1;38;2;240;113;120mfailed failed\x1b[0m Renews certificates\r\n\r\n\
        1 loaded units listed.\r\n\
        \x1b[1;38;2;126;200;126mops@web1\x1b[0m:\x1b[1;38;2;120;170;240m~\x1b[0m$ sudo certbot renew --dry-run\r\n\
        Processing /etc/letsencrypt/renewal/shop.example.conf\r\n\
        Simulating renewal of an existing certificate for shop.example\r\n\
        \x1b[38;2;126;200;126mCongratulations, all simulated renewals succeeded\x1b[0m\r\n\
        \x1b[1;38;2;126;200;126mops@web1\x1b[0m:\x1b[1;38;2;120;170;240m~\x1b[0m$ ";
    shells::prints(drive, opened, bytes);
}

/// A project at work: deals could not be stored, then its worker ran out of memory; health checks are muted.
fn logs(drive: &mut Drive) {
    let worker = |died: Option<i64>| match died {
        Some(seconds_ago) => {
            crm("crm-worker", "worker", "2.4.1").exited(137, seconds_ago).with(|c| c.oom_killed = Some(true))
        }
        None => crm("crm-worker", "worker", "2.4.1"),
    };
    let engine = |worker: Make| {
        let others = on_prod_1().into_iter().filter(|make| make.0.name != "crm-worker");
        world::docker("prod-1", world::live(others.chain([worker.on("prod-1")]).collect()))
    };
    drive.msg(engine(worker(None))).pass(4.0).key("g g L");
    for (stream, _) in drive.open_logs().to_vec() {
        drive.msg(Msg::Log { stream, event: LogEvent::Live });
        drive.msg(Msg::Log { stream, event: LogEvent::Older { lines: Vec::new(), more: false } });
    }
    let now = drive.now;
    for service in ["crm-db", "crm-worker", "crm-api-1", "crm-api-2"] {
        let source = LogSourceId::Container(make(service).on("prod-1").0.key());
        let found = drive.open_logs().iter().find(|(_, want)| want.key.source == source);
        let stream = found.expect("the whole project is read").0;
        let lines = (0..STEPS).flat_map(|step| said(service, step, now)).collect();
        drive.msg(Msg::Log { stream, event: LogEvent::Lines(lines) }).pass(0.3);
    }
    let ago = world::start().duration_since(drive.now).as_secs();
    drive.msg(engine(worker(Some(ago)))).pass(0.5);
    drive.key("-").text("/health").key("enter").pass(0.3);
    drive.key("{ { enter").pass(0.3);
}

/// Seconds of logs.
const STEPS: i64 = 400;

/// What a service of the CRM says in one of these seconds.
fn said(service: &str, step: i64, now: Timestamp) -> Vec<LogLine> {
    let at = now - SignedDuration::from_millis((STEPS - step) * 997 + service.len() as i64 * 11);
    let stamp = at.strftime("%Y-%m-%d %H:%M:%S.%3f");
    // The two of the same image have not the same to do.
    let step = if service == "crm-api-2" { step + 2 } else { step };
    let id = format!("{:016x}", step * 0x9e37_79b9);
    let trouble = (375..396).contains(&step);
    let texts: Vec<String> = match service {
        "crm-db" if trouble && step % 5 == 0 => vec![
            format!("{stamp} UTC [815] ERROR:  deadlock detected"),
            format!("{stamp} UTC [815] DETAIL:  Process 815 waits for ShareLock on transaction 99{step}."),
            format!("{stamp} UTC [815] STATEMENT:  UPDATE deals SET owner = 7 WHERE id = 8812"),
        ],
        "crm-db" if step % 3 == 0 => vec![format!(
            "{stamp} UTC [812] LOG:  duration: {}.204 ms  statement: SELECT * FROM deals WHERE id = {}",
            step % 40,
            8000 + step
        )],
        "crm-db" => Vec::new(),
        "crm-worker" if step % 11 == 0 => {
            vec![format!("level=info msg=\"mail sent\" queue=mail depth={}", step % 90)]
        }
        "crm-worker" if step % 60 == 50 => {
            vec!["level=warn msg=\"queue is long\" queue=mail depth=812".to_owned()]
        }
        "crm-worker" => Vec::new(),
        _ if trouble && step % 5 == 1 => vec![format!(
            r#"{{"level":50,"reqId":"{id}","req":{{"method":"PATCH","url":"/v1/deals/8812"}},"res":{{"statusCode":500}},"responseTime":{},"user":"anna@crm.example","msg":"cannot store deal: deadlock detected"}}"#,
            1000 + step
        )],
        // There is more to do at some times than at others.
        _ if !trouble && step / 20 % 3 == 1 && step % 3 > 0 => Vec::new(),
        _ if step % 4 == 0 => {
            vec![r#"{"level":30,"req":{"method":"GET","url":"/health"},"msg":"ok"}"#.to_owned()]
        }
        _ if step % 17 == 3 => {
            vec![format!(r#"{{"level":40,"reqId":"{id}","msg":"retrying deal {}"}}"#, 8000 + step)]
        }
        _ => vec![format!(
            r#"{{"level":30,"reqId":"{id}","responseTime":{},"msg":"request completed"}}"#,
            20 + step % 70
        )],
    };
    let stream = if service == "crm-db" { LogStream::Stderr } else { LogStream::Stdout };
    texts.into_iter().map(|text| LogLine { at: Some(at), stream, text, cut: false }).collect()
}

fn activity(drive: &mut Drive) {
    drive.key("4 j j");
}

/// The cursor on `crm-api-1`, what the engine tells about it, the last lines of its output.
fn look_at_the_api(drive: &mut Drive) {
    drive.key("j").pass(0.2);
    drive.answer(|q| matches!(q, Query::Inspect(_)), inspect());
    let (stream, now) = (drive.stream(), drive.now);
    drive.msg(Msg::Log { stream, event: LogEvent::Live });
    drive.msg(Msg::Log { stream, event: LogEvent::Lines(output(now)) }).pass(4.0);
}

fn crm(name: &str, service: &str, version: &str) -> Make {
    make(name).project("crm", service).with(|c| c.image = format!("crm/{service}:{version}"))
}

fn image(make: Make, image: &str) -> Make {
    make.with(|c| c.image = image.to_owned())
}

const DAY: i64 = 86_400;

fn on_prod_1() -> Vec<Make> {
    let data = Mount {
        kind: "volume".into(),
        name: Some("crm-data".into()),
        source: "/var/lib/docker/volumes/crm-data/_data".into(),
        destination: "/var/lib/postgresql/data".into(),
        read_write: true,
    };
    let stopped_on_its_own =
        |make: Make| make.with(|c| (c.oom_killed, c.restart_count) = (Some(true), Some(3)));
    let of_crm = vec![
        crm("crm-api-1", "api", "2.4.1").health(Health::Healthy).port("127.0.0.1", 8080, 80),
        crm("crm-api-2", "api", "2.4.1").health(Health::Healthy).port("127.0.0.1", 8081, 80),
        image(crm("crm-db", "db", ""), "postgres:15").since(21 * DAY).with(|c| c.mounts.push(data)),
        stopped_on_its_own(crm("crm-worker", "worker", "2.4.1").exited(137, -110)),
    ];
    let others = vec![
        image(make("directus"), "directus/directus:11").project("directus", "directus").since(9 * DAY),
        image(make("directus-db"), "postgres:16").project("directus", "db").since(9 * DAY),
        image(make("n8n"), "n8nio/n8n:1.94").project("n8n", "n8n").health(Health::Healthy).since(2 * DAY),
        image(make("n8n-db"), "postgres:16").project("n8n", "db").since(40 * DAY),
        image(make("traefik"), "traefik:v3.4")
            .project("edge", "traefik")
            .since(40 * DAY)
            .port("0.0.0.0", 80, 80)
            .port("0.0.0.0", 443, 443),
        image(make("backup"), "restic/restic:0.18").exited(0, 6 * 3600),
    ];
    of_crm.into_iter().chain(others).map(|make| make.on("prod-1")).collect()
}

fn on_prod_2() -> Vec<Make> {
    vec![
        image(make("shop-web"), "shop/web:7").project("shop", "web").health(Health::Healthy).since(5 * DAY),
        image(make("shop-db"), "postgres:16").project("shop", "db").since(40 * DAY),
        image(make("traefik"), "traefik:v3.4").project("edge", "traefik").since(40 * DAY),
    ]
    .into_iter()
    .map(|make| make.on("prod-2"))
    .collect()
}

/// What each uses at rest: CPU per cent, memory MiB and its limit.
const LOADS: &[(&str, f64, u64, Option<u64>)] = &[
    ("crm-api-1", 24.0, 612, Some(1024)),
    ("crm-api-2", 6.0, 598, Some(1024)),
    ("crm-db", 1.4, 740, None),
    ("directus", 1.1, 340, Some(512)),
    ("directus-db", 0.3, 48, None),
    ("n8n", 2.6, 443, Some(512)),
    ("n8n-db", 0.4, 62, None),
    ("traefik", 3.2, 58, None),
    ("shop-web", 11.0, 220, Some(512)),
    ("shop-db", 0.9, 310, None),
];

fn samples(step: u64, at: Timestamp) -> Vec<UsageSample> {
    let fleet = on_prod_1().into_iter().chain(on_prod_2());
    let samples = fleet.filter_map(|make| {
        let (i, load) = LOADS.iter().enumerate().find(|(_, load)| load.0 == make.0.name)?;
        (make.0.state.has_processes()).then(|| UsageSample {
            key: make.0.key(),
            at,
            usage: usage(i as u64, load, step),
        })
    });
    samples.collect()
}

/// Rises and falls over a minute and a half, with some noise; in whole numbers, so that every machine agrees.
fn usage(i: u64, (_, cpu, memory, limit): &(&str, f64, u64, Option<u64>), step: u64) -> Usage {
    let phase = (step + i * 17) % 44;
    let wave = phase.min(44 - phase) as f64 / 22.0;
    let noise = ((step * 7919 + i * 104_729) % 97) as f64 / 97.0;
    let busy = 0.7 + 0.4 * wave + 0.25 * noise;
    Usage {
        cpu_percent: Some(cpu * busy),
        memory_bytes: Some(memory * MIB + (step * MIB / 8) % (14 * MIB)),
        memory_limit_bytes: Some(limit.unwrap_or(8192) * MIB),
        net_rx_bytes_per_s: Some(48_000.0 * busy),
        net_tx_bytes_per_s: Some(31_000.0 * busy),
        block_read_bytes_per_s: Some(0.0),
        block_write_bytes_per_s: Some(90_000.0 * noise),
        pids: Some(17 + i),
        pids_limit: None,
        throttled_percent: Some(0.0),
    }
}

fn inspect() -> Answer {
    Answer::Inspect(Box::new(Inspect {
        document: serde_json::json!({ "Id": world::id_of("crm-api-1") }),
        restart_count: Some(0),
        oom_killed: Some(false),
        started_at: Some(world::ago(273_900)),
        finished_at: None,
        stop_grace_s: Some(10),
        has_tty: false,
        restart_policy: Some("unless-stopped".into()),
        memory_limit_bytes: Some(1 << 30),
        cpus: Some(1.5),
        env: Vec::new(),
        health_log: vec![HealthResult { at: None, exit_code: 0, output: "ok".into() }],
    }))
}

fn output(now: Timestamp) -> Vec<LogLine> {
    let texts = [
        "GET /v1/deals 200 31ms",
        "GET /v1/deals/8812 200 12ms",
        "POST /v1/deals 201 64ms",
        "GET /v1/contacts?page=2 200 28ms",
        "PATCH /v1/deals/8812 409 9ms",
        "GET /health 200 1ms",
        "retrying deal 8812 (2 of 5)",
        "PATCH /v1/deals/8812 200 41ms",
    ];
    let line = |i: usize| LogLine {
        at: Some(now - SignedDuration::from_millis((40 - i as i64) * 730)),
        stream: if i % 8 == 6 { LogStream::Stderr } else { LogStream::Stdout },
        text: texts[i % 8].to_owned(),
        cut: false,
    };
    (0..40).map(line).collect()
}

/// A morning's work of two people.
fn audit(now: Timestamp) -> Vec<Arc<AuditRecord>> {
    type Entry = (&'static str, &'static str, &'static str, &'static str, &'static str, i64, Outcome);
    const ENTRIES: &[Entry] = &[
        (
            "ada",
            "container.stop",
            "stop container directus",
            "docker stop directus",
            "prod-1",
            9_400,
            Outcome::Done,
        ),
        (
            "ada",
            "container.start",
            "start container directus",
            "docker start directus",
            "prod-1",
            9_310,
            Outcome::Done,
        ),
        (
            "grace",
            "container.restart",
            "restart container n8n",
            "docker restart n8n",
            "prod-1",
            4_000,
            Outcome::Done,
        ),
        (
            "grace",
            "container.remove",
            "remove container old-job",
            "docker rm old-job",
            "prod-2",
            3_950,
            Outcome::Done,
        ),
        (
            "ada",
            "container.restart",
            "restart container shop-db",
            "docker restart shop-db",
            "prod-2",
            700,
            Outcome::Failed,
        ),
        (
            "ada",
            "container.restart",
            "restart container crm-api-2",
            "docker restart crm-api-2",
            "prod-1",
            95,
            Outcome::Done,
        ),
    ];
    let record = |seq: u64, entry: &Entry, outcome: Outcome, intent: Option<u64>| {
        let (user, command, summary, equivalent, host, seconds_ago, _) = *entry;
        let object = world::id_of(summary.rsplit(' ').next().unwrap_or_default());
        let destroys = command == "container.remove";
        Arc::new(AuditRecord {
            seq,
            at: now - SignedDuration::from_secs(seconds_ago)
                + SignedDuration::from_millis(intent.map_or(0, |_| 412)),
            session: format!("{}-1", seq / 2),
            user: user.into(),
            origin: (user == "grace").then(|| "10.0.0.7".into()),
            command: command.into(),
            target: format!("docker:{host}"),
            object: object.clone(),
            summary: summary.into(),
            equivalent: equivalent.into(),
            undo: None,
            guard: if host == "prod-2" { "type-the-name" } else { "confirm" }.into(),
            verdict: if destroys || host == "prod-2" { "name" } else { "yes" }.into(),
            outcome,
            intent,
            ms: intent.map(|_| 412),
            detail: (outcome == Outcome::Failed).then(|| "no answer within 5 s".into()),
            reason: None,
            prev: object.clone(),
            hash: object.chars().rev().collect(),
        })
    };
    let both = |(i, entry): (usize, &Entry)| {
        let intent = 2 * i as u64 + 1;
        [record(intent, entry, Outcome::Intent, None), record(intent + 1, entry, entry.6, Some(intent))]
    };
    ENTRIES.iter().enumerate().flat_map(both).collect()
}
