//! Recordings on disk: bounded, compressed, indexed, private to the user. One process writes ([`Store`]), any
//! number read meanwhile ([`Library`], [`RecordingLog`]).
//!
//! ```text
//! recordings/lock                    held by the pult that writes
//! recordings/index.sqlite            what is where; can be made anew from what follows
//! recordings/SOURCE/NUMBER.segment   lines, see `logs::recording`
//! recordings/capsules/ID.json        crash capsules
//! ```

mod capsules;
mod index;
mod library;
mod repair;
mod search;
mod shelf;
mod source;
mod store;
#[cfg(test)]
mod tests;

pub use library::Library;
pub use source::RecordingLog;
pub use store::{End, Store};

use std::io;
use std::path::Path;

use crate::domain::fault::{Fault, FaultKind};

/// What to do about a full disk.
const MAKE_ROOM: &str = "make room; recording goes on by itself then";

/// What a file or folder did not let us do.
fn refused(path: &Path, e: &io::Error) -> Fault {
    let fault = |kind| Fault::new(kind, format!("{}: {e}", path.display()));
    match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => fault(FaultKind::Full).hint(MAKE_ROOM),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => fault(FaultKind::Denied),
        io::ErrorKind::NotFound => fault(FaultKind::Gone),
        _ => fault(FaultKind::Failed),
    }
}
