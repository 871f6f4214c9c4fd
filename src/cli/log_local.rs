//! SOURCE words of `pult logs` that mean this machine: files, the journal, recordings, standard input.

use std::path::Path;
use std::sync::Arc;

use super::Failure;
use super::log_source::Source;
use crate::backends::local::local_source;
use crate::backends::log_source::LogSource;
use crate::backends::recording::RecordingLog;
use crate::backends::stdin::StdinLog;
use crate::domain::log::LogSourceId;

/// The sources of this machine among some words, each once, and the other words.
///
/// # Errors
/// A word without the name that it needs; a recording without a state directory.
pub fn split(words: &[String], state_dir: Option<&Path>) -> Result<(Vec<Source>, Vec<String>), Failure> {
    let (mut ids, mut others) = (Vec::new(), Vec::new());
    for word in words {
        match meaning(word)? {
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
            other => local_source(other),
        };
        let log = log.ok_or_else(none)?;
        Ok(Source { label, name: id.to_string(), target: "local".into(), log })
    });
    Ok((sources.collect::<Result<_, Failure>>()?, others))
}

fn meaning(word: &str) -> Result<Option<LogSourceId>, Failure> {
    Ok(Some(match word.split_once('/') {
        Some(("file", "")) => {
            return Err(Failure::Usage("`file/`: write file/PATH, for example file//var/log/syslog".into()));
        }
        Some(("unit", "")) => {
            return Err(Failure::Usage("`unit/`: write unit/NAME, for example unit/nginx".into()));
        }
        Some(("recording", "")) => {
            return Err(Failure::Usage(
                "`recording/`: write recording/NAME, for example recording/web@prod".into(),
            ));
        }
        Some(("recording", name)) => LogSourceId::Recording(name.into()),
        Some(("file", path)) => LogSourceId::File(path.into()),
        Some(("unit", name)) => LogSourceId::Journal(Some(name.into())),
        None if word == "journal" => LogSourceId::Journal(None),
        None if word == "-" => LogSourceId::Stdin,
        _ => return Ok(None),
    }))
}

/// What a source is called in the output: of a file its name, with its folder where a name stands twice.
fn label(id: &LogSourceId, all: &[LogSourceId]) -> String {
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

    fn labels(words: &[&str]) -> (Vec<String>, Vec<String>) {
        let words: Vec<String> = words.iter().map(|word| (*word).into()).collect();
        let (sources, others) = split(&words, Some(Path::new("/nowhere"))).unwrap();
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
            assert!(split(&[empty.into()], None).is_err());
        }
    }
}
