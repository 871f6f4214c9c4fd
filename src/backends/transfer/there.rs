//! A server's files, over a conversation of SFTP, and over its own sha256sum and df where it has them.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Far;
use super::digest::Digest;
use super::side::{Finish, Side, Status, fault, told};
use crate::backends::argv::Argv;
use crate::backends::sftp::{Attributes, Change, Handle, Kind, Sftp, Window};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::FileKind;

/// `$1` bytes, `$2` path, `$3` = `own`: only of a plain file of this account's. Names are operands, never code.
const DIGEST: &str = "command -v sha256sum >/dev/null && command -v head >/dev/null || exit 96
if test \"$3\" = own; then test -f \"$2\" && ! test -L \"$2\" && test -O \"$2\" || exit 93; fi
test -r \"$2\" || exit 94
head -c \"$1\" <\"$2\" | sha256sum | cut -c1-64";
const FREE: &str = "exec df -Pk -- \"$1\"";
/// What a disk that is slow reads in a second, bytes.
const SLOW: u64 = 5 << 20;

/// A server.
pub struct There<'a> {
    far: &'a dyn Far,
    sftp: Option<Sftp>,
    source: Option<Open>,
    part: Option<Open>,
}

struct Open {
    path: PathBuf,
    handle: Handle,
    window: Window,
    size: u64,
}

impl<'a> There<'a> {
    pub fn new(far: &'a dyn Far) -> Self {
        Self { far, sftp: None, source: None, part: None }
    }

    async fn sftp(&mut self) -> Result<&mut Sftp, Fault> {
        if self.sftp.as_ref().is_none_or(|sftp| !sftp.is_sound()) {
            self.sftp = Some(self.far.sftp().await?);
        }
        self.sftp.as_mut().ok_or_else(|| Fault::new(FaultKind::Bug, "there is no conversation"))
    }

    /// What an error means: of the file, or of the connection.
    fn explain(&self, path: &Path, doing: &str, error: &io::Error) -> Fault {
        let lost = self.sftp.as_ref().is_none_or(|sftp| !sftp.is_sound());
        if lost && error.kind() == io::ErrorKind::InvalidData {
            return Fault::new(FaultKind::Protocol, format!("{}: {error}", self.far.name()));
        }
        if lost {
            let message = format!("{}: the connection was cut", self.far.name());
            return Fault::new(FaultKind::Unreachable, message);
        }
        fault(&self.tell(path), doing, error)
    }

    /// As [`Self::explain`]; the protocol has no word for a full disk, so the disk is asked.
    async fn explain_write(&mut self, path: &Path, error: &io::Error) -> Fault {
        let fault = self.explain(path, "cannot be written", error);
        if fault.kind != FaultKind::Failed {
            return fault;
        }
        let folder = path.parent().unwrap_or(path);
        match self.free(folder).await {
            Ok(Some(free)) if free < 1 << 20 => {
                let full = io::Error::from(io::ErrorKind::StorageFull);
                self.explain(path, "cannot be written", &full)
            }
            _ => fault,
        }
    }

    /// Reads it over the connection, where nobody there can count.
    async fn read_digest(&mut self, path: &Path, bytes: u64) -> Result<Digest, Fault> {
        let name = path.as_os_str().as_bytes();
        let sftp = self.sftp().await?;
        let read = async {
            let handle = sftp.open(name).await?;
            let (mut window, mut context, mut count) = (Window::reading(0, bytes), Digest::begin(), 0);
            loop {
                let part = sftp.read_on(&handle, &mut window).await?;
                if part.is_empty() {
                    break;
                }
                context.update(&part);
                count += part.len() as u64;
            }
            sftp.close(&handle).await?;
            let short = || Digest::Unknown("it is shorter by now".to_owned());
            Ok(if count == bytes { Digest::Read(context) } else { short() })
        };
        let done: io::Result<Digest> = read.await;
        done.map_err(|e| self.explain(path, "cannot be read", &e))
    }
}

fn status(of: &Attributes) -> Status {
    Status {
        kind: match of.kind() {
            Kind::File => FileKind::File,
            Kind::Folder => FileKind::Folder,
            Kind::Link => FileKind::Link,
            Kind::Pipe | Kind::Socket | Kind::Other => FileKind::Other,
        },
        size: of.size.unwrap_or_default(),
        written_s: of.written_s.unwrap_or_default(),
        mode: of.mode.unwrap_or(0o644) & 0o7777,
        owner: of.owner.unwrap_or_default(),
    }
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

impl Side for There<'_> {
    async fn status(&mut self, path: &Path) -> Result<Option<Status>, Fault> {
        match self.sftp().await?.own_attributes(bytes(path)).await {
            Ok(attributes) => Ok(Some(status(&attributes))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(self.explain(path, "cannot be looked at", &e)),
        }
    }

    async fn names(&mut self, folder: &Path) -> Result<Vec<(OsString, Status)>, Fault> {
        let listed = self.sftp().await?.list(bytes(folder)).await;
        let listed = listed.map_err(|e| self.explain(folder, "cannot be listed", &e))?;
        let one =
            |entry: crate::backends::sftp::Entry| (OsString::from_vec(entry.name), status(&entry.attributes));
        Ok(listed.into_iter().map(one).collect())
    }

    async fn make_folder(&mut self, path: &Path, mode: u32) -> Result<(), Fault> {
        let made = self.sftp().await?.make_folder(bytes(path), mode).await;
        made.map_err(|e| self.explain(path, "cannot be made", &e))
    }

    async fn free(&mut self, folder: &Path) -> Result<Option<u64>, Fault> {
        match self.sftp().await?.free(bytes(folder)).await {
            Ok(free) => return Ok(Some(free)),
            Err(e) if e.kind() == io::ErrorKind::Unsupported => {}
            Err(e) => return Err(self.explain(folder, "cannot be looked at", &e)),
        }
        let Some(name) = folder.to_str() else { return Ok(None) };
        let output = self.far.run(Argv::script(FREE).name(name), Duration::from_secs(20)).await?;
        Ok(output.is_success().then(|| available(&output.text())).flatten())
    }

    async fn digest(&mut self, path: &Path, bytes: u64, own: bool) -> Result<Digest, Fault> {
        let Some(name) = path.to_str() else {
            return Ok(Digest::Unknown("its name is no UTF-8".to_owned()));
        };
        let argv = Argv::script(DIGEST).operand(&bytes.to_string()).name(name).operand(if own {
            "own"
        } else {
            "any"
        });
        let deadline = Duration::from_secs(60 + bytes / SLOW);
        // A server for files alone runs nothing.
        let output = match self.far.run(argv, deadline).await {
            Ok(output) => output,
            Err(fault) if fault.kind.is_link() => return Err(fault),
            Err(_) if own => return self.read_digest(path, bytes).await,
            Err(fault) => return Ok(Digest::Unknown(fault.message)),
        };
        let text = output.text();
        let digest = text.trim();
        let is_digest = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
        match output.code {
            Some(0) if is_digest => Ok(Digest::Told(digest.to_owned())),
            Some(93) => Ok(Digest::Unknown("it is not a plain file of this account".to_owned())),
            Some(94) => Ok(Digest::Unknown("it cannot be read by this account".to_owned())),
            _ if own => self.read_digest(path, bytes).await,
            Some(96) => Ok(Digest::Unknown(format!("{} has no sha256sum", self.far.name()))),
            _ => Ok(Digest::Unknown(format!("{} runs no sha256sum", self.far.name()))),
        }
    }

    async fn open(&mut self, path: &Path) -> Result<Status, Fault> {
        let sftp = self.sftp().await?;
        let open = async {
            let found = sftp.own_attributes(bytes(path)).await?;
            // To open a pipe would wait for who writes to it.
            if found.kind() != Kind::File {
                return Err(io::Error::other("it is no plain file"));
            }
            let handle = sftp.open(bytes(path)).await?;
            let found = sftp.attributes_of(&handle).await?;
            Ok((handle, status(&found)))
        };
        let opened: io::Result<(Handle, Status)> = open.await;
        let (handle, found) = opened.map_err(|e| self.explain(path, "cannot be read", &e))?;
        let (path, size) = (path.to_owned(), found.size);
        self.source = Some(Open { path, handle, window: Window::reading(0, size), size });
        Ok(found)
    }

    fn seek(&mut self, offset: u64) {
        if let Some(source) = &mut self.source {
            source.window = Window::reading(offset, source.size);
        }
    }

    async fn next(&mut self) -> Result<Vec<u8>, Fault> {
        let (Some(sftp), Some(source)) = (&mut self.sftp, &mut self.source) else { return Ok(Vec::new()) };
        match sftp.read_on(&source.handle, &mut source.window).await {
            Ok(bytes) => Ok(bytes),
            Err(e) => {
                let path = source.path.clone();
                Err(self.explain(&path, "cannot be read", &e))
            }
        }
    }

    async fn close(&mut self) -> Result<Status, Fault> {
        let (Some(sftp), Some(mut source)) = (&mut self.sftp, self.source.take()) else {
            return Err(not_open());
        };
        let look = async {
            sftp.settle(&mut source.window).await?;
            let found = sftp.attributes_of(&source.handle).await?;
            sftp.close(&source.handle).await?;
            Ok(status(&found))
        };
        let done: io::Result<Status> = look.await;
        done.map_err(|e| self.explain(&source.path, "cannot be looked at", &e))
    }

    async fn begin(&mut self, part: &Path, keep: Option<u64>) -> Result<(), Fault> {
        let sftp = self.sftp().await?;
        let open = async {
            let Some(keep) = keep else { return sftp.create(bytes(part), 0o600).await };
            let handle = sftp.open_to_write(bytes(part)).await?;
            // Only of a file of ours, and from now on nobody else's.
            let own = Change { mode: Some(0o600), size: Some(keep), ..Change::default() };
            sftp.change(&handle, own).await?;
            Ok(handle)
        };
        let opened: io::Result<Handle> = open.await;
        let handle = match opened {
            Ok(handle) => handle,
            Err(e) => return Err(self.explain_write(part, &e).await),
        };
        let window = Window::writing(keep.unwrap_or_default());
        self.part = Some(Open { path: part.to_owned(), handle, window, size: 0 });
        Ok(())
    }

    async fn push(&mut self, bytes: Vec<u8>) -> Result<(), Fault> {
        let (Some(sftp), Some(part)) = (&mut self.sftp, &mut self.part) else { return Err(not_open()) };
        match sftp.write_on(&part.handle, &mut part.window, &bytes).await {
            Ok(()) => Ok(()),
            Err(e) => {
                let path = part.path.clone();
                Err(self.explain_write(&path, &e).await)
            }
        }
    }

    async fn finish(&mut self, how: Finish) -> Result<(), Fault> {
        let (Some(sftp), Some(mut part)) = (&mut self.sftp, self.part.take()) else { return Err(not_open()) };
        let work = async {
            sftp.written(&mut part.window, 0).await?;
            let now = sftp.attributes_of(&part.handle).await?.owner;
            let owner = how.owner.filter(|owner| now != Some(*owner));
            if owner.is_some() {
                sftp.change(&part.handle, Change { owner, ..Change::default() }).await?;
            }
            let change = Change { mode: Some(how.mode), written_s: Some(how.written_s), ..Change::default() };
            sftp.change(&part.handle, change).await?;
            match sftp.sync(&part.handle).await {
                // Older servers write when they like.
                Err(e) if e.kind() != io::ErrorKind::Unsupported => return Err(e),
                _ => {}
            }
            sftp.close(&part.handle).await
        };
        let done: io::Result<()> = work.await;
        match done {
            Ok(()) => Ok(()),
            Err(e) => Err(self.explain_write(&part.path, &e).await),
        }
    }

    async fn put(&mut self, part: &Path, path: &Path, replaces: bool) -> Result<(), Fault> {
        let sftp = self.sftp().await?;
        let done = if replaces {
            sftp.replace(bytes(part), bytes(path)).await
        } else {
            sftp.rename(bytes(part), bytes(path)).await
        };
        done.map_err(|e| self.explain(path, "cannot be put in place", &e))
    }

    async fn leave(&mut self) {
        let open = self.source.take().into_iter().chain(self.part.take());
        let Some(sftp) = self.sftp.as_mut().filter(|sftp| sftp.is_sound()) else { return };
        for mut one in open {
            // What goes wrong here goes wrong again, and is told then.
            let _ = sftp.settle(&mut one.window).await;
            let _ = sftp.close(&one.handle).await;
        }
    }

    async fn remove(&mut self, path: &Path) -> Result<(), Fault> {
        let done = self.sftp().await?.remove(bytes(path)).await;
        done.map_err(|e| self.explain(path, "cannot be removed", &e))
    }

    fn tell(&self, path: &Path) -> String {
        format!("{} on {}", told(path), self.far.name())
    }

    fn is_far(&self) -> bool {
        true
    }
}

fn not_open() -> Fault {
    Fault::new(FaultKind::Bug, "no file is open")
}

/// The fourth word of the last line, in KiB: `df -P` breaks no lines.
fn available(text: &str) -> Option<u64> {
    let words = text.lines().last()?.split_whitespace();
    let words: Vec<&str> = words.collect();
    // What is mounted may have a name with blanks, what it is mounted from, too: numbers stand in a row.
    let percent = words.iter().position(|word| word.ends_with('%'))?;
    words.get(percent.checked_sub(1)?)?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_df_has_left() {
        let text = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n\
            /dev/my disk      61255492 31862580  26248912      55% /srv/a b\n";
        assert_eq!(available(text), Some(26_248_912 * 1024));
        assert_eq!(available("df: /x: No such file or directory\n"), None);
    }

    proptest! {
        #[test]
        fn garbage_has_nothing_left(text in ".{0,200}") {
            let _no_panic = available(&text);
        }
    }
}
