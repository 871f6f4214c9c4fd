//! A log and its rotated siblings as one: places in it, and the way from one file to the next.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::disk::{Origin, Status};
use super::open::{self, Identity, Opened};
use super::rotated;
use crate::backends::line_index;
use crate::domain::fault::{Fault, FaultKind};

/// A place in a log: it stays right when the file is renamed or compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: Arc<Identity>,
    /// In bytes of its text.
    pub offset: u64,
}

impl line_index::Place for Place {
    fn goes_on_to(&self, other: &Self) -> bool {
        self.file == other.file && self.offset <= other.offset
    }
}

/// A log as it is now: the file itself and its rotated siblings, the newest first.
pub(super) struct Chain {
    origin: Origin,
    paths: Vec<PathBuf>,
    stop: CancellationToken,
}

impl Chain {
    pub fn of(origin: &Origin, stop: &CancellationToken) -> Self {
        let siblings = rotated::siblings(origin).into_iter().map(|sibling| sibling.path);
        let paths = std::iter::once(origin.path.clone()).chain(siblings).collect();
        Self { origin: origin.clone(), paths, stop: stop.clone() }
    }

    /// How many files there are, at least one.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    pub fn path(&self, index: usize) -> &Path {
        self.paths.get(index).map_or(Path::new(""), PathBuf::as_path)
    }

    /// # Errors
    /// As [`open::open`]; `Gone` also behind the last one.
    pub fn open(&self, index: usize) -> Result<Opened, Fault> {
        open::open(&self.origin.beside(self.path(index).to_owned()), &self.stop)
    }

    /// # Errors
    /// What the system says of it.
    pub fn status(&self, index: usize) -> io::Result<Status> {
        self.origin.disk.status(self.path(index))
    }

    /// Which one a file is now.
    ///
    /// # Errors
    /// `Gone` when it is none of them any more.
    pub fn find(&self, file: &Identity) -> Result<usize, Fault> {
        let is_it = |index: &usize| self.open(*index).is_ok_and(|found| found.identity.begins_like(file));
        let has_its_number = |index: &usize| self.status(*index).is_ok_and(|status| file.is_of(&status));
        // A file that was emptied has the number of the one that it was, so the number alone tells nothing.
        let by_number = (0..self.len()).filter(has_its_number).find(is_it);
        by_number.or_else(|| (0..self.len()).find(is_it)).ok_or_else(|| {
            // Unreachable, it is not gone.
            if let Err(e) = self.status(0)
                && let Some(fault) = open::link_fault(&e)
            {
                return fault.clone();
            }
            let message = format!("what was read of {} is not there any more", open::name(self.path(0)));
            Fault::new(FaultKind::Gone, message).hint("it was rotated away or cut; open the log again")
        })
    }
}
