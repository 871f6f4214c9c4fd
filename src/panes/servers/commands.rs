//! The servers pane's rows of the command table.

use super::run_on_many;
use crate::command::{
    ArgKind, ArgSpec, Args, Availability, Command, Facts, HostTab, Intent, Object, ObjectKind, PaneId,
    PaneIntent, Scope, ServerIntent, Subject,
};
use crate::domain::guard::Guard;
use crate::domain::mutation::{Danger, Mutation};
use crate::domain::remote::Link;
use crate::domain::server::edit::{Edit, Edited};
use crate::domain::server::packages::{Manager, Package, PackageChange};
use crate::domain::server::power::Power;
use crate::domain::server::{ServerAction, ServerMutation, UnitVerb};
use crate::domain::shell::{OpenShell, ShellPlace, ShellScreen};

pub(super) const SCOPE: Scope = Scope::Pane(PaneId::Servers);

const SIGNAL_ARGS: [ArgSpec; 1] = [ArgSpec {
    name: "signal",
    title: "signal",
    kind: ArgKind::Choice {
        words: &[
            "SIGTERM", "SIGKILL", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGABRT", "SIGSTOP",
            "SIGCONT", "SIGALRM", "SIGPIPE", "SIGWINCH", "SIGCHLD",
        ],
        open: false,
    },
    default: "SIGTERM",
    required: true,
}];

const WHEN_ARGS: [ArgSpec; 1] = [ArgSpec {
    name: "minutes",
    title: "in how many minutes (0 = now)",
    kind: ArgKind::Integer { min: 0, max: 10_080 },
    default: "1",
    required: true,
}];

const RENICE_ARGS: [ArgSpec; 1] = [ArgSpec {
    name: "nice",
    title: "niceness (-20 first, 19 last)",
    kind: ArgKind::Integer { min: -20, max: 19 },
    default: "10",
    required: true,
}];

/// A command of the pane itself.
const fn show(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, rank, run)
}

/// A command that changes units.
const fn unit(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    when: fn(&Facts) -> Availability,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, rank, run).when(when).danger(Danger::Mutate).on(ObjectKind::Unit)
}

/// A command that changes processes.
const fn process(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, rank, run)
        .when(|f| f.usable(ObjectKind::Process, |_| None))
        .danger(Danger::Mutate)
        .on(ObjectKind::Process)
}

macro_rules! verb {
    ($id:literal, $title:literal, $label:literal, $rank:literal, $verb:ident) => {
        unit(
            $id,
            $title,
            $label,
            $rank,
            |f| f.usable(ObjectKind::Unit, |s| unfit(UnitVerb::$verb, s)),
            |f, _| Ok(units(f, UnitVerb::$verb)),
        )
    };
}

/// A command that changes packages.
const fn package(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, rank, run).danger(Danger::Mutate).on(ObjectKind::Package)
}

/// A command about the whole of a server.
const fn whole(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    danger: Danger,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, 0, run)
        .when(|f| f.usable(ObjectKind::Server, |_| None))
        .danger(danger)
        .on(ObjectKind::Server)
}

/// A command that opens a shell on one server.
const fn open_shell(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, rank, run)
        .when(|f| match f.subjects.as_slice() {
            // Whoever wants in wants the connection: a lost one is tried again.
            [server] if server.guard != Guard::ReadOnly => Availability::Ready,
            [] | [_] => f.usable(ObjectKind::Server, |_| None),
            _ => Availability::off("takes one server, several are marked"),
        })
        .danger(Danger::Mutate)
        .on(ObjectKind::Server)
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a command")]
fn shell(facts: &Facts, screen: ShellScreen) -> Result<Intent, String> {
    let open = |s: &Subject| OpenShell {
        target: s.target.clone(),
        name: s.name.clone(),
        client: s.client.clone(),
        place: ShellPlace::Server,
        screen,
    };
    Ok(Intent::Propose(facts.only().map(open).map(Mutation::Shell).into_iter().collect()))
}

/// A command that shows one of a server's views.
macro_rules! tab {
    ($id:literal, $title:literal, $label:literal, $rank:literal, $tab:ident) => {
        show($id, $title, $label, $rank, intent!(PaneIntent::Server(ServerIntent::Show(HostTab::$tab))))
            .when(any_server)
    };
}

macro_rules! intent {
    ($value:expr) => {
        |_, _| Ok(Intent::Pane($value))
    };
}

fn can_connect(facts: &Facts) -> Availability {
    match facts.server.as_ref().map(|server| &server.link) {
        None => Availability::off("there is no server under the cursor"),
        Some(Link::Live) => Availability::off("it is connected"),
        Some(Link::Connecting) => Availability::off("it is being connected"),
        Some(Link::Listed | Link::Lost { .. }) => Availability::Ready,
    }
}

fn can_disconnect(facts: &Facts) -> Availability {
    match &facts.server {
        None => Availability::off("there is no server under the cursor"),
        Some(server) if server.link == Link::Listed => Availability::off("it is not connected"),
        Some(server) if server.is_here => Availability::off("this machine needs no connection"),
        Some(_) => Availability::Ready,
    }
}

/// The table.
pub static COMMANDS: &[Command] = &[
    Command::plain("server.connect", "Connect to the server, or try again", "connect", SCOPE, 9, |_, _| {
        Ok(Intent::Pane(PaneIntent::Connect))
    })
    .when(can_connect),
    Command::plain(
        "server.disconnect",
        "Hang up at the server; it stays listed",
        "disconnect",
        SCOPE,
        10,
        |_, _| Ok(Intent::Pane(PaneIntent::Disconnect)),
    )
    .when(can_disconnect),
    open_shell("server.shell", "Open a shell on the server", "shell", 6, |f, _| shell(f, ShellScreen::Panel)),
    open_shell(
        "server.shell_outside",
        "Open a shell outside of the panel, by ssh, on the server",
        "shell outside",
        0,
        |f, _| shell(f, ShellScreen::Terminal),
    ),
    run_on_many::RUN,
    tab!("servers.processes", "Processes of the server", "processes", 6, Processes),
    tab!("servers.units", "Units of the server", "units", 7, Units),
    tab!("servers.disks", "Disks of the server, and what fills them", "disks", 0, Disks),
    tab!(
        "servers.network",
        "Network of the server: interfaces, routes, who is connected",
        "network",
        0,
        Network
    ),
    show(
        "servers.files",
        "Files of the server",
        "files",
        7,
        intent!(PaneIntent::Server(ServerIntent::Show(HostTab::Files))),
    )
    .when(any_server),
    show(
        "servers.compare",
        "Compare servers, the marked or all that are connected: what differs between them",
        "compare",
        9,
        intent!(PaneIntent::Server(ServerIntent::Compare)),
    )
    .when(any_server),
    show(
        "servers.logs",
        "Read the journal in the log pane: of the unit, of the process's unit, of the whole server",
        "journal",
        5,
        intent!(PaneIntent::OpenLogs),
    )
    .when(journal),
    show(
        "servers.open_file",
        "Read a file of the server in the log pane",
        "open file",
        0,
        intent!(PaneIntent::Server(ServerIntent::OpenFile)),
    )
    .when(any_server),
    show(
        "servers.tree",
        "Processes as a tree, or flat",
        "tree",
        5,
        intent!(PaneIntent::Server(ServerIntent::Tree)),
    )
    .on(ObjectKind::Process)
    .when(|f| some(f, "there are no processes")),
    show(
        "servers.span",
        "Charts of the server: the last minutes, the hour, the day, the month",
        "time span",
        9,
        intent!(PaneIntent::Server(ServerIntent::Span)),
    )
    .when(any_server),
    show(
        "servers.owner",
        "Go to the container, the unit or the process that it belongs to",
        "go to its owner",
        4,
        intent!(PaneIntent::Server(ServerIntent::Owner)),
    )
    .on(ObjectKind::Process)
    .or_on(ObjectKind::Port)
    .when(|f| some(f, "no process and no port is selected")),
    tab!("servers.cron", "Jobs of cron and at on the server", "cron", 0, Cron),
    tab!(
        "servers.certificates",
        "Certificates of the server, in files and sockets: until when they hold",
        "certificates",
        0,
        Certificates
    ),
    tab!(
        "servers.backups",
        "Backups of the server: how old the newest is, and whether it would be of use",
        "backups",
        0,
        Backups
    ),
    tab!("servers.checks", "Checks that the server asks: what answers, what is down", "checks", 0, Checks),
    show("check.ask", "Ask check now", "ask now", 1, intent!(PaneIntent::Server(ServerIntent::AskChecks)))
        .on(ObjectKind::Check)
        .when(|f| match f.host {
            Some(HostTab::Checks) if f.rows > 0 => Availability::Ready,
            Some(HostTab::Checks) => Availability::off("there is no check"),
            _ => Availability::off("open the checks of a server first"),
        }),
    tab!("servers.users", "Accounts of the server: who may log in, who is there", "users", 0, Users),
    tab!("servers.updates", "Packages of the server that could be newer", "updates", 0, Updates),
    package("package.upgrade", "Upgrade package, in a job of the server", "upgrade", 2, |f, _| {
        Ok(packages(f, upgradable, |name| PackageChange::Upgrade(Some(name))))
    })
    .when(|f| f.usable(ObjectKind::Package, upgradable)),
    package("package.hold", "Hold package: it stays as it is", "hold", 4, |f, _| {
        Ok(packages(f, holdable, PackageChange::Hold))
    })
    .when(|f| f.usable(ObjectKind::Package, holdable)),
    package("package.unhold", "Let package be upgraded again", "let go", 5, |f, _| {
        Ok(packages(f, held, PackageChange::Unhold))
    })
    .when(|f| f.usable(ObjectKind::Package, held)),
    whole(
        "packages.upgrade",
        "Upgrade all packages, in a job of the server",
        "upgrade all",
        Danger::Mutate,
        |f, _| Ok(servers(f, ServerAction::Packages(PackageChange::Upgrade(None)))),
    ),
    whole("packages.refresh", "Fetch the lists of packages", "refresh", Danger::Mutate, |f, _| {
        Ok(servers(f, ServerAction::Packages(PackageChange::Refresh)))
    }),
    whole("server.reboot", "Reboot server, and wait until it is back", "reboot", Danger::Destroy, |f, a| {
        Ok(servers(f, ServerAction::Power(Power::Reboot { minutes: minutes(a)? })))
    })
    .args(&WHEN_ARGS),
    whole("server.poweroff", "Turn server off", "turn off", Danger::Destroy, |f, a| {
        Ok(servers(f, ServerAction::Power(Power::Off { minutes: minutes(a)? })))
    })
    .args(&WHEN_ARGS),
    whole(
        "server.cancel_shutdown",
        "Cancel what was announced: server stays up",
        "stay up",
        Danger::Mutate,
        |f, _| Ok(servers(f, ServerAction::Power(Power::Cancel))),
    ),
    verb!("unit.restart", "Restart unit", "restart", 2, Restart),
    verb!("unit.start", "Start unit", "start", 3, Start),
    verb!("unit.stop", "Stop unit", "stop", 4, Stop),
    verb!("unit.reload", "Reload unit", "reload", 5, Reload),
    verb!("unit.enable", "Enable unit: it starts with the system", "enable", 0, Enable),
    verb!("unit.disable", "Disable unit: it does not start with the system", "disable", 0, Disable),
    verb!("unit.mask", "Mask unit: nothing can start it", "mask", 0, Mask),
    verb!("unit.unmask", "Unmask unit", "unmask", 0, Unmask),
    verb!("unit.reset_failed", "Forget that unit has failed", "reset", 0, ResetFailed),
    Command::plain("unit.edit", "Edit what is added to unit (a drop-in)", "edit", SCOPE, 6, |f, _| {
        let edit = |s: &Subject| match &s.what {
            Object::Unit { unit, sudo } => Some(Edited::DropIn { unit: unit.name.clone(), sudo: *sudo }),
            _ => None,
        };
        editing(f, edit)
    })
    .when(|f| match f.subjects.len() {
        0 | 1 => f.usable(ObjectKind::Unit, |_| None),
        _ => Availability::off("takes one unit, several are marked"),
    })
    .on(ObjectKind::Unit),
    unit(
        "unit.revert",
        "Revert unit to what its package brings: drop-ins and overrides go",
        "revert",
        0,
        |f| f.usable(ObjectKind::Unit, |s| unfit(UnitVerb::Revert, s)),
        |f, _| Ok(units(f, UnitVerb::Revert)),
    )
    .danger(Danger::Destroy),
    process("process.signal", "Send a signal to process", "signal", 2, |f, a| {
        let signal = a.text("signal").unwrap_or("SIGTERM");
        let signal = signal.strip_prefix("SIG").unwrap_or(signal).to_owned();
        Ok(processes(f, |process| ServerAction::Signal { process, signal: signal.clone() }))
    })
    .args(&SIGNAL_ARGS),
    process("process.renice", "Change the niceness of process", "renice", 3, |f, a| {
        let nice = a.integer("nice").and_then(|n| i32::try_from(n).ok()).ok_or("the niceness is missing")?;
        Ok(processes(f, |process| ServerAction::Renice { process, nice }))
    })
    .args(&RENICE_ARGS),
];

pub(super) fn any_server(facts: &Facts) -> Availability {
    match (facts.total, facts.subjects.is_empty()) {
        (0, true) if facts.host.is_none() => Availability::off("there is no server"),
        _ => Availability::Ready,
    }
}

fn some(facts: &Facts, otherwise: &str) -> Availability {
    if facts.subjects.is_empty() { Availability::off(otherwise) } else { Availability::Ready }
}

fn journal(facts: &Facts) -> Availability {
    match facts.host {
        None if facts.total == 0 => Availability::off("there is no server"),
        None | Some(HostTab::Overview) => Availability::Ready,
        Some(_) if facts.only().is_some() => Availability::Ready,
        Some(_) => Availability::off("nothing is selected that writes a journal"),
    }
}

/// Why a verb makes no sense for a unit.
fn unfit(verb: UnitVerb, s: &Subject) -> Option<String> {
    let unit = s.unit()?;
    let enabled = unit.enabled.as_deref().unwrap_or_default();
    let name = &s.name;
    let when = |holds: bool, why: String| holds.then_some(why);
    match verb {
        UnitVerb::Start if unit.is_masked() => Some(format!("{name} is masked: unmask it first")),
        UnitVerb::Start => when(unit.is_active(), format!("{name} is {}", unit.active)),
        UnitVerb::Stop | UnitVerb::Reload => when(!unit.is_active(), format!("{name} is {}", unit.active)),
        UnitVerb::Restart => when(unit.is_masked(), format!("{name} is masked: unmask it first")),
        UnitVerb::Enable if enabled == "static" => {
            Some(format!("{name} is static: other units start it, it cannot be enabled"))
        }
        UnitVerb::Enable => when(enabled == "enabled", format!("{name} is enabled")),
        UnitVerb::Disable => when(!enabled.starts_with("enabled"), format!("{name} is not enabled")),
        UnitVerb::Mask => when(unit.is_masked(), format!("{name} is masked")),
        UnitVerb::Unmask => when(!unit.is_masked(), format!("{name} is not masked")),
        UnitVerb::Revert => None,
        UnitVerb::ResetFailed => when(!unit.is_failed(), format!("{name} has not failed")),
    }
}

/// The same for every unit that it makes sense for; dialogs say which are left out.
fn units(facts: &Facts, verb: UnitVerb) -> Intent {
    let one = |s: &Subject| match &s.what {
        Object::Unit { unit, sudo } if unfit(verb, s).is_none() => {
            Some(mutation(s, *sudo, ServerAction::Unit { unit: unit.name.clone(), verb }))
        }
        _ => None,
    };
    Intent::Propose(facts.subjects.iter().filter_map(one).collect())
}

/// What is under the cursor, for the editor.
pub(super) fn editing(facts: &Facts, what: impl Fn(&Subject) -> Option<Edited>) -> Result<Intent, String> {
    let subject = facts.only().ok_or("nothing is selected that could be edited")?;
    let what = what(subject).ok_or("this cannot be edited")?;
    let (target, name, client) = (subject.target.clone(), subject.name.clone(), subject.client.clone());
    Ok(Intent::Edit(Edit { target, name, client, what }))
}

fn processes(facts: &Facts, action: impl Fn(crate::domain::server::ProcessId) -> ServerAction) -> Intent {
    let one = |s: &Subject| match &s.what {
        Object::Process { id, sudo } => Some(mutation(s, *sudo, action(*id))),
        _ => None,
    };
    Intent::Propose(facts.subjects.iter().filter_map(one).collect())
}

fn minutes(args: &Args) -> Result<u32, String> {
    args.integer("minutes")
        .and_then(|n| u32::try_from(n).ok())
        .ok_or_else(|| "the minutes are missing".to_owned())
}

fn servers(facts: &Facts, action: ServerAction) -> Intent {
    let one = |s: &Subject| match &s.what {
        Object::Server { sudo } => Some(mutation(s, *sudo, action.clone())),
        _ => None,
    };
    Intent::Propose(facts.subjects.iter().filter_map(one).collect())
}

/// Why a package cannot be upgraded; each of these is of its own command.
fn upgradable(s: &Subject) -> Option<String> {
    let package = s.package()?;
    let name = &s.name;
    not_apt(package).or_else(|| match package {
        Package { held: true, .. } => Some(format!("{name} is held: let it go first")),
        Package { candidate, .. } if candidate.is_empty() => {
            Some(format!("there is nothing newer of {name}"))
        }
        _ => None,
    })
}

fn holdable(s: &Subject) -> Option<String> {
    let package = s.package()?;
    not_apt(package).or_else(|| package.held.then(|| format!("{} is held", s.name)))
}

fn held(s: &Subject) -> Option<String> {
    let package = s.package()?;
    not_apt(package).or_else(|| (!package.held).then(|| format!("{} is not held", s.name)))
}

fn not_apt(package: &Package) -> Option<String> {
    let manager = package.manager;
    (manager != Manager::Apt).then(|| format!("packages of {} are only listed here", manager.word()))
}

fn packages(
    facts: &Facts,
    unfit: fn(&Subject) -> Option<String>,
    change: impl Fn(String) -> PackageChange,
) -> Intent {
    let one = |s: &Subject| match &s.what {
        Object::Package { package, sudo } if unfit(s).is_none() => {
            Some(mutation(s, *sudo, ServerAction::Packages(change(package.name.clone()))))
        }
        _ => None,
    };
    Intent::Propose(facts.subjects.iter().filter_map(one).collect())
}

pub(super) fn mutation(s: &Subject, sudo: bool, action: ServerAction) -> Mutation {
    Mutation::Server(ServerMutation {
        target: s.target.clone(),
        name: s.name.clone(),
        client: s.client.clone(),
        sudo,
        action,
    })
}
