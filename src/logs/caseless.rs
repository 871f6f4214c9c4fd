//! A text found in whatever case, faster than by a regular expression: most of what is looked for in logs has a
//! number or a sign in it, which has no case. That part is found first, and what stands around it is compared.

use std::ops::Range;

use memchr::memmem;

/// With fewer bytes than this in a row that have no case there are too many places to compare.
const LEAST: usize = 3;

/// Such a text.
#[derive(Debug, Clone)]
pub struct Caseless {
    text: Box<str>,
    /// Finds the longest part without a case, which begins at this byte of the text.
    part: memmem::Finder<'static>,
    at: usize,
}

impl Caseless {
    /// `None` when the text has no part that is long enough, or letters other than ASCII's.
    pub fn new(text: &str) -> Option<Self> {
        let parts = text.split(|c: char| c.is_ascii_alphabetic());
        let part =
            parts.max_by_key(|part| part.len()).filter(|part| part.len() >= LEAST && text.is_ascii())?;
        let at = text.find(part)?;
        Some(Self { text: text.into(), part: memmem::Finder::new(part).into_owned(), at })
    }

    /// The first place from a byte on.
    pub fn find(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        // The part stands so much behind the place.
        let mut next = from + self.at;
        loop {
            let part = next + self.part.find(text.get(next..)?)?;
            let place = part - self.at..part - self.at + self.text.len();
            if text.get(place.clone())?.eq_ignore_ascii_case(self.text.as_bytes()) {
                return Some(place);
            }
            next = part + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_alone_are_not_its_matter() {
        for text in ["customer", "a=1", "größe 1234", ""] {
            assert!(Caseless::new(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_finds_what_a_regular_expression_finds(
            text in "[aB1]{0,2}[ 12]{3,4}[aB1]{0,2}",
            block in "[aAbB12 ]{0,60}",
            from in 0..10_usize,
        ) {
            let regex = regex::Regex::new(&format!("(?i){}", regex::escape(&text))).unwrap();
            let from = from.min(block.len());
            let want = regex.find_at(&block, from).map(|found| found.range());
            prop_assert_eq!(Caseless::new(&text).unwrap().find(block.as_bytes(), from), want);
        }
    }
}
