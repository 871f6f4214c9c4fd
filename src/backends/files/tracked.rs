//! One file that is read as it grows, and how it is known whether it is still the same text.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::lines::{self, Walk};
use super::open::{HEAD, Identity, Opened};
use super::seek;
use super::text::Text;
use super::times::Times;
use crate::domain::log::LogLine;

/// Bytes before the place up to which a file was read: they tell whether it still holds the same text.
const MARK: usize = 256;

/// A file that is read as it grows.
pub(super) struct Tracked {
    text: Text,
    identity: Arc<Identity>,
    walk: Walk,
    /// The last bytes that were read, at most [`MARK`].
    mark: Vec<u8>,
    times: Times,
    written: Timestamp,
}

impl Tracked {
    /// From a place on, where a line begins. The zone is that of its times unless they tell another one.
    pub fn new(mut opened: Opened, offset: u64, zone: TimeZone) -> Self {
        let times = Times::of(&mut opened.text, opened.written, zone);
        let mut mark = vec![0; usize::try_from(offset).unwrap_or(MARK).min(MARK)];
        let known = opened.text.read_at(offset.saturating_sub(MARK as u64), &mut mark).unwrap_or_default();
        mark.truncate(known);
        Self {
            text: opened.text,
            identity: Arc::new(opened.identity),
            walk: Walk::new(offset),
            mark,
            times,
            written: opened.written,
        }
    }

    /// Where the last lines of a file begin; `None` = all of it.
    pub fn begin(opened: &mut Opened, tail: Option<u32>) -> io::Result<u64> {
        let Some(tail) = tail else { return Ok(0) };
        let end = opened.text.len()?;
        // Also of a line without an end its beginning: it comes when its end does.
        if tail == 0 {
            seek::line_of(opened, end)
        } else {
            Ok(lines::back(&mut opened.text, end, tail, u64::MAX)?.offset)
        }
    }

    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// The zone of its times that name none.
    pub fn zone(&self) -> TimeZone {
        self.times.zone().clone()
    }

    /// When it was last written, as far as known.
    pub fn written(&self) -> Timestamp {
        self.written
    }

    /// True when the file does not hold any more what was read of it.
    pub fn was_cut(&mut self) -> bool {
        !self.text.is_packed() && !Self::holds(&mut self.text, self.walk.read(), &self.mark)
    }

    /// True when the text of another file is this one's, and may go on.
    pub fn goes_on_in(&self, other: &mut Opened) -> bool {
        !self.mark.is_empty()
            && !other.identity.is_same_file(&self.identity)
            && other.identity.begins_like(&self.identity)
            && Self::holds(&mut other.text, self.walk.read(), &self.mark)
    }

    fn holds(text: &mut Text, end: u64, mark: &[u8]) -> bool {
        let mut found = [0; MARK];
        let Some(found) = found.get_mut(..mark.len()) else { return false };
        // What cannot be read now tells nothing.
        text.read_at(end.saturating_sub(mark.len() as u64), found)
            .map_or(true, |count| count == mark.len() && found == mark)
    }

    /// Goes on in a copy, also within a line.
    pub fn go_on_in(&mut self, copy: Opened) {
        (self.text, self.written) = (copy.text, copy.written);
        self.identity = Arc::new(copy.identity);
    }

    /// The same file again, to be read from its beginning.
    ///
    /// # Errors
    /// What the system says.
    pub fn reopened(&self) -> io::Result<Opened> {
        let Text::Plain { file, stop } = &self.text else { return Err(io::ErrorKind::Unsupported.into()) };
        let status = file.status()?;
        let mut text = Text::Plain { file: Arc::clone(file), stop: stop.clone() };
        let mut head = vec![0; HEAD];
        let count = text.read_at(0, &mut head)?;
        head.truncate(count);
        let identity = Identity { head, ..(*self.identity).clone() };
        Ok(Opened { text, identity, written: status.written, size: status.size })
    }

    /// Reads the next block and gives the lines in it with where they begin; `None` at the end.
    ///
    /// # Errors
    /// What the system says; nothing is lost by it.
    pub fn read(&mut self) -> io::Result<Option<Vec<(u64, LogLine)>>> {
        if let Text::Plain { file, .. } = &self.text {
            self.written = file.status().map_or(self.written, |status| status.written);
        }
        let mut lines = Vec::new();
        if !self.walk.step(&mut self.text, u64::MAX, |at, line| lines.push((at, line)))? {
            return Ok(None);
        }
        let block = self.walk.block();
        self.mark.extend_from_slice(block.get(block.len().saturating_sub(MARK)..).unwrap_or_default());
        self.mark.drain(..self.mark.len().saturating_sub(MARK));
        self.learn_head();
        if let Some((_, last)) = lines.last() {
            self.times.learn(&last.text, self.written);
        }
        let lines = lines.into_iter().map(|(at, line)| (at, self.times.line(line, self.written)));
        Ok(Some(lines.collect()))
    }

    /// The file has grown: more is known of its beginning.
    fn learn_head(&mut self) {
        if self.identity.head.len() < HEAD && (self.identity.head.len() as u64) < self.walk.read() {
            let mut head = vec![0; HEAD];
            if let Ok(count) = self.text.read_at(0, &mut head) {
                head.truncate(count);
                self.identity = Arc::new(Identity { head, ..(*self.identity).clone() });
            }
        }
    }

    /// The line that has no end, when nothing more comes.
    pub fn finish(&mut self) -> Option<(u64, LogLine)> {
        let (at, line) = self.walk.finish()?;
        Some((at, self.times.line(line, self.written)))
    }

    /// What has come of a line without an end.
    pub fn open_line(&self) -> Option<LogLine> {
        Some(self.times.line(self.walk.open()?, self.written))
    }
}
