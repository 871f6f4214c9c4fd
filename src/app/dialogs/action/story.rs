//! What is told before a person says yes: what it is about, what will happen, what goes with it.

use std::collections::HashSet;

use super::rehearsal_story::rehearsal_story;
use super::run_story::run_story;
use super::server_story::server_story;
use super::unit_story::unit_story;
use super::{ActionDialog, Known};
use crate::app::dialogs::DialogScene;
use crate::command::{ObjectKind, Subject};
use crate::domain::container::{Container, State};
use crate::domain::mutation::{Danger, Mutation};
use crate::domain::query::{Footprint, Query, VolumeUse};
use crate::domain::{container_fields, exit, quantity};
use crate::theme::Role;
use crate::widgets::paint::wrap;

impl ActionDialog {
    /// The lines between title and form.
    pub(super) fn story(&self, scene: &DialogScene, columns: u16) -> Vec<(Role, String)> {
        let mut out = self.about(scene, columns);
        out.extend(self.left_out());
        out.extend(self.in_the_way());
        if let (Some(Danger::Destroy), Some(server)) = (self.command.danger, self.facts.only())
            && server.what.kind() == ObjectKind::Server
        {
            out.extend(server_story(scene.world, &server.target, scene.now));
        }
        if self.command.id == "server.run" {
            out.extend(run_story(&self.facts.subjects));
        }
        out.extend(self.foreseen());
        if let Some(query) = self.query() {
            out.extend(self.consequences(&query));
        }
        out
    }

    /// How the container is, or which objects there are.
    fn about(&self, scene: &DialogScene, columns: u16) -> Vec<(Role, String)> {
        let many = match self.facts.subjects.as_slice() {
            [] => return Vec::new(),
            [one] => {
                let container = one.container().and_then(|(key, _)| scene.world.container(&key));
                return container.map(|c| (Role::Text, condition(c, scene))).into_iter().collect();
            }
            many => many,
        };
        let is_server = self.facts.kind() == Some(ObjectKind::Server);
        let one_host = is_server || many.iter().all(|s| s.target == many[0].target);
        let name =
            |s: &Subject| if one_host { s.name.clone() } else { format!("{}@{}", s.name, s.target.name) };
        let names: Vec<_> = many.iter().map(name).collect();
        let lines = wrap(&names.join("  "), columns).into_iter().take(6);
        let mut out: Vec<_> = lines.map(|line| (Role::Text, line)).collect();
        if names.len() > 30 {
            out.push((Role::Muted, format!("{} objects in all", names.len())));
        }
        out
    }

    /// Objects that were chosen and are not in the plan.
    fn left_out(&self) -> Vec<(Role, String)> {
        let mut out = Vec::new();
        if let Ok(consent) = &self.plan {
            let planned: HashSet<_> = consent.plan().mutations.iter().map(|m| m.object_id()).collect();
            let out_of_it = self.facts.subjects.iter().filter(|s| !planned.contains(&s.object_id()));
            let names: Vec<_> = out_of_it.map(|s| format!("{} ({})", s.name, s.state_word())).collect();
            if !names.is_empty() {
                out.push((Role::Warn, format!("left out: {}", names.join(", "))));
            }
        }
        if !self.gone.is_empty() && !self.facts.subjects.is_empty() {
            out.push((Role::Warn, format!("gone meanwhile, left out: {}", self.gone.join(", "))));
        }
        out
    }

    /// Why an engine would refuse.
    fn in_the_way(&self) -> Option<(Role, String)> {
        let runs = |s: &&Subject| s.container().is_some_and(|(_, state)| state.has_processes());
        let count = self.facts.subjects.iter().filter(runs).count();
        let refuses = self.command.danger == Some(Danger::Destroy) && count > 0 && !self.says_yes("force");
        let what = if self.facts.subjects.len() == 1 {
            "It runs".to_owned()
        } else {
            format!("{count} of them run")
        };
        let text = format!("{what}: the engine will refuse unless it is killed first (below).");
        refuses.then_some((Role::Warn, text))
    }

    fn says_yes(&self, field: &str) -> bool {
        self.fields.iter().any(|f| f.spec.name == field && f.field.text() == "yes")
    }

    /// What is known of the change without asking anybody; of several the warnings.
    fn foreseen(&self) -> Vec<(Role, String)> {
        let mutations =
            self.plan.as_ref().map(|consent| consent.plan().mutations.as_slice()).unwrap_or_default();
        let alone = mutations.len() == 1;
        let all =
            mutations.iter().flat_map(Mutation::consequences).filter(|(is_warning, _)| alone || *is_warning);
        all.map(|(is_warning, text)| (if is_warning { Role::Warn } else { Role::Text }, text)).collect()
    }

    fn consequences(&self, query: &Query) -> Vec<(Role, String)> {
        let known = self.known.as_ref().filter(|(about, _)| about == query).map(|(_, known)| known);
        match known {
            None if self.rehearsed().is_some() => {
                vec![(Role::Muted, "asking ufw what it would do".to_owned())]
            }
            None if self.facts.kind() == Some(ObjectKind::Unit) => {
                vec![(Role::Muted, "looking at what depends on it".to_owned())]
            }
            None => vec![(Role::Muted, "measuring what goes with it".to_owned())],
            Some(Err(fault)) => {
                vec![(Role::Warn, format!("what goes with it is unknown: {}", fault.message))]
            }
            Some(Ok(Known::Rehearsal(preview))) => rehearsal_story(preview),
            Some(Ok(Known::Unit(unit))) => unit_story(unit, self.command.id),
            Some(Ok(Known::Footprint(footprint))) => footprint_story(footprint, self.says_yes("volumes")),
        }
    }
}

/// `It ended with 137 (killed), 2m ago. Image web:1.`
fn condition(c: &Container, scene: &DialogScene) -> String {
    let since = c.since().map(|t| quantity::age(scene.now.as_second() - t.as_second()));
    let since = match since {
        Some(age) if c.state.has_processes() => format!(" for {age}"),
        Some(age) => format!(", {age} ago"),
        None => String::new(),
    };
    let how = match (c.state, c.exit_code) {
        (State::Exited | State::Dead, Some(code)) => {
            let meaning = exit::meaning(code, c.oom_killed == Some(true));
            format!("It ended with {code}{}", meaning.map(|m| format!(" ({m})")).unwrap_or_default())
        }
        _ => format!("It is {}", container_fields::state_words(c)),
    };
    format!("{how}{since}. Image {}.", c.image)
}

/// What is lost with a container. `takes_volumes`: those without a name, too.
fn footprint_story(footprint: &Footprint, takes_volumes: bool) -> Vec<(Role, String)> {
    let size = |bytes: Option<u64>| bytes.map_or("size unknown".to_owned(), quantity::bytes);
    let layer = format!("Goes with it: its writable layer ({}).", size(footprint.writable_layer_bytes));
    let volume = |volume: &VolumeUse| {
        let goes = volume.anonymous && takes_volumes;
        let name = if volume.anonymous {
            format!("anonymous volume {}", volume.name.get(..12).unwrap_or(&volume.name))
        } else {
            format!("volume {}", volume.name)
        };
        let what = if goes { "Goes with it" } else { "Stays" };
        let role = if goes { Role::Warn } else { Role::Text };
        (role, format!("{what}: {name} ({}).", size(volume.size_bytes)))
    };
    std::iter::once((Role::Text, layer)).chain(footprint.volumes.iter().map(volume)).collect()
}
