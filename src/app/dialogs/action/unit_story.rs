//! What a change of a unit does to others, for the dialog that asks about it.

use crate::domain::server::UnitDetail;
use crate::theme::Role;

/// Names told at most.
const MOST: usize = 8;

/// The lines: what it is now, what stops with it, who wants it, what may start it again.
pub(super) fn unit_story(detail: &UnitDetail, command: &str) -> Vec<(Role, String)> {
    let unit = &detail.unit;
    let enabled = unit.enabled.as_deref().map(|e| format!(", {e}")).unwrap_or_default();
    let mut out =
        vec![(Role::Text, format!("It is {} ({}){enabled}. {}", unit.active, unit.sub, unit.description))];
    let mut tell = |role: Role, what: &str, names: &[String]| {
        if !names.is_empty() {
            let more = match names.len().saturating_sub(MOST) {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            let names: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
            out.push((role, format!("{what}: {}{more}.", names.join(", "))));
        }
    };
    let stops = matches!(command, "unit.stop" | "unit.restart" | "unit.mask");
    if stops && unit.is_active() {
        tell(Role::Warn, "Stops with it", &detail.stops_with_it);
    }
    if matches!(command, "unit.stop" | "unit.mask" | "unit.disable") {
        tell(Role::Text, "Wanted by", &detail.wanted_by);
    }
    if matches!(command, "unit.stop" | "unit.disable") {
        tell(Role::Warn, "May start it again", &detail.triggered_by);
    }
    out
}
