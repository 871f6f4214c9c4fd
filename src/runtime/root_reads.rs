//! Files of servers that are read with the rights of root: each is a line of the audit, once a session, before
//! anything of it is shown. Blocks and pages of it are not.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::audit_book::AuditBook;
use crate::domain::audit::Outcome;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::guard::Guard;
use crate::domain::ids::TargetId;
use crate::domain::sanitize;
use crate::domain::shell_word::sh_quote;
use crate::gate::Entry;

struct Inner {
    book: AuditBook,
    told: Mutex<HashSet<(TargetId, PathBuf)>>,
}

/// What the audit hears of such files. Clones share it.
#[derive(Clone)]
pub struct RootReads(Arc<Inner>);

impl RootReads {
    pub fn into(book: AuditBook) -> Self {
        Self(Arc::new(Inner { book, told: Mutex::default() }))
    }

    /// Tells of one. Waits for the disk: not for the loop.
    ///
    /// # Errors
    /// The audit does not take it: then it is not to be read.
    pub fn tell(&self, server: &TargetId, path: &Path) -> io::Result<()> {
        let Inner { book, told } = &*self.0;
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (server.clone(), path.to_owned());
        if told.contains(&key) {
            return Ok(());
        }
        let text = path.display().to_string();
        let entry = Entry {
            command: "file.read",
            target: server.to_string(),
            summary: format!("read {} of {} as root", sanitize::name(&text), server.name),
            equivalent: format!("ssh {} sudo cat -- {}", sh_quote(&server.name), sh_quote(&text)),
            undo: None,
            object: sanitize::name(&text),
            guard: Guard::Free,
            verdict: "free",
        };
        book.write(|file| file.record(&entry, Outcome::Done, "opened")).map_err(|why| {
            let message = format!("not read as root: the audit line could not be written ({why})");
            io::Error::other(Fault::new(FaultKind::Denied, message))
        })?;
        told.insert(key);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::session::Session;

    #[test]
    fn each_file_is_one_line_and_none_is_read_without() {
        let dir = tempfile::tempdir().unwrap();
        let reads = RootReads::into(AuditBook::of(Some(dir.path()), Session::current()));
        let web1 = TargetId::server("web1");
        for path in ["/etc/shadow", "/etc/shadow", "/var/log/auth.log", "/etc/shadow"] {
            reads.tell(&web1, path.as_ref()).unwrap();
        }
        let text = std::fs::read_to_string(dir.path().join("audit.jsonl")).unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(
            text.contains("read /etc/shadow of web1 as root") && text.contains("\"file.read\""),
            "{text}"
        );
        let none = RootReads::into(AuditBook::none("no disk"));
        assert!(none.tell(&web1, "/etc/shadow".as_ref()).unwrap_err().to_string().contains("no disk"));
    }
}
