//! A terminal of pult's own with a program on it: what it shows, what it can be asked, what it tells.
//!
//! Nothing here knows where the program runs, nor how bytes become a picture.

mod ask;
mod picture;

pub use ask::{End, Found, Spot, TerminalAsk, TerminalNews, Typed};
pub use picture::{Cell, Color, Modes, Mouse, Picture, Style, Width};

/// The size of a terminal, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
}

impl Default for Size {
    /// What every terminal begins with.
    fn default() -> Self {
        Self { columns: 80, rows: 24 }
    }
}
