//! What commands act on: marked containers, else the one or the group under the cursor.

use std::sync::Arc;

use super::ContainersPane;
use super::rows::{self, Row, RowAge};
use crate::command::{Facts, Motion, Object, Subject};
use crate::domain::container::Container;
use crate::domain::filter::natural_order;
use crate::domain::ids::ContainerKey;
use crate::domain::log::LogSourceId;
use crate::domain::log_selection::LogSelection;
use crate::domain::shell_word::sh_quote;
use crate::domain::world::World;
use crate::panes::{Context, Request, Yank};

impl ContainersPane {
    pub(super) fn collect_facts(&self, world: &World, facts: &mut Facts) {
        let chosen: Vec<&Arc<Container>> = if self.marks.is_empty() {
            self.current().map(Self::of_row).unwrap_or_default().iter().collect()
        } else {
            let mut marked: Vec<_> = world.containers().filter(|c| self.marks.contains(&c.key())).collect();
            marked.sort_by(|a, b| natural_order(&a.name, &b.name));
            marked
        };
        facts.marked = !self.marks.is_empty();
        facts.on_group = matches!(self.current(), Some(Row::Group { .. }));
        facts.subjects = chosen
            .into_iter()
            .map(|c| {
                let link = world.docker.get(&c.target).map(|r| &r.link);
                let blocked = link
                    .and_then(|l| l.fault())
                    .map(|f| format!("{} is {}: {}", c.target, f.kind.word(), f.message));
                let lacks = world.docker.get(&c.target).and_then(|r| r.value.as_deref());
                let lacks = lacks
                    .and_then(|h| h.engine.lacks(crate::domain::docker::Feature::Mutations))
                    .map(str::to_owned);
                Subject {
                    target: c.target.clone(),
                    name: c.name.clone(),
                    what: Object::Container { id: c.id.clone(), state: c.state },
                    guard: world.guard(&c.target),
                    client: world.client(&c.target),
                    blocked: blocked.or(lacks),
                }
            })
            .collect();
        facts.rows = self.rows.matching;
        facts.total = self.rows.total;
        facts.filtered = !self.filter_text.is_empty();
        facts.has_secrets = self.detail.hides_secrets();
    }

    /// Containers of the row that are there: itself, or a group's members that match the filter. What a filter
    /// hides is never marked or acted on.
    pub(super) fn of_row(row: &Row) -> &[Arc<Container>] {
        match row {
            Row::Container { age: RowAge::Gone, .. } => &[],
            Row::Container { container, .. } => std::slice::from_ref(container),
            Row::Group { members, .. } => members,
        }
    }

    pub(super) fn mark(&mut self, cx: &Context) {
        let Some(row) = self.current() else { return };
        let keys: Vec<ContainerKey> = Self::of_row(row).iter().map(|c| c.key()).collect();
        if keys.iter().all(|k| self.marks.contains(k)) {
            self.marks.retain(|k| !keys.contains(k));
        } else {
            self.marks.extend(keys);
        }
        self.move_cursor(Motion::Down, cx);
    }

    /// The logs of what is marked, of the project or of the container under the cursor.
    pub(super) fn logs_wanted(&self) -> Vec<Request> {
        let selection = match self.current() {
            _ if !self.marks.is_empty() => {
                LogSelection::Sources(self.marks.iter().cloned().map(LogSourceId::Container).collect())
            }
            Some(Row::Group { key: rows::GroupKey { project: Some(project), .. }, .. }) => {
                LogSelection::Project(project.to_string())
            }
            Some(Row::Group { members, .. }) => {
                LogSelection::Sources(members.iter().map(|c| LogSourceId::Container(c.key())).collect())
            }
            Some(Row::Container { container, .. }) => {
                LogSelection::Sources(vec![LogSourceId::Container(container.key())])
            }
            None => return Vec::new(),
        };
        vec![Request::Visited, Request::OpenLogs(selection)]
    }

    pub(super) fn yanked(&self, what: Yank, world: &World) -> Option<String> {
        let c = self.current_container()?;
        Some(match what {
            Yank::Name => c.name.clone(),
            Yank::Id => c.id.to_string(),
            Yank::Command => format!("{} inspect {}", world.client(&c.target), sh_quote(&c.name)),
            Yank::Line | Yank::Field => self.detail.line(c)?,
        })
    }
}
