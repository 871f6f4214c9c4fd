//! A server's key that a person takes for the right one. It changes this machine, not the server: whoever is
//! trusted wrongly reads every password that is sent there. So it passes the gate like a change elsewhere.

use super::ids::TargetId;
use super::question::{HostKey, QuestionId};
use super::shell_word::sh_quote;
use super::ssh_target::SshTarget;

/// How long a key is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// As long as this session lasts.
    Session,
    /// It is written to known_hosts.
    Written,
}

/// Trust in the key that one server shows, bound to the connection that waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustHost {
    /// The server, called as in known_hosts.
    pub target: TargetId,
    /// Whose answer this is.
    pub question: QuestionId,
    /// As known_hosts names it: `[web1]:2222`.
    pub host: String,
    /// `ssh-ed25519`
    pub key_type: String,
    /// `SHA256:…`
    pub fingerprint: String,
    pub keep: Keep,
}

impl TrustHost {
    pub fn new(question: QuestionId, key: &HostKey, keep: Keep) -> Self {
        Self {
            target: TargetId::server(&key.host),
            question,
            host: key.host.clone(),
            key_type: key.key_type.clone(),
            fingerprint: key.fingerprint.clone(),
            keep,
        }
    }

    /// True when this is about the key that a server shows.
    pub fn is_about(&self, host: &str, fingerprint: &str) -> bool {
        self.host == host && self.fingerprint == fingerprint
    }

    pub fn summary(&self) -> String {
        let how = match self.keep {
            Keep::Session => "for this session",
            Keep::Written => "and write it to known_hosts",
        };
        format!("trust the {} key {} of {} {how}", self.key_type, self.fingerprint, self.host)
    }

    /// OpenSSH's client asks the same question.
    pub fn equivalent(&self) -> String {
        let target = SshTarget::parse(&self.host).unwrap_or_else(|_| SshTarget::alias(&self.host));
        let option = match self.keep {
            Keep::Session => "-o UserKnownHostsFile=/dev/null ",
            Keep::Written => "",
        };
        let port = target.port.map(|port| format!("-p {port} ")).unwrap_or_default();
        format!("ssh {option}{port}{}", sh_quote(&target.host))
    }
}

/// A key that ssh_config lets in without a question. Nobody says yes to it, so the audit says what did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenKey {
    /// As known_hosts names the server: `[web1]:2222`.
    pub host: String,
    /// `ssh-ed25519`
    pub key_type: String,
    /// `SHA256:…`
    pub fingerprint: String,
    /// The setting that takes it.
    pub by: &'static str,
}

impl TakenKey {
    /// `StrictHostKeyChecking`: a server that nobody knew.
    pub const NEW: &'static str = "StrictHostKeyChecking=accept-new";
    /// `UpdateHostKeys`: a further key of a server that is known, which has proven to have it.
    pub const FURTHER: &'static str = "UpdateHostKeys=yes";

    pub fn summary(&self) -> String {
        let Self { host, key_type, fingerprint, by } = self;
        format!("take the {key_type} key {fingerprint} of {host} into known_hosts: {by}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(host: &str, keep: Keep) -> TrustHost {
        let key = HostKey {
            host: host.into(),
            alias: None,
            via: Vec::new(),
            key_type: "ssh-ed25519".into(),
            fingerprint: "SHA256:abc".into(),
            others: Vec::new(),
            seen_as: Vec::new(),
        };
        TrustHost::new(7, &key, keep)
    }

    #[test]
    fn the_audit_says_what_is_trusted_and_for_how_long() {
        let written = trust("[web1]:2222", Keep::Written);
        assert_eq!(
            written.summary(),
            "trust the ssh-ed25519 key SHA256:abc of [web1]:2222 and write it to known_hosts"
        );
        assert_eq!(written.equivalent(), "ssh -p 2222 web1");
        let once = trust("web1", Keep::Session);
        assert!(once.summary().ends_with("of web1 for this session"));
        assert_eq!(once.equivalent(), "ssh -o UserKnownHostsFile=/dev/null web1");
    }

    #[test]
    fn it_is_about_one_key_of_one_server() {
        let one = trust("web1", Keep::Written);
        assert!(one.is_about("web1", "SHA256:abc"));
        assert!(!one.is_about("web2", "SHA256:abc") && !one.is_about("web1", "SHA256:abd"));
    }
}
