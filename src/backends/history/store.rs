//! What is put into the file and read from it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction, params};

use super::file;
use crate::domain::fault::Fault;
use crate::domain::ids::TargetId;
use crate::domain::server::trend::{MINUTE_S, QUARTER_S};
use crate::domain::server::{Crossing, Point, ServerEvent, Span};

/// Minutes are kept for a day, and for the quarter of an hour that is not full yet.
const MINUTES_S: i64 = 86_400 + QUARTER_S;
/// Quarters of an hour, and events, for a month.
const MONTH_S: i64 = 31 * 86_400;
/// Events kept.
const MAX_EVENTS: i64 = 5000;
/// How many stored units one of a figure is, in the order of [`Point::figures`].
const SCALES: [f32; Point::FIGURES] = [10.0, 10.0, 100.0, 10.0, 1.0, 1.0, 10.0];

/// The open file.
pub struct Store {
    db: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the file in the state directory and makes it when it is missing; the second is what to tell of it.
    ///
    /// # Errors
    /// It cannot be opened, is locked, or a later pult has made it.
    pub fn open(state_dir: &Path) -> Result<(Self, Option<String>), Fault> {
        let (db, remark) = file::open(state_dir)?;
        Ok((Self { db, path: file::path(state_dir) }, remark))
    }

    /// True when there is something to be read.
    pub fn is_there(state_dir: &Path) -> bool {
        file::path(state_dir).is_file()
    }

    /// Takes minutes over, makes the quarters of an hour of them, and drops what is too old. Whole or not at all.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn add(&mut self, minutes: &[(TargetId, Point)], now: Timestamp) -> Result<(), Fault> {
        let all = |db: &mut Connection| -> rusqlite::Result<()> {
            let transaction = db.transaction()?;
            for (target, point) in minutes {
                add(&transaction, target, point)?;
            }
            let now = now.as_second();
            transaction.execute("DELETE FROM minutes WHERE at < ?1", [(now - MINUTES_S) / MINUTE_S])?;
            transaction.execute("DELETE FROM quarters WHERE at < ?1", [(now - MONTH_S) / QUARTER_S])?;
            transaction.commit()
        };
        all(&mut self.db).map_err(|e| file::trouble(&self.path, &e))
    }

    /// The past of a server, oldest first.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn points(&self, target: &TargetId, span: Span, now: Timestamp) -> Result<Vec<Point>, Fault> {
        let step = if span == Span::Month { QUARTER_S } else { MINUTE_S };
        let table = if span == Span::Month { "quarters" } else { "minutes" };
        let sql = format!(
            "SELECT at, cpu, memory, load, io_stall, rx, tx, disk FROM {table} \
             WHERE server = (SELECT id FROM servers WHERE name = ?1) AND at >= ?2 ORDER BY at"
        );
        let from = (now.as_second() - span.seconds()) / step;
        let rows = || -> rusqlite::Result<Vec<Point>> {
            self.db.prepare(&sql)?.query_map(params![&*target.name, from], |row| point(row, step))?.collect()
        };
        rows().map_err(|e| file::trouble(&self.path, &e))
    }

    /// Keeps an event, or what became of it.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn remember(&mut self, event: &ServerEvent, now: Timestamp) -> Result<(), Fault> {
        let crossing = &event.crossing;
        let text = serde_json::to_string(crossing).unwrap_or_default();
        let metric = crossing.metric.word();
        let all = |db: &mut Connection| -> rusqlite::Result<()> {
            let transaction = db.transaction()?;
            let server = server(&transaction, &event.target)?;
            let since = nanoseconds(crossing.since);
            transaction.execute(
                "INSERT OR REPLACE INTO events (server, since_ns, metric, what, crossing) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![server, since, metric, crossing.what, text],
            )?;
            let old = nanoseconds(now) - MONTH_S * 1_000_000_000;
            transaction.execute("DELETE FROM events WHERE since_ns < ?1", [old])?;
            transaction.execute(
                "DELETE FROM events WHERE since_ns <= \
                 (SELECT since_ns FROM events ORDER BY since_ns DESC LIMIT 1 OFFSET ?1)",
                [MAX_EVENTS],
            )?;
            transaction.commit()
        };
        all(&mut self.db).map_err(|e| file::trouble(&self.path, &e))
    }

    /// The last events, oldest first. What cannot be read any more is left out.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn events(&self, most: u32) -> Result<Vec<ServerEvent>, Fault> {
        let sql =
            "SELECT name, crossing FROM events JOIN servers ON id = server ORDER BY since_ns DESC LIMIT ?1";
        let rows = || -> rusqlite::Result<Vec<(String, String)>> {
            self.db.prepare(sql)?.query_map([most], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let rows = rows().map_err(|e| file::trouble(&self.path, &e))?;
        let event = |(name, text): (String, String)| {
            let crossing: Crossing = serde_json::from_str(&text).ok()?;
            Some(ServerEvent { target: TargetId::server(&name), crossing })
        };
        Ok(rows.into_iter().rev().filter_map(event).collect())
    }
}

fn server(db: &Transaction, target: &TargetId) -> rusqlite::Result<i64> {
    db.execute("INSERT OR IGNORE INTO servers (name) VALUES (?1)", [&*target.name])?;
    db.query_row("SELECT id FROM servers WHERE name = ?1", [&*target.name], |row| row.get(0))
}

fn add(db: &Transaction, target: &TargetId, point: &Point) -> rusqlite::Result<()> {
    let server = server(db, target)?;
    let minute = point.at.as_second().div_euclid(MINUTE_S);
    let mut figures = point.figures().into_iter().zip(SCALES).map(|(figure, scale)| {
        // Numbers that are none become 0 by the cast; they are not stored.
        figure.is_finite().then(|| (figure * scale).round() as i64)
    });
    let mut next = || figures.next().flatten();
    db.prepare("INSERT OR REPLACE INTO minutes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute(params![server, minute, next(), next(), next(), next(), next(), next(), next()])?;
    let quarter = point.at.as_second().div_euclid(QUARTER_S);
    let minutes = QUARTER_S / MINUTE_S;
    let mean = |column: &str| format!("CAST(ROUND(AVG({column})) AS INTEGER)");
    let means = ["cpu", "memory", "load", "io_stall", "rx", "tx", "disk"].map(mean).join(", ");
    let sql = format!(
        "INSERT OR REPLACE INTO quarters SELECT ?1, ?2, {means} FROM minutes \
         WHERE server = ?1 AND at >= ?3 AND at < ?4"
    );
    db.prepare(&sql)?.execute([server, quarter, quarter * minutes, (quarter + 1) * minutes])?;
    Ok(())
}

fn point(row: &Row, step: i64) -> rusqlite::Result<Point> {
    let at: i64 = row.get(0)?;
    let mut figures = [f32::NAN; Point::FIGURES];
    for (i, figure) in figures.iter_mut().enumerate() {
        if let Some(stored) = row.get::<_, Option<i64>>(i + 1)? {
            *figure = stored as f32 / SCALES[i];
        }
    }
    let at = Timestamp::from_second(at.saturating_mul(step)).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Point::new(at, figures))
}

fn nanoseconds(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap_or(i64::MAX)
}
