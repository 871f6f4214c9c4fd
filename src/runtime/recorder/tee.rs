//! From a source that is followed to the writer: never waiting, so that a slow disk slows nothing down. What
//! does not fit is counted, and the count stands in the recording.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

use super::{Order, remark};
use crate::domain::log::LogLine;

/// Bytes of lines that may wait for the writer, of all sources together.
const MAX_WAITING: usize = 16 << 20;

/// Lines on their way, counted for as long as they exist.
#[derive(Debug)]
pub(super) struct Parcel {
    pub lines: Vec<LogLine>,
    bytes: usize,
    waiting: Arc<AtomicUsize>,
}

impl Drop for Parcel {
    fn drop(&mut self) {
        self.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// All sources' way to the writer.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    orders: mpsc::Sender<Order>,
    waiting: Arc<AtomicUsize>,
}

impl Desk {
    pub fn new(orders: mpsc::Sender<Order>) -> Self {
        Self { orders, waiting: Arc::default() }
    }

    pub fn orders(&self) -> &mpsc::Sender<Order> {
        &self.orders
    }

    /// The way of one source.
    pub fn tee(&self, name: Arc<str>) -> Tee {
        Tee { name, desk: self.clone(), dropped: 0 }
    }
}

/// One source's way to the writer.
#[derive(Debug)]
pub(super) struct Tee {
    name: Arc<str>,
    desk: Desk,
    /// Lines that did not fit and are not told yet.
    dropped: u64,
}

impl Tee {
    /// Hands lines in. Tells how many were dropped instead.
    pub fn put(&mut self, mut lines: Vec<LogLine>) -> u64 {
        let count = lines.len() as u64;
        let bytes = lines.iter().map(|l| l.text.len() + size_of::<LogLine>()).sum();
        if self.desk.waiting.fetch_add(bytes, Ordering::Relaxed) + bytes > MAX_WAITING {
            self.desk.waiting.fetch_sub(bytes, Ordering::Relaxed);
            self.dropped += count;
            return count;
        }
        if self.dropped > 0 {
            lines
                .insert(0, remark(format_args!("{} lines came too fast and are missing here", self.dropped)));
        }
        let lines = Parcel { lines, bytes, waiting: self.desk.waiting.clone() };
        match self.desk.orders.try_send(Order::Lines { name: self.name.clone(), lines }) {
            Ok(()) => {
                self.dropped = 0;
                0
            }
            Err(_) => {
                self.dropped += count;
                count
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted_and_told() {
        let (orders, mut ordered) = mpsc::channel(3);
        let mut tee = Desk::new(orders).tee("w".into());
        let line = |n: usize| LogLine { text: "x".repeat(n), ..remark("") };
        assert_eq!(tee.put(vec![line(9 << 20)]), 0);
        assert_eq!(tee.put(vec![line(9 << 20), line(1)]), 2, "too much is on its way");
        assert_eq!(tee.put(vec![line(1)]), 0);
        assert_eq!(tee.put(vec![line(1)]), 0);
        assert_eq!(tee.put(vec![line(1)]), 1, "the channel is full");
        let mut told = |lines: &mut Vec<String>| {
            while let Ok(Order::Lines { lines: parcel, .. }) = ordered.try_recv() {
                lines.extend(
                    parcel
                        .lines
                        .iter()
                        .filter(|l| l.text.len() > 1 && l.text.len() < 99)
                        .map(|l| l.text.clone()),
                );
            }
        };
        let mut remarks = Vec::new();
        told(&mut remarks);
        assert_eq!(tee.put(vec![line(9 << 20)]), 0, "what was written does not wait any more");
        told(&mut remarks);
        let missing = |n| format!("recording: {n} lines came too fast and are missing here");
        assert_eq!(remarks, [missing(2), missing(1)]);
    }
}
