//! What the flight recorder holds and how it fares, as a screen shows it.

use std::sync::Arc;

use jiff::Timestamp;

use super::fault::Fault;

/// What is known of recorded lines without reading them: of a block, of a segment, of a whole recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    pub lines: u64,
    /// Bytes of text, before compression.
    pub text_bytes: u64,
    /// The earliest and the latest time of a line.
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    /// Lines by level, the mildest first; those without a level are in none.
    pub levels: [u64; 6],
}

impl Summary {
    /// Takes in what comes behind.
    pub fn add(&mut self, more: &Self) {
        self.lines += more.lines;
        self.text_bytes += more.text_bytes;
        self.first = self.first.into_iter().chain(more.first).min();
        self.last = self.last.max(more.last);
        for (sum, n) in self.levels.iter_mut().zip(more.levels) {
            *sum += n;
        }
    }
}

/// One recording: everything kept of one source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recording {
    /// As in `recording/NAME`.
    pub name: Arc<str>,
    pub summary: Summary,
    /// What it takes on the disk.
    pub bytes: u64,
    pub segments: u64,
}

/// Whether anything is recorded now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RecorderState {
    #[default]
    Starting,
    Recording,
    /// Another pult of the same user records; this one takes over when that one ends.
    Elsewhere,
    /// Nothing is recorded until the cause is gone; it is tried again by itself.
    Stopped(Fault),
}

impl RecorderState {
    /// What to tell when this state begins.
    pub fn sentence(&self) -> String {
        match self {
            Self::Starting => "the recorder starts".to_owned(),
            Self::Recording => "recording".to_owned(),
            Self::Elsewhere => "another pult records; this one does not".to_owned(),
            Self::Stopped(fault) => format!("recording stopped: {}", fault.in_full()),
        }
    }
}

/// How a source that is to be recorded fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Following {
    Connecting,
    Live,
    /// It does not run now.
    Ended,
    Lost(Fault),
    /// Nothing can be read of it.
    Refused(Fault),
}

/// A source that is recorded at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedSource {
    pub name: Arc<str>,
    pub following: Following,
    /// Lines that came too fast to be recorded, in this session.
    pub dropped: u64,
}

/// The recorder at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecorderStatus {
    pub state: RecorderState,
    /// What there is on the disk, sorted by name. Empty while another pult records.
    pub recordings: Vec<Recording>,
    /// What is being recorded, sorted by name.
    pub sources: Vec<RecordedSource>,
    pub bytes: u64,
    pub limit_bytes: u64,
    /// Crash capsules made in this session, and crashes of which none was made.
    pub capsules: u64,
    pub skipped_capsules: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_add_up() {
        let at = |s| Timestamp::from_second(s).ok();
        let mut sum = Summary::default();
        sum.add(&Summary { lines: 2, text_bytes: 9, first: at(5), last: at(9), levels: [0, 0, 1, 0, 1, 0] });
        sum.add(&Summary { lines: 1, text_bytes: 1, ..Summary::default() });
        sum.add(&Summary { lines: 1, text_bytes: 1, first: at(4), last: at(4), levels: [0, 0, 0, 0, 1, 0] });
        let whole =
            Summary { lines: 4, text_bytes: 11, first: at(4), last: at(9), levels: [0, 0, 1, 0, 2, 0] };
        assert_eq!(sum, whole);
    }
}
