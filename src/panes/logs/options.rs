//! How lines are shown, and what of it outlives the session.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::memory::KeptLog;
use super::view::LogView;
use crate::panes::PaneState;

/// What stands before a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Times {
    #[default]
    Clock,
    Date,
    Age,
    None,
}

impl Times {
    pub fn next(self) -> Self {
        match self {
            Self::Clock => Self::Date,
            Self::Date => Self::Age,
            Self::Age => Self::None,
            Self::None => Self::Clock,
        }
    }

    /// Columns it takes, the blank behind included.
    pub fn columns(self) -> u16 {
        match self {
            Self::Clock => 13,
            Self::Date => 20,
            Self::Age => 7,
            Self::None => 0,
        }
    }
}

/// Switches of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    pub wrap: bool,
    pub times: Times,
    pub collapse: bool,
    pub redact: bool,
    pub histogram: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { wrap: false, times: Times::Clock, collapse: false, redact: false, histogram: true }
    }
}

/// A view that was kept: the line of `pult logs` that shows the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptView {
    pub name: String,
    pub line: String,
}

/// What outlives the session.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    pub options: Options,
    /// Fields shown as columns, by image or file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Vec<String>>,
    /// Corrections of levels, by image or file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub levels: BTreeMap<String, Vec<String>>,
    /// The time zone; that of this machine without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Marks, and where somebody read last, by log.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub logs: BTreeMap<String, KeptLog>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<KeptView>,
    /// What is recorded on disk.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stars: Vec<String>,
}

impl Saved {
    pub fn save(&self, view: &LogView) -> PaneState {
        let logs = Self { options: view.options.clone(), ..self.clone() };
        PaneState {
            detail_open: Some(view.detail.open),
            split_percent: Some(view.detail.percent),
            logs: Some(logs),
            ..PaneState::default()
        }
    }

    pub fn restore(state: &PaneState) -> Self {
        state.logs.clone().unwrap_or_default()
    }
}

impl LogView {
    /// Takes over what another view reads and how, with lines of its own.
    pub fn copy_choice(&mut self, other: &LogView) {
        self.selection.clone_from(&other.selection);
        self.options.clone_from(&other.options);
        self.columns.clone_from(&other.columns);
        self.levels.clone_from(&other.levels);
        self.zone.clone_from(&other.zone);
        self.stack = other.stack.clone();
        self.apply_stack();
    }

    pub fn take_options(&mut self, saved: &Saved) {
        self.options.clone_from(&saved.options);
        self.take_shared(saved);
        self.book.set_collapse(self.options.collapse);
    }

    /// Takes over what holds in every view: what is known of programs, and the time zone.
    pub fn take_shared(&mut self, saved: &Saved) {
        self.columns.clone_from(&saved.columns);
        self.zone = saved.zone.as_ref().and_then(|name| name.parse().ok());
        self.take_levels(saved);
    }
}
