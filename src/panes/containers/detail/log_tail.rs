//! The last lines of a container's output, bounded in number and in bytes.

use std::collections::VecDeque;

use crate::domain::fault::Fault;
use crate::domain::log::{LogLine, LogStream};

/// Lines of output kept for the detail; the log pane proper keeps more.
pub const LOG_LINES: usize = 500;
/// Lines kept while the page is held: what is being read stays where it is.
const HELD_LINES: usize = 5_000;
/// Bytes of text kept, whatever the number of lines.
const LOG_BYTES: usize = 4 << 20;

/// The last lines of its output.
#[derive(Debug, Default)]
pub struct LogTail {
    pub lines: VecDeque<LogLine>,
    pub bytes: usize,
    /// Lines that fell out at the top.
    pub dropped: u64,
    /// Lines that came while the page was held and there was no room for more.
    pub missed: u64,
    /// Why nothing more comes now.
    pub trouble: Option<Fault>,
    pub ended: bool,
    pub opened: bool,
}

impl LogTail {
    /// The newest lines stay, the oldest go.
    pub fn take(&mut self, lines: Vec<LogLine>) {
        if self.missed > 0 {
            let text = format!("-- {} lines not kept while the page was held --", self.missed);
            self.missed = 0;
            self.remark(text);
        }
        for line in lines {
            self.push(line);
        }
        while self.lines.len() > LOG_LINES || (self.bytes > LOG_BYTES && self.lines.len() > 1) {
            self.bytes -= self.lines.pop_front().map_or(0, |l| l.text.len());
            self.dropped += 1;
        }
    }

    /// Nothing moves under the reader: lines are added as long as there is room.
    pub fn hold(&mut self, lines: Vec<LogLine>) {
        for line in lines {
            if self.missed == 0 && self.lines.len() < HELD_LINES && self.bytes < LOG_BYTES {
                self.push(line);
            } else {
                self.missed += 1;
            }
        }
    }

    pub fn remark(&mut self, text: String) {
        self.push(LogLine { at: None, stream: LogStream::Engine, text, cut: false });
    }

    fn push(&mut self, line: LogLine) {
        self.bytes += line.text.len();
        self.lines.push_back(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(range: std::ops::Range<usize>) -> Vec<LogLine> {
        let line =
            |n: usize| LogLine { at: None, stream: LogStream::Stdout, text: n.to_string(), cut: false };
        range.map(line).collect()
    }

    #[test]
    fn a_held_page_never_moves_and_what_it_cost_is_said() {
        let mut tail = LogTail::default();
        tail.take(lines(0..600));
        assert_eq!((tail.lines.len(), tail.dropped, tail.lines[0].text.as_str()), (500, 100, "100"));
        tail.hold(lines(600..9_000));
        assert_eq!((tail.lines.len(), tail.missed, tail.lines[0].text.as_str()), (HELD_LINES, 3_900, "100"));
        tail.take(lines(9_000..9_002));
        let texts: Vec<_> = tail.lines.iter().rev().take(3).map(|l| l.text.as_str()).collect();
        assert_eq!(texts, ["9001", "9000", "-- 3900 lines not kept while the page was held --"]);
        assert_eq!((tail.lines.len(), tail.missed), (LOG_LINES, 0));
    }

    #[test]
    fn long_lines_are_bounded_in_bytes() {
        let mut tail = LogTail::default();
        let long = LogLine { at: None, stream: LogStream::Stdout, text: "x".repeat(64 << 10), cut: false };
        tail.take(vec![long; 200]);
        assert!(tail.bytes <= LOG_BYTES && tail.lines.len() == LOG_BYTES >> 16, "{}", tail.lines.len());
    }
}
