//! How much a target wants to be asked before something on it changes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The guard level of a target, from its configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// Reversible actions run at once; destructive ones are still asked about.
    Free,
    /// Reversible actions ask y/n, destructive ones for the name.
    #[default]
    Confirm,
    /// Every action asks for the name.
    TypeTheName,
    /// Every action is refused.
    ReadOnly,
}

impl Guard {
    pub const ALL: [Guard; 4] = [Self::Free, Self::Confirm, Self::TypeTheName, Self::ReadOnly];

    pub fn word(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Confirm => "confirm",
            Self::TypeTheName => "type-the-name",
            Self::ReadOnly => "read-only",
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Guard {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|g| g.word() == s)
            .ok_or_else(|| format!("unknown guard level `{s}` (free, confirm, type-the-name, read-only)"))
    }
}
