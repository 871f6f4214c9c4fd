//! Copies files and folders between this machine and a server: over SFTP, whole or not at all under their own
//! names, and on from where an earlier copy stood.
//!
//! A copy goes from one `Side` to another one; neither knows the other, so both ways are one piece of
//! work. What leads to the server is handed in as [`Far`]. What is on its way is kept beside its place as
//! `.NAME.pult-part`; the next copy goes on with it when its bytes are the beginning of the source.

mod carry;
mod digest;
mod file;
mod here;
mod side;
mod there;
mod tree;

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::argv::Argv;
use super::server::Output;
use super::sftp::Sftp;
use crate::domain::fault::Fault;

pub use carry::carry;

/// A server, as far as copies need it.
pub trait Far: Send + Sync {
    /// For people.
    fn name(&self) -> String;

    /// A conversation of its own.
    ///
    /// # Errors
    /// Why there is none.
    fn sftp(&self) -> BoxFuture<'_, Result<Sftp, Fault>>;

    /// Runs a command to its end, with the account's own rights.
    ///
    /// # Errors
    /// It could not be run. One that fails is no error.
    fn run(&self, argv: Argv, deadline: Duration) -> BoxFuture<'_, Result<Output, Fault>>;

    /// Waits until a connection that was cut is up again.
    ///
    /// # Errors
    /// Why it does not come back by itself.
    fn back(&self) -> BoxFuture<'_, Result<(), Fault>>;
}
