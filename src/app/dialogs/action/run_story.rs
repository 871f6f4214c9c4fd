//! Who runs a command on servers and under which guards, for the dialog that asks about it.

use crate::command::Subject;
use crate::domain::guard::Guard;
use crate::theme::Role;

/// Names told of each guard at most.
const MOST: usize = 8;

/// The lines: the strictest guard last, as it is the one that rules.
pub(super) fn run_story(servers: &[Subject]) -> Vec<(Role, String)> {
    let mut out =
        vec![(Role::Text, "Each account's own login shell runs it, and reads it in its own way.".to_owned())];
    let mut guards: Vec<Guard> = servers.iter().map(|server| server.guard).collect();
    guards.sort_unstable();
    guards.dedup();
    for guard in &guards {
        let names: Vec<&str> = servers
            .iter()
            .filter(|server| server.guard == *guard)
            .map(|server| server.name.as_str())
            .collect();
        let more = match names.len().saturating_sub(MOST) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown: Vec<&str> = names.into_iter().take(MOST).collect();
        out.push((Role::Muted, format!("guard {}: {}{more}", guard.word(), shown.join(", "))));
    }
    out
}
