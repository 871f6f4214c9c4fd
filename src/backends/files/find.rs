//! Searches a log itself, with its rotated parts, for a regular expression: in large blocks, the newest first.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use futures_util::future::BoxFuture;
use memchr::{memchr, memrchr};
use regex::bytes::{Regex, RegexBuilder};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::blocking;
use super::chain::Chain;
use super::disk::Origin;
use super::open;
use super::page::number;
use super::text::Text;
use crate::backends::clock;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogFind, LogFound};
use crate::logs::frame::MAX_LINE;

/// Bytes searched at once: what was read is still in the processor's cache when it is looked through.
const BLOCK: u64 = 1 << 20;
/// Places that are told at most.
const PLACES: usize = 1000;
/// So often it is told how far the search has come.
const PACE: Duration = Duration::from_millis(100);

/// Whether a line that an expression matches is one that is meant.
type Confirm = Box<dyn Fn(&[u8]) -> bool + Send>;

/// What a search looks for.
pub struct Needle {
    regex: Regex,
    confirm: Option<Confirm>,
}

impl Needle {
    /// The lines that match.
    ///
    /// # Errors
    /// `Failed` when it is not a regular expression.
    pub fn of(ask: &LogFind) -> Result<Self, Fault> {
        // As for one line at a time: `$` is before each line end, also before `\r\n`.
        let regex = RegexBuilder::new(&ask.regex)
            .case_insensitive(ask.ignore_case)
            .multi_line(true)
            .crlf(true)
            .build();
        let regex =
            regex.map_err(|e| Fault::new(FaultKind::Failed, format!("not a regular expression: {e}")))?;
        Ok(Self { regex, confirm: None })
    }

    /// Of the lines that match those that are meant, as far as this tells.
    pub fn confirmed(regex: Regex, confirm: impl Fn(&[u8]) -> bool + Send + 'static) -> Self {
        Self { regex, confirm: Some(Box::new(confirm)) }
    }

    /// Whether a line, without its end, is one that is looked for.
    #[cfg(test)]
    pub fn is_in(&self, line: &[u8]) -> bool {
        self.regex.is_match(line) && self.is_meant(line)
    }

    fn is_meant(&self, line: &[u8]) -> bool {
        self.confirm.as_ref().is_none_or(|confirm| confirm(line))
    }
}

/// A search at work on another thread. Dropping it ends it.
pub struct Searching {
    done: BoxFuture<'static, Result<LogFound, Fault>>,
    generation: u64,
    _stop: DropGuard,
}

impl Searching {
    /// Begins to search a log. `tell` is called now and then, on the other thread; it must not wait.
    pub fn begin(
        origin: impl Into<Origin>,
        generation: u64,
        needle: Result<Needle, Fault>,
        stop: CancellationToken,
        mut tell: impl FnMut(LogFound) + Send + 'static,
    ) -> Self {
        let (origin, work_stop) = (origin.into(), stop.clone());
        let done = Box::pin(blocking(move || {
            search(BLOCK, &origin, generation, needle, &work_stop, &mut |found| tell(found.clone()))
        }));
        Self { done, generation, _stop: stop.drop_guard() }
    }

    /// The last word of a search, if there is one.
    pub async fn end(this: &mut Option<Self>) -> Option<LogFound> {
        let search = this.as_mut()?;
        let generation = search.generation;
        let done = search.done.as_mut().await;
        Some(done.unwrap_or_else(|fault| LogFound { fault: Some(fault), ..nothing(generation) }))
    }
}

fn nothing(generation: u64) -> LogFound {
    LogFound {
        generation,
        places: Vec::new(),
        hits: 0,
        scanned_bytes: 0,
        total_bytes: 0,
        done: true,
        fault: None,
    }
}

/// A search that goes on.
struct Search<'a> {
    needle: Needle,
    found: LogFound,
    /// Bytes of the files that are done.
    done: u64,
    /// Bytes searched at once.
    block: u64,
    buffer: Vec<u8>,
    told: std::time::Instant,
    tell: &'a mut dyn FnMut(&LogFound),
}

/// Searches until the end, or until stopped. `tell` is called now and then; what comes back is the last word.
fn search(
    block: u64,
    origin: &Origin,
    generation: u64,
    needle: Result<Needle, Fault>,
    stop: &CancellationToken,
    tell: &mut dyn FnMut(&LogFound),
) -> LogFound {
    let needle = match needle {
        Ok(needle) => needle,
        Err(fault) => return LogFound { fault: Some(fault), ..nothing(generation) },
    };
    let mut found = LogFound { done: false, ..nothing(generation) };
    let chain = Chain::of(origin, stop);
    let sizes = (0..chain.len()).map(|i| chain.status(i).map_or(0, |status| status.size));
    found.total_bytes = sizes.sum();
    let mut search =
        Search { needle, found, done: 0, block, buffer: Vec::new(), told: clock::instant(), tell };
    for index in 0..chain.len() {
        if stop.is_cancelled() {
            break;
        }
        if let Err(fault) = search.file(&chain, index) {
            // The first one says most; what else can be read is searched all the same.
            search.found.fault.get_or_insert(fault);
        }
    }
    search.found.done = true;
    search.found
}

impl Search<'_> {
    fn file(&mut self, chain: &Chain, index: usize) -> Result<(), Fault> {
        let opened = chain.open(index)?;
        let (mut text, size) = (opened.text, opened.size);
        let searched =
            if text.is_packed() { self.forward(&mut text, index) } else { self.backward(&mut text, index) };
        self.done += size;
        self.found.scanned_bytes = self.done;
        match searched {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Ok(()),
            searched => searched.map_err(|e| open::from_io(&e, chain.path(index))),
        }
    }

    fn backward(&mut self, text: &mut Text, index: usize) -> io::Result<()> {
        let length = text.len()?;
        let mut end = length;
        while end > 0 {
            let start = end.saturating_sub(self.block);
            let mut hits = Vec::new();
            self.block(text, start, end, &mut |offset| hits.push(offset))?;
            self.add(index, hits.into_iter().rev());
            end = start;
            self.progress(length - end);
        }
        Ok(())
    }

    /// Of a compressed file, which can only be read from its beginning on.
    fn forward(&mut self, text: &mut Text, index: usize) -> io::Result<()> {
        let (mut start, mut last, mut hits) = (0, VecDeque::new(), 0);
        loop {
            let read = self.block(text, start, start + self.block, &mut |offset| {
                hits += 1;
                last.push_back(offset);
                if last.len() > PLACES {
                    last.pop_front();
                }
            })?;
            start += self.block;
            self.progress(text.consumed(start));
            if !read {
                break;
            }
        }
        self.found.hits += hits - last.len() as u64;
        self.add(index, last.into_iter().rev());
        Ok(())
    }

    fn add(&mut self, index: usize, hits: impl ExactSizeIterator<Item = u64>) {
        self.found.hits += hits.len() as u64;
        let room = PLACES.saturating_sub(self.found.places.len());
        self.found.places.extend(hits.take(room).map(|offset| number(index, offset)));
    }

    fn progress(&mut self, of_this: u64) {
        self.found.scanned_bytes = (self.done + of_this).min(self.found.total_bytes);
        if self.told.elapsed() >= PACE {
            self.told = clock::instant();
            (self.tell)(&self.found);
        }
    }

    /// Tells where the lines with a match begin that begin in this part; false behind the end of the text. Of
    /// a line as much is searched as would be shown.
    fn block(&mut self, text: &mut Text, start: u64, end: u64, hit: &mut dyn FnMut(u64)) -> io::Result<bool> {
        // With the byte before, which tells whether a line begins at the start.
        let from = start.saturating_sub(1);
        let length = usize::try_from(end - from).unwrap_or_default();
        self.buffer.resize(length + MAX_LINE, 0);
        let count = text.read_at(from, &mut self.buffer)?;
        let bytes = self.buffer.get(..count).unwrap_or_default();
        let first = match start {
            0 => 0,
            _ => match memchr(b'\n', bytes) {
                Some(newline) => newline + 1,
                None => return Ok(count > 1),
            },
        };
        // Up to the end of the last line that begins before the end of this part.
        let last = bytes.get(length - 1..).and_then(|rest| memchr(b'\n', rest));
        let lines = bytes.get(..last.map_or(count, |last| length + last)).unwrap_or_default();
        let mut at = first;
        while at < lines.len()
            && let Some(found) = self.needle.regex.find_at(lines, at)
        {
            let begin =
                lines.get(..found.start()).and_then(|before| memrchr(b'\n', before)).map_or(0, |i| i + 1);
            let begin = begin.max(first);
            let rest = lines.get(found.start()..).unwrap_or_default();
            let next = memchr(b'\n', rest).map_or(lines.len(), |newline| found.start() + newline);
            let line = lines.get(begin..next.min(begin + MAX_LINE)).unwrap_or_default();
            // A match across lines says nothing about the one it begins in.
            let matches = found.end() <= begin + line.len() || self.needle.regex.is_match(line);
            if matches && self.needle.is_meant(line) {
                hit(from + begin as u64);
            }
            at = next + 1;
        }
        Ok(count > 1 || start == 0 && count > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::packed::tests::{gzip, zstd};
    use super::super::page::Pager;
    use super::*;
    use proptest::prelude::*;

    fn ask(regex: &str) -> LogFind {
        LogFind { generation: 7, regex: regex.into(), ignore_case: false }
    }

    fn found(dir: &tempfile::TempDir, block: u64, ask: &LogFind) -> LogFound {
        stopped(block, dir, ask, &CancellationToken::new())
    }

    fn stopped(block: u64, dir: &tempfile::TempDir, ask: &LogFind, stop: &CancellationToken) -> LogFound {
        search(
            block,
            &Origin::from(&dir.path().join("app.log")),
            ask.generation,
            Needle::of(ask),
            stop,
            &mut |_| {},
        )
    }

    /// The lines at these places.
    fn lines(dir: &tempfile::TempDir, places: &[i64]) -> Vec<String> {
        let mut pager = Pager::new(&dir.path().join("app.log"), CancellationToken::new());
        let mut line = |number: &i64| {
            let (place, end) = (pager.at(*number).unwrap(), pager.end().unwrap());
            pager.newer(&place, Some(&end), 1).unwrap().lines.pop().unwrap().text
        };
        places.iter().map(&mut line).collect()
    }

    const WORDS: [&str; 7] = ["error", "err", "ok\r", "", "an error ok", "x", "\u{e9}"];
    const PATTERNS: [&str; 9] =
        ["error", "^err$", "ok$", "r\\s+ok", "[^x]", "", "\\bok\\b", "(?i)ERR", "error\\s*x"];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// In blocks of any size it finds what each line by itself has.
        #[test]
        fn blocks_find_what_lines_have(
            words in proptest::collection::vec(0..WORDS.len(), 0..80),
            cut in 0_usize..80,
            block in 1_u64..200,
            pattern in 0..PATTERNS.len(),
            ended: bool,
        ) {
            let dir = tempfile::tempdir().unwrap();
            let of = |words: &[usize]| words.iter().map(|w| format!("{}\n", WORDS[*w])).collect::<String>();
            let (older, newer) = words.split_at(cut.min(words.len()));
            let (older, mut newer) = (of(older), of(newer));
            if !ended { newer.pop(); }
            let packed = if block % 2 == 0 { gzip(older.as_bytes()) } else { zstd(older.as_bytes()) };
            fs::write(dir.path().join("app.log.1.gz"), packed).unwrap();
            fs::write(dir.path().join("app.log"), &newer).unwrap();
            let regex = regex::Regex::new(PATTERNS[pattern]).unwrap();
            let all = older.lines().chain(newer.lines()).map(|line| line.strip_suffix('\r').unwrap_or(line));
            let want: Vec<String> = all.filter(|line| regex.is_match(line)).map(String::from).rev().collect();
            let found = found(&dir, block, &ask(PATTERNS[pattern]));
            prop_assert_eq!(found.hits as usize, want.len());
            prop_assert!(found.places.is_sorted_by(|a, b| a > b), "{:?}", found.places);
            prop_assert_eq!(lines(&dir, &found.places), want);
            prop_assert!(found.done && found.fault.is_none() && found.generation == 7);
            prop_assert_eq!(found.scanned_bytes, found.total_bytes);
        }
    }

    #[test]
    fn many_hits_and_long_lines_stay_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let long = format!("{}needle\nneedle {}\n", "y".repeat(MAX_LINE), "y".repeat(1 << 20));
        let text = "needle in it\n".repeat(5000);
        fs::write(dir.path().join("app.log"), format!("{long}{text}")).unwrap();
        fs::write(dir.path().join("app.log.1.gz"), gzip(text.as_bytes())).unwrap();
        let found = found(&dir, BLOCK, &ask("needle"));
        assert_eq!((found.hits, found.places.len()), (10_001, PLACES), "what is cut off is not searched");
        let newest = (long.len() + text.len() - 13) as i64;
        assert_eq!(found.places[..2], [newest, newest - 13]);
    }

    #[test]
    fn what_cannot_be_searched_is_told() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("app.log"), "a\n").unwrap();
        fs::write(dir.path().join("app.log.1.xz"), b"\xfd7zXZ\0").unwrap();
        fs::write(dir.path().join("app.log.2"), "a\n").unwrap();
        let told = found(&dir, BLOCK, &ask("a"));
        assert!(told.hits == 2 && told.fault.unwrap().message.contains("xz"));
        let told = found(&dir, BLOCK, &ask("(a"));
        assert!(told.done && told.fault.unwrap().message.contains("not a regular expression"));
        let stop = CancellationToken::new();
        stop.cancel();
        assert_eq!(stopped(BLOCK, &dir, &ask("a"), &stop).hits, 0);
    }
}
