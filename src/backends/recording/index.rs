//! The index: which recordings there are, what their segments hold, which capsules were made. A convenience of
//! speed; all of it can be read from the files themselves.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, params};

use super::MAKE_ROOM;
use super::shelf::append_to;
use crate::domain::capsule::CapsuleInfo;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::recording::{Recording, Summary};
use crate::logs::recording::SegmentId;

/// The layout below; a later pult may have another.
const VERSION: i64 = 1;
/// A reader and the writer wait for each other this long.
const PATIENCE: Duration = Duration::from_secs(2);

const LAYOUT: &str = "
    BEGIN;
    CREATE TABLE sources (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, life TEXT NOT NULL DEFAULT '');
    CREATE TABLE segments (
        source INTEGER NOT NULL, number INTEGER NOT NULL, first_line INTEGER NOT NULL, lines INTEGER NOT NULL,
        bytes INTEGER NOT NULL, text_bytes INTEGER NOT NULL, first_ns INTEGER, last_ns INTEGER,
        trace INTEGER NOT NULL, debug INTEGER NOT NULL, info INTEGER NOT NULL, warn INTEGER NOT NULL,
        error INTEGER NOT NULL, fatal INTEGER NOT NULL, sha256 TEXT,
        PRIMARY KEY (source, number)) WITHOUT ROWID;
    CREATE TABLE capsules (id TEXT PRIMARY KEY, at_ns INTEGER NOT NULL, bytes INTEGER NOT NULL, info TEXT NOT NULL);
    PRAGMA user_version = 1;
    COMMIT;";

const SEGMENT: &str = "source, number, first_line, lines, bytes, text_bytes, first_ns, last_ns, \
    trace, debug, info, warn, error, fatal, sha256";

/// A segment as indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub id: SegmentId,
    /// The number of its first line, counted from the recording's beginning.
    pub first_line: u64,
    /// The file's size.
    pub bytes: u64,
    pub summary: Summary,
    /// Of the whole file, in hexadecimal digits; `None` while it is written to.
    pub sha256: Option<String>,
}

impl Segment {
    /// The number of the line behind its last one.
    pub fn end(&self) -> u64 {
        self.first_line + self.summary.lines
    }
}

/// A recording as indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub id: i64,
    pub name: String,
    /// The container that was recorded last.
    pub life: String,
}

#[derive(Debug)]
pub(super) struct Index {
    db: Connection,
}

impl Index {
    /// Opens the index for writing and makes it when it is missing. A damaged one is put aside and made anew.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        // SQLite gives the files beside it the same rights.
        drop(append_to(path)?);
        match Self::prepared(path) {
            Err(e) if is_damaged(&e) => {
                tracing::warn!("{} is damaged and is made anew: {e}", path.display());
                let aside = path.with_extension("sqlite.damaged");
                std::fs::rename(path, &aside).map_err(|e| super::refused(path, &e))?;
                for beside in ["sqlite-wal", "sqlite-shm"] {
                    super::shelf::remove(&path.with_extension(beside))?;
                }
                drop(append_to(path)?);
                Self::prepared(path)
            }
            opened => opened,
        }
        .map_err(trouble)?
        .known()
    }

    fn prepared(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(PATIENCE)?;
        // Readers do not wait for the writer, and a commit does not wait for the disk: what a power cut takes
        // from the index is found again in the segments.
        db.pragma_update(None, "journal_mode", "wal")?;
        db.pragma_update(None, "synchronous", "normal")?;
        if version(&db)? == 0 {
            db.execute_batch(LAYOUT)?;
        }
        let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(rusqlite::Error::InvalidColumnType(0, verdict, Type::Text));
        }
        Ok(Self { db })
    }

    /// Opens the index for reading; `None` when nothing was recorded yet.
    pub fn open_to_read(path: &Path) -> Result<Option<Self>, Fault> {
        if !path.is_file() {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(trouble)?;
        db.busy_timeout(PATIENCE).map_err(trouble)?;
        if version(&db).map_err(trouble)? == 0 {
            return Ok(None);
        }
        Self { db }.known().map(Some)
    }

    fn known(self) -> Result<Self, Fault> {
        match version(&self.db).map_err(trouble)? {
            VERSION => Ok(self),
            other => Err(Fault::new(
                FaultKind::Unsupported,
                format!("the recordings have layout {other}; this pult knows {VERSION}"),
            )
            .hint("update pult")),
        }
    }

    pub fn sources(&self) -> Result<Vec<Source>, Fault> {
        self.all("SELECT id, name, life FROM sources ORDER BY id", [], source)
    }

    pub fn source(&self, name: &str) -> Result<Option<Source>, Fault> {
        let found = self.db.query_row("SELECT id, name, life FROM sources WHERE name = ?1", [name], source);
        found.optional().map_err(trouble)
    }

    /// A new recording; `id` is given when its segments are there already.
    pub fn add_source(&self, id: Option<i64>, name: &str) -> Result<Source, Fault> {
        let added = self.db.execute("INSERT INTO sources (id, name) VALUES (?1, ?2)", params![id, name]);
        added.map_err(trouble)?;
        Ok(Source { id: self.db.last_insert_rowid(), name: name.to_owned(), life: String::new() })
    }

    pub fn set_life(&self, id: i64, life: &str) -> Result<(), Fault> {
        let set = self.db.execute("UPDATE sources SET life = ?2 WHERE id = ?1", params![id, life]);
        set.map(drop).map_err(trouble)
    }

    /// Recordings of which nothing is left are forgotten.
    pub fn forget_empty(&self) -> Result<(), Fault> {
        let sql = "DELETE FROM sources WHERE id NOT IN (SELECT source FROM segments)";
        self.db.execute(sql, []).map(drop).map_err(trouble)
    }

    /// All segments, or those of one recording, in order.
    pub fn segments(&self, source: Option<i64>) -> Result<Vec<Segment>, Fault> {
        let sql =
            format!("SELECT {SEGMENT} FROM segments WHERE ?1 IS NULL OR source = ?1 ORDER BY source, number");
        self.all(&sql, [source], segment)
    }

    /// Every recording in sum, by name.
    pub fn recordings(&self) -> Result<Vec<Recording>, Fault> {
        let sql = "SELECT name, SUM(lines), SUM(bytes), SUM(text_bytes), MIN(first_ns), MAX(last_ns), SUM(trace), \
            SUM(debug), SUM(info), SUM(warn), SUM(error), SUM(fatal), COUNT(*) \
            FROM segments JOIN sources ON id = source GROUP BY source ORDER BY name";
        self.all(sql, [], |row| {
            let name: String = row.get(0)?;
            let summary = Summary {
                lines: row.get(1)?,
                text_bytes: row.get(3)?,
                first: time(row.get(4)?),
                last: time(row.get(5)?),
                levels: levels(row, 6)?,
            };
            Ok(Recording { name: name.into(), summary, bytes: row.get(2)?, segments: row.get(12)? })
        })
    }

    /// Takes over what was written and what was dropped, whole or not at all.
    pub fn commit(&mut self, written: &[Segment], dropped: &[SegmentId]) -> Result<(), Fault> {
        let put = format!(
            "INSERT OR REPLACE INTO segments ({SEGMENT}) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
        );
        let mut all = || -> rusqlite::Result<()> {
            let transaction = self.db.transaction()?;
            let mut insert = transaction.prepare(&put)?;
            for s in written {
                let [trace, debug, info, warn, error, fatal] = s.summary.levels;
                let (first, last) = (nanoseconds(s.summary.first), nanoseconds(s.summary.last));
                insert.execute(params![
                    s.id.source,
                    s.id.number,
                    s.first_line,
                    s.summary.lines,
                    s.bytes,
                    s.summary.text_bytes,
                    first,
                    last,
                    trace,
                    debug,
                    info,
                    warn,
                    error,
                    fatal,
                    s.sha256,
                ])?;
            }
            let mut delete = transaction.prepare("DELETE FROM segments WHERE source = ?1 AND number = ?2")?;
            for id in dropped {
                delete.execute(params![id.source, id.number])?;
            }
            drop((insert, delete));
            transaction.commit()
        };
        all().map_err(trouble)
    }

    /// All capsules, the newest first.
    pub fn capsules(&self) -> Result<Vec<(CapsuleInfo, u64)>, Fault> {
        self.all("SELECT info, bytes FROM capsules ORDER BY at_ns DESC, id DESC", [], |row| {
            let info: String = row.get(0)?;
            let info = serde_json::from_str(&info);
            let failed = |e| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(e));
            Ok((info.map_err(failed)?, row.get(1)?))
        })
    }

    pub fn put_capsule(&self, info: &CapsuleInfo, bytes: u64) -> Result<(), Fault> {
        let text = serde_json::to_string(info).unwrap_or_default();
        let sql = "INSERT OR REPLACE INTO capsules (id, at_ns, bytes, info) VALUES (?1, ?2, ?3, ?4)";
        let put = self.db.execute(sql, params![info.id, nanoseconds(Some(info.at)), bytes, text]);
        put.map(drop).map_err(trouble)
    }

    pub fn drop_capsule(&self, id: &str) -> Result<(), Fault> {
        self.db.execute("DELETE FROM capsules WHERE id = ?1", [id]).map(drop).map_err(trouble)
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnMut(&Row) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Fault> {
        let rows = || self.db.prepare(sql)?.query_map(params, read)?.collect::<rusqlite::Result<_>>();
        rows().map_err(trouble)
    }
}

fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn source(row: &Row) -> rusqlite::Result<Source> {
    Ok(Source { id: row.get(0)?, name: row.get(1)?, life: row.get(2)? })
}

fn segment(row: &Row) -> rusqlite::Result<Segment> {
    Ok(Segment {
        id: SegmentId { source: row.get(0)?, number: row.get(1)? },
        first_line: row.get(2)?,
        bytes: row.get(4)?,
        summary: Summary {
            lines: row.get(3)?,
            text_bytes: row.get(5)?,
            first: time(row.get(6)?),
            last: time(row.get(7)?),
            levels: levels(row, 8)?,
        },
        sha256: row.get(14)?,
    })
}

fn levels(row: &Row, from: usize) -> rusqlite::Result<[u64; 6]> {
    let mut levels = [0; 6];
    for (i, level) in levels.iter_mut().enumerate() {
        *level = row.get(from + i)?;
    }
    Ok(levels)
}

fn time(ns: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_nanosecond(i128::from(ns?)).ok()
}

fn nanoseconds(at: Option<Timestamp>) -> Option<i64> {
    i64::try_from(at?.as_nanosecond()).ok()
}

fn is_damaged(e: &rusqlite::Error) -> bool {
    matches!(e.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        || matches!(e, rusqlite::Error::InvalidColumnType(..))
}

fn trouble(e: rusqlite::Error) -> Fault {
    let fault = Fault::new(FaultKind::Failed, format!("the index of the recordings: {e}"));
    match e.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => fault.hint(MAKE_ROOM),
        _ => fault,
    }
}
