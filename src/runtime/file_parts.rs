//! Files that are written part by part while the panel goes on: exports and evidence.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use tokio::sync::mpsc;

use super::tasks::Tasks;
use crate::app::Msg;
use crate::panes::FilePart;

/// A file on its way: it has its name only when it is whole.
struct Unfinished {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    bytes: u64,
}

/// Writes parts in the order in which they come, in one task; parts of a file that failed are dropped.
pub struct FileParts {
    parts: mpsc::UnboundedSender<FilePart>,
}

impl FileParts {
    pub fn start(home: Option<PathBuf>, tasks: &mut Tasks, messages: &mpsc::Sender<Msg>) -> Self {
        let (parts, mut received) = mpsc::unbounded_channel::<FilePart>();
        let messages = messages.clone();
        tasks.spawn("files", async move {
            let mut open: HashMap<u64, Unfinished> = HashMap::new();
            while let Some(part) = received.recv().await {
                let before = open.remove(&part.number);
                if before.is_none() && !part.first {
                    continue;
                }
                let (home, what) = (home.clone(), part.what.clone());
                let (number, last) = (part.number, part.last);
                let written =
                    tokio::task::spawn_blocking(move || write(before, &part, home.as_deref())).await;
                let notice = match written {
                    Ok(Ok(file)) if last => {
                        let (path, bytes) = (file.path.display(), file.bytes);
                        let size = crate::domain::quantity::bytes(bytes);
                        Some(Msg::Notice {
                            text: format!("{what} written to {path}, {size}"),
                            is_error: false,
                        })
                    }
                    Ok(Ok(file)) => {
                        open.insert(number, file);
                        None
                    }
                    Ok(Err(why)) => Some(Msg::Notice { text: why, is_error: true }),
                    Err(e) => Some(Msg::Notice { text: format!("nothing was written: {e}"), is_error: true }),
                };
                if let Some(notice) = notice
                    && messages.send(notice).await.is_err()
                {
                    return;
                }
            }
        });
        Self { parts }
    }

    pub fn write(&self, part: FilePart) {
        // The task ends with the session only.
        let _ = self.parts.send(part);
    }
}

fn write(
    before: Option<Unfinished>,
    part: &FilePart,
    home: Option<&std::path::Path>,
) -> Result<Unfinished, String> {
    let failed = |path: &std::path::Path, e: &io::Error| {
        let hint = match e.kind() {
            io::ErrorKind::PermissionDenied => "; choose a folder of yours",
            io::ErrorKind::NotFound => "; there is no such folder",
            io::ErrorKind::StorageFull => "; make room or choose another disk",
            _ => "",
        };
        format!("{}: {e}{hint}", path.display())
    };
    let mut file = match before {
        Some(file) => file,
        None => begin(&part.path, home)?,
    };
    let result = file.file.write_all(&part.bytes).and_then(|()| {
        if part.last {
            file.file.sync_all().and_then(|()| fs::rename(&file.temporary, &file.path))
        } else {
            Ok(())
        }
    });
    file.bytes += part.bytes.len() as u64;
    match result {
        Ok(()) => Ok(file),
        Err(e) => {
            let why = failed(&file.path, &e);
            // What is half is of no use, and the disk may be full of it.
            drop(file.file);
            let _best_effort = fs::remove_file(&file.temporary);
            Err(why)
        }
    }
}

fn begin(path: &str, home: Option<&std::path::Path>) -> Result<Unfinished, String> {
    let path = match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    };
    if path.exists() {
        return Err(format!("{} is there already; choose another name", path.display()));
    }
    let mut name = path.file_name().map(std::ffi::OsStr::to_os_string).unwrap_or_default();
    if name.is_empty() {
        return Err(format!("{} has no file name", path.display()));
    }
    name.push(".part");
    let temporary = path.with_file_name(name);
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary);
    let file = file.map_err(|e| {
        let hint = match e.kind() {
            io::ErrorKind::PermissionDenied => "; choose a folder of yours",
            io::ErrorKind::NotFound => "; there is no such folder",
            _ => "",
        };
        format!("{}: {e}{hint}", path.display())
    })?;
    Ok(Unfinished { file, temporary, path, bytes: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(path: &std::path::Path, bytes: &[u8], first: bool, last: bool) -> FilePart {
        let path = path.display().to_string();
        FilePart { number: 1, path, bytes: bytes.to_vec(), first, last, what: "2 lines".into() }
    }

    #[test]
    fn a_file_has_its_name_when_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        let open = write(None, &part(&path, b"a\n", true, false), None).unwrap();
        assert!(!path.exists());
        let done = write(Some(open), &part(&path, b"b\n", false, true), None).unwrap();
        assert_eq!((fs::read(&path).unwrap(), done.bytes), (b"a\nb\n".to_vec(), 4));
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        assert!(write(None, &part(&path, b"", true, true), None).err().unwrap().contains("already"));
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let gone = dir.path().join("no/such/x.log");
        let why = write(None, &part(&gone, b"", true, true), None).err().unwrap();
        assert!(why.contains("no such folder"), "{why}");
        assert!(begin("/", None).err().is_some());
        let home = begin("~/y.log", Some(dir.path())).unwrap();
        assert_eq!(home.path, dir.path().join("y.log"));
    }
}
