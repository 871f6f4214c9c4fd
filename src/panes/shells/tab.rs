//! One shell: how it was opened, what it shows, and where somebody is who looks through what has scrolled by.

use std::sync::Arc;

use crate::command::Motion;
use crate::domain::shell::OpenShell;
use crate::domain::terminal::{End, Found, Picture, Spot, TerminalAsk};

/// A shell.
#[derive(Debug)]
pub struct Tab {
    /// The number of its terminal.
    pub terminal: u64,
    pub open: OpenShell,
    pub picture: Option<Arc<Picture>>,
    pub end: Option<End>,
    /// Somebody has hung up: it goes when it has ended.
    pub closing: bool,
    pub browse: Option<Browse>,
}

/// Where somebody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Browse {
    pub at: Spot,
    /// The other end of what is selected.
    pub anchor: Option<Spot>,
    pub found: Option<Found>,
}

impl Tab {
    pub fn new(terminal: u64, open: OpenShell) -> Self {
        Self { terminal, open, picture: None, end: None, closing: false, browse: None }
    }

    /// Begins to look through it, at the program's cursor.
    pub fn browse(&mut self) {
        let Some(picture) = &self.picture else { return };
        let (column, row) = picture.cursor.unwrap_or((0, picture.size.rows.saturating_sub(1)));
        let at = Spot { line: picture.first + u64::from(row), column };
        self.browse = Some(Browse { at, anchor: None, found: None });
    }

    /// Moves through it; what to ask so that the place is in sight.
    pub fn go(&mut self, step: Step) -> Option<TerminalAsk> {
        let (picture, browse) = (self.picture.as_ref()?, self.browse.as_mut()?);
        let rows = usize::from(picture.size.rows);
        let oldest = picture.first.saturating_sub((picture.past - picture.back.min(picture.past)) as u64);
        let kept = picture.past + rows;
        let last = oldest + kept.saturating_sub(1) as u64;
        let at = &mut browse.at;
        match step {
            Step::Left => at.column = at.column.saturating_sub(1),
            Step::Right => at.column = (at.column + 1).min(picture.size.columns.saturating_sub(1)),
            Step::Rows(Motion::First) => *at = Spot { line: oldest, column: 0 },
            Step::Rows(Motion::Last) => at.line = last,
            Step::Rows(motion) => {
                let rows = motion.rows(kept, rows) as i64;
                at.line = at.line.saturating_add_signed(rows).clamp(oldest, last);
            }
        }
        Some(TerminalAsk::Show(at.line))
    }
}

/// A step through the text.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Left,
    Right,
    Rows(Motion),
}
