//! Reading around a time, somewhere in a log, without reading all that is before or behind: `tail` costs an
//! engine a fraction of a microsecond a line, `since` fifty times that.

use std::collections::VecDeque;
use std::sync::Mutex;

use jiff::Timestamp;

use crate::backends::backoff;
use crate::backends::log_source::LogRange;
use crate::backends::spool::Spool;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogAnchor, LogEvent, LogGap, LogLine};

use super::DockerLog;
use super::ask::Place;
use super::file::{self, Around};
use super::follow::is_final;
use super::page::Page;
use super::request::Arriving;
use super::seen::{self, Seen};
use super::torn::{NEVER_SURE, Torn};

/// The first guess, in lines from the end, and by how much it grows.
const FIRST: u64 = 1000;
const GROWTH: u64 = 8;
/// So many lines are read in a quarter of a second: nearer need not be looked.
const NEAR: u64 = 20_000;
/// And after so many looks it is near enough.
const LOOKS: u32 = 12;
/// Lines asked for besides.
const MARGIN: u64 = 1000;

impl DockerLog {
    /// Reads so many lines from a place on and as many before it; tries again when the engine cannot be
    /// reached. `None` when nothing will follow.
    pub(super) async fn begin_at(
        &self,
        anchor: LogAnchor,
        lines: usize,
        seen: &Mutex<Seen>,
        out: &Spool,
    ) -> Option<Place> {
        let mut failures = 0;
        loop {
            match self.around(anchor, lines).await {
                Ok((around, place)) => {
                    out.push(LogEvent::Live);
                    let mut seen = seen::lock(seen);
                    let (lines, _) = seen.sift(around.before.lines);
                    let (from, _) = seen.sift(around.from);
                    out.push(LogEvent::Lines(from));
                    out.push(LogEvent::Older { lines, more: around.before.more });
                    return Some(place);
                }
                Err(fault) if is_final(&fault) => {
                    out.push(LogEvent::Refused(fault));
                    return None;
                }
                Err(fault) => out.push(LogEvent::Lost(fault)),
            }
            failures += 1;
            tokio::time::sleep(backoff::jittered(failures)).await;
        }
    }

    async fn around(&self, anchor: LogAnchor, lines: usize) -> Result<(Around, Place), Fault> {
        if let Some(file) = self.file().await
            && let Ok(around) = file.around(anchor, lines).await
        {
            return Ok((around, Place::InFile));
        }
        match anchor {
            LogAnchor::Time(at) => self.around_time(at, lines).await,
            LogAnchor::End | LogAnchor::Offset(_) => {
                let why = "only a log whose file can be read here has places with a number";
                Err(Fault::new(FaultKind::Unsupported, why))
            }
        }
    }

    async fn around_time(&self, at: Timestamp, lines: usize) -> Result<(Around, Place), Fault> {
        let beginning = self.time_at(None).await?;
        let far = match beginning.filter(|beginning| *beginning < at) {
            Some(beginning) => self.place_of(at, beginning).await?,
            None => None,
        };
        let mut margin = MARGIN;
        loop {
            let tail = far.and_then(|far| u32::try_from(far + lines as u64 + margin).ok());
            if let Some(found) = self.around_within(tail, beginning, at, lines).await? {
                return Ok(found);
            }
            margin = margin.saturating_mul(GROWTH);
        }
    }

    /// Lines around a time in the end of the log, which is in there; `None` when there may be ends of long lines
    /// among those before it.
    async fn around_within(
        &self,
        tail: Option<u32>,
        beginning: Option<Timestamp>,
        at: Timestamp,
        lines: usize,
    ) -> Result<Option<(Around, Place)>, Fault> {
        let mut arriving =
            self.docker.log(&self.id, &LogRange { tail, ..LogRange::default() }, false).await?;
        let (mut before, mut from) = (VecDeque::new(), Vec::new());
        let (mut passed, mut torn, mut whole) = (0, Torn::default(), tail.is_none());
        'read: while let Some(batch) = arriving.lines().await {
            for line in batch? {
                whole |= passed == 0 && line.at == beginning;
                passed += 1;
                torn.is_torn(&line);
                if !from.is_empty() || line.at.is_some_and(|line| line >= at) {
                    from.push(line);
                } else {
                    before.push_back(line);
                    if before.len() > lines {
                        before.pop_front();
                    }
                }
                if from.len() >= lines {
                    break 'read;
                }
            }
        }
        let left_out = passed - before.len() - from.len();
        if !whole && left_out < torn.upto().max(NEVER_SURE) {
            return Ok(None);
        }
        let more = left_out > 0;
        let place = Place::Behind(tail.map(|tail| u64::from(tail).saturating_sub(passed as u64)));
        Ok(Some((Around { before: Page { lines: before.into(), more }, from }, place)))
    }

    /// From how many lines before the end the log has to be read to come to a time soon; `None` = from its
    /// beginning.
    async fn place_of(&self, at: Timestamp, beginning: Timestamp) -> Result<Option<u64>, Fault> {
        // Between these two: lines from the end, and the time of the line there.
        let (mut near, mut far) = ((0, None), (FIRST, beginning));
        loop {
            match self.time_at(Some(far.0)).await? {
                Some(time) if time >= at => near = (far.0, Some(time)),
                Some(time) => {
                    far.1 = time;
                    break;
                }
                // Nothing is stored any more.
                None => return Ok(None),
            }
            far.0 *= GROWTH;
            if far.0 > u64::from(u32::MAX) {
                return Ok(None);
            }
        }
        for _ in 0..LOOKS {
            let between = far.0 - near.0;
            if between <= NEAR {
                break;
            }
            let share = near.1.map_or(0.5, |near| share(near, at, far.1));
            let step = ((between as f64 * share) as u64).clamp(between / 16, between - between / 16);
            let middle = near.0 + step;
            match self.time_at(Some(middle)).await? {
                Some(time) if time >= at => near = (middle, Some(time)),
                Some(time) => far = (middle, time),
                None => break,
            }
        }
        Ok(Some(far.0))
    }

    /// The time of the line so many lines from the end, or of the first one there is.
    async fn time_at(&self, tail: Option<u64>) -> Result<Option<Timestamp>, Fault> {
        let tail = tail.and_then(|tail| u32::try_from(tail).ok());
        let mut arriving =
            self.docker.log(&self.id, &LogRange { tail, ..LogRange::default() }, false).await?;
        while let Some(batch) = arriving.lines().await {
            if let Some(at) = batch?.iter().find_map(|line| line.at) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// So many lines after those that have come; and what is missing before them.
    pub(super) async fn newer(
        &self,
        lines: u32,
        place: &mut Place,
        seen: &Mutex<Seen>,
    ) -> Result<(Option<LogGap>, Page), Fault> {
        let behind = match place {
            Place::Behind(behind) => *behind,
            Place::Following | Place::InFile => None,
        };
        let mut tail = behind.map(|behind| behind + seen::lock(seen).len() as u64 + MARGIN);
        loop {
            tail = tail.filter(|tail| *tail <= u64::from(u32::MAX));
            // What is read in vain is not known after it.
            let mut known = seen::lock(seen).clone();
            let since = known.resume().filter(|_| tail.is_none());
            let range = LogRange { tail: tail.and_then(|t| u32::try_from(t).ok()), since, until: None };
            let mut arriving = match self.file().await.filter(|_| *place == Place::InFile) {
                Some(file) => Source::File(Box::new(file.since(since).await?)),
                None => Source::Engine(Box::new(self.docker.log(&self.id, &range, false).await?)),
            };
            let (mut fresh, mut gap, mut passed) = (Vec::new(), None, 0);
            let (mut short, mut torn) = (false, Torn::default());
            'read: while let Some(batch) = arriving.lines().await {
                for line in batch? {
                    let unsure = torn.is_torn(&line) && known.is_behind(&line);
                    short = tail.is_some() && (known.misses(&line) || (unsure && passed >= NEVER_SURE));
                    if short || fresh.len() >= lines as usize {
                        break 'read;
                    }
                    passed += 1;
                    if tail.is_some() && passed <= NEVER_SURE {
                        continue;
                    }
                    let (line, missing) = known.sift(vec![line]);
                    gap = gap.or(missing);
                    fresh.extend(line);
                }
            }
            // The end of the log without a line that is known.
            short |= tail.is_some() && known.is_waiting();
            if short {
                // The log grew meanwhile, what was read last is rotated away, or a long line is cut.
                tail = tail.map(|tail| tail * GROWTH);
                continue;
            }
            let (held, missing) = known.give_up();
            *seen::lock(seen) = known;
            fresh.extend(held);
            let more = fresh.len() >= lines as usize;
            if *place != Place::InFile {
                *place = Place::Behind(tail.map(|tail| tail.saturating_sub(passed as u64)));
            }
            return Ok((gap.or(missing), Page { lines: fresh, more }));
        }
    }
}

/// Where stored lines come from.
enum Source {
    Engine(Box<Arriving>),
    File(Box<file::Batches>),
}

impl Source {
    async fn lines(&mut self) -> Option<Result<Vec<LogLine>, Fault>> {
        match self {
            Self::Engine(arriving) => arriving.lines().await,
            Self::File(batches) => batches.next().await,
        }
    }
}

/// Where a time is between two others, if lines came evenly; a little further back, so that it is passed.
fn share(near: Timestamp, at: Timestamp, far: Timestamp) -> f64 {
    let whole = near.duration_since(far).as_secs_f64();
    let part = near.duration_since(at).as_secs_f64();
    if whole > 0.0 { part / whole + 0.02 } else { 0.5 }
}
