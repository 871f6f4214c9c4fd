//! From the words of `pult do` to a plan: the command, its arguments, the objects. Nothing is changed here.

use super::Failure;
use crate::command::{Args, Availability, Command, Facts, Intent, Object, ObjectKind, Scope, Subject};
use crate::domain::fault::Fault;
use crate::domain::filter::nearest;
use crate::domain::guard::Guard;
use crate::domain::ids::TargetId;
use crate::domain::mutation::Mutation;
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

/// The objects that the words name, each once, in the order of the words.
///
/// # Errors
/// A word that fits none or several. When a target did not answer, a missing one may be there: its fault
/// is the error then.
pub fn resolve(
    words: &[String],
    kind: ObjectKind,
    all: &[Subject],
    faults: &[(TargetId, Fault)],
) -> Result<Vec<Subject>, Failure> {
    let mut found: Vec<Subject> = Vec::new();
    for word in words {
        let one = resolve_one(word, kind, all, faults)?;
        if !found.iter().any(|s| s.target == one.target && s.object_id() == one.object_id()) {
            found.push(one);
        }
    }
    Ok(found)
}

fn resolve_one(
    word: &str,
    kind: ObjectKind,
    all: &[Subject],
    faults: &[(TargetId, Fault)],
) -> Result<Subject, Failure> {
    let noun = kind.noun();
    let name = match word.split_once('/') {
        None => word,
        // `22/tcp`, `10.0.0.0/8` and `allow 22/tcp` are names.
        Some((said, _))
            if matches!(kind, ObjectKind::Port | ObjectKind::Rule | ObjectKind::Ban)
                && said != noun
                && said != kind.plural() =>
        {
            word
        }
        Some((said, name)) if said == noun || said == kind.plural() => name,
        Some(("docker", name)) if kind == ObjectKind::Container => name,
        // Names of units may hold what looks like a kind; a path does not.
        Some((said, _)) => {
            let message = format!("`{word}`: there are no {said} to act on; write {}/NAME", kind.plural());
            return Err(Failure::Usage(message));
        }
    };
    let fit = fitting(name, kind, all);
    match fit.as_slice() {
        // Servers are called what the configuration calls them: there is no second one.
        [one] if kind == ObjectKind::Server => Ok((*one).clone()),
        [one] => match faults.first() {
            // The target that does not answer may hold one of the same name. Guessing is not for actions.
            Some((target, fault)) => Err(Failure::Fault(
                target.clone(),
                fault.clone().hint(format!(
                    "`{name}` could be there too; name its target: --target {}",
                    one.target.name
                )),
            )),
            None => Ok((*one).clone()),
        },
        [] => {
            Err(match faults.iter().find(|(target, _)| kind != ObjectKind::Server || *target.name == *name) {
                Some((target, fault)) => Failure::Fault(target.clone(), fault.clone()),
                None => Failure::NotFound(match nearest(name, all.iter().flat_map(words_of)) {
                    Some(near) if kind != ObjectKind::Process => {
                        format!("no {noun} called {name}; did you mean `{near}`?")
                    }
                    _ if kind == ObjectKind::Package => {
                        format!("no package called {name} could be newer or is held there")
                    }
                    _ => format!("no {noun} called {name}"),
                }),
            })
        }
        several => {
            let at: Vec<String> = several.iter().map(|s| format!("{} at {}", s.name, s.target)).collect();
            let id = if kind == ObjectKind::Container { " or a full id" } else { "" };
            Err(Failure::Usage(format!("`{name}` is ambiguous: {}; add --target NAME{id}", at.join(", "))))
        }
    }
}

/// True when a rule has this number in ufw's list.
fn is_rule_number(s: &Subject, name: &str) -> bool {
    let Object::Rule { rule, surface, .. } = &s.what else { return false };
    let rows = surface.firewall().map(|ufw| ufw.numbered.as_slice()).unwrap_or_default();
    rows.iter().any(|row| row.rule == **rule && row.number.to_string() == name)
}

/// What an object may be called.
fn words_of(s: &Subject) -> impl Iterator<Item = &str> {
    std::iter::once(s.name.as_str()).chain(s.name.strip_suffix(".service"))
}

/// Containers by name or the beginning of their id, units by name with or without `.service`, processes by number.
fn fitting<'a>(name: &str, kind: ObjectKind, all: &'a [Subject]) -> Vec<&'a Subject> {
    let by = |fits: &dyn Fn(&Subject) -> bool| all.iter().filter(|s| fits(s)).collect::<Vec<_>>();
    match kind {
        ObjectKind::Container => {
            let exact = by(&|s| s.name == name);
            if exact.is_empty() && name.len() >= 4 { by(&|s| s.object_id().starts_with(name)) } else { exact }
        }
        ObjectKind::Package | ObjectKind::Server => by(&|s| s.name == name),
        ObjectKind::Unit => by(&|s| s.name == name || s.name.strip_suffix(".service") == Some(name)),
        ObjectKind::Jail => by(&|s| s.name == name || format!("{}@{}", s.name, s.target.name) == name),
        ObjectKind::Port | ObjectKind::Rule | ObjectKind::Firewall | ObjectKind::Ban => {
            let exact = by(&|s| s.name == name || s.object_id() == name || is_rule_number(s, name));
            // A port that listens for both families is one for whoever closes it.
            let close_together =
                kind == ObjectKind::Port && exact.iter().all(|s| s.target == exact[0].target);
            if close_together { exact.into_iter().take(1).collect() } else { exact }
        }
        ObjectKind::File | ObjectKind::LocalFile | ObjectKind::Check => by(&|s| s.name == name),
        ObjectKind::Process => {
            by(&|s| s.object_id() == name || s.object_id().split('@').next() == Some(name))
        }
    }
}

/// What the command proposes for some objects.
///
/// # Errors
/// The command is not available for them now (exit 1), or does not accept its arguments (exit 2).
pub fn propose(command: &'static Command, subjects: Vec<Subject>, args: &Args) -> Result<Plan, Failure> {
    let read_only = subjects.iter().any(|s| s.guard == Guard::ReadOnly);
    let pane = match command.scope {
        Scope::Pane(pane) => Some(pane),
        _ => None,
    };
    let count = subjects.len();
    let facts = Facts { pane, marked: count > 1, rows: count, total: count, subjects, ..Facts::default() };
    // A read-only target is the gate's affair: its refusal goes to the audit and has its own exit code.
    if !read_only && let Availability::Off(why) = command.availability(&facts) {
        return Err(Failure::NotPossible(format!("{}: {why}", command.id)));
    }
    match (command.run)(&facts, args) {
        Ok(Intent::Propose(mutations)) if mutations.iter().any(|m| matches!(m, Mutation::Shell(_))) => {
            // A terminal of its own client is what a script has.
            let lines: Vec<String> = mutations.iter().map(Mutation::equivalent).collect();
            Err(Failure::Usage(format!(
                "`{}` is a command of the panel; here: {}",
                command.id,
                lines.join("; ")
            )))
        }
        Ok(Intent::Propose(mutations)) => {
            // The panel leaves out what an action makes no sense for and says so; a script named it.
            let is_left_out = |s: &&Subject| mutations.iter().all(|m| m.object_id() != s.object_id());
            match facts.subjects.iter().find(is_left_out) {
                Some(s) => {
                    Err(Failure::NotPossible(format!("{}: {} is {}", command.id, s.name, s.state_word())))
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
    use crate::command::{ArgKind, ArgSpec, Object, PaneId};
    use crate::domain::container::State;
    use crate::domain::fault::FaultKind;
    use crate::domain::ids::ContainerId;
    use crate::domain::mutation::{ContainerAction, ContainerMutation, Danger};

    fn mutations(facts: &Facts, action: &ContainerAction) -> Intent {
        let one = |s: &Subject| {
            Mutation::Container(ContainerMutation {
                target: s.target.clone(),
                id: s.container().unwrap().0.id,
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
        if facts.subjects.iter().any(|s| s.state_word() == "running") {
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

    pub fn container(host: &str, name: &str, state: State) -> Subject {
        let id = ContainerId::new(&format!("{name}-at-{host}-0123456789"));
        Subject {
            target: TargetId::docker(host),
            name: name.into(),
            what: Object::Container { id, state },
            guard: Guard::Confirm,
            client: "docker".into(),
            blocked: None,
        }
    }

    pub fn guarded(subjects: Vec<Subject>, guard: Guard) -> Vec<Subject> {
        subjects.into_iter().map(|s| Subject { guard, ..s }).collect()
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
            resolve(&words, ObjectKind::Container, &all, faults)
                .map(|found| found.iter().map(|s| s.object_id().into_owned()).collect::<Vec<_>>())
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
        let stopped = vec![container("a", "web", State::Exited)];
        let args = Args::default();
        assert!(
            message(propose(&STOP, stopped.clone(), &args)).contains("container.stop: it is not running")
        );
        // The gate is to refuse it, with an audit line.
        let guarded = guarded(stopped, Guard::ReadOnly);
        assert_eq!(propose(&STOP, guarded, &args).unwrap().mutations.len(), 1);
    }

    #[test]
    fn units_need_no_suffix_and_processes_are_numbers() {
        let unit = |host: &str, name: &str| Subject {
            what: Object::Unit {
                unit: Box::new(crate::domain::server::Unit { name: name.into(), ..Default::default() }),
                sudo: true,
            },
            target: TargetId::server(host),
            name: name.into(),
            ..container("a", "x", State::Running)
        };
        let units = [unit("a", "nginx.service"), unit("a", "nginx.socket"), unit("b", "ssh.service")];
        let find = |word: &str| resolve(&[word.to_owned()], ObjectKind::Unit, &units, &[]);
        assert_eq!(find("nginx").unwrap()[0].name, "nginx.service");
        assert_eq!(find("units/nginx.socket").unwrap()[0].name, "nginx.socket");
        assert!(message(find("ngnix.service")).contains("did you mean `nginx.service`?"));
        let id = crate::domain::server::ProcessId { pid: 12, start: 99 };
        let process = Subject { what: Object::Process { id, sudo: false }, ..unit("a", "sleep") };
        let find = |word: &str| {
            resolve(&[word.to_owned()], ObjectKind::Process, std::slice::from_ref(&process), &[])
        };
        assert!(find("12").is_ok() && find("12@99").is_ok());
        assert!(message(find("sleep")).contains("no process called sleep"));
    }

    #[test]
    fn a_server_is_its_own_target() {
        let web1 = Subject {
            what: Object::Server { sudo: true },
            target: TargetId::server("web1"),
            ..container("a", "web1", State::Running)
        };
        let lost = || Fault::new(FaultKind::Timeout, "no answer");
        let down = [(TargetId::server("x"), lost()), (TargetId::server("web2"), lost())];
        let find =
            |word: &str| resolve(&[word.to_owned()], ObjectKind::Server, std::slice::from_ref(&web1), &down);
        assert_eq!(find("web1").unwrap()[0].name, "web1", "whoever else is away");
        assert!(message(find("web2")).contains("server:web2: no answer"));
        assert!(message(find("web3")).contains("no server called web3"));
    }
}
