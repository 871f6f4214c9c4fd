//! Who hears of keys that are written because ssh_config says so, with nobody asked: the audit, before and after.
//! Without one nothing is written unasked.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::domain::fault::Fault;
use crate::domain::trust::TakenKey;

/// The audit, as a connection sees it.
pub trait Hears: Send + Sync {
    /// It is about to be written.
    ///
    /// # Errors
    /// It is not to be: there is no audit.
    fn begin(&self, key: TakenKey) -> BoxFuture<'_, Result<u64, Fault>>;

    /// What came of it.
    fn end(&self, entry: u64, outcome: Result<String, Fault>) -> BoxFuture<'_, ()>;
}

/// One for all connections of a session.
#[derive(Clone)]
pub struct Keeper(pub Arc<dyn Hears>);

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keeper")
    }
}
