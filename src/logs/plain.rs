//! Cuts plain text into lines: of files, of standard input, of what a program prints. Pure: bytes in any
//! pieces, lines out. A line costs bounded memory however long it is.

use memchr::memchr;

use super::frame::MAX_LINE;

/// A line without its line end, made from what was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainLine {
    /// Invalid UTF-8 and NUL are replaced by U+FFFD.
    pub text: String,
    /// It was longer than [`MAX_LINE`] and its end was cut.
    pub cut: bool,
    /// Bytes that it took, with its line end and with what was cut.
    pub bytes: u64,
}

/// A line of which more may come.
#[derive(Debug, Default)]
pub struct Lines {
    text: Vec<u8>,
    cut: bool,
    bytes: u64,
}

impl Lines {
    /// Takes the next bytes and hands out the lines that they complete.
    pub fn push(&mut self, mut bytes: &[u8], mut line: impl FnMut(PlainLine)) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (now, rest) = bytes.split_at(end);
            self.append(now);
            self.bytes += 1;
            line(self.end());
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.append(bytes);
    }

    /// What has come of a line whose end has not. It stays.
    pub fn open(&self) -> Option<PlainLine> {
        (self.bytes > 0).then(|| PlainLine {
            text: finished(self.text.clone(), self.cut),
            cut: self.cut,
            bytes: self.bytes,
        })
    }

    /// Nothing more comes: the line that has no end, if there is one.
    pub fn finish(&mut self) -> Option<PlainLine> {
        (self.bytes > 0).then(|| self.end())
    }

    fn append(&mut self, mut bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        if self.text.is_empty() {
            // A file that was cut under a program that goes on at its old place begins with a hole of any size.
            bytes = bytes.get(bytes.iter().take_while(|b| **b == 0).count()..).unwrap_or_default();
        }
        self.cut |= append_capped(&mut self.text, bytes);
    }

    fn end(&mut self) -> PlainLine {
        let bytes = std::mem::take(&mut self.bytes);
        let cut = std::mem::take(&mut self.cut);
        PlainLine { text: finished(std::mem::take(&mut self.text), cut), cut, bytes }
    }
}

/// Appends as much as fits below the cap; true when something did not.
pub(super) fn append_capped(text: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let room = MAX_LINE.saturating_sub(text.len());
    text.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    // A carriage return before the line end is not text, so it may not count for the cut either.
    bytes.len() > room && !(room == bytes.len() - 1 && bytes.last() == Some(&b'\r'))
}

/// The text of a line whose end has come.
pub(super) fn finished(mut text: Vec<u8>, cut: bool) -> String {
    if cut {
        // Not in the middle of a character.
        let whole = text.iter().rposition(|b| b & 0xc0 != 0x80).unwrap_or(0);
        if std::str::from_utf8(text.get(whole..).unwrap_or_default()).is_err() {
            text.truncate(whole);
        }
    } else if text.last() == Some(&b'\r') {
        text.pop();
    }
    let text = String::from_utf8(text)
        .unwrap_or_else(|invalid| String::from_utf8_lossy(invalid.as_bytes()).into_owned());
    match memchr(0, text.as_bytes()) {
        Some(_) => text.replace('\0', "\u{fffd}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(pieces: &[&[u8]]) -> Vec<PlainLine> {
        let (mut lines, mut got) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.push(piece, |line| got.push(line));
        }
        got.extend(lines.finish());
        got
    }

    #[test]
    fn line_ends_bad_bytes_and_holes() {
        let got = lines(&[b"a\r\n\nb\xffc\0d\n", b"\0\0\0", b"\0x\nhalf"]);
        let texts: Vec<&str> = got.iter().map(|l| l.text.as_str()).collect();
        assert_eq!(texts, ["a", "", "b\u{fffd}c\u{fffd}d", "x", "half"]);
        let bytes: Vec<u64> = got.iter().map(|l| l.bytes).collect();
        assert_eq!(bytes, [3, 1, 6, 6, 4]);
    }

    #[test]
    fn a_line_without_end_is_bounded() {
        let mut lines = Lines::default();
        let piece = "é".repeat(5000);
        for _ in 0..6400 {
            lines.push(piece.as_bytes(), |_| panic!("no line yet"));
        }
        assert!(lines.text.capacity() <= 2 * MAX_LINE);
        let open = lines.open().unwrap();
        assert_eq!((open.text.len(), open.cut, open.bytes), (MAX_LINE, true, 64_000_000));
        assert_eq!(lines.finish(), Some(open));
        assert_eq!((lines.open(), lines.finish()), (None, None));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_lines(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(0), any::<u8>()], 0..400),
            at in 0_usize..400,
        ) {
            let (a, b) = bytes.split_at(at.min(bytes.len()));
            let whole = lines(&[&bytes]);
            prop_assert_eq!(&whole, &lines(&[a, b]));
            prop_assert_eq!(whole.iter().map(|l| l.bytes).sum::<u64>(), bytes.len() as u64);
        }
    }
}
