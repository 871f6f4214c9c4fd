//! What a person or the terminal window did, in pult's own words.

use crate::keymap::Key;

/// An input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Key(Key),
    /// Text from the clipboard, as it came: line ends and control characters included.
    Paste(String),
    Mouse(Mouse),
    /// Columns and rows of the window.
    Resize(u16, u16),
    /// The window got or lost the focus.
    Focus(bool),
}

/// A mouse event, in cells from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    pub kind: MouseKind,
    pub column: u16,
    pub row: u16,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    Press(Button),
    Release(Button),
    /// Moved with a button held.
    Drag(Button),
    WheelUp,
    WheelDown,
    WheelLeft,
    WheelRight,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    Left,
    Right,
    Middle,
}
