//! `pult get containers --watch`: every change from now on. On a terminal the table is redrawn in place;
//! elsewhere lines are appended, and with `-o json` each is an event.

use std::collections::{BTreeMap, HashMap};
use std::future::pending;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{join_all, select_all};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::args::{Format, GetArgs};
use super::grid::Grid;
use super::listing::{Listing, Row, View};
use super::{Exit, Failure, Session, containers, engines, output};
use crate::backends::clock;
use crate::backends::docker::{self, Docker};
use crate::domain::docker::DockerHost;
use crate::domain::filter::{Value, find_field};
use crate::domain::ids::ContainerKey;
use crate::domain::remote::Remote;
use crate::domain::usage::Usage;

/// Between two measurements with `--stats`.
const SAMPLE: Duration = Duration::from_secs(2);
/// Between two redraws of the ages on a terminal.
const AGE: Duration = Duration::from_secs(1);

type Picture = watch::Receiver<Remote<DockerHost>>;

/// Runs until it is interrupted or nobody reads any more.
///
/// # Errors
/// An output format that cannot be watched; the output is gone.
pub async fn run(
    session: &Session,
    args: &GetArgs,
    view: &View,
    stats: bool,
    out: &mut (dyn Write + Send),
) -> Result<Exit, Failure> {
    if matches!(args.output, Format::Yaml | Format::Name) {
        return Err(Failure::Usage("--watch goes with -o table, wide and json".into()));
    }
    let clients = engines::open(session)?;
    let (senders, pictures): (Vec<_>, Vec<Picture>) =
        clients.iter().map(|_| watch::channel(Remote::default())).unzip();
    let stop = CancellationToken::new();
    let served = join_all(clients.iter().zip(senders).map(|(client, sender)| {
        docker::serve(client.clone(), sender, Arc::new(Notify::new()), stop.clone())
    }));
    let mut watching =
        Watching { session, args, view, stats, clients: &clients, pictures, usage: HashMap::new() };
    tokio::select! {
        _ = served => Ok(Exit::Done),
        result = watching.print_changes(out) => result,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    }
}

struct Watching<'a> {
    session: &'a Session,
    args: &'a GetArgs,
    view: &'a View,
    stats: bool,
    clients: &'a [Docker],
    pictures: Vec<Picture>,
    usage: HashMap<ContainerKey, Usage>,
}

impl Watching<'_> {
    async fn print_changes(&mut self, out: &mut (dyn Write + Send)) -> Result<Exit, Failure> {
        let mut printer = Printer::new(self);
        let mut lost: Vec<Option<String>> = vec![None; self.pictures.len()];
        loop {
            let listing = self.listing();
            printer.print(&listing, out)?;
            self.say_links(&mut lost);
            if !self.wait(printer.redraws).await {
                return Ok(Exit::Done);
            }
        }
    }

    /// Waits until something may have changed; false when no engine is watched any more.
    async fn wait(&mut self, redraws: bool) -> bool {
        let (clients, stats) = (self.clients, self.stats);
        let hosts: Vec<_> = self.pictures.iter().map(|p| p.borrow().value.clone()).collect();
        let changed = select_all(self.pictures.iter_mut().map(|p| p.changed().boxed()));
        let sampled = async {
            if !stats {
                return pending().await;
            }
            tokio::time::sleep(SAMPLE).await;
            let measured = clients
                .iter()
                .zip(&hosts)
                .filter_map(|(client, host)| Some(containers::measure(client, &host.as_ref()?.containers)));
            join_all(measured).await
        };
        let aged = async { if redraws { tokio::time::sleep(AGE).await } else { pending().await } };
        tokio::select! {
            (changed, ..) = changed => return changed.is_ok(),
            measured = sampled => self.usage = measured.into_iter().flatten().collect(),
            () = aged => {}
        }
        true
    }

    fn listing(&mut self) -> Listing {
        let mut listing = containers::listing(self.stats);
        let now = clock::now();
        for picture in &mut self.pictures {
            let remote = picture.borrow_and_update();
            for container in remote.value.iter().flat_map(|host| &host.containers) {
                listing.rows.push(containers::row(container, self.usage.get(&container.key()), now));
            }
        }
        listing.keep_named(&self.args.names);
        self.view.apply(&mut listing);
        listing
    }

    /// Says on stderr when a link is lost, and for what reason, once.
    fn say_links(&self, lost: &mut [Option<String>]) {
        for ((client, picture), lost) in self.clients.iter().zip(&self.pictures).zip(lost) {
            let fault = picture.borrow().link.fault().map(|f| f.in_full());
            if let Some(why) = fault.as_ref().filter(|why| lost.as_ref() != Some(*why)) {
                self.session.remark(&format!("{}: {why}", client.id()));
            }
            *lost = fault;
        }
    }
}

/// Prints the difference to what it printed before.
struct Printer {
    format: Format,
    redraws: bool,
    colored: bool,
    before: BTreeMap<String, Row>,
    /// Lines on the terminal that the next drawing replaces.
    drawn: Vec<String>,
    grid: Option<Grid>,
}

impl Printer {
    fn new(watching: &Watching<'_>) -> Self {
        let format = watching.args.output;
        Self {
            format,
            redraws: watching.session.terminal && format != Format::Json,
            colored: watching.session.colored,
            before: BTreeMap::new(),
            drawn: Vec::new(),
            grid: None,
        }
    }

    fn print(&mut self, listing: &Listing, out: &mut (dyn Write + Send)) -> io::Result<()> {
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
