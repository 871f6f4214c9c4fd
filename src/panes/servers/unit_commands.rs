//! Rows of the command table that change units and processes of a server.

use super::commands::{SCOPE, editing, mutation};
use crate::command::{
    ArgKind, ArgSpec, Args, Availability, Command, Facts, Intent, Object, ObjectKind, Subject,
};
use crate::domain::mutation::Danger;
use crate::domain::server::edit::Edited;
use crate::domain::server::{ProcessId, ServerAction, UnitVerb};

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

const RENICE_ARGS: [ArgSpec; 1] = [ArgSpec {
    name: "nice",
    title: "niceness (-20 first, 19 last)",
    kind: ArgKind::Integer { min: -20, max: 19 },
    default: "10",
    required: true,
}];

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

pub static COMMANDS: &[Command] = &[
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

fn processes(facts: &Facts, action: impl Fn(ProcessId) -> ServerAction) -> Intent {
    let one = |s: &Subject| match &s.what {
        Object::Process { id, sudo } => Some(mutation(s, *sudo, action(*id))),
        _ => None,
    };
    Intent::Propose(facts.subjects.iter().filter_map(one).collect())
}
