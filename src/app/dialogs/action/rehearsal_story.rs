//! What ufw itself says that a change would do, for the dialog that asks about it.

use crate::domain::server::ufw::Preview;
use crate::theme::Role;

/// Lines told at most.
const MOST: usize = 4;

/// The kernel's rules that come and go.
pub(super) fn rehearsal_story(preview: &Preview) -> Vec<(Role, String)> {
    let mut out: Vec<(Role, String)> = Vec::new();
    for (sign, rules) in [("+", &preview.comes), ("-", &preview.goes)] {
        out.extend(rules.iter().take(MOST).map(|rule| (Role::Muted, format!("{sign} {rule}"))));
        if rules.len() > MOST {
            out.push((Role::Muted, format!("{sign} {} more", rules.len() - MOST)));
        }
    }
    if out.is_empty() {
        out.push((Role::Warn, format!("ufw would change nothing: {}", preview.said.join("; "))));
    }
    out
}
