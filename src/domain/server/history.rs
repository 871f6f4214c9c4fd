//! The recent past of a server's vitals, for sparklines and charts.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::Server;

/// One point, compact: ten minutes at 2 s are about 11 kB. `NaN` = not measured.
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

/// A bounded past, oldest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    points: VecDeque<Point>,
}

impl History {
    /// Ten minutes at one point every two seconds.
    pub const CAPACITY: usize = 300;

    /// Takes a reading; one that is not newer than the last is ignored.
    pub fn push(&mut self, point: Point) {
        if self.points.back().is_some_and(|last| point.at <= last.at) {
            return;
        }
        if self.points.len() == Self::CAPACITY {
            self.points.pop_front();
        }
        self.points.push_back(point);
    }

    pub fn points(&self) -> impl DoubleEndedIterator<Item = &Point> + ExactSizeIterator {
        self.points.iter()
    }
}
