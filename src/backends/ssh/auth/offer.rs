//! Offers keys. A server says first whether it would take a key; only then is it signed with, so a passphrase
//! is asked for only where it leads in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::client::AuthResult;
use russh::keys::agent::AgentIdentity;
use russh::keys::signature::Signer as _;
use russh::keys::ssh_encoding::Encode;
use russh::keys::ssh_key::Signature;
use russh::keys::ssh_key::private::KeypairData;
use russh::keys::{Algorithm, HashAlg, PrivateKey, decode_secret_key};

use super::super::asker::Asker;
use super::super::cause::Cause;
use super::agent::Agent;
use super::keys::{Candidate, Holder, candidates};
use super::{ANSWERS, KEYS, Login, Outcome};
use crate::domain::password::Password;
use crate::domain::question::{Answer, Question};
use crate::domain::sanitize;

impl Login<'_> {
    pub(super) async fn keys(&mut self) -> Result<Outcome, Cause> {
        let agent = match &self.config.agent {
            Some(socket) => Agent::open(socket).await.map_err(|why| self.tried.push(why)).ok(),
            None => None,
        };
        let (mut client, identities) = match agent {
            Some(agent) => (Some(agent.client), agent.identities),
            None => (None, Vec::new()),
        };
        let (config, worked) = (self.config.clone(), self.memory.key());
        let found =
            tokio::task::spawn_blocking(move || candidates(&config, &identities, worked.as_deref())).await;
        let found = found.unwrap_or_default();
        let mut last = Outcome::No(vec![russh::MethodKind::PublicKey]);
        if found.is_empty() {
            self.tried.push("no key (there is none)".into());
            // The server takes other methods as before; ask it which.
            return self.ask_methods().await;
        }
        let all = found.len();
        for candidate in found.into_iter().take(KEYS) {
            let Some(hash) = self.hash(&candidate).await? else {
                self.tried
                    .push(format!("not {} (its server knows SHA-1 only)", sanitize::name(&candidate.name)));
                continue;
            };
            self.tried.push(format!("key {}", sanitize::name(&candidate.name)));
            let answer = match (&candidate.holder, &mut client) {
                (Holder::Agent, Some(client)) => match self.offer(&candidate, hash, client).await {
                    Ok(answer) => answer,
                    Err(why) => {
                        self.tried
                            .push(format!("the agent did not sign ({})", sanitize::name(&why.to_string())));
                        continue;
                    }
                },
                (Holder::Agent, None) => continue,
                (Holder::File(file), _) => {
                    let mut signer = FileSigner { file, asker: self.asker, target: self.target.clone() };
                    match self.offer(&candidate, hash, &mut signer).await {
                        Ok(answer) => answer,
                        Err(Unsigned(why)) => {
                            self.tried.push(why);
                            continue;
                        }
                    }
                }
            };
            let outcome = Outcome::from(answer);
            if matches!(outcome, Outcome::In | Outcome::Half(_)) {
                self.memory.keep_key(&candidate.key);
                return Ok(outcome);
            }
            let hung_up = matches!(&outcome, Outcome::No(left) if left.is_empty());
            last = outcome;
            if hung_up {
                break;
            }
        }
        if all > KEYS {
            self.tried.push(format!("not the other {} keys (each counts as a failed login)", all - KEYS));
        }
        Ok(last)
    }

    async fn ask_methods(&mut self) -> Result<Outcome, Cause> {
        let user = self.config.user.clone();
        self.handle.authenticate_none(user).await.map(Outcome::from).map_err(|e| Cause::of(&e))
    }

    /// The hash that the server takes with this key; the outer `None` = only one that is broken.
    async fn hash(&self, candidate: &Candidate) -> Result<Option<Option<HashAlg>>, Cause> {
        if !matches!(candidate.key.algorithm(), Algorithm::Rsa { .. }) {
            return Ok(Some(None));
        }
        let best = self.handle.best_supported_rsa_hash().await.map_err(|e| Cause::of(&e))?;
        Ok(match best {
            None => Some(Some(HashAlg::Sha512)),
            Some(None) => None,
            Some(some) => Some(some),
        })
    }

    async fn offer<S: russh::Signer>(
        &mut self,
        candidate: &Candidate,
        hash: Option<HashAlg>,
        signer: &mut S,
    ) -> Result<AuthResult, S::Error> {
        let user = self.config.user.clone();
        match &candidate.certificate {
            Some(certificate) => {
                self.handle.authenticate_certificate_with(user, certificate.clone(), hash, signer).await
            }
            None => self.handle.authenticate_publickey_with(user, candidate.key.clone(), hash, signer).await,
        }
    }
}

/// Signs with a key in a file; opens it only when a signature is wanted.
struct FileSigner<'s> {
    file: &'s Path,
    asker: &'s Asker,
    target: String,
}

/// Why there is no signature.
struct Unsigned(String);

impl From<russh::SendError> for Unsigned {
    fn from(_: russh::SendError) -> Self {
        Self("the server hung up".into())
    }
}

impl russh::Signer for FileSigner<'_> {
    type Error = Unsigned;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        hash: Option<HashAlg>,
        mut data: Vec<u8>,
    ) -> Result<Vec<u8>, Unsigned> {
        let key = self.open().await.map_err(Unsigned)?;
        let wrong = |e: String| Unsigned(format!("{} cannot sign: {e}", self.file.display()));
        let signature = sign(&key, hash, &data).map_err(|e| wrong(e.to_string()))?;
        let mut encoded = Vec::new();
        signature.encode(&mut encoded).map_err(|e| wrong(e.to_string()))?;
        encoded.encode(&mut data).map_err(|e| wrong(e.to_string()))?;
        Ok(data)
    }
}

fn sign(
    key: &PrivateKey,
    hash: Option<HashAlg>,
    data: &[u8],
) -> Result<Signature, russh::keys::signature::Error> {
    match key.key_data() {
        KeypairData::Rsa(rsa) => (rsa, hash).try_sign(data),
        _ => key.try_sign(data),
    }
}

impl FileSigner<'_> {
    async fn open(&self) -> Result<PrivateKey, String> {
        let mut passphrase = None;
        for turn in 0..=ANSWERS {
            match load(self.file.to_owned(), passphrase.take()).await {
                Ok(key) => return Ok(key),
                Err(russh::keys::Error::IO(e)) => {
                    return Err(format!("{} cannot be read: {e}", self.file.display()));
                }
                Err(_) if turn == ANSWERS => break,
                Err(_) => {
                    let file = self.file.display().to_string();
                    let question =
                        Question::Passphrase { file, target: self.target.clone(), again: turn > 0 };
                    match self.asker.ask(question).await.map_err(|fault| fault.in_full())? {
                        Answer::Secret(secret) => passphrase = Some(secret),
                        _ => break,
                    }
                }
            }
        }
        Err(format!("{} stays locked", self.file.display()))
    }
}

/// Unlocking takes a while on purpose.
async fn load(file: PathBuf, passphrase: Option<Password>) -> Result<PrivateKey, russh::keys::Error> {
    let work = move || {
        let text = zeroize::Zeroizing::new(std::fs::read_to_string(&file)?);
        let key = decode_secret_key(&text, passphrase.as_ref().map(Password::reveal))?;
        if key.is_encrypted() { Err(russh::keys::Error::KeyIsEncrypted) } else { Ok(Arc::new(key)) }
    };
    let loaded = tokio::task::spawn_blocking(work).await.unwrap_or(Err(russh::keys::Error::CouldNotReadKey));
    loaded.map(|key| (*key).clone())
}
