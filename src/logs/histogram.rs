//! How many lines of which severity came when: the strip above the lines, and the rates in the header.

use jiff::Timestamp;

use super::level::Level;
use super::timeline::{Timeline, floor, merge};

/// Four and a half hours by the second, eleven days by the minute.
const MAX_BUCKETS: usize = 16_384;
const MAX_BARS: usize = 4096;
/// Seconds of a bar; over a day they are whole days.
const WIDTHS: [i64; 20] =
    [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/// Lines over time. It forgets nothing: when lines go it is counted anew.
#[derive(Debug, Clone)]
pub struct Histogram {
    /// All, warnings, errors.
    counts: Timeline<3>,
}

/// A stretch of time with what came in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    pub from: Timestamp,
    pub until: Timestamp,
    /// All lines, warnings and errors too.
    pub total: u32,
    pub warn: u32,
    /// Fatal ones too.
    pub error: u32,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: Timeline::new(MAX_BUCKETS) }
    }
}

impl Histogram {
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a line; they may come in any order.
    pub fn add(&mut self, at: Timestamp, level: Option<Level>) {
        let warn = level == Some(Level::Warn);
        let error = level >= Some(Level::Error);
        self.counts.add(at, [1, u32::from(warn), u32::from(error)]);
    }

    /// The times of the first and behind the last line, by the bucket.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.counts.span().map(|(from, until)| (moment(from), moment(until)))
    }

    /// Bars without gaps over a range, at most so many (of less than two
    /// there are none), of the finest width that is easily said (`5 s`,
    /// `15 min`) and known. They begin at multiples of it, so they stand still while the range moves on.
    pub fn bars(&self, from: Timestamp, until: Timestamp, columns: usize) -> Vec<Bar> {
        let (from, until) = (from.as_second(), until.as_second().saturating_add(1));
        let columns = columns.min(MAX_BARS) as i64;
        if until <= from || columns < 2 {
            return Vec::new();
        }
        let known = self.counts.width();
        let fits = |width: &i64| width % known == 0 && until - floor(from, *width) <= width * columns;
        // One bar more than the range needs, for it may begin within one.
        let days = || (until - from + 86_400 * (columns - 1) - 1) / (86_400 * (columns - 1));
        let width = WIDTHS.into_iter().find(fits).unwrap_or_else(|| days() * 86_400);
        let mut buckets = self.counts.between(floor(from, width), i64::MAX).iter().peekable();
        let mut bars = Vec::new();
        let mut start = floor(from, width);
        while start < until {
            let end = start + width;
            let mut counts = [0; 3];
            while let Some(bucket) = buckets.next_if(|b| b.start < end) {
                merge(&mut counts, bucket.counts);
            }
            let [total, warn, error] = counts;
            bars.push(Bar { from: moment(start), until: moment(end), total, warn, error });
            start = end;
        }
        bars
    }

    /// Lines and errors per minute between two times.
    pub fn rates(&self, from: Timestamp, until: Timestamp) -> (f64, f64) {
        let (from, until) = (from.as_second(), until.as_second());
        let [total, _, error] = self.counts.sum(from, until);
        let minutes = (until - from).max(1) as f64 / 60.0;
        (total / minutes, error / minutes)
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.counts.bytes()
    }
}

fn moment(second: i64) -> Timestamp {
    let edge = if second < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(second).unwrap_or(edge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-21T{text}Z").parse().unwrap()
    }

    #[test]
    fn bars_of_a_nice_width() {
        let mut histogram = Histogram::new();
        histogram.add(at("12:00:03"), None);
        histogram.add(at("12:00:07"), Some(Level::Warn));
        histogram.add(at("12:00:09.9"), Some(Level::Fatal));
        histogram.add(at("12:29:59"), Some(Level::Error));
        let bars = histogram.bars(at("12:00:03"), at("12:29:59"), 100);
        assert_eq!(bars.len(), 90);
        assert_eq!((bars[0].from, bars[0].until), (at("12:00:00"), at("12:00:20")));
        assert_eq!((bars[0].total, bars[0].warn, bars[0].error), (3, 1, 1));
        assert_eq!((bars[1].total, bars[89].error), (0, 1));
        assert_eq!(histogram.bars(at("12:00:03"), at("12:00:04"), 100).len(), 2);
        assert!(histogram.bars(at("12:00:03"), at("11:00:04"), 100).is_empty());
        assert_eq!(histogram.span(), Some((at("12:00:03"), at("12:30:00"))));
    }

    #[test]
    fn rates_per_minute() {
        let mut histogram = Histogram::new();
        for second in 0..120 {
            let level = if second % 10 == 0 { Level::Error } else { Level::Info };
            histogram.add(Timestamp::from_second(second).unwrap(), Some(level));
        }
        let (from, until) = (Timestamp::from_second(60).unwrap(), Timestamp::from_second(120).unwrap());
        assert_eq!(histogram.rates(from, until), (60.0, 6.0));
        assert_eq!(histogram.rates(until, until), (0.0, 0.0));
    }

    #[test]
    fn a_million_lines_stay_small() {
        let mut histogram = Histogram::new();
        for i in 0..1_000_000_i64 {
            histogram.add(Timestamp::from_second(i * 13).unwrap(), None);
        }
        assert!(histogram.bytes() < 1 << 20, "{}", histogram.bytes());
        let (from, until) = histogram.span().unwrap();
        let total: u32 = histogram.bars(from, until, 150).iter().map(|b| b.total).sum();
        assert_eq!(total, 1_000_000);
    }

    proptest! {
        #[test]
        fn bars_cover_the_range(times in proptest::collection::vec(any::<i64>(), 1..50), from in any::<i64>(), until in any::<i64>(), columns in 0..300_usize) {
            let whole = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
            let fold = |t: i64| Timestamp::from_second(t.rem_euclid(whole.end() - whole.start()) + whole.start()).unwrap();
            let mut histogram = Histogram::new();
            times.iter().for_each(|t| histogram.add(fold(*t), None));
            let (from, until) = (fold(from), fold(until));
            let bars = histogram.bars(from, until, columns);
            prop_assert!(bars.len() <= columns);
            prop_assert!(bars.windows(2).all(|b| b[0].until == b[1].from));
            if let (Some(first), Some(last)) = (bars.first(), bars.last()) {
                prop_assert!(first.from <= from && last.until >= until);
            }
            histogram.rates(from, until);
        }
    }
}
