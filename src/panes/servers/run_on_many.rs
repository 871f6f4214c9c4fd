//! The command that runs a command: on one server, or on all that are marked.

use super::commands::{SCOPE, mutation};
use crate::command::{ArgKind, ArgSpec, Args, Command, Facts, Intent, ObjectKind, Subject};
use crate::domain::mutation::Danger;
use crate::domain::server::{Canary, RunCommand, ServerAction};

const RUN_ARGS: [ArgSpec; 6] = [
    ArgSpec {
        name: "command",
        title: "command, for each login shell",
        kind: ArgKind::Text,
        default: "",
        required: true,
    },
    ArgSpec { name: "root", title: "as root", kind: ArgKind::Bool, default: "no", required: false },
    ArgSpec {
        name: "timeout",
        title: "seconds it may take",
        kind: ArgKind::Integer { min: 1, max: 3600 },
        default: "60",
        required: true,
    },
    ArgSpec {
        name: "canary",
        title: "the first one alone (ask: stop there)",
        kind: ArgKind::Choice { words: &Canary::WORDS, open: false },
        default: "yes",
        required: true,
    },
    ArgSpec {
        name: "stop",
        title: "stop where it fails once",
        kind: ArgKind::Bool,
        default: "yes",
        required: false,
    },
    ArgSpec {
        name: "at_once",
        title: "servers at the same time",
        kind: ArgKind::Integer { min: 1, max: 64 },
        default: "4",
        required: true,
    },
];

fn run(facts: &Facts, args: &Args) -> Result<Intent, String> {
    let command = args.text("command").map(str::trim).filter(|text| !text.is_empty());
    let command = command.ok_or("write the command first")?;
    let run = RunCommand {
        command: command.to_owned(),
        timeout_s: args.integer("timeout").and_then(|s| u32::try_from(s).ok()).unwrap_or(60),
        canary: Canary::from_word(args.text("canary").unwrap_or_default()),
        stop: args.flag("stop"),
        at_once: args.integer("at_once").and_then(|n| u32::try_from(n).ok()).unwrap_or(4),
    };
    let root = args.flag("root");
    let one = |s: &Subject| mutation(s, root, ServerAction::Run(run.clone()));
    Ok(Intent::Propose(facts.subjects.iter().map(one).collect()))
}

/// Its row of the table.
pub(super) const RUN: Command =
    Command::plain("server.run", "Run a command on server", "run on marked", SCOPE, 8, run)
        .when(|f| f.usable(ObjectKind::Server, |_| None))
        .danger(Danger::Mutate)
        .on(ObjectKind::Server)
        .args(&RUN_ARGS);
