//! A log pane with lines in it, as engines would bring them.

use jiff::Timestamp;
use pult::app::{Effect, Msg};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::log::{LogAsk, LogEvent, LogLine, LogSourceId, LogStream};
use pult::theme::{Role, Theme};

use super::Drive;
use super::world::{Make, docker, live, make, one, start};

/// The containers of a project.
pub fn crm() -> Vec<Make> {
    vec![make("crm-api").project("crm", "api"), make("crm-db").project("crm", "db")]
}

/// Two containers of a project, their logs open in the log pane and live.
pub fn opened() -> Drive {
    open(Drive::new(one()))
}

/// The same in a panel that was started in some other way.
pub fn open(mut drive: Drive) -> Drive {
    drive.msg(docker("local", live(crm()))).pass(10.0);
    drive.key("1 g g L");
    answer(&mut drive);
    drive.effects();
    drive
}

/// All logs that are open begin to live.
pub fn answer(drive: &mut Drive) {
    for (stream, _) in drive.open_logs().to_vec() {
        drive.msg(Msg::Log { stream, event: LogEvent::Live });
    }
}

/// A moment so many milliseconds after an hour before the start of the world.
pub fn at(ms: i64) -> Timestamp {
    start() - jiff::SignedDuration::from_hours(1) + jiff::SignedDuration::from_millis(ms)
}

pub fn line(ms: i64, text: &str) -> LogLine {
    LogLine { at: Some(at(ms)), stream: LogStream::Stdout, text: text.into(), cut: false }
}

/// Lines a second apart from a time on, each with its number: `line 7.`.
pub fn numbered(from: i64, count: i64) -> Vec<LogLine> {
    (0..count).map(|i| line(from + i * 1000, &format!("line {i}."))).collect()
}

/// The stream of a container, in the view that was opened last.
pub fn stream_of(drive: &Drive, name: &str) -> u64 {
    let source = LogSourceId::Container(super::world::key(name));
    let found = drive.open_logs().iter().rev().find(|(_, want)| want.key.source == source);
    found.unwrap_or_else(|| panic!("the log of {name} is not read")).0
}

/// Something happens to the log of a container.
pub fn tell(drive: &mut Drive, name: &str, event: LogEvent) {
    let stream = stream_of(drive, name);
    drive.msg(Msg::Log { stream, event });
}

/// Lines of a container come, and the time passes that the merge waits.
pub fn bring(drive: &mut Drive, name: &str, lines: Vec<LogLine>) {
    tell(drive, name, LogEvent::Lines(lines));
    drive.pass(0.3);
}

/// What logs were asked since the last look.
pub fn asks(drive: &mut Drive) -> Vec<LogAsk> {
    let ask = |e: Effect| match e {
        Effect::AskLog { ask, .. } => Some(ask),
        _ => None,
    };
    drive.effects().into_iter().filter_map(ask).collect()
}

/// Files that were written since the last look: their names and what is in them.
pub fn written(drive: &mut Drive) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for effect in drive.effects() {
        let Effect::Write(part) = effect else { continue };
        let text = String::from_utf8(part.bytes).unwrap();
        match files.iter_mut().find(|(path, _)| *path == part.path) {
            Some((_, so_far)) => so_far.push_str(&text),
            None => files.push((part.path, text)),
        }
    }
    files
}

/// What was copied last.
pub fn copied(drive: &mut Drive) -> String {
    let copy = |e: &Effect| match e {
        Effect::Yank { text, .. } => Some(text.clone()),
        _ => None,
    };
    drive.effects().iter().rev().find_map(copy).expect("something is copied")
}

pub fn refusal() -> Fault {
    Fault::new(FaultKind::Conflict, "the log driver none keeps nothing to read")
        .hint("set another log driver")
}

/// Rows of the screen that hold a text.
pub fn shown(drive: &mut Drive, text: &str) -> usize {
    drive.see().lines().filter(|l| l.contains(text)).count()
}

/// The row under the cursor, without its sign.
#[track_caller]
pub fn here(drive: &mut Drive) -> String {
    let row = drive.row("▌");
    row.trim_start_matches('▌').to_owned()
}

/// What stands under the cursor of whatever has the keys.
pub fn selected(drive: &mut Drive) -> String {
    let ground = Theme::default().selected(Role::Text, true).bg;
    let cells = drive.buffer().content.into_iter().filter(|cell| Some(cell.bg) == ground);
    cells.map(|cell| cell.symbol().to_owned()).collect()
}

/// Goes down until the cursor is on a row with a text.
#[track_caller]
pub fn down_to(drive: &mut Drive, text: &str) {
    for _ in 0..50 {
        if selected(drive).contains(text) {
            return;
        }
        drive.key("j");
    }
    panic!("`{text}` is not in the list:\n{}", drive.see());
}
