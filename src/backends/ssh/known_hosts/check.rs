//! Whether the key that a server shows is the one that is known.

use std::path::PathBuf;

use jiff::Timestamp;
use russh::keys::PublicKeyOrCertificate as Shown;
use russh::keys::{Algorithm, PublicKey};

use super::line::Marker;
use super::{Known, KnownHosts, Name, authority};
use crate::domain::question::KnownKey;

/// A server with more keys than this is not listened to.
const MOST: usize = 16;

/// What is known of a server and the key it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is the server's key.
    Match,
    /// Nothing is known of this server.
    Unknown,
    /// Only keys of other types are known.
    OtherType(Vec<KnownKey>),
    /// Another key of this type is known: the server was made anew, or it is not the server.
    Changed(Vec<KnownKey>),
    /// The key is named as one that must not be trusted.
    Revoked(KnownKey),
    /// It shows a certificate of a known authority that does not hold, and why.
    BadCertificate(String),
}

impl KnownHosts {
    /// Judges what a server shows.
    pub fn check(&self, name: &Name, shown: &Shown, now: Timestamp) -> Verdict {
        let key = shown.public_key();
        if let Some(revoked) = self.revoked(name, &key) {
            return Verdict::Revoked(revoked);
        }
        if let Shown::Certificate(certificate) = shown {
            let authorities = self.any_port(name, Marker::Authority);
            let signer = PublicKey::new(certificate.signature_key().clone(), "");
            if let Some(revoked) = self.revoked(name, &signer) {
                return Verdict::Revoked(revoked);
            }
            if authorities.iter().any(|a| a.entry.key.key_data() == signer.key_data()) {
                return match authority::holds(certificate, &name.host, now) {
                    Ok(()) => Verdict::Match,
                    Err(why) => Verdict::BadCertificate(why),
                };
            }
            // A certificate of somebody unknown is as good as the key in it.
        }
        let verdict = self.plain(name, &key);
        // Keys written down without a port count for every port, if they fit.
        let portless = Name { port: 22, ..name.clone() };
        if verdict != Verdict::Match && self.plain(&portless, &key) == Verdict::Match {
            Verdict::Match
        } else {
            verdict
        }
    }

    fn plain(&self, name: &Name, key: &PublicKey) -> Verdict {
        let known = self.of(name, Marker::Host);
        if known.iter().any(|k| k.entry.key.key_data() == key.key_data()) {
            return Verdict::Match;
        }
        let (same, other): (Vec<&Known>, Vec<&Known>) =
            known.into_iter().partition(|k| same_type(&k.entry.key.algorithm(), &key.algorithm()));
        let keys = |known: Vec<&Known>| known.into_iter().map(Known::key).collect::<Vec<_>>();
        match (same.is_empty(), other.is_empty()) {
            (true, true) => Verdict::Unknown,
            (true, false) => Verdict::OtherType(keys(other)),
            (false, _) => Verdict::Changed(keys(same)),
        }
    }

    fn of(&self, name: &Name, marker: Marker) -> Vec<&Known> {
        self.lines.iter().filter(|k| k.entry.marker == marker && k.entry.fits(name)).collect()
    }

    /// Also lines that name the host without its port.
    fn any_port(&self, name: &Name, marker: Marker) -> Vec<&Known> {
        let portless = Name { port: 22, ..name.clone() };
        let fits = |known: &&Known| known.entry.fits(name) || known.entry.fits(&portless);
        self.lines.iter().filter(|known| known.entry.marker == marker).filter(fits).collect()
    }

    /// Of the keys that a server says to have besides the one it has shown, those that may be written. None where
    /// that one does not stand in one of these files under this name: then nothing is kept of the server there.
    pub fn further(
        &self,
        name: &Name,
        shown: &PublicKey,
        said: &[PublicKey],
        own: &[PathBuf],
    ) -> Vec<PublicKey> {
        let known = self.of(name, Marker::Host);
        let is = |known: &Known, key: &PublicKey| known.entry.key.key_data() == key.key_data();
        let kept = known.iter().any(|k| own.contains(&k.file) && is(k, shown));
        if !kept || !said.iter().any(|key| key.key_data() == shown.key_data()) || said.len() > MOST {
            return Vec::new();
        }
        let is_new = |key: &&PublicKey| {
            !known.iter().any(|k| is(k, key)) && self.revoked(name, key).is_none() && !is_broken(key)
        };
        said.iter().filter(is_new).cloned().collect()
    }

    /// The line that revokes a key for this server.
    fn revoked(&self, name: &Name, key: &PublicKey) -> Option<KnownKey> {
        let lines = self.any_port(name, Marker::Revoked);
        lines.into_iter().find(|known| known.entry.key.key_data() == key.key_data()).map(Known::key)
    }

    /// The key types that are known for a server: those are asked for first, else a known server that has
    /// several keys would look like a new one.
    pub fn types(&self, name: &Name) -> Vec<Algorithm> {
        self.any_port(name, Marker::Host).into_iter().map(|known| known.entry.key.algorithm()).collect()
    }

    /// True when certificates of this server can be judged.
    pub fn has_authority(&self, name: &Name) -> bool {
        !self.any_port(name, Marker::Authority).is_empty()
    }
}

/// Keys that are not offered by themselves are not learnt by themselves.
fn is_broken(key: &PublicKey) -> bool {
    matches!(key.algorithm(), Algorithm::Dsa)
}

/// RSA is one type, whatever it signs with.
fn same_type(a: &Algorithm, b: &Algorithm) -> bool {
    a == b || matches!((a, b), (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }))
}
