//! The writing side: lines of many sources go into segments of a few minutes each, the oldest of which make
//! room for new ones. All calls block; after one that fails the store is to be opened anew, which mends
//! whatever was left half done.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::index::{Index, Segment};
use super::library::lines_of;
use super::shelf::{Shelf, append_to, make_dir, remove};
use super::{MAKE_ROOM, refused, repair};
use crate::domain::capsule::Capsule;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::LogLine;
use crate::domain::recording::{Recording, Summary};
use crate::logs::recording::{Heading, Joint, Limits, Ring, SegmentId, encode, portions};

/// A segment is closed when it holds so much text, with so much more for each line,
const MAX_TEXT_BYTES: u64 = 1 << 20;
const PER_LINE: u64 = 16;
/// or this long after its first line.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);
/// Lines and segments of a recording's end that are looked at to go on with it.
const MAX_END: usize = 1 << 16;
const MAX_END_SEGMENTS: usize = 64;

/// How a recording ends at present.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct End {
    /// What was recorded last: a container's id.
    pub life: String,
    /// The last lines, as far back as [`Joint::behind`] needs them.
    pub lines: Vec<LogLine>,
}

/// Everything recorded, open for writing.
#[derive(Debug)]
pub struct Store {
    shelf: Shelf,
    limits: Limits,
    index: Index,
    ring: Ring,
    sources: HashMap<String, Writing>,
    /// Files that are gone, but still in the index.
    dropped: Vec<SegmentId>,
    /// Segments that are closed, but not yet so in the index.
    closed: Vec<Segment>,
    /// Held for as long as this lives.
    _lock: File,
}

/// A recording that is written to.
#[derive(Debug)]
struct Writing {
    id: i64,
    life: String,
    next_number: i64,
    next_line: u64,
    open: Option<Open>,
}

/// A segment that is written to.
#[derive(Debug)]
struct Open {
    file: File,
    segment: Segment,
    sum: Sha256,
    since: Timestamp,
    /// The index does not know its present state.
    dirty: bool,
}

impl Store {
    /// Opens what is in the state directory, making it when it is missing, mends it, and drops what is beyond
    /// the limits.
    ///
    /// # Errors
    /// `Conflict` while another process has it open; `Unsupported` when a newer pult made it; `Failed` or
    /// `Denied` when there is no room or no permission.
    pub fn open(state_dir: &Path, limits: Limits) -> Result<Self, Fault> {
        let shelf = Shelf::new(state_dir);
        make_dir(&shelf.capsules())?;
        let lock = append_to(&shelf.lock())?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Fault::new(FaultKind::Conflict, "another pult records"));
            }
            Err(TryLockError::Error(e)) => return Err(refused(&shelf.lock(), &e)),
        }
        let mut index = Index::open(&shelf.index())?;
        let mut ring = Ring::new(limits);
        repair::mend(&shelf, &mut index, &mut ring)?;
        let this = Self {
            shelf,
            limits,
            index,
            ring,
            sources: HashMap::new(),
            dropped: Vec::new(),
            closed: Vec::new(),
            _lock: lock,
        };
        // A little more than what stops it, so that it does not begin and stop again and again.
        this.check_room(limits.spare_bytes.saturating_add(limits.spare_bytes / 4))?;
        Ok(this)
    }

    /// Bytes on the disk.
    pub fn bytes(&self) -> u64 {
        self.ring.bytes()
    }

    /// Every recording in sum, by name, as of the last [`Store::keep`].
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn recordings(&self) -> Result<Vec<Recording>, Fault> {
        self.index.recordings()
    }

    /// How a recording ends; empty when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn end(&mut self, name: &str) -> Result<End, Fault> {
        self.commit()?;
        let Some(source) = self.index.source(name)? else { return Ok(End::default()) };
        let mut end = End { life: source.life, lines: Vec::new() };
        for segment in self.index.segments(Some(source.id))?.iter().rev().take(MAX_END_SEGMENTS) {
            let mut lines = lines_of(&self.shelf, segment, 0..segment.summary.lines)?.unwrap_or_default();
            lines.append(&mut end.lines);
            end.lines = lines;
            let last = end.lines.iter().rev().find_map(|l| l.at);
            let reach = last.map(Joint::reach);
            let reached =
                reach.is_some_and(|reach| end.lines.iter().any(|l| l.at.is_some_and(|at| at < reach)));
            if reached || end.lines.len() >= MAX_END {
                break;
            }
        }
        end.lines.drain(..end.lines.len().saturating_sub(MAX_END));
        Ok(end)
    }

    /// From here on the lines are of another container.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn begin(&mut self, name: &str, life: &str) -> Result<(), Fault> {
        let Self { index, sources, .. } = self;
        let writing = writing(sources, index, name)?;
        if writing.life != life {
            index.set_life(writing.id, life)?;
            life.clone_into(&mut writing.life);
        }
        Ok(())
    }

    /// Writes lines behind those that are there. They are safe from a crash of this process afterwards.
    ///
    /// # Errors
    /// When they cannot be written, or not within the limits.
    pub fn append(&mut self, name: &str, lines: &[LogLine], now: Timestamp) -> Result<(), Fault> {
        for portion in portions(lines) {
            let (block, summary) =
                encode(portion).map_err(|e| Fault::new(FaultKind::Failed, e.to_string()))?;
            self.write(name, &block, &summary, now)?;
        }
        Ok(())
    }

    fn write(&mut self, name: &str, block: &[u8], summary: &Summary, now: Timestamp) -> Result<(), Fault> {
        let Self { shelf, index, ring, sources, dropped, closed, .. } = self;
        let writing = writing(sources, index, name)?;
        let (heading, mut open) = match writing.open.take() {
            Some(open) => (Vec::new(), open),
            None => {
                let id = SegmentId { source: writing.id, number: writing.next_number };
                make_dir(&shelf.source(writing.id))?;
                let heading = Heading { name: name.to_owned(), first_line: writing.next_line };
                (heading.encode(), Open::new(append_to(&shelf.segment(id))?, id, writing.next_line, now))
            }
        };
        let id = open.segment.id;
        let size = open.segment.bytes + (heading.len() + block.len()) as u64;
        let gone = ring.resize(id, size, clamped_ns(now)).ok_or_else(|| {
            Fault::new(
                FaultKind::Failed,
                format!("recording {name}: its bound is too small for a single segment"),
            )
        })?;
        for id in gone {
            remove(&shelf.segment(id))?;
            dropped.push(id);
        }
        let bytes = [heading.as_slice(), block].concat();
        open.file.write_all(&bytes).map_err(|e| {
            // A full disk may have taken half a block.
            let _ = open.file.set_len(open.segment.bytes);
            refused(&shelf.segment(id), &e)
        })?;
        open.sum.update(&bytes);
        open.segment.bytes = size;
        open.segment.summary.add(summary);
        open.dirty = true;
        writing.next_number = id.number + 1;
        writing.next_line = open.segment.end();
        let summary = open.segment.summary;
        if summary.text_bytes + summary.lines * PER_LINE >= MAX_TEXT_BYTES {
            closed.push(open.close(shelf)?);
        } else {
            writing.open = Some(open);
        }
        Ok(())
    }

    /// Closes segments that are old enough and brings the index up to date: what was written becomes visible
    /// to readers.
    ///
    /// # Errors
    /// When the index cannot be written, or too little room is left on the disk.
    pub fn keep(&mut self, now: Timestamp) -> Result<(), Fault> {
        for writing in self.sources.values_mut() {
            let old = |open: &mut Open| now.duration_since(open.since).abs() >= MAX_AGE;
            if let Some(open) = writing.open.take_if(old) {
                self.closed.push(open.close(&self.shelf)?);
            }
        }
        self.commit()?;
        self.check_room(self.limits.spare_bytes)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        let mut written = self.closed.clone();
        for writing in self.sources.values_mut() {
            let dirty = writing.open.as_mut().filter(|open| open.dirty);
            written.extend(dirty.map(|open| {
                open.dirty = false;
                open.segment.clone()
            }));
        }
        if !written.is_empty() || !self.dropped.is_empty() {
            self.index.commit(&written, &self.dropped)?;
            self.closed.clear();
            self.dropped.clear();
        }
        Ok(())
    }

    /// `least` bytes have to be free. The sentence stays the same while the disk is full.
    fn check_room(&self, least: u64) -> Result<(), Fault> {
        if self.shelf.free()? >= least {
            return Ok(());
        }
        let spare = self.limits.spare_bytes >> 20;
        let full = format!("less than {spare} MiB are left on the disk of {}", self.shelf.dir().display());
        Err(Fault::new(FaultKind::Failed, full).hint(MAKE_ROOM))
    }

    /// Keeps a capsule; the oldest ones make room for it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put_capsule(&mut self, capsule: &Capsule) -> Result<(), Fault> {
        super::capsules::put(&self.shelf, &self.index, capsule)
    }

    /// Closes everything.
    ///
    /// # Errors
    /// When the last lines cannot be made safe; they are tried all the same.
    pub fn close(mut self) -> Result<(), Fault> {
        for writing in self.sources.values_mut() {
            if let Some(open) = writing.open.take() {
                self.closed.push(open.close(&self.shelf)?);
            }
        }
        self.commit()
    }
}

impl Open {
    fn new(file: File, id: SegmentId, first_line: u64, now: Timestamp) -> Self {
        let segment = Segment { id, first_line, bytes: 0, summary: Summary::default(), sha256: None };
        Self { file, segment, sum: Sha256::new(), since: now, dirty: false }
    }

    fn close(mut self, shelf: &Shelf) -> Result<Segment, Fault> {
        self.file.sync_data().map_err(|e| refused(&shelf.segment(self.segment.id), &e))?;
        self.segment.sha256 = Some(hexadecimal(&self.sum.finalize()));
        Ok(self.segment)
    }
}

/// The recording of that name, made when it is missing.
fn writing<'a>(
    sources: &'a mut HashMap<String, Writing>,
    index: &Index,
    name: &str,
) -> Result<&'a mut Writing, Fault> {
    if !sources.contains_key(name) {
        let source = match index.source(name)? {
            Some(source) => source,
            None => index.add_source(None, name)?,
        };
        let last = index.segments(Some(source.id))?.pop();
        let writing = Writing {
            id: source.id,
            life: source.life,
            next_number: last.as_ref().map_or(0, |s| s.id.number + 1),
            next_line: last.as_ref().map_or(0, Segment::end),
            open: None,
        };
        sources.insert(name.to_owned(), writing);
    }
    sources.get_mut(name).ok_or_else(|| Fault::new(FaultKind::Bug, "a recording vanished"))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn clamped_ns(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap_or(i64::MAX)
}
