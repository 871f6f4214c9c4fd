//! SHA-256 of what is copied: of what went by here, and of what a side says that it has.

use std::fmt::Write;

use ring::digest::{Context, SHA256};

/// What one side knows of the first bytes of a file.
#[derive(Clone)]
pub enum Digest {
    /// They were read here; more can follow.
    Read(Context),
    /// The side has counted by itself: hexadecimal digits.
    Told(String),
    /// It cannot, and why.
    Unknown(String),
}

impl Digest {
    pub fn begin() -> Context {
        Context::new(&SHA256)
    }

    /// `None` where nothing is known.
    pub fn hex(&self) -> Option<String> {
        match self {
            Self::Read(context) => Some(hex(context.clone())),
            Self::Told(digest) => Some(digest.clone()),
            Self::Unknown(_) => None,
        }
    }
}

pub fn hex(context: Context) -> String {
    context.finish().as_ref().iter().fold(String::new(), |mut text, byte| {
        let _to_a_text = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_sha256sum_prints_it() {
        let mut context = Digest::begin();
        context.update(b"abc");
        let digest = Digest::Read(context);
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.hex().as_deref(), Some(abc));
        assert_eq!(Digest::Unknown("why".into()).hex(), None);
    }
}
