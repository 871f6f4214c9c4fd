//! The line under the cursor in full: what is known of it, its fields, and its text with what continues it.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::view::LogView;
use super::note;
use crate::logs::book::{Kind, LineId};
use crate::logs::expand::{self, ValueKind};
use crate::logs::{Format, columns, redact, styled, wrap};
use crate::panes::{Context, Request, Scene};
use crate::theme::Role;
use crate::widgets::paint::{Line, tint, width};

/// Rows of the screen that a line takes at most.
const MAX_ROWS: usize = 4_000;

/// A thing that is said of the line.
pub enum Part {
    /// About the line: time, source.
    Fact(&'static str, String),
    Text(String),
    Field(expand::Pair),
    Blank,
}

/// A row of the screen with the number of its part.
struct Row {
    part: usize,
    name: String,
    text: String,
}

impl LogView {
    /// The line under the cursor with the message that it belongs to.
    fn expanded(&self) -> Vec<Part> {
        let Some(id) = self.current() else { return Vec::new() };
        let Some(line) = self.book.line(id) else { return Vec::new() };
        let mut parts = Vec::new();
        if let Some(at) = line.at {
            parts.push(Part::Fact("time", at.to_string()));
        }
        if line.kind == Kind::Line {
            parts.push(Part::Fact("source", line.source.to_owned()));
            parts.push(Part::Fact("stream", line.stream.word().to_owned()));
        }
        if let Some(level) = self.level(&line) {
            parts.push(Part::Fact("level", level.word().to_owned()));
        }
        if line.late {
            parts
                .push(Part::Fact("order", "came late: younger lines of others were shown before".to_owned()));
        }
        if line.cut {
            parts.push(Part::Fact("cut", "longer than 64 KiB, the rest was not kept".to_owned()));
        }
        if let Some(mark) = self.marks.get(id) {
            if !mark.note.is_empty() {
                parts.push(Part::Fact("note", mark.note.clone()));
            }
            if !mark.tags.is_empty() {
                parts.push(Part::Fact("tags", mark.tags.join(" ")));
            }
        }
        parts.push(Part::Blank);
        if line.kind == Kind::Line {
            self.say_message(id, &mut parts);
        } else {
            parts.push(Part::Text(line.text.to_owned()));
        }
        parts
    }

    /// Fields first where the line is made of them, else the text as it was written.
    fn say_message(&self, id: LineId, parts: &mut Vec<Part>) {
        let group = self.book.group(id);
        let Some(head) = group.first().and_then(|id| self.book.line(*id)) else { return };
        let message: Vec<&str> =
            group.iter().filter_map(|id| Some(self.book.line(*id)?.text)).take(MAX_ROWS).collect();
        // Secrets are known by the names before them: they are hidden before the text is taken apart.
        let whole = self.redacted(&message.join("\n")).into_owned();
        let first = self.redacted(head.text);
        let structured = matches!(head.format, Format::Json | Format::Logfmt);
        let is_new =
            |path: &str| structured || ![columns::TIME, columns::LEVEL, columns::MESSAGE].contains(&path);
        let fields = expand::expand(&first).into_iter().filter(|pair| {
            let is_heading = pair.kind == ValueKind::Group && pair.value.is_empty();
            !is_heading && is_new(&pair.path)
        });
        let fields: Vec<Part> = fields.map(Part::Field).collect();
        let skipped = usize::from(structured && !fields.is_empty());
        let mut text: Vec<Part> =
            whole.split('\n').skip(skipped).map(|line| Part::Text(line.to_owned())).collect();
        let (mut above, mut below) =
            if skipped > 0 { (fields, text) } else { (std::mem::take(&mut text), fields) };
        parts.append(&mut above);
        if !below.is_empty() {
            parts.push(Part::Blank);
            parts.append(&mut below);
        }
    }

    /// The text with its secrets hidden, when they are to be.
    pub(in crate::panes::logs) fn redacted<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.options.redact { redact::redact(text) } else { Cow::Borrowed(text) }
    }

    fn rows(&self, parts: &[Part], columns: u16) -> Vec<Row> {
        let clean = |text: &str| styled::styled(text, 4, 64 << 10).text;
        let names = names(parts, columns);
        let mut rows = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            let (name, text) = match part {
                Part::Fact(name, text) => ((*name).to_owned(), clean(text)),
                Part::Field(pair) => (clean(&pair.path), clean(&pair.value)),
                Part::Text(text) => (String::new(), clean(text)),
                Part::Blank => (String::new(), String::new()),
            };
            let indent = if matches!(part, Part::Text(_)) { 0 } else { names + 1 };
            let room = usize::from(columns.saturating_sub(indent).max(8));
            for (n, range) in wrap::rows(&text, room).enumerate() {
                let name = if n == 0 { name.clone() } else { String::new() };
                rows.push(Row { part: i, name, text: text.get(range).unwrap_or_default().to_owned() });
            }
            if rows.len() >= MAX_ROWS {
                break;
            }
        }
        rows
    }

    /// Rows of the line in full.
    pub(super) fn line_rows(&self) -> usize {
        self.rows(&self.expanded(), self.detail.columns).len()
    }

    /// What the cursor of the detail is on.
    fn part_under_cursor(&self) -> Option<Part> {
        let parts = self.expanded();
        let part = self.rows(&parts, self.detail.columns).get(self.detail.list.cursor)?.part;
        parts.into_iter().nth(part)
    }

    /// Enter on a field: only lines with this value.
    pub(super) fn take_field(&mut self, cx: &Context) -> Vec<Request> {
        let Some(Part::Field(pair)) = self.part_under_cursor() else {
            self.detail.focused = false;
            return Vec::new();
        };
        let step = format!("{}={}", pair.path, quoted(&pair.value));
        if let Err(why) = self.take_step(None, &step) {
            return vec![Request::Notice(why)];
        }
        self.settle(cx);
        Vec::new()
    }

    /// The value under the cursor of the detail.
    pub(in crate::panes::logs) fn field_under_cursor(&self) -> Option<String> {
        match self.part_under_cursor()? {
            Part::Field(pair) => Some(pair.value),
            Part::Fact(_, text) | Part::Text(text) => Some(text),
            Part::Blank => None,
        }
    }
}

/// Columns of the names.
fn names(parts: &[Part], columns: u16) -> u16 {
    let name = |part: &Part| match part {
        Part::Field(pair) => width(&pair.path),
        _ => 6,
    };
    parts.iter().map(name).max().unwrap_or(6).min(columns / 2)
}

fn quoted(value: &str) -> String {
    if value.is_empty() || value.contains([' ', '"', '\t']) {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}

pub fn draw(view: &LogView, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let parts = view.expanded();
    if parts.is_empty() {
        return note("There is no line under the cursor.", scene.theme, area, buf);
    }
    let theme = scene.theme;
    let names = names(&parts, area.width);
    let rows = view.rows(&parts, area.width);
    let (list, page) = view.detail.list_on(rows.len(), area);
    let here = rows.get(list.cursor).filter(|_| view.detail.focused).map(|row| row.part);
    for (y, index) in (area.top()..).zip(list.visible(rows.len(), page)) {
        let row = &rows[index];
        // All rows of a value belong to it, the one that moves is the brighter one.
        let selected = here == Some(row.part);
        let focused = index == list.cursor;
        let tone = |role: Role| if selected { theme.selected(role, focused) } else { theme.style(role) };
        if selected {
            tint(buf, Rect { y, height: 1, ..area }, tone(Role::Text));
        }
        let mut line = Line::new(buf, area, y, theme.glyphs.ellipsis);
        if !matches!(parts.get(row.part), Some(Part::Text(_))) {
            line.put_within(&row.name, names, tone(Role::Muted)).to(area.x + names + 1);
        }
        line.put(&row.text, tone(Role::Text));
    }
}
