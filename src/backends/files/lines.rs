//! Lines of a text, forwards and backwards, in blocks.

use std::io;

use memchr::memrchr_iter;

use super::text::Text;
use crate::logs::plain::{Lines, PlainLine};

/// Bytes read at once.
const BLOCK: usize = 64 << 10;

/// Where a walk back has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    /// Where a line begins.
    pub offset: u64,
    /// Lines from there to where the walk began.
    pub lines: u32,
}

/// Where the last `count` lines before `end` begin, or fewer when they are more than `bytes` long together; at
/// least one. `end` is the beginning of a line or the end of the text.
pub(super) fn back(text: &mut Text, end: u64, count: u32, bytes: u64) -> io::Result<Start> {
    let mut block = vec![0; BLOCK];
    let mut start = Start { offset: end, lines: 0 };
    let mut from = end;
    while from > 0 && start.lines < count {
        let length = from.min(BLOCK as u64);
        from -= length;
        let room = block.get_mut(..usize::try_from(length).unwrap_or(BLOCK)).unwrap_or_default();
        let filled = text.read_at(from, room)?;
        for newline in memrchr_iter(b'\n', room.get(..filled).unwrap_or_default()) {
            let begins = from + newline as u64 + 1;
            if begins >= start.offset {
                // The end of the last line.
                continue;
            }
            start = Start { offset: begins, lines: start.lines + 1 };
            if start.lines == count || end - begins > bytes {
                return Ok(start);
            }
        }
    }
    if start.lines < count && start.offset > 0 {
        start = Start { offset: 0, lines: start.lines + 1 };
    }
    Ok(start)
}

/// Walks forward over the lines of a text.
pub(super) struct Walk {
    lines: Lines,
    /// Where the next block begins.
    read: u64,
    /// Where the next line begins.
    offset: u64,
    block: Vec<u8>,
    /// Of the block, the bytes that the last step brought.
    filled: usize,
}

impl Walk {
    /// From the beginning of a line on.
    pub fn new(offset: u64) -> Self {
        Self { lines: Lines::default(), read: offset, offset, block: vec![0; BLOCK], filled: 0 }
    }

    /// Reads the next block, at most up to `until`, and hands out each line with where it begins. False when
    /// there is nothing more.
    pub fn step(
        &mut self,
        text: &mut Text,
        until: u64,
        mut line: impl FnMut(u64, PlainLine),
    ) -> io::Result<bool> {
        let length = until.saturating_sub(self.read).min(self.block.len() as u64);
        let room = self.block.get_mut(..usize::try_from(length).unwrap_or(BLOCK)).unwrap_or_default();
        let filled = text.read_at(self.read, room)?;
        self.filled = filled;
        self.read += filled as u64;
        let offset = &mut self.offset;
        self.lines.push(room.get(..filled).unwrap_or_default(), |one| {
            let at = *offset;
            *offset += one.bytes;
            line(at, one);
        });
        Ok(filled > 0)
    }

    /// The line that has no end, if there is one.
    pub fn finish(&mut self) -> Option<(u64, PlainLine)> {
        let line = self.lines.finish()?;
        let at = self.offset;
        self.offset += line.bytes;
        Some((at, line))
    }

    /// What has come of a line that has no end yet.
    pub fn open(&self) -> Option<PlainLine> {
        self.lines.open()
    }

    /// Where the next line begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The bytes that the last step brought.
    pub fn block(&self) -> &[u8] {
        self.block.get(..self.filled).unwrap_or_default()
    }

    /// Up to where the text was read.
    pub fn read(&self) -> u64 {
        self.read
    }
}

/// All lines from one place to another, also the one without an end.
pub(super) fn each(
    text: &mut Text,
    from: u64,
    until: u64,
    mut line: impl FnMut(u64, PlainLine),
) -> io::Result<()> {
    let mut walk = Walk::new(from);
    while walk.step(text, until, &mut line)? {}
    if let Some((at, last)) = walk.finish() {
        line(at, last);
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;
    use proptest::prelude::*;
    use tokio_util::sync::CancellationToken;

    pub fn text(bytes: &[u8]) -> Text {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Text::Plain { file: std::sync::Arc::new(file), stop: CancellationToken::new() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Walking back by any steps finds the same beginnings as walking forward.
        #[test]
        fn back_is_forward_reversed(
            lengths in proptest::collection::vec(prop_oneof![9 => 0_usize..40, 1 => Just(BLOCK - 1), 1 => 60_000_usize..200_000], 0..30),
            ended: bool,
            step in 1_u32..7,
        ) {
            let mut bytes: Vec<u8> = lengths.iter().flat_map(|n| [vec![b'x'; *n], vec![b'\n']].concat()).collect();
            if !ended { bytes.pop(); }
            let mut text = text(&bytes);
            let end = bytes.len() as u64;
            let mut forward = Vec::new();
            each(&mut text, 0, end, |at, _| forward.push(at)).unwrap();
            let (mut at, mut index) = (end, forward.len());
            while at > 0 {
                let start = back(&mut text, at, step, u64::MAX).unwrap();
                prop_assert!(start.lines >= 1);
                index -= start.lines as usize;
                prop_assert_eq!(forward[index], start.offset);
                prop_assert!(start.lines == step || start.offset == 0);
                at = start.offset;
            }
            prop_assert_eq!(index, 0);
        }
    }

    #[test]
    fn a_walk_back_is_bounded_by_bytes() {
        let mut text = text(&[vec![b'a'; 300_000], b"\nb\nc\n".to_vec()].concat());
        assert_eq!(back(&mut text, 300_005, 9, 1).unwrap(), Start { offset: 300_003, lines: 1 });
        assert_eq!(back(&mut text, 300_005, 9, 3).unwrap(), Start { offset: 300_001, lines: 2 });
        assert_eq!(back(&mut text, 300_001, 9, 3).unwrap(), Start { offset: 0, lines: 1 });
    }
}
