//! Pages of lines before and behind a place of a log, across its rotated parts.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::chain::{Chain, Place};
use super::disk::Origin;
use super::lines::{self, Walk};
use super::open::{self, Opened};
use super::seek;
use super::times::Times;
use crate::backends::clock;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::LogLine;

/// Text of one page at most, besides its last line.
const BYTES: u64 = 8 << 20;
/// Lines of one page at most.
const LINES: u32 = 20_000;
/// A line without an end counts as ended when the file was not written for so long.
const QUIET: SignedDuration = SignedDuration::from_secs(2);

/// Lines that follow each other.
#[derive(Debug)]
pub struct Page {
    pub lines: Vec<LogLine>,
    /// Where the first one begins.
    pub start: Place,
    /// Where the one behind the last one begins.
    pub end: Place,
    /// False at the log's beginning, of a page behind a place at its present end.
    pub more: bool,
}

/// Reads pages of one log.
pub struct Pager {
    origin: Origin,
    times: Option<Times>,
    stop: CancellationToken,
    /// The compressed part read last: it keeps what it has unpacked.
    packed: Option<Opened>,
}

impl Pager {
    pub fn new(origin: impl Into<Origin>, stop: CancellationToken) -> Self {
        Self { origin: origin.into(), times: None, stop, packed: None }
    }

    /// The lines before a place.
    ///
    /// # Errors
    /// `Gone` when what was at the place is not there any more, and what the system says of the files.
    pub fn older(&mut self, from: &Place, count: u32) -> Result<Page, Fault> {
        let chain = self.chain();
        let mut index = chain.find(&from.file)?;
        let (mut end, mut left, mut budget) = (Some(from.offset), count.min(LINES), BYTES);
        let mut page = Page { lines: Vec::new(), start: from.clone(), end: from.clone(), more: true };
        loop {
            let mut opened = match self.open(&chain, index) {
                Ok(opened) => opened,
                // What was found is given; the next page tells the fault.
                Err(_) if !page.lines.is_empty() => return Ok(page),
                Err(fault) => return Err(fault),
            };
            let failed = |e| open::from_io(&e, chain.path(index));
            let length = opened.text.len().map_err(failed)?;
            let until = end.take().map_or(length, |end| end.min(length));
            let start = lines::back(&mut opened.text, until, left, budget).map_err(failed)?;
            let mut lines = Vec::new();
            let (times, written) = (self.times(&chain)?, opened.written);
            lines::each(&mut opened.text, start.offset, until, |_, line| {
                lines.push(times.line(line, written))
            })
            .map_err(failed)?;
            lines.append(&mut page.lines);
            page.lines = lines;
            page.start = Place { file: Arc::new(opened.identity.clone()), offset: start.offset };
            self.keep(opened);
            left -= start.lines.min(left);
            budget = budget.saturating_sub(until - start.offset);
            if start.offset > 0 {
                return Ok(page);
            }
            index += 1;
            if index == chain.len() {
                page.more = false;
                return Ok(page);
            }
            if left == 0 || budget == 0 {
                return Ok(page);
            }
        }
    }

    /// The lines from a place on, up to another one or to the present end.
    ///
    /// # Errors
    /// As [`Pager::older`].
    pub fn newer(&mut self, from: &Place, until: Option<&Place>, count: u32) -> Result<Page, Fault> {
        let chain = self.chain();
        let mut index = chain.find(&from.file)?;
        let last = until.map(|until| Ok((chain.find(&until.file)?, until.offset))).transpose()?;
        let (last, limit) = last.unwrap_or((0, u64::MAX));
        let (mut offset, mut budget) = (from.offset, BYTES);
        let mut page = Page { lines: Vec::new(), start: from.clone(), end: from.clone(), more: true };
        let count = usize::try_from(count.min(LINES)).unwrap_or(usize::MAX);
        loop {
            let limit = if index > last { u64::MAX } else { limit };
            if index < last || offset >= limit {
                page.more = false;
                return Ok(page);
            }
            let mut opened = match self.open(&chain, index) {
                Ok(opened) => opened,
                Err(_) if !page.lines.is_empty() => return Ok(page),
                Err(fault) => return Err(fault),
            };
            let (times, written) = (self.times(&chain)?, opened.written);
            // Nothing is appended to a rotated file; to the log itself perhaps.
            let is_whole = index > 0 || until.is_some() || clock::now().duration_since(written) >= QUIET;
            let mut walk = Walk::new(offset);
            let (mut end, mut at_end) = (offset, false);
            while page.lines.len() < count
                && !at_end
                && (walk.read() - offset < budget || page.lines.is_empty())
            {
                let mut some = Vec::new();
                let step = walk.step(&mut opened.text, limit, |at, line| some.push((at, line)));
                at_end = !step.map_err(|e| open::from_io(&e, chain.path(index)))?;
                some.extend(if at_end && is_whole { walk.finish() } else { None });
                some.truncate(count - page.lines.len());
                for (at, line) in some {
                    end = at + line.bytes;
                    page.lines.push(times.line(line, written));
                }
            }
            budget = budget.saturating_sub(walk.read() - offset);
            page.end = Place { file: Arc::new(opened.identity.clone()), offset: end };
            self.keep(opened);
            if page.lines.len() >= count || !at_end {
                return Ok(page);
            }
            if index == last {
                page.more = false;
                return Ok(page);
            }
            (index, offset) = (index - 1, 0);
        }
    }

    /// Where the part of a range begins that its last lines are.
    ///
    /// # Errors
    /// As [`Pager::older`].
    pub fn last(&mut self, start: &Place, end: &Place, count: u32) -> Result<Place, Fault> {
        let (first, mut place, mut left) = (self.number(start)?, end.clone(), count);
        while left > 0 {
            let page = self.older(&place, left)?;
            if !page.more || self.number(&page.start)? <= first {
                break;
            }
            left = left.saturating_sub(u32::try_from(page.lines.len()).unwrap_or(u32::MAX));
            place = page.start;
        }
        Ok(if left > 0 || self.number(&place)? < first { start.clone() } else { place })
    }

    /// Refuses what is no text.
    ///
    /// # Errors
    /// `Unsupported`, and what the system says of the file.
    pub fn check(&mut self) -> Result<(), Fault> {
        let mut opened = open::open(&self.origin, &self.stop)?;
        open::check_text(&self.origin.path, &mut opened)
    }

    /// The present end of the log.
    ///
    /// # Errors
    /// What the system says of the file.
    pub fn end(&mut self) -> Result<Place, Fault> {
        let chain = self.chain();
        let mut opened = self.open(&chain, 0)?;
        let offset = opened.text.len().map_err(|e| open::from_io(&e, chain.path(0)))?;
        let file = Arc::new(opened.identity.clone());
        self.keep(opened);
        Ok(Place { file, offset })
    }

    /// The beginning of the file itself.
    ///
    /// # Errors
    /// What the system says of the file.
    pub fn beginning(&mut self) -> Result<Place, Fault> {
        let chain = self.chain();
        self.start(&chain, 0)
    }

    /// Where the first line of that time or later is; the present end when all are before.
    ///
    /// # Errors
    /// `Unsupported` when no line has a time, and what the system says of the files.
    pub fn since(&mut self, at: Timestamp) -> Result<Place, Fault> {
        let chain = self.chain();
        let mut oldest = None;
        for index in 0..chain.len() {
            let mut opened = match self.open(&chain, index) {
                Ok(opened) => opened,
                Err(_) if oldest.is_some() => break,
                Err(fault) => return Err(fault),
            };
            let times = self.times(&chain)?;
            let failed = |e| open::from_io(&e, chain.path(index));
            let first = seek::first_time(&mut opened, &times).map_err(failed)?;
            if first.is_some_and(|first| first < at) {
                let found = seek::first_since(&mut opened, &times, at).map_err(failed)?;
                let file = Arc::new(opened.identity.clone());
                self.keep(opened);
                return match (found, index) {
                    (Some(offset), _) => Ok(Place { file, offset }),
                    (None, 0) => self.end(),
                    (None, _) => self.start(&chain, index - 1),
                };
            }
            if first.is_some() {
                oldest = Some(index);
            }
            self.keep(opened);
        }
        match oldest {
            Some(index) => self.start(&chain, index),
            None => {
                let message =
                    format!("no line of {} has a time that pult can read", open::name(&self.origin.path));
                Err(Fault::new(FaultKind::Unsupported, message).hint("read it by lines: without a time"))
            }
        }
    }

    /// Where the line of a byte begins, counted as in [`crate::domain::log::LogAnchor::Offset`].
    ///
    /// # Errors
    /// What the system says of the files; `Gone` behind the last one.
    pub fn at(&mut self, number: i64) -> Result<Place, Fault> {
        let chain = self.chain();
        let (index, offset) = part(number);
        let mut opened = self.open(&chain, index)?;
        let failed = |e| open::from_io(&e, chain.path(index));
        let offset = offset.min(opened.text.len().map_err(failed)?);
        let offset = seek::line_of(&mut opened, offset).map_err(failed)?;
        let file = Arc::new(opened.identity.clone());
        self.keep(opened);
        Ok(Place { file, offset })
    }

    /// The number of a place: of two the later one has the higher number.
    fn number(&self, place: &Place) -> Result<i64, Fault> {
        Ok(number(self.chain().find(&place.file)?, place.offset))
    }

    fn chain(&self) -> Chain {
        Chain::of(&self.origin, &self.stop)
    }

    fn start(&mut self, chain: &Chain, index: usize) -> Result<Place, Fault> {
        let opened = self.open(chain, index)?;
        let file = Arc::new(opened.identity.clone());
        self.keep(opened);
        Ok(Place { file, offset: 0 })
    }

    /// How the times of this log are read: as its newest lines tell.
    fn times(&mut self, chain: &Chain) -> Result<Times, Fault> {
        if let Some(times) = &self.times {
            return Ok(times.clone());
        }
        let mut newest = chain.open(0)?;
        let times = Times::of(&mut newest.text, newest.written, TimeZone::system());
        Ok(self.times.insert(times).clone())
    }

    fn open(&mut self, chain: &Chain, index: usize) -> Result<Opened, Fault> {
        let is_it = |packed: &mut Opened| {
            chain.status(index).is_ok_and(|there| packed.identity.is_of(&there) && there.size == packed.size)
        };
        match self.packed.take_if(is_it) {
            Some(packed) => Ok(packed),
            None => chain.open(index),
        }
    }

    fn keep(&mut self, opened: Opened) {
        if opened.text.is_packed() {
            self.packed = Some(opened);
        }
    }
}

/// Bits of a place's number that say where in its file it is.
const BITS: u32 = 44;

/// The number of a place: of the file itself its byte, of the siblings below zero.
pub(super) fn number(index: usize, offset: u64) -> i64 {
    let offset = i64::try_from(offset.min((1 << BITS) - 1)).unwrap_or_default();
    let index = i64::try_from(index.min(1 << 18)).unwrap_or_default();
    offset - (index << BITS)
}

/// Which file of a chain, and which byte of it.
fn part(number: i64) -> (usize, u64) {
    let index = if number < 0 { ((-1 - number) >> BITS) + 1 } else { 0 };
    let offset = number + (index << BITS);
    (usize::try_from(index).unwrap_or_default(), u64::try_from(offset).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::packed::tests::{gzip, zstd};
    use super::*;
    use proptest::prelude::*;

    fn texts(page: &Page) -> Vec<String> {
        page.lines.iter().map(|line| line.text.clone()).collect()
    }

    /// Lines 0.. in a log and its siblings, cut at these places; every second sibling is compressed.
    fn log(count: usize, cuts: &[usize]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (count + 1)).chain([0, count]).collect();
        cuts.sort_unstable();
        for (i, range) in cuts.windows(2).rev().enumerate() {
            let text: String =
                (range[0]..range[1]).map(|n| format!("{} line {n}\n", 1_900_000_000 + n)).collect();
            let (end, bytes) = match i {
                0 => (String::new(), text.into_bytes()),
                _ if i % 3 == 1 => (format!(".{i}"), text.into_bytes()),
                _ if i % 3 == 2 => (format!(".{i}.gz"), gzip(text.as_bytes())),
                _ => (format!(".{i}.zst"), zstd(text.as_bytes())),
            };
            fs::write(dir.path().join(format!("app.log{end}")), bytes).unwrap();
        }
        dir
    }

    fn pager(dir: &tempfile::TempDir) -> Pager {
        Pager::new(&dir.path().join("app.log"), CancellationToken::new())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn pages_lose_and_double_nothing(
            count in 0_usize..300,
            cuts in proptest::collection::vec(any::<usize>(), 0..6),
            step in 1_u32..40,
            second in 0_i64..300,
        ) {
            let dir = log(count, &cuts);
            let mut pager = pager(&dir);
            let want: Vec<String> = (0..count).map(|n| format!("{} line {n}", 1_900_000_000 + n)).collect();

            let (mut place, mut got, mut more) = (pager.end().unwrap(), Vec::new(), true);
            while more {
                let page = pager.older(&place, step).unwrap();
                prop_assert!(page.lines.len() <= step as usize && (page.lines.len() == step as usize || !page.more));
                got.splice(0..0, texts(&page));
                (place, more) = (page.start, page.more);
            }
            prop_assert_eq!(&got, &want);

            // And from there forward again.
            let start = place.clone();
            let (mut got, mut more) = (Vec::new(), true);
            while more {
                let page = pager.newer(&place, None, step).unwrap();
                got.extend(texts(&page));
                (place, more) = (page.end, page.more);
            }
            prop_assert_eq!(&got, &want);

            let end = pager.end().unwrap();
            let last = pager.last(&start, &end, step).unwrap();
            let page = pager.newer(&last, Some(&end), u32::MAX).unwrap();
            prop_assert_eq!(texts(&page), &want[count.saturating_sub(step as usize)..]);
            prop_assert!(!page.more);

            let at = Timestamp::from_second(1_900_000_000 + second).unwrap();
            match pager.since(at) {
                Ok(place) => {
                    let page = pager.newer(&start, Some(&place), u32::MAX).unwrap();
                    prop_assert_eq!(texts(&page), &want[..want.len().min(second as usize)]);
                    let want = want.get(second as usize).cloned();
                    prop_assert_eq!(texts(&pager.newer(&place, None, 1).unwrap()).pop(), want);
                }
                Err(fault) => prop_assert!(count == 0 && fault.kind == FaultKind::Unsupported),
            }
        }

        #[test]
        fn places_have_numbers_in_their_order(a in (0_usize..1000, 0_u64..1 << 44), b in (0_usize..1000, 0_u64..1 << 44)) {
            prop_assert_eq!(part(number(a.0, a.1)), a);
            let order = b.0.cmp(&a.0).then(a.1.cmp(&b.1));
            prop_assert_eq!(number(a.0, a.1).cmp(&number(b.0, b.1)), order);
        }
    }

    #[test]
    fn a_place_stays_right_when_files_are_rotated_and_compressed() {
        let dir = log(100, &[50]);
        let path = |end: &str| dir.path().join(format!("app.log{end}"));
        let mut pager = pager(&dir);
        let end = pager.end().unwrap();
        let place = pager.older(&end, 10).unwrap().start;
        fs::rename(path(".1"), path(".2")).unwrap();
        fs::rename(path(""), path(".1")).unwrap();
        fs::write(path(""), "new\n").unwrap();
        assert_eq!(texts(&pager.older(&place, 1).unwrap()), ["1900000089 line 89"]);
        fs::write(path(".1.gz"), gzip(&fs::read(path(".1")).unwrap())).unwrap();
        fs::remove_file(path(".1")).unwrap();
        assert_eq!(texts(&pager.older(&place, 1).unwrap()), ["1900000089 line 89"]);
        assert_eq!(pager.newer(&place, None, 11).unwrap().lines[10].text, "new");
        fs::remove_file(path(".1.gz")).unwrap();
        assert_eq!(pager.older(&place, 1).unwrap_err().kind, FaultKind::Gone);
    }

    #[test]
    fn a_page_is_bounded_by_its_bytes() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("app.log"), format!("{}\n", "x".repeat(1 << 20)).repeat(20)).unwrap();
        let mut pager = pager(&dir);
        let end = pager.end().unwrap();
        let page = pager.older(&end, u32::MAX).unwrap();
        assert!((8..=9).contains(&page.lines.len()) && page.more && page.lines[0].cut);
        let start = pager.beginning().unwrap();
        let page = pager.newer(&start, None, u32::MAX).unwrap();
        assert!((7..=9).contains(&page.lines.len()) && page.more);
        fs::write(dir.path().join("app.log"), "x".repeat(20 << 20)).unwrap();
        let start = pager.at(5).unwrap();
        let page = pager.newer(&start, None, 9).unwrap();
        assert!(page.lines.is_empty() && !page.more, "it may go on");
    }

    #[test]
    fn a_sibling_that_cannot_be_read_is_told_after_what_can() {
        let dir = log(20, &[]);
        fs::write(dir.path().join("app.log.1.xz"), b"\xfd7zXZ\0 and so on").unwrap();
        let mut pager = pager(&dir);
        let end = pager.end().unwrap();
        let page = pager.older(&end, 50).unwrap();
        assert!(page.lines.len() == 20 && page.more);
        assert!(pager.older(&page.start, 50).unwrap_err().message.contains("xz"));
    }
}
