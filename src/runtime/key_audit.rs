//! The audit of keys that ssh_config takes unasked.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::audit_book::AuditBook;
use crate::backends::ssh::{Hears, Keeper};
use crate::domain::audit::Outcome;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::guard::Guard;
use crate::domain::ids::TargetId;
use crate::domain::shell_word::sh_quote;
use crate::domain::trust::TakenKey;
use crate::gate::{Entry, Ledger};

/// What the keys' entries go into.
struct KeyAudit(AuditBook);

/// Writes into this audit; a read-only session takes no key and has none.
pub fn keeper(read_only: bool, book: AuditBook) -> Option<Keeper> {
    (!read_only).then(|| Keeper(Arc::new(KeyAudit(book))))
}

fn unwritten(why: String) -> Fault {
    let message = format!("the server's key is not written: the audit line could not be ({why})");
    Fault::new(FaultKind::Denied, message)
}

impl Hears for KeyAudit {
    fn begin(&self, key: TakenKey) -> BoxFuture<'_, Result<u64, Fault>> {
        let entry = Entry {
            command: "host.trust",
            target: TargetId::server(&key.host).to_string(),
            summary: key.summary(),
            equivalent: format!("ssh -o {} {}", key.by, sh_quote(&key.host)),
            undo: None,
            object: key.fingerprint,
            guard: Guard::Free,
            verdict: "ssh_config",
        };
        let book = self.0.clone();
        async move { book.written(move |file| file.intent(&entry)).await.map_err(unwritten) }.boxed()
    }

    fn end(&self, entry: u64, outcome: Result<String, Fault>) -> BoxFuture<'_, ()> {
        let (outcome, detail) = match outcome {
            Ok(detail) => (Outcome::Done, detail),
            Err(fault) => (Outcome::Failed, fault.message),
        };
        let book = self.0.clone();
        async move {
            if let Err(why) =
                book.written(move |file| file.outcome(entry, outcome, None, Some(&detail))).await
            {
                tracing::error!("{}", unwritten(why));
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
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
        let book = AuditBook::of(Some(dir.path()), Session::current());
        let Keeper(audit) = keeper(false, book).unwrap();
        let entry = audit.begin(key()).await.unwrap();
        audit.end(entry, Ok("written to /h/.ssh/known_hosts".into())).await;
        let text = std::fs::read_to_string(dir.path().join("audit.jsonl")).unwrap();
        let wanted =
            ["\"outcome\":\"intent\"", "SHA256:abc", "ssh_config", "accept-new", "server:[web1]:2222"];
        let lines: Vec<&str> = text.lines().collect();
        assert!(wanted.iter().all(|w| lines[0].contains(w)), "{text}");
        assert!(lines[1].contains("\"outcome\":\"done\"") && lines[1].contains("known_hosts"), "{text}");
        let none = keeper(false, AuditBook::none("no disk")).unwrap();
        assert!(none.0.begin(key()).await.unwrap_err().message.contains("no disk"));
        assert!(keeper(true, AuditBook::none("")).is_none());
    }
}
