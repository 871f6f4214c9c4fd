//! Answers of many servers to one question, in groups of the same answer: the largest is the usual one, the others
//! differ from it. Who gave no answer, or saw less than others, is neither equal nor different.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::FacetText;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::filter::natural_order;
use crate::domain::ids::TargetId;

/// Bytes of texts that are kept of one question; a text that many servers share counts once.
const KEPT: usize = 4 << 20;

/// The answers to one question.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    all: BTreeMap<TargetId, Result<Arc<FacetText>, Fault>>,
    kept: usize,
}

/// Servers that say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub said: Arc<FacetText>,
    pub servers: Vec<TargetId>,
}

/// How the answers fall. Servers stand in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    /// The usual answer first.
    pub groups: Vec<Group>,
    /// Who cannot be compared, and why.
    pub unknown: Vec<(TargetId, Fault)>,
    /// Nobody was asked with the rights of root, which would have seen more.
    pub partly: bool,
}

impl Groups {
    /// Servers that give the usual answer.
    pub fn equal(&self) -> usize {
        self.groups.first().map_or(0, |usual| usual.servers.len())
    }

    /// Servers that give another one.
    pub fn differ(&self) -> usize {
        self.groups.iter().skip(1).map(|group| group.servers.len()).sum()
    }

    /// `17 equal, 2 differ, 1 unknown`
    pub fn sentence(&self) -> String {
        let mut parts = vec![format!("{} equal", self.equal())];
        let (differ, unknown) = (self.differ(), self.unknown.len());
        if differ > 0 {
            parts.push(format!("{differ} {}", if differ == 1 { "differs" } else { "differ" }));
        }
        if unknown > 0 {
            parts.push(format!("{unknown} unknown"));
        }
        parts.join(", ")
    }
}

impl Answers {
    /// What a server said. A text that another one has said already is kept once, and with too many different ones
    /// the later are told apart without being kept.
    pub fn take(&mut self, server: TargetId, result: Result<Arc<FacetText>, Fault>) {
        let result = result.map(|said| {
            let same = |other: &&Arc<FacetText>| other.digest == said.digest && other.partly == said.partly;
            if let Some(same) = self.all.values().flatten().find(same) {
                return same.clone();
            }
            let bytes = said.text.as_deref().map_or(0, str::len);
            if self.kept + bytes > KEPT {
                return Arc::new(FacetText { text: None, ..(*said).clone() });
            }
            self.kept += bytes;
            said
        });
        self.all.insert(server, result);
    }

    pub fn has(&self, server: &TargetId) -> bool {
        self.all.contains_key(server)
    }

    pub fn of(&self, server: &TargetId) -> Option<&Result<Arc<FacetText>, Fault>> {
        self.all.get(server)
    }

    pub fn groups(&self) -> Groups {
        let mut out = Groups::default();
        let mut names: Vec<&TargetId> = self.all.keys().collect();
        names.sort_by(|a, b| natural_order(&a.name, &b.name));
        // What was seen with fewer rights says nothing about what was seen with more.
        let some_see_all = self.all.values().flatten().any(|said| !said.partly);
        for server in names {
            match self.all.get(server) {
                Some(Ok(said)) if said.partly && some_see_all => {
                    out.unknown.push((server.clone(), sees_less()));
                }
                Some(Ok(said)) => {
                    out.partly |= said.partly;
                    match out.groups.iter_mut().find(|group| group.said.digest == said.digest) {
                        Some(group) => group.servers.push(server.clone()),
                        None => {
                            out.groups.push(Group { said: said.clone(), servers: vec![server.clone()] });
                        }
                    }
                }
                Some(Err(fault)) => out.unknown.push((server.clone(), fault.clone())),
                None => {}
            }
        }
        out.groups.sort_by_key(|group| std::cmp::Reverse(group.servers.len()));
        out
    }
}

fn sees_less() -> Fault {
    Fault::new(FaultKind::Denied, "read without the rights of root, unlike others: it is not compared")
        .hint("log in as root, or permit sudo without a password for reading")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, partly: bool) -> Result<Arc<FacetText>, Fault> {
        let mut digest = [0; 32];
        for (i, byte) in text.bytes().enumerate() {
            digest[i % 32] ^= byte.rotate_left((i / 32 % 8) as u32);
        }
        Ok(Arc::new(FacetText { digest, text: Some(text.into()), lines: text.lines().count(), partly }))
    }

    fn server(name: &str) -> TargetId {
        TargetId::server(name)
    }

    #[test]
    fn the_largest_group_is_the_usual_answer() {
        let mut answers = Answers::default();
        for i in 1..=17 {
            answers.take(server(&format!("web{i}")), said("a", false));
        }
        answers.take(server("a1"), said("b", false));
        answers.take(server("a2"), said("c", false));
        answers.take(server("a3"), Err(Fault::new(FaultKind::Timeout, "no answer")));
        let groups = answers.groups();
        assert_eq!(groups.sentence(), "17 equal, 2 differ, 1 unknown");
        assert_eq!(groups.groups[0].servers[16], server("web17"), "in the order of names");
        assert_eq!(groups.groups[1].servers, [server("a1")]);
        assert_eq!(Answers::default().groups().sentence(), "0 equal");
    }

    #[test]
    fn who_sees_less_is_not_compared_with_who_sees_all() {
        let mut answers = Answers::default();
        answers.take(server("a"), said("x", true));
        answers.take(server("b"), said("x", true));
        assert!(answers.groups().partly && answers.groups().equal() == 2);
        answers.take(server("c"), said("x", false));
        let groups = answers.groups();
        assert_eq!((groups.equal(), groups.differ(), groups.unknown.len()), (1, 0, 2));
        assert!(!groups.partly);
    }

    #[test]
    fn many_long_answers_are_bounded() {
        let mut answers = Answers::default();
        let common = said(&"the same line\n".repeat(80_000), false);
        for i in 0..100 {
            answers.take(server(&format!("same{i}")), common.clone());
            let odd = format!("{i}{}", "x".repeat(1 << 20));
            answers.take(server(&format!("odd{i}")), said(&odd, false));
        }
        let kept: usize =
            answers.groups().groups.iter().filter_map(|group| group.said.text.as_deref()).map(str::len).sum();
        assert!(kept <= KEPT, "{kept}");
        let groups = answers.groups();
        assert_eq!((groups.equal(), groups.differ()), (100, 100), "told apart all the same");
    }
}
