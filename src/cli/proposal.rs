//! From the words of `pult do` to a plan: the command, its arguments, the objects. Nothing is changed here.

use std::sync::Arc;

use super::Failure;
use crate::command::{Args, Availability, Command, Facts, Intent, PaneId, Subject};
use crate::domain::container::Container;
use crate::domain::fault::Fault;
use crate::domain::filter::nearest;
use crate::domain::guard::Guard;
use crate::domain::ids::TargetId;
use crate::gate::Plan;

/// Finds a command by its id.
///
/// # Errors
/// Unknown: the nearest id. Known, but of the screen only: says so.
pub fn find(table: &[&'static Command], id: &str) -> Result<&'static Command, Failure> {
    let changes = |c: &&&'static Command| c.danger.is_some();
    match table.iter().find(|c| c.id == id) {
        Some(command) if command.danger.is_some() => Ok(command),
        Some(command) => Err(Failure::Usage(format!(
            "`{id}` ({}) is a command of the panel: it changes nothing at a target",
            command.title
        ))),
        None => {
            let ids: Vec<&str> = table.iter().filter(changes).map(|c| c.id).collect();
            let hint = match nearest(id, ids.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", ids.join(", ")),
            };
            Err(Failure::Usage(format!("no command `{id}`; {hint}")))
        }
    }
}

/// Reads `--arg K=V`.
///
/// # Errors
/// A pair without `=`, an unknown name, a value that does not fit, a required one that is missing.
pub fn arguments(command: &Command, pairs: &[String]) -> Result<Args, Failure> {
    let usage = |message: String| Failure::Usage(format!("{}: {message}", command.id));
    let mut args = Args::defaults(command.args);
    for pair in pairs {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| usage(format!("`{pair}` is not of the form K=V")))?;
        args.set(command.args, key, value).map_err(usage)?;
    }
    args.complete(command.args).map_err(usage)?;
    Ok(args)
}

/// The containers that the words name, each once, in the order of the words.
///
/// # Errors
/// A word that fits none or several. When an engine did not answer, a missing one may be there: its fault
/// is the error then.
pub fn resolve(
    words: &[String],
    containers: &[Arc<Container>],
    faults: &[(TargetId, Fault)],
) -> Result<Vec<Arc<Container>>, Failure> {
    let mut found: Vec<Arc<Container>> = Vec::new();
    for word in words {
        let one = resolve_one(word, containers, faults)?;
        if !found.iter().any(|c| c.key() == one.key()) {
            found.push(one);
        }
    }
    Ok(found)
}

fn resolve_one(
    word: &str,
    containers: &[Arc<Container>],
    faults: &[(TargetId, Fault)],
) -> Result<Arc<Container>, Failure> {
    let name = match word.split_once('/') {
        None => word,
        Some(("container" | "containers" | "docker", name)) => name,
        Some((kind, _)) => {
            let message = format!("`{word}`: there are no {kind} to act on; write containers/NAME");
            return Err(Failure::Usage(message));
        }
    };
    let mut fit: Vec<&Arc<Container>> = containers.iter().filter(|c| c.name == name).collect();
    if fit.is_empty() && name.len() >= 4 {
        fit = containers.iter().filter(|c| c.id.0.starts_with(name)).collect();
    }
    match fit.as_slice() {
        [one] => match faults.first() {
            // The engine that does not answer may hold one of the same name. Guessing is not for actions.
            Some((target, fault)) => Err(Failure::Fault(
                target.clone(),
                fault.clone().hint(format!(
                    "`{name}` could be there too; name its engine: --target {}",
                    one.target.name
                )),
            )),
            None => Ok(Arc::clone(one)),
        },
        [] => Err(match faults.first() {
            Some((target, fault)) => Failure::Fault(target.clone(), fault.clone()),
            None => Failure::NotFound(match nearest(name, containers.iter().map(|c| c.name.as_str())) {
                Some(near) => format!("no container called {name}; did you mean `{near}`?"),
                None => format!("no container called {name}"),
            }),
        }),
        several => {
            let at: Vec<String> = several.iter().map(|c| format!("{} at {}", c.name, c.target)).collect();
            Err(Failure::Usage(format!(
                "`{name}` is ambiguous: {}; add --target NAME or a full id",
                at.join(", ")
            )))
        }
    }
}

/// What the command proposes for some containers.
///
/// # Errors
/// The command is not available for them now (exit 1), or does not accept its arguments (exit 2).
pub fn propose(
    command: &'static Command,
    containers: &[Arc<Container>],
    guard_of: impl Fn(&TargetId) -> Guard,
    client_of: impl Fn(&TargetId) -> String,
    args: &Args,
) -> Result<Plan, Failure> {
    let subjects: Vec<Subject> = containers
        .iter()
        .map(|c| Subject {
            key: c.key(),
            name: c.name.clone(),
            state: c.state,
            guard: guard_of(&c.target),
            client: client_of(&c.target),
            blocked: None,
        })
        .collect();
    let read_only = subjects.iter().any(|s| s.guard == Guard::ReadOnly);
    let facts = Facts {
        pane: Some(PaneId::Containers),
        marked: subjects.len() > 1,
        rows: containers.len(),
        total: containers.len(),
        subjects,
        ..Facts::default()
    };
    // A read-only target is the gate's affair: its refusal goes to the audit and has its own exit code.
    if !read_only && let Availability::Off(why) = (command.when)(&facts) {
        return Err(Failure::NotPossible(format!("{}: {why}", command.id)));
    }
    match (command.run)(&facts, args) {
        Ok(Intent::Propose(mutations)) => {
            // The panel leaves out what an action makes no sense for and says so; a script named it.
            let left_out =
                facts.subjects.iter().find(|s| mutations.iter().all(|m| m.object_id() != &*s.key.id.0));
            match left_out {
                Some(s) => {
                    Err(Failure::NotPossible(format!("{}: {} is {}", command.id, s.name, s.state.word())))
                }
                None => Ok(Plan { command: command.id, mutations }),
            }
        }
        Ok(_) => Err(Failure::Usage(format!("`{}` is a command of the panel", command.id))),
        Err(why) => Err(Failure::Usage(format!("{}: {why}", command.id))),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::command::{ArgKind, ArgSpec, Scope};
    use crate::domain::container::State;
    use crate::domain::fault::FaultKind;
    use crate::domain::mutation::{ContainerAction, ContainerMutation, Danger, Mutation};

    fn mutations(facts: &Facts, action: &ContainerAction) -> Intent {
        let one = |s: &Subject| {
            Mutation::Container(ContainerMutation {
                target: s.key.target.clone(),
                id: s.key.id.clone(),
                name: s.name.clone(),
                client: "docker".into(),
                action: action.clone(),
            })
        };
        Intent::Propose(facts.subjects.iter().map(one).collect())
    }

    const STOP_ARGS: [ArgSpec; 1] = [ArgSpec {
        name: "grace",
        title: "Seconds until it is killed",
        kind: ArgKind::Integer { min: 0, max: 3600 },
        default: "",
        required: false,
    }];

    static STOP: Command = Command::plain(
        "container.stop",
        "Stop container",
        "stop",
        Scope::Pane(PaneId::Containers),
        1,
        |f, a| Ok(mutations(f, &ContainerAction::Stop { grace_s: a.integer("grace").map(|n| n as u32) })),
    )
    .danger(Danger::Mutate)
    .args(&STOP_ARGS)
    .when(|facts| {
        if facts.subjects.iter().any(|s| s.state == State::Running) {
            Availability::Ready
        } else {
            Availability::off("it is not running")
        }
    });

    static REMOVE: Command = Command::plain(
        "container.remove",
        "Remove container",
        "remove",
        Scope::Pane(PaneId::Containers),
        1,
        |f, _| Ok(mutations(f, &ContainerAction::Remove { force: false, volumes: false })),
    )
    .danger(Danger::Destroy);

    static HELP: Command = Command::plain("app.help", "Help", "help", Scope::Global, 1, |_, _| {
        Ok(Intent::App(crate::command::AppIntent::Help))
    });

    pub const TABLE: [&Command; 3] = [&STOP, &REMOVE, &HELP];

    pub fn container(host: &str, name: &str, state: State) -> Arc<Container> {
        let id = format!("{name}-at-{host}-0123456789");
        Arc::new(Container { state, ..Container::blank(TargetId::docker(host), &id, name) })
    }

    fn message<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
        let mut out = Vec::new();
        result.unwrap_err().print(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn commands_are_found_by_id_or_nearly() {
        assert_eq!(find(&TABLE, "container.stop").unwrap().id, "container.stop");
        assert!(message(find(&TABLE, "container.stpo")).contains("did you mean `container.stop`?"));
        assert!(message(find(&TABLE, "app.help")).contains("of the panel"));
        assert!(message(find(&TABLE, "zzz")).contains("there are container.stop, container.remove\n"));
    }

    #[test]
    fn arguments_are_checked() {
        let read = |pair: &str| arguments(&STOP, &[pair.to_owned()]);
        assert_eq!(read("grace=3").unwrap().integer("grace"), Some(3));
        assert!(message(read("grace")).contains("not of the form K=V"));
        assert!(message(read("grcae=3")).contains("did you mean `grace`?"));
        assert!(message(read("grace=-1")).contains("not between"));
    }

    #[test]
    fn objects_are_found_by_name_or_id_and_never_guessed() {
        let all = [
            container("a", "web", State::Running),
            container("b", "web", State::Running),
            container("b", "db", State::Running),
        ];
        let find = |words: &[&str], faults: &[_]| {
            let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            resolve(&words, &all, faults)
                .map(|found| found.iter().map(|c| c.id.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(find(&["db", "containers/db"], &[]).unwrap(), ["db-at-b-0123456789"]);
        assert_eq!(find(&["web-at-a"], &[]).unwrap(), ["web-at-a-0123456789"]);
        assert!(message(find(&["web"], &[])).contains("web at docker:a, web at docker:b; add --target"));
        assert!(message(find(&["dbb"], &[])).contains("did you mean `db`?"));
        assert!(message(find(&["pods/db"], &[])).contains("no pods"));
        let down = [(TargetId::docker("c"), Fault::new(FaultKind::Timeout, "no answer"))];
        assert_eq!(find(&["nope"], &down).unwrap_err().exit(), crate::cli::Exit::Unreached);
        assert!(message(find(&["db"], &down)).contains("--target b"));
    }

    #[test]
    fn what_is_not_possible_now_says_why() {
        let stopped = [container("a", "web", State::Exited)];
        let args = Args::default();
        let result = propose(&STOP, &stopped, |_| Guard::Confirm, |_| "docker".into(), &args);
        assert!(message(result).contains("container.stop: it is not running"));
        // The gate is to refuse it, with an audit line.
        assert_eq!(
            propose(&STOP, &stopped, |_| Guard::ReadOnly, |_| "docker".into(), &args)
                .unwrap()
                .mutations
                .len(),
            1
        );
    }
}
