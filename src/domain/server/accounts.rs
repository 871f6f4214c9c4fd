//! Who may log in on a server, and who did. Texts are sanitised.

use jiff::Timestamp;
use serde::Serialize;

/// A key that opens an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AuthorizedKey {
    /// `SHA256:…`
    pub fingerprint: String,
    /// `ED25519`
    pub kind: String,
    pub bits: Option<u32>,
    pub comment: String,
}

/// An account. What was not told is `None` or empty; what takes root to read is `None` without it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Account {
    pub name: String,
    pub uid: u32,
    pub full_name: String,
    pub home: String,
    pub shell: String,
    /// Its shell lets somebody in.
    pub can_log_in: bool,
    pub groups: Vec<String>,
    /// `set`, `none`, `locked`, `expired`; a locked password does not keep a key out.
    pub password: Option<String>,
    /// Rules of sudoers that name it or one of its groups.
    pub sudo: Vec<String>,
    pub keys: Option<Vec<AuthorizedKey>>,
    /// When the file of its keys was changed.
    pub keys_changed_at: Option<Timestamp>,
    /// Where it is logged in now: `pts/0 from 10.0.0.9`
    pub sessions: Vec<String>,
    pub last_login_at: Option<Timestamp>,
    pub last_login_from: String,
    /// Attempts that failed, of those that the server still remembers.
    pub failed_logins: Option<u64>,
    pub last_failed_from: String,
}

impl Account {
    /// Who is there first, then who can come, then what services use.
    pub fn attention(&self) -> u8 {
        match () {
            () if !self.sessions.is_empty() => 3,
            () if self.can_log_in && (self.uid == 0 || self.has_keys() || self.has_password()) => 2,
            () if self.can_log_in => 1,
            () => 0,
        }
    }

    /// True when at least one is known.
    pub fn has_keys(&self) -> bool {
        self.keys.as_ref().is_some_and(|keys| !keys.is_empty())
    }

    pub fn has_password(&self) -> bool {
        self.password.as_deref() == Some("set")
    }

    /// In a word.
    pub fn state(&self) -> &str {
        match self.password.as_deref() {
            Some("expired") => "expired",
            _ if !self.can_log_in => "no shell",
            Some("empty") => "no password!",
            Some("locked" | "none") if !self.has_keys() => "locked",
            Some("locked" | "none") => "key only",
            Some(_) => "open",
            None => "",
        }
    }
}
