//! The audit on disk: one JSON line a record, appended under a lock, chained by hashes, on the medium before an
//! action starts. Several pults may write to one file.
//!
//! The file is opened for every append, so one that was moved away (rotated) is followed by a new one with a chain
//! of its own. An append that fails leaves the file as it was; a line that a crash cut off is set aside.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::backends::clock;
use crate::domain::audit::{AuditRecord, Outcome};
use crate::gate::{Entry, Ledger, chain};

use super::audit_text;
use super::session::Session;

/// The file's name in the state directory.
pub const FILE_NAME: &str = "audit.jsonl";

/// How long an append waits for another pult that holds the lock. A stopped one must not freeze this one.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

/// The audit that this process writes.
#[derive(Debug)]
pub struct AuditFile {
    path: PathBuf,
    session: Session,
    reason: Option<String>,
    /// Intents of this process whose outcome is not written yet.
    open: BTreeMap<u64, Entry>,
}

impl AuditFile {
    /// Opens the audit in the state directory, making both when they are missing, and tries the lock.
    ///
    /// # Errors
    /// When the file cannot be written to: then no action will be allowed.
    pub fn open(dir: &Path, session: Session) -> io::Result<Self> {
        if !dir.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        }
        let this = Self { path: dir.join(FILE_NAME), session, reason: None, open: BTreeMap::new() };
        let new = !this.path.exists();
        drop(this.locked()?);
        if new {
            File::open(dir)?.sync_all()?;
        }
        Ok(this)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The reason that the records from now on carry (`--reason`).
    pub fn set_reason(&mut self, reason: Option<String>) {
        self.reason = reason;
    }

    /// Writes how an intent ended.
    ///
    /// # Errors
    /// When the line cannot be written, or the intent is not one of this process or already has its outcome.
    pub fn outcome(
        &mut self,
        intent: u64,
        outcome: Outcome,
        ms: Option<u64>,
        detail: Option<&str>,
    ) -> io::Result<u64> {
        let entry = self.open.get(&intent).cloned().ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, format!("the audit has no open intent {intent}"))
        })?;
        let seq = self.append(&entry, outcome, Some(intent), ms, detail)?;
        self.open.remove(&intent);
        Ok(seq)
    }

    /// Writes that an action was refused; `entry.verdict` is [`crate::gate::Refusal::word`].
    ///
    /// # Errors
    /// When the line cannot be written.
    pub fn refused(&mut self, entry: &Entry, why: &str) -> io::Result<u64> {
        self.append(entry, Outcome::Refused, None, None, Some(why))
    }

    /// Writes what was done without asking, in one line behind it.
    ///
    /// # Errors
    /// When the line cannot be written.
    pub fn record(&mut self, entry: &Entry, outcome: Outcome, detail: &str) -> io::Result<u64> {
        self.append(entry, outcome, None, None, Some(detail))
    }

    /// Writes `unknown` for everything that is still in flight, at the end of the process.
    ///
    /// # Errors
    /// When a line cannot be written; the others are tried all the same.
    pub fn close(&mut self, detail: &str) -> io::Result<()> {
        let open: Vec<u64> = self.open.keys().copied().collect();
        let tried: Vec<_> =
            open.into_iter().map(|seq| self.outcome(seq, Outcome::Unknown, None, Some(detail))).collect();
        tried.into_iter().try_for_each(|r| r.map(drop))
    }

    fn append(
        &self,
        entry: &Entry,
        outcome: Outcome,
        intent: Option<u64>,
        ms: Option<u64>,
        detail: Option<&str>,
    ) -> io::Result<u64> {
        let mut file = self.locked()?;
        let (seq, prev) = self.continue_from(&mut file)?;
        let mut record = AuditRecord {
            seq,
            at: clock::now(),
            session: self.session.session.clone(),
            user: self.session.user.clone(),
            origin: self.session.origin.clone(),
            command: entry.command.to_owned(),
            target: entry.target.clone(),
            object: entry.object.clone(),
            summary: audit_text::clean(&entry.summary),
            equivalent: audit_text::clean(&entry.equivalent),
            undo: entry.undo.as_deref().map(audit_text::clean),
            guard: entry.guard.word().to_owned(),
            verdict: entry.verdict.to_owned(),
            outcome,
            intent,
            ms,
            detail: detail.map(audit_text::clean),
            reason: self.reason.as_deref().map(audit_text::clean),
            prev: String::new(),
            hash: String::new(),
        };
        let mut line = chain::seal(&mut record, &prev);
        line.push('\n');
        let before = file.metadata()?.len();
        let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_data());
        written.inspect_err(|_| {
            // A full disk may have taken half a line.
            let _ = file.set_len(before);
        })?;
        Ok(seq)
    }

    /// The file, open and locked, and still the one at the path.
    fn locked(&self) -> io::Result<File> {
        let began = clock::instant();
        loop {
            let file =
                OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.path)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &self.path) => {
                    keep_private(&file);
                    return Ok(file);
                }
                // Moved away between opening and locking.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
                Err(TryLockError::Error(e)) => return Err(e),
            }
            if clock::instant().duration_since(began) > LOCK_PATIENCE {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("another pult holds {} for more than 2 s", self.path.display()),
                ));
            }
        }
    }

    /// The next sequence number and the hash to continue from.
    fn continue_from(&self, file: &mut File) -> io::Result<(u64, String)> {
        let (line, torn) = last_line(file)?;
        if let Some(torn) = torn {
            self.mend(file, &torn)?;
            if parse(&torn).is_some() {
                return self.continue_from(file);
            }
        }
        match line {
            None => Ok((1, chain::GENESIS.to_owned())),
            Some(line) => match parse(&line) {
                Some(record) => Ok((record.seq + 1, record.hash)),
                None => Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!(
                        "the last line of {} is damaged; `pult audit verify` says more. Move the file away to \
                         start a new one",
                        self.path.display()
                    ),
                )),
            },
        }
    }

    /// Treats an end without a line end: a whole record only gets its line end; anything else is a line that a
    /// crash cut off before its action could start, and is set aside.
    fn mend(&self, file: &mut File, torn: &[u8]) -> io::Result<()> {
        if parse(torn).is_some() {
            file.write_all(b"\n")?;
            return file.sync_data();
        }
        let aside = self.set_aside(torn)?;
        let length = file.metadata()?.len();
        file.set_len(length.saturating_sub(torn.len() as u64))?;
        file.sync_data()?;
        tracing::warn!(
            "{} ended in half a line ({} bytes): it is in {} now, and the chain goes on from the line before it",
            self.path.display(),
            torn.len(),
            aside.display()
        );
        Ok(())
    }

    fn set_aside(&self, torn: &[u8]) -> io::Result<PathBuf> {
        for n in 1_u32.. {
            let path = self.path.with_file_name(format!("{FILE_NAME}.torn-{n}"));
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(mut file) => {
                    file.write_all(torn)?;
                    file.sync_all()?;
                    return Ok(path);
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

impl Ledger for AuditFile {
    fn intent(&mut self, entry: &Entry) -> io::Result<u64> {
        let seq = self.append(entry, Outcome::Intent, None, None, None)?;
        self.open.insert(seq, entry.clone());
        Ok(seq)
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Takes rights away from others that the file should never have had.
fn keep_private(file: &File) {
    if let Ok(meta) = file.metadata()
        && meta.is_file()
        && meta.permissions().mode() & 0o077 != 0
    {
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o600));
    }
}

fn parse(line: &[u8]) -> Option<AuditRecord> {
    serde_json::from_slice(line).ok()
}

/// The last whole line, and what stands behind it without a line end.
type End = (Option<Vec<u8>>, Option<Vec<u8>>);

/// Reads the end of the file.
fn last_line(file: &mut File) -> io::Result<End> {
    let mut end = Vec::new();
    let mut at = file.metadata()?.len();
    while at > 0 {
        let step = at.min(8192);
        at -= step;
        file.seek(SeekFrom::Start(at))?;
        let mut block = vec![0; usize::try_from(step).unwrap_or(0)];
        file.read_exact(&mut block)?;
        block.append(&mut end);
        end = block;
        // The line end before the last line, if it has been read.
        let torn_from = end.iter().rposition(|b| *b == b'\n').map(|i| i + 1);
        let Some(torn_from) = torn_from else { continue };
        let whole = end.get(..torn_from - 1).unwrap_or_default();
        let line_from = whole.iter().rposition(|b| *b == b'\n').map(|i| i + 1);
        if line_from.is_some() || at == 0 {
            let line = whole.get(line_from.unwrap_or(0)..).unwrap_or_default().to_vec();
            let torn = end.get(torn_from..).unwrap_or_default().to_vec();
            return Ok((Some(line), Some(torn).filter(|t| !t.is_empty())));
        }
    }
    Ok((None, Some(end).filter(|t| !t.is_empty())))
}

#[cfg(test)]
mod tests;
