//! What somebody says of a backup: where it is and what is expected of it. No secret is among it: passwords stay in
//! files of the server, of which only the paths are known.

use super::tool::Tool;
use crate::domain::shell_word::sh_quote;

/// A day and two hours: one a day that takes its time.
pub const MAX_AGE_S: i64 = 26 * 3600;

/// A backup that is looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub name: String,
    pub tool: Tool,
    /// A pattern, a repository, a stanza, a unit; empty = what the tool's own surroundings name, or all there are.
    pub operand: String,
    /// Paths on the server.
    pub password_file: Option<String>,
    pub env_file: Option<String>,
    /// The newest one may be so old, seconds.
    pub max_age_s: i64,
    /// And has to have so many bytes.
    pub min_size: Option<u64>,
    /// Nobody configured it: the tool is there.
    pub found: bool,
}

impl Plan {
    pub fn new(name: &str, tool: Tool, operand: &str) -> Self {
        Self {
            name: name.to_owned(),
            tool,
            operand: operand.to_owned(),
            password_file: None,
            env_file: None,
            max_age_s: MAX_AGE_S,
            min_size: None,
            found: false,
        }
    }

    /// pgBackRest knows by itself what it keeps.
    pub fn discovered() -> Self {
        let tool = Tool::Pgbackrest;
        Self { found: true, ..Self::new(tool.word(), tool, "") }
    }

    /// As a person would ask there.
    pub fn command(&self) -> String {
        let quoted = sh_quote(&self.operand);
        let line = match self.tool {
            Tool::Files => return format!("ls -lt -- {}", pattern_word(&self.operand)),
            Tool::Timer => return format!("systemctl status -- {quoted}"),
            Tool::Pgbackrest if self.operand.is_empty() => {
                return "sudo -u postgres pgbackrest info".to_owned();
            }
            Tool::Pgbackrest => return format!("sudo -u postgres pgbackrest info --stanza={quoted}"),
            Tool::Restic => {
                let mut line = "restic snapshots --no-lock".to_owned();
                if !self.operand.is_empty() {
                    line += &format!(" --repo={quoted}");
                }
                if let Some(file) = &self.password_file {
                    line += &format!(" --password-file={}", sh_quote(file));
                }
                line
            }
            Tool::Borg => {
                let mut line = String::new();
                if let Some(file) = &self.password_file {
                    line += &format!("BORG_PASSCOMMAND={} ", sh_quote(&format!("cat {}", sh_quote(file))));
                }
                line += "borg list --bypass-lock";
                if !self.operand.is_empty() {
                    line += &format!(" {quoted}");
                }
                line
            }
        };
        match &self.env_file {
            // One word: it passes through ssh as through a shell here.
            Some(file) => format!("eval {}", sh_quote(&format!("set -a; . {}; {line}", sh_quote(file)))),
            None => line,
        }
    }
}

/// A pattern as a word that the shell expands, and expands only.
fn pattern_word(pattern: &str) -> String {
    let mut word = String::new();
    for c in pattern.chars() {
        if !c.is_ascii_alphanumeric() && !"/._-+@%=:,*?[]!^".contains(c) {
            word.push('\\');
        }
        word.push(c);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_what_a_person_would_type() {
        let with = |tool, operand: &str, password: Option<&str>, env: Option<&str>| {
            Plan {
                password_file: password.map(str::to_owned),
                env_file: env.map(str::to_owned),
                ..Plan::new("x", tool, operand)
            }
            .command()
        };
        assert_eq!(with(Tool::Files, "/b/a *.sql;id", None, None), r"ls -lt -- /b/a\ *.sql\;id");
        assert_eq!(
            with(Tool::Restic, "/srv/r", Some("/etc/pw"), None),
            "restic snapshots --no-lock --repo=/srv/r --password-file=/etc/pw"
        );
        assert_eq!(
            with(Tool::Restic, "", None, Some("/etc/r.env")),
            "eval 'set -a; . /etc/r.env; restic snapshots --no-lock'"
        );
        assert_eq!(
            with(Tool::Borg, "/srv/b", Some("/etc/pw"), None),
            "BORG_PASSCOMMAND='cat /etc/pw' borg list --bypass-lock /srv/b"
        );
        assert_eq!(with(Tool::Timer, "b.timer", None, None), "systemctl status -- b.timer");
        assert!(with(Tool::Pgbackrest, "main", None, None).ends_with("--stanza=main"));
    }
}
