//! Decodes what an engine sends as a container's log into lines. Pure: bytes in any pieces, lines out.
//!
//! Without a terminal the stream is framed: `[type, 0, 0, 0, length (4 bytes, big-endian)]`, then that many
//! bytes; type 1 is stdout, 2 stderr, 3 an error of the engine itself. With a terminal the bytes are raw.
//! Every message begins with its time (`timestamps=true`). The engine cuts messages at 16 KiB, so a long line
//! comes in several, since Docker 18.06 all with the same time: they are joined again. The `local` driver of
//! Docker 20.10 gives such a line no end.

use jiff::Timestamp;
use memchr::memchr;

use super::{plain, stamp};
use crate::domain::log::{LogLine, LogStream};

/// Bytes kept of a line; the rest is cut and marked.
pub const MAX_LINE: usize = 64 << 10;
/// Where the engine cuts a message.
pub const PIECE: usize = 16 << 10;
/// `2026-11-21T12:04:14.303954436+02:00 ` is the longest time an engine writes.
const MAX_STAMP: usize = 40;

/// A line of which more may come.
#[derive(Debug, Default)]
struct Open {
    at: Option<Timestamp>,
    text: Vec<u8>,
    /// Bytes of its newest message.
    piece: usize,
    cut: bool,
    /// Something of it has come.
    begun: bool,
}

/// Where the decoder is within a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At its start, perhaps inside its time.
    Head,
    Text,
}

/// Turns bytes into lines. One for each connection.
#[derive(Debug)]
pub struct Decoder {
    tty: bool,
    /// Bytes of a frame's header that have come.
    header: Vec<u8>,
    /// Of the frame: which stream, and bytes still to come.
    stream: LogStream,
    left: usize,
    place: Place,
    /// Bytes that may become a time.
    head: Vec<u8>,
    /// Bytes of this message after its time; only counted for terminals, where nothing else tells the pieces.
    piece: usize,
    /// A carriage return was the last byte of a terminal's line.
    returned: bool,
    open: [Open; 3],
}

impl Decoder {
    /// `tty` as in the container's configuration: raw bytes instead of frames.
    pub fn new(tty: bool) -> Self {
        Self {
            tty,
            header: Vec::with_capacity(8),
            stream: LogStream::Stdout,
            left: 0,
            place: Place::Head,
            head: Vec::with_capacity(MAX_STAMP),
            piece: 0,
            returned: false,
            open: Default::default(),
        }
    }

    /// Takes the next bytes and appends the lines that they complete.
    pub fn push(&mut self, mut bytes: &[u8], lines: &mut Vec<LogLine>) {
        if self.tty {
            return self.text(bytes, lines);
        }
        while !bytes.is_empty() {
            if self.left == 0 {
                let take = bytes.len().min(8 - self.header.len());
                let (head, rest) = bytes.split_at(take);
                self.header.extend_from_slice(head);
                bytes = rest;
                if self.header.len() == 8 {
                    self.begin_frame(lines);
                }
                continue;
            }
            let (now, rest) = bytes.split_at(bytes.len().min(self.left));
            self.left -= now.len();
            self.text(now, lines);
            bytes = rest;
            if self.left == 0 {
                self.end_frame(lines);
            }
        }
    }

    /// The stream has ended: gives the lines that had no end.
    pub fn finish(&mut self, lines: &mut Vec<LogLine>) {
        self.end_head(lines);
        for stream in [LogStream::Stdout, LogStream::Stderr, LogStream::Engine] {
            self.stream = stream;
            if self.line().begun {
                self.end_line(lines);
            }
        }
    }

    /// True when a line has come in part.
    pub fn is_unfinished(&self) -> bool {
        self.open.iter().any(|line| !line.text.is_empty())
    }

    /// A line that has come in part, as it would be if it ended now.
    pub fn unfinished(&self) -> Option<LogLine> {
        let [stdout, stderr, engine] = &self.open;
        let lines = [(LogStream::Stdout, stdout), (LogStream::Stderr, stderr), (LogStream::Engine, engine)];
        let (stream, line) = lines.into_iter().find(|(_, line)| !line.text.is_empty())?;
        Some(LogLine {
            at: line.at,
            stream,
            text: String::from_utf8_lossy(&line.text).into_owned(),
            cut: line.cut,
        })
    }

    fn begin_frame(&mut self, lines: &mut Vec<LogLine>) {
        self.stream = match self.header.first() {
            Some(2) => LogStream::Stderr,
            Some(3) => LogStream::Engine,
            _ => LogStream::Stdout,
        };
        let length = self.header.iter().skip(4).fold(0_usize, |n, b| n << 8 | usize::from(*b));
        self.header.clear();
        self.left = length;
        self.begin_message();
        if length == 0 {
            self.end_frame(lines);
        }
    }

    fn end_frame(&mut self, lines: &mut Vec<LogLine>) {
        self.end_head(lines);
        // The engine's own messages are whole, and carry no line end.
        if self.stream == LogStream::Engine && self.line().begun {
            self.end_line(lines);
        }
    }

    fn begin_message(&mut self) {
        self.place = Place::Head;
        self.head.clear();
        self.piece = 0;
    }

    fn text(&mut self, mut bytes: &[u8], lines: &mut Vec<LogLine>) {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.place == Place::Head {
                if self.head.is_empty()
                    && let Some(end) =
                        memchr(b' ', bytes.get(..bytes.len().min(MAX_STAMP)).unwrap_or_default())
                    && let Some(at) = bytes.get(..end).and_then(stamp::exact)
                {
                    self.stamped(at, lines);
                    bytes = bytes.get(end + 1..).unwrap_or_default();
                    continue;
                }
                // The time ends at a blank; what cannot be a time is text.
                let plausible =
                    first.is_ascii_digit() || matches!(first, b'-' | b'+' | b':' | b'.' | b'T' | b'Z');
                if plausible && self.head.len() < MAX_STAMP {
                    self.head.push(first);
                    bytes = rest;
                } else if first == b' ' && self.take_stamp(lines) {
                    bytes = rest;
                } else {
                    self.end_head(lines);
                }
                continue;
            }
            if self.tty {
                self.terminal_byte(first, lines);
                bytes = rest;
                continue;
            }
            let end = memchr(b'\n', bytes);
            let (now, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            self.append(now);
            bytes = rest;
            if end.is_some() {
                bytes = bytes.get(1..).unwrap_or_default();
                self.end_line(lines);
            }
        }
    }

    /// True when what has come is a time: then it is the message's.
    fn take_stamp(&mut self, lines: &mut Vec<LogLine>) -> bool {
        let Some(at) = stamp::exact(&self.head) else { return false };
        self.stamped(at, lines);
        true
    }

    fn stamped(&mut self, at: Timestamp, lines: &mut Vec<LogLine>) {
        let tty = self.tty;
        let line = self.line();
        // A message that is not full is the last one of its line, and another time is that of another line.
        if !tty && line.at.is_some_and(|before| before != at) && line.piece < PIECE {
            self.end_line(lines);
        }
        self.head.clear();
        self.place = Place::Text;
        let line = self.line();
        line.begun = true;
        line.piece = 0;
        // Of a line in several pieces the first time counts.
        line.at = line.at.or(Some(at));
    }

    /// There is no time: what was held back for it is text.
    fn end_head(&mut self, lines: &mut Vec<LogLine>) {
        if self.place == Place::Head {
            self.place = Place::Text;
            let held = std::mem::take(&mut self.head);
            if self.tty {
                for byte in held {
                    self.terminal_byte(byte, lines);
                }
            } else {
                self.append(&held);
            }
        }
    }

    /// A terminal's line: a carriage return begins it anew, as progress bars do it. So such a line cannot grow.
    fn terminal_byte(&mut self, byte: u8, lines: &mut Vec<LogLine>) {
        if byte == b'\n' {
            self.returned = false;
            self.end_line(lines);
            return;
        }
        if std::mem::take(&mut self.returned) && byte != b'\r' {
            let line = self.line();
            line.text.clear();
            line.cut = false;
        }
        self.piece += 1;
        if byte == b'\r' {
            self.returned = true;
            self.line().begun = true;
        } else {
            self.append(&[byte]);
        }
        if self.piece == PIECE {
            // The next message of the same line begins here, with a time.
            self.begin_message();
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let line = self.line();
        line.begun = true;
        line.piece += bytes.len();
        line.cut |= plain::append_capped(&mut line.text, bytes);
    }

    fn end_line(&mut self, lines: &mut Vec<LogLine>) {
        let stream = self.stream;
        let line = std::mem::take(self.line());
        let text = plain::finished(line.text, line.cut);
        lines.push(LogLine { at: line.at, stream, text, cut: line.cut });
        self.begin_message();
    }

    fn line(&mut self) -> &mut Open {
        let [stdout, stderr, engine] = &mut self.open;
        match self.stream {
            LogStream::Stdout => stdout,
            LogStream::Stderr => stderr,
            LogStream::Engine => engine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const T: &str = "2026-11-21T12:04:14.303954436Z";

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut out = vec![kind, 0, 0, 0];
        out.extend((payload.len() as u32).to_be_bytes());
        out.extend(payload);
        out
    }

    fn decode(tty: bool, pieces: &[&[u8]]) -> Vec<LogLine> {
        let (mut decoder, mut lines) = (Decoder::new(tty), Vec::new());
        for piece in pieces {
            decoder.push(piece, &mut lines);
        }
        decoder.finish(&mut lines);
        lines
    }

    fn texts(lines: &[LogLine]) -> Vec<&str> {
        lines.iter().map(|l| l.text.as_str()).collect()
    }

    #[test]
    fn frames_of_all_kinds() {
        let bytes = [
            frame(1, format!("{T} out\r\n").as_bytes()),
            frame(2, format!("{T} \n").as_bytes()),
            frame(3, b"error from daemon in stream: gone"),
            frame(1, b"no time\n"),
            frame(1, format!("{T} 2026 x\n").as_bytes()),
            frame(0, b"half"),
        ]
        .concat();
        let lines = decode(false, &[&bytes]);
        assert_eq!(
            texts(&lines),
            ["out", "", "error from daemon in stream: gone", "no time", "2026 x", "half"]
        );
        let streams: Vec<_> = lines.iter().map(|l| l.stream.word()).collect();
        assert_eq!(streams, ["stdout", "stderr", "engine", "stdout", "stdout", "stdout"]);
        assert_eq!(lines[0].at, Some(T.parse().unwrap()));
        assert_eq!(lines[3].at, None);
    }

    #[test]
    fn long_lines_are_joined_and_then_cut() {
        let piece = "a".repeat(PIECE);
        let mut bytes = frame(1, format!("{T} {piece}").as_bytes());
        bytes.extend(frame(2, format!("{T} between\n").as_bytes()));
        bytes.extend(frame(1, format!("2026-11-21T12:04:15Z {piece}").as_bytes()));
        bytes.extend(frame(1, b"2026-11-21T12:04:15Z end\n"));
        let lines = decode(false, &[&bytes]);
        assert_eq!(
            (lines[0].text.as_str(), lines[1].text.len(), lines[1].cut),
            ("between", 2 * PIECE + 3, false)
        );
        assert_eq!(lines[1].at, Some(T.parse().unwrap()));

        let mut bytes = frame(1, format!("{T} é{piece}").as_bytes());
        for _ in 0..9 {
            bytes.extend(frame(1, format!("{T} {piece}").as_bytes()));
        }
        bytes.extend(frame(1, b"\n"));
        let lines = decode(false, &[&bytes]);
        assert_eq!((lines.len(), lines[0].cut, lines[0].text.len()), (1, true, MAX_LINE));
    }

    #[test]
    fn a_long_line_without_an_end_ends_with_its_time() {
        let mut bytes = frame(1, format!("{T} {}", "a".repeat(PIECE)).as_bytes());
        bytes.extend(frame(1, format!("{T} end").as_bytes()));
        bytes.extend(frame(1, b"2026-11-21T12:04:15Z next\n"));
        let lines = decode(false, &[&bytes]);
        assert_eq!((lines.len(), lines[0].text.len(), lines[1].text.as_str()), (2, PIECE + 3, "next"));
    }

    #[test]
    fn a_terminal_is_raw_and_its_progress_bars_are_bounded() {
        let bytes = format!("{T} a\r\n{T} 10%\r20%\r\r30%\r\n{T} \r\n");
        assert_eq!(texts(&decode(true, &[bytes.as_bytes()])), ["a", "30%", ""]);

        let piece = "b".repeat(PIECE);
        let bytes = format!("{T} {piece}{T} {piece}{T} c\r\n");
        let lines = decode(true, &[bytes.as_bytes()]);
        assert_eq!((lines.len(), lines[0].text.len()), (1, 2 * PIECE + 1));

        let mut decoder = Decoder::new(true);
        let mut lines = Vec::new();
        for _ in 0..2_000_000 {
            decoder.push(b"=\r", &mut lines);
        }
        assert!(lines.is_empty() && decoder.open[0].text.capacity() <= MAX_LINE);
        decoder.push(b"done\n", &mut lines);
        assert_eq!(texts(&lines), ["done"]);
    }

    #[test]
    fn an_unfinished_line_is_shown_as_it_is() {
        let (mut decoder, mut lines) = (Decoder::new(true), Vec::new());
        decoder.push(format!("{T} 10%\r50%\r").as_bytes(), &mut lines);
        let line = decoder.unfinished().unwrap();
        assert_eq!((line.text.as_str(), line.at, lines.len()), ("50%", Some(T.parse().unwrap()), 0));
        decoder.push(b"done\r\n", &mut lines);
        assert_eq!((decoder.unfinished(), texts(&lines)), (None, vec!["done"]));
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        assert_eq!(texts(&decode(false, &[&frame(1, b"a\xffb\n")])), ["a\u{fffd}b"]);
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_lines(
            messages in proptest::collection::vec((1_u8..4, proptest::collection::vec(any::<u8>(), 0..80), any::<bool>(), any::<bool>()), 0..20),
            cuts in proptest::collection::vec(0_usize..2000, 0..30),
            tty: bool,
        ) {
            let mut bytes = Vec::new();
            for (kind, text, stamped, ended) in messages {
                let mut payload = if stamped { format!("{T} ").into_bytes() } else { Vec::new() };
                payload.extend(text);
                if ended { payload.push(b'\n'); }
                bytes.extend(if tty { payload } else { frame(kind, &payload) });
            }
            let whole = decode(tty, &[&bytes]);
            let mut at: Vec<usize> = cuts.into_iter().map(|c| c.min(bytes.len())).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let pieces: Vec<&[u8]> = at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            prop_assert_eq!(whole, decode(tty, &pieces));
        }

        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..4000), tty: bool) {
            decode(tty, &[&bytes]);
        }
    }
}
