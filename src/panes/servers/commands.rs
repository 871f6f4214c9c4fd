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
use crate::domain::server::packages::PackageChange;
use crate::domain::server::power::Power;
use crate::domain::server::{ServerAction, ServerMutation};
use crate::domain::shell::{OpenShell, ShellPlace, ShellScreen};

pub(super) const SCOPE: Scope = Scope::Pane(PaneId::Servers);

const WHEN_ARGS: [ArgSpec; 1] = [ArgSpec {
    name: "minutes",
    title: "in how many minutes (0 = now)",
    kind: ArgKind::Integer { min: 0, max: 10_080 },
    default: "1",
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

/// What is under the cursor, for the editor.
pub(super) fn editing(facts: &Facts, what: impl Fn(&Subject) -> Option<Edited>) -> Result<Intent, String> {
    let subject = facts.only().ok_or("nothing is selected that could be edited")?;
    let what = what(subject).ok_or("this cannot be edited")?;
    let (target, name, client) = (subject.target.clone(), subject.name.clone(), subject.client.clone());
    Ok(Intent::Edit(Edit { target, name, client, what }))
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

pub(super) fn mutation(s: &Subject, sudo: bool, action: ServerAction) -> Mutation {
    Mutation::Server(ServerMutation {
        target: s.target.clone(),
        name: s.name.clone(),
        client: s.client.clone(),
        sudo,
        action,
    })
}
