//! What stands in the dialog: its title and the lines above the fields. What comes from servers was sanitised
//! where it came in, and is once more here: a dialog about trust must not be painted by whom it is about.

use crate::domain::question::{HostKey, KnownKey, Question};
use crate::domain::sanitize;
use crate::theme::Role;

/// Longest text of a server that is shown.
const MOST: usize = 400;

pub(super) fn clean(text: &str) -> String {
    sanitize::line(text, MOST).into_owned()
}

pub(super) fn title(question: &Question) -> String {
    clean(&match question {
        Question::HostKey(key) if key.others.is_empty() => format!("First contact with {}", key.called()),
        Question::HostKey(key) => format!("Another key of {}", key.called()),
        Question::Passphrase { .. } => "A locked key".to_owned(),
        Question::Password { target, .. } => format!("Password of {target}"),
        Question::Sudo { target, .. } => format!("Password of {target} for sudo"),
        Question::Interactive { target, .. } => format!("{target} asks"),
    })
}

/// The text in front of each field.
pub(super) fn labels(question: &Question) -> Vec<String> {
    match question {
        Question::HostKey(_) => Vec::new(),
        Question::Passphrase { .. } => vec!["passphrase".to_owned()],
        Question::Password { .. } | Question::Sudo { .. } => vec!["password".to_owned()],
        Question::Interactive { prompts, .. } => prompts.iter().map(|prompt| clean(&prompt.text)).collect(),
    }
}

/// The lines above the fields, before they are wrapped.
pub(super) fn story(question: &Question) -> Vec<(Role, String)> {
    let wrong = |again: bool, text: &str| again.then(|| (Role::Warn, text.to_owned()));
    match question {
        Question::HostKey(key) => host_key(key),
        Question::Passphrase { file, target, again } => {
            let text = format!("{} is locked; {} takes it.", clean(file), clean(target));
            [wrong(*again, "That was not its passphrase."), Some((Role::Text, text))]
                .into_iter()
                .flatten()
                .collect()
        }
        Question::Password { again, .. } => {
            let text = "It is kept in memory as long as this session lasts, and nowhere else.";
            let wrong = wrong(*again, "The server did not take that password.");
            [wrong, Some((Role::Muted, text.to_owned()))].into_iter().flatten().collect()
        }
        Question::Sudo { again, .. } => {
            let text = "It is kept in memory for 15 minutes, and nowhere else.";
            let wrong = wrong(*again, "sudo did not take that password.");
            [wrong, Some((Role::Muted, text.to_owned()))].into_iter().flatten().collect()
        }
        Question::Interactive { title, text, .. } => {
            let lines = std::iter::once(title.as_str()).chain(text.lines());
            lines.map(clean).filter(|line| !line.trim().is_empty()).map(|line| (Role::Text, line)).collect()
        }
    }
}

fn host_key(key: &HostKey) -> Vec<(Role, String)> {
    let mut out = vec![(Role::Text, "This key is new for this server. Is it the server's own?".to_owned())];
    if !key.via.is_empty() {
        out.push((Role::Muted, format!("reached through {}", clean(&key.via.join(", then ")))));
    }
    out.push((Role::Text, String::new()));
    out.push((Role::Accent, clean(&format!("{} {}", key.key_type, key.fingerprint))));
    out.push((Role::Text, String::new()));
    out.push((Role::Muted, "There, on a screen that you trust:".to_owned()));
    out.push((Role::Command, format!("ssh-keygen -lf /etc/ssh/ssh_host_{}_key.pub", short(&key.key_type))));
    if !key.others.is_empty() {
        out.push((Role::Text, String::new()));
        out.push((
            Role::Warn,
            "The server is known by another type; whoever stands between can show any:".into(),
        ));
        out.extend(key.others.iter().map(known));
    }
    if !key.seen_as.is_empty() {
        out.push((Role::Text, String::new()));
        out.push((Role::Text, format!("The same key is known as {}", clean(&key.seen_as.join(", ")))));
    }
    out
}

fn known(key: &KnownKey) -> (Role, String) {
    let KnownKey { file, line, key_type, fingerprint } = key;
    (Role::Text, clean(&format!("{key_type} {fingerprint} ({file}:{line})")))
}

/// `ed25519` of `ssh-ed25519`, as sshd's files are called.
fn short(key_type: &str) -> &'static str {
    match key_type {
        "ssh-ed25519" => "ed25519",
        "ssh-rsa" | "rsa-sha2-256" | "rsa-sha2-512" => "rsa",
        name if name.starts_with("ecdsa-") => "ecdsa",
        _ => "*",
    }
}
