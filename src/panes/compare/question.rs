//! A question to many servers: what they said so far, and who is still to be asked.

use std::sync::Arc;

use crate::domain::compare_fields::Compared;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::remote::Link;
use crate::domain::server::facet::groups::{Answers, Groups};
use crate::domain::server::{Facet, FacetText};
use crate::domain::world::World;

/// Questions that are under way at the same time: in all, and at one server.
const AT_ONCE: usize = 24;
const AT_ONE_SERVER: usize = 2;

/// Whether a server can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    Ready,
    /// It is being connected.
    Soon,
    No(Fault),
}

impl Reach {
    pub fn of(world: &World, server: &TargetId) -> Self {
        let no = |why: &str, hint: &str| {
            Self::No(Fault::new(FaultKind::Unreachable, format!("{server} {why}")).hint(hint))
        };
        match world.servers.get(server).map(|remote| &remote.link) {
            Some(Link::Live) => Self::Ready,
            Some(Link::Connecting) | None if world.target(server).is_some() => Self::Soon,
            Some(Link::Listed) => no("is not connected", "connect it on the servers pane: C"),
            Some(Link::Lost { fault, .. }) => Self::No(fault.clone()),
            _ => no("is not configured any more", "compare others"),
        }
    }
}

/// A server with whether it can be asked.
pub type Asked = (TargetId, Reach);

/// The question.
#[derive(Debug, Clone)]
pub struct Question {
    pub facet: Facet,
    answers: Answers,
    pub groups: Groups,
    pub waiting: usize,
}

impl Question {
    pub fn new(facet: Facet, servers: &[Asked]) -> Self {
        let mut question = Self { facet, answers: Answers::default(), groups: Groups::default(), waiting: 0 };
        question.count(servers);
        question
    }

    pub fn take(&mut self, server: TargetId, said: Result<Arc<FacetText>, Fault>, servers: &[Asked]) {
        self.answers.take(server, said);
        self.count(servers);
    }

    /// Groups the answers anew: one came, or a server went. What it said before stays true of its time.
    pub fn count(&mut self, servers: &[Asked]) {
        self.groups = self.answers.groups();
        self.waiting = 0;
        for (server, reach) in servers.iter().filter(|(server, _)| !self.answers.has(server)) {
            match reach {
                Reach::No(fault) => self.groups.unknown.push((server.clone(), fault.clone())),
                Reach::Ready | Reach::Soon => self.waiting += 1,
            }
        }
    }

    pub fn row(&self) -> Compared {
        Compared {
            facet: self.facet.clone(),
            title: self.facet.title(),
            equal: self.groups.equal(),
            differ: self.groups.differ(),
            unknown: self.groups.unknown.len(),
            answers: self.groups.groups.len(),
            waiting: self.waiting,
        }
    }
}

/// What is to be asked now: question by question, few at a time. Whoever was asked stays asked until the answer is
/// there.
pub fn due<'a>(questions: &'a [Question], servers: &'a [Asked]) -> Vec<(&'a TargetId, &'a Facet)> {
    let mut busy = vec![0; servers.len()];
    let mut out = Vec::new();
    for question in questions.iter().filter(|question| question.waiting > 0) {
        for ((server, reach), busy) in servers.iter().zip(&mut busy) {
            if out.len() == AT_ONCE {
                return out;
            }
            if *reach == Reach::Ready && *busy < AT_ONE_SERVER && !question.answers.has(server) {
                *busy += 1;
                out.push((server, &question.facet));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_asked_at_a_time_and_nobody_is_dropped_on_the_way() {
        let servers: Vec<Asked> =
            (0..200).map(|i| (TargetId::server(&format!("web{i}")), Reach::Ready)).collect();
        let mut questions: Vec<Question> =
            Facet::ALL.into_iter().map(|facet| Question::new(facet, &servers)).collect();
        let own = |due: Vec<(&TargetId, &Facet)>| -> Vec<(TargetId, Facet)> {
            due.into_iter().map(|(server, facet)| (server.clone(), facet.clone())).collect()
        };
        let (mut asked, mut steps) = (own(due(&questions, &servers)), 0);
        assert_eq!(asked.len(), AT_ONCE);
        while !asked.is_empty() {
            // Answers come in any order.
            let (server, facet) = asked.remove(steps * 7 % asked.len());
            let said = FacetText { digest: [0; 32], text: None, lines: 0, partly: false };
            let question = questions.iter_mut().find(|question| question.facet == facet).unwrap();
            question.take(server, Ok(Arc::new(said)), &servers);
            let next = own(due(&questions, &servers));
            assert!(asked.iter().all(|one| next.contains(one)), "an answer on its way is not thrown away");
            (asked, steps) = (next, steps + 1);
        }
        assert_eq!(steps, 200 * Facet::ALL.len());
    }

    #[test]
    fn who_cannot_be_asked_is_unknown_and_not_waited_for() {
        let fault = Fault::new(FaultKind::Unreachable, "no route");
        let servers = [(TargetId::server("a"), Reach::No(fault)), (TargetId::server("b"), Reach::Soon)];
        let question = Question::new(Facet::System, &servers);
        assert_eq!((question.row().unknown, question.waiting), (1, 1));
        assert_eq!(due(&[question], &servers), [], "it is asked when it is there");
    }
}
