//! Two lists side by side, and below them the copies of this server that are under way.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::ids::TargetId;
use crate::domain::server::Underway;
use crate::domain::server::transfer::Stage;
use crate::panes::split::Parts;
use crate::panes::table::list::List;
use crate::panes::{Edit, Scene};
use crate::theme::Role;
use crate::widgets::paint::{Line, width};

/// Copies that are told, with the line above them.
const TOLD: u16 = 3;
/// Cells of a bar.
const BAR: u16 = 12;

/// Where everything stands.
pub struct Both {
    pub sides: [Parts; 2],
    rule: Rect,
    copies: Rect,
}

pub fn compute(area: Rect) -> Both {
    // Where there is hardly room for the lists the footer tells enough.
    let told = if area.height >= 14 { TOLD + 1 } else { 0 };
    let lists = Rect { height: area.height - told.min(area.height), ..area };
    let left = Rect { width: lists.width.saturating_sub(1) / 2, ..lists };
    let rule = Rect { x: left.right(), width: 1.min(lists.width), ..lists };
    let right = Rect { x: rule.right(), width: lists.right().saturating_sub(rule.right()), ..lists };
    let copies = Rect { y: lists.bottom(), height: told, ..area };
    Both { sides: [Parts::list(left), Parts::list(right)], rule, copies }
}

/// `at_right`: that side has the keys.
pub fn view(
    lists: [&dyn List; 2],
    at_right: bool,
    target: &TargetId,
    scene: &Scene,
    edit: Option<&Edit>,
    area: Rect,
    buf: &mut Buffer,
) {
    let both = compute(area);
    for (i, (list, parts)) in lists.into_iter().zip(&both.sides).enumerate() {
        let edit = edit.filter(|_| (i == 1) == at_right);
        list.view(scene, edit, parts, buf);
    }
    let style = scene.theme.style(Role::Rule);
    for position in both.rule.intersection(buf.area).positions() {
        buf[position].set_symbol(scene.theme.glyphs.rule).set_style(style);
    }
    copies(target, scene, both.copies, buf);
}

fn copies(target: &TargetId, scene: &Scene, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = scene.theme;
    let top = Rect { height: 1, ..area };
    for position in top.intersection(buf.area).positions() {
        buf[position].set_symbol(theme.glyphs.horizontal).set_style(theme.style(Role::Rule));
    }
    let of_this: Vec<&Underway> = scene.world.transfers.iter().filter(|one| one.target == *target).collect();
    let rows = usize::from(area.height.saturating_sub(1));
    for (i, one) in of_this.iter().take(rows).enumerate() {
        let mut line = Line::new(buf, area, area.y + 1 + i as u16, theme.glyphs.ellipsis);
        let role = match one.progress.stage {
            Stage::Waiting => Role::Warn,
            Stage::Queued => Role::Faint,
            _ => Role::Text,
        };
        line.skip(1).put_within(one.way.verb(), 8, theme.style(Role::Muted)).to(area.x + 11);
        let room = (area.width / 3).max(16);
        line.put_within(&one.name, room, theme.style(role)).to(area.x + 12 + room);
        if area.width >= 100 {
            let full = (f64::from(BAR) * one.percent() / 100.0) as usize;
            let bar = "━".repeat(full);
            line.put(&bar, theme.style(Role::Accent));
            line.put(&"─".repeat(usize::from(BAR) - full.min(usize::from(BAR))), theme.style(Role::Rule));
            line.skip(2);
        }
        line.put(&one.sentence(), theme.style(role));
        let more = of_this.len().saturating_sub(rows);
        if i + 1 == rows && more > 0 {
            let text = format!("and {more} more");
            let room = line.room();
            if room > width(&text) + 1 {
                line.skip(room - width(&text) - 1).put(&text, theme.style(Role::Faint));
            }
        }
    }
    if of_this.is_empty() {
        let text = "No copies are under way. tab goes to the other side.";
        Line::new(buf, area, area.y + 1, theme.glyphs.ellipsis).skip(1).put(text, theme.style(Role::Faint));
    }
}
