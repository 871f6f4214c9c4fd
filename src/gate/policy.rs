//! Guard levels: what each asks for before what.
//!
//! | guard | one, reversible | one, destructive | several |
//! |---|---|---|---|
//! | free | nothing | y/n | y/n; destructive: the count |
//! | confirm | y/n | the name | the count |
//! | type-the-name | the name | the name | the count |
//! | read-only | refused | refused | refused |
//!
//! What leaves its target as it is (a download) is weighed as under `free`: a guard is there for its target.

use jiff::Timestamp;

use crate::domain::guard::Guard;
use crate::domain::ids::TargetId;
use crate::domain::mutation::{Danger, Mutation};

use super::{Consent, Plan, Refusal};

/// What has to be given before a plan may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    Nothing,
    Yes,
    Name(String),
    Count(usize),
}

impl Need {
    /// What is asked for, as part of a refusal.
    pub fn sentence(&self) -> String {
        match self {
            Self::Nothing => "no confirmation is needed".to_owned(),
            Self::Yes => "it was not confirmed".to_owned(),
            Self::Name(name) => format!("the name `{name}` was not typed"),
            Self::Count(n) => format!("the number of objects, {n}, was not typed"),
        }
    }
}

/// Weighs a plan against the guards of its targets; the strictest one rules.
///
/// # Errors
/// [`Refusal::ReadOnly`] when a target is read-only, [`Refusal::Empty`] for a plan without mutations.
pub fn weigh(plan: Plan, guard_of: impl Fn(&TargetId) -> Guard, now: Timestamp) -> Result<Consent, Refusal> {
    let guard = |m: &Mutation| if m.spares_target() { Guard::Free } else { guard_of(m.target()) };
    let strictest = plan.mutations.iter().map(|m| (guard(m), m.target())).max_by_key(|(guard, _)| *guard);
    let Some((guard, target)) = strictest else { return Err(Refusal::Empty) };
    if guard == Guard::ReadOnly {
        return Err(Refusal::ReadOnly(format!("{target} is read-only (guard level); nothing was changed")));
    }
    let destroys = plan.mutations.iter().any(|m| m.danger() == Danger::Destroy);
    let count = plan.mutations.len();
    let name = || plan.mutations.first().map(Mutation::name).unwrap_or_default().to_owned();
    let need = match (guard, count, destroys) {
        (Guard::Free, 1, false) => Need::Nothing,
        (Guard::Free, 1, true) | (Guard::Free, _, false) => Need::Yes,
        (Guard::Confirm, 1, false) => Need::Yes,
        (Guard::Confirm, 1, true) | (Guard::TypeTheName, 1, _) => Need::Name(name()),
        _ => Need::Count(count),
    };
    Ok(Consent { plan, need, guard, since: now })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ContainerId;
    use crate::domain::mutation::{ContainerAction, ContainerMutation};

    #[test]
    fn what_spares_its_target_is_asked_about_for_what_it_replaces_here() {
        use crate::domain::server::transfer::{Stood, Way};
        use crate::domain::server::{FileId, FilePath, Transfer};
        let need = |way, replaces: bool| {
            let stood = Stood { is_folder: false, size_bytes: 1, written_at: None };
            let transfer = Transfer {
                target: TargetId::server("web1"),
                name: "a".into(),
                client: "ssh web1".into(),
                id: FileId::default(),
                way,
                here: FilePath::root().join("a"),
                there: FilePath::root().join("a"),
                what: stood,
                replaces: replaces.then_some(stood),
            };
            let mutations = vec![Mutation::Transfer(Box::new(transfer))];
            weigh(Plan { command: "t", mutations }, |_| Guard::ReadOnly, Timestamp::UNIX_EPOCH)
                .map(|consent| consent.need().clone())
        };
        assert_eq!((need(Way::Down, false), need(Way::Down, true)), (Ok(Need::Nothing), Ok(Need::Yes)));
        assert!(matches!(need(Way::Up, false), Err(Refusal::ReadOnly(_))));
    }

    #[test]
    fn the_table_in_the_documentation_holds() {
        let mutation = |host: &str, action: ContainerAction| {
            Mutation::Container(ContainerMutation {
                target: TargetId::docker(host),
                id: ContainerId::new("1"),
                name: "web".into(),
                client: "docker".into(),
                action,
            })
        };
        let remove = ContainerAction::Remove { force: false, volumes: false };
        let need = |guard: Guard, actions: &[&ContainerAction]| {
            let mutations = actions.iter().map(|a| mutation("h", (*a).clone())).collect();
            weigh(Plan { command: "t", mutations }, |_| guard, Timestamp::UNIX_EPOCH)
                .map(|c| c.need().clone())
        };
        let start = ContainerAction::Start;
        let name = || Need::Name("web".into());
        assert_eq!(need(Guard::Free, &[&start]), Ok(Need::Nothing));
        assert_eq!(need(Guard::Free, &[&remove]), Ok(Need::Yes));
        assert_eq!(need(Guard::Free, &[&start, &start]), Ok(Need::Yes));
        assert_eq!(need(Guard::Free, &[&start, &remove]), Ok(Need::Count(2)));
        assert_eq!(need(Guard::Confirm, &[&start]), Ok(Need::Yes));
        assert_eq!(need(Guard::Confirm, &[&remove]), Ok(name()));
        assert_eq!(need(Guard::Confirm, &[&start, &start]), Ok(Need::Count(2)));
        assert_eq!(need(Guard::TypeTheName, &[&start]), Ok(name()));
        assert!(matches!(need(Guard::ReadOnly, &[&start]), Err(Refusal::ReadOnly(_))));
        assert_eq!(need(Guard::Free, &[]), Err(Refusal::Empty));
        let two = Plan { command: "t", mutations: vec![mutation("a", start.clone()), mutation("b", start)] };
        let by_host = |id: &TargetId| if &*id.name == "b" { Guard::ReadOnly } else { Guard::Free };
        assert!(
            matches!(weigh(two, by_host, Timestamp::UNIX_EPOCH), Err(Refusal::ReadOnly(why)) if why.contains("docker:b"))
        );
    }
}
