//! The times of a file's lines. Many name no zone, and nobody stamps the lines of a file: what the lines leave
//! out is told by when the file was last written.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::lines;
use super::text::Text;
use crate::domain::log::{LogLine, LogStream};
use crate::logs::plain::PlainLine;
use crate::logs::{Near, read_in, read_near};

/// The last line is stamped, written and noticed within this time.
const MOMENT: SignedDuration = SignedDuration::from_secs(60);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A little less: what was written today is nearer than a year before.
const HALF_A_YEAR: SignedDuration = SignedDuration::from_hours(24 * 180);
/// Lines at the end that are looked at.
const LAST: u32 = 20;

/// Reads the times of a file's lines.
#[derive(Debug, Clone)]
pub(in crate::backends) struct Times {
    zone: TimeZone,
    /// A line has told the zone.
    told: bool,
}

impl Times {
    /// For lines that are written now.
    pub fn new(machine: TimeZone) -> Self {
        Self { zone: machine, told: false }
    }

    /// For a file with this text that was last written then. Its zone is that of this machine, unless the last
    /// line fits to another one: that of a container or of a program that writes UTC.
    pub(super) fn of(text: &mut Text, written: Timestamp, machine: TimeZone) -> Self {
        let mut times = Self::new(machine);
        // The end of a compressed file is far away, and it is older than what is written now.
        if !text.is_packed()
            && let Ok(end) = text.len()
            && let Ok(start) = lines::back(text, end, LAST, 256 << 10)
        {
            let mut last = Vec::new();
            let _unread = lines::each(text, start.offset, end, |_, line| last.push(line.text));
            last.iter().rev().for_each(|line| times.learn(line, written));
        }
        times
    }

    /// Takes a line that was perhaps just written, if the zone is not known yet.
    pub fn learn(&mut self, line: &str, written: Timestamp) {
        if !self.told
            && let Some(zone) = zone_of(line, written, &self.zone)
        {
            (self.zone, self.told) = (zone, true);
        }
    }

    /// The zone of times that name none.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The time that a line says, of a file written until then.
    pub fn at(&self, line: &str, written: Timestamp) -> Option<Timestamp> {
        let near = |at: Timestamp| read_in(line, Some(Near { at, zone: Some(&self.zone) })).at;
        let at = near(written)?;
        // Later than the file: of last year, when the year is not said.
        let is_later = at.duration_since(written) > DAY;
        if is_later { near(written.saturating_sub(HALF_A_YEAR).unwrap_or(written)) } else { Some(at) }
    }

    pub fn line(&self, line: PlainLine, written: Timestamp) -> LogLine {
        let at = self.at(&line.text, written);
        LogLine { at, stream: LogStream::Stdout, text: line.text, cut: line.cut }
    }
}

/// The zone in which a line was written just then; `None` when it does not tell.
fn zone_of(line: &str, written: Timestamp, machine: &TimeZone) -> Option<TimeZone> {
    let is_just_then = |at: Timestamp| at.duration_since(written).abs() < MOMENT;
    let of = |zone: &TimeZone| read_in(line, Some(Near { at: written, zone: Some(zone) })).at;
    let here = of(machine)?;
    if is_just_then(here) {
        return Some(machine.clone());
    }
    let utc = of(&TimeZone::UTC)?;
    // Not the same: so the line names no zone.
    let there = read_near(line, Some(written)).at.filter(|at| utc != here && is_just_then(*at))?;
    let seconds = i32::try_from(utc.duration_since(there).as_secs()).ok()?;
    Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_tells_the_zone() {
        let written: Timestamp = "2026-11-21T12:04:14Z".parse().unwrap();
        let berlin = TimeZone::fixed(jiff::tz::offset(1));
        let read = |last: &str, line: &str| {
            let mut times = Times::new(berlin.clone());
            times.learn(last, written);
            times.at(line, written).unwrap().to_string()
        };
        let line = "2026-11-20 01:00:00 x";
        assert_eq!(read("2026-11-21 13:04:13 here", line), "2026-11-20T00:00:00Z");
        assert_eq!(read("2026-11-21 12:04:13 utc", line), "2026-11-20T01:00:00Z");
        assert_eq!(read("2026-11-21 06:34:13 elsewhere", line), "2026-11-20T06:30:00Z");
        assert_eq!(read("Nov 21 12:04:10 host utc", "Dec 31 23:59:00 host x"), "2025-12-31T23:59:00Z");
        for untold in
            ["2026-11-20 01:00:00 old", "2026-11-21T12:04:13Z named", "no time", "2026-11-21 09:00:00 x"]
        {
            assert_eq!(read(untold, line), "2026-11-20T00:00:00Z", "{untold}");
        }
    }
}
