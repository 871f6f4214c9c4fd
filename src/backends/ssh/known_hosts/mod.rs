//! Which servers' keys are known: OpenSSH's known_hosts files, read in full — hashed names, wildcards,
//! negation, ports, `@revoked`, `@cert-authority` — and written only when a person trusts a new key.
//!
//! Whoever stands between can offer any key of any type. So a revoked key is refused wherever else it is
//! known, a file that cannot be read is not taken for an empty one, and a first contact says which other
//! types are known. Nothing but the key itself is compared: comments do not count.

mod append;
mod authority;
mod check;
mod line;

use std::fs;
use std::path::{Path, PathBuf};

use russh::keys::{HashAlg, PublicKey};

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::question::KnownKey;

pub use append::append;
pub use check::Verdict;
use line::Entry;

/// How a server is called in these files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Lower case, without brackets.
    host: String,
    port: u16,
}

impl Name {
    pub fn new(host: &str, port: u16) -> Self {
        Self { host: host.to_lowercase(), port }
    }

    /// `web1`, or `[web1]:2222` with another port than SSH's own.
    pub fn written(&self) -> String {
        if self.port == 22 { self.host.clone() } else { format!("[{}]:{}", self.host, self.port) }
    }
}

/// A line of a file that names a key.
#[derive(Debug, Clone)]
struct Known {
    file: PathBuf,
    number: usize,
    entry: Entry,
}

impl Known {
    fn key(&self) -> KnownKey {
        KnownKey {
            file: self.file.display().to_string(),
            line: self.number,
            key_type: self.entry.key.algorithm().to_string(),
            fingerprint: fingerprint(&self.entry.key),
        }
    }
}

/// All keys that are known at a moment.
#[derive(Debug, Clone, Default)]
pub struct KnownHosts {
    lines: Vec<Known>,
}

impl KnownHosts {
    /// Reads files; those that do not exist hold nothing. Lines that make no sense are skipped, as OpenSSH does.
    ///
    /// # Errors
    /// A file that is there and cannot be read: who knows what it would have said.
    pub fn read(files: &[PathBuf]) -> Result<Self, Fault> {
        let mut lines = Vec::new();
        for file in files {
            match fs::read(file) {
                Ok(text) => lines.extend(parse(file, &String::from_utf8_lossy(&text))),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => {
                    let message =
                        format!("{} cannot be read ({e}), so no server's key can be checked", file.display());
                    return Err(Fault::new(FaultKind::Denied, message)
                        .hint(format!("make it readable: chmod u+r {}", file.display())));
                }
            }
        }
        Ok(Self { lines })
    }

    /// Other names under which a key is known, as far as they can be read.
    pub fn names_of(&self, key: &PublicKey) -> Vec<String> {
        let same =
            self.lines.iter().filter(|k| k.entry.is_plain() && k.entry.key.key_data() == key.key_data());
        let mut names: Vec<String> = same.flat_map(|known| known.entry.names()).collect();
        names.sort();
        names.dedup();
        names
    }
}

fn parse(file: &Path, text: &str) -> Vec<Known> {
    let lines = text.lines().enumerate();
    let one =
        |(i, text)| line::parse(text).map(|entry| Known { file: file.to_owned(), number: i + 1, entry });
    lines.filter_map(one).collect()
}

/// `SHA256:…`
pub fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

#[cfg(test)]
mod tests;
