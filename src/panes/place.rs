//! A server as commands see it: the whole of it, or the place of something on it.

use crate::command::{Object, Subject};
use crate::domain::ids::TargetId;
use crate::domain::server::Rights;
use crate::domain::world::World;

pub fn place(world: &World, target: &TargetId) -> Subject {
    let remote = world.servers.get(target);
    let facts = remote.and_then(|remote| remote.value.as_deref()).map(|server| &server.facts);
    let blocked = remote.and_then(|remote| remote.link.fault());
    Subject {
        target: target.clone(),
        name: target.name.to_string(),
        what: Object::Server { sudo: facts.is_none_or(|facts| facts.rights != Rights::Root) },
        guard: world.guard(target),
        client: world.client(target),
        blocked: blocked.map(|f| format!("{target} is {}: {}", f.kind.word(), f.message)),
    }
}
