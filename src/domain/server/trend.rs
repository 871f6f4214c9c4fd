//! The past of a server beyond the last minutes: how far back, in which steps, and how readings become one point
//! of a minute.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::history::Point;
use crate::domain::ids::TargetId;

/// How far back charts go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Span {
    /// What was read since pult was opened, reading by reading.
    #[default]
    Minutes,
    Hour,
    Day,
    Month,
}

impl Span {
    pub const ALL: [Self; 4] = [Self::Minutes, Self::Hour, Self::Day, Self::Month];

    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|s| *s == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Minutes => "the last 10 minutes",
            Self::Hour => "the last hour",
            Self::Day => "the last day",
            Self::Month => "the last 30 days",
        }
    }

    pub fn seconds(self) -> i64 {
        match self {
            Self::Minutes => 600,
            Self::Hour => 3600,
            Self::Day => 86_400,
            Self::Month => 30 * 86_400,
        }
    }

    /// Seconds from one point to the next.
    pub fn step_s(self) -> i64 {
        match self {
            Self::Minutes => 2,
            Self::Hour | Self::Day => MINUTE_S,
            Self::Month => QUARTER_S,
        }
    }
}

/// Points kept for a day are this far apart, seconds.
pub const MINUTE_S: i64 = 60;
/// And those kept for a month.
pub const QUARTER_S: i64 = 900;

/// A question for the kept past of a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TrendQuery {
    pub target: TargetId,
    pub span: Span,
}

/// Where points lie further apart than twice their step, one that was not measured is put between: a line across
/// would tell what nobody knows.
pub fn with_gaps(points: Vec<Point>, step_s: i64) -> Vec<Point> {
    let mut out: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        if let Some(last) = out.last()
            && point.at.as_second() - last.at.as_second() > step_s * 5 / 2
        {
            out.push(Point::unmeasured(last.at));
        }
        out.push(point);
    }
    out
}

/// The readings of the minute that runs, of every server.
#[derive(Debug, Default)]
pub struct Minutes {
    minute: Option<i64>,
    open: BTreeMap<TargetId, Mean>,
}

impl Minutes {
    /// Takes a reading; when it begins another minute, the one before it is given back, of all servers at once.
    pub fn take(&mut self, id: &TargetId, point: Point) -> Vec<(TargetId, Point)> {
        let minute = point.at.as_second().div_euclid(MINUTE_S);
        // Readings of two servers may overtake each other: one too late is left out.
        if self.minute == Some(minute + 1) {
            return Vec::new();
        }
        let done = if self.minute == Some(minute) { Vec::new() } else { self.finish() };
        self.minute = Some(minute);
        match self.open.get_mut(id) {
            Some(mean) => mean.add(&point),
            None => {
                let mut mean = Mean::default();
                mean.add(&point);
                self.open.insert(id.clone(), mean);
            }
        }
        done
    }

    /// What there is of the minute that runs.
    pub fn finish(&mut self) -> Vec<(TargetId, Point)> {
        let Some(at) = self.minute.and_then(|m| Timestamp::from_second(m * MINUTE_S).ok()) else {
            return Vec::new();
        };
        std::mem::take(&mut self.open).into_iter().map(|(id, mean)| (id, mean.point(at))).collect()
    }
}

/// Sums and counts of what was measured.
#[derive(Debug, Default)]
struct Mean {
    at: Option<Timestamp>,
    sums: [(f64, u32); Point::FIGURES],
}

impl Mean {
    fn add(&mut self, point: &Point) {
        // The same reading may come twice, with other checks.
        if self.at.replace(point.at) == Some(point.at) {
            return;
        }
        for (sum, figure) in self.sums.iter_mut().zip(point.figures()) {
            if !figure.is_nan() {
                *sum = (sum.0 + f64::from(figure), sum.1 + 1);
            }
        }
    }

    fn point(&self, at: Timestamp) -> Point {
        Point::new(at, self.sums.map(|(sum, n)| if n == 0 { f32::NAN } else { (sum / f64::from(n)) as f32 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(s: i64, cpu: f32) -> Point {
        let mut point = Point::unmeasured(Timestamp::from_second(s).unwrap());
        point.cpu_percent = cpu;
        point
    }

    #[test]
    fn a_minute_is_the_mean_of_what_was_measured_in_it() {
        let (a, b) = (TargetId::server("a"), TargetId::server("b"));
        let mut minutes = Minutes::default();
        for (s, cpu) in [(60, 10.0), (60, 10.0), (62, f32::NAN), (64, 30.0)] {
            assert!(minutes.take(&a, point(s, cpu)).is_empty());
        }
        assert!(minutes.take(&b, point(119, 5.0)).is_empty());
        let done = minutes.take(&a, point(120, 99.0));
        let told: Vec<_> = done.iter().map(|(id, p)| (&*id.name, p.at.as_second(), p.cpu_percent)).collect();
        assert_eq!(told, [("a", 60, 20.0), ("b", 60, 5.0)]);
        assert!(done[0].1.memory_percent.is_nan());
        // One that was overtaken ends nothing; a clock that was set back does.
        assert!(minutes.take(&b, point(119, 1.0)).is_empty());
        assert_eq!(minutes.take(&b, point(0, 1.0)).len(), 1);
        assert_eq!(minutes.finish().len(), 1);
        assert!(minutes.finish().is_empty());
    }

    #[test]
    fn no_line_leads_over_a_gap() {
        let points = with_gaps(vec![point(0, 1.0), point(60, 1.0), point(600, 1.0)], 60);
        let measured: Vec<bool> = points.iter().map(|p| !p.cpu_percent.is_nan()).collect();
        assert_eq!(measured, [true, true, false, true]);
    }
}
