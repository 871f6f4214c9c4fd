//! The reading side: whatever another process, or this one, records meanwhile. All calls block.

use std::ops::Range;
use std::path::Path;

use super::index::{Index, Segment};
use super::shelf::{Shelf, read};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::filter::nearest;
use crate::domain::log::{LogLine, LogStream};
use crate::domain::recording::Recording;
use crate::logs::recording::{Heading, blocks};

/// Recordings and capsules of a state directory, for reading.
#[derive(Debug, Clone)]
pub struct Library {
    pub(super) shelf: Shelf,
}

impl Library {
    /// Looks at nothing yet.
    pub fn new(state_dir: &Path) -> Self {
        Self { shelf: Shelf::new(state_dir) }
    }

    /// All recordings, by name.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn recordings(&self) -> Result<Vec<Recording>, Fault> {
        match Index::open_to_read(&self.shelf.index())? {
            Some(index) => index.recordings(),
            None => Ok(Vec::new()),
        }
    }

    /// The segments of a recording, oldest first.
    pub(super) fn segments(&self, name: &str) -> Result<Vec<Segment>, Fault> {
        let gone = || Fault::new(FaultKind::Gone, format!("there is no recording called {name}"));
        let index = Index::open_to_read(&self.shelf.index())?.ok_or_else(gone)?;
        match index.source(name)? {
            Some(source) => index.segments(Some(source.id)),
            None => {
                let known = index.sources()?;
                let known: Vec<&str> = known.iter().map(|s| s.name.as_str()).collect();
                Err(match nearest(name, known.iter().copied()) {
                    Some(near) => gone().hint(format!("did you mean {near}?")),
                    None if known.is_empty() => gone(),
                    None => {
                        gone().hint(format!("there are {}", known.get(..10).unwrap_or(&known).join(", ")))
                    }
                })
            }
        }
    }

    /// Lines of a segment, counted from its first one; `None` when it was dropped meanwhile.
    pub(super) fn lines(&self, segment: &Segment, range: Range<u64>) -> Result<Option<Vec<LogLine>>, Fault> {
        lines_of(&self.shelf, segment, range)
    }
}

/// As [`Library::lines`].
pub(super) fn lines_of(
    shelf: &Shelf,
    segment: &Segment,
    range: Range<u64>,
) -> Result<Option<Vec<LogLine>>, Fault> {
    let Some(bytes) = read(&shelf.segment(segment.id))? else { return Ok(None) };
    let begin = Heading::decode(&bytes).map_or(bytes.len(), |(_, begin)| begin);
    // More may have been written than the index knows.
    let range = range.start..range.end.min(segment.summary.lines);
    let wanted = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
    let (mut lines, mut first) = (Vec::new(), 0);
    for block in blocks(bytes.get(begin..).unwrap_or_default()) {
        let end = first + block.summary.lines;
        if first >= range.end {
            break;
        }
        if end > range.start {
            let skip = usize::try_from(range.start.saturating_sub(first)).unwrap_or(usize::MAX);
            let Some(unpacked) = block.lines() else { break };
            lines.extend(unpacked.into_iter().skip(skip));
        }
        first = end;
    }
    // Every number has its line, so that places stay what they are.
    let damaged =
        LogLine { at: None, stream: LogStream::Engine, text: "recording: damaged".to_owned(), cut: false };
    lines.resize(wanted, damaged);
    Ok(Some(lines))
}
