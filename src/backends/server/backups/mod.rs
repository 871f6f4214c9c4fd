//! Backups of a server, as its own tools tell of them. Nothing is written there and no lock is taken; passwords stay
//! where they are: the tools read their files themselves.

/// The script of a tool with a password and variables: `$r` is its repository, `$p` the password's file. Variables are
/// read first, so that what the configuration says goes before them; what stands in their file is never printed.
macro_rules! with_files {
    ($tool:literal, $script:literal) => {
        concat!(
            "command -v ",
            $tool,
            " >/dev/null || exit 90
r=$1 p=$2 e=$3
test -z \"$p\" || test -r \"$p\" || exit 91
test -z \"$e\" || test -r \"$e\" || exit 92
if test -n \"$e\"; then set -a; . \"$e\" >/dev/null 2>&1 </dev/null; set +a; fi
",
            $script
        )
    };
}

mod answer;
mod borg;
mod files;
mod pgbackrest;
mod restic;
mod timer;

use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::free_root;
use super::host::{Host, Run};
use crate::backends::argv::Argv;
use crate::backends::clock;
use crate::domain::backup::verdict::judge;
use crate::domain::backup::{Backup, Found, Plan, Tool, Unread};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::secret::mask_urls;

/// A repository may be far away from its server; the tool itself is given up a little earlier.
const DEADLINE: Duration = Duration::from_secs(60);
/// Readings of one server at a time.
const AT_ONCE: usize = 2;

/// One backup of those that a plan means, and what tells it from the others.
struct Part {
    name: Option<String>,
    found: Found,
}

impl From<Found> for Part {
    fn from(found: Found) -> Self {
        Self { name: None, found }
    }
}

/// How a tool is asked, and how its answer is read. The scripts have the operand for `$1`, the password's file for
/// `$2` and the variables' file for `$3`.
struct Asking {
    script: &'static str,
    /// `None` when it says something else than it should.
    parse: fn(&[u8]) -> Option<Vec<Part>>,
}

fn asking(tool: Tool) -> Asking {
    match tool {
        Tool::Files => Asking { script: files::LIST, parse: files::parse },
        Tool::Restic => Asking { script: restic::LIST, parse: restic::parse },
        Tool::Borg => Asking { script: borg::LIST, parse: borg::parse },
        Tool::Pgbackrest => Asking { script: pgbackrest::LIST, parse: pgbackrest::parse },
        Tool::Timer => Asking { script: timer::LIST, parse: timer::parse },
    }
}

/// What is known of these backups, and of those that pgBackRest has without being asked for.
///
/// # Errors
/// What reaching the server fails with. What cannot be read there is among the answers.
pub async fn backups(host: &dyn Host, plans: &[Plan]) -> Result<Vec<Backup>, Fault> {
    // What keeps us from the server is told once, not for each of them.
    host.run(Run::new(Argv::new("true"))).await?;
    let is_asked = plans.iter().any(|plan| plan.tool == Tool::Pgbackrest);
    let discovered = (!is_asked).then(Plan::discovered);
    let all = plans.iter().cloned().chain(discovered).map(|plan| one(host, plan));
    let answers: Vec<Result<Vec<Backup>, Fault>> = stream::iter(all).buffered(AT_ONCE).collect().await;
    let mut backups = Vec::new();
    for answer in answers {
        backups.extend(answer?);
    }
    Ok(backups)
}

/// Those of one plan.
async fn one(host: &dyn Host, plan: Plan) -> Result<Vec<Backup>, Fault> {
    let Asking { script, parse } = asking(plan.tool);
    let file = |path: &Option<String>| path.clone().unwrap_or_default();
    let argv = Argv::script(script)
        .operand(&plan.operand)
        .name(&file(&plan.password_file))
        .name(&file(&plan.env_file));
    let read = match free_root::run(host, argv, DEADLINE).await {
        Ok(output) => answer::read(&plan, &output, parse),
        Err(fault) if matches!(fault.kind, FaultKind::Unreachable | FaultKind::Lost) => return Err(fault),
        Err(fault) => Err(Unread { message: fault.message, hint: fault.hint.unwrap_or_default() }),
    };
    Ok(told(&plan, read, clock::now()))
}

/// As it is shown. What nobody configured is not missed where it is not.
fn told(plan: &Plan, read: Result<Vec<Part>, Unread>, now: Timestamp) -> Vec<Backup> {
    let one = |part: Option<String>, read: Result<Found, Unread>| {
        let part = part.unwrap_or_default();
        // What the plan names itself tells nothing apart.
        let more = part.strip_prefix(plan.operand.as_str()).unwrap_or(&part).trim_start_matches('/');
        let name = if more.is_empty() { plan.name.clone() } else { format!("{}/{more}", plan.name) };
        let place = if plan.operand.is_empty() { part } else { plan.operand.clone() };
        judge(plan, name, mask_urls(&place).into_owned(), read, now)
    };
    match read {
        Ok(parts) if parts.is_empty() && !plan.found => vec![one(None, Ok(Found::default()))],
        Ok(parts) => parts.into_iter().map(|part| one(part.name, Ok(part.found))).collect(),
        Err(unread) => vec![one(None, Err(unread))],
    }
}

/// A time of a tool: with an offset, or in UTC as we ask for it.
fn moment(text: &str) -> Option<Timestamp> {
    let civil = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    text.parse().ok().or_else(|| civil().map(|zoned| zoned.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::answer::ABSENT;
    use super::*;
    use crate::backends::server::host::Output;
    use crate::domain::backup::State;
    use proptest::prelude::*;

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn output(code: i32, stderr: &str) -> Output {
        Output { code: Some(code), stdout: vec![], stderr: stderr.into() }
    }

    #[test]
    fn what_was_only_found_is_not_missed() {
        let says = |code: i32, text: &str| Output { stdout: text.into(), ..output(code, "denied") };
        let (found, asked) = (Plan::discovered(), Plan::new("pg", Tool::Pgbackrest, ""));
        let states = |plan: &Plan, output: Output| {
            let all = told(plan, answer::read(plan, &output, pgbackrest::parse), now());
            all.iter().map(|one| one.state).collect::<Vec<_>>()
        };
        for (output, of_found, of_asked) in [
            (says(ABSENT, ""), None, State::Unknown),
            (says(0, "[]"), None, State::Bad),
            (says(37, ""), Some(State::Unknown), State::Unknown),
        ] {
            assert_eq!(states(&found, output.clone()), of_found.into_iter().collect::<Vec<_>>());
            assert_eq!(states(&asked, output), [of_asked]);
        }
    }

    #[test]
    fn stanzas_and_repositories_are_told_apart() {
        let two = r#"[{"name":"a","repo":[{"key":1},{"key":2}]},{"name":"b"}]"#;
        let names = |operand: &str| {
            let plan = Plan::new("pg", Tool::Pgbackrest, operand);
            let all = told(
                &plan,
                answer::read(&plan, &Output { stdout: two.into(), ..output(0, "") }, pgbackrest::parse),
                now(),
            );
            all.iter().map(|one| format!("{} {}", one.name, one.place)).collect::<Vec<_>>()
        };
        assert_eq!(names(""), ["pg/a/repo1 a/repo1", "pg/a/repo2 a/repo2", "pg/b b"]);
        assert_eq!(names("a")[..2], ["pg/repo1 a", "pg/repo2 a"]);
    }

    #[test]
    fn times_with_and_without_an_offset() {
        for text in ["2026-11-21T03:00:00.5Z", "2026-11-21T04:00:00.5+01:00", "2026-11-21T03:00:00.500000"] {
            assert_eq!(moment(text).unwrap().to_string(), "2026-11-21T03:00:00.5Z", "{text}");
        }
        assert_eq!((moment(""), moment("yesterday")), (None, None));
    }

    proptest! {
        #[test]
        fn garbage_does_not_make_any_of_them_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            text in "(==> (lock|list) <==|\n|\\[|\\]|\\{|\\}|,|\"(time|paths|summary|archives|start|name|backup|repo|status|timestamp|stop)\":|\"\\PC{0,9}\"|[0-9]{1,20}|null|Id=|Result=|\\PC){0,40}",
        ) {
            for tool in Tool::ALL {
                let _ = (asking(tool).parse)(&bytes);
                let _ = (asking(tool).parse)(text.as_bytes());
            }
        }
    }
}
