//! Where recordings lie, and how files are made there: for the user alone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::statvfs;

use super::refused;
use crate::domain::fault::{Fault, FaultKind};
use crate::logs::recording::SegmentId;

/// Nothing that is read here is larger: not a segment, not a capsule.
const MAX_FILE: u64 = 64 << 20;

/// The folder of the recordings.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    dir: PathBuf,
}

impl Shelf {
    pub fn new(state_dir: &Path) -> Self {
        Self { dir: state_dir.join("recordings") }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn lock(&self) -> PathBuf {
        self.dir.join("lock")
    }

    pub fn index(&self) -> PathBuf {
        self.dir.join("index.sqlite")
    }

    pub fn source(&self, source: i64) -> PathBuf {
        self.dir.join(source.to_string())
    }

    pub fn segment(&self, id: SegmentId) -> PathBuf {
        self.source(id.source).join(format!("{:08}.segment", id.number))
    }

    pub fn capsules(&self) -> PathBuf {
        self.dir.join("capsules")
    }

    pub fn capsule(&self, id: &str) -> PathBuf {
        self.capsules().join(format!("{id}.json"))
    }

    /// All segments there are, in order, and the numbers of their recordings. What else lies there is left
    /// alone.
    pub fn segments(&self) -> Result<Vec<SegmentId>, Fault> {
        let mut found = Vec::new();
        for source in names(&self.dir)?.iter().filter_map(|name| name.parse().ok()) {
            for name in names(&self.source(source))? {
                let number = name.strip_suffix(".segment").and_then(|n| n.parse().ok());
                found.extend(number.map(|number| SegmentId { source, number }));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Bytes that this user may still write.
    pub fn free(&self) -> Result<u64, Fault> {
        let disk = statvfs(&self.dir).map_err(|e| refused(&self.dir, &e.into()))?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

/// The names in a folder; none when it is missing.
pub(super) fn names(dir: &Path) -> Result<Vec<String>, Fault> {
    match std::fs::read_dir(dir) {
        Ok(entries) => Ok(entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect()),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(e) => Err(refused(dir, &e)),
    }
}

pub(super) fn make_dir(dir: &Path) -> Result<(), Fault> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|e| refused(dir, &e))
}

/// A new file, or the one that is there, to be written to at its end.
pub(super) fn append_to(path: &Path) -> Result<File, Fault> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    file.map_err(|e| refused(path, &e))
}

/// Away with it; one that is gone already is no mistake.
pub(super) fn remove(path: &Path) -> Result<(), Fault> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(refused(path, &e)),
        _ => Ok(()),
    }
}

/// A whole file; `None` when it is gone.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes)) {
        Ok(n) if n as u64 > MAX_FILE => Err(Fault::new(
            FaultKind::Protocol,
            format!("{} is not one of pult's files: it is too large", path.display()),
        )),
        Ok(_) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(refused(path, &e)),
    }
}
