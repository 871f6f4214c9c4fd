//! What a pane asks the person for, and what it hands over to be written.

/// A line of text that a pane asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// A step of the log filter; another one when the number says which is changed.
    LogStep(Option<usize>),
    /// A moment to go to.
    LogTime,
    /// A time zone.
    LogZone,
    /// A note to the line under the cursor.
    LogNote,
    /// Tags of the line under the cursor.
    LogTags,
    /// A file to read.
    LogFile,
    /// A file of the server to read.
    ServerFile,
    /// A file to compare between servers.
    CompareFile,
    /// Where a comparison is written to.
    CompareExport,
    /// Where the answers to a command are written to.
    RunExport,
    /// Where lines are written to.
    LogExport,
    /// The name of a view to keep.
    LogView,
}

impl Prompt {
    /// What stands before the field.
    pub fn label(self) -> &'static str {
        match self {
            Self::LogStep(_) => "filter",
            Self::LogTime => "go to",
            Self::LogZone => "time zone",
            Self::LogNote => "note",
            Self::LogTags => "tags",
            Self::LogFile => "open file",
            Self::ServerFile => "open file there",
            Self::CompareFile => "compare file",
            Self::CompareExport | Self::RunExport => "write to",
            Self::LogExport => "write to",
            Self::LogView => "keep view as",
        }
    }

    /// Examples, shown while the field is empty.
    pub fn hint(self) -> &'static str {
        match self {
            Self::LogStep(_) => {
                "timeout  -health  level:error or status>=500  source:db  path~^/api  /regex/"
            }
            Self::LogTime => "14:02   -15m   yesterday 9:00   2026-11-21 14:02:31",
            Self::LogZone => "Europe/Berlin   new york   +02:00   utc   local",
            Self::LogNote => "kept with the line in the evidence",
            Self::LogTags => "words, such as: cause customer-7   (the filter mark:cause shows its lines)",
            Self::LogFile => "/var/log/syslog   /var/log/syslog@SERVER",
            Self::ServerFile => "/var/log/syslog",
            Self::CompareFile => "/etc/nginx/nginx.conf",
            Self::CompareExport => "fleet.txt   fleet.jsonl",
            Self::RunExport => "answers.txt   answers.jsonl",
            Self::LogExport => "incident.jsonl   incident.txt   incident.md is the evidence of marked lines",
            Self::LogView => "a name",
        }
    }
}

/// A list that a pane asks to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chooser {
    Columns,
    LogSources,
    LogColumns,
    LogLevels,
    LogZone,
    LogViews,
    LogCompare,
    /// What becomes of several lines from the clipboard.
    Paste,
}

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub what: Chooser,
    pub title: &'static str,
    pub items: Vec<ChoiceItem>,
    /// Any number of items can be on, else exactly one is taken.
    pub many: bool,
    /// At least one has to stay on.
    pub keep_one: bool,
}

impl Choice {
    /// Which columns a list shows: the id, the title and whether it is shown, of each there is.
    pub fn columns<'a>(all: impl Iterator<Item = (&'a str, &'a str, bool)>) -> Self {
        let item = |(id, title, on): (&str, &str, bool)| ChoiceItem {
            id: id.to_owned(),
            title: title.to_owned(),
            note: id.to_owned(),
            on,
        };
        let (what, items) = (Chooser::Columns, all.map(item).collect());
        Self { what, title: "Columns", items, many: true, keep_one: true }
    }
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceItem {
    pub id: String,
    pub title: String,
    /// What stands behind the title, dimmed.
    pub note: String,
    pub on: bool,
}

/// A text to read in a dialog, line by line. Sanitised by whoever draws it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub title: String,
    pub lines: Vec<String>,
}

/// A part of a file to be written. Files are made with the rights of their owner only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// One number for all parts of a file.
    pub number: u64,
    pub path: String,
    pub bytes: Vec<u8>,
    pub first: bool,
    pub last: bool,
    /// What was written, for the notice at the end: `1,204 lines`.
    pub what: String,
    /// What the audit says of it; `None` when another file's record speaks for this one too.
    pub record: Option<FileRecord>,
}

/// How a file came about, for the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// The registry's id of the command.
    pub command: &'static str,
    /// The command line that shows the same.
    pub equivalent: String,
    /// Secrets in it are masked.
    pub redacted: bool,
}
