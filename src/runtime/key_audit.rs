//! The audit of keys that ssh_config takes unasked. It is opened when the first one comes.

use std::sync::{Arc, OnceLock, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::audit_file::AuditFile;
use super::commit::Book;
use crate::backends::ssh::{Hears, Keeper};
use crate::domain::audit::Outcome;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::guard::Guard;
use crate::domain::ids::TargetId;
use crate::domain::shell_word::sh_quote;
use crate::domain::trust::TakenKey;
use crate::gate::{Entry, Ledger};

/// What the keys' entries go into.
struct KeyAudit {
    open: Box<dyn Fn() -> Book + Send + Sync>,
    book: OnceLock<Book>,
}

/// Writes into this audit; a read-only session takes no key and has none.
pub fn keeper(read_only: bool, open: impl Fn() -> Book + Send + Sync + 'static) -> Option<Keeper> {
    let audit = KeyAudit { open: Box::new(open), book: OnceLock::new() };
    (!read_only).then(|| Keeper(Arc::new(audit)))
}

impl KeyAudit {
    async fn with<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut AuditFile) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let book = self.book.get_or_init(|| (self.open)()).clone();
        let done = tokio::task::spawn_blocking(move || {
            match &mut *book.lock().unwrap_or_else(PoisonError::into_inner) {
                Ok(file) => act(file).map_err(|e| e.to_string()),
                Err(why) => Err(why.clone()),
            }
        });
        let done = done.await.unwrap_or_else(|_| Err("the audit task ended unexpectedly".to_owned()));
        done.map_err(|why| {
            let message = format!("the server's key is not written: the audit line could not be ({why})");
            Fault::new(FaultKind::Denied, message)
        })
    }
}

impl Hears for KeyAudit {
    fn begin(&self, key: TakenKey) -> BoxFuture<'_, Result<u64, Fault>> {
        let entry = Entry {
            command: "host.trust",
            target: TargetId::server(&key.host).to_string(),
            summary: key.summary(),
            equivalent: format!("ssh -o {} {}", key.by, sh_quote(&key.host)),
            object: key.fingerprint,
            guard: Guard::Free,
            verdict: "ssh_config",
        };
        self.with(move |file| file.intent(&entry)).boxed()
    }

    fn end(&self, entry: u64, outcome: Result<String, Fault>) -> BoxFuture<'_, ()> {
        let (outcome, detail) = match outcome {
            Ok(detail) => (Outcome::Done, detail),
            Err(fault) => (Outcome::Failed, fault.message),
        };
        let written = self.with(move |file| file.outcome(entry, outcome, None, Some(&detail)));
        written
            .map(|written| {
                if let Err(fault) = written {
                    tracing::error!("{fault}");
                }
            })
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::runtime::session::Session;

    fn key() -> TakenKey {
        TakenKey {
            host: "[web1]:2222".into(),
            key_type: "ssh-ed25519".into(),
            fingerprint: "SHA256:abc".into(),
            by: TakenKey::NEW,
        }
    }

    #[tokio::test]
    async fn a_key_taken_unasked_is_two_lines_and_none_without_an_audit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().to_owned();
        let open = move || {
            Arc::new(Mutex::new(AuditFile::open(&path, Session::current()).map_err(|e| e.to_string())))
        };
        let Keeper(audit) = keeper(false, open).unwrap();
        let entry = audit.begin(key()).await.unwrap();
        audit.end(entry, Ok("written to /h/.ssh/known_hosts".into())).await;
        let text = std::fs::read_to_string(dir.path().join("audit.jsonl")).unwrap();
        let wanted =
            ["\"outcome\":\"intent\"", "SHA256:abc", "ssh_config", "accept-new", "server:[web1]:2222"];
        let lines: Vec<&str> = text.lines().collect();
        assert!(wanted.iter().all(|w| lines[0].contains(w)), "{text}");
        assert!(lines[1].contains("\"outcome\":\"done\"") && lines[1].contains("known_hosts"), "{text}");
        let none = keeper(false, || Arc::new(Mutex::new(Err("no disk".to_owned())))).unwrap();
        assert!(none.0.begin(key()).await.unwrap_err().message.contains("no disk"));
        assert!(keeper(true, || Arc::new(Mutex::new(Err(String::new())))).is_none());
    }
}
