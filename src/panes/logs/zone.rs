//! The time zone of the times in the pane: that of this machine, UTC, or one that was named.

use super::options::Saved;
use super::view::LogView;
use crate::logs::zone::Zone;
use crate::panes::{Choice, ChoiceItem, Chooser, Prompt, Request};

const LOCAL: &str = "local";
const UTC: &str = "UTC";
const OTHER: &str = "other";

impl LogView {
    pub(super) fn choose_zone(&self) -> Choice {
        let now = self.zone.as_ref().map_or_else(|| LOCAL.to_owned(), Zone::to_string);
        let mut items = Vec::new();
        let mut offer = |id: &str, note: &str| {
            let note = if id == now { "as it is now" } else { note };
            items.push(ChoiceItem {
                id: id.to_owned(),
                title: id.to_owned(),
                note: note.to_owned(),
                on: false,
            });
        };
        offer(LOCAL, "of this machine");
        offer(UTC, "as most servers have it");
        if ![LOCAL, UTC].contains(&now.as_str()) {
            offer(&now, "");
        }
        offer(OTHER, "by name or offset");
        let title = "Time zone";
        Choice { what: Chooser::LogZone, title, items, many: false, keep_one: false }
    }
}

pub(super) fn take_choice(ids: &[String], saved: &mut Saved) -> Vec<Request> {
    match ids.first().map(String::as_str) {
        None => Vec::new(),
        Some(OTHER) => vec![Request::Prompt { what: Prompt::LogZone, text: String::new() }],
        Some(name) => take(name, saved).unwrap_or_else(|why| vec![Request::Notice(why)]),
    }
}

/// Takes a zone by its name.
///
/// # Errors
/// There is no such zone.
pub(super) fn take(name: &str, saved: &mut Saved) -> Result<Vec<Request>, String> {
    if name.is_empty() {
        return Ok(Vec::new());
    }
    saved.zone =
        if name.eq_ignore_ascii_case(LOCAL) { None } else { Some(name.parse::<Zone>()?.to_string()) };
    Ok(vec![Request::Notice(format!("times are {}", saved.zone.as_deref().unwrap_or(LOCAL)))])
}
