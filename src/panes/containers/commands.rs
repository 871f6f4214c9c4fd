//! The container pane's rows of the command table.

use crate::command::{
    ArgKind, ArgSpec, Args, Availability, Command, Facts, Intent, ObjectKind, PaneId, PaneIntent, Scope,
    Subject,
};
use crate::domain::container::State;
use crate::domain::limits::{LimitChange, RestartPolicy};
use crate::domain::mutation::{ContainerAction, ContainerMutation, Danger, Mutation};
use crate::domain::shell::{OpenShell, ShellPlace, ShellScreen};

const SCOPE: Scope = Scope::Pane(PaneId::Containers);

const GRACE: ArgSpec = ArgSpec {
    name: "grace",
    title: "grace in seconds (empty: its own, mostly 10)",
    kind: ArgKind::Integer { min: 0, max: 86_400 },
    default: "",
    required: false,
};

const STOP_ARGS: [ArgSpec; 1] = [GRACE];

const KILL_ARGS: [ArgSpec; 1] = [ArgSpec {
    name: "signal",
    title: "signal",
    kind: ArgKind::Choice {
        words: &[
            "SIGKILL", "SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGABRT", "SIGSTOP",
            "SIGCONT",
        ],
        open: false,
    },
    default: "SIGKILL",
    required: true,
}];

const REMOVE_ARGS: [ArgSpec; 2] = [
    ArgSpec {
        name: "force",
        title: "kill it if it runs",
        kind: ArgKind::Bool,
        default: "no",
        required: false,
    },
    ArgSpec {
        name: "volumes",
        title: "also its anonymous volumes",
        kind: ArgKind::Bool,
        default: "no",
        required: false,
    },
];

const RENAME_ARGS: [ArgSpec; 1] =
    [ArgSpec { name: "to", title: "new name", kind: ArgKind::Text, default: "", required: true }];

const UPDATE_ARGS: [ArgSpec; 5] = [
    ArgSpec {
        name: "memory",
        title: "memory limit (512m, 2g)",
        kind: ArgKind::Bytes,
        default: "",
        required: false,
    },
    ArgSpec {
        name: "memory_swap",
        title: "memory and swap (1g)",
        kind: ArgKind::Bytes,
        default: "",
        required: false,
    },
    ArgSpec { name: "cpus", title: "processors (1.5)", kind: ArgKind::Decimal, default: "", required: false },
    ArgSpec {
        name: "pids",
        title: "processes (100)",
        kind: ArgKind::Integer { min: 1, max: 4_194_304 },
        default: "",
        required: false,
    },
    ArgSpec {
        name: "restart",
        title: "restart policy",
        kind: ArgKind::Choice { words: &["", "no", "always", "unless-stopped", "on-failure"], open: true },
        default: "",
        required: false,
    },
];

const SHELL_ARGS: [ArgSpec; 3] = [
    ArgSpec {
        name: "shell",
        title: "shell (empty: the best there is)",
        kind: ArgKind::Choice { words: &["", "bash", "zsh", "ash", "sh"], open: true },
        default: "",
        required: false,
    },
    ArgSpec {
        name: "user",
        title: "user (empty: its own)",
        kind: ArgKind::Text,
        default: "",
        required: false,
    },
    ArgSpec {
        name: "workdir",
        title: "folder (empty: its own)",
        kind: ArgKind::Text,
        default: "",
        required: false,
    },
];

/// A command that changes containers.
const fn change(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    when: fn(&Facts) -> Availability,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, rank, run)
        .when(when)
        .danger(Danger::Mutate)
        .on(ObjectKind::Container)
}

/// The table.
pub static COMMANDS: [Command; 13] = [
    Command::plain("containers.logs", "Read the logs in the log pane", "logs", SCOPE, 2, |_, _| {
        Ok(Intent::Pane(PaneIntent::OpenLogs))
    })
    .when(|f| match f.rows {
        0 => Availability::off("there is no container"),
        _ => Availability::Ready,
    }),
    change("container.shell", "Open a shell in container", "shell", 6, running_one, |f, a| {
        shell(f, a, ShellScreen::Panel)
    })
    .args(&SHELL_ARGS),
    change(
        "container.shell_outside",
        "Open a shell outside of the panel, by docker, in container",
        "shell outside",
        0,
        running_one,
        |f, a| shell(f, a, ShellScreen::Terminal),
    )
    .args(&SHELL_ARGS),
    change("container.restart", "Restart container", "restart", 2, any, |f, a| {
        each(f, ContainerAction::Restart { grace_s: grace(a) })
    })
    .args(&STOP_ARGS),
    change(
        "container.start",
        "Start container",
        "start",
        3,
        |f| usable(f, running_already),
        |f, _| each(f, ContainerAction::Start),
    ),
    change(
        "container.stop",
        "Stop container",
        "stop",
        4,
        |f| usable(f, running),
        |f, a| each(f, ContainerAction::Stop { grace_s: grace(a) }),
    )
    .args(&STOP_ARGS),
    change("container.remove", "Remove container", "remove", 5, any, |f, a| {
        each(f, ContainerAction::Remove { force: a.flag("force"), volumes: a.flag("volumes") })
    })
    .args(&REMOVE_ARGS)
    .danger(Danger::Destroy),
    change("container.update", "Change limits and restart policy", "limits", 6, any, update)
        .args(&UPDATE_ARGS),
    change(
        "container.kill",
        "Send a signal to container",
        "kill",
        7,
        |f| usable(f, running),
        |f, a| each(f, ContainerAction::Kill { signal: a.text("signal").unwrap_or("SIGKILL").to_owned() }),
    )
    .args(&KILL_ARGS),
    change(
        "container.pause",
        "Pause container",
        "pause",
        0,
        |f| usable(f, pausable),
        |f, _| each(f, ContainerAction::Pause),
    ),
    change(
        "container.unpause",
        "Unpause container",
        "unpause",
        0,
        |f| usable(f, paused),
        |f, _| each(f, ContainerAction::Unpause),
    ),
    change("container.rename", "Rename container", "rename", 0, single, rename).args(&RENAME_ARGS),
    change("container.reveal", "Reveal secrets of container", "reveal", 0, single, |f, _| {
        each(f, ContainerAction::RevealSecrets)
    }),
];

/// One container in which something runs.
fn running_one(facts: &Facts) -> Availability {
    match single(facts) {
        Availability::Ready => usable(facts, running),
        off => off,
    }
}

fn shell(facts: &Facts, args: &Args, screen: ShellScreen) -> Result<Intent, String> {
    let word = |name: &str| args.text(name).map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned);
    let (shell, user, workdir) = (word("shell"), word("user"), word("workdir"));
    if let Some(workdir) = workdir.as_ref().filter(|dir| !dir.starts_with('/')) {
        return Err(format!("`{workdir}` is no folder of the container: it begins with /"));
    }
    let Some((subject, (key, _))) = facts.only().and_then(|s| Some((s, s.container()?))) else {
        return Err("no container is selected".to_owned());
    };
    let open = OpenShell {
        target: subject.target.clone(),
        name: subject.name.clone(),
        client: subject.client.clone(),
        place: ShellPlace::Container { id: key.id, shell, user, workdir },
        screen,
    };
    Ok(Intent::Propose(vec![Mutation::Shell(open)]))
}

fn any(facts: &Facts) -> Availability {
    usable(facts, |_| None)
}

/// Why a subject is unfit for an action, if it is.
type Unfit = fn(&Subject) -> Option<String>;

/// At least one subject has to be fit; those that are not are left out. When none is, the first gives the reason.
fn usable(facts: &Facts, unfit: Unfit) -> Availability {
    facts.usable(ObjectKind::Container, unfit)
}

fn state(s: &Subject) -> State {
    s.container().map_or(State::Dead, |(_, state)| state)
}

fn running(s: &Subject) -> Option<String> {
    (!matches!(state(s), State::Running | State::Paused | State::Restarting))
        .then(|| format!("{} is not running ({})", s.name, s.state_word()))
}

fn pausable(s: &Subject) -> Option<String> {
    (state(s) != State::Running).then(|| format!("{} is not running ({})", s.name, s.state_word()))
}

fn paused(s: &Subject) -> Option<String> {
    (state(s) != State::Paused).then(|| format!("{} is not paused", s.name))
}

fn running_already(s: &Subject) -> Option<String> {
    match state(s) {
        State::Running => Some(format!("{} is running", s.name)),
        State::Paused => Some(format!("{} is paused: unpause it", s.name)),
        _ => None,
    }
}

/// Why an action makes no sense for a subject.
fn unfit(action: &ContainerAction, s: &Subject) -> Option<String> {
    match action {
        ContainerAction::Start => running_already(s),
        ContainerAction::Stop { .. } | ContainerAction::Kill { .. } => running(s),
        ContainerAction::Pause => pausable(s),
        ContainerAction::Unpause => paused(s),
        ContainerAction::Restart { .. }
        | ContainerAction::Remove { .. }
        | ContainerAction::Rename { .. }
        | ContainerAction::Update(_)
        | ContainerAction::RevealSecrets => None,
    }
}

fn single(facts: &Facts) -> Availability {
    if facts.subjects.len() > 1 {
        Availability::off("takes one container, several are selected")
    } else {
        usable(facts, |_| None)
    }
}

fn grace(args: &Args) -> Option<u32> {
    args.integer("grace").and_then(|s| u32::try_from(s).ok())
}

/// The same action for every subject that it makes sense for; dialogs say which are left out.
fn each(facts: &Facts, action: ContainerAction) -> Result<Intent, String> {
    let fit = facts.subjects.iter().filter(|s| unfit(&action, s).is_none());
    let mutations = fit.filter_map(|s| {
        Some(Mutation::Container(ContainerMutation {
            target: s.target.clone(),
            id: s.container()?.0.id,
            name: s.name.clone(),
            client: s.client.clone(),
            action: action.clone(),
        }))
    });
    Ok(Intent::Propose(mutations.collect()))
}

fn rename(facts: &Facts, args: &Args) -> Result<Intent, String> {
    let to = args.text("to").ok_or("the new name is missing")?;
    let first_fits = to.starts_with(|c: char| c.is_ascii_alphanumeric());
    // The engine's own rule: [a-zA-Z0-9][a-zA-Z0-9_.-]+
    if !first_fits || to.len() < 2 || !to.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c)) {
        return Err(format!("`{to}` is no container name: letters, digits, _ . - and at least two of them"));
    }
    each(facts, ContainerAction::Rename { to: to.to_owned() })
}

fn update(facts: &Facts, args: &Args) -> Result<Intent, String> {
    let restart = args.text("restart").map(str::parse::<RestartPolicy>).transpose()?;
    let change = LimitChange {
        memory_bytes: args.bytes("memory"),
        memory_swap_bytes: args.bytes("memory_swap").and_then(|b| i64::try_from(b).ok()),
        cpus: args.decimal("cpus"),
        pids: args.integer("pids"),
        restart,
    };
    if change.is_empty() {
        return Err("nothing to change yet: fill in a limit".to_owned());
    }
    each(facts, ContainerAction::Update(change))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Object;
    use crate::domain::guard::Guard;
    use crate::domain::ids::{ContainerId, TargetId};

    fn facts(states: &[State]) -> Facts {
        let subjects = states.iter().map(|state| Subject {
            target: TargetId::docker("local"),
            name: "web".into(),
            what: Object::Container { id: ContainerId::new("1"), state: *state },
            guard: Guard::Confirm,
            client: "docker".into(),
            blocked: None,
        });
        Facts { subjects: subjects.collect(), total: 1, ..Facts::default() }
    }

    fn command(id: &str) -> &'static Command {
        COMMANDS.iter().find(|c| c.id == id).unwrap()
    }

    #[test]
    fn commands_say_why_they_are_off() {
        let off = |id: &str, f: &Facts| match (command(id).when)(f) {
            Availability::Off(why) => why,
            Availability::Ready => "ready".into(),
        };
        assert_eq!(off("container.start", &facts(&[State::Running])), "web is running");
        assert_eq!(off("container.stop", &facts(&[State::Exited])), "web is not running (exited)");
        assert_eq!(
            off("container.rename", &facts(&[State::Running, State::Running])),
            "takes one container, several are selected"
        );
        assert_eq!(off("container.remove", &Facts::default()), "there is no container");
        assert_eq!(off("container.stop", &facts(&[State::Running])), "ready");
        let mut guarded = facts(&[State::Running]);
        guarded.subjects[0].guard = Guard::ReadOnly;
        assert_eq!(off("container.stop", &guarded), "docker:local is read-only");
    }

    #[test]
    fn a_bulk_action_leaves_out_what_it_makes_no_sense_for() {
        let mixed = facts(&[State::Exited, State::Running, State::Paused]);
        let stop = command("container.stop");
        assert_eq!((stop.when)(&mixed), Availability::Ready);
        let Ok(Intent::Propose(plan)) = (stop.run)(&mixed, &Args::defaults(stop.args)) else { panic!() };
        assert_eq!(plan.len(), 2);
    }

    #[test]
    fn names_and_limits_are_checked_before_anything_is_proposed() {
        let run = |id: &str, pairs: &[(&str, &str)]| {
            let command = command(id);
            let mut args = Args::defaults(command.args);
            for (k, v) in pairs {
                args.set(command.args, k, v)?;
            }
            (command.run)(&facts(&[State::Running]), &args)
        };
        assert!(run("container.rename", &[("to", "-rf")]).unwrap_err().contains("no container name"));
        assert!(run("container.update", &[]).unwrap_err().contains("nothing to change"));
        assert!(run("container.update", &[("restart", "sometimes")]).unwrap_err().contains("restart policy"));
        let Ok(Intent::Propose(plan)) = run("container.update", &[("memory", "1g"), ("cpus", "1.5")]) else {
            panic!()
        };
        assert_eq!(plan[0].equivalent(), "docker update --memory=1073741824 --cpus=1.5 web");
    }
}
