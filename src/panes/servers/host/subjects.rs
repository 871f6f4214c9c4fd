//! What commands act on in an open server: the object under the cursor, the marked ones, the same on other servers.

use super::{HostView, guarded};
use crate::command::{Object, ObjectKind, Subject};
use crate::domain::ids::TargetId;
use crate::domain::server;
use crate::domain::world::World;
use crate::panes::place::place;

impl HostView {
    pub(super) fn subject(&self, world: &World) -> Option<Subject> {
        let (name, what) = self.current()?.object(self.account(world))?;
        Some(Subject { name, what, ..place(world, &self.target) })
    }

    pub(super) fn marked(&self, world: &World) -> Vec<Subject> {
        let marked = self.current().map(|view| view.marked(self.account(world))).unwrap_or_default();
        let one = |(name, what)| Subject { name, what, ..place(world, &self.target) };
        marked.into_iter().map(one).collect()
    }

    /// The jail under the cursor on every server that is connected and has fail2ban.
    pub(super) fn fleet(&self, subject: &Subject, world: &World) -> Vec<Subject> {
        let Some(jail) = subject.as_kind(ObjectKind::Jail) else { return Vec::new() };
        let Object::Jail { jail, seen, .. } = jail.what else { return Vec::new() };
        let at = |target: &TargetId| {
            let facts = world.servers.get(target).and_then(|remote| remote.value.as_deref());
            let sudo = facts.is_none_or(|server| server.facts.rights != server::Rights::Root);
            // Every server sees us from where this one does, as far as is known; each looks for itself again.
            let what = Object::Jail { jail: jail.clone(), seen, sudo };
            Subject { name: jail.as_str().to_owned(), what, ..place(world, target) }
        };
        guarded(world).map(at).collect()
    }
}
