//! Finds the place of a time in a log: by halves in a plain file, step by step in a compressed one.

use std::io;

use jiff::Timestamp;

use super::lines::{self, Walk};
use super::open::Opened;
use super::times::Times;
use crate::logs::plain::PlainLine;

/// A stretch that is walked line by line.
const STRETCH: u64 = 128 << 10;
/// The first line with a time is looked for in so many bytes at the beginning of a file.
const BEGINNING: u64 = 1 << 20;

/// A line that has a time.
struct Timed {
    at: Timestamp,
    offset: u64,
    /// Where the next line begins.
    next: u64,
}

/// The time of the first line that has one.
pub(super) fn first_time(opened: &mut Opened, times: &Times) -> io::Result<Option<Timestamp>> {
    Ok(timed(opened, times, 0, BEGINNING, |_| true)?.map(|line| line.at))
}

/// Where the first line of that time or later begins; `None` when all are before. Lines without a time belong
/// to the one before them.
pub(super) fn first_since(opened: &mut Opened, times: &Times, since: Timestamp) -> io::Result<Option<u64>> {
    let reached = |at: Timestamp| at >= since;
    if opened.text.is_packed() {
        return Ok(timed(opened, times, 0, u64::MAX, reached)?.map(|line| line.offset));
    }
    let (mut from, mut until) = (0, opened.text.len()?);
    let mut found = None;
    while until - from > STRETCH {
        let middle = line_of(opened, from + (until - from) / 2)?;
        match timed(opened, times, middle, until, |_| true)? {
            Some(line) if !reached(line.at) => from = line.next,
            line => {
                found = line.map(|line| line.offset).or(found);
                until = middle;
            }
        }
    }
    Ok(timed(opened, times, from, until, reached)?.map(|line| line.offset).or(found))
}

/// Where the line begins that a byte belongs to.
pub(super) fn line_of(opened: &mut Opened, offset: u64) -> io::Result<u64> {
    let mut before = [0];
    let is_beginning =
        offset == 0 || (opened.text.read_at(offset - 1, &mut before)? == 1 && before == [b'\n']);
    if is_beginning { Ok(offset) } else { Ok(lines::back(&mut opened.text, offset, 1, u64::MAX)?.offset) }
}

/// The first line that begins between two places and has a time that is wanted.
fn timed(
    opened: &mut Opened,
    times: &Times,
    from: u64,
    until: u64,
    wanted: impl Fn(Timestamp) -> bool,
) -> io::Result<Option<Timed>> {
    let mut walk = Walk::new(from);
    let mut found = None;
    let written = opened.written;
    let mut look = |offset: u64, line: PlainLine| {
        if found.is_none()
            && offset < until
            && let Some(at) = times.at(&line.text, written).filter(|at| wanted(*at))
        {
            found = Some(Timed { at, offset, next: offset + line.bytes });
        }
        found.is_some()
    };
    let mut done = false;
    while !done && walk.offset() < until {
        if !walk.step(&mut opened.text, u64::MAX, |at, line| done |= look(at, line))? {
            if let Some((at, line)) = walk.finish() {
                look(at, line);
            }
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::lines::tests::text;
    use super::super::open::Identity;
    use super::*;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn opened(bytes: &[u8]) -> Opened {
        let written = Timestamp::from_second(2_000_000_000).unwrap();
        let size = bytes.len() as u64;
        Opened { text: text(bytes), identity: Identity::default(), written, size }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// By halves it finds the line that a walk over all lines finds.
        #[test]
        fn the_first_line_of_a_time(
            steps in proptest::collection::vec((0_i64..3, 0_usize..3, prop_oneof![9 => 1_usize..200, 1 => 5000_usize..90_000]), 1..200),
            asked in -1_i64..300,
            ended: bool,
        ) {
            let (mut second, mut bytes, mut starts) = (1_900_000_000, Vec::new(), Vec::new());
            for (later, untimed, length) in &steps {
                second += later;
                starts.push((second, bytes.len() as u64));
                bytes.extend(format!("{second} {}\n", "x".repeat(*length)).bytes());
                bytes.extend(b"  at untimed\n".repeat(*untimed * 40));
            }
            if !ended { bytes.pop(); }
            let mut opened = opened(&bytes);
            let times = Times::of(&mut opened.text, opened.written, TimeZone::UTC);
            let since = Timestamp::from_second(1_900_000_000 + asked).unwrap();
            let want = starts.iter().find(|(at, _)| *at >= since.as_second()).map(|(_, offset)| *offset);
            prop_assert_eq!(first_since(&mut opened, &times, since).unwrap(), want);
        }
    }

    #[test]
    fn without_times_there_is_no_place() {
        let mut opened = opened(&b"no time here\n".repeat(50_000));
        let times = Times::of(&mut opened.text, opened.written, TimeZone::UTC);
        assert_eq!(first_time(&mut opened, &times).unwrap(), None);
        assert_eq!(first_since(&mut opened, &times, Timestamp::UNIX_EPOCH).unwrap(), None);
    }

    #[test]
    fn the_line_of_a_byte() {
        let mut opened = opened(b"ab\n\ncd");
        let lines: Vec<u64> = (0..=6).map(|i| line_of(&mut opened, i).unwrap()).collect();
        assert_eq!(lines, [0, 0, 0, 3, 4, 4, 4]);
    }
}
