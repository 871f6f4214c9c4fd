//! What a connection has to ask a person before it can go on. Plain data: a dialog shows it, a run without a
//! screen refuses it. Every text is sanitised where the question is made.

use super::password::Password;

/// Identifies one question, in this session.
pub type QuestionId = u64;

/// A question of a connection. Whoever asks waits for the answer at most a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Nobody knows this server's key yet.
    HostKey(HostKey),
    /// A private key that the server would take is locked.
    Passphrase {
        /// The key's file.
        file: String,
        target: String,
        /// The last answer did not fit.
        again: bool,
    },
    /// The account's password.
    Password {
        /// `ops@web1`
        target: String,
        again: bool,
    },
    /// The password that sudo wants there.
    Sudo { target: String, again: bool },
    /// What the server itself wants to know, in its own words: a one-time code, a password.
    Interactive { target: String, title: String, text: String, prompts: Vec<Prompt> },
}

/// A server's key at the first contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey {
    /// As known_hosts names it: `web1`, `[web1]:2222`.
    pub host: String,
    /// As people call it, where that is something else: `deep`.
    pub alias: Option<String>,
    /// The servers that the way there leads through, the nearest first.
    pub via: Vec<String>,
    /// `ssh-ed25519`
    pub key_type: String,
    /// `SHA256:…`
    pub fingerprint: String,
    /// Keys of other types that are known for this server. Someone between could offer another type to
    /// look like a first contact.
    pub others: Vec<KnownKey>,
    /// Other names under which this very key is known.
    pub seen_as: Vec<String>,
}

impl HostKey {
    /// `deep (10.213.9.2)`
    pub fn called(&self) -> String {
        match &self.alias {
            Some(alias) => format!("{} ({})", crate::domain::sanitize::name(alias), self.host),
            None => self.host.clone(),
        }
    }
}

/// A key in a known_hosts file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub key_type: String,
    /// `SHA256:…`
    pub fingerprint: String,
}

/// One field of a server's own question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub text: String,
    /// False = what is typed is not shown.
    pub echo: bool,
}

/// What a person says. Trust in a server's key is none of these: it passes the gate, see
/// [`TrustHost`](super::trust::TrustHost).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// No; the safe default of every dialog.
    Refuse,
    /// To a question for one secret.
    Secret(Password),
    /// To the fields of [`Question::Interactive`], in their order.
    Fields(Vec<Password>),
}

impl Question {
    /// What is wanted, in one line, for a run that cannot ask.
    pub fn summary(&self) -> String {
        match self {
            Self::HostKey(key) => {
                format!("{} is new here: its {} key is {}", key.host, key.key_type, key.fingerprint)
            }
            Self::Passphrase { file, .. } => format!("the key {file} is locked by a passphrase"),
            Self::Password { target, .. } => format!("{target} wants a password"),
            Self::Sudo { target, .. } => format!("sudo at {target} wants a password"),
            Self::Interactive { target, prompts, .. } => {
                let prompts: Vec<&str> = prompts.iter().map(|p| p.text.as_str()).collect();
                format!("{target} asks: {}", prompts.join(", "))
            }
        }
    }
}
