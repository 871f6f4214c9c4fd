//! Keys and chords as words: `ctrl-d`, `g g`, `space`, `shift-tab`, `G`, `alt-1`, `?`.
//!
//! Shift is part of a printed character (`G`, not `shift-g`), and control with an upper-case letter is
//! `ctrl-shift-g`: one key has one form, whichever way a terminal reports it.

use std::fmt;
use std::str::FromStr;

use crate::domain::filter::nearest;

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    Char(char),
    Enter,
    Esc,
    Tab,
    /// Shift and Tab: a key of its own in terminals.
    BackTab,
    Backspace,
    Delete,
    Insert,
    Home,
    End,
    PageUp,
    PageDown,
    Up,
    Down,
    Left,
    Right,
    /// F1 to F24.
    F(u8),
}

/// The words of keys that are no characters, first the canonical one of each.
const NAMES: [(&str, Code); 27] = [
    ("space", Code::Char(' ')),
    ("enter", Code::Enter),
    ("return", Code::Enter),
    ("esc", Code::Esc),
    ("escape", Code::Esc),
    ("tab", Code::Tab),
    ("backtab", Code::BackTab),
    ("backspace", Code::Backspace),
    ("delete", Code::Delete),
    ("del", Code::Delete),
    ("insert", Code::Insert),
    ("ins", Code::Insert),
    ("home", Code::Home),
    ("end", Code::End),
    ("pageup", Code::PageUp),
    ("page-up", Code::PageUp),
    ("pgup", Code::PageUp),
    ("pagedown", Code::PageDown),
    ("page-down", Code::PageDown),
    ("pgdown", Code::PageDown),
    ("pgdn", Code::PageDown),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("minus", Code::Char('-')),
    ("plus", Code::Char('+')),
];

/// One key press, always in its normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    code: Code,
    ctrl: bool,
    alt: bool,
    shift: bool,
}

impl Key {
    /// The normal form of a key as a terminal reports it.
    pub fn new(code: Code, ctrl: bool, alt: bool, shift: bool) -> Self {
        let mut key = Self { code, ctrl, alt, shift };
        match code {
            Code::Tab if shift => (key.code, key.shift) = (Code::BackTab, false),
            Code::BackTab => key.shift = false,
            Code::Char(c) if ctrl => {
                if let Some(lower) = single(c.to_lowercase()).filter(|l| *l != c) {
                    (key.code, key.shift) = (Code::Char(lower), true);
                } else if !c.is_lowercase() && c != ' ' {
                    key.shift = false;
                }
            }
            Code::Char(' ') => {}
            Code::Char(c) => {
                if shift {
                    key.code = Code::Char(single(c.to_uppercase()).unwrap_or(c));
                }
                key.shift = false;
            }
            _ => {}
        }
        key
    }

    /// A key without modifiers.
    pub fn plain(code: Code) -> Self {
        Self::new(code, false, false, false)
    }

    /// A character as typed.
    pub fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    pub fn ctrl(c: char) -> Self {
        Self::new(Code::Char(c), true, false, false)
    }

    pub fn code(self) -> Code {
        self.code
    }

    pub fn has_ctrl(self) -> bool {
        self.ctrl
    }

    pub fn has_alt(self) -> bool {
        self.alt
    }

    pub fn has_shift(self) -> bool {
        self.shift
    }

    /// The character a text field should take: one without control or alt.
    pub fn text(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// What most terminals send instead of this key, when they cannot tell the two apart.
    pub fn arrives_as(self) -> Option<Key> {
        let code = match self.code {
            Code::Char('i') if self.ctrl => Code::Tab,
            Code::Char('m') if self.ctrl => Code::Enter,
            Code::Char('[') if self.ctrl => Code::Esc,
            _ => return None,
        };
        Some(Self::new(code, false, self.alt, false))
    }
}

/// The only element, if there is exactly one: letters whose other case is a sequence have none.
fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next()?;
    letters.next().is_none().then_some(first)
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        if self.shift || self.code == Code::BackTab {
            f.write_str("shift-")?;
        }
        match self.code {
            Code::BackTab => f.write_str("tab"),
            Code::Char(' ') => f.write_str("space"),
            Code::Char(c) => write!(f, "{c}"),
            Code::F(n) => write!(f, "f{n}"),
            code => {
                let name = NAMES.iter().find(|(_, c)| *c == code).map_or("?", |(name, _)| name);
                f.write_str(name)
            }
        }
    }
}

/// What is wrong with a key's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyError {
    pub message: String,
    pub suggestion: Option<String>,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.suggestion.iter().try_for_each(|s| write!(f, "; {s}"))
    }
}

impl std::error::Error for KeyError {}

impl KeyError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), suggestion: None }
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = text;
        // The last `-` can be the key itself: `ctrl--`.
        while let Some((modifier, after)) =
            rest.split_once('-').filter(|(m, a)| !m.is_empty() && !a.is_empty())
        {
            match modifier.to_ascii_lowercase().as_str() {
                "ctrl" | "control" | "c" => ctrl = true,
                "alt" | "meta" | "a" | "m" => alt = true,
                "shift" | "s" => shift = true,
                _ if name(rest).is_some() => break,
                _ => {
                    let near = nearest(modifier, ["ctrl", "alt", "shift"]);
                    return Err(KeyError {
                        message: format!(
                            "no modifier `{modifier}` in `{text}`; there are ctrl, alt and shift"
                        ),
                        suggestion: near.map(|n| format!("did you mean `{n}-{after}`?")),
                    });
                }
            }
            rest = after;
        }
        let code = name(rest).or_else(|| character(rest)).ok_or_else(|| unknown(text, rest))?;
        Ok(Self::new(code, ctrl, alt, shift))
    }
}

fn character(text: &str) -> Option<Code> {
    single(text.chars()).filter(|c| !c.is_control() && !c.is_whitespace()).map(Code::Char)
}

fn name(text: &str) -> Option<Code> {
    let lower = text.to_ascii_lowercase();
    if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == lower) {
        return Some(*code);
    }
    let n = lower.strip_prefix('f')?.parse().ok()?;
    (1..=24).contains(&n).then_some(Code::F(n))
}

fn unknown(text: &str, rest: &str) -> KeyError {
    if rest.is_empty() {
        return KeyError::new("a key is missing");
    }
    let near = nearest(rest, NAMES.iter().map(|(name, _)| *name));
    let letters_without_blanks = near.is_none() && rest.len() <= 4 && rest.is_ascii();
    KeyError {
        message: format!("no key `{rest}`"),
        suggestion: near.map(|n| format!("did you mean `{}{n}`?", &text[..text.len() - rest.len()])).or_else(
            || {
                letters_without_blanks.then(|| {
                    let spaced: Vec<_> = rest.chars().map(String::from).collect();
                    format!("for one after another write `{}`", spaced.join(" "))
                })
            },
        ),
    }
}

/// One to four keys pressed one after another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord(Vec<Key>);

impl Chord {
    pub const MAX_KEYS: usize = 4;

    pub fn keys(&self) -> &[Key] {
        &self.0
    }
}

impl From<Key> for Chord {
    fn from(key: Key) -> Self {
        Self(vec![key])
    }
}

impl TryFrom<Vec<Key>> for Chord {
    type Error = KeyError;

    fn try_from(keys: Vec<Key>) -> Result<Self, KeyError> {
        match keys.len() {
            0 => Err(KeyError::new("a key is missing")),
            1..=Self::MAX_KEYS => Ok(Self(keys)),
            n => Err(KeyError::new(format!("{n} keys are too many; a chord has at most {}", Self::MAX_KEYS))),
        }
    }
}

impl FromStr for Chord {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let keys: Result<Vec<_>, _> = text.split_whitespace().map(str::parse).collect();
        Self::try_from(keys?)
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, key) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{key}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> String {
        text.parse::<Chord>().map_or_else(|e| format!("! {e}"), |c| c.to_string())
    }

    #[test]
    fn keys_have_one_form() {
        for (written, form) in [
            ("ctrl-d", "ctrl-d"),
            ("Control-D", "ctrl-shift-d"),
            ("g g", "g g"),
            ("shift-g", "G"),
            ("G", "G"),
            ("shift-tab", "shift-tab"),
            ("backtab", "shift-tab"),
            ("alt-1", "alt-1"),
            ("?", "?"),
            ("shift-?", "?"),
            ("-", "-"),
            ("minus", "-"),
            ("ctrl--", "ctrl--"),
            ("alt-ctrl-x", "ctrl-alt-x"),
            ("page-up", "pageup"),
            ("ctrl-page-up", "ctrl-pageup"),
            ("F5", "f5"),
            ("f", "f"),
            ("space", "space"),
            ("ctrl-space", "ctrl-space"),
            ("alt-right", "alt-right"),
            ("ß", "ß"),
        ] {
            assert_eq!(canonical(written), form, "{written}");
        }
    }

    #[test]
    fn mistakes_say_what_was_meant() {
        for (written, message) in [
            ("", "! a key is missing"),
            ("ctrl-", "! no key `ctrl-`"),
            (
                "ctlr-d",
                "! no modifier `ctlr` in `ctlr-d`; there are ctrl, alt and shift; did you mean `ctrl-d`?",
            ),
            ("ctrl-entre", "! no key `entre`; did you mean `ctrl-enter`?"),
            ("gg", "! no key `gg`; for one after another write `g g`"),
            ("f25", "! no key `f25`; for one after another write `f 2 5`"),
            ("a b c d e", "! 5 keys are too many; a chord has at most 4"),
        ] {
            assert_eq!(canonical(written), message, "{written}");
        }
    }

    fn any_key() -> impl Strategy<Value = Key> {
        let code = prop_oneof![
            any::<char>()
                .prop_filter("printed", |c| *c == ' ' || character(&c.to_string()).is_some())
                .prop_map(Code::Char),
            prop::sample::select(NAMES.map(|(_, code)| code).to_vec()),
            Just(Code::BackTab),
            (1..=24u8).prop_map(Code::F),
        ];
        (code, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(k, c, a, s)| Key::new(k, c, a, s))
    }

    proptest! {
        #[test]
        fn a_printed_chord_is_read_back(keys in prop::collection::vec(any_key(), 1..=4)) {
            let chord = Chord::try_from(keys).unwrap();
            prop_assert_eq!(chord.to_string().parse::<Chord>(), Ok(chord));
        }

        #[test]
        fn the_normal_form_is_final(key in any_key()) {
            prop_assert_eq!(Key::new(key.code, key.ctrl, key.alt, key.shift), key);
        }

        #[test]
        fn any_text_is_a_chord_or_a_message(text in ".{0,12}") {
            match text.parse::<Chord>() {
                Ok(chord) => prop_assert!(!chord.keys().is_empty()),
                Err(e) => prop_assert!(!e.message.is_empty()),
            }
        }
    }
}
