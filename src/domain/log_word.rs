//! Words that name a log by themselves: `file/PATH`, `unit/NAME`, `journal`, each also of a server: `unit/nginx@web1`.
//! What is written on the command line, kept in a view and kept as a star means the same everywhere.

use super::ids::TargetId;
use super::log::{HostLog, LogSourceId};

/// The log that a word names; `None` when it is of another kind or names nothing.
///
/// A unit or a file may have an `@` in its own name (`getty@tty1`): what stands behind the last one is a server
/// only if there is one of that name.
pub fn host_log(word: &str, is_server: impl Fn(&str) -> bool) -> Option<LogSourceId> {
    let on_server = word.rsplit_once('@').filter(|(_, server)| is_server(server));
    if let Some((word, server)) = on_server
        && let Some(log) = log_of(word)
    {
        // From the root: a server has no folder that we are in.
        let is_absolute = !matches!(&log, HostLog::File(path) if !path.starts_with('/'));
        return is_absolute.then(|| LogSourceId::Server(TargetId::server(server), log));
    }
    log_of(word).map(|log| match log {
        HostLog::File(path) => LogSourceId::File(path),
        HostLog::Journal(unit) => LogSourceId::Journal(unit),
    })
}

/// The log that a word names, of a machine that is known.
pub fn log_of(word: &str) -> Option<HostLog> {
    match word.split_once('/') {
        Some(("file", path)) if !path.is_empty() => Some(HostLog::File(path.into())),
        Some(("unit", name)) if !name.is_empty() => Some(HostLog::Journal(Some(name.into()))),
        None if word == "journal" => Some(HostLog::Journal(None)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_and_what_it_names_are_written_alike() {
        for word in [
            "file//var/log/a.log",
            "file/here.log",
            "unit/nginx",
            "unit/getty@tty1",
            "journal",
            "file//var/log/a@b.log@web1",
            "unit/getty@tty1@web1",
            "journal@web1",
        ] {
            let log = host_log(word, |server| server == "web1").unwrap();
            assert_eq!(log.to_string(), word);
            assert_eq!(matches!(log, LogSourceId::Server(..)), word.ends_with("@web1"), "{word}");
        }
        for nothing in ["", "web", "file/", "unit/", "docker/web", "docker/web@web1", "file/here.log@web1"] {
            assert_eq!(host_log(nothing, |server| server == "web1"), None, "{nothing}");
        }
    }
}
