//! Takes the characters out of what is printed that change the width of the one before them: vt100 0.18 panics where
//! such a one stands in the last column, and no two terminals agree on what they do. What they follow is shown.

use std::borrow::Cow;

/// Takes them out, wherever the pieces of the stream end.
#[derive(Debug, Default)]
pub struct Narrow {
    /// The beginning of one, perhaps.
    held: Vec<u8>,
}

impl Narrow {
    pub fn pass<'b>(&mut self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        if self.held.is_empty() && memchr::memchr2(0xEF, 0xE2, bytes).is_none() {
            return Cow::Borrowed(bytes);
        }
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        let (mut out, mut rest) = (Vec::with_capacity(all.len()), all.as_slice());
        while let Some(at) = memchr::memchr2(0xEF, 0xE2, rest) {
            let (plain, from) = rest.split_at(at);
            out.extend_from_slice(plain);
            match from {
                // Variation selectors, and the joiner of emoji.
                [0xEF, 0xB8, 0x80..=0x8F, behind @ ..] | [0xE2, 0x80, 0x8D, behind @ ..] => rest = behind,
                [0xEF] | [0xEF, 0xB8] | [0xE2] | [0xE2, 0x80] => {
                    self.held = from.to_vec();
                    rest = &[];
                }
                [other, behind @ ..] => {
                    out.push(*other);
                    rest = behind;
                }
                [] => rest = &[],
            }
        }
        out.extend_from_slice(rest);
        Cow::Owned(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn only_they_are_missing_wherever_it_is_cut(
            text in "[a\u{fe0f}\u{fe00}\u{200d}\u{2014}👍\u{ff5e}]{0,30}",
            cuts in prop::collection::vec(0..90_usize, 0..5),
        ) {
            let (mut narrow, mut out) = (Narrow::default(), Vec::new());
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([text.len()]).collect();
            cuts.sort_unstable();
            let mut from = 0;
            for cut in cuts {
                out.extend_from_slice(&narrow.pass(&text.as_bytes()[from..cut]));
                from = cut;
            }
            let want = text.replace(['\u{fe0f}', '\u{fe00}', '\u{200d}'], "");
            prop_assert_eq!(String::from_utf8(out).unwrap(), want);
        }
    }
}
