//! A line for the screen: its own colours kept as data, everything else harmless. What stands behind the last
//! carriage return wins, and overstruck characters are bold or underlined, as a terminal would show them.

use std::ops::Range;

use memchr::memrchr;
use unicode_width::UnicodeWidthChar;

use super::sgr::Sgr;
use crate::domain::sanitize::{Cleaner, Piece, shown};

/// A line that changes its look more often is not coloured any further.
const MAX_RUNS: usize = 512;
const MAX_TAB: usize = 32;

/// A line that may be printed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Styled {
    pub text: String,
    /// The stretches of `text` that do not look plain, in order, without overlap.
    pub runs: Vec<Run>,
}

/// A stretch of bytes that looks alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub range: Range<usize>,
    pub style: Sgr,
}

/// The line with tabs of so many columns, as [`crate::domain::sanitize::line()`] makes it harmless; at most
/// `max_chars` characters, an ellipsis stands for the rest.
pub fn styled(text: &str, tab_width: usize, max_chars: usize) -> Styled {
    // Plain printable ASCII is nearly everything that comes by.
    if text.len() <= max_chars && text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Styled { text: text.to_owned(), runs: Vec::new() };
    }
    let last_return = memrchr(b'\r', text.as_bytes()).unwrap_or(0);
    let tab_width = tab_width.clamp(1, MAX_TAB);
    let mut cleaner = Cleaner::default();
    let mut line = Line { max_chars, ..Line::default() };
    for (i, c) in text.char_indices() {
        match cleaner.next(c) {
            Piece::Char(c) => line.put(c),
            Piece::Attributes => line.style.apply(cleaner.attributes()),
            Piece::Control('\t') => {
                let gap = tab_width - line.column() % tab_width;
                (0..gap).for_each(|_| line.put(' '));
            }
            Piece::Control('\r') => line.returned = true,
            Piece::Control('\u{8}') => line.back += 1,
            Piece::Control(c) => shown(c).into_iter().for_each(|c| line.put(c)),
            Piece::Nothing => {}
        }
        if line.cut && !line.returned && i >= last_return {
            break;
        }
    }
    line.finish()
}

/// A line as far as it has been written.
#[derive(Default)]
struct Line {
    out: Styled,
    /// How the next character looks.
    style: Sgr,
    max_chars: usize,
    chars: usize,
    column: usize,
    /// There was no room for something.
    cut: bool,
    /// A carriage return came, and nothing since that would overwrite.
    returned: bool,
    /// Backspaces since the last character.
    back: usize,
}

impl Line {
    /// Where the next character goes.
    fn column(&self) -> usize {
        if self.returned { 0 } else { self.column }
    }

    fn put(&mut self, c: char) {
        if std::mem::take(&mut self.returned) {
            self.out = Styled::default();
            (self.chars, self.column, self.cut) = (0, 0, false);
        }
        let (mut c, mut style) = (c, self.style);
        let back = std::mem::take(&mut self.back);
        if back > 0 && !self.cut {
            (c, style) = self.strike(back, c);
        }
        if self.chars == self.max_chars {
            self.cut = true;
            return;
        }
        let start = self.out.text.len();
        self.out.text.push(c);
        self.chars += 1;
        self.column += c.width().unwrap_or(0);
        if style.is_plain() {
            return;
        }
        let (end, room) = (self.out.text.len(), self.out.runs.len() < MAX_RUNS);
        match self.out.runs.last_mut() {
            Some(run) if run.range.end == start && run.style == style => run.range.end = end,
            _ if room => self.out.runs.push(Run { range: start..end, style }),
            _ => {}
        }
    }

    /// Takes so many cells back and tells what stands in the last one instead: the same character twice is
    /// bold, one over an underscore is underlined (as `man` prints), anything else is overwritten.
    fn strike(&mut self, back: usize, c: char) -> (char, Sgr) {
        let mut struck = None;
        for _ in 0..back {
            struck = self.take_back();
            if struck.is_none() {
                break;
            }
        }
        match struck.filter(|_| back == 1) {
            Some((old, style)) if old == c => (c, Sgr { bold: true, ..style }),
            Some(('_', style)) => (c, Sgr { underline: true, ..style }),
            Some((old, style)) if c == '_' => (old, Sgr { underline: true, ..style }),
            _ => (c, self.style),
        }
    }

    /// Removes the last cell, with the marks on it.
    fn take_back(&mut self) -> Option<(char, Sgr)> {
        loop {
            let c = self.out.text.pop()?;
            let width = c.width().unwrap_or(0);
            self.chars -= 1;
            self.column -= width;
            let end = self.out.text.len();
            let style = match self.out.runs.last_mut() {
                Some(run) if run.range.end > end => {
                    run.range.end = end;
                    run.style
                }
                _ => Sgr::default(),
            };
            self.out.runs.pop_if(|run| run.range.is_empty());
            if width > 0 {
                return Some((c, style));
            }
        }
    }

    fn finish(mut self) -> Styled {
        if self.cut {
            self.out.text.push('…');
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sanitize;
    use proptest::prelude::*;

    /// The text, with the runs in `<…>` and letters for what they look like.
    fn drawn(text: &str) -> String {
        let styled = styled(text, 8, 999);
        let mut out = styled.text.clone();
        for run in styled.runs.iter().rev() {
            let s = run.style;
            let marks = [(s.bold, 'b'), (s.underline, 'u'), (s.foreground.is_some(), 'f'), (s.reverse, 'r')];
            let marks: String = marks.iter().filter(|m| m.0).map(|m| m.1).collect();
            out.insert(run.range.end, '>');
            out.insert_str(run.range.start, &format!("<{marks}:"));
        }
        out
    }

    #[test]
    fn colours_are_data() {
        assert_eq!(drawn("plain"), "plain");
        assert_eq!(drawn("a \x1b[1;31mred\x1b[0m b\x1b[m"), "a <bf:red> b");
        assert_eq!(drawn("\x1b[31mé\x1b[31m日\x1b[39mx"), "<f:é日>x");
        assert_eq!(drawn("\u{9b}7mx"), "<r:x>");
        assert_eq!(drawn("\x1b[8mhidden\x1b[5m blinks"), "hidden blinks");
        // No colours: a private sequence, and one without end.
        assert_eq!(drawn("\x1b[?31mx\x1b[>4;2my"), "xy");
        assert_eq!(drawn(&format!("\x1b[{}31mx", "0;".repeat(100))), "x");
    }

    #[test]
    fn returns_tabs_and_overstriking() {
        assert_eq!(drawn("10%\r20%\r100%\r"), "100%");
        assert_eq!(drawn("\x1b[31mold\r\x1b[0mnew"), "new");
        assert_eq!(drawn("\ta\tbc\tx"), "        a       bc      x");
        assert_eq!(drawn("日\tx"), "日      x");
        assert_eq!(drawn("n\x08na_\x08me_\x08x\x08x."), "<b:n>a<u:m>e<bu:x>.");
        assert_eq!(drawn("|\x08/\x08-\x08"), "-");
        assert_eq!(drawn("x\x08_ ab\x08\x08cd\x08\x08\x08\x08\x08\x08\x08\x08\x08!"), "!");
    }

    #[test]
    fn what_is_too_much_is_cut() {
        assert_eq!(styled("abcdef", 8, 3).text, "abc…");
        assert_eq!(styled("\tabc", 8, 8).text, "        …");
        assert_eq!(styled("abcdef\rxy", 8, 3).text, "xy");
        assert_eq!(styled("abcdef\x08\x08\x08\x08gh", 8, 3).text, "abc…");
        let bomb: String = (0..10_000).map(|i| format!("\x1b[38;5;{}mx", i % 256)).collect();
        let out = styled(&bomb, 8, 64 << 10);
        assert_eq!((out.text.len(), out.runs.len()), (10_000, MAX_RUNS));
    }

    /// Everything that a terminal would obey.
    const HOSTILE: [&str; 24] = [
        "\x1b]52;c;aGVsbG8=\x07",
        "\x1b]52;c;aGVsbG8=\x1b\\",
        "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
        "\x1b]0;title\x07",
        "\x1bP$qm\x1b\\",
        "\x1b_Gf=100;AAAA\x1b\\",
        "\x1b^pm\x1b\\",
        "\x1bXsos\x1b\\",
        "\x1b[2J\x1b[H",
        "\x1b[6n\x1b[c\x1b[5n",
        "\x1b[?1049h\x1b[?2004l",
        "\x1bc\x1b7\x1b8\x1bD\x1bM",
        "\x1b(0\x1b)B\x0e\x0f",
        "\u{9d}52;c;aGVsbG8=\u{9c}",
        "\u{90}q\u{9c}",
        "\u{9b}2J",
        "\u{202e}gpj.exe\u{2066}x\u{2069}",
        "a\u{200b}b\u{200d}c\u{feff}\u{ad}",
        "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
        "nul\0bel\x07del\x7f\u{85}",
        "\x1b[31",
        "\x1b]never ends",
        "\x1b\x1b\x1b[[",
        "\r\r\x08\x08\t\n\u{b}\u{c}",
    ];

    fn check(text: &str) {
        for (tab, max) in [(8, 1000), (1, 7), (0, 0), (99, 40)] {
            let out = styled(text, tab, max);
            assert!(out.text.chars().count() <= max + 1, "{text:?}");
            assert_eq!(out.text, sanitize::line(&out.text, usize::MAX), "{text:?}");
            assert!(!out.text.contains(char::is_control), "{text:?}");
            let mut end = 0;
            for run in &out.runs {
                assert!(run.range.start >= end && run.range.end > run.range.start, "{text:?}");
                assert!(!out.text[run.range.clone()].is_empty() && !run.style.is_plain(), "{text:?}");
                end = run.range.end;
            }
        }
    }

    #[test]
    fn nothing_hostile_survives() {
        for text in HOSTILE {
            check(text);
            check(&format!("before\x1b[31m{text}\x1b[0mafter"));
        }
        assert_eq!(drawn("\x1b]52;c;aGVsbG8=\x07x\x1b[2Jy\x1b]8;;http://h\x1b\\z"), "xyz");
    }

    proptest! {
        #[test]
        fn any_bytes(raw in proptest::collection::vec(any::<u8>(), 0..300), order in proptest::collection::vec(0..HOSTILE.len(), 0..8)) {
            check(&String::from_utf8_lossy(&raw));
            let mixed: String = order.iter().map(|i| HOSTILE[*i]).collect();
            check(&format!("{mixed}{}", String::from_utf8_lossy(&raw)));
        }

        /// Without what a terminal treats in its own way, the text is the one of every other place.
        #[test]
        fn text_as_everywhere(text in "[^\t\r\u{8}]*") {
            prop_assert_eq!(styled(&text, 8, 50).text, sanitize::line(&text, 50));
        }
    }
}
