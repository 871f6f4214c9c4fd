//! One line of a known_hosts file: `[@marker] names key-type key [comment]`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use russh::keys::PublicKey;

use super::super::pattern;
use super::Name;

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// The key is that of the hosts named.
    Host,
    /// The key signs certificates of the hosts named.
    Authority,
    /// The key must not be used, for the hosts named.
    Revoked,
}

#[derive(Debug, Clone)]
enum Names {
    Patterns(Vec<String>),
    /// HMAC-SHA1 of the name, so that the file does not tell where one goes.
    Hashed {
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
}

/// A line that makes sense.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub marker: Marker,
    names: Names,
    pub key: PublicKey,
}

impl Entry {
    pub fn fits(&self, name: &Name) -> bool {
        let written = name.written();
        match &self.names {
            Names::Patterns(patterns) => pattern::list_fits(patterns.iter().map(String::as_str), &written),
            Names::Hashed { salt, hash } => {
                let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, salt);
                hmac::verify(&key, written.as_bytes(), hash).is_ok()
            }
        }
    }

    pub fn is_plain(&self) -> bool {
        self.marker == Marker::Host
    }

    /// Names that stand there without wildcards and in the clear.
    pub fn names(&self) -> Vec<String> {
        match &self.names {
            Names::Patterns(patterns) => {
                patterns.iter().filter(|p| !p.contains(['*', '?', '!'])).cloned().collect()
            }
            Names::Hashed { .. } => Vec::new(),
        }
    }
}

/// Reads a line. `None` for comments, and for what makes no sense.
pub(super) fn parse(line: &str) -> Option<Entry> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let mut words = line.split_whitespace();
    let mut names = words.next()?;
    let marker = match names {
        "@cert-authority" => Marker::Authority,
        "@revoked" => Marker::Revoked,
        marker if marker.starts_with('@') => return None,
        _ => Marker::Host,
    };
    if marker != Marker::Host {
        names = words.next()?;
    }
    let (key_type, key) = (words.next()?, words.next()?);
    let key = PublicKey::from_openssh(&format!("{key_type} {key}")).ok()?;
    Some(Entry { marker, names: read_names(names)?, key })
}

fn read_names(text: &str) -> Option<Names> {
    let Some(hashed) = text.strip_prefix('|') else {
        return Some(Names::Patterns(text.split(',').map(str::to_owned).collect()));
    };
    let (salt, hash) = hashed.strip_prefix("1|")?.split_once('|')?;
    Some(Names::Hashed { salt: STANDARD.decode(salt).ok()?, hash: STANDARD.decode(hash).ok()? })
}

/// A name as it stands in a file that hides names.
pub(super) fn hashed(name: &str, salt: &[u8; 20]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, salt);
    let hash = hmac::sign(&key, name.as_bytes());
    format!("|1|{}|{}", STANDARD.encode(salt), STANDARD.encode(hash.as_ref()))
}
