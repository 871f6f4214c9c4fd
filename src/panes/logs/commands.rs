//! The log pane's rows of the command table. Nothing here changes anything outside of pult.

use crate::command::{
    AppIntent, Args, Availability, Command, Facts, Intent, LogIntent, LogTab, PaneId, PaneIntent, Scope,
};

const fn log(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, Scope::Pane(PaneId::Logs), rank, run)
}

/// There is a line to do something with.
fn line(facts: &Facts) -> Availability {
    if facts.rows > 0 { Availability::Ready } else { Availability::off("there is no line here") }
}

/// Some logs are open.
fn open(facts: &Facts) -> Availability {
    if facts.logs_open { Availability::Ready } else { Availability::off("no log is open; s opens some") }
}

/// The detail has a list with a cursor in it.
fn in_list(facts: &Facts) -> Availability {
    if facts.in_detail {
        Availability::Ready
    } else {
        Availability::off("works on a list beside the lines: F filters, B marks, I sources")
    }
}

macro_rules! intent {
    ($value:ident) => {
        |_, _| Ok(Intent::Pane(PaneIntent::Logs(LogIntent::$value)))
    };
    ($value:ident, $tab:ident) => {
        |_, _| Ok(Intent::Pane(PaneIntent::Logs(LogIntent::$value(LogTab::$tab))))
    };
}

/// The table.
pub static COMMANDS: [Command; 41] = [
    log("logs.search", "Search in the lines", "search", 3, |_, _| Ok(Intent::App(AppIntent::Filter)))
        .when(open),
    log("logs.include", "Only lines with …", "include", 3, intent!(Include)).when(open),
    log("logs.exclude", "Hide lines with …", "exclude", 4, intent!(Exclude)).when(open),
    log("logs.level", "Least level: warn, error, all", "level", 5, intent!(Level)).when(open),
    log("logs.levels", "Which level lines like this one have", "its level", 0, intent!(Levels)).when(open),
    log("logs.pop", "Take the last filter away", "pop", 0, intent!(PopStep)).when(open),
    log("logs.mute", "Hide lines like this one", "mute", 6, intent!(MuteLike)).when(line),
    log("logs.request", "Follow this request: only lines with its id", "request", 7, intent!(Request))
        .when(line),
    log("logs.context", "This line among all lines, and back", "context", 0, intent!(Context)).when(line),
    log("logs.time", "Go to a time", "time", 8, intent!(GoToTime)).when(open),
    log("logs.life_before", "The last words before the last start", "before start", 0, intent!(LifeBefore))
        .when(line),
    log("logs.error_previous", "Previous error", "error before", 0, intent!(PreviousError)).when(line),
    log("logs.error_next", "Next error", "next error", 0, intent!(NextError)).when(line),
    log("logs.mark", "Mark the line for the evidence", "mark", 0, intent!(Mark)).when(line),
    log("logs.note", "Note to the line", "note", 0, intent!(Note)).when(line),
    log("logs.tag", "Tags of the line", "tags", 0, intent!(Tag)).when(line),
    log("logs.export", "Write what is shown to a file", "export", 13, intent!(Export)).when(line),
    log("logs.wrap", "Wrap long lines, or not", "wrap", 14, intent!(Wrap)),
    log("logs.times", "Times: clock, date, age, none", "times", 0, intent!(TimeStyle)),
    log("logs.zone", "Time zone: local, UTC, another one", "zone", 0, intent!(Zone)),
    log("logs.collapse", "Collapse repeated lines, or not", "collapse", 0, intent!(Collapse)),
    log("logs.redact", "Hide secrets in lines, or not", "redact", 0, intent!(Redact)),
    log("logs.histogram", "Levels over time, or not", "histogram", 0, intent!(Histogram)),
    log("logs.sources", "Choose what is read", "sources", 2, intent!(Sources)),
    log("logs.open_file", "Open a file, of a server as PATH@SERVER", "file", 0, intent!(OpenFile)),
    log("logs.open_journal", "Open the journal of this machine", "journal", 0, intent!(OpenJournal)),
    log("logs.open_running", "Open everything that runs", "all", 0, intent!(OpenRunning)),
    log("logs.compare", "Compare two sources, or before and after", "compare", 0, intent!(Compare))
        .when(line),
    log("logs.split", "Another view beside this one, or one again", "split", 0, intent!(Split)),
    log("logs.views", "Kept views", "views", 0, intent!(Views)),
    log("logs.keep_view", "Keep this view under a name", "keep view", 0, intent!(KeepView)).when(open),
    log("logs.line", "The line in full", "line", 0, intent!(Tab, Line)).when(line),
    log("logs.filters", "The filters, one by one", "filters", 0, intent!(Tab, Filters)).when(open),
    log("logs.patterns", "Patterns of lines, what is new", "patterns", 10, intent!(Tab, Patterns)).when(open),
    log("logs.ledger", "Sources: received, shown, lost", "ledger", 0, intent!(Tab, Sources)).when(open),
    log("logs.marks", "Marked lines and notes", "marks", 0, intent!(Tab, Marks)).when(open),
    log("logs.crashes", "Containers that crashed, what was kept of it", "crashes", 0, intent!(Tab, Crashes)),
    log("logs.remove", "Remove what is under the cursor of the list beside", "remove", 0, intent!(Remove))
        .when(in_list),
    log("logs.earlier", "Move the filter to the front", "earlier", 0, intent!(Earlier)).when(in_list),
    log("logs.later", "Move the filter to the back", "later", 0, intent!(Later)).when(in_list),
    log("logs.star", "Record this source on disk, or not", "record", 0, intent!(Star)).when(open),
];
