//! The files of a server, as the backend of files reads them: over SFTP, with no more rights than it takes.
//!
//! SFTP tells no inode numbers, and without them nobody knows whether a file is still the one that is read: a
//! small script beside it, which runs for as long as the session, asks stat(1). All files of a server share both.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::runtime::Handle as Runtime;
use tokio::sync::Mutex;

use super::remote_clock;
use super::remote_sftp;
use super::root_reads::RootReads;
use crate::backends::argv::Argv;
use crate::backends::files::{self, Content, Disk, Kind, Origin, Status};
use crate::backends::sftp::{Handle, Sftp};
use crate::backends::ssh::{Hub, Stream};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::ssh_target::SshTarget;

/// For one question, the connection included.
const DEADLINE: Duration = Duration::from_secs(20);
/// One path a line, each byte that a shell might see as something else written as `\0ooo`; one line comes back.
const STAT: &str = "while IFS= read -r e; do p=$(printf %b_ \"$e\"); p=${p%_}; \
    if o=$(stat -L -c \"%d %i %s %Y %f\" -- \"$p\" 2>&1); then printf \"%s\\n\" \"$o\"; else case $o in \
    *\"o such file\"*|*\"ot a directory\"*) echo gone;; *ermission*) echo denied;; *) echo failed;; esac; fi; done";

/// The files of one server.
#[derive(Clone)]
pub struct RemoteDisk(Arc<Inner>);

struct Inner {
    hub: Hub,
    target: SshTarget,
    /// Rights that are free to be had may be used.
    sudo: bool,
    /// Hears what is read with them, by which name of the server.
    reads: Option<(RootReads, TargetId)>,
    own: Mutex<Slot>,
    root: Mutex<Slot>,
    /// Files that nobody reads any more: whoever talks next closes them.
    left: std::sync::Mutex<Vec<(bool, Held)>>,
}

/// A session, as long as it holds.
#[derive(Default)]
struct Slot {
    session: Option<Session>,
    /// How many there were before: a handle is of one session.
    number: u64,
}

struct Session {
    sftp: Sftp,
    stat: BufStream<Stream>,
}

impl RemoteDisk {
    pub fn new(hub: Hub, target: SshTarget, sudo: bool, reads: Option<(RootReads, TargetId)>) -> Self {
        let (own, root, left) = (Mutex::default(), Mutex::default(), std::sync::Mutex::default());
        Self(Arc::new(Inner { hub, target, sudo, reads, own, root, left }))
    }

    /// Does something with our own rights, and where they do not suffice with those of root.
    fn with<T>(&self, work: impl AsyncFn(&mut Session, u64) -> io::Result<T>) -> io::Result<(T, bool)> {
        match self.with_rights(false, &work) {
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied && self.0.sudo => {
                // Without a way to be root it stays denied.
                self.with_rights(true, &work).map(|done| (done, true)).map_err(|_| e)
            }
            done => done.map(|done| (done, false)),
        }
    }

    fn with_rights<T>(
        &self,
        as_root: bool,
        work: &impl AsyncFn(&mut Session, u64) -> io::Result<T>,
    ) -> io::Result<T> {
        let late = || {
            let message =
                format!("{}: its files did not answer within {} s", self.0.target, DEADLINE.as_secs());
            io::Error::other(Fault::new(FaultKind::Timeout, message))
        };
        let limited = tokio::time::timeout(DEADLINE, self.attempt(as_root, work));
        // On a thread where waiting is allowed: see [`Disk`].
        Runtime::current().block_on(limited).unwrap_or_else(|_| Err(late()))
    }

    async fn attempt<T>(
        &self,
        as_root: bool,
        work: &impl AsyncFn(&mut Session, u64) -> io::Result<T>,
    ) -> io::Result<T> {
        let slot = if as_root { &self.0.root } else { &self.0.own };
        let mut slot = slot.lock().await;
        // Whoever gives up leaves half a conversation behind; that one is not put back.
        let mut session = match slot.session.take().filter(|session| session.sftp.is_sound()) {
            Some(session) => session,
            None => {
                slot.number += 1;
                self.session(as_root).await.map_err(io::Error::other)?
            }
        };
        let left = self.left(as_root, slot.number);
        let done = match session.sftp.close_all(&left).await {
            Ok(()) => work(&mut session, slot.number).await,
            Err(e) => Err(e),
        };
        match done {
            Err(e) if !session.sftp.is_sound() || e.kind() == io::ErrorKind::BrokenPipe => {
                let message = format!("{}: the connection to its files was lost: {e}", self.0.target);
                Err(io::Error::other(Fault::new(FaultKind::Unreachable, message)))
            }
            done => {
                slot.session = Some(session);
                done
            }
        }
    }

    /// Those of this session; those of earlier ones are closed already.
    fn left(&self, as_root: bool, number: u64) -> Vec<Handle> {
        let mut left = self.0.left.lock().unwrap_or_else(PoisonError::into_inner);
        let of_this = left.extract_if(.., |(root, _)| *root == as_root);
        of_this.filter(|(_, held)| held.number == number).map(|(_, held)| held.handle).collect()
    }

    async fn session(&self, as_root: bool) -> Result<Session, Fault> {
        let connection = self.0.hub.bulk(&self.0.target).await?;
        let sftp = remote_sftp::open(&connection, &self.0.target, as_root).await?;
        let stat = Argv::script(STAT);
        let argv = if as_root { connection.as_root(&stat).await? } else { stat };
        Ok(Session { sftp, stat: BufStream::new(connection.through(&argv).await?) })
    }
}

impl Session {
    async fn status(&mut self, path: &Path) -> io::Result<Status> {
        let lost = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        let mut line = escaped(path.as_os_str());
        line.push('\n');
        self.stat.write_all(line.as_bytes()).await.map_err(lost)?;
        self.stat.flush().await.map_err(lost)?;
        let mut answer = String::new();
        if self.stat.read_line(&mut answer).await.map_err(lost)? == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        read_status(answer.trim_end())
    }

    /// Opens a file and makes sure which one it is.
    async fn open(&mut self, path: &Path) -> io::Result<(Handle, Status)> {
        loop {
            let before = self.status(path).await?;
            let handle = self.sftp.open(path.as_os_str().as_bytes()).await?;
            let after = self.status(path).await?;
            if (before.device, before.inode) == (after.device, after.inode) {
                return Ok((handle, after));
            }
            self.sftp.close(&handle).await?;
        }
    }
}

impl Disk for RemoteDisk {
    fn status(&self, path: &Path) -> io::Result<Status> {
        self.with(async |session, _| session.status(path).await).map(|(status, _)| status)
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn Content>> {
        let open = async |session: &mut Session, number| Ok((session.open(path).await?, number));
        let (((handle, first), number), as_root) = self.with(open)?;
        if let (true, Some((reads, server))) = (as_root, &self.0.reads)
            && let Err(e) = reads.tell(server, path)
        {
            let mut left = self.0.left.lock().unwrap_or_else(PoisonError::into_inner);
            left.push((as_root, Held { number, handle }));
            return Err(e);
        }
        let held = std::sync::Mutex::new(Some(Held { number, handle }));
        let (disk, path) = (self.clone(), path.to_owned());
        let seen = std::sync::Mutex::default();
        Ok(Arc::new(RemoteFile { disk, path, first, as_root, held, seen }))
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let list = async |session: &mut Session, _| session.sftp.list(folder.as_os_str().as_bytes()).await;
        let (entries, _) = self.with(list)?;
        Ok(entries.into_iter().map(|entry| OsString::from_vec(entry.name)).collect())
    }

    fn ahead(&self) -> Option<SignedDuration> {
        let Inner { hub, target, .. } = &*self.0;
        let ahead =
            async { tokio::time::timeout(DEADLINE, remote_clock::ahead(hub, target)).await.ok()?.ok()? };
        Runtime::current().block_on(ahead)
    }
}

/// An open file. After a cut connection it is opened again, under whatever name it has then.
struct RemoteFile {
    disk: RemoteDisk,
    path: PathBuf,
    /// As it was when it was opened: by its numbers it is known again.
    first: Status,
    as_root: bool,
    held: std::sync::Mutex<Option<Held>>,
    seen: std::sync::Mutex<Seen>,
}

/// What was read last: a new file may have got the number of one that was removed meanwhile, not its text.
#[derive(Clone, Default)]
struct Seen {
    offset: u64,
    bytes: Vec<u8>,
}

impl Seen {
    /// Bytes that are compared.
    const MOST: usize = 64;

    fn of(offset: u64, read: &[u8]) -> Self {
        let skipped = read.len().saturating_sub(Self::MOST);
        Self { offset: offset + skipped as u64, bytes: read.get(skipped..).unwrap_or_default().to_vec() }
    }
}

#[derive(Clone)]
struct Held {
    /// Of the session.
    number: u64,
    handle: Handle,
}

impl RemoteFile {
    fn with<T>(&self, work: impl AsyncFn(&mut Session, &Handle) -> io::Result<T>) -> io::Result<T> {
        loop {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let done =
                self.disk.with_rights(self.as_root, &async |session: &mut Session, number| match &held {
                    Some(held) if held.number == number => work(session, &held.handle).await.map(Some),
                    _ => Ok(None),
                })?;
            match done {
                Some(done) => return Ok(done),
                None => self.open_again()?,
            }
        }
    }

    fn open_again(&self) -> io::Result<()> {
        let origin = Origin { disk: Arc::new(self.disk.clone()), path: self.path.clone() };
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let names = std::iter::once(self.path.clone()).chain(files::rotated_parts(&origin));
        for path in names {
            let opened = self.disk.with_rights(self.as_root, &async |session: &mut Session, number| {
                let (handle, status) = session.open(&path).await?;
                let mut bytes = vec![0; seen.bytes.len()];
                if (status.device, status.inode) == (self.first.device, self.first.inode)
                    && session.sftp.read(&handle, seen.offset, &mut bytes).await? == bytes.len()
                    && bytes == seen.bytes
                {
                    return Ok(Some(Held { number, handle }));
                }
                session.sftp.close(&handle).await.map(|()| None)
            });
            match opened {
                Ok(Some(held)) => {
                    *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
                    return Ok(());
                }
                Ok(None) => {}
                Err(e) if e.kind() == io::ErrorKind::Other => return Err(e),
                Err(_) => {}
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }
}

impl Content for RemoteFile {
    fn status(&self) -> io::Result<Status> {
        let attributes = self.with(async |session, handle| session.sftp.attributes_of(handle).await)?;
        let written = attributes.written_s.and_then(|s| Timestamp::from_second(i64::from(s)).ok());
        let size = attributes.size.unwrap_or(self.first.size);
        Ok(Status { size, written: written.unwrap_or(self.first.written), ..self.first })
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let wanted = buffer.len();
        let bytes = self.with(async |session, handle| {
            let mut bytes = vec![0; wanted];
            let count = session.sftp.read(handle, offset, &mut bytes).await?;
            bytes.truncate(count);
            Ok(bytes)
        })?;
        if !bytes.is_empty() {
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen::of(offset, &bytes);
        }
        let (filled, _) = buffer.split_at_mut(bytes.len().min(wanted));
        filled.copy_from_slice(&bytes);
        Ok(filled.len())
    }
}

impl Drop for RemoteFile {
    fn drop(&mut self) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut left = self.disk.0.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.extend(held.map(|held| (self.as_root, held)));
    }
}

/// The path in bytes that mean nothing to a shell.
fn escaped(path: &OsStr) -> String {
    let mut text = String::new();
    for byte in path.as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                text.push(char::from(*byte))
            }
            other => text.push_str(&format!("\\0{other:03o}")),
        }
    }
    text
}

/// `DEVICE INODE SIZE SECONDS MODE`, or why not.
fn read_status(line: &str) -> io::Result<Status> {
    match line {
        "gone" => return Err(io::ErrorKind::NotFound.into()),
        "denied" => return Err(io::ErrorKind::PermissionDenied.into()),
        _ => {}
    }
    let strange = || io::Error::other("stat there says nothing that can be read");
    let words: Vec<&str> = line.split(' ').collect();
    let [device, inode, size, seconds, mode] = words[..] else { return Err(strange()) };
    let number = |word: &str| word.parse::<u64>().map_err(|_| strange());
    let kind = match u32::from_str_radix(mode, 16).map_err(|_| strange())? & 0o170_000 {
        0o100_000 => Kind::File,
        0o040_000 => Kind::Folder,
        0o010_000 => Kind::Pipe,
        0o140_000 => Kind::Socket,
        _ => Kind::Device,
    };
    let written = seconds.parse().ok().and_then(|s| Timestamp::from_second(s).ok()).ok_or_else(strange)?;
    Ok(Status { kind, device: number(device)?, inode: number(inode)?, size: number(size)?, written })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stat_and_its_refusals() {
        let status = read_status("2049 131 512 1795294800 81a0").unwrap();
        assert_eq!((status.kind, status.inode, status.size), (Kind::File, 131, 512));
        assert_eq!(read_status("1 2 3 4 41ed").unwrap().kind, Kind::Folder);
        assert_eq!(read_status("gone").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(read_status("denied").unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(
            escaped(OsStr::new("/a b/$(id)\n-x'é")),
            "/a\\0040b/\\0044\\0050id\\0051\\0012-x\\0047\\0303\\0251"
        );
    }

    proptest! {
        #[test]
        fn garbage_is_no_status(line in ".{0,60}") {
            let _no_panic = read_status(&line);
        }
    }
}
