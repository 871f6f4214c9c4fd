//! Which keys are offered, and in which order: the one that worked, those that the configuration names, then
//! whatever else the agent holds.

use std::fs;
use std::path::{Path, PathBuf};

use russh::keys::agent::AgentIdentity;
use russh::keys::{Certificate, PrivateKey, PublicKey, decode_secret_key};

use super::super::config::HostConfig;
use super::super::known_hosts::fingerprint;

/// Who can sign with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holder {
    Agent,
    File(PathBuf),
}

/// A key that can be offered.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub key: PublicKey,
    pub certificate: Option<Certificate>,
    pub holder: Holder,
    /// For people: the file, or what the agent calls it.
    pub name: String,
}

impl Candidate {
    fn is_same(&self, other: &Self) -> bool {
        self.key.key_data() == other.key.key_data() && self.certificate == other.certificate
    }
}

/// All keys there are, the likeliest first. Reads files: not for the loop.
pub(super) fn candidates(
    config: &HostConfig,
    agent: &[AgentIdentity],
    worked: Option<&str>,
) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = Vec::new();
    let named: Vec<(PathBuf, PublicKey)> =
        config.identities.iter().filter_map(|file| Some((file.clone(), public(file)?))).collect();
    for (file, key) in &named {
        let held = agent.iter().any(|held| held.public_key().key_data() == key.key_data());
        let holder = if held { Holder::Agent } else { Holder::File(file.clone()) };
        let beside = format!("{}-cert.pub", file.display());
        let certificates = config.certificates.iter().cloned().chain([PathBuf::from(beside)]);
        let fitting =
            certificates.filter_map(|file| certificate(&file)).filter(|c| c.public_key() == key.key_data());
        // A key's certificates come before the key alone.
        let offers = fitting.map(Some).chain([None]);
        let candidate = |certificate| Candidate {
            key: key.clone(),
            certificate,
            holder: holder.clone(),
            name: file.display().to_string(),
        };
        all.extend(offers.map(candidate));
    }
    let is_named = |key: &PublicKey| named.iter().any(|(_, known)| known.key_data() == key.key_data());
    for held in agent {
        let key = held.public_key().into_owned();
        if config.identities_only && !is_named(&key) {
            continue;
        }
        let (certificate, comment) = match held {
            AgentIdentity::PublicKey { comment, .. } => (None, comment),
            AgentIdentity::Certificate { certificate, comment } => (Some(certificate.clone()), comment),
        };
        let name = format!("{comment} (agent)");
        all.push(Candidate { key, certificate, holder: Holder::Agent, name });
    }
    let mut unique: Vec<Candidate> = Vec::new();
    for candidate in all {
        // A key in a file without its private half, and in no agent, cannot sign.
        let usable = match &candidate.holder {
            Holder::Agent => true,
            Holder::File(file) => file.is_file(),
        };
        if usable && !unique.iter().any(|known| known.is_same(&candidate)) {
            unique.push(candidate);
        }
    }
    // Stable: among equals the order stays.
    unique.sort_by_key(|candidate| worked != Some(fingerprint(&candidate.key).as_str()));
    unique
}

/// The public half of a key, without its passphrase where the format allows.
fn public(file: &Path) -> Option<PublicKey> {
    if let Ok(text) = fs::read_to_string(file) {
        let open = PrivateKey::from_openssh(&text).ok().or_else(|| decode_secret_key(&text, None).ok());
        if let Some(key) = open {
            return Some(key.public_key().clone());
        }
    }
    let beside = PathBuf::from(format!("{}.pub", file.display()));
    // With an agent, the public half alone may be named.
    [beside.as_path(), file].into_iter().find_map(|path| russh::keys::load_public_key(path).ok())
}

fn certificate(file: &Path) -> Option<Certificate> {
    Certificate::from_openssh(fs::read_to_string(file).ok()?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use russh::keys::ssh_key::LineEnding;
    use russh::keys::ssh_key::private::Ed25519Keypair;

    use super::*;
    use crate::backends::ssh::Surroundings;
    use crate::backends::ssh::config::Resolver;
    use crate::domain::ssh_target::SshTarget;

    fn secret(seed: u8) -> PrivateKey {
        Ed25519Keypair::from_seed(&[seed; 32]).into()
    }

    fn held(seed: u8) -> AgentIdentity {
        AgentIdentity::PublicKey { key: secret(seed).public_key().clone(), comment: format!("k{seed}") }
    }

    async fn config(dir: &Path, text: &str) -> HostConfig {
        let file = dir.join("config");
        fs::write(&file, text).unwrap();
        let around = Surroundings { home: Some(dir.into()), config: Some(file), ..Surroundings::default() };
        (*Resolver::new(around.into()).resolve(&SshTarget::alias("h")).await.unwrap()).clone()
    }

    fn names(candidates: &[Candidate]) -> Vec<&str> {
        let short = |c: &'_ Candidate| c.name.rfind('/').map_or(0, |at| at + 1);
        candidates.iter().map(|c| &c.name[short(c)..]).collect()
    }

    #[tokio::test]
    async fn the_one_that_worked_then_those_named_then_the_agents() {
        let dir = tempfile::tempdir().unwrap();
        for seed in [1, 2] {
            let pem = secret(seed).to_openssh(LineEnding::LF).unwrap();
            fs::write(dir.path().join(format!("id{seed}")), pem.as_bytes()).unwrap();
        }
        // Only the public half of the third is here; the agent has the rest.
        fs::write(dir.path().join("id3.pub"), secret(3).public_key().to_openssh().unwrap()).unwrap();
        let text = "IdentityFile ~/id1\nIdentityFile ~/id2\nIdentityFile ~/id3.pub\nIdentityFile ~/none\n";
        let agent = [held(2), held(3), held(4)];
        let plain = config(dir.path(), text).await;
        let all = candidates(&plain, &agent, None);
        assert_eq!(names(&all), ["id1", "id2", "id3.pub", "k4 (agent)"]);
        assert_eq!(all[1].holder, Holder::Agent, "the agent needs no passphrase");
        let worked = fingerprint(secret(4).public_key());
        assert_eq!(names(&candidates(&plain, &agent, Some(&worked)))[0], "k4 (agent)");
        let only = config(dir.path(), &format!("IdentitiesOnly yes\n{text}")).await;
        assert_eq!(names(&candidates(&only, &agent, None)), ["id1", "id2", "id3.pub"]);
    }
}
