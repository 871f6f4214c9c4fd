//! The start of an answer that does not begin with the log. An engine counts the messages of `tail`, and a long
//! line is several of them; so the first line of either stream may be only the end of a long one. Such an end
//! need not come first: while a long line is being written, the other stream's lines are stored between its
//! pieces, and it is told where it ends.

use jiff::Timestamp;

use crate::domain::log::{LogLine, LogStream};

/// So many lines at the start of an answer are never sure to be whole: both streams may be in a long line there.
pub(super) const NEVER_SURE: usize = 2;

/// Looks at the lines of an answer from its first one on.
#[derive(Debug, Default)]
pub(super) struct Torn {
    came: usize,
    /// Both streams' first lines.
    stdout: bool,
    stderr: bool,
    /// The time of the second line, or of the first one as long as there is no other.
    early: Option<Timestamp>,
    /// Lines up to the last one that may be torn.
    upto: usize,
}

impl Torn {
    /// True when the next line may be only the end of a long one. All pieces of a line have the time of the
    /// first one, which was stored before all that is in the answer; and a line that stands behind another one
    /// of its stream was written later than the answer's first message was stored.
    pub fn is_torn(&mut self, line: &LogLine) -> bool {
        self.came += 1;
        let seen = match line.stream {
            LogStream::Stdout => &mut self.stdout,
            LogStream::Stderr => &mut self.stderr,
            // The engine's own messages are whole.
            LogStream::Engine => return false,
        };
        let torn = !std::mem::replace(seen, true) && self.early.is_none_or(|early| line.at <= Some(early));
        if self.came <= 2 {
            self.early = line.at;
        }
        if torn {
            self.upto = self.came;
        }
        torn
    }

    /// Lines that were looked at.
    pub fn came(&self) -> usize {
        self.came
    }

    /// Lines of the answer up to the last one that may be torn, so far.
    pub fn upto(&self) -> usize {
        self.upto
    }
}

/// Lines at the start of an answer, up to the last one that may be only the end of a long one.
pub(super) fn torn(lines: &[LogLine]) -> usize {
    let mut torn = Torn::default();
    for line in lines {
        torn.is_torn(line);
    }
    torn.upto()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(all: &[(i64, LogStream)]) -> Vec<LogLine> {
        let line = |(ms, stream): &(i64, LogStream)| LogLine {
            at: Timestamp::from_millisecond(*ms).ok(),
            stream: *stream,
            text: String::new(),
            cut: false,
        };
        all.iter().map(line).collect()
    }

    #[test]
    fn the_first_line_of_a_stream_is_torn_if_it_is_older_than_what_stands_before_it() {
        use LogStream::{Stderr as E, Stdout as O};
        assert_eq!(torn(&[]), 0);
        assert_eq!(torn(&lines(&[(1, O), (2, O), (3, O)])), 1);
        assert_eq!(torn(&lines(&[(1, O), (2, E), (3, O), (4, E)])), 1);
        assert_eq!(torn(&lines(&[(2, E), (1, O), (3, O)])), 2);
        assert_eq!(torn(&lines(&[(2, E), (4, E), (6, E), (1, O), (7, O), (8, E)])), 4);
        assert_eq!(torn(&lines(&[(2, E), (4, E), (6, E), (5, O), (1, O)])), 1, "only the first of a stream");
        assert_eq!(torn(&lines(&[(2, LogStream::Engine), (4, E)])), 2);
    }
}
