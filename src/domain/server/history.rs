//! The recent past of a server's vitals, for sparklines and charts.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::Server;

/// One point; `NaN` = not measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub at: Timestamp,
    pub cpu_percent: f32,
    pub memory_percent: f32,
    pub load: f32,
    pub io_stall_percent: f32,
    pub rx_bytes_per_s: f32,
    pub tx_bytes_per_s: f32,
    /// The fullest filesystem.
    pub disk_percent: f32,
}

impl Point {
    pub const FIGURES: usize = 7;

    /// The figures in the order of [`Self::figures`].
    pub fn new(at: Timestamp, figures: [f32; Self::FIGURES]) -> Self {
        let [cpu, memory, load, io_stall, rx, tx, disk] = figures;
        Self {
            at,
            cpu_percent: cpu,
            memory_percent: memory,
            load,
            io_stall_percent: io_stall,
            rx_bytes_per_s: rx,
            tx_bytes_per_s: tx,
            disk_percent: disk,
        }
    }

    pub fn unmeasured(at: Timestamp) -> Self {
        Self::new(at, [f32::NAN; Self::FIGURES])
    }

    /// `None` before the first reading.
    pub fn of(server: &Server) -> Option<Self> {
        let vitals = server.vitals.as_deref()?;
        let f = |v: Option<f64>| v.map_or(f32::NAN, |v| v as f32);
        let net = vitals.outer_net();
        let fullest = server.checks.as_deref().and_then(|checks| checks.fullest());
        Some(Self {
            at: vitals.at,
            cpu_percent: f(vitals.cpu.map(|cpu| cpu.used)),
            memory_percent: f(vitals.memory.used_percent()),
            load: vitals.load[0] as f32,
            io_stall_percent: f(vitals.stall.io),
            rx_bytes_per_s: f(net.map(|n| n.0)),
            tx_bytes_per_s: f(net.map(|n| n.1)),
            disk_percent: f(fullest.map(|fullest| fullest.1)),
        })
    }

    pub fn figures(&self) -> [f32; Self::FIGURES] {
        [
            self.cpu_percent,
            self.memory_percent,
            self.load,
            self.io_stall_percent,
            self.rx_bytes_per_s,
            self.tx_bytes_per_s,
            self.disk_percent,
        ]
    }
}

/// A point as it is kept: a time of milliseconds is half as large.
#[derive(Debug, Clone, Copy)]
struct Kept {
    at_ms: i64,
    figures: [f32; Point::FIGURES],
}

impl From<Point> for Kept {
    fn from(point: Point) -> Self {
        Self { at_ms: point.at.as_millisecond(), figures: point.figures() }
    }
}

impl From<Kept> for Point {
    fn from(kept: Kept) -> Self {
        Self::new(Timestamp::from_millisecond(kept.at_ms).unwrap_or_default(), kept.figures)
    }
}

/// A bounded past, oldest first: 12 kB for ten minutes, of each of perhaps hundreds of servers.
#[derive(Debug, Clone, Default)]
pub struct History {
    points: VecDeque<Kept>,
}

impl History {
    /// Ten minutes at one point every two seconds.
    pub const CAPACITY: usize = 300;
    /// Room is made for so many at a time.
    const STEP: usize = 60;

    /// Takes a reading; one that is not newer than the last is ignored.
    pub fn push(&mut self, point: Point) {
        let point = Kept::from(point);
        if self.points.back().is_some_and(|last| point.at_ms <= last.at_ms) {
            return;
        }
        if self.points.len() == Self::CAPACITY {
            self.points.pop_front();
        }
        if self.points.len() == self.points.capacity() {
            // Not twice as many: most of that would never be used.
            self.points.reserve_exact(Self::STEP);
        }
        self.points.push_back(point);
    }

    pub fn points(&self) -> impl DoubleEndedIterator<Item = Point> + ExactSizeIterator {
        self.points.iter().map(|kept| Point::from(*kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_points_are_kept_in_no_more_room_than_they_take() {
        let mut history = History::default();
        for i in 0..1000 {
            history.push(Point::new(Timestamp::from_second(i).unwrap(), [i as f32; Point::FIGURES]));
            assert!(history.points.capacity() <= History::CAPACITY);
        }
        history.push(Point::unmeasured(Timestamp::from_second(999).unwrap()));
        let points: Vec<Point> = history.points().collect();
        assert_eq!(points.len(), History::CAPACITY);
        assert_eq!((points[0].at.as_second(), points[299].at.as_second()), (700, 999));
        assert_eq!((points[0].cpu_percent, points[299].disk_percent), (700.0, 999.0));
    }
}
