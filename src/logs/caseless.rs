//! A text found in whatever case, faster than by a regular expression. Most of what is looked for in logs has a
//! number or a sign in it, which has no case: that part is found first, and what stands around it is compared.
//! Of a text of letters the log is made lower case piece by piece, and the pieces are searched.

use std::ops::Range;

use memchr::memmem;

/// With fewer bytes than this in a row that have no case there are too many places to compare.
const LEAST: usize = 3;
/// The first piece that is made lower case, for hits that are close together; and the others.
const NEAR: usize = 512;
const FAR: usize = 8 << 10;
/// A longer text would leave too little of a piece.
const LONGEST: usize = NEAR / 4;

/// Such a text.
#[derive(Debug, Clone)]
pub enum Caseless {
    /// Finds the longest part without a case, which begins at this byte of the text.
    Part { text: Box<str>, part: memmem::Finder<'static>, at: usize },
    /// Finds the text in lower case.
    Lower(memmem::Finder<'static>),
}

impl Caseless {
    /// `None` for letters other than ASCII's, and for a very long text.
    pub fn new(text: &str) -> Option<Self> {
        if !text.is_ascii() || text.is_empty() {
            return None;
        }
        let parts = text.split(|c: char| c.is_ascii_alphabetic());
        let part = parts.max_by_key(|part| part.len()).filter(|part| part.len() >= LEAST);
        if let Some(part) = part {
            let at = text.find(part)?;
            return Some(Self::Part { text: text.into(), part: memmem::Finder::new(part).into_owned(), at });
        }
        let lower = memmem::Finder::new(text.to_ascii_lowercase().as_str()).into_owned();
        (text.len() <= LONGEST).then_some(Self::Lower(lower))
    }

    /// The first place from a byte on.
    pub fn find(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        match self {
            Self::Part { text: wanted, part, at } => find_around(wanted, part, *at, text, from),
            Self::Lower(wanted) => {
                let near = find_lower::<NEAR>(wanted, text, from, from.saturating_add(NEAR));
                let length = wanted.needle().len();
                let seen = (from + NEAR).saturating_sub(length - 1);
                let begin = near.or_else(|| find_lower::<FAR>(wanted, text, seen, usize::MAX))?;
                Some(begin..begin + length)
            }
        }
    }
}

fn find_around(
    wanted: &str,
    part: &memmem::Finder,
    at: usize,
    text: &[u8],
    from: usize,
) -> Option<Range<usize>> {
    // The part stands so much behind the place.
    let mut next = from + at;
    loop {
        let found = next + part.find(text.get(next..)?)?;
        let place = found - at..found - at + wanted.len();
        if text.get(place.clone())?.eq_ignore_ascii_case(wanted.as_bytes()) {
            return Some(place);
        }
        next = found + 1;
    }
}

/// The first place between two bytes, in pieces of so many.
fn find_lower<const PIECE: usize>(
    wanted: &memmem::Finder,
    text: &[u8],
    from: usize,
    to: usize,
) -> Option<usize> {
    let text = text.get(..to.min(text.len()))?;
    let (mut lower, mut at) = ([0; PIECE], from);
    loop {
        let rest = text.get(at..).filter(|rest| rest.len() >= wanted.needle().len())?;
        let piece = rest.get(..PIECE).unwrap_or(rest);
        for (to, from) in lower.iter_mut().zip(piece) {
            *to = from.to_ascii_lowercase();
        }
        if let Some(found) = wanted.find(lower.get(..piece.len())?) {
            return Some(at + found);
        }
        // What begins at the end of a piece is found in the next one.
        at += piece.len() - (wanted.needle().len() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn other_letters_and_long_texts_are_not_its_matter() {
        for text in ["größe 1234", "", &"ab".repeat(200)] {
            assert!(Caseless::new(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_finds_what_a_regular_expression_finds(
            text in "[aB1]{0,2}[ 12]{3,4}[aB1]{0,2}|[aAbB1]{1,4}",
            block in "[aAbB12 ]{0,60}",
            far in 0..3 * FAR,
            from in 0..10_usize,
        ) {
            let block = format!("{}{block}", "-".repeat(if far % 2 == 0 { far } else { far % 600 }));
            let regex = regex::Regex::new(&format!("(?i){}", regex::escape(&text))).unwrap();
            let from = from.min(block.len());
            let want = regex.find_at(&block, from).map(|found| found.range());
            prop_assert_eq!(Caseless::new(&text).unwrap().find(block.as_bytes(), from), want);
        }
    }
}
