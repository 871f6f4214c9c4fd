//! The recent past of a server's vitals, for sparklines and charts.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::vitals::Vitals;

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
    pub fn push(&mut self, vitals: &Vitals) {
        if self.points.back().is_some_and(|last| vitals.at <= last.at) {
            return;
        }
        if self.points.len() == Self::CAPACITY {
            self.points.pop_front();
        }
        let f = |v: Option<f64>| v.map_or(f32::NAN, |v| v as f32);
        let net = vitals.outer_net();
        self.points.push_back(Point {
            at: vitals.at,
            cpu_percent: f(vitals.cpu.map(|cpu| cpu.used)),
            memory_percent: f(vitals.memory.used_percent()),
            load: vitals.load[0] as f32,
            io_stall_percent: f(vitals.stall.io),
            rx_bytes_per_s: f(net.map(|n| n.0)),
            tx_bytes_per_s: f(net.map(|n| n.1)),
        });
    }

    pub fn points(&self) -> impl DoubleEndedIterator<Item = &Point> + ExactSizeIterator {
        self.points.iter()
    }
}
