//! Makes text from outside harmless for a terminal, once, where it enters.
//!
//! Dropped: whole escape sequences (CSI, OSC, DCS, SOS, PM, APC and two-byte ones). Made visible as `�`:
//! C0 and C1 controls. Dropped: bidirectional controls, zero-width format characters and other invisible
//! ones that can make a name look like another. Tabs become spaces, line ends become `⏎` in one-line text.
//! Runs of combining marks are cut after four, so that one cell cannot grow into a tower.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// Combining marks kept on one base character.
const MAX_MARKS: usize = 4;

/// A name, label or other one-line text; at most `max_chars` characters, an ellipsis stands for the rest.
pub fn line(text: &str, max_chars: usize) -> Cow<'_, str> {
    // Plain printable ASCII is nearly everything that comes by.
    if text.len() <= max_chars && text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().min(max_chars.saturating_mul(4)));
    let mut cleaner = Cleaner::default();
    let mut count = 0;
    for c in text.chars() {
        let piece = match cleaner.next(c) {
            Piece::Char(c) => Some(c),
            Piece::Control(c) => shown(c),
            Piece::Nothing | Piece::Attributes => None,
        };
        if let Some(c) = piece {
            if count == max_chars {
                out.push('…');
                break;
            }
            count += 1;
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// An identifier or other short text, bounded as for a table cell.
pub fn name(text: &str) -> String {
    line(text, 256).into_owned()
}

/// Several lines of text: line ends are kept, everything else as in [`line()`].
pub fn block(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    for (i, part) in text.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        out.push_str(&line(part.strip_suffix('\r').unwrap_or(part), max_chars));
    }
    out
}

/// A JSON text that no terminal acts on: JSON lets C1 controls and bidi marks stand as they are, here they are
/// escaped like the others. The same document for every reader of JSON.
pub fn json(json: &str) -> Cow<'_, str> {
    let acts = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !json.contains(acts) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if acts(c) {
            out.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// What a character of the input comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// It is part of a sequence, or invisible: nothing is printed.
    Nothing,
    /// It may be printed.
    Char(char),
    /// A control character outside of sequences: [`shown`] tells what stands for it in one-line text.
    Control(char),
    /// It ended a sequence that sets colours and attributes: [`Cleaner::attributes`] has what it says.
    Attributes,
}

/// What is printed for a control character, if anything.
pub fn shown(control: char) -> Option<char> {
    match control {
        '\t' => Some(' '),
        '\n' => Some('⏎'),
        '\r' => None,
        _ => Some('�'),
    }
}

/// Longer parameters of a sequence are no honest colour.
const MAX_PARAMETERS: usize = 128;

/// Takes the characters of a text one by one and tells what each comes to.
#[derive(Debug, Default)]
pub struct Cleaner {
    state: State,
    marks: usize,
    /// Of the last `ESC [`: what stood before its final byte.
    parameters: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum State {
    #[default]
    Text,
    Escape,
    /// Inside `ESC [`: until a final byte.
    Csi,
    /// Inside OSC, DCS, SOS, PM or APC: until BEL or ST.
    Text7,
    /// An ESC inside one of these: a `\` ends it.
    Text7Escape,
}

impl Cleaner {
    /// What the next character of the input comes to.
    pub fn next(&mut self, c: char) -> Piece {
        match self.state {
            State::Escape => {
                self.state = match c {
                    '[' => {
                        self.parameters.clear();
                        State::Csi
                    }
                    ']' | 'P' | 'X' | '^' | '_' => State::Text7,
                    '\u{1b}' | ' '..='/' => State::Escape,
                    _ => State::Text,
                };
                Piece::Nothing
            }
            State::Csi => {
                match c {
                    'm' if self.is_attributes() => {
                        self.state = State::Text;
                        return Piece::Attributes;
                    }
                    '@'..='~' => self.state = State::Text,
                    '\u{1b}' => self.state = State::Escape,
                    ' '..='?' if self.parameters.len() <= MAX_PARAMETERS => self.parameters.push(c),
                    ' '..='?' => {}
                    // Not a sequence after all: take it as text again.
                    _ => {
                        self.state = State::Text;
                        return self.text(c);
                    }
                }
                Piece::Nothing
            }
            State::Text7 => {
                match c {
                    '\u{7}' | '\u{9c}' => self.state = State::Text,
                    '\u{1b}' => self.state = State::Text7Escape,
                    _ => {}
                }
                Piece::Nothing
            }
            State::Text7Escape => {
                self.state = if c == '\\' { State::Text } else { State::Text7 };
                Piece::Nothing
            }
            State::Text => self.text(c),
        }
    }

    /// The parameters of the sequence that came last: numbers with `;` and `:` between them.
    pub fn attributes(&self) -> &str {
        &self.parameters
    }

    fn is_attributes(&self) -> bool {
        self.parameters.len() <= MAX_PARAMETERS
            && self.parameters.bytes().all(|b| matches!(b, b'0'..=b'9' | b';' | b':'))
    }

    fn text(&mut self, c: char) -> Piece {
        match c {
            ' '..='~' => self.base(Piece::Char(c)),
            '\u{1b}' => {
                self.state = State::Escape;
                Piece::Nothing
            }
            '\u{9b}' => {
                self.parameters.clear();
                self.state = State::Csi;
                Piece::Nothing
            }
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => {
                self.state = State::Text7;
                Piece::Nothing
            }
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => self.base(Piece::Control(c)),
            _ if is_invisible(c) => Piece::Nothing,
            _ if is_mark(c) && self.marks == MAX_MARKS => Piece::Nothing,
            _ if is_mark(c) => {
                self.marks += 1;
                Piece::Char(c)
            }
            _ => self.base(Piece::Char(c)),
        }
    }

    fn base(&mut self, piece: Piece) -> Piece {
        self.marks = 0;
        piece
    }
}

/// Characters that take no cell and change how others look or are ordered: bidirectional controls
/// (Unicode TR9), zero-width spaces and joiners, variation selectors, tags, interlinear annotation.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// By the tables that the screen uses too, so that cells and cleaner agree.
fn is_mark(c: char) -> bool {
    c.width() == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_vanish_and_controls_become_visible() {
        assert_eq!(line("a\x1b[31mred\x1b[0m", 99), "ared");
        assert_eq!(line("t\x1b]0;title\x07x\x1b]8;;http://h\x1b\\y", 99), "txy");
        assert_eq!(line("\x1bP1$r\x1b\\dcs\x1b_apc\x1b\\", 99), "dcs");
        assert_eq!(line("nul\0bel\x07\u{85}", 99), "nul�bel��");
        assert_eq!(line("c1\u{9b}31mx", 99), "c1x");
        assert_eq!(line("unfinished\x1b]52;c;", 99), "unfinished");
    }

    #[test]
    fn disguises_are_dropped() {
        assert_eq!(line("evil\u{202e}txt.exe", 99), "eviltxt.exe");
        assert_eq!(line("zero\u{200b}width\u{feff}", 99), "zerowidth");
        let tower = format!("e{}", "\u{301}".repeat(50));
        assert_eq!(line(&tower, 99).chars().count(), 1 + MAX_MARKS);
        let tower = format!("\u{915}{}", "\u{93c}".repeat(50));
        assert_eq!(line(&tower, 99).chars().count(), 1 + MAX_MARKS);
    }

    #[test]
    fn length_is_bounded_and_plain_text_is_borrowed() {
        assert_eq!(line("abcdef", 3), "abc…");
        assert!(matches!(line("plain name_1", 99), Cow::Borrowed(_)));
        assert_eq!(block("a\r\nb\x1b[2J\n", 9), "a\nb\n");
    }

    #[test]
    fn nothing_in_json_acts_on_a_terminal() {
        let text = serde_json::json!({"m": "a\u{9b}2J\u{202e}b\u{1b}[m"}).to_string();
        assert_eq!(json(&text), r#"{"m":"a\u009b2J\u202eb\u001b[m"}"#);
        let read: serde_json::Value = serde_json::from_str(&json(&text)).unwrap();
        assert_eq!(read["m"], "a\u{9b}2J\u{202e}b\u{1b}[m");
    }

    proptest::proptest! {
        #[test]
        fn nothing_a_terminal_would_obey_survives(text in ".*", raw in proptest::collection::vec(0u8..=255, 0..200)) {
            for input in [text, String::from_utf8_lossy(&raw).into_owned()] {
                let out = block(&input, 1000);
                proptest::prop_assert!(out.chars().all(|c| c == '\n' || (!c.is_control() && !is_invisible(c))));
            }
        }
    }
}
