//! The audit file as those share it who write in it, opened when the first one does. Writing waits for the disk, and
//! for who writes at that moment.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::audit_file::AuditFile;
use super::session::Session;

/// The file, or why there is none: then nothing can be done that is to be written down.
type Opened = Result<AuditFile, String>;

struct Inner {
    open: Box<dyn Fn() -> Opened + Send + Sync>,
    file: OnceLock<Mutex<Opened>>,
}

/// The audit of a session. Clones share it.
#[derive(Clone)]
pub struct AuditBook(Arc<Inner>);

impl AuditBook {
    /// The one of a state directory.
    pub fn of(dir: Option<&Path>, session: Session) -> Self {
        let dir = dir.map(Path::to_owned);
        Self::opened_by(move || match &dir {
            Some(dir) => AuditFile::open(dir, session.clone()).map_err(|e| format!("{}: {e}", dir.display())),
            None => {
                Err("there is no state directory: neither PULT_STATE_DIR nor a home directory is set".into())
            }
        })
    }

    /// None, for this reason.
    pub fn none(why: &str) -> Self {
        let why = why.to_owned();
        Self::opened_by(move || Err(why.clone()))
    }

    fn opened_by(open: impl Fn() -> Opened + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { open: Box::new(open), file: OnceLock::new() }))
    }

    /// Opens it now.
    #[must_use]
    pub fn opened(self) -> Self {
        self.0.file();
        self
    }

    /// Uses the file. Waits: not for the loop.
    ///
    /// # Errors
    /// There is no audit, or the disk does not take it.
    pub fn write<T>(&self, act: impl FnOnce(&mut AuditFile) -> io::Result<T>) -> Result<T, String> {
        match &mut *self.0.file().lock().unwrap_or_else(PoisonError::into_inner) {
            Ok(file) => act(file).map_err(|e| e.to_string()),
            Err(why) => Err(why.clone()),
        }
    }

    /// The same away from the async threads.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn written<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut AuditFile) -> io::Result<T> + Send + 'static,
    ) -> Result<T, String> {
        let book = self.clone();
        let done = tokio::task::spawn_blocking(move || book.write(act)).await;
        done.unwrap_or_else(|_| Err("the audit task ended unexpectedly".to_owned()))
    }
}

impl Inner {
    fn file(&self) -> &Mutex<Opened> {
        self.file.get_or_init(|| Mutex::new((self.open)()))
    }
}
