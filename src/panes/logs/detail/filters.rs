//! The steps of the filter, one a row: switched on and off, changed, moved, taken away.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::view::LogView;
use super::{list, note};
use crate::domain::quantity;
use crate::panes::Scene;
use crate::theme::Role;

pub fn draw(view: &LogView, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let steps = view.stack.steps();
    if steps.is_empty() {
        let text = "No filter: every line is shown. + takes only lines with a text, - hides them, l chooses \
                    the level, x hides lines like the one under the cursor.";
        return note(text, scene.theme, area, buf);
    }
    let counts = view.book.step_counts();
    list(view, scene, area, buf, steps.len(), |i, line, tone| {
        let step = &steps[i];
        let (sign, role) = if step.enabled { ("[✓] ", Role::Text) } else { ("[ ] ", Role::Disabled) };
        line.put(sign, tone(Role::Faint)).put(&step.words(), tone(role)).skip(2);
        if step.enabled {
            let count = quantity::count(counts.get(i).copied().unwrap_or_default());
            let said = if step.excludes() { "hidden" } else { "pass" };
            line.put(&format!("{count} {said}"), tone(Role::Muted));
        }
    });
}
