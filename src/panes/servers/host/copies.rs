//! What a copy from one side of the files to the other one would be: every chosen name, where it would go, and what
//! stands there.

use std::collections::{HashMap, HashSet};

use super::side::Side;
use crate::command::Subject;
use crate::domain::server::transfer::{Stood, Way};
use crate::domain::server::{FileEntry, FileKind, FilePath, Transfer};

/// # Errors
/// Why nothing of what is chosen can be copied.
pub fn copies(place: &Subject, way: Way, from: &Side, to: &Side) -> Result<Vec<Transfer>, String> {
    if place.client.is_empty() {
        return Err(format!("{} is this machine: copy in a shell", place.name));
    }
    let folder = to.folder.as_ref().filter(|_| to.table.at.is_some() && to.table.fault.is_none());
    let Some(folder) = folder else { return Err("the other side is not listed yet".to_owned()) };
    let chosen = from.chosen();
    let names: HashSet<&str> = chosen.iter().filter_map(|entry| name_of(entry)).collect();
    let there = to.table.data().iter().filter_map(|entry| Some((name_of(entry)?, entry)));
    let stands: HashMap<&str, &FileEntry> = there.filter(|(name, _)| names.contains(name)).collect();
    let (mut made, mut why) = (Vec::new(), None);
    for entry in chosen {
        match copy(place, way, entry, folder, &stands) {
            Ok(transfer) => made.push(transfer),
            Err(reason) => {
                why.get_or_insert(reason);
            }
        }
    }
    match (made.is_empty(), why) {
        (false, _) => Ok(made),
        (true, why) => Err(why.unwrap_or_else(|| "no file is selected".to_owned())),
    }
}

fn copy(
    place: &Subject,
    way: Way,
    entry: &FileEntry,
    folder: &FilePath,
    stands: &HashMap<&str, &FileEntry>,
) -> Result<Transfer, String> {
    let name = &entry.name;
    let Some(path) = &entry.path else {
        return Err(format!("the name of {name} is no UTF-8: copy the folder that it is in"));
    };
    let what =
        stood(entry).ok_or_else(|| format!("{name} is no file and no folder: copy what it leads to"))?;
    let to = folder.join(path.name());
    let replaces = match stands.get(path.name()).map(|entry| stood(entry)) {
        None => None,
        Some(Some(stood)) if stood.is_folder == what.is_folder => Some(stood),
        Some(_) => return Err(format!("{} is there and something else", to.shown())),
    };
    let (here, there) = match way {
        Way::Up => (path.clone(), to),
        Way::Down => (to, path.clone()),
    };
    Ok(Transfer {
        target: place.target.clone(),
        name: name.clone(),
        client: place.client.clone(),
        id: entry.id,
        way,
        here,
        there,
        what,
        replaces,
    })
}

/// `None` of what no text can name.
fn name_of(entry: &FileEntry) -> Option<&str> {
    entry.path.as_ref().map(FilePath::name)
}

/// `None` of what is not copied.
fn stood(entry: &FileEntry) -> Option<Stood> {
    let is_folder = match entry.kind {
        FileKind::File => false,
        FileKind::Folder => true,
        FileKind::Link | FileKind::Other => return None,
    };
    Some(Stood { is_folder, size_bytes: entry.size_bytes, written_at: entry.written_at })
}
