//! Reading the audit: its end, what others append to it, all of it with its chain checked.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::domain::audit::AuditRecord;
use crate::gate::chain::{Broken, Verified};

/// How often [`watch`] looks at the file's length.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What is read at a time from the end. Bytes.
const BLOCK: u64 = 64 * 1024;

/// Reads an audit as it grows, from its last records on.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    /// Up to here everything was read.
    offset: u64,
    /// Device and number of the file that was read.
    file: Option<(u64, u64)>,
}

impl Follower {
    /// The last `n` records, oldest first, and a reader for those to come. Lines that are no records are left
    /// out: [`verify`] names them. An audit that does not exist is empty.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn tail(path: &Path, n: usize) -> io::Result<(Vec<AuditRecord>, Self)> {
        let mut this = Self { path: path.to_owned(), offset: 0, file: None };
        let Some(mut file) = open(path)? else { return Ok((Vec::new(), this)) };
        let meta = file.metadata()?;
        this.file = Some((meta.dev(), meta.ino()));
        let mut bytes = Vec::new();
        let mut at = meta.len();
        // One line end more than lines, for the one before them.
        while at > 0 && bytes.iter().filter(|b| **b == b'\n').count() <= n {
            let step = at.min(BLOCK);
            at -= step;
            let mut block = read_at(&mut file, at, step)?;
            block.append(&mut bytes);
            bytes = block;
        }
        let whole = whole_lines(&bytes);
        this.offset = at + whole.len() as u64;
        let mut records: VecDeque<AuditRecord> = records(whole).collect();
        records.drain(..records.len().saturating_sub(n));
        Ok((records.into(), this))
    }

    /// What was appended since the last look; everything when the file is another one now.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn poll(&mut self) -> io::Result<Vec<AuditRecord>> {
        let Ok(meta) = std::fs::metadata(&self.path) else { return Ok(Vec::new()) };
        let file = Some((meta.dev(), meta.ino()));
        if file != self.file || meta.len() < self.offset {
            (self.file, self.offset) = (file, 0);
        }
        if meta.len() == self.offset {
            return Ok(Vec::new());
        }
        let Some(mut file) = open(&self.path)? else { return Ok(Vec::new()) };
        let bytes = read_at(&mut file, self.offset, meta.len() - self.offset)?;
        let whole = whole_lines(&bytes);
        self.offset += whole.len() as u64;
        Ok(records(whole).collect())
    }
}

/// Keeps `out` at the last `limit` records, oldest first, of all pults that write the file, until `stop`.
/// Sends once at the start, then when something was appended.
pub async fn watch(
    path: PathBuf,
    out: watch::Sender<Vec<Arc<AuditRecord>>>,
    limit: usize,
    stop: CancellationToken,
) {
    let (first, mut follower) = match Follower::tail(&path, limit) {
        Ok(read) => read,
        Err(e) => {
            tracing::warn!("{}: {e}", path.display());
            (Vec::new(), Follower { path, offset: 0, file: None })
        }
    };
    out.send_replace(first.into_iter().map(Arc::new).collect());
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = out.closed() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        match follower.poll() {
            Ok(new) if new.is_empty() => {}
            Ok(new) => out.send_modify(|all| {
                all.extend(new.into_iter().map(Arc::new));
                all.drain(..all.len().saturating_sub(limit));
            }),
            Err(e) => tracing::debug!("{}: {e}", follower.path.display()),
        }
    }
}

/// What is wrong with an audit.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("{0}")]
    Broken(#[from] Broken),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Checks the chain of a whole audit; `each` sees every record that is in order. A missing file is an empty audit.
///
/// # Errors
/// At the first line that does not fit.
pub fn verify(path: &Path, mut each: impl FnMut(&AuditRecord)) -> Result<Verified, VerifyError> {
    let mut state = Verified::default();
    let Some(file) = open(path)? else { return Ok(state) };
    // Half a line may be on its way into the file while its writer holds the lock. It is not held while reading:
    // nobody has to wait for us.
    let _ = file.lock_shared();
    let length = file.metadata()?.len();
    let _ = file.unlock();
    let mut lines = BufReader::new(&file).take(length);
    let mut line = Vec::new();
    while read_line(&mut lines, &mut line)? > 0 {
        let broken = |why: &str| Broken { line: state.lines + 1, why: why.to_owned() };
        let Some(text) = line.strip_suffix(b"\n") else {
            return Err(broken("has no line end: a crash cut it off; the next action sets it aside").into());
        };
        let text = std::str::from_utf8(text).map_err(|_| broken("is not text"))?;
        each(&state.accept(text)?);
    }
    Ok(state)
}

/// Goes through all records, oldest first, and says how many lines were none.
///
/// # Errors
/// When the file cannot be read, or `each` fails.
pub fn scan(path: &Path, mut each: impl FnMut(AuditRecord) -> io::Result<()>) -> io::Result<usize> {
    let Some(file) = open(path)? else { return Ok(0) };
    let mut lines = BufReader::new(file);
    let (mut line, mut damaged) = (Vec::new(), 0);
    while read_line(&mut lines, &mut line)? > 0 {
        match serde_json::from_slice(&line) {
            Ok(record) => each(record)?,
            Err(_) => damaged += 1,
        }
    }
    Ok(damaged)
}

fn read_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    line.clear();
    from.read_until(b'\n', line)
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

fn read_at(file: &mut File, at: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Up to and including the last line end.
fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    bytes.get(..end).unwrap_or_default()
}

fn records(bytes: &[u8]) -> impl Iterator<Item = AuditRecord> {
    bytes.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok())
}
