//! SOURCE words of `pult logs`: what they mean.

use std::sync::Arc;

use super::{Exit, Failure, Session, engines, log_local, output};
use crate::backends::docker::Docker;
use crate::backends::log_source::LogSource;
use crate::config::paths;
use crate::domain::container::{Container, State};
use crate::domain::filter::nearest;
use crate::runtime::root_reads::RootReads;
use crate::runtime::server_logs::ServerLogs;

/// Where lines come from.
#[derive(Clone)]
pub struct Source {
    /// Before each line of pretty output.
    pub label: String,
    /// As in the contract's SOURCE: `docker/web`.
    pub name: String,
    /// As in the contract's target: `docker:prod-1`.
    pub target: String,
    /// Why its word may mean another thing, said where it has no line.
    pub doubt: Option<String>,
    pub log: Arc<dyn LogSource>,
}

/// What some words mean.
pub struct Opened {
    pub sources: Vec<Source>,
    /// Not `Done` when an engine did not answer, so that something may be missing.
    pub exit: Exit,
}

/// Finds what the words mean; engines that do not answer are told.
///
/// # Errors
/// As [`resolve`], and no engine to ask.
pub async fn open(session: &Session, words: &[String]) -> Result<Opened, Failure> {
    let profile = &session.profile;
    let all_servers = profile.servers.iter().chain(&profile.listed_servers);
    let servers = ServerLogs::new(&session.hub(), all_servers, profile.read_only)
        .audited(RootReads::into(session.book()));
    let (mut local, others) = log_local::split(words, paths::state_dir(&session.env).as_deref(), &servers)?;
    if !local.is_empty() && others.is_empty() {
        return Ok(Opened { sources: local, exit: Exit::Done });
    }
    let clients = engines::open(session)?;
    let mut containers = Vec::new();
    let mut faults = Vec::new();
    for (target, answer) in engines::ask(&clients, Docker::list).await {
        match answer {
            Ok(rows) => containers.extend(rows),
            Err(fault) => {
                session.remark(&format!("{target}: {}", fault.in_full()));
                faults.push((target, fault));
            }
        }
    }
    let exit = output::exit_for(&faults);
    let chosen = match resolve(&others, &containers) {
        // What is not found may be at the engine that did not answer.
        Err(Failure::NotFound(_)) if exit != Exit::Done => Vec::new(),
        chosen => chosen?,
    };
    let sources = chosen.iter().zip(labels(&chosen)).filter_map(|(c, label)| {
        let client = clients.iter().find(|client| *client.id() == c.target)?;
        let name = format!("docker/{}", c.name);
        Some(Source {
            label,
            name,
            target: c.target.to_string(),
            doubt: None,
            log: client.patient_log_source(c.id.clone()),
        })
    });
    local.extend(sources);
    Ok(Opened { sources: local, exit })
}

/// The containers that some words mean, each once; without words every running one.
///
/// # Errors
/// A word that means nothing or several things, or a kind of source of a later version.
fn resolve(words: &[String], containers: &[Arc<Container>]) -> Result<Vec<Arc<Container>>, Failure> {
    if words.is_empty() {
        return Ok(containers.iter().filter(|c| c.state == State::Running).cloned().collect());
    }
    let mut found: Vec<Arc<Container>> = Vec::new();
    for word in words {
        for one in resolve_one(word, containers)? {
            if !found.iter().any(|c| c.key() == one.key()) {
                found.push(one);
            }
        }
    }
    Ok(found)
}

fn resolve_one(word: &str, containers: &[Arc<Container>]) -> Result<Vec<Arc<Container>>, Failure> {
    match word.split_once('/') {
        Some(("docker" | "container" | "containers", name)) => {
            by_name(name, containers)?.ok_or_else(|| missing(name, containers)).map(|c| vec![c])
        }
        Some(("project", name)) => {
            let found = by_project(name, containers);
            if found.is_empty() {
                Err(Failure::NotFound(format!("no container of a project {name}")))
            } else {
                Ok(found)
            }
        }
        Some((kind @ ("pod" | "deployment" | "postgres"), _)) => {
            Err(Failure::Usage(format!("`{word}`: logs of a {kind} come with a later version")))
        }
        Some((kind, _)) => Err(Failure::Usage(format!(
            "unknown source `{kind}/`; write docker/NAME, project/NAME, file/PATH, unit/NAME, each with @SERVER, or recording/NAME"
        ))),
        None => match by_name(word, containers)? {
            Some(one) => Ok(vec![one]),
            None => {
                let found = by_project(word, containers);
                if found.is_empty() { Err(missing(word, containers)) } else { Ok(found) }
            }
        },
    }
}

fn by_name(name: &str, containers: &[Arc<Container>]) -> Result<Option<Arc<Container>>, Failure> {
    let mut fit: Vec<&Arc<Container>> = containers.iter().filter(|c| c.name == name).collect();
    if fit.is_empty() && name.len() >= 4 {
        fit = containers.iter().filter(|c| c.id.0.starts_with(name)).collect();
    }
    match fit.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(Arc::clone(one))),
        several => {
            let at: Vec<String> = several.iter().map(|c| format!("{} at {}", c.name, c.target)).collect();
            Err(Failure::Usage(format!("`{name}` is ambiguous: {}; add --target NAME", at.join(", "))))
        }
    }
}

fn by_project(name: &str, containers: &[Arc<Container>]) -> Vec<Arc<Container>> {
    containers.iter().filter(|c| c.project.as_deref() == Some(name)).cloned().collect()
}

fn missing(name: &str, containers: &[Arc<Container>]) -> Failure {
    let known = containers.iter().flat_map(|c| [Some(c.name.as_str()), c.project.as_deref()]).flatten();
    Failure::NotFound(match nearest(name, known) {
        Some(near) => format!("no container or project called {name}; did you mean `{near}`?"),
        None => format!("no container or project called {name}"),
    })
}

/// What each source is called in the output: its name, with the engine where a name stands twice.
fn labels(sources: &[Arc<Container>]) -> Vec<String> {
    let twice = |name: &str| sources.iter().filter(|c| c.name == name).count() > 1;
    sources
        .iter()
        .map(|c| if twice(&c.name) { format!("{}@{}", c.name, c.target.name) } else { c.name.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TargetId;

    fn container(host: &str, name: &str, state: State) -> Arc<Container> {
        let id = format!("{name}-at-{host}-0123456789");
        Arc::new(Container { state, ..Container::blank(TargetId::docker(host), &id, name) })
    }

    fn all() -> Vec<Arc<Container>> {
        let mut all = vec![
            container("a", "web", State::Running),
            container("b", "web", State::Running),
            container("a", "db", State::Running),
            container("a", "old", State::Exited),
        ];
        for i in [2, 3] {
            Arc::make_mut(&mut all[i]).project = Some("shop".into());
        }
        all
    }

    fn names(words: &[&str]) -> Result<Vec<String>, String> {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        match resolve(&words, &all()) {
            Ok(found) => Ok(labels(&found)),
            Err(failure) => {
                let mut out = Vec::new();
                failure.print(&mut out);
                Err(String::from_utf8(out).unwrap())
            }
        }
    }

    #[test]
    fn words_mean_containers_and_projects() {
        assert_eq!(names(&[]).unwrap(), ["web@a", "web@b", "db"]);
        assert_eq!(names(&["docker/old", "db", "db"]).unwrap(), ["old", "db"]);
        assert_eq!(names(&["project/shop"]).unwrap(), ["db", "old"]);
        assert_eq!(names(&["shop"]).unwrap(), ["db", "old"]);
        assert_eq!(names(&["web-at-b"]).unwrap(), ["web"]);
    }

    #[test]
    fn what_they_cannot_mean_is_told() {
        assert!(names(&["web"]).unwrap_err().contains("ambiguous"));
        assert!(names(&["shpo"]).unwrap_err().contains("did you mean `shop`?"));
        assert!(names(&["pod/x"]).unwrap_err().contains("later version"));
        assert!(names(&["dokcer/x"]).unwrap_err().contains("write docker/NAME"));
    }
}
