//! Packages that could be newer, and what an upgrade leaves to do. Texts are sanitised.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::shell_word::sh_quote;

/// What a server uses to install things.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Manager {
    Apt,
    Dnf,
    Apk,
    /// None that is known here.
    #[default]
    None,
}

impl Manager {
    pub fn word(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Dnf => "dnf",
            Self::Apk => "apk",
            Self::None => "none",
        }
    }
}

/// A package that has a newer version, or is held.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Package {
    pub name: String,
    /// Empty when not told.
    pub installed: String,
    pub candidate: String,
    /// `Debian-Security:12/oldstable-security`
    pub origin: String,
    /// It closes a hole.
    pub security: bool,
    /// It stays as it is until somebody lets it go.
    pub held: bool,
    pub manager: Manager,
    /// Services that run and that its upgrade restarts, as its scripts of today do.
    pub restarts: Vec<String>,
    /// Its configuration that was changed there: it stays, and the new one is put beside it.
    pub kept: Vec<String>,
}

/// The state of a server's packages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Packages {
    pub manager: Manager,
    pub packages: Vec<Package>,
    /// When the lists were fetched that this is known from.
    pub refreshed_at: Option<Timestamp>,
    /// The packages that want a reboot; `None` = none is wanted.
    pub reboot: Option<Vec<String>>,
    /// Units that still run what was replaced.
    pub restart: Vec<String>,
    /// Configuration that came with a package and was not put in place of one's own.
    pub leftover: Vec<String>,
}

/// An upgrade as a job of the server: it goes on when nobody is connected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpgradeJob {
    pub running: bool,
    /// How it ended.
    pub code: Option<i32>,
    /// Its last lines.
    pub log: Vec<String>,
}

/// What can be done with packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageChange {
    /// Fetch the lists anew.
    Refresh,
    /// To their newest versions, in a job of the server; `None` = all.
    Upgrade(Option<String>),
    /// Keep as it is.
    Hold(String),
    Unhold(String),
}

impl PackageChange {
    /// The package it is about; `None` = it is about all.
    pub fn package(&self) -> Option<&str> {
        match self {
            Self::Refresh | Self::Upgrade(None) => None,
            Self::Upgrade(Some(name)) | Self::Hold(name) | Self::Unhold(name) => Some(name),
        }
    }

    pub fn summary(&self) -> String {
        match self {
            Self::Refresh => "fetch the lists of packages".to_owned(),
            Self::Upgrade(None) => "upgrade all packages".to_owned(),
            Self::Upgrade(Some(name)) => format!("upgrade package {name}"),
            Self::Hold(name) => format!("hold package {name}"),
            Self::Unhold(name) => format!("let package {name} be upgraded again"),
        }
    }

    /// What a person would type.
    pub fn words(&self) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Refresh => &["apt-get", "update"],
            Self::Upgrade(None) => &["apt-get", "upgrade", "--with-new-pkgs"],
            Self::Upgrade(Some(_)) => &["apt-get", "install", "--only-upgrade"],
            Self::Hold(_) => &["apt-mark", "hold"],
            Self::Unhold(_) => &["apt-mark", "unhold"],
        };
        words.iter().map(|word| (*word).to_owned()).chain(self.package().map(sh_quote)).collect()
    }

    pub fn past(&self) -> &'static str {
        match self {
            Self::Refresh => "the lists are new",
            Self::Upgrade(_) => "upgraded",
            Self::Hold(_) => "held",
            Self::Unhold(_) => "not held any more",
        }
    }
}

impl Package {
    /// What closes a hole stands first, what is held last.
    pub fn attention(&self) -> u8 {
        match (self.held, self.security) {
            (false, true) => 2,
            (false, false) => 1,
            (true, _) => 0,
        }
    }
}

impl UpgradeJob {
    /// How it stands, in words; true when it failed.
    pub fn state(&self) -> (String, bool) {
        match self.code {
            _ if self.running => ("runs".to_owned(), false),
            Some(0) => ("done".to_owned(), false),
            Some(code) => (format!("failed with code {code}"), true),
            None => ("was cut off".to_owned(), true),
        }
    }
}
