//! Crash capsules as files: one JSON document each, so many and so large in all.

use std::collections::HashSet;
use std::io::Write;

use super::index::Index;
use super::shelf::{Shelf, append_to, make_dir, names, read, remove};
use super::{Library, refused};
use crate::domain::capsule::{Capsule, CapsuleInfo};
use crate::domain::fault::{Fault, FaultKind};

/// Capsules kept,
const MAX_CAPSULES: usize = 200;
/// and their bytes in all.
const MAX_BYTES: u64 = 64 << 20;

/// Writes a capsule and drops the oldest ones beyond the bounds.
pub(super) fn put(shelf: &Shelf, index: &Index, capsule: &Capsule) -> Result<(), Fault> {
    let id = &capsule.info.id;
    if !Capsule::is_id(id) {
        return Err(Fault::new(FaultKind::Bug, format!("a capsule cannot be called {id:?}")));
    }
    let mut text =
        serde_json::to_vec_pretty(capsule).map_err(|e| Fault::new(FaultKind::Bug, e.to_string()))?;
    text.push(b'\n');
    let bytes = text.len() as u64;
    make_room(shelf, index, bytes)?;
    make_dir(&shelf.capsules())?;
    let (path, new) = (shelf.capsule(id), shelf.capsule(id).with_extension("new"));
    remove(&new)?;
    let written = append_to(&new)
        .and_then(|mut file| file.write_all(&text).map_err(|e| refused(&new, &e)))
        .and_then(|()| std::fs::rename(&new, &path).map_err(|e| refused(&path, &e)));
    written.inspect_err(|_| {
        // A full disk may have taken half of it.
        let _ = remove(&new);
    })?;
    index.put_capsule(&capsule.info, bytes)
}

fn make_room(shelf: &Shelf, index: &Index, bytes: u64) -> Result<(), Fault> {
    let (mut kept, mut sum) = (0, bytes);
    for (info, bytes) in index.capsules()? {
        kept += 1;
        sum += bytes;
        if kept >= MAX_CAPSULES || sum > MAX_BYTES {
            remove(&shelf.capsule(&info.id))?;
            index.drop_capsule(&info.id)?;
        }
    }
    Ok(())
}

/// Makes index and files agree.
pub(super) fn mend(shelf: &Shelf, index: &Index) -> Result<(), Fault> {
    let names = names(&shelf.capsules())?;
    let mut there: HashSet<&str> =
        names.iter().filter_map(|n| n.strip_suffix(".json")).filter(|id| Capsule::is_id(id)).collect();
    for (info, _) in index.capsules()? {
        if !there.remove(info.id.as_str()) {
            index.drop_capsule(&info.id)?;
        }
    }
    for id in there {
        match of(shelf, id) {
            Ok((capsule, bytes)) if capsule.info.id == id => index.put_capsule(&capsule.info, bytes)?,
            Ok(_) => tracing::warn!("capsule {id} calls itself otherwise; it is left alone"),
            Err(fault) => tracing::warn!("{fault}; it is left alone"),
        }
    }
    for half in names.iter().filter(|name| name.ends_with(".new")) {
        remove(&shelf.capsules().join(half))?;
    }
    make_room(shelf, index, 0)
}

fn of(shelf: &Shelf, id: &str) -> Result<(Capsule, u64), Fault> {
    let gone = || Fault::new(FaultKind::Gone, format!("there is no capsule {id}"));
    if !Capsule::is_id(id) {
        return Err(gone());
    }
    let bytes = read(&shelf.capsule(id))?.ok_or_else(gone)?;
    let capsule = serde_json::from_slice(&bytes)
        .map_err(|e| Fault::new(FaultKind::Protocol, format!("capsule {id} is damaged: {e}")))?;
    Ok((capsule, bytes.len() as u64))
}

impl Library {
    /// All capsules, the newest first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn capsules(&self) -> Result<Vec<CapsuleInfo>, Fault> {
        let Some(index) = Index::open_to_read(&self.shelf.index())? else { return Ok(Vec::new()) };
        Ok(index.capsules()?.into_iter().map(|(info, _)| info).collect())
    }

    /// A capsule by its name.
    ///
    /// # Errors
    /// `Gone` when there is none; `Protocol` when it is damaged.
    pub fn capsule(&self, id: &str) -> Result<Capsule, Fault> {
        of(&self.shelf, id).map(|(capsule, _)| capsule)
    }
}
