//! One open server with units and processes as they are on a web server.

use pult::app::Msg;
use pult::domain::ids::TargetId;
use pult::domain::query::{Answer, Query};
use pult::domain::server::edit::{Check, Content, Edit, Edited, Fetched};
use pult::domain::server::transfer::{Progress, Stage, Way};
use pult::domain::server::{
    FileEntry, FileId, FileKind, FileList, FilePath, Process, ProcessList, ServerAnswer, ServerAsk,
    ServerQuery, Underway, Unit, UnitDetail, UnitList,
};

use super::Drive;
use super::servers::fleet_with;

/// The fleet with the cursor on the first server, on screen.
pub fn fleet() -> Drive {
    fleet_with(|_| {})
}

pub fn is_processes(query: &Query) -> bool {
    matches!(query, Query::Server(ServerQuery { what: ServerAsk::Processes, .. }))
}

pub fn is_units(query: &Query) -> bool {
    matches!(query, Query::Server(ServerQuery { what: ServerAsk::Units, .. }))
}

pub fn is_unit(query: &Query) -> bool {
    matches!(query, Query::Server(ServerQuery { what: ServerAsk::Unit(_), .. }))
}

pub fn unit(drive: &Drive, name: &str, active: &str, sub: &str) -> Unit {
    Unit {
        name: name.into(),
        description: format!("The {}", name.split('.').next().unwrap()),
        load: "loaded".into(),
        active: active.into(),
        sub: sub.into(),
        enabled: Some("enabled".into()),
        main_pid: (sub == "running").then_some(812),
        memory_bytes: (sub == "running").then_some(48 << 20),
        cpu_s: (sub == "running").then_some(93),
        restarts: Some(0),
        since_at: Some(drive.now - jiff::SignedDuration::from_secs(7300)),
        next_at: None,
        activates: None,
    }
}

pub fn units(drive: &Drive) -> Answer {
    let mut timer = unit(drive, "certbot.timer", "active", "waiting");
    timer.next_at = Some(drive.now + jiff::SignedDuration::from_secs(9000));
    timer.activates = Some("certbot.service".into());
    let mut masked = unit(drive, "apache2.service", "inactive", "dead");
    (masked.load, masked.enabled) = ("masked".into(), Some("masked".into()));
    Answer::Server(ServerAnswer::Units(UnitList {
        units: vec![
            unit(drive, "nginx.service", "active", "running"),
            unit(drive, "certbot.service", "failed", "failed"),
            timer,
            masked,
            unit(drive, "ssh.service", "active", "running"),
        ],
    }))
}

pub fn detail(drive: &Drive, name: &str) -> Answer {
    Answer::Server(ServerAnswer::Unit(Box::new(UnitDetail {
        unit: unit(drive, name, "active", "running"),
        path: format!("/lib/systemd/system/{name}"),
        drop_ins: vec![format!("/etc/systemd/system/{name}.d/limits.conf")],
        result: "success".into(),
        exit_status: Some(0),
        tasks: Some(5),
        requires: vec!["system.slice".into(), "sysinit.target".into()],
        wants: vec!["network-online.target".into()],
        stops_with_it: vec!["shop.service".into()],
        wanted_by: vec!["multi-user.target".into()],
        triggered_by: Vec::new(),
    })))
}

pub fn process(drive: &Drive, pid: u32, ppid: u32, command: &str, cpu_ticks: u64) -> Process {
    let name = command.split([' ', '/']).rfind(|w| !w.is_empty()).unwrap_or(command);
    Process {
        pid,
        ppid,
        user: Some(if ppid == 812 { "www-data".into() } else { "root".into() }),
        state: 'S',
        cpu_percent: None,
        memory_bytes: Some(u64::from(pid) << 12),
        threads: Some(1),
        nice: Some(0),
        started_at: Some(drive.now - jiff::SignedDuration::from_secs(i64::from(pid) * 10)),
        name: name.into(),
        command: command.into(),
        unit: Some("nginx.service".into()).filter(|_| pid == 812 || ppid == 812),
        container: None,
        start: u64::from(pid),
        cpu_ticks,
    }
}

/// A reading so many seconds after the first one.
pub fn processes(drive: &Drive, seconds: f64) -> Answer {
    let used = |percent: f64| (seconds * percent) as u64;
    let mut list = vec![
        process(drive, 1, 0, "/sbin/init", 0),
        process(drive, 812, 1, "nginx", 0),
        process(drive, 813, 812, "worker", used(12.0)),
        process(drive, 814, 812, "worker2", used(91.0)),
        process(drive, 2000, 1, "/usr/bin/web", used(3.0)),
    ];
    list[4].container = Some(format!("{:0<64}", "c0ffee"));
    Answer::Server(ServerAnswer::Processes(ProcessList {
        uptime_s: 1000.0 + seconds,
        ticks_per_s: 100,
        processes: list,
    }))
}

/// The processes of the server under the cursor, measured.
pub fn at_processes(drive: &mut Drive) {
    drive.key("p");
    let first = processes(drive, 0.0);
    drive.answer(is_processes, first).pass(4.0);
    let second = processes(drive, 4.0);
    drive.answer(is_processes, second).pass(0.1);
}

/// Its units, with the detail of the first one.
pub fn at_units(drive: &mut Drive) {
    drive.key("u");
    let all = units(drive);
    drive.answer(is_units, all).pass(0.5);
    let one = detail(drive, "apache2.service");
    drive.answer(is_unit, one).pass(0.1);
}

pub fn is_files(query: &Query) -> bool {
    matches!(query, Query::Server(ServerQuery { what: ServerAsk::Files(_), .. }))
}

fn file(drive: &Drive, folder: &FilePath, name: &str, mode: &str, owner: &str, size: u64) -> FileEntry {
    let kind = match mode.as_bytes()[0] {
        b'd' => FileKind::Folder,
        b'l' => FileKind::Link,
        _ => FileKind::File,
    };
    FileEntry {
        path: Some(folder.join(name)),
        name: pult::domain::server::files::shown(name.as_bytes()),
        kind,
        mode: mode.into(),
        owner: owner.into(),
        group: owner.into(),
        size_bytes: size,
        written_at: Some(drive.now - jiff::SignedDuration::from_secs(size as i64)),
        leads_to: if kind == FileKind::Link { "/etc/alternatives".into() } else { String::new() },
        id: FileId { device: 1, inode: size },
    }
}

pub fn files(drive: &Drive, folder: &str) -> Answer {
    let folder = FilePath::new(folder).unwrap();
    let one = |name: &str, mode: &str, owner: &str, size| file(drive, &folder, name, mode, owner, size);
    Answer::Server(ServerAnswer::Files(FileList {
        entries: vec![
            one("log", "drwxr-xr-x", "root", 4096),
            one("nginx.conf", "-rw-r--r--", "root", 1447),
            one("-rf\n\u{1b}[31m", "-rw-------", "ops", 12),
            one("current", "lrwxrwxrwx", "deploy", 30),
        ],
        folder,
        owner: "root".into(),
        is_open: false,
        as_root: false,
    }))
}

/// The files of the server under the cursor.
pub fn at_files(drive: &mut Drive) {
    drive.key("g f");
    let all = files(drive, "/");
    drive.answer(is_files, all).pass(0.5);
}

pub fn is_here(query: &Query) -> bool {
    matches!(query, Query::Server(ServerQuery { what: ServerAsk::Here(_), .. }))
}

/// A folder of this machine.
pub fn here(drive: &Drive) -> Answer {
    let folder = FilePath::new("/home/me/site").unwrap();
    let one = |name: &str, mode: &str, size| file(drive, &folder, name, mode, "me", size);
    Answer::Server(ServerAnswer::Here(FileList {
        entries: vec![
            one("css", "drwxr-xr-x", 4096),
            one("dump.sql", "-rw-r--r--", 268_435_456),
            one("latest", "lrwxrwxrwx", 8),
            one("nginx.conf", "-rw-r--r--", 1512),
            one("-new\n\u{1b}[31m", "-rw-------", 77),
        ],
        folder,
        owner: "me".into(),
        is_open: false,
        as_root: false,
    }))
}

/// This machine's files on the left, those of the server on the right; the keys go to the left.
pub fn at_both(drive: &mut Drive) {
    at_files(drive);
    drive.key("|").pass(0.1);
    let here = here(drive);
    drive.answer(is_here, here).pass(0.5).key("tab");
}

/// A copy that is under way.
pub fn underway(id: u64, name: &str, stage: Stage, done_bytes: u64) -> Msg {
    let progress = Progress { stage, done_bytes, total_bytes: 256 << 20, done_files: 0, total_files: 1 };
    let underway = Underway {
        id,
        job: 1,
        target: TargetId::server("web1"),
        way: Way::Up,
        name: name.into(),
        progress,
        bytes_per_s: (stage == Stage::Moving).then_some(f64::from(32 << 20)),
    };
    Msg::Transfer(underway)
}

/// `nginx.conf` under the cursor comes back from the editor with another text; systemd says so many things of it.
pub fn edited(drive: &mut Drive, what: Edited, before: Option<&str>, after: &str, check: Check) {
    let sha = |text: &str| format!("{:064x}", text.len());
    let content = |text: &str| Content::new(text, &sha(text));
    let path = what.path().unwrap();
    let name = what.unit().unwrap_or(path.name()).to_owned();
    let edit = Edit { target: TargetId::server("web1"), name, client: "ssh web1".into(), what };
    let fetched = Fetched { path, before: before.map(content), around: "[Unit]\n".into(), sudo: true };
    drive.msg(Msg::Edited { edit, fetched, result: Ok((content(after), check)) });
}

/// A change of a file to be read before it is written.
pub fn asked_to_write(drive: &mut Drive) {
    at_files(drive);
    drive.key("j j");
    let before: String = (1..=40).map(|n| format!("directive_{n} on;\n")).collect();
    let after = before.replace("directive_7 on", "directive_7 \x1b[31moff").replace("directive_30 on;\n", "");
    let what = Edited::File(FilePath::new("/etc/nginx/nginx.conf").unwrap());
    edited(drive, what, Some(&before), &after, Check::default());
}

/// A drop-in that systemd finds wrong.
pub fn asked_to_write_wrong(drive: &mut Drive) {
    at_units(drive);
    let what = Edited::DropIn { unit: "nginx.service".into(), sudo: true };
    let said = vec!["pult.conf:2: Unknown key 'Nicee' in section [Service], ignoring.".to_owned()];
    edited(drive, what, None, "[Service]\nNicee=5\n", Check { said, failed: true });
}
