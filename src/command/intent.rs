//! What a command wants to happen. Panes and the application carry it out; nothing here acts.

use crate::domain::mutation::Mutation;
use crate::domain::server::edit::Edit;
use crate::domain::trust::Keep;

use super::{ObjectKind, PaneId};

/// The result of running a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// Changes at targets: they go through the gate, and nothing else can be done with them.
    Propose(Vec<Mutation>),
    /// To be edited by the person's own editor; what comes of it goes through the gate.
    Edit(Edit),
    Pane(PaneIntent),
    App(AppIntent),
    Dialog(DialogIntent),
}

/// Cursor movement in lists, trees and texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    Up,
    Down,
    PageUp,
    PageDown,
    HalfPageUp,
    HalfPageDown,
    First,
    Last,
}

impl Motion {
    /// How many rows down (up: negative) this goes in a list of `len` rows of which `page` are shown. A page
    /// keeps one row in sight; the ends are reached by going further than the list is long.
    pub fn rows(self, len: usize, page: usize) -> isize {
        let (half, full) = ((page / 2).max(1) as isize, page.max(2) as isize - 1);
        match self {
            Self::Up => -1,
            Self::Down => 1,
            Self::HalfPageUp => -half,
            Self::HalfPageDown => half,
            Self::PageUp => -full,
            Self::PageDown => full,
            Self::First => -(len as isize),
            Self::Last => len as isize,
        }
    }
}

/// What a pane can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaneIntent {
    Move(Motion),
    /// Enter: open, fold or unfold what is under the cursor.
    Open,
    /// Left: fold, or go to the parent.
    Fold,
    /// Right: unfold, or go inside.
    Unfold,
    FoldAll,
    /// Mark or unmark the row and go down.
    Mark,
    MarkAll,
    MarkInvert,
    Unmark,
    SortNext,
    SortPrevious,
    SortReverse,
    ColumnChooser,
    ToggleGrouping,
    /// Show or hide the detail side.
    ToggleDetail,
    Zoom,
    /// Move the border between list and detail.
    Widen,
    Narrow,
    /// Move the focus between list and detail.
    SwitchFocus,
    NextTab,
    PreviousTab,
    ClearFilter,
    RevealSecrets,
    Refresh,
    NextMatch,
    PreviousMatch,
    ToggleFollow,
    /// Read the logs of what is marked or under the cursor in the log pane.
    OpenLogs,
    /// Dial the server under the cursor, or hang up there.
    Connect,
    Disconnect,
    Logs(LogIntent),
    Server(ServerIntent),
    Shell(ShellIntent),
    Compare(CompareIntent),
}

/// What only the shells pane can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellIntent {
    Next,
    Previous,
    /// Look through what has scrolled by, or go back to the present.
    Browse,
    /// Hang up; a shell that has ended goes from the list.
    Close,
    /// Back to the pane before.
    Leave,
    /// Type the escape key itself.
    Escape,
}

/// What only the compare pane can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareIntent {
    NextDifference,
    PreviousDifference,
    /// A file to compare.
    File,
    /// A command to run on all of them.
    Run,
    Export,
    /// Back to the pane before.
    Leave,
}

/// What only the servers pane can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerIntent {
    /// Open the server under the cursor, or turn to this tab of the one that is open.
    Show(HostTab),
    /// Processes below their parents, or flat.
    Tree,
    /// To the container, the unit or the process that what is under the cursor belongs to.
    Owner,
    /// Ask every server about the address under the cursor.
    Trace,
    /// How far back the charts of the server go.
    Span,
    /// A file of the server, in the log pane.
    OpenFile,
    /// Ask the checks that are chosen now.
    AskChecks,
    /// What differs between servers, in the compare pane.
    Compare,
    /// This machine's files beside those of the server, or these alone.
    Sides,
}

/// The views of one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostTab {
    Overview,
    Processes,
    Units,
    Ports,
    Firewall,
    Bans,
    Disks,
    Network,
    Updates,
    Users,
    Cron,
    Certificates,
    Backups,
    Checks,
    Files,
}

impl HostTab {
    /// In the order of the tabs.
    pub const ALL: [Self; 15] = [
        Self::Overview,
        Self::Processes,
        Self::Units,
        Self::Ports,
        Self::Firewall,
        Self::Bans,
        Self::Disks,
        Self::Network,
        Self::Updates,
        Self::Users,
        Self::Cron,
        Self::Certificates,
        Self::Backups,
        Self::Checks,
        Self::Files,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Processes => "processes",
            Self::Units => "units",
            Self::Ports => "ports",
            Self::Firewall => "firewall",
            Self::Bans => "bans",
            Self::Disks => "disks",
            Self::Network => "network",
            Self::Updates => "updates",
            Self::Users => "users",
            Self::Cron => "cron",
            Self::Certificates => "certificates",
            Self::Backups => "backups",
            Self::Checks => "checks",
            Self::Files => "files",
        }
    }

    /// What its rows are, if they can be acted on.
    pub fn kind(self) -> Option<ObjectKind> {
        match self {
            Self::Overview
            | Self::Disks
            | Self::Network
            | Self::Users
            | Self::Cron
            | Self::Certificates
            | Self::Backups => None,
            Self::Processes => Some(ObjectKind::Process),
            Self::Units => Some(ObjectKind::Unit),
            Self::Ports => Some(ObjectKind::Port),
            Self::Firewall => Some(ObjectKind::Rule),
            Self::Bans => Some(ObjectKind::Ban),
            Self::Updates => Some(ObjectKind::Package),
            Self::Checks => Some(ObjectKind::Check),
            Self::Files => Some(ObjectKind::File),
        }
    }
}

/// What only the log pane can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogIntent {
    /// Type a step of the filter.
    Include,
    Exclude,
    /// The next least level: warn, error, all.
    Level,
    /// Take the last step of the filter away.
    PopStep,
    /// Say which level lines like the one under the cursor have.
    Levels,
    /// Hide lines like the one under the cursor.
    MuteLike,
    /// Only the lines with the id under the cursor, of all sources.
    Request,
    /// Show the line under the cursor among all its neighbours, or go back to the filter.
    Context,
    GoToTime,
    /// To the last words of the container's life before its last start.
    LifeBefore,
    PreviousError,
    NextError,
    Mark,
    Note,
    Tag,
    Export,
    Wrap,
    TimeStyle,
    /// Choose the time zone.
    Zone,
    Collapse,
    Redact,
    Histogram,
    Sources,
    OpenFile,
    OpenJournal,
    OpenRunning,
    Compare,
    Split,
    Views,
    KeepView,
    /// Show this tab of the detail, or close it.
    Tab(LogTab),
    /// Take what is under the cursor of the detail away.
    Remove,
    /// Move what is under the cursor of the detail.
    Earlier,
    Later,
    /// Star what is under the cursor: its lines are recorded.
    Star,
}

/// The tabs of the log pane's detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTab {
    Line,
    Filters,
    Patterns,
    Sources,
    Marks,
    Compare,
    Crashes,
}

/// What the application can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppIntent {
    Quit,
    Suspend,
    Help,
    Palette,
    Filter,
    Search,
    Pane(PaneId),
    NextPane,
    PreviousPane,
    Back,
    Forward,
    ToggleMouse,
    YankName,
    YankId,
    YankCommand,
    YankLine,
    YankField,
    Jobs,
    CancelJob,
    Notices,
    /// What the last command on servers said.
    LastRun,
    /// Start it on the servers that wait behind the first one.
    GoOn,
    /// Write what it said to a file.
    ExportRun,
    Reconnect,
    Redraw,
}

/// What an open dialog can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialogIntent {
    Cancel,
    Accept,
    NextField,
    PreviousField,
    Move(Motion),
    Yank,
    /// Start a command on the servers that wait behind the first one.
    GoOn,
    /// Take a server's key for the right one: written down, or for this session.
    Trust(Keep),
}
