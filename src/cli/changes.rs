//! What `--watch` prints: on a terminal the table redrawn in place, elsewhere what has changed since the last
//! time, with `-o json` as events.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::args::Format;
use super::grid::Grid;
use super::listing::{Listing, Row};
use super::{Failure, Session, output};
use crate::domain::filter::{Value, find_field};

/// Prints the difference to what it printed before.
pub(super) struct Printer {
    format: Format,
    pub redraws: bool,
    colored: bool,
    before: BTreeMap<String, Row>,
    /// Lines on the terminal that the next drawing replaces.
    drawn: Vec<String>,
    grid: Option<Grid>,
}

impl Printer {
    /// # Errors
    /// An output format that cannot be watched.
    pub fn new(session: &Session, format: Format) -> Result<Self, Failure> {
        if matches!(format, Format::Yaml | Format::Name) {
            return Err(Failure::Usage("--watch goes with -o table, wide and json".into()));
        }
        Ok(Self {
            format,
            redraws: session.terminal && format != Format::Json,
            colored: session.colored,
            before: BTreeMap::new(),
            drawn: Vec::new(),
            grid: None,
        })
    }

    /// # Errors
    /// The output is gone.
    pub fn print(&mut self, listing: &Listing, out: &mut (dyn Write + Send)) -> io::Result<()> {
        if self.redraws {
            return self.redraw(listing, out);
        }
        let mut gone = std::mem::take(&mut self.before);
        for row in &listing.rows {
            match gone.remove(&row.key) {
                Some(old) if old.json == row.json => {}
                Some(_) => self.event("changed", listing, row, out)?,
                None => self.event("added", listing, row, out)?,
            }
            self.before.insert(row.key.clone(), row.clone());
        }
        for row in gone.into_values() {
            self.event("removed", listing, &row, out)?;
        }
        out.flush()
    }

    fn event(
        &mut self,
        event: &str,
        listing: &Listing,
        row: &Row,
        out: &mut (dyn Write + Send),
    ) -> io::Result<()> {
        if self.format == Format::Json {
            return output::event(event, row, out);
        }
        let wide = self.format == Format::Wide;
        let mut row = row.clone();
        if event == "removed"
            && let Some(state) = find_field(listing.fields, "state").and_then(|i| row.values.get_mut(i))
        {
            *state = Value::Text("removed".into());
        }
        let cells = listing.cells(&row, wide);
        let grid = match &mut self.grid {
            Some(grid) => grid,
            None => {
                let mut grid = Grid::new(listing.columns(wide), self.colored);
                let all: Vec<_> = listing.rows.iter().map(|row| listing.cells(row, wide)).collect();
                grid.fit(&all);
                writeln!(out, "{}", grid.header())?;
                self.grid.insert(grid)
            }
        };
        grid.fit(std::slice::from_ref(&cells));
        writeln!(out, "{}", grid.line(&cells))
    }

    fn redraw(&mut self, listing: &Listing, out: &mut (dyn Write + Send)) -> io::Result<()> {
        let mut lines = output::table(listing, self.format == Format::Wide, self.colored);
        // What has scrolled away cannot be redrawn: the table is cut to the screen.
        let height = crossterm::terminal::size().map_or(24, |(_, rows)| usize::from(rows)).max(3);
        if lines.len() >= height {
            let more = lines.len() - (height - 2);
            lines.truncate(height - 2);
            lines.push(format!("… {more} more"));
        }
        if lines == self.drawn {
            return Ok(());
        }
        // Without wrapping a line is a line, whatever the width.
        let mut frame = String::from("\x1b[?7l");
        if !self.drawn.is_empty() {
            frame += &format!("\x1b[{}A", self.drawn.len());
        }
        for line in &lines {
            frame += &format!("\r{line}\x1b[K\n");
        }
        frame += "\x1b[J\x1b[?7h";
        self.drawn = lines;
        out.write_all(frame.as_bytes())?;
        out.flush()
    }
}
