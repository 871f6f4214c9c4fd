//! ufw, as far as it can be reasoned about without asking it: its rules in their order, its defaults, what it
//! would do to a packet, and how its list changes.

pub mod change;
pub mod parse;
pub mod rule;
pub mod verdict;

use std::collections::HashMap;

pub use change::Change;
pub use parse::NoRule;
pub use rule::{Action, Direction, End, Ports, Rule};
pub use verdict::{Packet, Verdict};

/// What happens to packets of which no rule speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defaults {
    pub incoming: Action,
    pub outgoing: Action,
    pub routed: Action,
}

impl Defaults {
    pub fn of(&self, direction: Direction) -> Action {
        match direction {
            Direction::In => self.incoming,
            Direction::Out => self.outgoing,
            Direction::Routed => self.routed,
        }
    }
}

impl Default for Defaults {
    /// As ufw comes.
    fn default() -> Self {
        Self { incoming: Action::Deny, outgoing: Action::Allow, routed: Action::Deny }
    }
}

/// A rule at its place in the list. A rule for both families stands there twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    pub number: usize,
    pub ipv6: bool,
    pub rule: Rule,
}

/// A protocol (`None` = any) and the ranges of its ports.
pub type ProfilePart = (Option<String>, Vec<(u16, u16)>);

/// What the names of applications stand for.
pub type Profiles = HashMap<String, Vec<ProfilePart>>;

/// What ufw says that a change would do: the kernel's rules that would come and go, in the words of iptables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    pub comes: Vec<String>,
    pub goes: Vec<String>,
    /// `Rules updated`, `Skipping adding existing rule`
    pub said: Vec<String>,
}

/// ufw on one server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ufw {
    pub active: bool,
    pub defaults: Defaults,
    /// `low`, `off`; empty = not told.
    pub logging: String,
    /// False when ufw leaves IPv6 to nobody: then only the loopback speaks it.
    pub ipv6: bool,
    /// What was added, each once; also what will hold once it is active.
    pub added: Vec<Rule>,
    /// What holds, in the order of the kernel. Empty while it is inactive.
    pub numbered: Vec<Numbered>,
    pub profiles: Profiles,
}

impl Ufw {
    /// The rules of one family in the order in which they are asked.
    pub fn rules(&self, ipv6: bool) -> Vec<&Rule> {
        match self.active {
            true => self.numbered.iter().filter(|row| row.ipv6 == ipv6).map(|row| &row.rule).collect(),
            false => self.added.iter().filter(|rule| rule.concerns(ipv6)).collect(),
        }
    }
}

#[cfg(test)]
pub(in crate::domain::server) mod tests {
    use super::{Numbered, Rule, Ufw};

    /// An active ufw with these rules, each for the families it concerns.
    pub fn active(rules: &[&str]) -> Ufw {
        let added: Vec<Rule> = rules.iter().map(|text| text.parse().unwrap()).collect();
        let rows = [false, true]
            .into_iter()
            .flat_map(|ipv6| added.iter().filter(move |r| r.concerns(ipv6)).map(move |r| (ipv6, r.clone())));
        let rows = rows.enumerate().map(|(i, (ipv6, rule))| Numbered { number: i + 1, ipv6, rule });
        Ufw { active: true, ipv6: true, numbered: rows.collect(), added: added.clone(), ..Ufw::default() }
    }
}
