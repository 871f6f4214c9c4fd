//! The text of a line as it is drawn: harmless, with its own colours, its level, and what was searched.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use super::super::options::Times;
use super::super::view::LogView;
use crate::logs::book::Line as Held;
use crate::logs::sgr::{self, Sgr};
use crate::logs::{self, Level, Shown, columns, styled};
use crate::theme::{Role, Theme};
use crate::widgets::paint::width;

/// More of a line is on no screen; the detail shows it whole.
pub const MAX_CHARS: usize = 4_000;
const TAB: usize = 4;
/// Hits of the search that are coloured in a line.
const MAX_HITS: usize = 200;

/// A text with where which style is, later ones over earlier ones.
pub struct Painted {
    pub text: String,
    styles: Vec<(Range<usize>, Style)>,
    /// Where the word stands that says the level.
    level: Option<(Level, Range<usize>)>,
}

impl Painted {
    /// With the colours of the theme: of the level, and of what is searched.
    pub fn coloured(mut self, view: &LogView, selected: bool, theme: &Theme) -> Self {
        // Its own colours as far as the terminal has any.
        self.styles.iter_mut().for_each(|(_, style)| *style = theme.foreign(*style));
        if let Some((level, range)) = self.level.take()
            && let Some(role) = role_of(level)
        {
            self.styles.push((range, theme.style(role)));
        }
        if let Some(pattern) = &view.pattern {
            let style = theme.style(if selected { Role::MatchCurrent } else { Role::Match });
            let hits: Vec<_> = pattern.find_all(&self.text).take(MAX_HITS).collect();
            self.styles.extend(hits.into_iter().map(|range| (range, style)));
        }
        self
    }

    /// Writes a part of it from a place on, not beyond `right`.
    pub fn put(&self, range: Range<usize>, (x, y): (u16, u16), right: u16, base: Style, buf: &mut Buffer) {
        let mut cuts: Vec<usize> = vec![range.start, range.end];
        for (part, _) in &self.styles {
            cuts.extend([part.start, part.end].into_iter().filter(|cut| range.contains(cut)));
        }
        cuts.sort_unstable();
        cuts.dedup();
        let mut x = x;
        for pair in cuts.windows(2) {
            let [start, end] = pair else { continue };
            let Some(text) = self.text.get(*start..*end) else { continue };
            let covers = |part: &Range<usize>| part.start <= *start && part.end >= *end;
            let over = self.styles.iter().filter(|(part, _)| covers(part));
            let style = over.fold(base, |style, (_, over)| style.patch(*over));
            let room = right.saturating_sub(x);
            if room == 0 || y >= buf.area.bottom() {
                return;
            }
            (x, _) = buf.set_stringn(x, y, text, room.into(), style);
        }
    }
}

fn role_of(level: Level) -> Option<Role> {
    match level {
        Level::Fatal | Level::Error => Some(Role::Bad),
        Level::Warn => Some(Role::Warn),
        Level::Debug | Level::Trace => Some(Role::Faint),
        Level::Info => None,
    }
}

/// The text of a line as it is shown, harmless, with the colours it brings.
pub fn of(view: &LogView, line: &Held<'_>) -> Painted {
    let raw = view.redacted(line.text);
    if let Some(cells) = view.cells(line, &raw) {
        return Painted { text: cells, styles: Vec::new(), level: None };
    }
    let shown = view.shown(line, &raw);
    let painted = styled::styled(&shown.text, TAB, MAX_CHARS);
    let styles: Vec<_> = painted.runs.iter().map(|run| (run.range.clone(), style_of(&run.style))).collect();
    // The text's own colours say more than ours would.
    let word = Some(shown.word).filter(|word| styles.is_empty() && !word.is_empty());
    let place = |i: usize| Some(clean(shown.text.get(..i)?).len());
    let word = word.and_then(|word| Some(place(word.start)?..place(word.end)?));
    let word = word.filter(|range| painted.text.get(range.clone()).is_some());
    let painted = Painted { text: painted.text, styles, level: shown.level.zip(word) };
    match view.is_corrected(line) {
        true => corrected(painted, shown.level, view.level(line)),
        false => painted,
    }
}

/// A level that the line itself does not say stands before it.
fn corrected(mut painted: Painted, own: Option<Level>, level: Option<Level>) -> Painted {
    match (level, painted.level.take()) {
        (level, said) if level == own => painted.level = said,
        (None, _) => {}
        // Its own word is there, in the colour of what it means.
        (Some(level), Some((_, range))) => painted.level = Some((level, range)),
        (Some(level), None) => {
            let word = level.word().to_uppercase();
            let by = word.len() + 1;
            painted.text.insert_str(0, &format!("{word} "));
            painted.styles.iter_mut().for_each(|(part, _)| *part = part.start + by..part.end + by);
            painted.level = Some((level, 0..word.len()));
        }
    }
    painted
}

/// A text without anything that a terminal would obey.
pub fn clean(text: &str) -> String {
    styled::styled(text, TAB, MAX_CHARS).text
}

fn style_of(sgr: &Sgr) -> Style {
    let color = |color: sgr::Color| match color {
        sgr::Color::Indexed(n) => Color::Indexed(n),
        sgr::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    };
    let mut style = Style::new();
    style.fg = sgr.foreground.map(color);
    style.bg = sgr.background.map(color);
    for (on, modifier) in [
        (sgr.bold, Modifier::BOLD),
        (sgr.dim, Modifier::DIM),
        (sgr.italic, Modifier::ITALIC),
        (sgr.underline, Modifier::UNDERLINED),
        (sgr.reverse, Modifier::REVERSED),
        (sgr.strike, Modifier::CROSSED_OUT),
    ] {
        if on {
            style = style.add_modifier(modifier);
        }
    }
    style
}

impl LogView {
    fn shown(&self, line: &Held<'_>, text: &str) -> Shown {
        logs::show(text, line.at, self.options.times != Times::None)
    }

    /// The chosen fields of a structured line as columns before its message; `None` when it has none of them.
    fn cells(&self, line: &Held<'_>, text: &str) -> Option<String> {
        let paths = self.columns_of(line.id.lane())?;
        let mut cells = columns::cells(text, paths);
        for (cell, _) in cells.iter_mut().zip(paths).filter(|(_, path)| *path == columns::LEVEL) {
            *cell = self.level(line).map(|level| level.word().to_owned());
        }
        if cells.iter().all(Option::is_none) {
            return None;
        }
        let mut out = String::new();
        for (cell, column_width) in cells.iter().zip(self.column_widths(paths)) {
            let cell = crate::domain::sanitize::line(cell.as_deref().unwrap_or("·"), 200).into_owned();
            let pad = column_width.saturating_sub(width(&cell).into());
            out.push_str(&cell);
            out.push_str(&" ".repeat(pad + 2));
        }
        // What is said stays: columns stand before it.
        if !paths.iter().any(|path| path == columns::MESSAGE) {
            let message =
                columns::cells(text, &[columns::MESSAGE]).into_iter().flatten().find(|m| !m.is_empty());
            let said = message.unwrap_or_else(|| self.shown(line, text).text);
            out.push_str(&clean(&said));
        }
        Some(out)
    }
}
