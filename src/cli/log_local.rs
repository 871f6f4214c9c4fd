//! SOURCE words of `pult logs` that name a log by themselves: files and the journal, of this machine or of a
//! server, recordings, standard input.

use std::path::Path;
use std::sync::Arc;

use super::Failure;
use super::log_source::Source;
use crate::backends::local::local_source;
use crate::backends::log_source::LogSource;
use crate::backends::recording::RecordingLog;
use crate::backends::stdin::StdinLog;
use crate::domain::log::{HostLog, LogSourceId};
use crate::domain::log_word::host_log;
use crate::runtime::server_logs::ServerLogs;

/// The sources among some words that need no engine, each once, and the other words.
///
/// # Errors
/// A word without the name that it needs; a recording without a state directory.
pub fn split(
    words: &[String],
    state_dir: Option<&Path>,
    servers: &ServerLogs,
) -> Result<(Vec<Source>, Vec<String>), Failure> {
    let (mut ids, mut others) = (Vec::new(), Vec::new());
    for word in words {
        match meaning(word, servers)? {
            Some(id) if ids.contains(&id) => {}
            Some(id) => ids.push(id),
            None => others.push(word.clone()),
        }
    }
    let labels: Vec<String> = ids.iter().map(|id| label(id, &ids)).collect();
    let sources = ids.iter().zip(labels).map(|(id, label)| {
        let none = || Failure::Usage(format!("`{id}`: neither PULT_STATE_DIR nor a home directory is set"));
        let log = match id {
            LogSourceId::Recording(name) => {
                state_dir.map(|dir| Arc::new(RecordingLog::new(dir, name)) as Arc<dyn LogSource>)
            }
            LogSourceId::Stdin => Some(Arc::new(StdinLog::default().patient()) as Arc<dyn LogSource>),
            LogSourceId::Server(server, log) => {
                let source = servers.source(server, log);
                Some(source.map_err(|fault| Failure::Fault(server.clone(), fault))?)
            }
            other => local_source(other),
        };
        let log = log.ok_or_else(none)?;
        let target = match id {
            LogSourceId::Server(server, _) => server.to_string(),
            _ => "local".to_owned(),
        };
        // A unit may have an `@` in its own name.
        let doubt = match id {
            LogSourceId::Journal(Some(unit)) => unit.rsplit_once('@'),
            _ => None,
        };
        let doubt = doubt.and_then(|(_, name)| (!servers.names().is_empty()).then(|| unknown(name, servers)));
        Ok(Source { label, name: id.to_string(), target, doubt, log })
    });
    Ok((sources.collect::<Result<_, Failure>>()?, others))
}

fn meaning(word: &str, servers: &ServerLogs) -> Result<Option<LogSourceId>, Failure> {
    if let Some(log) = host_log(word, |server| servers.knows(server)) {
        return Ok(Some(log));
    }
    if let Some(name) = word.strip_prefix("journal@") {
        return Err(Failure::Usage(format!("`{word}`: {}", unknown(name, servers))));
    }
    Ok(Some(match word.split_once('/') {
        Some(("file", _)) => {
            return Err(Failure::Usage(format!(
                "`{word}`: write file/PATH, of a server with all of its path: file//var/log/syslog@SERVER"
            )));
        }
        Some(("unit", _)) => {
            return Err(Failure::Usage(format!("`{word}`: write unit/NAME, for example unit/nginx@SERVER")));
        }
        Some(("recording", "")) => {
            return Err(Failure::Usage(
                "`recording/`: write recording/NAME, for example recording/web@prod".into(),
            ));
        }
        Some(("recording", name)) => LogSourceId::Recording(name.into()),
        None if word == "-" => LogSourceId::Stdin,
        _ => return Ok(None),
    }))
}

fn unknown(name: &str, servers: &ServerLogs) -> String {
    let known = servers.names();
    let there =
        if known.is_empty() { "there is none".to_owned() } else { format!("there are {}", known.join(", ")) };
    format!("no server is called {name}; {there}")
}

/// What a source is called in the output: of a file its name, with its folder where a name stands twice, and of
/// a server's log its server.
fn label(id: &LogSourceId, all: &[LogSourceId]) -> String {
    if let LogSourceId::Server(server, log) = id {
        let name = match log {
            HostLog::File(path) => path.rsplit('/').next().unwrap_or(path),
            HostLog::Journal(Some(unit)) => unit,
            HostLog::Journal(None) => "journal",
        };
        return format!("{name}@{}", server.name);
    }
    let name_of = |id: &LogSourceId| match id {
        LogSourceId::File(path) => {
            Path::new(path.as_ref()).file_name().map(|name| name.to_string_lossy().into_owned())
        }
        _ => None,
    };
    match id {
        LogSourceId::File(path) => match name_of(id) {
            Some(name) if all.iter().filter(|other| name_of(other).as_ref() == Some(&name)).count() == 1 => {
                name
            }
            _ => path.to_string(),
        },
        LogSourceId::Journal(Some(unit)) => unit.to_string(),
        LogSourceId::Recording(name) => name.to_string(),
        LogSourceId::Stdin => "stdin".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::endpoint::ServerEndpoint;
    use crate::domain::ids::TargetId;

    fn servers() -> ServerLogs {
        let (tasks, _) = crate::runtime::tasks::Tasks::new();
        let around = crate::backends::ssh::Surroundings::default();
        let hub = crate::backends::ssh::Hub::new(
            around,
            crate::backends::ssh::Asker::nobody(),
            tasks.spawner(),
            tasks.stop(),
        );
        let web1 = (TargetId::server("web1"), ServerEndpoint::local());
        ServerLogs::new(&hub, [&web1], false)
    }

    fn labels(words: &[&str]) -> (Vec<String>, Vec<String>) {
        let words: Vec<String> = words.iter().map(|word| (*word).into()).collect();
        let (sources, others) = split(&words, Some(Path::new("/nowhere")), &servers()).unwrap();
        let of = |source: Source| {
            assert_eq!(source.name, source.log.id().to_string());
            source.label
        };
        (sources.into_iter().map(of).collect(), others)
    }

    #[test]
    fn words_of_this_machine() {
        let (local, others) =
            labels(&["web", "file//var/log/a.log", "-", "unit/getty@tty1", "journal", "-", "docker/journal"]);
        assert_eq!(local, ["a.log", "stdin", "getty@tty1", "journal"]);
        assert_eq!(others, ["web", "docker/journal"]);
        let (local, _) = labels(&["file//a/x.log", "file/b/x.log", "file/y.log"]);
        assert_eq!(local, ["/a/x.log", "b/x.log", "y.log"]);
        assert_eq!(labels(&["recording/web@prod"]).0, ["web@prod"]);
        for empty in ["file/", "unit/", "recording/", "recording/without-a-state-directory"] {
            assert!(split(&[empty.into()], None, &servers()).is_err());
        }
    }
}
