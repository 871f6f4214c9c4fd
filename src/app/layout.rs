//! Where the frame's parts stand: header, pane, message line, footer.

use ratatui::layout::Rect;

/// The smallest window the panel is drawn in.
pub const SMALLEST: (u16, u16) = (40, 10);

/// The parts of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub header: Rect,
    pub pane: Rect,
    /// Notices, pending keys, what is wrong with a filter.
    pub message: Rect,
    pub footer: Rect,
}

/// `None` when the window is too small for any of it.
pub fn compute(area: Rect) -> Option<Frame> {
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return None;
    }
    let row = |y: u16| Rect { y, height: 1, ..area };
    Some(Frame {
        header: row(area.y),
        pane: Rect { y: area.y + 1, height: area.height - 3, ..area },
        message: row(area.bottom() - 2),
        footer: row(area.bottom() - 1),
    })
}
