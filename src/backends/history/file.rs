//! The file: where it lies, how it is made and opened, and what can be said of it when it does not let us.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::domain::fault::{Fault, FaultKind};

/// The layout below; a later pult may have another.
const VERSION: i64 = 1;
/// Two that write wait for each other this long.
const PATIENCE: Duration = Duration::from_secs(2);

/// Figures are whole numbers, shares in tenths of a per cent: so a point takes some 30 bytes.
const LAYOUT: &str = "
    BEGIN;
    CREATE TABLE servers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE minutes (
        server INTEGER NOT NULL, at INTEGER NOT NULL, cpu INTEGER, memory INTEGER, load INTEGER,
        io_stall INTEGER, rx INTEGER, tx INTEGER, disk INTEGER, PRIMARY KEY (server, at)) WITHOUT ROWID;
    CREATE TABLE quarters (
        server INTEGER NOT NULL, at INTEGER NOT NULL, cpu INTEGER, memory INTEGER, load INTEGER,
        io_stall INTEGER, rx INTEGER, tx INTEGER, disk INTEGER, PRIMARY KEY (server, at)) WITHOUT ROWID;
    CREATE TABLE events (
        server INTEGER NOT NULL, since_ns INTEGER NOT NULL, metric TEXT NOT NULL, what TEXT NOT NULL,
        crossing TEXT NOT NULL, PRIMARY KEY (since_ns, server, metric, what)) WITHOUT ROWID;
    PRAGMA user_version = 1;
    COMMIT;";

pub fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("history.sqlite")
}

/// Opens the file and makes it when it is missing. A damaged one is put aside: then the second is what to tell.
pub fn open(state_dir: &Path) -> Result<(Connection, Option<String>), Fault> {
    let path = path(state_dir);
    let mut remark = None;
    DirBuilder::new().recursive(true).mode(0o700).create(state_dir).map_err(|e| refused(state_dir, &e))?;
    touch(&path)?;
    let db = match prepared(&path) {
        Err(e) if is_damaged(&e) => {
            let aside = path.with_extension("sqlite.damaged");
            std::fs::rename(&path, &aside).map_err(|e| refused(&path, &e))?;
            for beside in ["sqlite-wal", "sqlite-shm"] {
                // They belong to the file that is gone; most often there are none.
                let _ = std::fs::remove_file(path.with_extension(beside));
            }
            let text = format!(
                "the history of servers was damaged ({e}) and is begun anew; the old file is {}",
                aside.display()
            );
            remark = Some(text);
            touch(&path)?;
            prepared(&path)
        }
        opened => opened,
    };
    let db = db.map_err(|e| trouble(&path, &e))?;
    match version(&db).map_err(|e| trouble(&path, &e))? {
        VERSION => Ok((db, remark)),
        other => Err(Fault::new(
            FaultKind::Unsupported,
            format!("{} has layout {other}; this pult knows {VERSION}", path.display()),
        )
        .hint("update pult")),
    }
}

/// For the user alone; SQLite gives the files beside it the same rights.
fn touch(path: &Path) -> Result<(), Fault> {
    let made = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    made.map(drop).map_err(|e| refused(path, &e))
}

fn prepared(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(PATIENCE)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    // A power cut may take the last minute.
    db.pragma_update(None, "synchronous", "normal")?;
    if version(&db)? == 0 {
        db.execute_batch(LAYOUT)?;
    }
    let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(rusqlite::Error::InvalidColumnType(0, verdict, Type::Text));
    }
    Ok(db)
}

fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn is_damaged(e: &rusqlite::Error) -> bool {
    matches!(e.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        || matches!(e, rusqlite::Error::InvalidColumnType(..))
}

fn refused(path: &Path, e: &io::Error) -> Fault {
    let kind = match e.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => FaultKind::Denied,
        _ => FaultKind::Failed,
    };
    Fault::new(kind, format!("the history of servers: {}: {e}", path.display()))
}

pub fn trouble(path: &Path, e: &rusqlite::Error) -> Fault {
    let fault = Fault::new(FaultKind::Failed, format!("the history of servers: {}: {e}", path.display()));
    match e.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            fault.hint("another program holds it; it is tried again every minute")
        }
        Some(ErrorCode::DiskFull) => fault.hint("make room; it goes on by itself then"),
        _ => fault,
    }
}
