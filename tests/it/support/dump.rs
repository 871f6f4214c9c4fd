//! A screen as text: its rows, and below them what each stretch of a row looks like, by the theme's own words.

use std::collections::HashMap;
use std::fmt;

use pult::theme::{Role, Theme};
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::{Color, Modifier, Style};

/// Text and looks of a screen.
pub struct Dump {
    pub text: String,
    /// `ROW: FROM..TO look, …` for every row with something but plain text.
    pub styles: String,
}

type Look = (Color, Color, Modifier);

impl Dump {
    pub fn of(buffer: &Buffer, theme: &Theme) -> Self {
        let words = Words::of(theme);
        let mut text = String::new();
        // Rows of the same looks are told once.
        let mut looks: Vec<(usize, usize, String)> = Vec::new();
        for (y, row) in buffer.content.chunks(usize::from(buffer.area.width).max(1)).enumerate() {
            let mut line = String::new();
            let mut skip = 0;
            for cell in row {
                if skip == 0 {
                    line.push_str(cell.symbol());
                    skip = cell.cell_width().max(1);
                }
                skip -= 1;
            }
            text.push_str(line.trim_end());
            text.push('\n');
            let runs = words.runs(row).join(", ");
            match looks.last_mut() {
                Some((_, to, same)) if *same == runs => *to = y,
                _ => looks.push((y, y, runs)),
            }
        }
        let mut styles = String::new();
        for (from, to, runs) in looks.into_iter().filter(|(_, _, runs)| !runs.is_empty()) {
            let rows = if from == to { from.to_string() } else { format!("{from}-{to}") };
            styles.push_str(&format!("{rows:>5}: {runs}\n"));
        }
        Self { text, styles }
    }
}

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}┄┄ styles\n{}", self.text, self.styles)
    }
}

/// The theme's words for the looks of cells.
struct Words {
    of: HashMap<Look, String>,
    plain: Look,
}

impl Words {
    fn of(theme: &Theme) -> Self {
        let mut of = HashMap::new();
        let background = theme.style(Role::Background);
        let dialog = theme.style(Role::DialogBackground);
        let plain = look(&[background]);
        let mut learn = |styles: &[Style], word: String| {
            of.entry(look(styles)).or_insert(word);
        };
        learn(&[background, theme.style(Role::Text)], String::new());
        for role in Role::ALL {
            learn(&[background, theme.style(role)], role.word().to_owned());
        }
        for (focused, name) in [(true, "row"), (false, "row-unfocused")] {
            for role in [Role::Text].into_iter().chain(Role::ALL) {
                let row = theme.selected(Role::Text, focused);
                let styles = [background, row, theme.selected(role, focused)];
                learn(&styles, format!("{name}/{}", role.word()));
            }
        }
        let cursor = theme.style(Role::Input).add_modifier(Modifier::REVERSED);
        learn(&[background, cursor], "input-cursor".to_owned());
        learn(&[dialog, dialog.patch(cursor)], "dialog/input-cursor".to_owned());
        for role in [Role::Text].into_iter().chain(Role::ALL) {
            learn(&[dialog, dialog.patch(theme.style(role))], format!("dialog/{}", role.word()));
            let row = theme.selected(Role::Text, true);
            learn(&[dialog, row, theme.selected(role, true)], format!("dialog-row/{}", role.word()));
        }
        Self { of, plain }
    }

    fn runs(&self, row: &[Cell]) -> Vec<String> {
        let mut runs: Vec<(usize, usize, Look)> = Vec::new();
        for (x, cell) in row.iter().enumerate() {
            let look = (cell.fg, cell.bg, cell.modifier);
            // The colour of a blank is not seen, unless it has a ground or a line of its own.
            let line = Modifier::REVERSED | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
            let unseen =
                cell.symbol().trim().is_empty() && cell.bg == self.plain.1 && !cell.modifier.intersects(line);
            if unseen || self.of.get(&look).is_some_and(String::is_empty) {
                continue;
            }
            match runs.last_mut() {
                Some((_, to, of)) if *of == look && row[*to..x].iter().all(|c| c.symbol() == " ") => {
                    *to = x + 1
                }
                _ => runs.push((x, x + 1, look)),
            }
        }
        runs.iter().map(|(from, to, look)| format!("{from}..{to} {}", self.word(*look))).collect()
    }

    fn word(&self, look: Look) -> String {
        match self.of.get(&look) {
            Some(word) => word.clone(),
            None => format!("{:?} on {:?} {:?}", look.0, look.1, look.2),
        }
    }
}

fn look(styles: &[Style]) -> Look {
    let mut cell = Cell::default();
    for style in styles {
        cell.set_style(*style);
    }
    (cell.fg, cell.bg, cell.modifier)
}
