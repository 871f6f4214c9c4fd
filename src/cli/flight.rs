//! Where the commands find what the flight recorder has kept. They read it while a panel may be writing.

use std::io;

use super::{Failure, Session};
use crate::backends::recording::Library;
use crate::config::paths;
use crate::domain::fault::Fault;

/// # Errors
/// There is no state directory.
pub fn library(session: &Session) -> Result<Library, Failure> {
    let dir = paths::state_dir(&session.env).ok_or_else(|| {
        Failure::Usage("nothing is kept: neither PULT_STATE_DIR nor a home directory is set".to_owned())
    })?;
    Ok(Library::new(&dir))
}

/// What is kept cannot be read.
pub fn unreadable(fault: Fault) -> Failure {
    Failure::Io(io::Error::other(fault.in_full()))
}
