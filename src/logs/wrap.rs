//! Where a line is cut for the screen: into rows of so many cells, or to the part of it that a horizontally
//! moved window shows. Only places are told; nothing is copied.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The rows of a text, each at most so many cells wide: byte ranges, at least one. A row ends at a blank if
/// there is one in its second half, else where it is full; the blanks it ends at belong to no row.
pub fn rows(text: &str, columns: usize) -> Rows<'_> {
    Rows { text, columns: columns.max(1), from: Some(0) }
}

/// See [`rows`].
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    text: &'a str,
    columns: usize,
    /// Where the next row begins.
    from: Option<usize>,
}

impl Iterator for Rows<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        let from = self.from.take()?;
        let bytes = self.text.as_bytes();
        let is_blank = |i: usize| bytes.get(i) == Some(&b' ');
        let (mut i, mut used) = (from, 0);
        // Where the last blanks begin.
        let mut blank = None;
        while i < bytes.len() {
            let (next, width) = cell(self.text, i);
            if used + width > self.columns && i > from {
                let near = blank.filter(|(_, cells)| cells * 2 >= self.columns).map(|(place, _)| place);
                let end = near.unwrap_or(i);
                let behind = bytes.get(end..)?.iter().position(|b| *b != b' ');
                self.from = behind.map(|blanks| end + blanks);
                return Some(from..end);
            }
            if is_blank(next) && !is_blank(i) {
                blank = Some((next, used + width));
            }
            used += width;
            i = next;
        }
        Some(from..bytes.len())
    }
}

/// What a window of an unwrapped line shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Blank cells before them: half of a wide character was cut off.
    pub lead: usize,
}

/// The part of a text that stands in the cells from `offset` on, at most `columns` of them.
pub fn window(text: &str, offset: usize, columns: usize) -> Window {
    let end = offset.saturating_add(columns);
    let (mut i, mut used) = (0, 0);
    while i < text.len() && used < offset {
        let (next, width) = cell(text, i);
        used += width;
        i = next;
    }
    let (start, lead) = (i, used.saturating_sub(offset).min(columns));
    while i < text.len() {
        let (next, width) = cell(text, i);
        if used + width > end {
            break;
        }
        used += width;
        i = next;
    }
    Window { range: start..i, lead }
}

/// Where the character (as a person sees it) at a place ends, and its cells.
fn cell(text: &str, i: usize) -> (usize, usize) {
    let is_ascii = |i: usize| text.as_bytes().get(i).is_none_or(u8::is_ascii);
    // A mark may stand on the last one before other characters.
    if is_ascii(i) && is_ascii(i + 1) {
        return (i + 1, 1);
    }
    let one = text.get(i..).and_then(|rest| rest.graphemes(true).next()).unwrap_or(" ");
    (i + one.len(), one.width())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str, columns: usize) -> Vec<&str> {
        rows(text, columns).map(|row| &text[row]).collect()
    }

    #[test]
    fn rows_end_at_blanks_that_are_near() {
        assert_eq!(cut("", 5), [""]);
        assert_eq!(cut("abc", 0), ["a", "b", "c"]);
        assert_eq!(cut("one two three", 7), ["one two", "three"]);
        assert_eq!(cut("one two   three", 8), ["one two", "three"]);
        assert_eq!(cut("a bcdefghijkl", 8), ["a bcdefg", "hijkl"]);
        assert_eq!(cut("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(cut("abc   ", 3), ["abc"]);
        assert_eq!(cut("    at x.y.Z(Z.java:1)", 12), ["    at", "x.y.Z(Z.java", ":1)"]);
    }

    #[test]
    fn characters_stay_whole() {
        assert_eq!(cut("日本語日本語", 5), ["日本", "語日", "本語"]);
        assert_eq!(cut("日本", 1), ["日", "本"]);
        assert_eq!(cut("ae\u{301}e\u{301}b", 2), ["ae\u{301}", "e\u{301}b"]);
        assert_eq!(cut("👍🏽👍🏽x", 3), ["👍🏽", "👍🏽x"]);
    }

    #[test]
    fn a_window_of_a_line() {
        let shown = |text: &'static str, offset, columns| {
            let window = window(text, offset, columns);
            (&text[window.range], window.lead)
        };
        assert_eq!(shown("abcdef", 2, 3), ("cde", 0));
        assert_eq!(shown("abcdef", 9, 3), ("", 0));
        assert_eq!(shown("abcdef", 0, 99), ("abcdef", 0));
        assert_eq!(shown("日本語x", 1, 4), ("本", 1));
        assert_eq!(shown("日本語x", 1, 5), ("本語", 1));
        assert_eq!(shown("日", 1, 0), ("", 0));
        assert_eq!(shown("e\u{301}abc", 1, 2), ("ab", 0));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_but_blanks(text in "[ a-c日é\u{301}👍\u{1F1E6}]{0,80}", columns in 2..20_usize) {
            let (mut before, mut count) = (0, 0);
            for row in rows(&text, columns) {
                prop_assert!(text[before..row.start].chars().all(|c| c == ' '));
                prop_assert!(text[row.clone()].width() <= columns, "{:?}", &text[row]);
                before = row.end;
                count += 1;
            }
            prop_assert!(text[before..].chars().all(|c| c == ' '));
            prop_assert!(count <= text.len() + 1);
        }

        #[test]
        fn any_text_and_window(text in ".*", offset in 0..200_usize, columns in 0..100_usize) {
            rows(&text, columns).for_each(|row| assert!(text.get(row).is_some()));
            let window = window(&text, offset, columns);
            let shown = text.get(window.range).unwrap();
            let cells: usize = shown.graphemes(true).map(|g| if g.is_ascii() { 1 } else { g.width() }).sum();
            prop_assert!(window.lead + cells <= columns);
        }
    }
}
