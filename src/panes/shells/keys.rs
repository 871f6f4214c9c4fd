//! Keys and buttons as the bytes that programs on a terminal expect (xterm's, which everything knows).

use crate::domain::terminal::{Modes, Mouse};
use crate::keymap::{Code, Key};
use crate::panes::{Touch, TouchKind};

/// The bytes of a key.
pub fn bytes(key: Key, modes: Modes) -> Vec<u8> {
    let modifiers =
        1 + u8::from(key.has_shift()) + 2 * u8::from(key.has_alt()) + 4 * u8::from(key.has_ctrl());
    let plain = modifiers == 1;
    let escape = |text: &str| if key.has_alt() { format!("\x1b{text}") } else { text.to_owned() };
    // Cursor keys and their like: a letter at the end, or a number before `~`.
    let letter = |letter: char| match plain {
        true if modes.application_cursor => format!("\x1bO{letter}"),
        true => format!("\x1b[{letter}"),
        false => format!("\x1b[1;{modifiers}{letter}"),
    };
    let number = |n: u8| if plain { format!("\x1b[{n}~") } else { format!("\x1b[{n};{modifiers}~") };
    let text = match key.code() {
        Code::Char(c) if key.has_ctrl() => escape(&control(c)),
        Code::Char(c) => escape(c.encode_utf8(&mut [0; 4])),
        Code::Enter => escape("\r"),
        Code::Esc => escape("\x1b"),
        Code::Tab => escape("\t"),
        Code::BackTab => "\x1b[Z".to_owned(),
        Code::Backspace => escape(if key.has_ctrl() { "\x08" } else { "\x7f" }),
        Code::Up => letter('A'),
        Code::Down => letter('B'),
        Code::Right => letter('C'),
        Code::Left => letter('D'),
        Code::Home => letter('H'),
        Code::End => letter('F'),
        Code::Insert => number(2),
        Code::Delete => number(3),
        Code::PageUp => number(5),
        Code::PageDown => number(6),
        Code::F(n @ 1..=4) => {
            let last = char::from(b'P' + n - 1);
            if plain { format!("\x1bO{last}") } else { format!("\x1b[1;{modifiers}{last}") }
        }
        Code::F(n) => match n {
            5 => number(15),
            6..=10 => number(n + 11),
            11..=14 => number(n + 12),
            15 | 16 => number(n + 13),
            17..=20 => number(n + 14),
            _ => String::new(),
        },
    };
    text.into_bytes()
}

/// What the control key makes of a character.
fn control(c: char) -> String {
    let byte = match c {
        'a'..='z' => c as u8 & 0x1f,
        ' ' | '@' | '2' => 0,
        '[' | '3' => 0x1b,
        '\\' | '4' => 0x1c,
        ']' | '5' => 0x1d,
        '^' | '6' => 0x1e,
        '_' | '7' | '/' => 0x1f,
        '?' | '8' => 0x7f,
        other => return other.to_string(),
    };
    char::from(byte).to_string()
}

/// The report of what the mouse did at a cell of the terminal, if the program wants to hear of it.
pub fn report(touch: Touch, modes: Modes) -> Option<Vec<u8>> {
    let (button, released) = match touch.kind {
        TouchKind::Press(button) => (button, false),
        TouchKind::Release(button) => (button, true),
        TouchKind::Drag(button) => (button + 32, false),
        TouchKind::WheelUp => (64, false),
        TouchKind::WheelDown => (65, false),
    };
    let wanted = match modes.mouse {
        Mouse::Nothing => false,
        Mouse::Presses => !released && button != 32 && button != 33 && button != 34,
        Mouse::Buttons => !(32..64).contains(&button),
        Mouse::Drags => true,
    };
    if !wanted {
        return None;
    }
    let (column, row) = (touch.column + 1, touch.row + 1);
    if modes.sgr_mouse {
        let last = if released { 'm' } else { 'M' };
        return Some(format!("\x1b[<{button};{column};{row}{last}").into_bytes());
    }
    // The old form has one byte for each number, and no place beyond column 223.
    let byte = |n: u16| u8::try_from(n + 32).ok();
    let button = if released { 3 } else { button };
    Some(vec![0x1b, b'[', b'M', button + 32, byte(column)?, byte(row)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(key: &str, modes: Modes) -> String {
        String::from_utf8(bytes(key.parse().unwrap(), modes)).unwrap()
    }

    #[test]
    fn keys_are_what_xterm_sends() {
        let plain = Modes::default();
        let cases = [
            ("a", "a"),
            ("G", "G"),
            ("ü", "ü"),
            ("ctrl-c", "\x03"),
            ("ctrl-space", "\0"),
            ("ctrl-\\", "\x1c"),
            ("alt-b", "\x1bb"),
            ("enter", "\r"),
            ("backspace", "\x7f"),
            ("shift-tab", "\x1b[Z"),
            ("up", "\x1b[A"),
            ("ctrl-right", "\x1b[1;5C"),
            ("pageup", "\x1b[5~"),
            ("f1", "\x1bOP"),
            ("f5", "\x1b[15~"),
            ("f12", "\x1b[24~"),
        ];
        for (key, sent) in cases {
            assert_eq!(typed(key, plain), sent, "{key}");
        }
        assert_eq!(typed("up", Modes { application_cursor: true, ..plain }), "\x1bOA");
    }

    #[test]
    fn the_mouse_is_reported_to_those_who_ask() {
        let at = |kind| Touch { kind, column: 4, row: 2 };
        let modes = |mouse, sgr_mouse| Modes { mouse, sgr_mouse, ..Modes::default() };
        assert_eq!(report(at(TouchKind::Press(0)), Modes::default()), None);
        let press = report(at(TouchKind::Press(0)), modes(Mouse::Buttons, true));
        assert_eq!(press.as_deref(), Some(b"\x1b[<0;5;3M".as_slice()));
        let release = report(at(TouchKind::Release(2)), modes(Mouse::Buttons, true));
        assert_eq!(release.as_deref(), Some(b"\x1b[<2;5;3m".as_slice()));
        assert_eq!(report(at(TouchKind::Drag(0)), modes(Mouse::Buttons, true)), None);
        let wheel = report(at(TouchKind::WheelUp), modes(Mouse::Drags, false));
        assert_eq!(wheel.as_deref(), Some([0x1b, b'[', b'M', 96, 37, 35].as_slice()));
        let far = Touch { kind: TouchKind::Press(0), column: 300, row: 2 };
        assert_eq!(report(far, modes(Mouse::Buttons, false)), None);
    }
}
