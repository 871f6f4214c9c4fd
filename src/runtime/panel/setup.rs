//! What the application begins with: look, keys, targets, what was on the screen last time, and what is wrong.

use jiff::tz::TimeZone;

use super::Start;
use crate::app::Setup;
use crate::command::PaneId;
use crate::domain::check;
use crate::domain::remote::Remote;
use crate::domain::world::World;
use crate::runtime::appearance;
use crate::runtime::session::Session;
use crate::runtime::ui_state::UiState;

/// `trouble` = why the last state could not be read. The zone is not looked for here: that takes its time.
pub(super) fn setup(start: &Start, session: &Session, state: UiState, trouble: Option<String>) -> Setup {
    let Start { profile, env, color, .. } = start;
    let (theme, theme_mistakes) = appearance::theme(profile, env, *color);
    let (keymap, keymap_mistakes) = appearance::keymap(profile, env);
    let mut banner: Vec<String> = profile
        .diagnostics
        .iter()
        .chain(&theme_mistakes)
        .chain(&keymap_mistakes)
        .map(ToString::to_string)
        .collect();
    banner.extend(trouble);
    if banner.len() > 1 {
        let more = banner.len() - 1;
        banner.truncate(1);
        banner.push(format!("and {more} more: pult config check"));
    }
    let mut empty_hint: Vec<String> = profile.looked_for.iter().map(|l| format!("looked for {l}")).collect();
    empty_hint.extend(profile.advice.clone());
    if profile.docker.is_empty() && !profile.diagnostics.is_empty() {
        // With no engine at all the mistakes are the reason, so they stay on the screen.
        empty_hint.extend(profile.diagnostics.iter().take(5).map(ToString::to_string));
        empty_hint.push("pult config check tells all".to_owned());
    }
    let listed = profile.listed_servers.iter().map(|(id, _)| (id.clone(), Remote::listed()));
    let world = World {
        servers: listed.collect(),
        targets: profile.targets.clone(),
        who: session.who(),
        read_only: profile.read_only,
        thresholds: profile.thresholds.clone(),
        checks: check::Book::new(profile.checks.iter().cloned()),
        ..World::default()
    };
    Setup {
        world,
        theme,
        keymap,
        zone: TimeZone::UTC,
        empty_hint,
        banner: (!banner.is_empty()).then(|| banner.join("; ")),
        pane: start.pane.or_else(|| state.last_pane.as_deref().and_then(PaneId::from_word)),
        filter: start.filter.clone(),
        states: state.panes,
        mouse: state.mouse.unwrap_or(true),
    }
}
