//! One end of a copy: this machine, or the server.

use std::ffi::OsString;
use std::future::Future;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::digest::Digest;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::server::FileKind;
use crate::domain::server::files::shown;

/// What a name stands for; a link tells of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    pub kind: FileKind,
    pub size: u64,
    /// Seconds since 1970, as SFTP tells it.
    pub written_s: u32,
    /// The last twelve bits.
    pub mode: u32,
    /// User and group, as numbers.
    pub owner: (u32, u32),
}

impl Status {
    /// True when nobody can have written it in between, as far as size and time tell.
    pub fn is_as(&self, other: &Self) -> bool {
        (self.kind, self.size, self.written_s) == (other.kind, other.size, other.written_s)
    }
}

/// What a finished part becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finish {
    pub mode: u32,
    pub written_s: u32,
    /// `None` = whoever copies it.
    pub owner: Option<(u32, u32)>,
}

/// One end. One file is read from it or written to it at a time.
pub trait Side: Send {
    /// `None` = there is nothing.
    fn status(&mut self, path: &Path) -> impl Future<Output = Result<Option<Status>, Fault>> + Send;
    /// What a folder holds.
    fn names(&mut self, folder: &Path)
    -> impl Future<Output = Result<Vec<(OsString, Status)>, Fault>> + Send;
    fn make_folder(&mut self, path: &Path, mode: u32) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Bytes that may be written in this folder; `None` = nobody knows.
    fn free(&mut self, folder: &Path) -> impl Future<Output = Result<Option<u64>, Fault>> + Send;
    /// Of the first bytes of a file. `own`: only of one that is ours.
    fn digest(
        &mut self,
        path: &Path,
        bytes: u64,
        own: bool,
    ) -> impl Future<Output = Result<Digest, Fault>> + Send;

    /// Opens a plain file to be read.
    fn open(&mut self, path: &Path) -> impl Future<Output = Result<Status, Fault>> + Send;
    /// From here on.
    fn seek(&mut self, offset: u64);
    /// What comes next of it; nothing at its end.
    fn next(&mut self) -> impl Future<Output = Result<Vec<u8>, Fault>> + Send;
    /// As it is now; it is closed with that.
    fn close(&mut self) -> impl Future<Output = Result<Status, Fault>> + Send;

    /// Makes the part, or opens it to go on behind so many bytes. Nobody else may read or write it.
    fn begin(&mut self, part: &Path, keep: Option<u64>) -> impl Future<Output = Result<(), Fault>> + Send;
    fn push(&mut self, bytes: Vec<u8>) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Closes the part when it is on the disk.
    fn finish(&mut self, finish: Finish) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Gives the part its name.
    fn put(
        &mut self,
        part: &Path,
        path: &Path,
        replaces: bool,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Closes what is open, when it came to nothing.
    fn leave(&mut self) -> impl Future<Output = ()> + Send;
    /// Removes a file.
    fn remove(&mut self, path: &Path) -> impl Future<Output = Result<(), Fault>> + Send;

    /// `/srv/x on web1`
    fn tell(&self, path: &Path) -> String;
    /// True of the server: what is there was sent over a connection.
    fn is_far(&self) -> bool;
}

/// A path for people.
pub fn told(path: &Path) -> String {
    shown(path.as_os_str().as_bytes())
}

/// What went wrong, of `place` (`/srv/x on web1`).
pub fn fault(place: &str, doing: &str, error: &io::Error) -> Fault {
    let fault = |kind, why: &str| Fault::new(kind, format!("{place} {doing}: {why}"));
    match error.kind() {
        io::ErrorKind::NotFound => fault(FaultKind::Gone, "it is not there"),
        io::ErrorKind::PermissionDenied => fault(FaultKind::Denied, "permission denied")
            .hint("copies have the rights of the account that logs in, and no more"),
        io::ErrorKind::AlreadyExists => fault(FaultKind::Conflict, "something of that name is there"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            fault(FaultKind::Full, "the disk is full")
        }
        io::ErrorKind::Unsupported => fault(FaultKind::Unsupported, &error.to_string()),
        _ => fault(FaultKind::Failed, &sanitize::line(&error.to_string(), 200)),
    }
}
