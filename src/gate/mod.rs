//! The one way to change anything: propose → consent → authorized.
//!
//! A [`Plan`] is weighed against the guard levels of its targets and becomes a [`Consent`], which owns the
//! exact mutations and says what proof it needs. [`authorize`] takes the consent and the proof, writes the
//! intent to the audit, and only then hands out [`Authorized`] mutations. Backends take nothing else.
//!
//! Nobody outside this module can make one:
//!
//! ```compile_fail
//! use pult::domain::mutation::Mutation;
//! fn forge(mutation: Mutation) -> pult::gate::Authorized {
//!     pult::gate::Authorized { mutation, audit_seq: 1 }
//! }
//! ```
//!
//! nor use one twice:
//!
//! ```compile_fail
//! fn twice(one: pult::gate::Authorized) -> (pult::gate::Authorized, pult::gate::Authorized) {
//!     (one.clone(), one)
//! }
//! ```

pub mod chain;
mod policy;

pub use policy::{Need, weigh};

use std::io;

use jiff::Timestamp;

use crate::domain::guard::Guard;
use crate::domain::mutation::Mutation;

/// How long a consent may wait for its answer.
pub const CONSENT_TTL_S: i64 = 60;

/// Mutations that a command proposes, in the order in which they will run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The registry's id, which becomes the audit's verb.
    pub command: &'static str,
    pub mutations: Vec<Mutation>,
}

/// A plan that may be carried out once its need is met. Not `Clone`: it is used once.
#[derive(Debug)]
pub struct Consent {
    plan: Plan,
    need: Need,
    guard: Guard,
    since: Timestamp,
}

impl Consent {
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub fn need(&self) -> &Need {
        &self.need
    }

    /// The strictest guard among the targets.
    pub fn guard(&self) -> Guard {
        self.guard
    }

    /// True when the proof is what the need asks for.
    pub fn is_met_by(&self, proof: &Proof) -> bool {
        match (&self.need, proof) {
            (Need::Nothing, _) => true,
            (Need::Yes, Proof::Yes | Proof::Typed(_)) => true,
            (Need::Name(name), Proof::Typed(typed)) => name == typed.trim(),
            (Need::Count(n), Proof::Typed(typed)) => typed.trim() == n.to_string(),
            _ => false,
        }
    }
}

/// What a person gave as consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    None,
    Yes,
    /// The typed name or count.
    Typed(String),
}

/// Why a plan is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    ReadOnly(String),
    #[error("{0}")]
    Unproven(String),
    #[error("the question was open for more than {CONSENT_TTL_S} s; ask again")]
    Expired,
    #[error("refused: the audit line could not be written ({0})")]
    Audit(String),
    #[error("nothing to do")]
    Empty,
}

impl Refusal {
    /// The word for the audit's verdict.
    pub fn word(&self) -> &'static str {
        match self {
            Self::ReadOnly(_) => "read-only",
            Self::Unproven(_) => "unconfirmed",
            Self::Expired => "expired",
            Self::Audit(_) => "no-audit",
            Self::Empty => "empty",
        }
    }
}

/// What goes into the audit before an action starts; the ledger adds time, session, user and chain.
#[derive(Debug, Clone)]
pub struct Entry {
    pub command: &'static str,
    pub target: String,
    pub object: String,
    pub summary: String,
    pub equivalent: String,
    /// What takes it back.
    pub undo: Option<String>,
    pub guard: Guard,
    pub verdict: &'static str,
}

impl Entry {
    /// The entry of one mutation.
    pub fn new(command: &'static str, mutation: &Mutation, guard: Guard, verdict: &'static str) -> Self {
        Self {
            command,
            target: mutation.target().to_string(),
            object: mutation.object_id().into_owned(),
            summary: mutation.summary(),
            equivalent: mutation.equivalent(),
            undo: mutation.undo(),
            guard,
            verdict,
        }
    }
}

/// Where intents are written; the audit file in the runtime, a list in tests.
pub trait Ledger {
    /// Writes an intent so that it survives a crash, and returns its sequence number.
    ///
    /// # Errors
    /// Any error refuses the action.
    fn intent(&mut self, entry: &Entry) -> io::Result<u64>;
}

/// A mutation that may be carried out: consented to and written to the audit. Consumed by use.
#[derive(Debug)]
pub struct Authorized {
    mutation: Mutation,
    audit_seq: u64,
}

impl Authorized {
    pub fn mutation(&self) -> &Mutation {
        &self.mutation
    }

    /// The audit's sequence number of the intent; the outcome refers to it.
    pub fn audit_seq(&self) -> u64 {
        self.audit_seq
    }
}

/// Turns a consent into authorized mutations, after the intent of every one of them is in the audit.
///
/// # Errors
/// Expired, unproven, or the audit could not be written: then nothing at all may run. Intents that were
/// written before the failing one stand in the audit without an outcome; [`chain`] reads them as unknown.
pub fn authorize(
    consent: Consent,
    proof: &Proof,
    now: Timestamp,
    ledger: &mut dyn Ledger,
) -> Result<Vec<Authorized>, Refusal> {
    if now.as_second() - consent.since.as_second() > CONSENT_TTL_S {
        return Err(Refusal::Expired);
    }
    if !consent.is_met_by(proof) {
        return Err(Refusal::Unproven(consent.need.sentence()));
    }
    let verdict = match (&consent.need, proof) {
        (Need::Nothing, Proof::None) => "free",
        (Need::Count(_), _) => "count",
        (Need::Name(_), _) => "typed",
        _ => "yes",
    };
    let Plan { command, mutations } = consent.plan;
    mutations
        .into_iter()
        .map(|mutation| {
            let entry = Entry::new(command, &mutation, consent.guard, verdict);
            match ledger.intent(&entry) {
                Ok(audit_seq) => Ok(Authorized { mutation, audit_seq }),
                Err(e) => Err(Refusal::Audit(e.to_string())),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ContainerId, TargetId};
    use crate::domain::mutation::{ContainerAction, ContainerMutation};

    struct Book {
        lines: Vec<String>,
        broken: bool,
    }

    impl Ledger for Book {
        fn intent(&mut self, entry: &Entry) -> io::Result<u64> {
            if self.broken {
                return Err(io::Error::other("no space left on device"));
            }
            self.lines.push(format!("{} {}", entry.verdict, entry.equivalent));
            Ok(self.lines.len() as u64)
        }
    }

    fn plan(names: &[&str], action: &ContainerAction) -> Plan {
        let mutations = names.iter().map(|name| {
            Mutation::Container(ContainerMutation {
                target: TargetId::docker("local"),
                id: ContainerId::new(name),
                name: (*name).to_owned(),
                client: "docker".into(),
                action: action.clone(),
            })
        });
        Plan { command: "container.test", mutations: mutations.collect() }
    }

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(s).unwrap()
    }

    const REMOVE: ContainerAction = ContainerAction::Remove { force: false, volumes: false };

    #[test]
    fn a_removal_runs_only_with_the_typed_name_and_after_its_audit_line() {
        let mut book = Book { lines: vec![], broken: false };
        for wrong in [Proof::None, Proof::Yes, Proof::Typed("we".into())] {
            let consent = weigh(plan(&["web"], &REMOVE), |_| Guard::Confirm, at(0)).unwrap();
            assert!(matches!(authorize(consent, &wrong, at(1), &mut book), Err(Refusal::Unproven(_))));
        }
        assert!(book.lines.is_empty());
        let consent = weigh(plan(&["web"], &REMOVE), |_| Guard::Confirm, at(0)).unwrap();
        let authorized = authorize(consent, &Proof::Typed("web".into()), at(1), &mut book).unwrap();
        assert_eq!((authorized.len(), authorized[0].audit_seq()), (1, 1));
        assert_eq!(book.lines, ["typed docker rm web"]);
    }

    #[test]
    fn no_audit_no_action_and_no_late_answers() {
        let mut book = Book { lines: vec![], broken: true };
        let consent = weigh(plan(&["web"], &ContainerAction::Start), |_| Guard::Free, at(0)).unwrap();
        assert!(
            matches!(authorize(consent, &Proof::None, at(1), &mut book), Err(Refusal::Audit(why)) if why.contains("no space"))
        );
        book.broken = false;
        let consent = weigh(plan(&["web"], &ContainerAction::Start), |_| Guard::Confirm, at(0)).unwrap();
        assert_eq!(authorize(consent, &Proof::Yes, at(61), &mut book).unwrap_err(), Refusal::Expired);
    }

    #[test]
    fn bulk_asks_for_the_count() {
        let mut book = Book { lines: vec![], broken: false };
        let consent = weigh(plan(&["a", "b", "c"], &REMOVE), |_| Guard::Confirm, at(0)).unwrap();
        assert_eq!(*consent.need(), Need::Count(3));
        assert_eq!(authorize(consent, &Proof::Typed("3".into()), at(1), &mut book).unwrap().len(), 3);
    }
}
