//! The ways in which backups are made, and what each has to be told to be found: the one table of them.

use serde::Serialize;

/// What makes a backup, or what it consists of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    #[default]
    Files,
    Restic,
    Borg,
    Pgbackrest,
    Timer,
}

/// What there is to know of one of them.
struct About {
    tool: Tool,
    /// Its key in the configuration.
    word: &'static str,
    /// What the key's value is, with its article.
    operand: &'static str,
    example: &'static str,
    /// `true` may stand for the value: what the tool's own surroundings name.
    own: bool,
    /// A password is read from a file; variables are.
    password: bool,
    env: bool,
}

const TOOLS: [About; 5] = [
    About {
        tool: Tool::Files,
        word: "files",
        operand: "a pattern of files on the server",
        example: "\"/var/backups/crm-*.dump\"",
        own: false,
        password: false,
        env: false,
    },
    About {
        tool: Tool::Restic,
        word: "restic",
        operand: "a repository",
        example: "\"/srv/restic\"",
        own: true,
        password: true,
        env: true,
    },
    About {
        tool: Tool::Borg,
        word: "borg",
        operand: "a repository",
        example: "\"/srv/borg\"",
        own: true,
        password: true,
        env: true,
    },
    About {
        tool: Tool::Pgbackrest,
        word: "pgbackrest",
        operand: "a stanza, or true for all",
        example: "\"main\"",
        own: true,
        password: false,
        env: false,
    },
    About {
        tool: Tool::Timer,
        word: "timer",
        operand: "a timer or a service of systemd",
        example: "\"restic.timer\"",
        own: false,
        password: false,
        env: false,
    },
];

impl Tool {
    /// In the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Files, Self::Restic, Self::Borg, Self::Pgbackrest, Self::Timer];

    fn about(self) -> &'static About {
        TOOLS.iter().find(|about| about.tool == self).unwrap_or(&TOOLS[0])
    }

    /// Its name and its key in the configuration.
    pub fn word(self) -> &'static str {
        self.about().word
    }

    /// What it has to be told, with its article.
    pub fn operand(self) -> &'static str {
        self.about().operand
    }

    /// A value of its key, as it is written.
    pub fn example(self) -> &'static str {
        self.about().example
    }

    /// It may go by what its own surroundings name.
    pub fn may_be_own(self) -> bool {
        self.about().own
    }

    pub fn takes_password(self) -> bool {
        self.about().password
    }

    pub fn takes_env(self) -> bool {
        self.about().env
    }

    /// Its operand is a repository, which may be an address.
    pub fn has_repository(self) -> bool {
        matches!(self, Self::Restic | Self::Borg)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_in_the_table_once() {
        assert!(Tool::ALL.iter().zip(&TOOLS).all(|(tool, about)| *tool == about.tool));
        assert_eq!(
            Tool::ALL.map(Tool::word).join(" "),
            serde_json::to_string(&Tool::ALL).unwrap().replace(['[', ']', '"'], "").replace(',', " ")
        );
    }
}
