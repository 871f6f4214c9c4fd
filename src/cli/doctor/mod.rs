//! `pult doctor`: reaches every target and says what works, what is missing, and how to fix it.

mod servers;

use std::io::Write;

use serde::Serialize;

use super::args::{DoctorArgs, TextFormat};
use super::grid::Tone;
use super::{Exit, Failure, Session, engines};
use crate::backends::clock;
use crate::backends::docker::Docker;
use crate::config::paths;
use crate::domain::docker::{Engine, Feature};
use crate::domain::fault::Fault;
use crate::domain::guard::Guard;
use crate::domain::ids::TargetId;
use crate::runtime::audit_file::AuditFile;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    /// Works, with something missing that a person should know of.
    Note,
    Wrong,
}

/// One line of the report.
#[derive(Debug, Clone, Serialize)]
struct Check {
    /// `pult` for the program itself, else a target.
    target: String,
    check: &'static str,
    verdict: Verdict,
    message: String,
    hint: Option<String>,
}

/// Examines everything and prints the report.
///
/// # Errors
/// The command line does not fit the configuration. Everything else is part of the report.
pub async fn run(
    session: &Session,
    args: &DoctorArgs,
    out: &mut (dyn Write + Send),
) -> Result<Exit, Failure> {
    let mut checks = own(session);
    if session.profile.docker.is_empty() {
        checks.push(nothing_found(session));
    } else {
        let clients = engines::open(session)?;
        let examined = clients.iter().map(|client| examine(session, client));
        checks.extend(futures_util::future::join_all(examined).await.into_iter().flatten());
    }
    checks.extend(servers::examine(session).await);
    let dialled = |id: &TargetId| {
        let (docker, servers) = (&session.profile.docker, &session.profile.servers);
        docker.iter().any(|(known, _)| known == id) || servers.iter().any(|(known, _)| known == id)
    };
    for target in &session.profile.targets {
        if !dialled(&target.id) {
            let message = format!("{}: listed, not dialled", target.address);
            checks.push(note(target.id.to_string(), "reach", message, None));
        }
    }
    checks.extend(unasked(session));
    print(session, args, &checks, out)?;
    let wrong = checks.iter().any(|c| c.verdict == Verdict::Wrong);
    Ok(if wrong { Exit::Failed } else { Exit::Done })
}

/// Checks that nobody asks: their server is not dialled. That it is not configured is a mistake of the file.
fn unasked(session: &Session) -> impl Iterator<Item = Check> {
    let profile = &session.profile;
    let is_dialled = |server: &TargetId| profile.servers.iter().any(|(id, _)| id == server);
    profile.checks.iter().filter(move |check| !is_dialled(&check.server)).map(|check| {
        let message = format!("{}: {} is listed, not dialled, and asks nothing", check.name, check.server);
        let hint =
            format!("open it in the panel, or write a [[server]] with name = \"{}\"", check.server.name);
        note("pult", "checks", message, Some(hint))
    })
}

fn ok(target: impl Into<String>, check: &'static str, message: String) -> Check {
    Check { target: target.into(), check, verdict: Verdict::Ok, message, hint: None }
}

fn note(target: impl Into<String>, check: &'static str, message: String, hint: Option<String>) -> Check {
    Check { target: target.into(), check, verdict: Verdict::Note, message, hint }
}

fn wrong(target: impl Into<String>, check: &'static str, message: String, hint: Option<String>) -> Check {
    Check { target: target.into(), check, verdict: Verdict::Wrong, message, hint }
}

/// The program's own affairs: configuration and state directory.
fn own(session: &Session) -> Vec<Check> {
    let profile = &session.profile;
    let mut checks: Vec<Check> = profile
        .diagnostics
        .iter()
        .map(|d| {
            let hint = d.suggestion.clone();
            let place = crate::domain::diagnostic::Diagnostic { suggestion: None, ..d.clone() };
            wrong("pult", "configuration", place.to_string(), hint)
        })
        .collect();
    if checks.is_empty() {
        checks.push(ok(
            "pult",
            "configuration",
            match &profile.source {
                Some(path) => path.display().to_string(),
                None => "no file, targets are discovered".to_owned(),
            },
        ));
    }
    checks.push(state_dir(session));
    checks
}

/// Without a place for the audit nothing may be changed.
fn state_dir(session: &Session) -> Check {
    let Some(dir) = paths::state_dir(&session.env) else {
        let hint = Some("set HOME or PULT_STATE_DIR".to_owned());
        return wrong("pult", "state", "no home directory: the audit has no place".into(), hint);
    };
    // Opened as an action would: permissions, full disks and held locks show in no other way.
    match AuditFile::open(&dir, crate::runtime::session::Session::current()) {
        Ok(_) => ok("pult", "state", dir.display().to_string()),
        Err(e) => {
            let message = format!("{}: {e}; every action would be refused", dir.display());
            wrong("pult", "state", message, Some("make it writable, or set PULT_STATE_DIR".to_owned()))
        }
    }
}

fn nothing_found(session: &Session) -> Check {
    let looked = session.profile.looked_for.join("; ");
    let message =
        if looked.is_empty() { "no Docker engine".into() } else { format!("no Docker engine: {looked}") };
    wrong("pult", "engines", message, session.profile.advice.clone())
}

async fn examine(session: &Session, client: &Docker) -> Vec<Check> {
    let target = client.id().to_string();
    let since = clock::instant();
    let engine = match client.connect().await {
        Ok(engine) => engine,
        Err(fault) => return vec![broken(&target, "reach", &fault)],
    };
    let ms = since.elapsed().as_millis();
    let address = client.endpoint().address();
    let mut checks = vec![
        ok(&target, "reach", format!("{address} in {ms} ms")),
        ok(&target, "version", version(&engine)),
        match client.list().await {
            Ok(rows) => ok(&target, "list", format!("{} containers", rows.len())),
            Err(fault) => broken(&target, "list", &fault),
        },
    ];
    checks.extend(engine.lacks.iter().map(|(feature, why)| lack(&target, *feature, why)));
    let guard = session.profile.guard(client.id());
    if guard == Guard::ReadOnly {
        checks.push(note(&target, "guard", "read-only: every action is refused".into(), None));
    }
    checks
}

fn version(engine: &Engine) -> String {
    let (major, minor) = engine.api;
    format!("{}, API {major}.{minor}, {}, {} processors", engine.version, engine.os, engine.cpus)
}

fn broken(target: &str, check: &'static str, fault: &Fault) -> Check {
    wrong(target, check, format!("{}: {}", fault.kind.word(), fault.message), fault.hint.clone())
}

fn lack(target: &str, feature: Feature, why: &str) -> Check {
    let (check, hint) = match feature {
        Feature::Events => ("events", "changes are polled instead; a socket proxy wants EVENTS=1"),
        Feature::Stats => ("stats", "no figures for CPU and memory"),
        Feature::Inspect => ("inspect", "no details; a socket proxy wants CONTAINERS=1"),
        Feature::Logs => ("logs", "no logs; a socket proxy wants CONTAINERS=1"),
        Feature::Mutations => ("actions", "nothing can be changed; a socket proxy wants POST=1"),
    };
    note(target, check, why.to_owned(), Some(hint.to_owned()))
}

fn print(session: &Session, args: &DoctorArgs, checks: &[Check], out: &mut dyn Write) -> Result<(), Failure> {
    if args.output == TextFormat::Json {
        let wrong = checks.iter().any(|c| c.verdict == Verdict::Wrong);
        let document =
            serde_json::json!({"api": super::output::API, "kind": "doctor", "ok": !wrong, "items": checks});
        writeln!(out, "{document:#}")?;
        return Ok(());
    }
    for check in checks {
        let (word, tone) = match check.verdict {
            Verdict::Ok => ("ok   ", Tone::Good),
            Verdict::Note => ("note ", Tone::Plain),
            Verdict::Wrong => ("WRONG", Tone::Bad),
        };
        let word = tone.paint(word, session.colored);
        writeln!(out, "{word}  {}  {}: {}", check.target, check.check, check.message)?;
        if let Some(hint) = &check.hint {
            writeln!(out, "       → {hint}")?;
        }
    }
    Ok(())
}
