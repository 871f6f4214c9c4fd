//! Cuts what a server's shell prints into answers, and an answer into its sections.

use memchr::memmem::Finder;

use super::script::mark;

/// An answer is not longer, bytes: a server that prints without end is cut off.
const LONGEST: usize = 16 << 20;

/// An answer to the request with this letter.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub letter: u8,
    pub body: Vec<u8>,
}

/// More was printed than any answer holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Endless;

/// Collects bytes until a frame is whole.
#[derive(Debug)]
pub struct Frames {
    mark: Finder<'static>,
    buffer: Vec<u8>,
    /// Up to here there is no mark.
    searched: usize,
    ready: bool,
}

impl Frames {
    pub fn new(nonce: u64) -> Self {
        let mark = Finder::new(&mark(nonce)).into_owned();
        Self { mark, buffer: Vec::new(), searched: 0, ready: false }
    }

    /// True once the shell has begun to answer.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// Takes what was printed.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole answer.
    ///
    /// # Errors
    /// When there is none among far too many bytes.
    pub fn next(&mut self) -> Result<Option<Frame>, Endless> {
        loop {
            let length = self.mark.needle().len();
            let tail = self.buffer.get(self.searched..).unwrap_or_default();
            let found = self.mark.find(tail).map(|at| at + self.searched);
            // A mark's line must be whole as well.
            let whole = found.and_then(|at| {
                let word = self.buffer.get(at + length..)?;
                Some((at, word.iter().position(|b| *b == b'\n')?))
            });
            let Some((at, word)) = whole else {
                let kept = found.unwrap_or_else(|| self.buffer.len().saturating_sub(length));
                self.searched = self.searched.max(kept);
                return if self.buffer.len() > LONGEST { Err(Endless) } else { Ok(None) };
            };
            let rest = self.buffer.split_off(at + length + word + 1);
            let mut body = std::mem::replace(&mut self.buffer, rest);
            self.searched = 0;
            let letter = body.get(at + length).copied().unwrap_or_default();
            body.truncate(at);
            if !std::mem::replace(&mut self.ready, true) {
                // A banner, what .bashrc prints: whatever came before it was ready.
                continue;
            }
            return Ok(Some(Frame { letter, body }));
        }
    }
}

/// The sections of an answer: `==> NAME <==` and what follows, as `tail` prints several files.
pub fn sections(body: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = body;
    std::iter::from_fn(move || {
        let at = next_header(rest, 0)?;
        let line_end = rest[at..].find('\n').map_or(rest.len(), |end| at + end);
        let header = &rest[at..line_end];
        let name = header.strip_prefix("==> ").and_then(|h| h.strip_suffix(" <=="))?;
        let begin = (line_end + 1).min(rest.len());
        let end = next_header(rest, begin).unwrap_or(rest.len());
        let text = &rest[begin..end];
        rest = &rest[end..];
        Some((name, text))
    })
}

/// Where the next header's line begins, at or behind a place.
fn next_header(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let found = at + text.get(at..)?.find("==> ")?;
        let line_begins = found == 0 || text.as_bytes().get(found - 1) == Some(&b'\n');
        let line_end = text[found..].find('\n').map_or(text.len(), |end| found + end);
        if line_begins && line_end - found >= 8 && text[found..line_end].ends_with(" <==") {
            return Some(found);
        }
        at = found + 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_comes_before_it_is_ready_is_left_out_and_marks_are_not_forged() {
        let mut frames = Frames::new(7);
        frames.push(b"Welcome!\n\x1e0000000000000008 ready\n\x1e0000000000000007 ready\nab");
        assert_eq!(frames.next(), Ok(None));
        assert!(frames.is_ready());
        frames.push(b"c\x1e0000000000000006 f\n\x1e00000000000000");
        assert_eq!(frames.next(), Ok(None));
        frames.push(b"07 f\nrest");
        let frame = Frame { letter: b'f', body: b"abc\x1e0000000000000006 f\n".to_vec() };
        assert_eq!(frames.next(), Ok(Some(frame)));
        assert_eq!(frames.next(), Ok(None));
    }

    #[test]
    fn endless_output_is_cut_off() {
        let mut frames = Frames::new(7);
        for _ in 0..17 {
            frames.push(&vec![b'x'; 1 << 20]);
        }
        assert_eq!(frames.next(), Err(Endless));
    }

    #[test]
    fn sections_are_told_apart() {
        let body = "noise\n==> /proc/stat <==\ncpu 1\n\n==> df <==\n/dev/sda ==> x\n";
        let all: Vec<_> = sections(body).collect();
        assert_eq!(all, [("/proc/stat", "cpu 1\n\n"), ("df", "/dev/sda ==> x\n")]);
        assert_eq!(sections("==> a <==").collect::<Vec<_>>(), [("a", "")]);
    }

    proptest! {
        #[test]
        fn however_it_is_cut_the_frames_are_the_same(bodies in proptest::collection::vec("[a-z\u{1e}\n]{0,40}", 1..6), cuts in proptest::collection::vec(1_usize..20, 1..200)) {
            let mut printed = b"hello\n\x1e0000000000000007 ready\n".to_vec();
            for body in &bodies {
                printed.extend_from_slice(body.as_bytes());
                printed.extend_from_slice(b"\x1e0000000000000007 s\n");
            }
            let (mut frames, mut got, mut cuts) = (Frames::new(7), Vec::new(), cuts.into_iter().cycle());
            let mut rest = &printed[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at(cuts.next().unwrap().min(rest.len()));
                frames.push(now);
                while let Some(frame) = frames.next().unwrap() {
                    got.push(String::from_utf8(frame.body).unwrap());
                }
                rest = later;
            }
            prop_assert_eq!(got, bodies);
        }

        #[test]
        fn no_text_makes_sections_panic(text in "(==> |<==|\\PC|\n| ){0,60}") {
            for (name, body) in sections(&text) {
                prop_assert!(text.contains(name) && text.contains(body));
            }
        }
    }
}
