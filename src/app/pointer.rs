//! Where the mouse goes: tabs, footer buttons, rows.

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Position;

use super::input::{Button, Mouse, MouseKind};
use super::msg::Step;
use super::redraw::Redraw;
use super::{App, layout};
use crate::command::{DialogIntent, Motion};
use crate::panes::{Pointer, Touch, TouchKind};

/// Two clicks on one row within this time are a double click, milliseconds.
const DOUBLE_MS: i64 = 400;

impl App {
    pub(super) fn mouse_event(&mut self, now: Timestamp, mouse: Mouse) -> Step {
        let Some(frame) = layout::compute(self.screen()) else { return Step::default() };
        let at = Position::new(mouse.column, mouse.row);
        if self.types() && frame.pane.contains(at) {
            let mut taken = false;
            let step = self.with_pane(now, |pane, cx| {
                let requests = pane.touched(touch(mouse), cx);
                taken = requests.is_some();
                requests.unwrap_or_default()
            });
            if taken {
                // The program will show what it makes of it.
                return Step { redraw: Redraw::No, ..step };
            }
        }
        let delta = match mouse.kind {
            MouseKind::WheelUp => -1,
            MouseKind::WheelDown => 1,
            MouseKind::Press(Button::Left) => 0,
            _ => return Step::default(),
        };
        if !self.dialogs.is_empty() {
            return match delta {
                -1 => self.dialog_intent(now, DialogIntent::Move(Motion::Up)),
                1 => self.dialog_intent(now, DialogIntent::Move(Motion::Down)),
                _ => Step::default(),
            };
        }
        if delta != 0 {
            return self.with_pane(now, |pane, cx| {
                pane.pointer(Pointer::Wheel { column: mouse.column, row: mouse.row, delta }, cx)
            });
        }
        self.last_key = Some(now);
        if frame.header.contains(at) {
            let tab = self.header_tabs().into_iter().find(|(range, _)| range.contains(&mouse.column));
            if let Some((_, id)) = tab {
                self.go_to_pane(now, id);
            }
            return Step::now();
        }
        if frame.footer.contains(at) {
            let button = self
                .footer_buttons(&self.facts(), frame.footer.width)
                .into_iter()
                .find(|b| b.range.contains(&mouse.column));
            return match button {
                Some(button) => self.run(now, button.command),
                None => Step::default(),
            };
        }
        let double = self.last_click.is_some_and(|(then, column, row)| {
            now.duration_since(then) < SignedDuration::from_millis(DOUBLE_MS)
                && row == mouse.row
                && column.abs_diff(mouse.column) < 3
        });
        self.last_click = Some((now, mouse.column, mouse.row));
        self.with_pane(now, |pane, cx| {
            pane.pointer(Pointer::Click { column: mouse.column, row: mouse.row, double }, cx)
        })
    }
}

fn touch(mouse: Mouse) -> Touch {
    let number = |button| match button {
        Button::Left => 0,
        Button::Middle => 1,
        Button::Right => 2,
    };
    let kind = match mouse.kind {
        MouseKind::Press(button) => TouchKind::Press(number(button)),
        MouseKind::Release(button) => TouchKind::Release(number(button)),
        MouseKind::Drag(button) => TouchKind::Drag(number(button)),
        MouseKind::WheelUp | MouseKind::WheelLeft => TouchKind::WheelUp,
        MouseKind::WheelDown | MouseKind::WheelRight => TouchKind::WheelDown,
    };
    Touch { kind, column: mouse.column, row: mouse.row }
}
