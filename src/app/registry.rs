//! All commands there are: the slices of the application and of every pane, concatenated. Keys, footer, help,
//! palette, `pult keys`, `pult do` and the audit's verbs read this and nothing else.

use std::sync::LazyLock;

use crate::command::Command;
use crate::panes::{activity, compare, containers, logs, servers, shells};

/// Every command, application first.
pub fn commands() -> &'static [&'static Command] {
    static ALL: LazyLock<Vec<&'static Command>> = LazyLock::new(|| {
        super::commands::COMMANDS
            .iter()
            .chain(&containers::commands::COMMANDS)
            .chain(&logs::commands::COMMANDS)
            .chain(servers::commands::COMMANDS)
            .chain(servers::unit_commands::COMMANDS)
            .chain(servers::package_commands::COMMANDS)
            .chain(&servers::guard_commands::COMMANDS)
            .chain(&servers::file_commands::COMMANDS)
            .chain(&activity::commands::COMMANDS)
            .chain(&shells::commands::COMMANDS)
            .chain(&compare::commands::COMMANDS)
            .collect()
    });
    &ALL
}

/// A command by its id.
pub fn find(id: &str) -> Option<&'static Command> {
    commands().iter().copied().find(|c| c.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_every_argument_has_a_fitting_default() {
        let mut ids: Vec<_> = commands().iter().map(|c| c.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        for command in commands() {
            for arg in command.args {
                assert_eq!(arg.check(arg.default), Ok(()), "{} {}", command.id, arg.name);
            }
        }
    }

    #[test]
    fn what_changes_something_says_how_dangerous_it_is() {
        for command in commands().iter().filter(|c| c.id.starts_with("container.")) {
            assert!(command.danger.is_some(), "{}", command.id);
        }
    }
}
