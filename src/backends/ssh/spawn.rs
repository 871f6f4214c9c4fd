//! Where background work goes. Tasks are the runtime's affair: it names them, tells when one panics and ends
//! them together. A connection only says what is to run.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// Starts a named task.
#[derive(Clone)]
pub struct Spawn(Arc<dyn Fn(String, BoxFuture<'static, ()>) + Send + Sync>);

impl Spawn {
    pub fn new(start: impl Fn(String, BoxFuture<'static, ()>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(start))
    }

    pub(super) fn task(&self, name: impl Into<String>, work: impl Future<Output = ()> + Send + 'static) {
        (self.0)(name.into(), work.boxed());
    }
}

impl std::fmt::Debug for Spawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Spawn")
    }
}
