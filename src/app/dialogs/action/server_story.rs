//! What stops with a server, for the dialog that asks whether it may go off.

use jiff::Timestamp;

use crate::domain::ids::TargetId;
use crate::domain::quantity;
use crate::domain::world::World;
use crate::theme::Role;

/// Names told at most.
const MOST: usize = 8;

pub(super) fn server_story(world: &World, target: &TargetId, now: Timestamp) -> Vec<(Role, String)> {
    let Some(server) = world.servers.get(target).and_then(|remote| remote.value.as_deref()) else {
        return vec![(Role::Warn, "Nothing is known of it now: what runs there stops with it.".to_owned())];
    };
    let mut out = Vec::new();
    if let Some(vitals) = &server.vitals {
        let up = quantity::age(vitals.uptime_s as i64);
        out.push((Role::Text, format!("It is up for {up}. Everything that runs there stops with it.")));
    }
    let here: Vec<&str> =
        world.containers().filter(|c| c.target.name == target.name).map(|c| c.name.as_str()).collect();
    if !here.is_empty() {
        let more = here.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names = here.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
        out.push((Role::Warn, format!("Containers there: {names}{more}.")));
    }
    if let Some(checks) = &server.checks {
        if !checks.users.is_empty() {
            let age = quantity::age_coarse(now.as_second() - checks.at.as_second());
            let users = checks.users.join(", ");
            out.push((Role::Warn, format!("Logged in {age} ago: {users}.")));
        }
        if checks.reboot_required == Some(true) {
            out.push((Role::Text, "An upgrade wants it rebooted.".to_owned()));
        }
    }
    out.push((Role::Muted, "Until its time comes it can be cancelled: server.cancel_shutdown.".to_owned()));
    out
}
