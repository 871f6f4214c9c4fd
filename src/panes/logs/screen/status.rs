//! The first row: which logs, whether they are followed, how fast they come, and what was lost.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::view::LogView;
use crate::domain::quantity::count;
use crate::logs::book::LaneState;
use crate::panes::Scene;
use crate::theme::{Role, Theme};
use crate::widgets::paint::{Line, width};

/// Names that are told of sources that have no name together.
const NAMES: usize = 3;
/// Columns that a long title has at least.
const TITLE: u16 = 24;

/// A figure of the row. What goes first when the room is short has the highest rank.
struct Figure {
    text: String,
    role: Role,
    rank: u8,
}

/// Draws the row.
pub fn draw(view: &LogView, scene: &Scene, focused: bool, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    line.skip(1).put("logs", theme.style(if focused { Role::Heading } else { Role::Muted })).skip(2);
    if view.selection.is_none() {
        return;
    }
    // Whether it is followed and what was lost is said in any width; the title gets what is left.
    let (state, role) = state(view, theme);
    let room = line.room().saturating_sub(width(&state) + 6);
    let mut figures = figures(view, scene);
    let needed = |figures: &[Figure]| figures.iter().map(|figure| width(&figure.text) + 2).sum::<u16>();
    let title = title(view);
    while needed(&figures) + width(&title).min(TITLE) > room
        && let Some(last) = (0..figures.len()).max_by_key(|i| figures[*i].rank).filter(|_| figures.len() > 1)
    {
        figures.remove(last);
    }
    line.put_within(&title, room.saturating_sub(needed(&figures)), theme.style(Role::Text));
    if view.more > 0 {
        line.skip(1).put(&format!("{} more not read", view.more), theme.style(Role::Warn));
    }
    line.skip(3).put(&state, theme.style(role));
    line.to(area.right().saturating_sub(needed(&figures)).max(line.x() + 1));
    for figure in figures {
        line.put(&figure.text, theme.style(figure.role)).skip(2);
    }
}

/// `project shop (6)`, `api db worker +4`.
fn title(view: &LogView) -> String {
    let members = &view.members;
    if let Some(title) = view.selection.as_ref().and_then(|selection| selection.title()) {
        return format!("{title} ({})", members.len());
    }
    let names: Vec<&str> = members.iter().take(NAMES).map(|m| m.label.as_str()).collect();
    let rest = members.len().saturating_sub(NAMES);
    if rest > 0 { format!("{} +{rest}", names.join(" ")) } else { names.join(" ") }
}

fn state(view: &LogView, theme: &Theme) -> (String, Role) {
    let g = theme.glyphs;
    let below = view.book.len().saturating_sub(view.viewport.cursor + 1) as u64;
    if view.is_apart() {
        (format!("past {} G follows again", g.paused), Role::Stale)
    } else if let Some(ended) = ended(view) {
        let below = if view.viewport.follow { String::new() } else { format!(" {} below", count(below)) };
        (format!("{ended} {}{below}", g.stopped), Role::Stale)
    } else if view.viewport.follow {
        (format!("follow {}", g.live), Role::Ok)
    } else {
        (format!("paused {} {} below", g.paused, count(below)), Role::Stale)
    }
}

/// That everything that is read has ended, and how one source did; nothing follows.
fn ended(view: &LogView) -> Option<String> {
    let mut lanes = view.lanes();
    let first = lanes.next()?;
    if !view.lanes().all(|lane| lane.ledger().state == LaneState::Ended) {
        return None;
    }
    let end = first.source().and_then(|source| view.lives.get(source)?.end.as_ref());
    match end.and_then(|end| end.code).filter(|_| lanes.next().is_none()) {
        Some(code) => Some(format!("ended, exit {code}")),
        None => Some("ended".to_owned()),
    }
}

fn figures(view: &LogView, scene: &Scene) -> Vec<Figure> {
    let (mut received, mut hidden, mut lost, mut gaps) = (0, 0, 0, 0);
    let mut trouble = Vec::new();
    for lane in view.lanes() {
        let ledger = lane.ledger();
        received += ledger.received - ledger.repeated;
        hidden = u64::saturating_add(hidden, ledger.muted);
        lost = u64::saturating_add(lost, ledger.dropped);
        gaps = u64::saturating_add(gaps, ledger.gaps);
        if matches!(ledger.state, LaneState::Lost(_) | LaneState::Refused(_)) {
            trouble.push(lane.label());
        }
    }
    let mut figures = Vec::new();
    let mut say = |rank: u8, role: Role, text: String| figures.push(Figure { text, role, rank });
    let cross = scene.theme.glyphs.lost;
    match trouble.as_slice() {
        [] => {}
        [one] => say(1, Role::Bad, format!("{cross} {one} not read")),
        many => say(1, Role::Bad, format!("{cross} {} of {} not read", many.len(), view.members.len())),
    }
    if view.zone.is_some() {
        let short = scene.now.to_zoned(scene.zone.clone()).strftime("%Z");
        say(1, Role::Info, format!("times {short}"));
    }
    let marks = view.marks.list().len();
    if marks > 0 {
        say(6, Role::Mark, format!("marks {}", count(marks as u64)));
    }
    // Of some sources alone it would be too low.
    let rate: Option<f32> = view.lanes().map(|lane| lane.ledger().rate(scene.now)).sum();
    if let Some(rate) = rate.filter(|rate| *rate >= 0.5) {
        say(4, Role::Muted, format!("{}/s", count(rate.round() as u64)));
    }
    if let Some(errors) = view.errors_per_minute().filter(|errors| *errors > 0.0) {
        say(2, Role::Bad, format!("errors {}/min", count(errors.ceil() as u64)));
    }
    say(5, Role::Muted, format!("received {}", count(received)));
    if hidden > 0 {
        say(3, Role::Muted, format!("hidden {}", count(hidden)));
    }
    let gaps = match gaps {
        0 => String::new(),
        1 => " +1 gap".to_owned(),
        more => format!(" +{} gaps", count(more)),
    };
    let role = if lost > 0 || !gaps.is_empty() { Role::Warn } else { Role::Faint };
    say(0, role, format!("lost {}{gaps}", count(lost)));
    figures
}
