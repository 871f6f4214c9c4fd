//! The servers pane's rows of the command table.

use crate::command::{
    ArgKind, ArgSpec, Args, Availability, Command, Facts, HostTab, Intent, Object, ObjectKind, PaneId,
    PaneIntent, Scope, ServerIntent, Subject,
};
use crate::domain::mutation::{Danger, Mutation};
use crate::domain::remote::Link;
use crate::domain::server::{FileAction, FilePath, ServerAction, ServerMutation, UnitVerb};

const SCOPE: Scope = Scope::Pane(PaneId::Servers);

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

const fn word(name: &'static str, title: &'static str) -> [ArgSpec; 1] {
    [ArgSpec { name, title, kind: ArgKind::Text, default: "", required: true }]
}

const RENAME_ARGS: [ArgSpec; 1] = word("to", "new name");
const FOLDER_ARGS: [ArgSpec; 1] = word("name", "name of the folder");
const MODE_ARGS: [ArgSpec; 1] = word("mode", "permissions: 640, u+x, g-w");
const OWNER_ARGS: [ArgSpec; 1] = word("owner", "owner: user, user:group, :group");

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

/// A command that changes files.
const fn file(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    danger: Danger,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, rank, run)
        .when(|f| f.usable(ObjectKind::File, unnamed))
        .danger(danger)
        .on(ObjectKind::File)
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
pub static COMMANDS: [Command; 25] = [
    Command::plain("server.connect", "Connect to the server, or try again", "connect", SCOPE, 2, |_, _| {
        Ok(Intent::Pane(PaneIntent::Connect))
    })
    .when(can_connect),
    Command::plain(
        "server.disconnect",
        "Hang up at the server; it stays listed",
        "disconnect",
        SCOPE,
        3,
        |_, _| Ok(Intent::Pane(PaneIntent::Disconnect)),
    )
    .when(can_disconnect),
    show(
        "servers.processes",
        "Processes of the server",
        "processes",
        3,
        intent!(PaneIntent::Server(ServerIntent::Show(HostTab::Processes))),
    )
    .when(any_server),
    show(
        "servers.units",
        "Units of the server",
        "units",
        4,
        intent!(PaneIntent::Server(ServerIntent::Show(HostTab::Units))),
    )
    .when(any_server),
    show(
        "servers.files",
        "Files of the server",
        "files",
        5,
        intent!(PaneIntent::Server(ServerIntent::Show(HostTab::Files))),
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
        8,
        intent!(PaneIntent::Server(ServerIntent::Tree)),
    )
    .on(ObjectKind::Process)
    .when(|f| some(f, "there are no processes")),
    show(
        "servers.owner",
        "Go to the container or the unit of the process",
        "go to its owner",
        7,
        intent!(PaneIntent::Server(ServerIntent::Owner)),
    )
    .on(ObjectKind::Process)
    .when(|f| some(f, "no process is selected")),
    verb!("unit.restart", "Restart unit", "restart", 2, Restart),
    verb!("unit.start", "Start unit", "start", 3, Start),
    verb!("unit.stop", "Stop unit", "stop", 4, Stop),
    verb!("unit.reload", "Reload unit", "reload", 6, Reload),
    verb!("unit.enable", "Enable unit: it starts with the system", "enable", 0, Enable),
    verb!("unit.disable", "Disable unit: it does not start with the system", "disable", 0, Disable),
    verb!("unit.mask", "Mask unit: nothing can start it", "mask", 0, Mask),
    verb!("unit.unmask", "Unmask unit", "unmask", 0, Unmask),
    verb!("unit.reset_failed", "Forget that unit has failed", "reset", 0, ResetFailed),
    process("process.signal", "Send a signal to process", "signal", 2, |f, a| {
        let signal = a.text("signal").unwrap_or("SIGTERM");
        let signal = signal.strip_prefix("SIG").unwrap_or(signal).to_owned();
        Ok(processes(f, |process| ServerAction::Signal { process, signal: signal.clone() }))
    })
    .args(&SIGNAL_ARGS),
    file(
        "file.remove",
        "Remove file, or folder with everything in it",
        "remove",
        3,
        Danger::Destroy,
        |f, _| {
            Ok(files(f, |_, is_folder| if is_folder { FileAction::RemoveFolder } else { FileAction::Remove }))
        },
    ),
    file("file.rename", "Rename file", "rename", 4, Danger::Mutate, |f, a| {
        let to = name(a, "to")?;
        Ok(files(f, |path, _| FileAction::Rename {
            to: path.parent().unwrap_or_else(FilePath::root).join(&to),
        }))
    })
    .args(&RENAME_ARGS),
    file("file.mode", "Set the permissions of file", "permissions", 6, Danger::Mutate, |f, a| {
        let mode =
            a.text("mode").filter(|mode| is_mode(mode)).ok_or("permissions are written 640 or u+x,g-w")?;
        Ok(files(f, |_, _| FileAction::Mode(mode.to_owned())))
    })
    .args(&MODE_ARGS),
    file("file.owner", "Give file to another owner", "owner", 7, Danger::Mutate, |f, a| {
        let owner = a
            .text("owner")
            .filter(|owner| is_owner(owner))
            .ok_or("an owner is written user or user:group")?;
        Ok(files(f, |_, _| FileAction::Owner(owner.to_owned())))
    })
    .args(&OWNER_ARGS),
    file("file.folder", "Make a folder beside file", "make folder", 8, Danger::Mutate, |f, a| {
        let name = name(a, "name")?;
        let one = |s: &Subject| match &s.what {
            Object::File { path: Some(path), sudo_name, .. } => {
                let path = path.parent().unwrap_or_else(FilePath::root).join(&name);
                Some(mutation(s, *sudo_name, ServerAction::Folder { path }))
            }
            _ => None,
        };
        Ok(Intent::Propose(f.subjects.iter().filter_map(one).collect()))
    })
    .args(&FOLDER_ARGS),
    process("process.renice", "Change the niceness of process", "renice", 6, |f, a| {
        let nice = a.integer("nice").and_then(|n| i32::try_from(n).ok()).ok_or("the niceness is missing")?;
        Ok(processes(f, |process| ServerAction::Renice { process, nice }))
    })
    .args(&RENICE_ARGS),
];

fn any_server(facts: &Facts) -> Availability {
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

/// Why nothing can be done with a file.
fn unnamed(s: &Subject) -> Option<String> {
    let is_named = !matches!(&s.what, Object::File { path: None, .. });
    (!is_named).then(|| format!("the name of {} is no UTF-8: it cannot be handed over", s.name))
}

/// A name within a folder.
fn name(args: &Args, of: &str) -> Result<String, String> {
    let name = args.text(of).ok_or("the name is missing")?;
    if name.contains(['/', '\0']) || matches!(name, "." | "..") {
        return Err(format!("`{name}` is no name within a folder"));
    }
    Ok(name.to_owned())
}

/// chmod(1): three or four octal digits, or symbolic ones.
fn is_mode(mode: &str) -> bool {
    let octal = (3..=4).contains(&mode.len()) && mode.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let symbolic = |part: &str| {
        part.split_once(['+', '-', '=']).is_some_and(|(who, what)| {
            who.bytes().all(|b| b"ugoa".contains(&b)) && what.bytes().all(|b| b"rwxXst".contains(&b))
        })
    };
    octal || mode.split(',').all(symbolic)
}

/// chown(1): names or numbers.
fn is_owner(owner: &str) -> bool {
    let is_name = |name: &str| name.chars().all(|c| c.is_alphanumeric() || "._-$@\\".contains(c));
    let (user, group) = owner.split_once(':').unwrap_or((owner, ""));
    !(user.is_empty() && group.is_empty()) && !owner.starts_with('-') && is_name(user) && is_name(group)
}

fn files(facts: &Facts, action: impl Fn(&FilePath, bool) -> FileAction) -> Intent {
    let one = |s: &Subject| match &s.what {
        Object::File { path: Some(path), id, is_folder, sudo, sudo_name, sudo_owner } => {
            let action = action(path, *is_folder);
            let sudo = match action {
                FileAction::Remove | FileAction::RemoveFolder | FileAction::Rename { .. } => *sudo_name,
                FileAction::Mode(_) => *sudo,
                FileAction::Owner(_) => *sudo_owner,
            };
            Some(mutation(s, sudo, ServerAction::File { path: path.clone(), id: *id, action }))
        }
        _ => None,
    };
    Intent::Propose(facts.subjects.iter().filter_map(one).collect())
}

fn processes(facts: &Facts, action: impl Fn(crate::domain::server::ProcessId) -> ServerAction) -> Intent {
    let one = |s: &Subject| match &s.what {
        Object::Process { id, sudo } => Some(mutation(s, *sudo, action(*id))),
        _ => None,
    };
    Intent::Propose(facts.subjects.iter().filter_map(one).collect())
}

fn mutation(s: &Subject, sudo: bool, action: ServerAction) -> Mutation {
    Mutation::Server(ServerMutation {
        target: s.target.clone(),
        name: s.name.clone(),
        client: s.client.clone(),
        sudo,
        action,
    })
}
