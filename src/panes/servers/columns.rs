//! How each column looks: its width, what stands in a cell and in which role.

use jiff::Timestamp;
use ratatui::style::Style;

use crate::domain::filter::{FieldKind, Value, find_field};
use crate::domain::quantity;
use crate::domain::remote::Link;
use crate::domain::server::threshold::Metric;
use crate::domain::server::time_sync::has_own_clock;
use crate::domain::server_fields::{FIELDS, ServerRow, specs};
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::{Line, width};
use crate::widgets::spark;

/// The recent past beside a CPU figure, in cells.
const SPARK: u16 = 5;
/// Cells that a mount point may have beyond those of its column, where there is room.
const MOUNT: u16 = 24;
/// Cells between two columns.
const GAP: u16 = 2;

/// A column on screen. Widths are in cells.
pub struct Column {
    /// The id in [`FIELDS`].
    pub id: &'static str,
    pub width: u16,
    /// Where room is short, columns with a higher number go first.
    pub priority: u8,
    pub cell: fn(&mut Cell),
}

/// Where and how a cell is drawn.
pub struct Cell<'a, 'b> {
    pub line: &'a mut Line<'b>,
    pub columns: u16,
    pub field: usize,
    pub row: ServerRow<'a>,
    pub scene: &'a Scene<'a>,
    /// Maps a role to its style on this row.
    pub tone: &'a dyn Fn(Role) -> Style,
}

const fn column(id: &'static str, width: u16, priority: u8, cell: fn(&mut Cell)) -> Column {
    Column { id, width, priority, cell }
}

/// Every column, in the order in which they stand.
pub const COLUMNS: [Column; 25] = [
    column("name", 12, 0, plain),
    column("link", 17, 1, link),
    column("cpu", 12, 2, cpu),
    column("mem", 5, 3, level),
    column("swap", 8, 12, plain),
    column("disk", 16, 4, disk),
    column("load", 6, 6, load),
    column("stall", 9, 5, stall),
    column("net", 17, 10, net),
    column("failed", 6, 7, trouble),
    column("updates", 12, 8, updates),
    column("security", 8, 14, trouble),
    column("reboot", 6, 13, plain),
    column("bans", 5, 9, plain),
    column("users", 5, 11, plain),
    column("up", 6, 9, up),
    column("latency", 6, 13, plain),
    column("os", 20, 15, plain),
    column("kernel", 16, 16, plain),
    column("cpus", 4, 14, plain),
    column("address", 22, 17, plain),
    column("tag", 12, 15, plain),
    column("clock", 7, 18, clock),
    column("sync", 4, 17, sync),
    column("certs", 5, 11, certificate),
];

/// Shown when nothing was chosen.
const DEFAULTS: [&str; 13] = [
    "name", "link", "cpu", "mem", "disk", "load", "stall", "net", "failed", "updates", "bans", "up", "certs",
];

pub fn defaults() -> Vec<usize> {
    (0..COLUMNS.len()).filter(|i| DEFAULTS.contains(&COLUMNS[*i].id)).collect()
}

pub fn by_id(id: &str) -> Option<usize> {
    COLUMNS.iter().position(|c| c.id == id)
}

/// The index of a column's field.
pub fn field(column: usize) -> usize {
    find_field(specs(), COLUMNS[column].id).unwrap_or_default()
}

/// The header, and the cells in which it is set flush right, as the numbers below it are.
pub fn title(column: usize) -> (&'static str, Option<u16>) {
    let spec = FIELDS[field(column)].spec;
    let right = match spec.id {
        "cpu" => Some(COLUMNS[column].width - SPARK - 1),
        "disk" => Some(5),
        "net" | "stall" | "updates" => None,
        _ => spec.kind.is_number().then_some(COLUMNS[column].width),
    };
    (spec.title, right)
}

/// The columns that fit, with their widths; names get what is left, up to the longest.
pub fn widths(chosen: &[usize], room: u16, longest_name: u16) -> Vec<(usize, u16)> {
    let mut shown: Vec<usize> = chosen.to_vec();
    let name = longest_name.clamp(COLUMNS[0].width, 24.max(room / 4));
    let width_of = |c: usize| if COLUMNS[c].id == "name" { name.min(room) } else { COLUMNS[c].width };
    let needed = |shown: &[usize]| shown.iter().map(|c| width_of(*c) + GAP).sum::<u16>().saturating_sub(GAP);
    while shown.len() > 1 && needed(&shown) > room {
        let Some(last) = shown.iter().copied().max_by_key(|c| COLUMNS[*c].priority) else { break };
        shown.retain(|c| *c != last);
    }
    // Mount points are longer than a narrow terminal has room for.
    let spare = room.saturating_sub(needed(&shown)).min(MOUNT);
    let more = |c: usize| if COLUMNS[c].id == "disk" { spare } else { 0 };
    shown.into_iter().map(|c| (c, width_of(c) + more(c))).collect()
}

impl Cell<'_, '_> {
    fn value(&self) -> Value<'_> {
        (FIELDS[self.field].get)(&self.row)
    }

    fn put(&mut self, text: &str, columns: u16, role: Role) {
        let unit = if role == Role::Text { Role::Faint } else { role };
        self.line.quantity(text, columns, (self.tone)(role), (self.tone)(unit));
    }

    fn unmeasured(&mut self, columns: u16) {
        self.line.right(self.scene.theme.glyphs.unmeasured, columns, (self.tone)(Role::Faint));
    }

    /// Amber from the threshold.
    fn role(&self, metric: Metric, figure: f64) -> Role {
        let level = self.scene.world.thresholds.of(&self.row.target.id).level(metric);
        if figure >= level { Role::Warn } else { Role::Text }
    }
}

fn plain(c: &mut Cell) {
    let spec = FIELDS[c.field].spec;
    let text = match c.value() {
        Value::Absent => return c.unmeasured(if spec.kind.is_number() { c.columns } else { 1 }),
        Value::Text(text) => {
            let role = if spec.id == "name" { Role::Text } else { Role::Muted };
            let (text, style) = (text.into_owned(), (c.tone)(role));
            c.line.put_within(&text, c.columns, style);
            return;
        }
        Value::Number(n) => match spec.kind {
            FieldKind::Bytes => quantity::bytes(n.max(0.0) as u64),
            FieldKind::Percent => quantity::percent(n),
            FieldKind::Seconds => quantity::age_coarse(n as i64),
            _ => format!("{n:.0}"),
        },
    };
    let role = if text == "0" || text == "0 B" { Role::Faint } else { Role::Text };
    c.put(&text, c.columns, role);
}

/// `● 1 ms`, `· listed`, `◌ connecting`, `◐ 14s timeout`, `✕ refused`.
fn link(c: &mut Cell) {
    let g = c.scene.theme.glyphs;
    let (glyph, text, role) = look(&c.row, c.scene.now, g);
    let words = if role == Role::Ok { Role::Muted } else { role };
    let (glyph_style, words_style) = ((c.tone)(role), (c.tone)(words));
    let rest = c.columns.saturating_sub(width(glyph) + 1);
    c.line.put(glyph, glyph_style).skip(1).put_within(&text, rest, words_style);
}

/// Glyph, words and role of a link.
pub fn look(row: &ServerRow, now: Timestamp, glyphs: &crate::theme::Glyphs) -> (&'static str, String, Role) {
    let age = row.vitals().map(|v| quantity::age_coarse(now.as_second() - v.at.as_second()));
    match (&row.remote.link, age) {
        (Link::Live, _) => {
            let ms = row.server().and_then(|s| s.latency_ms);
            (glyphs.live, ms.map_or_else(String::new, |ms| format!("{:.0} ms", ms.max(1.0))), Role::Ok)
        }
        (Link::Listed, _) => (glyphs.unmeasured, "listed".into(), Role::Faint),
        (Link::Connecting, _) => (glyphs.connecting, "connecting".into(), Role::Info),
        (Link::Lost { fault, .. }, Some(age)) => {
            (glyphs.stale, format!("{age} {}", fault.kind.word()), Role::Stale)
        }
        (Link::Lost { fault, .. }, None) => (glyphs.lost, fault.kind.word().into(), Role::Bad),
    }
}

fn cpu(c: &mut Cell) {
    let number = c.columns - SPARK - 1;
    let Value::Number(percent) = c.value() else { return c.unmeasured(number) };
    let role = c.role(Metric::Cpu, percent);
    c.put(&quantity::percent(percent), number, role);
    if let Some(history) = c.scene.world.vitals.get(&c.row.target.id) {
        let bars = &c.scene.theme.glyphs.bars;
        let levels = std::array::from_fn(|i| bars[i + 1]);
        let text = spark::line(history.points().map(|p| p.cpu_percent), 100.0, SPARK.into(), &levels);
        let idle = text.chars().all(|bar| matches!(bar, ' ' | '▁' | '.'));
        let style = (c.tone)(if idle { Role::Faint } else { Role::ChartLine1 });
        c.line.skip(1).put_within(&text, SPARK, style);
    }
}

fn level(c: &mut Cell) {
    match c.value() {
        Value::Number(percent) => {
            let metric = if FIELDS[c.field].spec.id == "swap" { Metric::Swap } else { Metric::Memory };
            let role = c.role(metric, percent);
            c.put(&quantity::percent(percent), c.columns, role);
        }
        _ => c.unmeasured(c.columns),
    }
}

/// The fullest filesystem and where it is.
fn disk(c: &mut Cell) {
    let Some((filesystem, percent)) = c.row.checks().and_then(|checks| checks.fullest()) else {
        return c.unmeasured(5);
    };
    let mount = filesystem.mount.clone();
    let metric = if filesystem.used_percent == Some(percent) { Metric::Disk } else { Metric::Inodes };
    let role = c.role(metric, percent);
    c.put(&quantity::percent(percent), 5, role);
    let style = (c.tone)(Role::Muted);
    c.line.skip(1).put_within(&mount, c.columns - 6, style);
}

/// As many runnable tasks as processors are a full load.
fn load(c: &mut Cell) {
    let Some(vitals) = c.row.vitals() else { return c.unmeasured(c.columns) };
    let share = vitals.load[0] / f64::from(vitals.cpus.max(1)) * 100.0;
    let text = format!("{:.1}", vitals.load[0]);
    let role = c.role(Metric::Load, share);
    c.put(&text, c.columns, role);
}

/// What tasks wait for most; a few per cent are nothing.
fn stall(c: &mut Cell) {
    let Some((word, percent)) = c.row.vitals().and_then(|v| v.stall.worst()) else {
        let style = (c.tone)(Role::Faint);
        c.line.put(c.scene.theme.glyphs.unmeasured, style);
        return;
    };
    let role = match percent {
        p if p < 5.0 => Role::Faint,
        p => c.role(Metric::Stall, p),
    };
    let style = (c.tone)(role);
    c.line.put_within(&format!("{word} {percent:.0} %"), c.columns, style);
}

fn net(c: &mut Cell) {
    let Some((down, up)) = c.row.vitals().and_then(|v| v.outer_net()) else { return c.unmeasured(1) };
    let half = (c.columns - 1) / 2;
    for (i, (rate, arrow)) in
        [(down, c.scene.theme.glyphs.down), (up, c.scene.theme.glyphs.up)].into_iter().enumerate()
    {
        let role = if rate < 1.0 { Role::Faint } else { Role::Text };
        // The two stand apart.
        c.line.skip(i as u16);
        c.put(&quantity::bytes(rate as u64), half - 1, role);
        let style = (c.tone)(Role::Faint);
        c.line.put_within(arrow, 1, style);
    }
}

/// A number that should be zero.
fn trouble(c: &mut Cell) {
    match c.value() {
        Value::Number(n) => {
            let role = if n > 0.0 { Role::Bad } else { Role::Faint };
            c.put(&format!("{n:.0}"), c.columns, role);
        }
        _ => c.unmeasured(c.columns),
    }
}

/// `12 (3 sec)`, with a sign when a reboot is due.
fn updates(c: &mut Cell) {
    let checks = c.row.checks();
    let style = |c: &Cell, role| (c.tone)(role);
    match checks.and_then(|checks| checks.updates) {
        None => {
            let faint = style(c, Role::Faint);
            c.line.put(c.scene.theme.glyphs.unmeasured, faint);
        }
        Some(updates) => {
            let plain = style(c, if updates.all > 0 { Role::Text } else { Role::Faint });
            c.line.put_within(&updates.all.to_string(), c.columns, plain);
            if updates.security > 0 {
                let warn = style(c, Role::Warn);
                c.line.skip(1).put(&format!("({} sec)", updates.security), warn);
            }
        }
    }
}

fn up(c: &mut Cell) {
    let Some(vitals) = c.row.vitals() else { return c.unmeasured(c.columns) };
    // It was counted when it was read, and has grown since.
    let since = c.scene.now.as_second() - vitals.at.as_second();
    let text = quantity::age_coarse(vitals.uptime_s as i64 + since.max(0));
    let role = if vitals.rebooted { Role::Warn } else { Role::Text };
    c.put(&text, c.columns, role);
}

/// A clock that nothing sets right will be off.
fn sync(c: &mut Cell) {
    let Value::Text(word) = c.value() else { return c.unmeasured(1) };
    let container = c.row.server().is_some_and(|server| !has_own_clock(&server.facts.virtualization));
    let role = if word == "no" && !container { Role::Warn } else { Role::Faint };
    let (word, style) = (word.into_owned(), (c.tone)(role));
    c.line.put_within(&word, c.columns, style);
}

/// Days until the first certificate in use ends.
fn certificate(c: &mut Cell) {
    let Value::Number(days) = c.value() else { return c.unmeasured(c.columns) };
    let role = match days as i64 {
        days if days < 0 => Role::Bad,
        days if c.role(Metric::Certificate, -(days as f64)) == Role::Warn => Role::Warn,
        _ => Role::Faint,
    };
    c.put(&format!("{days:.0} d"), c.columns, role);
}

/// A clock that is off by more than a second spoils logs and certificates.
fn clock(c: &mut Cell) {
    match c.value() {
        Value::Number(ahead) => {
            let role = if ahead.abs() > 1.0 { Role::Warn } else { Role::Faint };
            c.put(&format!("{ahead:+.1} s"), c.columns, role);
        }
        _ => c.unmeasured(c.columns),
    }
}
