//! A text found in whatever case, as fast as one in its own case and faster than by a regular expression: two of
//! its bytes, the ones that logs have least of, are looked for at their distance, in a whole block of places at
//! once; what stands around them is compared only where both are met.

use std::cmp::Reverse;
use std::ops::Range;

/// So many places are looked at together; the compiler makes wide instructions of them.
const BLOCK: usize = 128;
/// Where both bytes are met somewhere in a block, its parts are looked at, and then the places of the part.
const PART: usize = 32;
/// The bit in which a small letter differs from its capital. Some signs differ by it too: what is met is compared.
const SMALL: u8 = 0x20;
/// What logs are full of, the most frequent first. Everything else is rare.
const FREQUENT: &[u8] = b" 0e1t2a\"o3ni:sr-5l.4/6d78c9,u=hmp_gfby{}wvk";

/// Such a text.
#[derive(Debug, Clone)]
pub struct Caseless {
    text: Box<[u8]>,
    /// Where in the text its two rarest bytes stand; the same place twice in a text of one byte.
    rare: [usize; 2],
}

impl Caseless {
    /// `None` when nothing is looked for, or when there are letters other than ASCII's in it.
    pub fn new(text: &str) -> Option<Self> {
        if !text.is_ascii() || text.is_empty() {
            return None;
        }
        let text: Box<[u8]> = text.to_ascii_lowercase().into_bytes().into();
        let frequency =
            |byte| FREQUENT.iter().position(|frequent| frequent == byte).unwrap_or(FREQUENT.len());
        let mut places: Vec<_> = text.iter().map(frequency).enumerate().collect();
        places.sort_by_key(|&(_, rank)| Reverse(rank));
        let (first, second) = (places.first()?.0, places.get(1).or(places.first())?.0);
        Some(Self { text, rare: [first, second] })
    }

    /// The first place from a byte on.
    pub fn find(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let rare = self.rare.map(|place| self.text[place] | SMALL);
        let mut at = from;
        while let Some(block) = self.rare_blocks(text, at) {
            if is_met(block, rare)
                && let Some(place) = places(block, rare).map(|i| at + i).find(|&at| self.stands_at(text, at))
            {
                return Some(place..place + self.text.len());
            }
            at += BLOCK;
        }
        let end = (text.len() + 1).saturating_sub(self.text.len());
        (at..end).find(|&at| self.stands_at(text, at)).map(|at| at..at + self.text.len())
    }

    /// What stands where the two rarest bytes would, for every place of a block.
    fn rare_blocks<'t>(&self, text: &'t [u8], at: usize) -> Option<[&'t [u8; BLOCK]; 2]> {
        let block = |behind: usize| text.get(at + behind..)?.first_chunk::<BLOCK>();
        let [first, second] = self.rare;
        Some([block(first)?, block(second)?])
    }

    fn stands_at(&self, text: &[u8], at: usize) -> bool {
        text.get(at..at + self.text.len()).is_some_and(|found| found.eq_ignore_ascii_case(&self.text))
    }
}

/// Whether both bytes stand at any place. It looks at all of them and leaves early nowhere, for the sake of the wide
/// instructions.
fn is_met<const SIZE: usize>([first, second]: [&[u8; SIZE]; 2], [one, other]: [u8; 2]) -> bool {
    let mut met = 0;
    for (first, second) in first.iter().zip(second) {
        met |= u8::from(first | SMALL == one) & u8::from(second | SMALL == other);
    }
    met != 0
}

/// The places of a block where both bytes stand.
fn places([first, second]: [&[u8; BLOCK]; 2], rare: [u8; 2]) -> impl Iterator<Item = usize> {
    let (first, second) = (first.as_chunks::<PART>().0, second.as_chunks::<PART>().0);
    let parts = first
        .iter()
        .zip(second)
        .enumerate()
        .filter(move |(_, (first, second))| is_met([first, second], rare));
    parts.flat_map(move |(part, (first, second))| {
        let stands = move |i: &usize| first[*i] | SMALL == rare[0] && second[*i] | SMALL == rare[1];
        (0..PART).filter(stands).map(move |i| part * PART + i)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_of_other_alphabets_are_not_its_matter() {
        for text in ["größe 1234", ""] {
            assert!(Caseless::new(text).is_none(), "{text}");
        }
    }

    #[test]
    fn its_rarest_bytes_are_looked_for() {
        assert_eq!(Caseless::new("request").unwrap().rare[0], 2);
        assert_eq!(Caseless::new("jobs [7]").unwrap().rare[1], 5);
        assert_eq!(Caseless::new("x").unwrap().rare, [0, 0]);
    }

    #[test]
    fn signs_that_differ_as_letters_do_are_told_apart() {
        let sign = Caseless::new("[x]").unwrap();
        assert_eq!(sign.find(format!("{{x}} {} [X]", " ".repeat(60)).as_bytes(), 0), Some(65..68));
        assert_eq!(sign.find(b"{x}", 0), None);
    }

    proptest! {
        #[test]
        fn it_finds_what_a_regular_expression_finds(
            text in "[aB1 ]{1,6}",
            block in "[aAbB12 ]{0,200}",
            from in 0..10_usize,
        ) {
            let regex = regex::Regex::new(&format!("(?i){}", regex::escape(&text))).unwrap();
            let from = from.min(block.len());
            let want = regex.find_at(&block, from).map(|found| found.range());
            prop_assert_eq!(Caseless::new(&text).unwrap().find(block.as_bytes(), from), want);
        }
    }
}
