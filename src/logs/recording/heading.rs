//! The beginning of a segment: whose lines it holds and which. With it the index can be made anew from the
//! segments alone.

/// What a segment says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// The recording's name.
    pub name: String,
    /// The number of the first line, counted from the recording's beginning.
    pub first_line: u64,
}

const MAGIC: &[u8; 8] = b"PuRec\x001\n";
/// Bytes of a name.
const MAX_NAME: usize = 4096;

impl Heading {
    /// As written; a name that is too long is cut.
    pub fn encode(&self) -> Vec<u8> {
        let name = self.name.get(..self.name.floor_char_boundary(MAX_NAME)).unwrap_or_default();
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&self.first_line.to_le_bytes());
        bytes.extend_from_slice(&u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes
    }

    /// The heading of a segment and how many bytes it takes; `None` when it is no segment.
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (first_line, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_le_bytes(*length));
        let name = std::str::from_utf8(rest.get(..length)?).ok().filter(|name| name.len() <= MAX_NAME)?;
        let heading = Self { name: name.to_owned(), first_line: u64::from_le_bytes(*first_line) };
        Some((heading, MAGIC.len() + 10 + length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_heading_is_read_as_written_or_not_at_all(name in ".{0,60}", first_line: u64, cut in 0_usize..200) {
            let heading = Heading { name, first_line };
            let mut bytes = heading.encode();
            let whole = bytes.len();
            bytes.extend_from_slice(b"behind");
            prop_assert_eq!(Heading::decode(&bytes), Some((heading, whole)));
            prop_assert_eq!(Heading::decode(&bytes[..cut.min(whole - 1)]), None);
        }
    }

    #[test]
    fn an_endless_name_is_cut_between_characters() {
        let heading = Heading { name: "é".repeat(5000), first_line: 1 };
        let (read, _) = Heading::decode(&heading.encode()).unwrap();
        assert_eq!(read.name, "é".repeat(2048));
    }
}
