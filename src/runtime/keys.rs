//! The terminal's events as pult's own input: one form a key, nothing that no command could use.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};

use crate::app::input::{Button, Input, Mouse, MouseKind};
use crate::keymap::{Code, Key};

/// Translates an event; `None` for those that mean nothing here (releases, modifiers alone, mere motions).
pub fn input(event: Event) -> Option<Input> {
    Some(match event {
        Event::Key(key) => Input::Key(self::key(key)?),
        Event::Paste(text) => Input::Paste(text),
        // SIGWINCH is heard by itself, with the size of now.
        Event::Resize(..) => return None,
        Event::FocusGained => Input::Focus(true),
        Event::FocusLost => Input::Focus(false),
        Event::Mouse(mouse) => Input::Mouse(Mouse {
            kind: match mouse.kind {
                MouseEventKind::Down(button) => MouseKind::Press(self::button(button)),
                MouseEventKind::Up(button) => MouseKind::Release(self::button(button)),
                MouseEventKind::Drag(button) => MouseKind::Drag(self::button(button)),
                MouseEventKind::ScrollUp => MouseKind::WheelUp,
                MouseEventKind::ScrollDown => MouseKind::WheelDown,
                MouseEventKind::ScrollLeft => MouseKind::WheelLeft,
                MouseEventKind::ScrollRight => MouseKind::WheelRight,
                MouseEventKind::Moved => return None,
            },
            column: mouse.column,
            row: mouse.row,
        }),
    })
}

fn button(button: MouseButton) -> Button {
    match button {
        MouseButton::Left => Button::Left,
        MouseButton::Right => Button::Right,
        MouseButton::Middle => Button::Middle,
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let held = |modifier| event.modifiers.contains(modifier);
    let ctrl = held(KeyModifiers::CONTROL);
    let code = match event.code {
        // The bytes 0x1C to 0x1F, which crossterm names after the digits of the same byte.
        KeyCode::Char('4') if ctrl => Code::Char('\\'),
        KeyCode::Char('5') if ctrl => Code::Char(']'),
        KeyCode::Char('6') if ctrl => Code::Char('^'),
        KeyCode::Char('7') if ctrl => Code::Char('_'),
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Null => return Some(Key::ctrl(' ')),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Insert => Code::Insert,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::F(n) => Code::F(n),
        _ => return None,
    };
    Some(Key::new(code, ctrl, held(KeyModifiers::ALT), held(KeyModifiers::SHIFT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        match input(Event::Key(KeyEvent::new(code, modifiers))) {
            Some(Input::Key(key)) => Some(key.to_string()),
            other => {
                assert_eq!(other, None);
                None
            }
        }
    }

    #[test]
    fn keys_get_their_normal_form() {
        let (ctrl, shift, none) = (KeyModifiers::CONTROL, KeyModifiers::SHIFT, KeyModifiers::NONE);
        assert_eq!(press(KeyCode::Char('G'), shift).as_deref(), Some("G"));
        assert_eq!(press(KeyCode::Char('g'), none).as_deref(), Some("g"));
        assert_eq!(press(KeyCode::Char('d'), ctrl).as_deref(), Some("ctrl-d"));
        assert_eq!(press(KeyCode::Char('5'), ctrl).as_deref(), Some("ctrl-]"));
        assert_eq!(press(KeyCode::BackTab, shift).as_deref(), Some("shift-tab"));
        assert_eq!(press(KeyCode::Char('1'), KeyModifiers::ALT).as_deref(), Some("alt-1"));
        assert_eq!(press(KeyCode::F(5), none).as_deref(), Some("f5"));
        assert_eq!(press(KeyCode::CapsLock, none), None);
    }

    #[test]
    fn releases_and_mere_motions_are_nothing() {
        let mut release = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        assert_eq!(input(Event::Key(release)), None);
        let mouse = |kind| {
            input(Event::Mouse(crossterm::event::MouseEvent {
                kind,
                column: 3,
                row: 4,
                modifiers: KeyModifiers::NONE,
            }))
        };
        assert_eq!(mouse(MouseEventKind::Moved), None);
        let wheel = Mouse { kind: MouseKind::WheelDown, column: 3, row: 4 };
        assert_eq!(mouse(MouseEventKind::ScrollDown), Some(Input::Mouse(wheel)));
    }
}
