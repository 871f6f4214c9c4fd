//! This machine's files. Reading and writing happen on threads where waiting is allowed.

use std::ffi::OsString;
use std::fs::{File, FileTimes, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt, FileExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::{CWD, OFlags, RenameFlags};

use super::digest::Digest;
use super::side::{Finish, Side, Status, fault, told};
use crate::backends::fill::fill;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::FileKind;

/// Bytes that are read at a time.
const CHUNK: usize = 256 << 10;

/// This machine.
#[derive(Default)]
pub struct Here {
    source: Option<Open>,
    part: Option<Open>,
}

struct Open {
    file: Arc<File>,
    path: PathBuf,
    at: u64,
}

impl Here {
    /// Does something with a path where waiting is allowed.
    async fn with<T: Send + 'static>(
        &self,
        path: &Path,
        doing: &str,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let own = path.to_owned();
        let done = blocking(move || work(&own)).await;
        done.map_err(|e| fault(&self.tell(path), doing, &e))
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn status(of: &Metadata) -> Status {
    let kind = match of.file_type() {
        kind if kind.is_file() => FileKind::File,
        kind if kind.is_dir() => FileKind::Folder,
        kind if kind.is_symlink() => FileKind::Link,
        _ => FileKind::Other,
    };
    let written_s = u32::try_from(of.mtime()).unwrap_or_default();
    Status { kind, size: of.len(), written_s, mode: of.mode() & 0o7777, owner: (of.uid(), of.gid()) }
}

/// A link is not followed, and a pipe is not waited for.
fn careful() -> OpenOptions {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    options
}

fn open_plain(path: &Path) -> io::Result<File> {
    let file = careful().read(true).open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() {
        return Ok(file);
    }
    let special = kind.is_fifo() || kind.is_socket() || kind.is_block_device() || kind.is_char_device();
    Err(io::Error::other(if special { "it is no plain file" } else { "it is a folder" }))
}

fn read_at(file: &File, buffer: &mut Vec<u8>, offset: u64) -> io::Result<()> {
    buffer.resize(CHUNK, 0);
    let filled = fill(buffer, offset, |room, at| file.read_at(room, at))?;
    buffer.truncate(filled);
    Ok(())
}

fn begin(part: &Path, keep: Option<u64>) -> io::Result<File> {
    let mut options = careful();
    options.read(true).write(true).mode(0o600);
    let Some(keep) = keep else { return options.create_new(true).open(part) };
    let file = options.open(part)?;
    let found = file.metadata()?;
    if !found.is_file() || found.uid() != rustix::process::geteuid().as_raw() || found.nlink() > 1 {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.set_len(keep)?;
    Ok(file)
}

fn finish(file: &File, finish: Finish) -> io::Result<()> {
    if let Some((user, group)) = finish.owner.filter(|owner| {
        let now = file.metadata().map(|found| (found.uid(), found.gid()));
        now.is_ok_and(|now| now != *owner)
    }) {
        fchown(file, Some(user), Some(group))?;
    }
    file.set_permissions(Permissions::from_mode(finish.mode))?;
    let written = UNIX_EPOCH + Duration::from_secs(finish.written_s.into());
    file.set_times(FileTimes::new().set_modified(written).set_accessed(written))?;
    file.sync_all()
}

fn put(part: &Path, path: &Path, replaces: bool) -> io::Result<()> {
    if replaces {
        std::fs::rename(part, path)?;
    } else {
        match rustix::fs::renameat_with(CWD, part, CWD, path, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            // File systems that cannot: a second name is made of nothing that is there, either.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                std::fs::hard_link(part, path)?;
                std::fs::remove_file(part)?;
            }
            Err(e) => return Err(e.into()),
        }
    }
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

impl Side for Here {
    async fn status(&mut self, path: &Path) -> Result<Option<Status>, Fault> {
        let look = |path: &Path| match std::fs::symlink_metadata(path) {
            Ok(found) => Ok(Some(status(&found))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        };
        self.with(path, "cannot be looked at", look).await
    }

    async fn names(&mut self, folder: &Path) -> Result<Vec<(OsString, Status)>, Fault> {
        let list = |folder: &Path| {
            let one = |entry: io::Result<std::fs::DirEntry>| {
                let entry = entry?;
                Ok((entry.file_name(), status(&entry.metadata()?)))
            };
            std::fs::read_dir(folder)?.map(one).collect()
        };
        self.with(folder, "cannot be listed", list).await
    }

    async fn make_folder(&mut self, path: &Path, mode: u32) -> Result<(), Fault> {
        let make = move |path: &Path| std::fs::DirBuilder::new().mode(mode).create(path);
        self.with(path, "cannot be made", make).await
    }

    async fn free(&mut self, folder: &Path) -> Result<Option<u64>, Fault> {
        let look = |folder: &Path| Ok(rustix::fs::statvfs(folder)?);
        let told = self.with(folder, "cannot be looked at", look).await?;
        Ok(Some(told.f_frsize.saturating_mul(told.f_bavail)))
    }

    async fn digest(&mut self, path: &Path, bytes: u64, _own: bool) -> Result<Digest, Fault> {
        let read = move |path: &Path| {
            let file = open_plain(path)?;
            let (mut context, mut at, mut buffer) = (Digest::begin(), 0, Vec::new());
            while at < bytes {
                read_at(&file, &mut buffer, at)?;
                let wanted = usize::try_from(bytes - at).unwrap_or(usize::MAX).min(buffer.len());
                if wanted == 0 {
                    return Ok(Digest::Unknown("it is shorter by now".to_owned()));
                }
                context.update(buffer.get(..wanted).unwrap_or_default());
                at += wanted as u64;
            }
            Ok(Digest::Read(context))
        };
        self.with(path, "cannot be read", read).await
    }

    async fn open(&mut self, path: &Path) -> Result<Status, Fault> {
        let open = |path: &Path| {
            let file = open_plain(path)?;
            let found = status(&file.metadata()?);
            Ok((file, found))
        };
        let (file, found) = self.with(path, "cannot be read", open).await?;
        self.source = Some(Open { file: Arc::new(file), path: path.to_owned(), at: 0 });
        Ok(found)
    }

    fn seek(&mut self, offset: u64) {
        if let Some(source) = &mut self.source {
            source.at = offset;
        }
    }

    async fn next(&mut self) -> Result<Vec<u8>, Fault> {
        let Some(source) = &mut self.source else { return Ok(Vec::new()) };
        let (file, at) = (Arc::clone(&source.file), source.at);
        let read = blocking(move || {
            let mut buffer = Vec::new();
            read_at(&file, &mut buffer, at).map(|()| buffer)
        });
        match read.await {
            Ok(bytes) => {
                source.at += bytes.len() as u64;
                Ok(bytes)
            }
            Err(e) => Err(fault(&told(&source.path), "cannot be read", &e)),
        }
    }

    async fn close(&mut self) -> Result<Status, Fault> {
        let Some(source) = self.source.take() else { return Err(not_open()) };
        let look = move |_: &Path| Ok(status(&source.file.metadata()?));
        self.with(&source.path.clone(), "cannot be looked at", look).await
    }

    async fn begin(&mut self, part: &Path, keep: Option<u64>) -> Result<(), Fault> {
        let file = self.with(part, "cannot be written", move |part| begin(part, keep)).await?;
        let at = keep.unwrap_or_default();
        self.part = Some(Open { file: Arc::new(file), path: part.to_owned(), at });
        Ok(())
    }

    async fn push(&mut self, bytes: Vec<u8>) -> Result<(), Fault> {
        let Some(part) = &mut self.part else { return Err(not_open()) };
        let (file, at, count) = (Arc::clone(&part.file), part.at, bytes.len() as u64);
        match blocking(move || file.write_all_at(&bytes, at)).await {
            Ok(()) => {
                part.at += count;
                Ok(())
            }
            Err(e) => Err(fault(&told(&part.path), "cannot be written", &e)),
        }
    }

    async fn finish(&mut self, how: Finish) -> Result<(), Fault> {
        let Some(part) = self.part.take() else { return Err(not_open()) };
        let work = move |_: &Path| finish(&part.file, how);
        self.with(&part.path.clone(), "cannot be finished", work).await
    }

    async fn put(&mut self, part: &Path, path: &Path, replaces: bool) -> Result<(), Fault> {
        let part = part.to_owned();
        self.with(path, "cannot be put in place", move |path| put(&part, path, replaces)).await
    }

    async fn leave(&mut self) {
        (self.source, self.part) = (None, None);
    }

    async fn remove(&mut self, path: &Path) -> Result<(), Fault> {
        self.with(path, "cannot be removed", |path| std::fs::remove_file(path)).await
    }

    fn tell(&self, path: &Path) -> String {
        format!("{} here", told(path))
    }

    fn is_far(&self) -> bool {
        false
    }
}

fn not_open() -> Fault {
    Fault::new(FaultKind::Bug, "no file is open")
}
