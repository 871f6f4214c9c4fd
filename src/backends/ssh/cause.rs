//! Why a connection could not be made, in the terms of those who have to mend it.

use std::time::Duration;

use super::config;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::question::KnownKey;
use crate::domain::sanitize;

/// The step that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The name leads nowhere.
    Dns(String),
    /// Nothing listens on the port.
    Refused,
    /// No answer in this time; `during` says to what.
    Timeout {
        during: &'static str,
        after: Duration,
    },
    /// The network, in its own words.
    Network(String),
    /// Whatever listens there does not speak SSH as it should.
    Protocol(String),
    /// Both sides have no algorithm in common.
    NoCommonAlgorithm {
        kind: String,
        theirs: Vec<String>,
        /// The line of ssh_config that would allow one of theirs.
        line: Option<String>,
    },
    /// The key of the server is not the known one.
    Changed {
        shown: String,
        key_type: String,
        known: Vec<KnownKey>,
    },
    Revoked {
        shown: String,
        known: KnownKey,
    },
    BadCertificate(String),
    /// Nobody knows the key, and nobody may be asked.
    Unknown {
        shown: String,
        key_type: String,
    },
    /// No method led in: what was tried, and which methods the server would still take.
    Auth {
        user: String,
        tried: Vec<String>,
        left: Vec<String>,
    },
    /// A fault of its own: a file, an answer, a server in between.
    Other(Fault),
}

impl Cause {
    /// True when trying again by itself would not help and could do harm: logins that fail get people banned.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Dns(_) | Self::Refused | Self::Timeout { .. } | Self::Network(_) | Self::Protocol(_) => {
                false
            }
            Self::Other(fault) => !fault.kind.is_link(),
            _ => true,
        }
    }

    /// In words, for a server called `name` at `place`.
    pub fn fault(&self, name: &str, place: &str) -> Fault {
        let fault = |kind, why: String, hint: String| Fault::new(kind, format!("{name}: {why}")).hint(hint);
        match self {
            Self::Dns(why) => fault(
                FaultKind::Unreachable,
                format!("the name in {place} is not known ({why})"),
                "check the host in the configuration, or the name server".into(),
            ),
            Self::Refused => fault(
                FaultKind::Unreachable,
                format!("nothing listens at {place}"),
                "is sshd running there, and on this port?".into(),
            ),
            Self::Timeout { during, after } => fault(
                FaultKind::Timeout,
                format!("no answer from {place} within {} s while {during}", after.as_secs()),
                "a firewall may drop the packets, or the host is down".into(),
            ),
            Self::Network(why) => fault(
                FaultKind::Unreachable,
                format!("{place} cannot be reached: {why}"),
                "pult connects again by itself; nothing else is repeated".into(),
            ),
            Self::Protocol(why) => fault(
                FaultKind::Protocol,
                format!("what answers at {place} does not speak SSH as expected: {why}"),
                format!("see what it says: ssh -v {name}"),
            ),
            Self::NoCommonAlgorithm { kind, theirs, line } => fault(
                FaultKind::Unsupported,
                format!("no common {kind} with {place}, which offers {}", list(theirs)),
                match line {
                    Some(line) => format!(
                        "update sshd there; if that cannot be, `{line}` under `Host {name}` in ~/.ssh/config allows it for \
                         this server only, weak as it is"
                    ),
                    None => "update sshd there; nothing of that is known here".into(),
                },
            ),
            Self::Changed { shown, key_type, known } => fault(
                FaultKind::Denied,
                format!(
                    "the {key_type} key of {place} has changed to {shown}; known is {}. Either the server was made \
                     anew, or somebody stands between",
                    known
                        .iter()
                        .map(|k| format!("{} ({})", k.fingerprint, at(k)))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
                known.first().map_or_else(String::new, |k| {
                    format!(
                        "if the change is right, delete line {} of {}, then connect again",
                        k.line, k.file
                    )
                }),
            ),
            Self::Revoked { shown, known } => fault(
                FaultKind::Denied,
                format!("the key of {place}, {shown}, is revoked by {}", at(known)),
                "do not connect; ask whoever revoked it".into(),
            ),
            Self::BadCertificate(why) => fault(
                FaultKind::Denied,
                format!("the certificate of {place} does not hold: {why}"),
                "ask whoever signs the servers' certificates".into(),
            ),
            Self::Unknown { shown, key_type } => fault(
                FaultKind::Denied,
                format!(
                    "{place} is new here (its {key_type} key is {shown}) and StrictHostKeyChecking is on"
                ),
                "add its key to known_hosts".into(),
            ),
            Self::Auth { user, tried, left } => fault(
                FaultKind::Denied,
                format!("{place} did not let {user} in; tried {}; it takes {}", list(tried), list(left)),
                auth_hint(user, left),
            ),
            Self::Other(fault) => fault.clone(),
        }
    }

    /// What the protocol library says.
    pub(super) fn of(error: &russh::Error) -> Self {
        use russh::Error as E;
        match error {
            E::IO(e) => Self::of_io(e),
            E::NoCommonAlgo { kind, theirs, .. } => Self::NoCommonAlgorithm {
                kind: kind_word(kind).to_owned(),
                line: config::line_that_allows(kind, theirs),
                theirs: theirs.iter().map(|name| sanitize::name(name)).collect(),
            },
            E::Disconnect | E::HUP | E::RecvError | E::SendError => Self::Network("it hung up".into()),
            E::ConnectionTimeout | E::KeepaliveTimeout | E::InactivityTimeout => {
                Self::Network("it fell silent".into())
            }
            other => Self::Protocol(sanitize::line(&other.to_string(), 200).into_owned()),
        }
    }

    pub(super) fn of_io(error: &std::io::Error) -> Self {
        use std::io::ErrorKind as K;
        match error.kind() {
            K::ConnectionRefused => Self::Refused,
            K::TimedOut => Self::Network("the connection timed out".into()),
            K::UnexpectedEof | K::ConnectionReset | K::BrokenPipe | K::ConnectionAborted => {
                Self::Network("it hung up".into())
            }
            _ => Self::Network(sanitize::line(&error.to_string(), 200).into_owned()),
        }
    }
}

fn kind_word(kind: &russh::AlgorithmKind) -> &'static str {
    use russh::AlgorithmKind as K;
    match kind {
        K::Kex => "key exchange",
        K::Key => "type of host key",
        K::Cipher => "cipher",
        K::Mac => "MAC",
        K::Compression => "compression",
    }
}

fn at(known: &KnownKey) -> String {
    format!("{}:{}", known.file, known.line)
}

fn list(words: &[String]) -> String {
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

fn auth_hint(user: &str, left: &[String]) -> String {
    if left.iter().any(|method| method == "publickey") {
        format!(
            "let a key of yours in there (ssh-copy-id), or say which: identity = \"…\"; is `{user}` right?"
        )
    } else {
        format!("is `{user}` the right user there?")
    }
}
