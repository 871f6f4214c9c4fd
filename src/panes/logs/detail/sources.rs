//! The ledger: of each source what was received, shown, hidden and lost, and why nothing comes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::view::LogView;
use super::{list, note};
use crate::domain::quantity;
use crate::logs::book::{LaneState, Ledger};
use crate::panes::{Context, Request, Scene};
use crate::theme::Role;
use crate::widgets::paint::{Line, width};

impl LogView {
    /// Enter on a source: only its lines.
    pub(super) fn take_source(&mut self, cursor: usize, cx: &Context) -> Vec<Request> {
        let Some(label) = self.lanes().nth(cursor).map(|lane| lane.label().to_owned()) else {
            return Vec::new();
        };
        if let Err(why) = self.take_step(None, &format!("source:{label}")) {
            return vec![Request::Notice(why)];
        }
        self.settle(cx);
        Vec::new()
    }
}

/// A number of the ledger.
struct Count {
    title: &'static str,
    of: fn(&Ledger) -> u64,
    /// Anything but zero is a loss.
    loss: bool,
    /// What goes first when the room is short has the highest.
    rank: u8,
}

const COUNTS: [Count; 5] = [
    // Lines that a reader brought again after a new beginning are none that came.
    Count { title: "RECEIVED", of: |l| l.received - l.repeated, loss: false, rank: 1 },
    Count { title: "SHOWN", of: |l| l.shown, loss: false, rank: 3 },
    Count { title: "HIDDEN", of: |l| l.muted, loss: false, rank: 4 },
    Count { title: "LOST", of: |l| l.dropped, loss: true, rank: 0 },
    Count { title: "GAPS", of: |l| l.gaps, loss: true, rank: 2 },
];
/// Columns of a number.
const COUNT: u16 = 10;
/// The widest name.
const NAME: u16 = 24;

/// The numbers that there is room for beside the names.
fn counts(columns: u16, names: u16) -> impl Iterator<Item = &'static Count> {
    let room = columns.saturating_sub(names + 2) / COUNT;
    COUNTS.iter().filter(move |count| u16::from(count.rank) < room)
}

pub fn draw(view: &LogView, scene: &Scene, titles: Rect, area: Rect, foot: Rect, buf: &mut Buffer) {
    let lanes: Vec<_> = view.lanes().collect();
    let theme = scene.theme;
    if lanes.is_empty() {
        return note("No source is read.", theme, titles.union(area), buf);
    }
    let g = theme.glyphs;
    let longest = lanes.iter().map(|lane| width(lane.label())).max().unwrap_or(0).max(6);
    let names = longest.min(NAME).min(area.width.saturating_sub(2 + 3 * COUNT).max(6));
    let mut head = Line::new(buf, titles, titles.y, g.ellipsis);
    head.skip(2).put_within("SOURCE", names, theme.style(Role::Heading)).to(titles.x + names + 2);
    for count in counts(area.width, names) {
        head.right(count.title, COUNT, theme.style(Role::Heading));
    }
    list(view, scene, area, buf, lanes.len(), |i, line, tone| {
        let (lane, ledger) = (&lanes[i], lanes[i].ledger());
        let (sign, role) = match &ledger.state {
            LaneState::Live => (g.live, Role::Ok),
            LaneState::Anchored => (g.paused, Role::Stale),
            LaneState::Connecting => (g.connecting, Role::Info),
            LaneState::Ended => (g.stopped, Role::Muted),
            LaneState::Lost(_) => (g.stale, Role::Stale),
            LaneState::Refused(_) => (g.lost, Role::Bad),
        };
        line.put(sign, tone(role))
            .skip(1)
            .put_within(lane.label(), names, tone(Role::Text))
            .to(area.x + names + 2);
        for count in counts(area.width, names) {
            let number = (count.of)(ledger);
            let role = match (count.loss, number) {
                (true, 1..) => Role::Warn,
                (_, 0) => Role::Faint,
                _ => Role::Text,
            };
            line.right(&quantity::count(number), COUNT, tone(role));
        }
    });
    // What there is to say of the one under the cursor.
    let Some(lane) = lanes.get(view.detail.list.cursor.min(lanes.len() - 1)) else { return };
    let ledger = lane.ledger();
    let mut said = Vec::new();
    // Why nothing comes is said first: what follows may not find room.
    if let LaneState::Lost(fault) | LaneState::Refused(fault) = &ledger.state {
        said.push(fault.in_full());
    }
    if let Some(remark) = lane.source().and_then(|source| view.remarks.get(source)) {
        said.push(crate::domain::sanitize::line(remark, 200).into_owned());
    }
    if let Some(remark) = lane.source().and_then(|source| view.recording_remark(source, scene.world)) {
        said.push(remark.to_owned());
    }
    let bytes = quantity::bytes(ledger.bytes);
    said.push(format!("{} held in {bytes}", quantity::count(ledger.held)));
    if ledger.evicted > 0 {
        said.push(format!("{} let go", quantity::count(ledger.evicted)));
    }
    if ledger.waiting() > 0 {
        said.push(format!("{} wait for others", quantity::count(ledger.waiting())));
    }
    if ledger.late > 0 {
        said.push(format!("{} came late", quantity::count(ledger.late)));
    }
    if !ledger.skew.is_zero() {
        said.push(format!("its clock is {:+.1} s off", ledger.skew.as_secs_f64()));
    }
    if let Some(fault) = &ledger.older_fault {
        said.push(format!("older lines: {}", fault.in_full()));
    }
    note(&said.join("; "), theme, foot, buf);
}
