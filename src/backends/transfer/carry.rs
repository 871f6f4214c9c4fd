//! A whole copy: what goes, whether there is room, one file after the other; and again after a cut.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Far;
use super::file::{Copied, Copying, Over};
use super::here::Here;
use super::side::Side;
use super::there::There;
use super::tree::{Tree, walk};
use crate::backends::{backoff, clock};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::mutation::Mutation;
use crate::domain::quantity;
use crate::domain::server::transfer::{Progress, Stage, Transfer, Way};
use crate::domain::server::{FileKind, FilePath};
use crate::gate::Authorized;

/// Cuts in a row between which nothing was moved.
const IN_VAIN: u32 = 6;

/// Copies what was authorized; what happened in a few words. After a cut it goes on by itself.
///
/// # Errors
/// Why it is not, or not all of it, where it should be. Nothing half stands under its own name.
pub async fn carry(
    far: &dyn Far,
    authorized: Authorized,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<String, Fault> {
    let Mutation::Transfer(transfer) = authorized.mutation() else {
        let why = format!("{}: this is no copy", authorized.mutation().summary());
        return Err(Fault::new(FaultKind::Bug, why));
    };
    let began = clock::instant();
    let mut state = State::default();
    let mut in_vain = 0;
    loop {
        let before = state.reached;
        let done = match transfer.way {
            Way::Up => attempt(Here::default(), There::new(far), transfer, &mut state, on_progress).await,
            Way::Down => attempt(There::new(far), Here::default(), transfer, &mut state, on_progress).await,
        };
        match done {
            Ok(done) => return done.sentence(began.elapsed()),
            Err(fault) if fault.kind.is_link() => {
                in_vain = if state.reached > before { 1 } else { in_vain + 1 };
                if in_vain > IN_VAIN {
                    return Err(fault);
                }
                on_progress(Progress { stage: Stage::Waiting, ..state.progress });
                tokio::time::sleep(backoff::jittered(in_vain)).await;
                far.back().await?;
            }
            Err(fault) => return Err(fault),
        }
    }
}

/// What outlives a cut.
#[derive(Default)]
struct State {
    /// The folder that is copied to was made by us.
    made: bool,
    reached: u64,
    progress: Progress,
}

/// What came of it.
#[derive(Default)]
struct Done {
    copied: Vec<Copied>,
    left_out: Vec<String>,
    troubles: Vec<Fault>,
    bytes: u64,
}

async fn attempt<F: Side, T: Side>(
    from: F,
    to: T,
    transfer: &Transfer,
    state: &mut State,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Done, Fault> {
    let path = |path: &FilePath| PathBuf::from(path.as_str());
    let (source, target) = match transfer.way {
        Way::Up => (path(&transfer.here), path(&transfer.there)),
        Way::Down => (path(&transfer.there), path(&transfer.here)),
    };
    let progress = Progress { stage: Stage::Counting, ..Progress::default() };
    let mut copying = Copying { from, to, progress, on_progress };
    copying.tell();
    let done = all(&mut copying, &source, &target, transfer, state).await;
    state.reached = state.reached.max(copying.progress.done_bytes);
    state.progress = copying.progress;
    done
}

async fn all<F: Side, T: Side>(
    copying: &mut Copying<'_, F, T>,
    source: &Path,
    target: &Path,
    transfer: &Transfer,
    state: &mut State,
) -> Result<Done, Fault> {
    let Some(found) = copying.from.status(source).await? else {
        let message = format!("{} is not there any more", copying.from.tell(source));
        return Err(Fault::new(FaultKind::Gone, message));
    };
    let (tree, over) = match found.kind {
        FileKind::File => {
            let tree = Tree { files: vec![(PathBuf::new(), found)], ..Tree::default() };
            (tree, transfer.replaces.map_or(Over::Nothing, Over::This))
        }
        FileKind::Folder => (walk(&mut copying.from, source).await?, Over::Files),
        FileKind::Link | FileKind::Other => {
            let message = format!("{} is no file and no folder", copying.from.tell(source));
            return Err(Fault::new(FaultKind::Unsupported, message).hint("copy what it leads to"));
        }
    };
    let is_folder = found.kind == FileKind::Folder;
    copying.progress.total_bytes = tree.bytes();
    copying.progress.total_files = tree.files.len();
    room(copying, &tree, target, is_folder).await?;
    let mut done = Done { left_out: tree.left_out, troubles: tree.troubles, ..Done::default() };
    if is_folder {
        let may_be_there = state.made || transfer.replaces.is_some_and(|stood| stood.is_folder);
        folder(copying, target, found.mode, may_be_there).await?;
        state.made = true;
    }
    for (below, status) in &tree.folders {
        match folder(copying, &target.join(below), status.mode, true).await {
            Err(fault) if fault.kind.is_link() => return Err(fault),
            // What goes into it will say the same.
            Err(fault) => done.troubles.push(fault),
            Ok(()) => {}
        }
    }
    for (below, status) in &tree.files {
        let at = copying.progress.done_bytes;
        let one = match is_folder {
            true => copying.file(&source.join(below), &target.join(below), over).await,
            false => copying.file(source, target, over).await,
        };
        match one {
            Ok(copied) => done.copied.push(copied),
            Err(fault) if fault.kind.is_link() || !is_folder => return Err(fault),
            // The next one would say the same.
            Err(fault) if fault.kind == FaultKind::Full => return Err(fault),
            Err(fault) => done.troubles.push(fault),
        }
        copying.progress.done_bytes = at + status.size;
        copying.progress.done_files += 1;
        copying.tell();
    }
    done.bytes = copying.progress.total_bytes;
    Ok(done)
}

async fn folder<F: Side, T: Side>(
    copying: &mut Copying<'_, F, T>,
    path: &Path,
    mode: u32,
    may_be_there: bool,
) -> Result<(), Fault> {
    match copying.to.status(path).await? {
        // What goes into it has to be written by us.
        None => copying.to.make_folder(path, mode & 0o777 | 0o700).await,
        Some(there) if there.kind == FileKind::Folder && may_be_there => Ok(()),
        Some(_) => {
            let message = format!("{} is there by now; nothing was replaced", copying.to.tell(path));
            Err(Fault::new(FaultKind::Conflict, message).hint("look at the folder again, then copy it again"))
        }
    }
}

/// Looks whether there is room before anything is written.
async fn room<F: Side, T: Side>(
    copying: &mut Copying<'_, F, T>,
    tree: &Tree,
    target: &Path,
    is_folder: bool,
) -> Result<(), Fault> {
    let folder = target.parent().unwrap_or(target);
    let Some(free) = copying.to.free(folder).await? else { return Ok(()) };
    let mut needed = 0;
    for (below, source) in &tree.files {
        let path = if is_folder { target.join(below) } else { target.to_owned() };
        // Asking for each of many takes longer than it is worth where there is plenty.
        let looks = tree.bytes() > free;
        let there = if looks { copying.to.status(&path).await? } else { None };
        needed += there.filter(|there| is_folder && there.is_as(source)).map_or(source.size, |_| 0);
        if looks {
            let part = copying.to.status(&super::file::part_of(&path)).await?;
            needed = needed.saturating_sub(part.map_or(0, |part| part.size.min(source.size)));
        }
    }
    if needed <= free {
        return Ok(());
    }
    let (place, free, needed) = (copying.to.tell(folder), quantity::bytes(free), quantity::bytes(needed));
    let message = format!("{place} has {free} left, and this takes {needed}");
    Err(Fault::new(FaultKind::Failed, message).hint("nothing was written; make room there first"))
}

impl Done {
    fn sentence(&self, took: Duration) -> Result<String, Fault> {
        let copied: Vec<&Copied> = self.copied.iter().filter(|one| !one.same).collect();
        let (count, same) = (copied.len(), self.copied.len() - copied.len());
        let mut parts = vec![match (count, self.copied.len()) {
            (1, 1) => format!("{} in {}", quantity::bytes(self.bytes), seconds(took)),
            _ => format!("{count} files, {} in all, in {}", quantity::bytes(self.bytes), seconds(took)),
        }];
        let unchecked = copied.iter().find_map(|one| one.unchecked.as_deref());
        match unchecked {
            Some(why) => parts.push(format!("not checked: {why}")),
            None if count > 0 => parts.push("checked".to_owned()),
            None => {}
        }
        let kept: u64 = copied.iter().map(|one| one.went_on_from).sum();
        if kept > 0 {
            parts.push(format!("went on from {}", quantity::bytes(kept)));
        }
        if same > 0 {
            parts.push(format!("{same} were there already"));
        }
        if let Some(first) = self.left_out.first() {
            parts.push(format!("{} left out that are no files: {first}", self.left_out.len()));
        }
        let Some(first) = self.troubles.first() else { return Ok(parts.join(", ")) };
        let message =
            format!("{} could not be copied: {}; {}", self.troubles.len(), first.message, parts.join(", "));
        let fault = Fault::new(first.kind, message);
        Err(match &first.hint {
            Some(hint) => fault.hint(hint.clone()),
            None => fault,
        })
    }
}

fn seconds(took: Duration) -> String {
    if took.as_secs() < 10 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        quantity::age(took.as_secs() as i64)
    }
}
