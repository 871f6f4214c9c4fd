//! Which algorithms ssh_config wishes for: `KexAlgorithms`, `HostKeyAlgorithms`, `Ciphers` and `MACs`, with `+`,
//! `-` and `^`. What is not wished for stays as it is here: nothing becomes weaker by itself.

use std::borrow::Cow;

use russh::keys::Algorithm;
use russh::{Preferred, cipher, kex, mac};

use crate::backends::ssh::pattern;

/// The four kinds, as ssh_config calls them.
pub const KEYWORDS: [&str; 4] = ["kexalgorithms", "hostkeyalgorithms", "ciphers", "macs"];

/// A wish for algorithms of one kind. Names may hold wildcards.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wish {
    #[default]
    None,
    /// `+`: these as well, after all others.
    Also(Vec<String>),
    /// `^`: these before all others.
    First(Vec<String>),
    /// `-`: not these.
    Not(Vec<String>),
    /// These and no others.
    Only(Vec<String>),
}

impl Wish {
    /// As it is written in a file.
    pub fn parse(text: &str) -> Self {
        let names = |list: &str| {
            list.split(',').map(|name| name.trim().to_owned()).filter(|n| !n.is_empty()).collect()
        };
        match text.split_at_checked(1) {
            Some(("+", list)) => Self::Also(names(list)),
            Some(("^", list)) => Self::First(names(list)),
            Some(("-", list)) => Self::Not(names(list)),
            _ if text.is_empty() => Self::None,
            _ => Self::Only(names(text)),
        }
    }

    /// What must have been written to make one list of another: OpenSSH prints only what it comes to.
    pub fn between(usual: &str, printed: &str) -> Self {
        let list = |text: &str| -> Vec<String> { text.split(',').map(str::to_owned).collect() };
        let (usual, printed) = (list(usual), list(printed));
        if usual == printed {
            return Self::None;
        }
        if let Some(more) = printed.strip_prefix(usual.as_slice()) {
            return Self::Also(more.to_vec());
        }
        // Some of them gone and the rest in its order. A short list was written as such.
        let mut rest = usual.iter();
        if printed.len() * 2 > usual.len() && printed.iter().all(|name| rest.any(|one| one == name)) {
            return Self::Not(usual.into_iter().filter(|name| !printed.contains(name)).collect());
        }
        for count in 1..printed.len() {
            let (first, others) = printed.split_at(count);
            if usual.iter().filter(|name| !first.contains(name)).eq(others) {
                return Self::First(first.to_vec());
            }
        }
        Self::Only(printed)
    }

    /// What is offered: out of all that can be done, by a list of what is usual.
    fn offer<T: Clone + PartialEq>(&self, usual: &[T], can: &[T], name: impl Fn(&T) -> String) -> Vec<T> {
        let fit = |names: &[String]| -> Vec<T> {
            let mut found: Vec<T> = Vec::new();
            for wanted in names {
                found.extend(can.iter().filter(|one| pattern::fits(wanted, &name(one))).cloned());
            }
            found
        };
        let wished: Vec<T> = match self {
            Self::None => usual.to_vec(),
            Self::Also(names) => usual.iter().cloned().chain(fit(names)).collect(),
            Self::First(names) => fit(names).into_iter().chain(usual.iter().cloned()).collect(),
            Self::Not(names) => {
                let not = fit(names);
                usual.iter().filter(|one| !not.contains(one)).cloned().collect()
            }
            Self::Only(names) => fit(names),
        };
        let mut offered: Vec<T> = Vec::new();
        for one in wished {
            if !offered.contains(&one) {
                offered.push(one);
            }
        }
        offered
    }
}

/// All wishes for a server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Algorithms {
    pub kex: Wish,
    pub host_key: Wish,
    pub cipher: Wish,
    pub mac: Wish,
}

impl Algorithms {
    /// What is offered to a server.
    ///
    /// # Errors
    /// The keyword that leaves nothing that can be done here.
    pub fn preferred(&self) -> Result<Preferred, &'static str> {
        let usual = Preferred::default();
        let (markers, exchanges): (Vec<kex::Name>, Vec<kex::Name>) =
            usual.kex.iter().partition(|name| is_marker(name));
        let keys: Vec<Algorithm> = usual.key.iter().filter(|key| !is_broken(key)).cloned().collect();
        let mut kex = self.kex.offer(&exchanges, &exchanges_that_can_be(), |name| name.as_ref().to_owned());
        let key = self.host_key.offer(&keys, &usual.key, |key| key.as_str().to_owned());
        let cipher =
            self.cipher.offer(&usual.cipher, &ciphers_that_can_be(), |name| name.as_ref().to_owned());
        let mac = self.mac.offer(&usual.mac, &macs_that_can_be(), |name| name.as_ref().to_owned());
        let empty = [kex.is_empty(), key.is_empty(), cipher.is_empty(), mac.is_empty()];
        const WRITTEN: [&str; 4] = ["KexAlgorithms", "HostKeyAlgorithms", "Ciphers", "MACs"];
        if let Some((_, keyword)) = empty.into_iter().zip(WRITTEN).find(|(empty, _)| *empty) {
            return Err(keyword);
        }
        // They are no algorithms: they say what this side understands.
        kex.extend(markers);
        Ok(Preferred {
            kex: Cow::Owned(kex),
            key: Cow::Owned(key),
            cipher: Cow::Owned(cipher),
            mac: Cow::Owned(mac),
            compression: vec![russh::compression::NONE].into(),
            ..usual
        })
    }
}

/// The line of ssh_config that would allow one of what a server offers; `None` = none can be done here.
pub fn line_that_allows(kind: &russh::AlgorithmKind, theirs: &[String]) -> Option<String> {
    use russh::AlgorithmKind as K;
    let names = |all: Vec<String>| -> Vec<String> {
        theirs.iter().filter(|name| all.contains(name)).cloned().collect()
    };
    let (keyword, can) = match kind {
        K::Kex => ("KexAlgorithms", exchanges_that_can_be().iter().map(|n| n.as_ref().to_owned()).collect()),
        K::Key => {
            ("HostKeyAlgorithms", Preferred::default().key.iter().map(|k| k.as_str().to_owned()).collect())
        }
        K::Cipher => ("Ciphers", ciphers_that_can_be().iter().map(|n| n.as_ref().to_owned()).collect()),
        K::Mac => ("MACs", macs_that_can_be().iter().map(|n| n.as_ref().to_owned()).collect()),
        K::Compression => return None,
    };
    let names = names(can);
    (!names.is_empty()).then(|| format!("{keyword} +{}", names.join(",")))
}

/// RSA with SHA-1.
fn is_broken(key: &Algorithm) -> bool {
    matches!(key, Algorithm::Rsa { hash: None })
}

fn is_marker(name: &kex::Name) -> bool {
    let name: &str = name.as_ref();
    name.starts_with("ext-info-") || name.starts_with("kex-strict-")
}

fn exchanges_that_can_be() -> Vec<kex::Name> {
    kex::ALL_KEX_ALGORITHMS.iter().copied().copied().filter(|name| *name != kex::NONE).collect()
}

fn ciphers_that_can_be() -> Vec<cipher::Name> {
    let all = cipher::ALL_CIPHERS.iter().copied().copied();
    all.filter(|name| *name != cipher::NONE && *name != cipher::CLEAR).collect()
}

fn macs_that_can_be() -> Vec<mac::Name> {
    mac::ALL_MAC_ALGORITHMS.iter().copied().copied().filter(|name| *name != mac::NONE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(algorithms: &Algorithms) -> Vec<String> {
        let offered = algorithms.preferred().unwrap();
        offered.kex.iter().map(|name| name.as_ref().to_owned()).collect()
    }

    fn kex(text: &str) -> Algorithms {
        Algorithms { kex: Wish::parse(text), ..Algorithms::default() }
    }

    #[test]
    fn nothing_said_is_nothing_weak() {
        let offered = Algorithms::default().preferred().unwrap();
        let weak = |name: &str| ["sha1", "cbc", "group1-", "ssh-rsa"].iter().any(|word| name.contains(word));
        assert!(!names(&Algorithms::default()).iter().any(|name| weak(name)));
        assert!(!offered.cipher.iter().any(|name| weak(name.as_ref())));
        assert!(!offered.mac.iter().any(|name| weak(name.as_ref())));
        assert!(!offered.key.iter().any(is_broken));
    }

    #[test]
    fn more_fewer_first_and_only() {
        let usual = names(&Algorithms::default());
        let first = &usual[0];
        let more = names(&kex("+diffie-hellman-group1-sha1"));
        assert_eq!(more.len(), usual.len() + 1);
        assert!(more.iter().any(|n| n == "diffie-hellman-group1-sha1") && more[0] == *first);
        assert!(!names(&kex("-mlkem*,curve25519-*")).contains(first));
        assert_eq!(names(&kex("^diffie-hellman-group14-sha256"))[0], "diffie-hellman-group14-sha256");
        let only = names(&kex("ecdh-sha2-nistp256,unheard-of"));
        assert_eq!(only[0], "ecdh-sha2-nistp256");
        assert!(
            only[1..].iter().all(|n| n.starts_with("ext-info") || n.starts_with("kex-strict")),
            "{only:?}"
        );
        assert_eq!(kex("unheard-of").preferred().unwrap_err(), "KexAlgorithms");
    }

    #[test]
    fn what_was_written_is_seen_in_what_it_comes_to() {
        let usual = "a,b,c";
        for (printed, wish) in [
            ("a,b,c", Wish::None),
            ("a,b,c,x", Wish::parse("+x")),
            ("a,c", Wish::parse("-b")),
            ("x,c,a,b", Wish::parse("^x,c")),
            ("x,y", Wish::parse("x,y")),
            ("b", Wish::parse("b")),
        ] {
            assert_eq!(Wish::between(usual, printed), wish, "{printed}");
        }
    }

    #[test]
    fn the_line_names_what_can_be_done_here() {
        let theirs = ["diffie-hellman-group1-sha1".to_owned(), "rsa1024-sha1".to_owned()];
        let line = line_that_allows(&russh::AlgorithmKind::Kex, &theirs);
        assert_eq!(line.as_deref(), Some("KexAlgorithms +diffie-hellman-group1-sha1"));
        assert_eq!(line_that_allows(&russh::AlgorithmKind::Cipher, &["arcfour".to_owned()]), None);
    }
}
