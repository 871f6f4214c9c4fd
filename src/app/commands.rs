//! Commands of the application itself, of every list and of dialogs.

use crate::command::{
    AppIntent, Availability, Command, DialogIntent, Facts, HostTab, Intent, Motion, PaneId, PaneIntent, Scope,
};
use crate::domain::trust::Keep;

const fn app(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    run: fn(&Facts, &crate::command::Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, Scope::Global, rank, run)
}

const fn list(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    run: fn(&Facts, &crate::command::Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, Scope::List, rank, run)
}

const fn dialog(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    run: fn(&Facts, &crate::command::Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, Scope::Dialog, 0, run)
}

/// A server's overview has no rows: what would be typed there could not be seen.
fn has_rows(facts: &Facts) -> Availability {
    match (facts.pane, facts.host) {
        (Some(PaneId::Servers), Some(HostTab::Overview)) => {
            Availability::Off("the overview is no list: its tabs are".into())
        }
        _ => Availability::Ready,
    }
}

fn searched(facts: &Facts) -> Availability {
    match facts.pane {
        Some(PaneId::Servers) => Availability::Off("nothing is searched here; / filters".into()),
        _ => Availability::Ready,
    }
}

fn marks(facts: &Facts) -> Availability {
    match facts.pane {
        Some(PaneId::Servers)
            if facts.host.is_some_and(|tab| !matches!(tab, HostTab::Files | HostTab::Checks)) =>
        {
            Availability::Off("the rows of a server cannot be marked yet".into())
        }
        Some(PaneId::Activity) => Availability::Off("what was done cannot be marked".into()),
        Some(PaneId::Compare) => Availability::Off("questions cannot be marked".into()),
        Some(PaneId::Shells) if !facts.shell.as_ref().is_some_and(|shell| shell.browsing) => {
            Availability::Off("a shell is no list; what has scrolled by can be selected".into())
        }
        _ => Availability::Ready,
    }
}

/// Lists of rows that have an order of their own.
fn sorts(facts: &Facts) -> Availability {
    match facts.pane {
        Some(PaneId::Logs) => Availability::Off("lines stand in the order of their times".into()),
        Some(PaneId::Shells) => Availability::Off("a shell has no order".into()),
        _ => Availability::Ready,
    }
}

fn groups(facts: &Facts) -> Availability {
    match facts.pane {
        Some(PaneId::Servers) => Availability::Off("servers have no groups".into()),
        Some(PaneId::Logs) => Availability::Off("lines have no groups; s chooses a project's sources".into()),
        Some(PaneId::Shells) => Availability::Off("shells have no groups".into()),
        Some(PaneId::Compare) => Availability::Off("questions have no groups".into()),
        _ => Availability::Ready,
    }
}

fn marks_many(facts: &Facts) -> Availability {
    match facts.pane {
        Some(PaneId::Logs) => Availability::Off("m marks lines one by one".into()),
        Some(PaneId::Shells) => Availability::Off("space selects from here on".into()),
        _ => marks(facts),
    }
}

fn focuses(facts: &Facts) -> Availability {
    match facts.pane {
        Some(PaneId::Servers) if facts.sides => Availability::Ready,
        Some(PaneId::Activity | PaneId::Servers | PaneId::Shells) => {
            Availability::Off("the detail has nothing to move in".into())
        }
        _ => Availability::Ready,
    }
}

macro_rules! intent {
    ($kind:ident, $value:expr) => {
        |_, _| Ok(Intent::$kind($value))
    };
}

/// The table.
pub static COMMANDS: [Command; 74] = [
    app("app.help", "Help: all keys", "help", 20, intent!(App, AppIntent::Help)),
    app("app.palette", "Command palette", "palette", 0, intent!(App, AppIntent::Palette)),
    app("app.filter", "Filter the list, search the detail", "filter", 10, intent!(App, AppIntent::Filter))
        .when(has_rows),
    app("app.pane.next", "Next pane", "next", 0, intent!(App, AppIntent::NextPane)),
    app("app.pane.previous", "Previous pane", "previous", 0, intent!(App, AppIntent::PreviousPane)),
    app(
        "app.pane.containers",
        "Go to containers",
        "containers",
        0,
        intent!(App, AppIntent::Pane(PaneId::Containers)),
    ),
    app("app.pane.logs", "Go to logs", "logs", 0, intent!(App, AppIntent::Pane(PaneId::Logs))),
    app("app.pane.servers", "Go to servers", "servers", 0, intent!(App, AppIntent::Pane(PaneId::Servers))),
    app(
        "app.pane.activity",
        "Go to activity",
        "activity",
        0,
        intent!(App, AppIntent::Pane(PaneId::Activity)),
    ),
    app("app.pane.shells", "Go to shells", "shells", 0, intent!(App, AppIntent::Pane(PaneId::Shells))),
    app("app.pane.compare", "Go to compare", "compare", 0, intent!(App, AppIntent::Pane(PaneId::Compare))),
    app("app.back", "Jump back", "back", 0, intent!(App, AppIntent::Back)).when(|f| {
        if f.can_go_back { Availability::Ready } else { Availability::off("no place to go back to") }
    }),
    app("app.forward", "Jump forward", "forward", 0, intent!(App, AppIntent::Forward)).when(|f| {
        if f.can_go_forward { Availability::Ready } else { Availability::off("no place to go forward to") }
    }),
    app("app.jobs", "Jobs: what runs and what ended", "jobs", 0, intent!(App, AppIntent::Jobs)),
    app(
        "app.jobs.cancel",
        "Cancel what is not begun of the running jobs",
        "cancel",
        0,
        intent!(App, AppIntent::CancelJob),
    )
    .when(|f| if f.running_jobs > 0 { Availability::Ready } else { Availability::off("no job is running") }),
    app("app.notices", "Notices of this session", "notices", 0, intent!(App, AppIntent::Notices)),
    app(
        "app.last_run",
        "What the last command on servers said",
        "answers",
        0,
        intent!(App, AppIntent::LastRun),
    ),
    app(
        "app.go_on",
        "Start the last command on the servers that wait behind the first one",
        "go on",
        0,
        intent!(App, AppIntent::GoOn),
    )
    .when(|f| if f.run_waits { Availability::Ready } else { Availability::off("no command waits") }),
    app(
        "app.export_run",
        "Write what the last command on servers said to a file",
        "write answers",
        0,
        intent!(App, AppIntent::ExportRun),
    ),
    app(
        "app.reconnect",
        "Try lost connections again now",
        "reconnect",
        0,
        intent!(App, AppIntent::Reconnect),
    )
    .when(|f| {
        if f.lost_targets > 0 { Availability::Ready } else { Availability::off("no connection is lost") }
    }),
    app(
        "app.mouse",
        "Mouse on or off (off: the terminal selects)",
        "mouse",
        0,
        intent!(App, AppIntent::ToggleMouse),
    ),
    app("yank.name", "Copy the name", "copy name", 0, intent!(App, AppIntent::YankName)),
    app("yank.id", "Copy the id", "copy id", 0, intent!(App, AppIntent::YankId)),
    app(
        "yank.command",
        "Copy the equivalent command",
        "copy command",
        0,
        intent!(App, AppIntent::YankCommand),
    ),
    app("yank.line", "Copy the value under the cursor", "copy value", 0, intent!(App, AppIntent::YankLine)),
    app("yank.field", "Copy the field under the cursor", "copy field", 0, intent!(App, AppIntent::YankField)),
    app("app.redraw", "Paint the screen again", "redraw", 0, intent!(App, AppIntent::Redraw)),
    app("app.suspend", "Suspend to the shell", "suspend", 0, intent!(App, AppIntent::Suspend)),
    app("app.quit", "Quit", "quit", 0, intent!(App, AppIntent::Quit)),
    list("list.open", "Open what is under the cursor", "open", 1, intent!(Pane, PaneIntent::Open))
        .when(has_rows),
    list("list.mark", "Mark for bulk actions", "mark", 9, intent!(Pane, PaneIntent::Mark)).when(marks),
    list("list.mark_all", "Mark all shown", "mark all", 0, intent!(Pane, PaneIntent::MarkAll))
        .when(marks_many),
    list("list.mark_invert", "Invert marks", "invert", 0, intent!(Pane, PaneIntent::MarkInvert))
        .when(marks_many),
    list("list.unmark", "Remove all marks", "unmark", 0, intent!(Pane, PaneIntent::Unmark)).when(marks_many),
    list("list.up", "Up", "up", 0, intent!(Pane, PaneIntent::Move(Motion::Up))),
    list("list.down", "Down", "down", 0, intent!(Pane, PaneIntent::Move(Motion::Down))),
    list("list.page_up", "Page up", "page up", 0, intent!(Pane, PaneIntent::Move(Motion::PageUp))),
    list("list.page_down", "Page down", "page down", 0, intent!(Pane, PaneIntent::Move(Motion::PageDown))),
    list("list.half_up", "Half a page up", "half up", 0, intent!(Pane, PaneIntent::Move(Motion::HalfPageUp))),
    list(
        "list.half_down",
        "Half a page down",
        "half down",
        0,
        intent!(Pane, PaneIntent::Move(Motion::HalfPageDown)),
    ),
    list("list.first", "First row", "first", 0, intent!(Pane, PaneIntent::Move(Motion::First))),
    list("list.last", "Last row", "last", 0, intent!(Pane, PaneIntent::Move(Motion::Last))),
    list("list.fold", "Fold", "fold", 0, intent!(Pane, PaneIntent::Fold)),
    list("list.unfold", "Unfold", "unfold", 0, intent!(Pane, PaneIntent::Unfold)),
    list("list.fold_all", "Fold or unfold all", "fold all", 0, intent!(Pane, PaneIntent::FoldAll))
        .when(groups),
    list("list.sort_next", "Sort by the next column", "sort", 0, intent!(Pane, PaneIntent::SortNext))
        .when(sorts),
    list(
        "list.sort_previous",
        "Sort by the previous column",
        "sort",
        0,
        intent!(Pane, PaneIntent::SortPrevious),
    )
    .when(sorts),
    list("list.sort_reverse", "Reverse the order", "reverse", 0, intent!(Pane, PaneIntent::SortReverse))
        .when(sorts),
    list("list.columns", "Choose columns", "columns", 0, intent!(Pane, PaneIntent::ColumnChooser)),
    list("list.group", "Group by project, or not", "group", 0, intent!(Pane, PaneIntent::ToggleGrouping))
        .when(groups),
    list("list.detail", "Show or hide the detail", "detail", 11, intent!(Pane, PaneIntent::ToggleDetail)),
    list("list.zoom", "Zoom the focused half", "zoom", 0, intent!(Pane, PaneIntent::Zoom)),
    list("list.widen", "Widen the list", "widen", 0, intent!(Pane, PaneIntent::Widen)),
    list("list.narrow", "Narrow the list", "narrow", 0, intent!(Pane, PaneIntent::Narrow)),
    list(
        "list.focus",
        "Switch between list and detail, or between two sides",
        "focus",
        12,
        intent!(Pane, PaneIntent::SwitchFocus),
    )
    .when(focuses),
    list("list.tab_next", "Next tab of the detail", "tab", 0, intent!(Pane, PaneIntent::NextTab)),
    list("list.tab_previous", "Previous tab of the detail", "tab", 0, intent!(Pane, PaneIntent::PreviousTab)),
    list(
        "list.clear_filter",
        "Clear the filter, leave the detail",
        "clear",
        0,
        intent!(Pane, PaneIntent::ClearFilter),
    ),
    list("list.reveal", "Reveal masked secrets", "reveal", 0, intent!(Pane, PaneIntent::RevealSecrets)).when(
        |f| {
            if f.has_secrets {
                Availability::Ready
            } else {
                Availability::off("nothing is masked here: open env or inspect")
            }
        },
    ),
    list("list.refresh", "Sort again now", "refresh", 0, intent!(Pane, PaneIntent::Refresh)),
    list("list.match_next", "Next match", "next match", 0, intent!(Pane, PaneIntent::NextMatch))
        .when(searched),
    list(
        "list.match_previous",
        "Previous match",
        "previous match",
        0,
        intent!(Pane, PaneIntent::PreviousMatch),
    )
    .when(searched),
    list("list.follow", "Follow the log, or pause", "follow", 0, intent!(Pane, PaneIntent::ToggleFollow)),
    dialog("dialog.cancel", "Close without doing anything", "cancel", intent!(Dialog, DialogIntent::Cancel)),
    dialog("dialog.accept", "Accept", "accept", intent!(Dialog, DialogIntent::Accept)),
    dialog("dialog.next", "Next field or line", "next", intent!(Dialog, DialogIntent::NextField)),
    dialog(
        "dialog.previous",
        "Previous field or line",
        "previous",
        intent!(Dialog, DialogIntent::PreviousField),
    ),
    dialog("dialog.page_up", "Page up", "page up", intent!(Dialog, DialogIntent::Move(Motion::PageUp))),
    dialog(
        "dialog.page_down",
        "Page down",
        "page down",
        intent!(Dialog, DialogIntent::Move(Motion::PageDown)),
    ),
    dialog("dialog.first", "First line", "first", intent!(Dialog, DialogIntent::Move(Motion::First))),
    Command::plain(
        "host.trust",
        "The server's key is right: write it to known_hosts",
        "trust",
        Scope::HostKey,
        0,
        intent!(Dialog, DialogIntent::Trust(Keep::Written)),
    ),
    Command::plain(
        "host.trust_once",
        "The server's key is right, for this session only",
        "this session only",
        Scope::HostKey,
        0,
        intent!(Dialog, DialogIntent::Trust(Keep::Session)),
    ),
    dialog("dialog.yank", "Copy the equivalent command", "copy", intent!(Dialog, DialogIntent::Yank)),
    dialog(
        "dialog.go_on",
        "Start a command on the servers that wait behind the first one",
        "go on",
        intent!(Dialog, DialogIntent::GoOn),
    ),
];
