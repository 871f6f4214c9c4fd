//! The server under the cursor: why it is slow, who it is, what is full, what failed, and its last minutes.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::charts::{self, Past};
use super::columns::look;
use crate::domain::backup::State;
use crate::domain::quantity;
use crate::domain::remote::Link;
use crate::domain::server::heat::{Fan, Heat};
use crate::domain::server::support::{self, Nearness};
use crate::domain::server::threshold::Metric;
use crate::domain::server::time_sync::{TimeSync, has_own_clock};
use crate::domain::server::{Crossing, Facts, Rights, Span, cause};
use crate::domain::server_fields::ServerRow;
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::{Line, wrap};

/// Cells of the labels.
const LABEL: u16 = 9;
/// From this width on the charts stand beside the words.
const TWO_COLUMNS: u16 = 90;
/// Filesystems and interfaces shown at most.
const MOST: usize = 6;

pub(super) fn view(row: &ServerRow, past: &Past, scene: &Scene, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = scene.theme;
    let beside = (area.width >= TWO_COLUMNS).then(|| Rect {
        x: area.x + area.width / 2 + 1,
        width: area.width / 2 - 1,
        ..area
    });
    let area = Rect { width: beside.map_or(area.width, |b| area.width - b.width - 2), ..area };
    let mut sheet = Sheet { scene, area, y: area.y, buf };
    let (glyph, words, role) = look(row, scene.now, theme.glyphs);
    let mut head = Line::new(sheet.buf, area, sheet.y, theme.glyphs.ellipsis);
    head.put(&row.target.id.name, theme.style(Role::Heading)).skip(2);
    head.put(glyph, theme.style(role)).skip(1).put(&words, theme.style(Role::Muted));
    sheet.y += 1;
    if let Link::Lost { fault, retry_at } = &row.remote.link {
        sheet.text(&fault.message, Role::Bad);
        if let Some(hint) = &fault.hint {
            sheet.text(hint, Role::Text);
        }
        let wait = retry_at.map(|at| at.as_second() - scene.now.as_second()).filter(|s| *s > 0);
        sheet.text(
            &wait.map_or_else(String::new, |s| format!("next try in {}", quantity::age(s))),
            Role::Muted,
        );
    }
    if row.remote.link == Link::Listed {
        sheet.text("Listed, not connected: open it.", Role::Muted);
        sheet.text(&row.target.client, Role::Command);
    }
    if let Some(why) = row.vitals().and_then(cause::cause) {
        sheet.text(&format!("{} {why}", theme.glyphs.attention), Role::Warn);
    }
    for down in scene.world.checks.down(&row.target.id, scene.now).take(MOST) {
        let why = down.track.last().map(|last| last.message.as_str()).unwrap_or_default();
        sheet.text(&format!("{} {} is down: {why}", theme.glyphs.cross, down.check.name), Role::Bad);
    }
    sheet.y += 1;
    if beside.is_none() && past.span != Span::Minutes {
        // There is room for one of the two, and this one was asked for.
        let rest = Rect { y: sheet.y, height: area.bottom().saturating_sub(sheet.y), ..area };
        return charts::view(&row.target.id, past, scene, rest, buf);
    }
    identity(row, &mut sheet);
    vitals(row, &mut sheet);
    checks(row, &mut sheet);
    backups(row, &mut sheet);
    events(row, &mut sheet);
    let rest = Rect { y: sheet.y + 1, height: area.bottom().saturating_sub(sheet.y + 1), ..area };
    let rest = beside.unwrap_or(rest);
    // Without a single reading there is no scale, either.
    if rest.height >= 3 && row.vitals().is_some() {
        charts::view(&row.target.id, past, scene, rest, buf);
    }
}

fn identity(row: &ServerRow, sheet: &mut Sheet) {
    let Some(server) = row.server() else { return };
    let facts = &server.facts;
    let separator = sheet.scene.theme.glyphs.separator;
    sheet.pair("address", &row.target.address, Role::Text);
    let differs = *facts.hostname != *row.target.id.name;
    sheet.pair("hostname", if differs { &facts.hostname } else { "" }, Role::Text);
    sheet.pair("os", &facts.os, Role::Text);
    support(facts, sheet);
    let kernel = [&facts.kernel, &facts.machine].map(String::as_str).join(" ");
    let on = match facts.virtualization.as_str() {
        "" | "none" => String::new(),
        on => format!(" {separator} {on}"),
    };
    sheet.pair("kernel", &format!("{}{on}", kernel.trim()), Role::Text);
    let rights = match facts.rights {
        Rights::Unknown | Rights::Root => String::new(),
        rights => format!(" {separator} {}", rights.word()),
    };
    sheet.pair("as", &format!("{}{rights}", facts.user), Role::Text);
    clock(row, facts, sheet);
}

/// A system that is supported for long needs no line.
fn support(facts: &Facts, sheet: &mut Sheet) {
    let Some(end) = facts.support_ends else { return };
    let today = sheet.scene.now.to_zoned(TimeZone::UTC).date();
    match support::nearness(end, today) {
        Nearness::Far => {}
        Nearness::Soon => sheet.pair("support", &format!("no security fixes after {end}"), Role::Warn),
        Nearness::Past => sheet.pair("support", &format!("no security fixes since {end}"), Role::Bad),
    }
}

/// What keeps it right, and how far it is from this machine's.
fn clock(row: &ServerRow, facts: &Facts, sheet: &mut Sheet) {
    let time =
        row.checks().and_then(|checks| checks.time.as_ref()).filter(|_| has_own_clock(&facts.virtualization));
    let ahead = facts.clock_ahead_s.map(|ahead| format!("{ahead:+.1} s against this machine's"));
    let text: Vec<String> = time.map(TimeSync::words).into_iter().chain(ahead).collect();
    let off =
        facts.clock_ahead_s.is_some_and(|ahead| ahead.abs() > 1.0) || time.is_some_and(TimeSync::is_adrift);
    sheet.pair("clock", &text.join("; "), if off { Role::Warn } else { Role::Text });
}

fn vitals(row: &ServerRow, sheet: &mut Sheet) {
    let Some(vitals) = row.vitals() else { return };
    let separator = sheet.scene.theme.glyphs.separator;
    let [one, five, fifteen] = vitals.load;
    let load = format!("{one:.2} {five:.2} {fifteen:.2} {separator} {} processors", vitals.cpus);
    sheet.pair("load", &load, Role::Text);
    if let Some(cpu) = vitals.cpu {
        let mut text =
            format!("user {:.0} %  system {:.0} %  wait {:.0} %", cpu.user, cpu.system, cpu.iowait);
        if cpu.steal >= 0.5 {
            text += &format!("  stolen {:.0} %", cpu.steal);
        }
        sheet.pair("cpu", &text, Role::Text);
    }
    let memory = &vitals.memory;
    let mut text = format!("{} of {}", quantity::bytes(memory.used()), quantity::bytes(memory.total));
    if memory.swap_total > 0 {
        let (used, total) = (quantity::bytes(memory.swap_used()), quantity::bytes(memory.swap_total));
        text += &format!(" {separator} swap {used} of {total}");
    }
    sheet.pair("memory", &text, Role::Text);
    let busy = vitals.busiest_disk().filter(|d| d.busy_percent.is_some_and(|busy| busy >= 1.0));
    if let Some(disk) = busy {
        let rate = |r: Option<f64>| quantity::bytes_per_s(r.unwrap_or_default());
        let (read, written) = (rate(disk.read_bytes_per_s), rate(disk.written_bytes_per_s));
        let busy = disk.busy_percent.unwrap_or_default();
        sheet.pair("disk", &format!("{} {busy:.0} %  r {read}  w {written}", disk.name), Role::Text);
    }
}

fn checks(row: &ServerRow, sheet: &mut Sheet) {
    let Some(checks) = row.checks() else { return };
    let limits = sheet.scene.world.thresholds.of(&row.target.id);
    let is_over = |metric, figure: f64| figure >= limits.level(metric);
    for (i, fs) in checks.filesystems.iter().take(MOST).enumerate() {
        let share = fs.used_percent.map_or_else(String::new, |p| format!("{p:.0} %"));
        let mut text = format!("{share:>5}  {}  of {}", fs.mount, quantity::bytes(fs.size_bytes));
        if let Some(inodes) = fs.inodes_used_percent.filter(|p| is_over(Metric::Inodes, *p)) {
            text += &format!("  inodes {inodes:.0} %");
        }
        let full = fs.used_percent.is_some_and(|p| is_over(Metric::Disk, p))
            || fs.inodes_used_percent.is_some_and(|p| is_over(Metric::Inodes, p));
        sheet.pair(if i == 0 { "full" } else { "" }, &text, if full { Role::Warn } else { Role::Text });
    }
    if checks.filesystems.len() > MOST {
        sheet.pair("", &format!("and {} more", checks.filesystems.len() - MOST), Role::Faint);
    }
    heat(&checks.heat, sheet);
    let failed = checks.failed_units.as_deref().unwrap_or_default();
    sheet.pair("failed", &failed.join(", "), Role::Bad);
    if let Some(updates) = checks.updates.filter(|u| u.all > 0) {
        let security =
            if updates.security > 0 { format!(", {} close holes", updates.security) } else { String::new() };
        sheet.pair("updates", &format!("{}{security}", updates.all), Role::Text);
    }
    if checks.reboot_required == Some(true) {
        sheet.pair("reboot", "required by an upgrade", Role::Warn);
    }
    if let Some(first) = &checks.certificate {
        let days = first.days_left(sheet.scene.now);
        let (text, role) = match days {
            days if days < 0 => (format!("{} ended {} days ago", first.name, -days), Role::Bad),
            days if is_over(Metric::Certificate, -(days as f64)) => {
                (format!("{} ends in {days} days", first.name), Role::Warn)
            }
            days => (format!("the first ends in {days} days: {}", first.name), Role::Text),
        };
        sheet.pair("certs", &text, role);
    }
    sheet.pair("users", &checks.users.join(", "), Role::Text);
}

/// What is wrong with its backups; of a server out of reach nobody knows.
fn backups(row: &ServerRow, sheet: &mut Sheet) {
    let (world, now) = (sheet.scene.world, sheet.scene.now);
    let Some(known) = world.backups.get(&row.target.id).filter(|known| !known.all.is_empty()) else { return };
    if !row.remote.link.is_live() || known.is_stale(now) {
        let age = quantity::age_coarse(now.as_second() - known.at.as_second());
        return sheet.pair(
            "backups",
            &format!("not known by now; they were looked at {age} ago"),
            Role::Warn,
        );
    }
    for (i, one) in known.bad().take(MOST).enumerate() {
        let text = format!("{}: {}", one.name, one.message);
        sheet.pair(if i == 0 { "backups" } else { "" }, &text, Role::Bad);
    }
    let bad = known.bad().count();
    let unread = known.all.iter().filter(|one| one.state == State::Unknown).count();
    let label = if bad == 0 { "backups" } else { "" };
    if bad > MOST {
        sheet.pair("", &format!("and {} more", bad - MOST), Role::Faint);
    }
    match unread {
        0 if bad == 0 => sheet.pair(label, &format!("{} well", known.all.len()), Role::Text),
        0 => {}
        unread => {
            sheet.pair(label, &format!("{unread} of {} cannot be read", known.all.len()), Role::Warn);
        }
    }
}

/// The temperature nearest to its limit, and its fans.
fn heat(heat: &Heat, sheet: &mut Sheet) {
    if let Some(hottest) = heat.hottest() {
        let critical = hottest.critical.map_or_else(String::new, |c| format!(", critical at {c:.0} °C"));
        let role = match hottest {
            one if one.is_critical() => Role::Bad,
            one if one.is_hot() => Role::Warn,
            _ => Role::Text,
        };
        sheet.pair("heat", &format!("{:.0} °C  {}{critical}", hottest.celsius, hottest.name), role);
    }
    let fan = |fan: &Fan| format!("{} {} rpm", fan.name, fan.rpm);
    sheet.pair("fans", &heat.fans.iter().take(MOST).map(fan).collect::<Vec<_>>().join(", "), Role::Text);
}

/// What is over its threshold, the newest first, then what was.
fn events(row: &ServerRow, sheet: &mut Sheet) {
    let (world, now) = (sheet.scene.world, sheet.scene.now.as_second());
    let is_open = |crossing: &Crossing| world.open(&row.target.id).any(|open| open.is(crossing));
    let mut told: Vec<&Crossing> =
        world.events.iter().rev().filter(|e| e.target == row.target.id).map(|e| &e.crossing).collect();
    // What comes and goes first: the rest has a line of its own.
    told.sort_by_key(|crossing| (!is_open(crossing), !crossing.metric.is_incident()));
    for (i, crossing) in told.into_iter().take(MOST).enumerate() {
        let age = quantity::age_coarse(now - crossing.since.as_second());
        let text = format!("{age:>5} ago  {}", crossing.sentence());
        let role = if is_open(crossing) { Role::Warn } else { Role::Muted };
        sheet.pair(if i == 0 { "events" } else { "" }, &text, role);
    }
}

/// Labelled lines, one below the other.
struct Sheet<'a> {
    scene: &'a Scene<'a>,
    area: Rect,
    y: u16,
    buf: &'a mut Buffer,
}

impl Sheet<'_> {
    fn text(&mut self, text: &str, role: Role) {
        for part in wrap(text, self.area.width) {
            self.line("", &part, role, 0);
        }
    }

    /// A label and what belongs to it; nothing when there is nothing.
    fn pair(&mut self, label: &str, text: &str, role: Role) {
        if !text.is_empty() {
            self.line(label, text, role, LABEL);
        }
    }

    fn line(&mut self, label: &str, text: &str, role: Role, indent: u16) {
        if self.y >= self.area.bottom() || text.is_empty() {
            return;
        }
        let theme = self.scene.theme;
        let mut line = Line::new(self.buf, self.area, self.y, theme.glyphs.ellipsis);
        line.put_within(label, LABEL - 1, theme.style(Role::Muted)).to(self.area.x + indent);
        line.put(text, theme.style(role));
        self.y += 1;
    }
}
