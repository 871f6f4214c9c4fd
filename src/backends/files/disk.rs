//! Where files are: on this machine, or wherever somebody reads them for us. What is here may wait for a disk or
//! a network, and is only called where waiting is allowed.

use std::ffi::OsString;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rustix::fs::OFlags;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Pipe,
    Socket,
    Device,
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    pub kind: Kind,
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    /// When it was last written.
    pub written: Timestamp,
}

/// An open file. It stays the same one whatever its name becomes.
pub trait Content: Send + Sync {
    /// # Errors
    /// What the system says; a link fault as the error's source.
    fn status(&self) -> io::Result<Status>;

    /// Reads some bytes from an offset on; none only at the end.
    ///
    /// # Errors
    /// As [`Self::status`]; `NotFound` when the file was given up and cannot be found again.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

/// Files and folders.
pub trait Disk: Send + Sync + 'static {
    /// Of what a path leads to, links followed.
    ///
    /// # Errors
    /// What the system says; a link fault as the error's source.
    fn status(&self, path: &Path) -> io::Result<Status>;

    /// Opens a regular file.
    ///
    /// # Errors
    /// As [`Self::status`].
    fn open(&self, path: &Path) -> io::Result<Arc<dyn Content>>;

    /// The names in a folder.
    ///
    /// # Errors
    /// As [`Self::status`].
    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>>;

    /// How much its machine's clock is ahead of ours, if it is certain that it is, or behind.
    fn ahead(&self) -> Option<SignedDuration> {
        None
    }
}

/// A file on its disk.
#[derive(Clone)]
pub struct Origin {
    pub disk: Arc<dyn Disk>,
    pub path: PathBuf,
}

impl From<&Path> for Origin {
    /// On this machine.
    fn from(path: &Path) -> Self {
        Self { disk: Arc::new(Here), path: path.to_owned() }
    }
}

impl From<&PathBuf> for Origin {
    fn from(path: &PathBuf) -> Self {
        Self::from(path.as_path())
    }
}

impl Origin {
    /// Another file of the same disk.
    pub fn beside(&self, path: PathBuf) -> Self {
        Self { disk: Arc::clone(&self.disk), path }
    }

    pub fn status(&self) -> io::Result<Status> {
        self.disk.status(&self.path)
    }
}

/// This machine.
struct Here;

impl Disk for Here {
    fn status(&self, path: &Path) -> io::Result<Status> {
        std::fs::metadata(path).map(|metadata| status(&metadata))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn Content>> {
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
        let flags = i32::try_from(flags).unwrap_or_default();
        Ok(Arc::new(OpenOptions::new().read(true).custom_flags(flags).open(path)?))
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        Ok(std::fs::read_dir(folder)?.flatten().map(|entry| entry.file_name()).collect())
    }
}

impl Content for File {
    fn status(&self) -> io::Result<Status> {
        self.metadata().map(|metadata| status(&metadata))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }
}

fn status(metadata: &Metadata) -> Status {
    let nano = i32::try_from(metadata.mtime_nsec()).unwrap_or_default();
    Status {
        kind: kind(metadata.file_type()),
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.len(),
        written: Timestamp::new(metadata.mtime(), nano).unwrap_or(Timestamp::UNIX_EPOCH),
    }
}

fn kind(kind: FileType) -> Kind {
    match kind {
        _ if kind.is_file() => Kind::File,
        _ if kind.is_dir() => Kind::Folder,
        _ if kind.is_fifo() => Kind::Pipe,
        _ if kind.is_socket() => Kind::Socket,
        _ => Kind::Device,
    }
}
