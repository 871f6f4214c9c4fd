//! The one table row behind every key, footer entry, help line, palette entry, mouse button, `pult keys`
//! line and audit verb.
//!
//! Panes own slices of [`Command`]; `app::registry` concatenates them. A command decides from plain
//! [`Facts`] whether it is available (with the reason when not) and what it intends. It does nothing itself.

mod args;
mod facts;
mod intent;
mod subject;

pub use args::{ArgKind, ArgSpec, Args};
pub use facts::{Facts, ServerFacts, ShellFacts};
pub use intent::{
    AppIntent, CompareIntent, DialogIntent, HostTab, Intent, LogIntent, LogTab, Motion, PaneIntent,
    ServerIntent, ShellIntent,
};
pub use subject::{Object, ObjectKind, Subject};

use crate::domain::mutation::Danger;

/// The panes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PaneId {
    Containers,
    Logs,
    Servers,
    Activity,
    Shells,
    Compare,
}

impl PaneId {
    /// In the order of the tabs.
    pub const ALL: [PaneId; 6] =
        [Self::Containers, Self::Logs, Self::Servers, Self::Activity, Self::Shells, Self::Compare];

    /// The word for `--pane`, keymap sections and the state file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Containers => "containers",
            Self::Logs => "logs",
            Self::Servers => "servers",
            Self::Activity => "activity",
            Self::Shells => "shells",
            Self::Compare => "compare",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Containers => "Containers",
            Self::Logs => "Logs",
            Self::Servers => "Servers",
            Self::Activity => "Activity",
            Self::Shells => "Shells",
            Self::Compare => "Compare",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.word() == word)
    }
}

/// Where a command's keys are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    Global,
    /// Any list pane: movement, marks, filter, sort.
    List,
    Pane(PaneId),
    /// Any dialog, the palette and the help.
    Dialog,
    /// The question whether a server's key is right, before [`Self::Dialog`].
    HostKey,
}

impl Scope {
    /// The name of the section in a keymap file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::List => "list",
            Self::Pane(pane) => pane.word(),
            Self::Dialog => "dialog",
            Self::HostKey => "host-key",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "global" => Some(Self::Global),
            "list" => Some(Self::List),
            "dialog" => Some(Self::Dialog),
            "host-key" => Some(Self::HostKey),
            _ => PaneId::from_word(word).map(Self::Pane),
        }
    }

    /// Every scope, in the order of help and key tables.
    pub fn all() -> impl Iterator<Item = Scope> {
        [Self::Global, Self::List]
            .into_iter()
            .chain(PaneId::ALL.into_iter().map(Self::Pane))
            .chain([Self::Dialog, Self::HostKey])
    }
}

/// Whether a command can run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    Ready,
    /// With the reason, shown when its key is pressed.
    Off(String),
}

impl Availability {
    pub fn off(why: impl Into<String>) -> Self {
        Self::Off(why.into())
    }

    pub fn is_ready(&self) -> bool {
        *self == Self::Ready
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Command {
    /// `container.restart`: stable; keymaps, scripts and the audit use it.
    pub id: &'static str,
    /// For help and the palette: `Restart container`.
    pub title: &'static str,
    /// For the footer: `restart`.
    pub label: &'static str,
    pub scope: Scope,
    /// Place in the footer, 1 = first; 0 = not in the footer.
    pub rank: u8,
    pub danger: Option<Danger>,
    /// The kind of object that it acts on; `None` = on none, or on any.
    pub on: Option<ObjectKind>,
    /// Another kind that it is for as well.
    pub or_on: Option<ObjectKind>,
    /// It acts on the same object of every server at once.
    pub on_fleet: bool,
    /// What a form asks for and `--arg` gives.
    pub args: &'static [ArgSpec],
    pub when: fn(&Facts) -> Availability,
    /// # Errors
    /// A sentence about an argument that does not fit.
    pub run: fn(&Facts, &Args) -> Result<Intent, String>,
}

impl Command {
    /// A command without danger and arguments that is always available; the base for table rows.
    pub const fn plain(
        id: &'static str,
        title: &'static str,
        label: &'static str,
        scope: Scope,
        rank: u8,
        run: fn(&Facts, &Args) -> Result<Intent, String>,
    ) -> Self {
        Self {
            id,
            title,
            label,
            scope,
            rank,
            danger: None,
            on: None,
            or_on: None,
            on_fleet: false,
            args: &[],
            when: |_| Availability::Ready,
            run,
        }
    }

    /// The same, available only when the condition holds.
    pub const fn when(mut self, when: fn(&Facts) -> Availability) -> Self {
        self.when = when;
        self
    }

    pub const fn danger(mut self, danger: Danger) -> Self {
        self.danger = Some(danger);
        self
    }

    /// The same, for objects of this kind only.
    pub const fn on(mut self, kind: ObjectKind) -> Self {
        self.on = Some(kind);
        self
    }

    /// The same, for objects of another kind as well.
    pub const fn or_on(mut self, kind: ObjectKind) -> Self {
        self.or_on = Some(kind);
        self
    }

    /// The same, for the object on every server at once.
    pub const fn on_fleet(mut self) -> Self {
        self.on_fleet = true;
        self
    }

    /// The picture with what it acts on: the whole in the place of its parts, all servers' in the place of one's.
    pub fn about(&self, facts: &Facts) -> Facts {
        let mut facts = facts.clone();
        if self.on_fleet && !facts.fleet.is_empty() {
            facts.subjects = std::mem::take(&mut facts.fleet);
        } else if let Some(kind) = self.on {
            let whole = |s: Subject| s.as_kind(kind).unwrap_or(s);
            facts.subjects = facts.subjects.into_iter().map(whole).collect();
        }
        facts
    }

    /// True when it is for objects of this kind.
    fn is_for(&self, kind: ObjectKind) -> bool {
        self.or_on == Some(kind) || self.on.is_none_or(|wanted| kind.stands_for(wanted))
    }

    /// True when it is about what is shown: others are left out of the footer.
    pub fn concerns(&self, facts: &Facts) -> bool {
        if self.on == Some(ObjectKind::Server) {
            return facts.place.is_some();
        }
        let shown = facts.kind().or(match facts.pane {
            Some(PaneId::Containers) => Some(ObjectKind::Container),
            Some(PaneId::Servers) => facts.host.and_then(HostTab::kind),
            _ => None,
        });
        self.on.is_none() || shown.is_some_and(|shown| self.is_for(shown))
    }

    /// Whether it can run now.
    pub fn availability(&self, facts: &Facts) -> Availability {
        if self.on == Some(ObjectKind::Server) && facts.place.is_some() {
            return self.availability(&facts.clone().about(self.on));
        }
        match (self.on, facts.kind()) {
            (Some(wanted), Some(there)) if !self.is_for(there) => {
                Availability::Off(format!("it is for {}, and here are {}", wanted.plural(), there.plural()))
            }
            _ => (self.when)(facts),
        }
    }

    pub const fn args(mut self, args: &'static [ArgSpec]) -> Self {
        self.args = args;
        self
    }
}
