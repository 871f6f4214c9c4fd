//! How each column looks: its width, what stands in a cell and in which role.

use std::borrow::Cow;

use jiff::Timestamp;
use ratatui::style::Style;

use super::rows::{RowAge, Totals, usage_of};
use crate::domain::container::{Container, Health, State};
use crate::domain::container_fields::{self, FIELDS};
use crate::domain::filter::find_field;
use crate::domain::{exit, quantity};
use crate::panes::Scene;
use crate::theme::{Role, Theme};
use crate::widgets::paint::{Line, width};
use crate::widgets::spark;

/// The recent past beside a CPU figure, in cells.
const SPARK_COLUMNS: u16 = 5;
/// The longest quantity of bytes, in cells.
const MEMORY_COLUMNS: u16 = 8;
/// ` / 512 MiB` beside it.
const LIMIT_COLUMNS: u16 = 10;

/// A column on screen. Widths are in cells.
pub struct Column {
    /// The id in [`FIELDS`].
    pub id: &'static str,
    pub min: u16,
    /// Columns of text grow up to their longest content, at most to this.
    pub max: u16,
    /// Where room is short, columns with a higher number go first.
    pub priority: u8,
    cell: fn(&mut Cell),
}

/// Where and how a cell is drawn.
pub struct Cell<'a, 'b> {
    line: &'a mut Line<'b>,
    columns: u16,
    container: &'a Container,
    scene: &'a Scene<'a>,
    /// Maps a role to its style on this row: selected, gone, or as it is.
    tone: &'a dyn Fn(Role) -> Style,
}

const fn fixed(id: &'static str, columns: u16, priority: u8, cell: fn(&mut Cell)) -> Column {
    Column { id, min: columns, max: columns, priority, cell }
}

const fn growing(id: &'static str, min: u16, max: u16, priority: u8, cell: fn(&mut Cell)) -> Column {
    Column { id, min, max, priority, cell }
}

/// Every column, in the order in which they stand.
pub const COLUMNS: [Column; 17] = [
    growing("name", 14, 44, 0, |c| c.text(&c.container.name, Role::Text)),
    fixed("state", 13, 1, state),
    fixed("cpu", 12, 2, cpu),
    // Where room is short the limit goes before a whole column does.
    growing("mem", MEMORY_COLUMNS, MEMORY_COLUMNS + LIMIT_COLUMNS, 3, memory),
    fixed("mempct", 6, 9, memory_percent),
    fixed("net", 17, 8, |c| pair(c, |u| (u.net_rx_bytes_per_s, u.net_tx_bytes_per_s))),
    fixed("block", 17, 9, |c| pair(c, |u| (u.block_read_bytes_per_s, u.block_write_bytes_per_s))),
    fixed("pids", 5, 10, pids),
    growing("ports", 6, 24, 6, ports),
    fixed("up", 7, UPTIME, up),
    fixed("restarts", 8, 11, |c| c.count(c.container.restart_count.map(|n| n as f64))),
    fixed("exit", 5, 11, |c| c.count(c.container.exit_code.map(|n| n as f64))),
    growing("image", 8, 40, 7, |c| c.text(&c.container.image, Role::Muted)),
    growing("project", 8, 24, 8, |c| c.text(c.container.project.as_deref().unwrap_or_default(), Role::Muted)),
    growing("service", 8, 24, 10, |c| {
        c.text(c.container.service.as_deref().unwrap_or_default(), Role::Muted)
    }),
    growing("host", 6, 20, 5, |c| c.text(&c.container.target.name, Role::Muted)),
    fixed("id", 12, 12, |c| c.text(c.container.id.short(), Role::Muted)),
];

/// Columns shown when nothing was chosen; with several engines the host as well.
pub fn defaults(several_hosts: bool) -> Vec<usize> {
    let wanted = ["name", "state", "cpu", "mem", "ports", "up", "image", "host"];
    (0..COLUMNS.len())
        .filter(|i| wanted.contains(&COLUMNS[*i].id) && (COLUMNS[*i].id != "host" || several_hosts))
        .collect()
}

/// The index of a column by its id.
pub fn by_id(id: &str) -> Option<usize> {
    COLUMNS.iter().position(|c| c.id == id)
}

/// The header of a column, and the cells in which it is set flush right, as the numbers below it are.
pub fn title(column: usize) -> (&'static str, Option<u16>) {
    let Column { id, min, .. } = COLUMNS[column];
    let right = match id {
        "cpu" => Some(min - SPARK_COLUMNS - 1),
        "mem" => Some(MEMORY_COLUMNS),
        "mempct" | "pids" | "up" | "restarts" | "exit" => Some(min),
        _ => None,
    };
    (find_field(container_fields::specs(), id).map_or(id, |field| FIELDS[field].spec.title), right)
}

/// What the column of a figure would take if there was room.
pub const MEMORY_CONTENT: Content = Content { most: MEMORY_COLUMNS, longest: MEMORY_COLUMNS + LIMIT_COLUMNS };

/// How long the texts of a growing column are, in cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Content {
    /// Nine of ten texts fit into this.
    pub most: u16,
    pub longest: u16,
}

/// How a text is read from a container.
pub type Reading = fn(&Container) -> Cow<'_, str>;

/// Growing columns and their texts.
pub const TEXTS: [(&str, Reading); 6] = [
    ("name", |c| (&*c.name).into()),
    ("ports", |c| container_fields::ports(c)),
    ("image", |c| (&*c.image).into()),
    ("project", |c| c.project.as_deref().unwrap_or_default().into()),
    ("service", |c| c.service.as_deref().unwrap_or_default().into()),
    ("host", |c| (&*c.target.name).into()),
];

/// The uptime's priority.
const UPTIME: u8 = 4;

/// Cells between two columns.
const GAP: u16 = 2;

/// The columns that fit into `room`, with their widths.
pub fn widths(chosen: &[usize], room: u16, content: &dyn Fn(&str) -> Content) -> Vec<(usize, u16)> {
    let mut shown: Vec<usize> = chosen.to_vec();
    // Names that cannot be told apart are none: before they are cut, other columns go, up to a third of the room.
    // The memory limit goes after the columns that are less important than the uptime, and before that one.
    let least = |c: usize, limits: bool| match &COLUMNS[c] {
        name if name.id == "name" => {
            content(name.id).most.clamp(name.min, (room / 3).clamp(name.min, name.max))
        }
        memory if memory.id == "mem" && limits => memory.max,
        column => column.min,
    };
    let needed = |shown: &[usize], limits: bool| {
        shown.iter().map(|c| least(*c, limits) + GAP).sum::<u16>().saturating_sub(GAP)
    };
    let mut limits = true;
    while shown.len() > 1 && needed(&shown, limits) > room {
        let Some(last) = shown.iter().copied().max_by_key(|c| COLUMNS[*c].priority) else { break };
        if limits && COLUMNS[last].priority <= UPTIME {
            limits = false;
        } else {
            shown.retain(|c| *c != last);
        }
    }
    let mut out: Vec<(usize, u16)> = shown.iter().map(|c| (*c, least(*c, limits))).collect();
    let mut spare = room.saturating_sub(needed(&shown, limits));
    let mut order: Vec<usize> = (0..out.len()).collect();
    order.sort_by_key(|i| COLUMNS[out[*i].0].priority);
    // First every column gets what most of its texts need, the more important one first; then the longest
    // texts get what is left. One very long name takes nothing from the others.
    for wish in [|c: Content| c.most, |c: Content| c.longest] {
        for i in &order {
            let (column, width) = (&COLUMNS[out[*i].0], out[*i].1);
            let extra = wish(content(column.id)).clamp(width, column.max.max(width)) - width;
            let extra = extra.min(spare);
            out[*i].1 += extra;
            spare -= extra;
        }
    }
    out
}

/// Draws a container's cell.
pub fn draw(
    column: usize,
    line: &mut Line,
    columns: u16,
    container: &Container,
    scene: &Scene,
    tone: &dyn Fn(Role) -> Style,
) {
    (COLUMNS[column].cell)(&mut Cell { line, columns, container, scene, tone });
}

impl Cell<'_, '_> {
    fn usage(&self) -> Option<&crate::domain::usage::Usage> {
        usage_of(self.scene.world, self.container, self.scene.now)
    }

    fn theme(&self) -> &Theme {
        self.scene.theme
    }

    fn text(&mut self, text: &str, role: Role) {
        self.line.put_within(text, self.columns, (self.tone)(role));
    }

    fn quantity(&mut self, text: &str, columns: u16, role: Role) {
        let unit = if role == Role::Text { Role::Faint } else { role };
        self.line.quantity(text, columns, (self.tone)(role), (self.tone)(unit));
    }

    fn unmeasured(&mut self, columns: u16) {
        self.line.right(self.scene.theme.glyphs.unmeasured, columns, (self.tone)(Role::Faint));
    }

    fn count(&mut self, n: Option<f64>) {
        match n {
            Some(0.0) => self.quantity("0", self.columns, Role::Faint),
            Some(n) => self.quantity(&format!("{n:.0}"), self.columns, Role::Text),
            None => self.unmeasured(self.columns),
        }
    }

    /// Amber from the threshold.
    fn level(&self, percent: Option<f64>) -> Role {
        if percent.is_some_and(|p| p >= self.scene.limits.percent()) { Role::Warn } else { Role::Text }
    }
}

/// Glyph, words and role of a container's state.
pub fn state_look(c: &Container, theme: &Theme) -> (&'static str, String, Role) {
    let g = theme.glyphs;
    match (c.state, c.health) {
        (State::Running, Some(Health::Healthy)) => (g.live, "healthy".into(), Role::Ok),
        (State::Running, Some(Health::Unhealthy)) => (g.attention, "unhealthy".into(), Role::Bad),
        (State::Running, Some(Health::Starting)) => (g.connecting, "starting".into(), Role::Info),
        (State::Running, None) => (g.live, "running".into(), Role::Ok),
        (State::Restarting, _) => (g.lost, "restarting".into(), Role::Bad),
        (State::Paused, _) => (g.paused, "paused".into(), Role::Stale),
        (State::Created, _) => (g.stopped, "created".into(), Role::Muted),
        (State::Exited | State::Dead, _) => {
            let word = if c.state == State::Dead { "dead" } else { "exit" };
            match c.exit_code {
                Some(0) => (g.stopped, format!("{word} 0"), Role::Muted),
                Some(code) if c.oom_killed == Some(true) => (g.lost, format!("{code} oom"), Role::Bad),
                Some(code) => (g.lost, format!("{word} {code}"), Role::Bad),
                None => (
                    g.stopped,
                    if c.state == State::Dead { "dead".into() } else { "exited".into() },
                    Role::Muted,
                ),
            }
        }
        (State::Removing, _) => (g.stopped, "removing".into(), Role::Stale),
        (State::Unknown, _) => (g.unmeasured, "unknown".into(), Role::Stale),
    }
}

/// Why it stopped, in words, for the detail: `137, killed (SIGKILL)`.
pub fn exit_words(c: &Container) -> Option<String> {
    let code = c.exit_code?;
    Some(match exit::meaning(code, c.oom_killed == Some(true)) {
        Some(meaning) => format!("{code}, {meaning}"),
        None => code.to_string(),
    })
}

fn state(c: &mut Cell) {
    let (glyph, words, role) = state_look(c.container, c.theme());
    let glyph_style = (c.tone)(role);
    // Healthy is plain text beside a small green dot: only trouble colours its words.
    let words_role = if matches!(role, Role::Ok | Role::Info) { Role::Muted } else { role };
    let words_style = (c.tone)(words_role);
    let rest = c.columns.saturating_sub(width(glyph) + 1);
    c.line.put_within(glyph, c.columns, glyph_style).skip(1).put_within(&words, rest, words_style);
}

fn cpu(c: &mut Cell) {
    let number = c.columns - SPARK_COLUMNS - 1;
    let Some(percent) = c.usage().and_then(|u| u.cpu_percent) else {
        if c.container.state.has_processes() {
            c.unmeasured(number);
        }
        return;
    };
    let role = match c.level(Some(percent)) {
        Role::Text if percent < 0.05 => Role::Faint,
        role => role,
    };
    c.quantity(&quantity::percent(percent), number, role);
    if let Some(series) = c.scene.world.usage.get(&c.container.key()) {
        // The scale is one processor, or as many as are in use: never the series' own maximum.
        let scale = (percent / 100.0).ceil().max(1.0) * 100.0;
        let bars = &c.scene.theme.glyphs.bars;
        let levels = std::array::from_fn(|i| bars[i + 1]);
        let text =
            spark::line(series.points().map(|p| p.cpu_percent), scale as f32, SPARK_COLUMNS.into(), &levels);
        // A flat line at the bottom is nothing to look at.
        let idle = text.chars().all(|bar| matches!(bar, ' ' | '▁' | '.'));
        let role = if idle { Role::Faint } else { Role::ChartLine1 };
        c.line.skip(1).put_within(&text, SPARK_COLUMNS, (c.tone)(role));
    }
}

fn memory(c: &mut Cell) {
    let Some(usage) = c.usage().copied() else {
        if c.container.state.has_processes() {
            c.unmeasured(MEMORY_COLUMNS);
        }
        return;
    };
    let Some(used) = usage.memory_bytes else { return c.unmeasured(MEMORY_COLUMNS) };
    let limited = usage.memory_limit_bytes.filter(|limit| is_limit(c, *limit));
    let role = c.level(limited.and(usage.memory_percent()));
    c.quantity(&quantity::bytes(used), MEMORY_COLUMNS, role);
    if let Some(limit) = limited
        && c.columns >= MEMORY_COLUMNS + LIMIT_COLUMNS
    {
        c.line.put_within(&format!(" / {}", quantity::bytes(limit)), LIMIT_COLUMNS, (c.tone)(Role::Faint));
    }
}

/// A limit as large as the host's memory is none.
fn is_limit(c: &Cell, limit: u64) -> bool {
    let host = c.scene.world.docker.get(&c.container.target).and_then(|r| r.value.as_deref());
    host.is_none_or(|h| h.engine.memory_bytes == 0 || limit < h.engine.memory_bytes)
}

fn memory_percent(c: &mut Cell) {
    match c.usage().and_then(|u| u.memory_percent()) {
        Some(percent) => {
            let role = c.level(Some(percent));
            c.quantity(&quantity::percent(percent), c.columns, role);
        }
        None => c.unmeasured(c.columns),
    }
}

fn pair(c: &mut Cell, rates: fn(&crate::domain::usage::Usage) -> (Option<f64>, Option<f64>)) {
    match c.usage().map(rates) {
        Some((Some(down), Some(up))) => {
            let half = (c.columns - 1) / 2;
            for (rate, arrow) in [(down, c.scene.theme.glyphs.down), (up, c.scene.theme.glyphs.up)] {
                let role = if rate < 1.0 { Role::Faint } else { Role::Text };
                c.quantity(&quantity::bytes(rate as u64), half - 1, role);
                c.line.put_within(arrow, 1, (c.tone)(Role::Faint));
            }
        }
        _ => c.unmeasured(c.columns),
    }
}

fn pids(c: &mut Cell) {
    let usage = c.usage().copied();
    match usage.and_then(|u| u.pids) {
        Some(pids) => {
            let share =
                usage.and_then(|u| u.pids_limit).filter(|l| *l > 0).map(|l| pids as f64 / l as f64 * 100.0);
            let role = c.level(share);
            c.quantity(&pids.to_string(), c.columns, role);
        }
        None => c.unmeasured(c.columns),
    }
}

fn ports(c: &mut Cell) {
    let text = container_fields::ports(c.container);
    let text = if c.theme().glyphs.braille { text.into_owned() } else { text.replace('→', ">") };
    c.text(&text, Role::Muted);
}

fn up(c: &mut Cell) {
    let text = up_text(c.container, c.scene.now);
    let role = if c.container.state == State::Running { Role::Text } else { Role::Muted };
    match text {
        Some(text) => c.quantity(&text, c.columns, role),
        None => c.unmeasured(c.columns),
    }
}

/// How long it has been in its state; stopped ones say `ago` in their own column's sense: the state does.
pub fn up_text(c: &Container, now: Timestamp) -> Option<String> {
    c.since().map(|since| quantity::age_coarse(now.as_second() - since.as_second()))
}

/// The row of a group: `4 of 5`, the sums under their columns.
pub fn draw_total(
    column: usize,
    line: &mut Line,
    columns: u16,
    totals: &Totals,
    theme: &Theme,
    tone: &dyn Fn(Role) -> Style,
) {
    match COLUMNS[column].id {
        "state" => {
            let role = if totals.attention > 0 { Role::Bad } else { Role::Muted };
            let mark =
                if totals.attention > 0 { format!("{} ", theme.glyphs.attention) } else { String::new() };
            line.put_within(&format!("{mark}{} of {}", totals.running, totals.total), columns, tone(role));
        }
        "cpu" => match totals.cpu_percent {
            Some(cpu) => {
                line.quantity(
                    &quantity::percent(cpu),
                    columns - SPARK_COLUMNS - 1,
                    tone(Role::Muted),
                    tone(Role::Faint),
                );
            }
            None if totals.running > 0 => {
                line.right(theme.glyphs.unmeasured, columns - SPARK_COLUMNS - 1, tone(Role::Faint));
            }
            None => {}
        },
        "mem" => match totals.memory_bytes {
            Some(memory) => {
                line.quantity(&quantity::bytes(memory), MEMORY_COLUMNS, tone(Role::Muted), tone(Role::Faint));
            }
            None if totals.running > 0 => {
                line.right(theme.glyphs.unmeasured, MEMORY_COLUMNS, tone(Role::Faint));
            }
            None => {}
        },
        _ => {}
    }
}

/// The style of a role on a row.
pub fn toned(theme: &Theme, role: Role, selected: Option<bool>, age: RowAge) -> Style {
    let role = if age == RowAge::Gone { Role::Gone } else { role };
    match selected {
        Some(focused) => theme.selected(role, focused),
        None => theme.style(role),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Content = Content { most: 99, longest: 99 };

    #[test]
    fn every_column_is_a_field() {
        for column in &COLUMNS {
            assert!(find_field(container_fields::specs(), column.id).is_some(), "{}", column.id);
        }
    }

    #[test]
    fn columns_give_way_by_priority_and_never_overflow() {
        for room in [10, 40, 60, 80, 120, 200] {
            let shown = widths(&defaults(true), room, &|_| LONG);
            let sum: u16 = shown.iter().map(|(_, w)| w + 2).sum::<u16>() - 2;
            assert!(sum <= room.max(14), "{room}: {sum}");
            assert_eq!(COLUMNS[shown[0].0].id, "name");
        }
        let narrow: Vec<_> =
            widths(&defaults(false), 60, &|_| LONG).into_iter().map(|(c, _)| COLUMNS[c].id).collect();
        assert_eq!(narrow, ["name", "state", "cpu", "mem"]);
    }
}
