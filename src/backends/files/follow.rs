//! Follows a file by its name: what is appended, through rotation by renaming, through being cut (also when it
//! was copied before), through being removed and made again. Step by step and without a clock of its own, so
//! that tests can put anything between two steps.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::chain::Place;
use super::disk::Origin;
use super::open::{self, Identity, Opened};
use super::rotated;
use super::tracked::Tracked;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogEvent, LogGap, LogLine, LogTurn};

/// Blocks read in one step.
const BLOCKS: usize = 4;
/// Lines in one event.
const LINES: usize = 1000;
/// A program may write into the old file for a while after it was renamed: until it was told to open the new
/// one. The old one is left when it has been quiet for so long …
const LINGER: Duration = Duration::from_secs(1);
/// … or in any case after this time.
const LONGEST_LINGER: Duration = Duration::from_secs(10);
/// Between renaming the old file and making the new one there is none for a moment; that is not worth a word.
const ABSENCE: Duration = Duration::from_secs(2);

/// Not more rotations than these are noticed at once.
const SIBLINGS: usize = 64;

/// What a step brought.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// Events in their order. Lines come with the place of the first one, and so does the very first event.
    pub events: Vec<(LogEvent, Option<Place>)>,
    /// There may be more to read at once.
    pub again: bool,
    /// Nothing will ever come.
    pub over: bool,
}

impl Step {
    fn say(&mut self, event: LogEvent) {
        self.events.push((event, None));
    }

    fn lines(&mut self, file: Arc<Identity>, lines: Vec<(u64, LogLine)>) {
        let mut lines = lines.into_iter().peekable();
        while let Some((offset, _)) = lines.peek() {
            let place = Place { file: Arc::clone(&file), offset: *offset };
            let some = lines.by_ref().take(LINES).map(|(_, line)| line).collect();
            self.events.push((LogEvent::Lines(some), Some(place)));
        }
    }
}

/// Reads a file on and on.
pub(super) struct Follower {
    origin: Origin,
    zone: TimeZone,
    stop: CancellationToken,
    /// Lines to begin with; `None` = all of the file.
    tail: Option<u32>,
    tracked: Option<Tracked>,
    /// What is read when the present one is at its end, each with what it is to the one before.
    waiting: VecDeque<(LogTurn, Opened)>,
    /// Since when another file has the name, or none.
    other_since: Option<Instant>,
    moved: Option<Instant>,
    /// The fault that was told last, until all is well again.
    told: Option<Fault>,
}

impl Follower {
    /// Times without a zone are of `zone` unless the file's last line says otherwise.
    pub fn new(
        origin: impl Into<Origin>,
        tail: Option<u32>,
        zone: TimeZone,
        stop: CancellationToken,
    ) -> Self {
        Self {
            origin: origin.into(),
            zone,
            stop,
            tail,
            tracked: None,
            waiting: VecDeque::new(),
            other_since: None,
            moved: None,
            told: None,
        }
    }

    /// The line at the end of the file that has no end yet.
    pub fn open_line(&self) -> Option<LogLine> {
        self.tracked.as_ref().and_then(Tracked::open_line)
    }

    /// Reads what has come. To be called again and again.
    pub fn step(&mut self, now: Instant) -> Step {
        let mut step = Step::default();
        if self.tracked.is_none() {
            self.begin(&mut step);
        }
        // Before the reading: what was written to the old file before the new one was there is read below.
        let there = match self.origin.status() {
            Err(e) if open::link_fault(&e).is_some() => {
                // Nobody knows whether it is there.
                let fault = open::from_io(&e, &self.origin.path);
                self.lost(&mut step, fault);
                return step;
            }
            there => there.ok(),
        };
        let Some(tracked) = &mut self.tracked else { return step };
        if tracked.was_cut() {
            self.turn_cut(&mut step);
            step.again = true;
            return step;
        }
        for _ in 0..BLOCKS {
            match tracked.read() {
                Ok(Some(lines)) => {
                    self.moved = Some(now);
                    step.again = true;
                    step.lines(Arc::clone(tracked.identity()), lines);
                }
                Ok(None) => break,
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    self.turn_away(&mut step);
                    return step;
                }
                Err(e) => {
                    let fault = open::from_io(&e, &self.origin.path);
                    self.lost(&mut step, fault);
                    return step;
                }
            }
        }
        if step.again {
            return step;
        }
        if !self.waiting.is_empty() {
            self.next(&mut step);
            return step;
        }
        match there {
            Some(there) if tracked.identity().is_of(&there) => {
                self.other_since = None;
                if self.told.take().is_some() {
                    step.say(LogEvent::Live);
                }
            }
            Some(there) => {
                let since = *self.other_since.get_or_insert(now);
                let quiet = now.duration_since(self.moved.map_or(since, |moved| moved.max(since)));
                let is_used = there.size > 0 && quiet >= LINGER;
                if is_used || now.duration_since(since) >= LONGEST_LINGER {
                    self.turn_renamed(&mut step);
                }
            }
            None => {
                let since = *self.other_since.get_or_insert(now);
                if now.duration_since(since) >= ABSENCE {
                    self.absent(&mut step);
                }
            }
        }
        step
    }

    /// Opens the file for the first time.
    fn begin(&mut self, step: &mut Step) {
        let opened = open::open(&self.origin, &self.stop).and_then(|mut opened| {
            open::check_text(&self.origin.path, &mut opened)?;
            Ok(opened)
        });
        match opened {
            Ok(mut opened) => {
                // Of one that has appeared meanwhile everything is new.
                let has_appeared = self.told.take().is_some_and(|told| told.kind == FaultKind::Gone);
                let tail = if has_appeared { None } else { self.tail };
                match Tracked::begin(&mut opened, tail) {
                    Ok(offset) => {
                        let tracked = Tracked::new(opened, offset, self.zone.clone());
                        let place = Place { file: Arc::clone(tracked.identity()), offset };
                        step.events.push((LogEvent::Live, Some(place)));
                        self.tracked = Some(tracked);
                    }
                    Err(e) => self.lost(step, open::from_io(&e, &self.origin.path)),
                }
            }
            Err(fault) if fault.kind == FaultKind::Gone => {
                self.lost(step, fault.hint("it is read when it appears; check the path"));
            }
            Err(fault) if self.told.is_some() || fault.kind.is_link() => self.lost(step, fault),
            Err(fault) => {
                step.say(LogEvent::Refused(fault));
                step.over = true;
            }
        }
    }

    fn lost(&mut self, step: &mut Step, fault: Fault) {
        if self.told.as_ref() != Some(&fault) {
            step.say(LogEvent::Lost(fault.clone()));
            self.told = Some(fault);
        }
    }

    /// The present file is at its end and another has its name.
    fn turn_renamed(&mut self, step: &mut Step) {
        match open::open(&self.origin, &self.stop) {
            Ok(new) => {
                let newer = self.newer();
                self.waiting.extend(newer.into_iter().chain([new]).map(|opened| (LogTurn::Rotated, opened)));
                self.next(step);
            }
            Err(fault) => self.lost(step, fault),
        }
    }

    /// The present file is at its end and none has its name.
    fn absent(&mut self, step: &mut Step) {
        let newer = self.newer();
        if !newer.is_empty() {
            self.waiting.extend(newer.into_iter().map(|opened| (LogTurn::Rotated, opened)));
            return self.next(step);
        }
        let message = format!("{} was removed", open::name(&self.origin.path));
        let fault = Fault::new(FaultKind::Gone, message).hint("it is read when it is there again");
        self.lost(step, fault);
    }

    /// Those that came after the present file and were renamed before anybody looked, the oldest first.
    fn newer(&self) -> Vec<Opened> {
        let Some(tracked) = &self.tracked else { return Vec::new() };
        let (siblings, own) = (self.siblings(), tracked.identity());
        let is_own = |s: &Opened| s.identity.is_same_file(own);
        let holds_own = |s: &Opened| s.identity.begins_like(own);
        let place = siblings.iter().position(is_own).or_else(|| siblings.iter().position(holds_own));
        let count = place.unwrap_or_else(|| {
            // It was removed.
            siblings.iter().take_while(|sibling| sibling.written > tracked.written()).count()
        });
        siblings.into_iter().take(count).rev().collect()
    }

    /// The present file is shorter than what was read of it, or it holds other text. Perhaps it was copied
    /// before: then the copy has what was not read any more.
    fn turn_cut(&mut self, step: &mut Step) {
        let mut newer = self.siblings();
        let Some(tracked) = &mut self.tracked else { return };
        let present = match tracked.reopened() {
            Ok(present) => present,
            Err(e) => return self.lost(step, open::from_io(&e, &self.origin.path)),
        };
        let Some(copy) = newer.iter_mut().position(|sibling| tracked.goes_on_in(sibling)) else {
            self.waiting.push_back((LogTurn::Truncated, present));
            return self.next(step);
        };
        if let Some(copy) = newer.drain(copy..).next() {
            tracked.go_on_in(copy);
        }
        // Newer copies lie between. The file itself may be among them: renamed since, or even compressed.
        let is_present = |s: &Opened| s.identity.is_same_file(&present.identity);
        let holds_present = |s: &Opened| s.identity.begins_like(&present.identity);
        let place = newer.iter().position(is_present).or_else(|| newer.iter().position(holds_present));
        let is_named = self.origin.status().is_ok_and(|there| present.identity.is_of(&there));
        match place {
            Some(place) => drop(newer.drain(..=place)),
            // Removed since: what was written later is newer than itself.
            None if !is_named => newer.retain(|sibling| sibling.written <= present.written),
            None => {}
        }
        let between = newer.into_iter().rev().chain([present]);
        self.waiting.extend(between.map(|opened| (LogTurn::Truncated, opened)));
    }

    /// The present file is not to be had any more: while it was out of reach it lost its name. What was not read
    /// of it is in a copy, perhaps a compressed one, or nowhere.
    fn turn_away(&mut self, step: &mut Step) {
        let mut newer = self.siblings();
        let Some(tracked) = &mut self.tracked else { return };
        let present = match open::open(&self.origin, &self.stop) {
            Ok(present) => present,
            Err(fault) => return self.lost(step, fault),
        };
        let copy = newer.iter_mut().position(|sibling| tracked.goes_on_in(sibling));
        match copy {
            Some(copy) => {
                newer.truncate(copy + 1);
                if let Some(copy) = newer.pop() {
                    tracked.go_on_in(copy);
                }
            }
            None => {
                newer.retain(|sibling| sibling.written > tracked.written());
                step.say(LogEvent::Gap(LogGap::default()));
            }
        }
        let newer = newer.into_iter().rev().chain([present]);
        self.waiting.extend(newer.map(|opened| (LogTurn::Rotated, opened)));
        if copy.is_none() {
            self.next(step);
        }
        step.again = true;
    }

    /// Leaves the present file for the next one.
    fn next(&mut self, step: &mut Step) {
        let Some((turn, opened)) = self.waiting.pop_front() else { return };
        let mut zone = self.zone.clone();
        if let Some(mut old) = self.tracked.take() {
            zone = old.zone();
            let last = old.finish();
            step.lines(Arc::clone(old.identity()), last.into_iter().collect());
        }
        step.say(LogEvent::Turned(turn));
        if self.told.take().is_some() {
            step.say(LogEvent::Live);
        }
        self.tracked = Some(Tracked::new(opened, 0, zone));
        self.other_since = None;
        step.again = true;
    }

    /// The rotated parts that can be read, the newest first.
    fn siblings(&self) -> Vec<Opened> {
        let siblings = rotated::siblings(&self.origin);
        siblings
            .into_iter()
            .take(SIBLINGS)
            .filter_map(|sibling| open::open(&self.origin.beside(sibling.path), &self.stop).ok())
            .collect()
    }
}

#[cfg(test)]
mod tests;
