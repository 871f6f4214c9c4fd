//! Files that are written part by part while the panel goes on: exports and evidence. A file has its name only
//! when it is whole and the audit says who wrote what; what fails leaves nothing behind.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

use super::audit_book::AuditBook;
use super::tasks::Tasks;
use crate::app::Msg;
use crate::domain::audit::Outcome;
use crate::domain::guard::Guard;
use crate::domain::quantity;
use crate::gate::Entry;
use crate::panes::FilePart;

/// Writes parts in the order in which they come, in one task; parts of a file that failed are dropped.
pub struct FileParts {
    parts: mpsc::UnboundedSender<FilePart>,
}

impl FileParts {
    pub fn start(
        home: Option<PathBuf>,
        book: AuditBook,
        tasks: &mut Tasks,
        messages: &mpsc::Sender<Msg>,
    ) -> Self {
        let (parts, mut received) = mpsc::unbounded_channel::<FilePart>();
        let messages = messages.clone();
        tasks.spawn("files", async move {
            let mut files = Writer::new(home, book);
            while let Some(part) = received.recv().await {
                let written = tokio::task::spawn_blocking(move || {
                    let told = files.write(&part);
                    (files, told)
                });
                let Ok((back, told)) = written.await else { return };
                files = back;
                if let Some(told) = told {
                    let (text, is_error) = match told {
                        Ok(text) => (text, false),
                        Err(text) => (text, true),
                    };
                    if messages.send(Msg::Notice { text, is_error }).await.is_err() {
                        return;
                    }
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

/// The files on their way.
pub struct Writer {
    home: Option<PathBuf>,
    book: AuditBook,
    open: HashMap<u64, Unfinished>,
}

/// One of them. Its bytes go when it does, unless it was finished.
struct Unfinished {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    bytes: u64,
}

impl Writer {
    pub fn new(home: Option<PathBuf>, book: AuditBook) -> Self {
        Self { home, book, open: HashMap::new() }
    }

    /// Writes the next part of a file; with the last one, or when it fails, what is to be said.
    pub fn write(&mut self, part: &FilePart) -> Option<Result<String, String>> {
        let before = self.open.remove(&part.number);
        if before.is_none() && !part.first {
            return None;
        }
        let path = self.path(&part.path);
        match self.next(before, part, &path) {
            Ok(file) if part.last => Some(Ok(format!(
                "{} written to {}, {}",
                part.what,
                file.path.display(),
                quantity::bytes(file.bytes)
            ))),
            Ok(file) => {
                self.open.insert(part.number, file);
                None
            }
            Err(why) => {
                // That it failed is worth a line; that there is no audit was the reason then.
                let _no_audit = self.record(part, &path, Outcome::Failed, &why);
                Some(Err(format!("nothing was written: {why}")))
            }
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path)),
        }
    }

    fn next(&self, before: Option<Unfinished>, part: &FilePart, path: &Path) -> Result<Unfinished, String> {
        let mut file = match before {
            Some(file) => file,
            None => Unfinished::begin(path)?,
        };
        let written = file.file.write_all(&part.bytes);
        written.map_err(|e| failed(path, &e))?;
        file.bytes += part.bytes.len() as u64;
        if part.last {
            file.file.sync_all().map_err(|e| failed(path, &e))?;
            self.record(part, path, Outcome::Done, &quantity::bytes(file.bytes))?;
            fs::rename(&file.temporary, path).map_err(|e| failed(path, &e))?;
        }
        Ok(file)
    }

    /// One line of the audit: who wrote what, chosen how, to where.
    ///
    /// # Errors
    /// Why there is none.
    fn record(&self, part: &FilePart, path: &Path, outcome: Outcome, detail: &str) -> Result<(), String> {
        let Some(record) = &part.record else { return Ok(()) };
        let redacted = if record.redacted { "redacted" } else { "not redacted" };
        let path = path.display().to_string();
        let entry = Entry {
            command: record.command,
            target: "this machine".to_owned(),
            summary: format!("write {} to {path}, {redacted}", part.what),
            object: path,
            equivalent: record.equivalent.clone(),
            undo: None,
            guard: Guard::Free,
            verdict: "free",
        };
        let written = self.book.write(|file| file.record(&entry, outcome, detail).map(drop));
        written.map_err(|why| format!("the audit line could not be written ({why})"))
    }
}

impl Unfinished {
    fn begin(path: &Path) -> Result<Self, String> {
        if path.symlink_metadata().is_ok() {
            return Err(format!("{} is there already; choose another name", path.display()));
        }
        let mut name = path.file_name().map(std::ffi::OsStr::to_os_string).unwrap_or_default();
        if name.is_empty() {
            return Err(format!("{} has no file name", path.display()));
        }
        name.push(".part");
        let temporary = path.with_file_name(name);
        // Of an earlier try that was cut off. A new one is made, so that no link is followed.
        let _none_mostly = fs::remove_file(&temporary);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary);
        let file = file.map_err(|e| failed(path, &e))?;
        Ok(Self { file, temporary, path: path.to_owned(), bytes: 0 })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // What is half is of no use, and the disk may be full of it. What is whole has another name by now.
        let _best_effort = fs::remove_file(&self.temporary);
    }
}

fn failed(path: &Path, e: &io::Error) -> String {
    let hint = match e.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "; choose a folder of yours",
        io::ErrorKind::NotFound => "; there is no such folder",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room or choose another disk",
        _ => "",
    };
    format!("{}: {e}{hint}", path.display())
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::domain::audit::AuditRecord;
    use crate::panes::FileRecord;
    use crate::runtime::audit_file::FILE_NAME;
    use crate::runtime::session::Session;

    struct Bench {
        dir: tempfile::TempDir,
        writer: Writer,
    }

    impl Bench {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let session = Session { session: "1".into(), user: "anna".into(), origin: None };
            let book = AuditBook::of(Some(&dir.path().join("state")), session).opened();
            let home = Some(dir.path().to_owned());
            Self { dir, writer: Writer::new(home, book) }
        }

        fn part(&self, name: &str, bytes: &[u8], first: bool, last: bool) -> FilePart {
            let record = FileRecord {
                command: "logs.export",
                equivalent: "pult logs docker/web --level warn".into(),
                redacted: true,
            };
            let path = self.dir.path().join(name).display().to_string();
            let what = "2 lines".into();
            FilePart { number: 1, path, bytes: bytes.to_vec(), first, last, what, record: Some(record) }
        }

        fn audit(&self) -> Vec<AuditRecord> {
            let text = fs::read_to_string(self.dir.path().join("state").join(FILE_NAME)).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(self.dir.path()).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            names.filter(|name| name != "state").collect()
        }
    }

    #[test]
    fn a_file_has_its_name_when_it_is_whole_and_audited() {
        let mut bench = Bench::new();
        assert_eq!(bench.writer.write(&bench.part("x.log", b"a\n", true, false)), None);
        assert!(bench.names() == ["x.log.part"] && bench.audit().is_empty());
        let told = bench.writer.write(&bench.part("x.log", b"b\n", false, true)).unwrap().unwrap();
        assert!(told.contains("2 lines written to") && told.contains("x.log, 4 B"), "{told}");
        let path = bench.dir.path().join("x.log");
        assert_eq!((bench.names(), fs::read(&path).unwrap()), (vec!["x.log".to_owned()], b"a\nb\n".to_vec()));
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        let audit = bench.audit();
        let [record] = audit.as_slice() else { panic!("{audit:?}") };
        assert_eq!((record.command.as_str(), record.user.as_str()), ("logs.export", "anna"));
        assert_eq!((record.outcome, record.detail.as_deref()), (Outcome::Done, Some("4 B")));
        assert_eq!(record.equivalent, "pult logs docker/web --level warn");
        assert_eq!(record.object, path.display().to_string());
        assert_eq!(record.summary, format!("write 2 lines to {}, redacted", path.display()));
    }

    #[test]
    fn what_cannot_be_written_is_told_and_leaves_nothing() {
        let mut bench = Bench::new();
        let told = |told: Option<Result<String, String>>| told.unwrap().unwrap_err();
        let why = told(bench.writer.write(&bench.part("no/such/x.log", b"", true, true)));
        assert!(why.contains("no/such/x.log") && why.contains("no such folder"), "{why}");
        let missing = bench.writer.write(&bench.part("no/such/x.log", b"rest", false, true));
        assert_eq!(missing, None, "the rest of a file that failed");
        assert_eq!(bench.audit()[0].outcome, Outcome::Failed);
        fs::write(bench.dir.path().join("x.log"), "mine").unwrap();
        std::os::unix::fs::symlink("/nowhere", bench.dir.path().join("link.log")).unwrap();
        for name in ["x.log", "link.log"] {
            assert!(told(bench.writer.write(&bench.part(name, b"", true, true))).contains("already"));
        }
        assert_eq!(fs::read(bench.dir.path().join("x.log")).unwrap(), b"mine");
        let root = FilePart { path: "/".into(), ..bench.part("", b"", true, true) };
        assert!(bench.writer.write(&root).unwrap().is_err());
        assert_eq!(bench.writer.path("~/y.log"), bench.dir.path().join("y.log"));
        // A link in the place of the unfinished file is not followed.
        let target = bench.dir.path().join("target");
        fs::write(&target, "mine").unwrap();
        std::os::unix::fs::symlink(&target, bench.dir.path().join("z.log.part")).unwrap();
        assert!(bench.writer.write(&bench.part("z.log", b"x", true, true)).unwrap().is_ok());
        assert_eq!(fs::read(&target).unwrap(), b"mine");
    }

    #[test]
    fn what_cannot_be_audited_is_not_written() {
        let mut bench = Bench::new();
        bench.writer.book = AuditBook::none("no state directory");
        let why = bench.writer.write(&bench.part("x.log", b"a", true, true)).unwrap().unwrap_err();
        assert!(why.contains("audit line could not be written (no state directory)"), "{why}");
        assert!(bench.names().is_empty());
    }

    #[test]
    fn what_is_never_finished_goes() {
        let mut bench = Bench::new();
        bench.writer.write(&bench.part("x.log", b"a", true, false));
        bench.writer.open.clear();
        assert!(bench.names().is_empty());
    }
}
