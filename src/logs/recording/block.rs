//! A block: some lines, compressed together. The smallest thing that is written, and the unit of what a crash
//! can take.
//!
//! ```text
//! magic 4 │ checksum 8 │ packed 4 │ unpacked 4 │ lines 4 │ first, last time 8 + 8 │ levels 6 × 4 │ packed bytes
//! ```
//! Numbers are little-endian, times nanoseconds since 1970. The checksum is the beginning of the SHA-256 of
//! all that follows it. Unpacked, the lines' heads come first and then their texts, which compresses best.

use std::io;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::domain::log::{LogLine, LogStream};
use crate::domain::recording::Summary;
use crate::logs::{Level, read_near};

const MAGIC: &[u8; 4] = b"PuB1";
const HEADER: usize = 64;
/// Where the checked part begins.
const CHECKED: usize = 12;
/// A line's head: what it is, seconds, nanoseconds, bytes of its text.
const HEAD: usize = 17;
/// Bytes of text in a block.
pub const MAX_BLOCK_TEXT: usize = 256 << 10;
/// Lines in a block, however short.
const MAX_LINES: usize = 32 << 10;
/// Of a text that is longer, the rest is cut.
const MAX_TEXT: usize = 64 << 10;
/// No whole block is larger than this, compressed or not.
const MAX_UNPACKED: usize = MAX_BLOCK_TEXT + MAX_LINES * HEAD;
/// zstd's quickest: blocks are small, and the levels above make logs hardly smaller (measured: a fifth at
/// 200 MB/s; the encoder in pure Rust gives a quarter at 20 MB/s).
const COMPRESSION: i32 = 1;

/// "No time", which no line can have.
const NEVER: i64 = i64::MIN;

/// The lines in portions that each fit into a block.
pub fn portions(lines: &[LogLine]) -> impl Iterator<Item = &[LogLine]> {
    let mut rest = lines;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |line: &&LogLine| {
            bytes += line.text.len().min(MAX_TEXT);
            bytes <= MAX_BLOCK_TEXT
        };
        let n = rest.iter().take(MAX_LINES).take_while(fits).count();
        let (portion, behind) = rest.split_at_checked(n)?;
        rest = behind;
        (!portion.is_empty()).then_some(portion)
    })
}

/// One block of a portion of [`portions`], and what it holds.
///
/// # Errors
/// When zstd has no memory.
pub fn encode(lines: &[LogLine]) -> io::Result<(Vec<u8>, Summary)> {
    let mut summary = Summary { lines: lines.len() as u64, ..Summary::default() };
    let mut unpacked = Vec::with_capacity(lines.iter().map(|l| HEAD + l.text.len()).sum());
    for line in lines {
        let text = text(line);
        let cut = line.cut || text.len() < line.text.len();
        unpacked.push(kind(line.stream) | u8::from(cut) << 2 | u8::from(line.at.is_some()) << 3);
        unpacked.extend_from_slice(&line.at.map_or(0, Timestamp::as_second).to_le_bytes());
        unpacked.extend_from_slice(&line.at.map_or(0, |at| at.subsec_nanosecond()).to_le_bytes());
        unpacked.extend_from_slice(&number(text.len()).to_le_bytes());
        summary.text_bytes += text.len() as u64;
        summary.first = summary.first.into_iter().chain(line.at).min();
        summary.last = summary.last.max(line.at);
        let level = read_near(text, line.at).level;
        if let Some(count) = level.and_then(|level| summary.levels.get_mut(place(level))) {
            *count += 1;
        }
    }
    for line in lines {
        unpacked.extend_from_slice(text(line).as_bytes());
    }
    for at in [&mut summary.first, &mut summary.last] {
        *at = time(nanoseconds(*at));
    }
    let packed = zstd::bulk::compress(&unpacked, COMPRESSION)?;
    let mut block = Vec::with_capacity(HEADER + packed.len());
    block.extend_from_slice(MAGIC);
    block.extend_from_slice(&[0; CHECKED - 4]);
    for n in [packed.len(), unpacked.len(), lines.len()] {
        block.extend_from_slice(&number(n).to_le_bytes());
    }
    for at in [summary.first, summary.last] {
        block.extend_from_slice(&nanoseconds(at).to_le_bytes());
    }
    for count in summary.levels {
        block.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }
    block.extend_from_slice(&packed);
    let sum = checksum(block.get(CHECKED..).unwrap_or_default());
    if let Some(to) = block.get_mut(4..CHECKED) {
        to.copy_from_slice(&sum);
    }
    Ok((block, summary))
}

/// A whole block within a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<'a> {
    pub summary: Summary,
    /// Bytes of the block with its header.
    pub size: usize,
    packed: &'a [u8],
}

/// The whole blocks at the beginning of these bytes; it ends before the first one that is damaged or cut off.
pub fn blocks(mut bytes: &[u8]) -> impl Iterator<Item = Block<'_>> {
    std::iter::from_fn(move || {
        let block = Block::first(bytes)?;
        bytes = bytes.get(block.size..)?;
        Some(block)
    })
}

impl<'a> Block<'a> {
    fn first(bytes: &'a [u8]) -> Option<Self> {
        let header = Header(bytes.get(..HEADER)?);
        let (packed, unpacked, lines) = (header.u32(12)?, header.u32(16)?, header.u32(20)?);
        let size = HEADER.checked_add(packed as usize)?;
        let whole = bytes.get(..size)?;
        let fits = bytes.starts_with(MAGIC) && unpacked as usize <= MAX_UNPACKED;
        let text_bytes = u64::from(unpacked).checked_sub(u64::from(lines) * HEAD as u64)?;
        if !fits || whole.get(4..CHECKED)? != checksum(whole.get(CHECKED..)?) {
            return None;
        }
        let mut levels = [0; 6];
        for (i, level) in levels.iter_mut().enumerate() {
            *level = u64::from(header.u32(40 + 4 * i)?);
        }
        let summary = Summary {
            lines: u64::from(lines),
            text_bytes,
            first: time(header.i64(24)?),
            last: time(header.i64(32)?),
            levels,
        };
        Some(Self { summary, size, packed: whole.get(HEADER..)? })
    }

    /// Its lines; `None` when the block says something else than it holds.
    pub fn lines(&self) -> Option<Vec<LogLine>> {
        let unpacked = zstd::bulk::decompress(self.packed, MAX_UNPACKED).ok()?;
        let count = usize::try_from(self.summary.lines).ok()?;
        let (heads, mut texts) = unpacked.split_at_checked(count.checked_mul(HEAD)?)?;
        let mut lines = Vec::with_capacity(count);
        for head in heads.chunks_exact(HEAD) {
            let (kind, head) = (*head.first()?, Header(head));
            let (text, behind) = texts.split_at_checked(head.u32(13)? as usize)?;
            texts = behind;
            let at = Timestamp::new(head.i64(1)?, head.i32(9)?).ok()?;
            lines.push(LogLine {
                at: (kind & 8 != 0).then_some(at),
                stream: stream(kind & 3)?,
                text: std::str::from_utf8(text).ok()?.to_owned(),
                cut: kind & 4 != 0,
            });
        }
        texts.is_empty().then_some(lines)
    }
}

/// Little-endian numbers at a place.
struct Header<'a>(&'a [u8]);

impl Header<'_> {
    fn u32(&self, at: usize) -> Option<u32> {
        self.0.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
    }

    fn i32(&self, at: usize) -> Option<i32> {
        self.0.get(at..)?.first_chunk().copied().map(i32::from_le_bytes)
    }

    fn i64(&self, at: usize) -> Option<i64> {
        self.0.get(at..)?.first_chunk().copied().map(i64::from_le_bytes)
    }
}

fn text(line: &LogLine) -> &str {
    line.text.get(..line.text.floor_char_boundary(MAX_TEXT)).unwrap_or_default()
}

/// Of lengths, which are all far below 4 GiB.
fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    Sha256::digest(bytes).first_chunk().copied().unwrap_or_default()
}

fn kind(stream: LogStream) -> u8 {
    match stream {
        LogStream::Stdout => 0,
        LogStream::Stderr => 1,
        LogStream::Engine => 2,
    }
}

fn stream(kind: u8) -> Option<LogStream> {
    [LogStream::Stdout, LogStream::Stderr, LogStream::Engine].into_iter().find(|s| self::kind(*s) == kind)
}

fn place(level: Level) -> usize {
    Level::ALL.iter().position(|l| *l == level).unwrap_or(Level::ALL.len())
}

/// Times that 64 bits cannot hold (before 1678, after 2261) become the nearest that they can.
fn nanoseconds(at: Option<Timestamp>) -> i64 {
    at.map_or(NEVER, |at| {
        let ns = at.as_nanosecond().clamp(i128::from(NEVER + 1), i128::from(i64::MAX));
        i64::try_from(ns).unwrap_or(NEVER)
    })
}

fn time(ns: i64) -> Option<Timestamp> {
    Timestamp::from_nanosecond(i128::from(ns)).ok().filter(|_| ns != NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_line() -> impl Strategy<Value = LogLine> {
        let at = prop_oneof![
            Just(None),
            (-377_705_023_201_i64..253_402_207_200, 0_i32..1_000_000_000)
                .prop_map(|(s, ns)| Timestamp::new(s, ns).ok()),
        ];
        let stream = prop_oneof![Just(LogStream::Stdout), Just(LogStream::Stderr), Just(LogStream::Engine)];
        (at, stream, "\\PC{0,40}|[\0\u{1b}\n\r]{0,9}|ERROR x", any::<bool>())
            .prop_map(|(at, stream, text, cut)| LogLine { at, stream, text, cut })
    }

    fn lines() -> impl Strategy<Value = Vec<LogLine>> {
        proptest::collection::vec(any_line(), 1..30)
    }

    proptest! {
        #[test]
        fn lines_come_back_as_they_were(lines in lines()) {
            let (bytes, summary) = encode(&lines).unwrap();
            let all: Vec<_> = blocks(&bytes).collect();
            prop_assert_eq!(all.len(), 1);
            prop_assert_eq!(all[0].size, bytes.len());
            prop_assert_eq!(all[0].summary, summary);
            prop_assert_eq!(all[0].lines(), Some(lines.clone()));
            prop_assert_eq!(all[0].summary.lines, lines.len() as u64);
            prop_assert_eq!(all[0].summary.text_bytes, lines.iter().map(|l| l.text.len() as u64).sum::<u64>());
        }

        /// Whatever a crash cuts off or a disk damages: what is before it is read, what is not whole is not.
        #[test]
        fn only_whole_blocks_are_read(a in lines(), b in lines(), at: proptest::sample::Index, flip in 1_u8..) {
            let mut bytes = encode(&a).unwrap().0;
            let first = bytes.len();
            bytes.extend(encode(&b).unwrap().0);
            let at = at.index(bytes.len());
            let cut: Vec<_> = blocks(&bytes[..at]).map(|b| b.lines()).collect();
            prop_assert_eq!(cut, if at < first { vec![] } else { vec![Some(a.clone())] });
            bytes[at] ^= flip;
            let damaged: Vec<_> = blocks(&bytes).map(|b| b.lines()).collect();
            prop_assert_eq!(damaged, if at < first { vec![] } else { vec![Some(a)] });
        }

        #[test]
        fn strange_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(blocks(&bytes).count(), 0);
            // Even with a right checksum around nonsense.
            if bytes.len() > HEADER {
                let packed = bytes.len() - HEADER;
                bytes[..4].copy_from_slice(MAGIC);
                bytes[12..16].copy_from_slice(&(packed as u32).to_le_bytes());
                bytes[18] = 0;
                bytes[19] = 0;
                let sum = checksum(&bytes[CHECKED..]);
                bytes[4..CHECKED].copy_from_slice(&sum);
                for block in blocks(&bytes) {
                    let _ = block.lines();
                }
            }
        }
    }

    #[test]
    fn portions_are_bounded_and_complete() {
        let line =
            |n: usize| LogLine { at: None, stream: LogStream::Stdout, text: "x".repeat(n), cut: false };
        let mut lines: Vec<_> = (0..40_000).map(|_| line(0)).collect();
        lines.extend((0..9).map(|_| line(60 << 10)));
        let portions: Vec<_> = portions(&lines).collect();
        assert_eq!(portions.iter().map(|p| p.len()).sum::<usize>(), lines.len());
        for portion in portions {
            let bytes = encode(portion).unwrap().0;
            assert_eq!(blocks(&bytes).next().unwrap().lines().unwrap(), portion);
        }
    }

    #[test]
    fn an_endless_line_is_cut() {
        let lines = [LogLine { at: None, stream: LogStream::Stderr, text: "é".repeat(1 << 20), cut: false }];
        let bytes = encode(portions(&lines).next().unwrap()).unwrap().0;
        let read = blocks(&bytes).next().unwrap().lines().unwrap();
        assert_eq!((read[0].text.len(), read[0].cut), (MAX_TEXT, true));
        assert!(bytes.len() < 1000);
    }

    #[test]
    fn levels_and_times_are_told_without_unpacking() {
        let line = |s, text: &str| LogLine {
            at: Timestamp::from_second(s).ok(),
            stream: LogStream::Stdout,
            text: text.into(),
            cut: false,
        };
        let bytes =
            encode(&[line(7, "WARN a"), line(5, "ERROR b"), line(6, "ERROR c"), line(9, "plain")]).unwrap().0;
        let summary = blocks(&bytes).next().unwrap().summary;
        assert_eq!(summary.levels, [0, 0, 0, 1, 2, 0]);
        assert_eq!(
            (summary.first, summary.last),
            (Timestamp::from_second(5).ok(), Timestamp::from_second(9).ok())
        );
    }
}
