//! One file: on from where an earlier copy stood, and under its own name only when it is whole and on the disk.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::digest::{Digest, hex};
use super::side::{Finish, Side, Status};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::FileKind;
use crate::domain::server::transfer::{Progress, Stage, Stood, goes_on_from, part_name};

/// What may be replaced.
#[derive(Debug, Clone, Copy)]
pub enum Over {
    Nothing,
    /// What a person has seen and no other.
    This(Stood),
    /// Any file of that name; one that is the same already stays.
    Files,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Copied {
    /// Size and time say that it is there already.
    pub same: bool,
    /// Bytes that an earlier copy had left.
    pub went_on_from: u64,
    /// Why both sides were not compared; `None` = they were.
    pub unchecked: Option<String>,
}

/// Both ends with what is told of the way between them.
pub struct Copying<'a, F, T> {
    pub from: F,
    pub to: T,
    pub progress: Progress,
    pub on_progress: &'a (dyn Fn(Progress) + Send + Sync),
}

impl<F: Side, T: Side> Copying<'_, F, T> {
    pub fn tell(&self) {
        (self.on_progress)(self.progress);
    }

    pub fn stage(&mut self, stage: Stage) {
        self.progress.stage = stage;
        self.tell();
    }

    /// # Errors
    /// Why it was not copied. What is there of it stays, unless it is of no use or the disk is full.
    pub async fn file(&mut self, source: &Path, path: &Path, over: Over) -> Result<Copied, Fault> {
        let done = self.whole(source, path, over).await;
        if done.is_err() {
            self.from.leave().await;
            self.to.leave().await;
        }
        done
    }

    async fn whole(&mut self, source: &Path, path: &Path, over: Over) -> Result<Copied, Fault> {
        let found = self.from.open(source).await?;
        let stands = self.to.status(path).await?;
        if let (Over::Files, Some(stands)) = (over, &stands)
            && stands.is_as(&found)
        {
            self.from.close().await?;
            self.progress.done_bytes += found.size;
            return Ok(Copied { same: true, ..Copied::default() });
        }
        self.may_replace(path, stands.as_ref(), over)?;
        let part = part_of(path);
        let done = self.part(source, &part, &found, stands.as_ref()).await;
        let copied = match done {
            Ok(copied) => copied,
            Err((fault, is_useless)) => {
                self.to.leave().await;
                if is_useless {
                    // What went wrong is worth more than that it could not be tidied up.
                    let _ = self.to.remove(&part).await;
                }
                return Err(fault);
            }
        };
        // What stands there was looked at some time ago.
        let now = self.to.status(path).await?;
        let is_as_before = match (&now, &stands) {
            (Some(now), Some(before)) => now.is_as(before),
            (now, before) => now.is_none() && before.is_none(),
        };
        if !is_as_before {
            return Err(changed(&self.to.tell(path)));
        }
        self.to.put(&part, path, stands.is_some()).await?;
        Ok(copied)
    }

    fn may_replace(&self, path: &Path, stands: Option<&Status>, over: Over) -> Result<(), Fault> {
        let conflict = |why: &str| {
            let message = format!("{} {why}; nothing was replaced", self.to.tell(path));
            Err(Fault::new(FaultKind::Conflict, message).hint("look at the folder again, then copy it again"))
        };
        let Some(stands) = stands else { return Ok(()) };
        match over {
            _ if stands.kind != FileKind::File => conflict("is there and no plain file"),
            Over::Nothing => conflict("is there by now"),
            Over::This(seen) => {
                let at = seen.written_at.map(|at| at.as_second());
                let is_it = seen.size_bytes == stands.size && at == Some(i64::from(stands.written_s));
                if is_it { Ok(()) } else { conflict("was changed meanwhile") }
            }
            Over::Files => Ok(()),
        }
    }

    /// Writes the part until it is whole, checked and on the disk. With the fault: whether it is of no use.
    async fn part(
        &mut self,
        source: &Path,
        part: &Path,
        found: &Status,
        stands: Option<&Status>,
    ) -> Result<Copied, (Fault, bool)> {
        let kept = |fault: Fault| (fault, false);
        let (went_on_from, mut digest) = self.begin(source, part, found).await.map_err(kept)?;
        self.from.seek(went_on_from);
        self.progress.done_bytes += went_on_from;
        self.stage(Stage::Moving);
        let mut moved = went_on_from;
        loop {
            let bytes = self.from.next().await.map_err(kept)?;
            if bytes.is_empty() {
                break;
            }
            digest.update(&bytes);
            moved += bytes.len() as u64;
            let count = bytes.len() as u64;
            // A full disk is left as it was found.
            self.to.push(bytes).await.map_err(unless_full)?;
            self.progress.done_bytes += count;
            self.tell();
            if moved > found.size {
                break;
            }
        }
        let now = self.from.close().await.map_err(kept)?;
        if moved != found.size || !now.is_as(found) {
            return Err((changed(&self.from.tell(source)), true));
        }
        let finish = Finish {
            mode: stands.map_or(found.mode & 0o777, |stands| stands.mode),
            written_s: found.written_s,
            owner: stands.map(|stands| stands.owner),
        };
        self.to.finish(finish).await.map_err(|fault| match fault.kind {
            FaultKind::Denied => {
                let message = format!("{}: owner and permissions could not be kept", self.to.tell(part));
                (
                    Fault::new(FaultKind::Denied, message)
                        .hint("it belongs to somebody else; nothing was changed"),
                    true,
                )
            }
            _ => unless_full(fault),
        })?;
        self.stage(Stage::Checking);
        let unchecked = self.check(source, part, found.size, &hex(digest)).await?;
        Ok(Copied { same: false, went_on_from, unchecked })
    }

    /// Opens the part: an earlier one behind what it has of this source, else a new one.
    async fn begin(
        &mut self,
        source: &Path,
        part: &Path,
        found: &Status,
    ) -> Result<(u64, ring::digest::Context), Fault> {
        let stands = self.to.status(part).await?;
        let plain = stands.filter(|stands| stands.kind == FileKind::File);
        if let Some(keep) = goes_on_from(plain.map(|stands| stands.size), found.size) {
            self.stage(Stage::Comparing);
            let ours = self.from.digest(source, keep, false).await?;
            let theirs = self.to.digest(part, keep, true).await?;
            let agree = ours.hex().is_some_and(|hex| theirs.hex() == Some(hex));
            // One of them was read here, and can be counted on.
            if let (true, Digest::Read(context), _) | (true, _, Digest::Read(context)) = (agree, ours, theirs)
            {
                self.to.begin(part, Some(keep)).await?;
                return Ok((keep, context));
            }
        }
        if stands.is_some() {
            self.to.remove(part).await?;
        }
        self.to.begin(part, None).await?;
        Ok((0, Digest::begin()))
    }

    /// Compares what went by here with what the server says that it has. Why it could not be compared, if so.
    async fn check(
        &mut self,
        source: &Path,
        part: &Path,
        bytes: u64,
        digest: &str,
    ) -> Result<Option<String>, (Fault, bool)> {
        let kept = |fault: Fault| (fault, false);
        let (told, place) = if self.to.is_far() {
            (self.to.digest(part, bytes, false).await.map_err(kept)?, self.to.tell(part))
        } else {
            (self.from.digest(source, bytes, false).await.map_err(kept)?, self.from.tell(source))
        };
        match told {
            Digest::Unknown(why) => Ok(Some(why)),
            told if told.hex().as_deref() == Some(digest) => Ok(None),
            _ => {
                let message = format!("{place} is not what was copied: its checksum is another one");
                let hint = "it was written meanwhile, or a disk is at fault; copy it again";
                Err((Fault::new(FaultKind::Conflict, message).hint(hint), true))
            }
        }
    }
}

fn changed(place: &str) -> Fault {
    let message = format!("{place} was changed while it was copied");
    Fault::new(FaultKind::Conflict, message).hint("copy it again when nobody writes to it")
}

/// Where it is written until it is whole.
pub fn part_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default();
    path.with_file_name(OsStr::from_bytes(&part_name(name.as_bytes())))
}

/// What came stays, to go on with; a full disk is left as it was found.
fn unless_full(fault: Fault) -> (Fault, bool) {
    let full = fault.kind == FaultKind::Full;
    (fault, full)
}
