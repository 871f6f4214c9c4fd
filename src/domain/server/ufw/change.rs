//! A change of ufw: its command, what takes it back, and what the rules are afterwards.

use super::{Action, Direction, Rule, Ufw};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Change {
    /// At the end of the list, or before the rule with this number.
    Add {
        rule: Rule,
        before: Option<usize>,
    },
    /// By what it says: numbers shift, and hold one family only.
    Delete(Rule),
    Default {
        direction: Direction,
        action: Action,
    },
    Enable,
    Disable,
    /// Read its files again and lay its rules anew.
    Reload,
}

impl Change {
    /// The words behind `ufw`.
    pub fn words(&self) -> Vec<String> {
        let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let of = |rule: &Rule, verb: &[String]| {
            let route = (rule.direction == Direction::Routed).then(|| "route".to_owned());
            route.into_iter().chain(verb.iter().cloned()).chain(rule.words()).collect()
        };
        match self {
            Self::Add { rule, before: None } => of(rule, &[]),
            Self::Add { rule, before: Some(number) } => of(rule, &["insert".to_owned(), number.to_string()]),
            Self::Delete(rule) => {
                let bare = Rule { comment: None, ..rule.clone() };
                of(&bare, &["delete".to_owned()])
            }
            Self::Default { direction, action } => {
                let direction = match direction {
                    Direction::In => "incoming",
                    Direction::Out => "outgoing",
                    Direction::Routed => "routed",
                };
                own(&["default", action.word(), direction])
            }
            Self::Enable => own(&["enable"]),
            Self::Disable => own(&["disable"]),
            Self::Reload => own(&["reload"]),
        }
    }

    /// True when it is about all rules at once, so that each port is judged for another reason than before.
    pub fn is_whole(&self) -> bool {
        !matches!(self, Self::Add { .. } | Self::Delete(_))
    }

    /// True when ufw can say what it would do without doing it.
    pub fn has_preview(&self) -> bool {
        !matches!(self, Self::Enable | Self::Disable | Self::Reload)
    }

    /// As a person would type it.
    pub fn command(&self) -> String {
        let words: Vec<_> =
            self.words().iter().map(|word| crate::domain::shell_word::sh_quote(word)).collect();
        format!("ufw {}", words.join(" "))
    }

    /// What takes it back, if one change does. `None` when it changes nothing.
    pub fn inverse(&self, before: &Ufw) -> Option<Self> {
        let known = |rule: &Rule| before.added.iter().find(|other| other.is_about_the_same_as(rule));
        match self {
            Self::Add { rule, before: place } => match known(rule) {
                // What was there only changes its action; inserted anew, it does not even that.
                Some(old) if place.is_none() && old != rule => {
                    Some(Self::Add { rule: old.clone(), before: None })
                }
                Some(_) => None,
                None => Some(Self::Delete(rule.clone())),
            },
            Self::Delete(rule) => {
                let old = before.added.iter().find(|other| other.is_the_same_as(rule))?;
                let row = |ipv6: bool| {
                    before.numbered.iter().find(|row| row.ipv6 == ipv6 && row.rule.is_the_same_as(rule))
                };
                // Before what followed it; at the end when nothing did.
                let row = row(false).or_else(|| row(true));
                let follows = |number: usize, ipv6: bool| {
                    before.numbered.iter().any(|r| r.number > number && r.ipv6 == ipv6)
                };
                let place = row.filter(|row| follows(row.number, row.ipv6)).map(|row| row.number);
                Some(Self::Add { rule: old.clone(), before: place })
            }
            Self::Default { direction, action } => {
                let old = before.defaults.of(*direction);
                (old != *action).then_some(Self::Default { direction: *direction, action: old })
            }
            Self::Enable => (!before.active).then_some(Self::Disable),
            Self::Disable => before.active.then_some(Self::Enable),
            Self::Reload => None,
        }
    }

    /// The rules of one family afterwards, in their order.
    pub fn rules_after(&self, before: &Ufw, ipv6: bool) -> Vec<Rule> {
        let mut rules: Vec<Rule> = before.rules(ipv6).into_iter().cloned().collect();
        match self {
            Self::Add { rule, before: place } if rule.concerns(ipv6) => {
                let known = rules.iter().position(|other| other.is_about_the_same_as(rule));
                match (known, place) {
                    // ufw leaves what it has where it is, and changes its action there.
                    (Some(at), None) => rules[at] = rule.clone(),
                    (Some(_), Some(_)) => {}
                    (None, None) => rules.push(rule.clone()),
                    (None, Some(number)) => {
                        rules.insert(place_in_family(before, *number, ipv6, rules.len()), rule.clone());
                    }
                }
            }
            Self::Delete(rule) => rules.retain(|other| !other.is_the_same_as(rule)),
            _ => {}
        }
        rules
    }

    /// ufw as it is afterwards, as far as verdicts go.
    pub fn after(&self, before: &Ufw) -> Ufw {
        let mut after = before.clone();
        match self {
            Self::Enable => after.active = true,
            Self::Disable => after.active = false,
            Self::Default { direction: Direction::In, action } => after.defaults.incoming = *action,
            Self::Default { direction: Direction::Out, action } => after.defaults.outgoing = *action,
            Self::Default { direction: Direction::Routed, action } => after.defaults.routed = *action,
            Self::Add { .. } | Self::Delete(_) | Self::Reload => {}
        }
        let rows = [false, true]
            .into_iter()
            .flat_map(|ipv6| self.rules_after(before, ipv6).into_iter().map(move |rule| (ipv6, rule)));
        let rows = rows.enumerate().map(|(i, (ipv6, rule))| super::Numbered { number: i + 1, ipv6, rule });
        after.numbered = rows.collect();
        after
    }
}

/// Where in its family a rule comes to stand that is inserted before a number of the whole list. IPv4 counts
/// from the first rule, IPv6 goes on behind it; in the other family it comes before the same rule, or last.
fn place_in_family(ufw: &Ufw, number: usize, ipv6: bool, length: usize) -> usize {
    let at = number.saturating_sub(1);
    let v4 = ufw.rules(false).len();
    let (family, at) = if at < v4 { (false, at) } else { (true, at - v4) };
    if family == ipv6 {
        return at.min(length);
    }
    let twin = ufw.rules(family).get(at).copied();
    ufw.rules(ipv6).iter().position(|rule| Some(*rule) == twin).unwrap_or(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::ufw::tests::active as ufw;

    fn add(text: &str, before: Option<usize>) -> Change {
        Change::Add { rule: text.parse().unwrap(), before }
    }

    fn delete(text: &str) -> Change {
        Change::Delete(text.parse().unwrap())
    }

    #[test]
    fn commands_and_what_takes_them_back() {
        let before = ufw(&["allow 22/tcp comment ssh", "deny from 203.0.113.7", "allow 80/tcp"]);
        for (change, command, inverse) in [
            (add("limit 2222/tcp", None), "ufw limit 2222/tcp", Some("ufw delete limit 2222/tcp")),
            (add("deny 443", Some(1)), "ufw insert 1 deny 443", Some("ufw delete deny 443")),
            (add("deny 22/tcp", None), "ufw deny 22/tcp", Some("ufw allow 22/tcp comment ssh")),
            (add("allow 80/tcp", None), "ufw allow 80/tcp", None),
            (add("deny 80/tcp", Some(1)), "ufw insert 1 deny 80/tcp", None),
            (
                add("route allow in on eth0 out on eth1", Some(2)),
                "ufw route insert 2 allow in on eth0 out on eth1 to any",
                Some("ufw route delete allow in on eth0 out on eth1 to any"),
            ),
            (
                delete("allow 22/tcp"),
                "ufw delete allow 22/tcp",
                Some("ufw insert 1 allow 22/tcp comment ssh"),
            ),
            (delete("allow 80/tcp"), "ufw delete allow 80/tcp", Some("ufw allow 80/tcp")),
            (delete("allow 9"), "ufw delete allow 9", None),
            (Change::Enable, "ufw enable", None),
            (Change::Disable, "ufw disable", Some("ufw enable")),
            (
                Change::Default { direction: Direction::In, action: Action::Allow },
                "ufw default allow incoming",
                Some("ufw default deny incoming"),
            ),
        ] {
            assert_eq!(change.command(), command);
            assert_eq!(change.inverse(&before).map(|c| c.command()).as_deref(), inverse, "{command}");
        }
    }

    #[test]
    fn the_list_afterwards() {
        let before = ufw(&["allow 22/tcp", "deny from 203.0.113.7", "allow 80/tcp"]);
        let after = |change: &Change, ipv6| {
            change
                .rules_after(&before, ipv6)
                .iter()
                .map(Rule::command)
                .collect::<Vec<_>>()
                .join("; ")
                .replace("ufw ", "")
        };
        let rule = add("deny 22/tcp", None);
        assert_eq!(after(&rule, false), "deny 22/tcp; deny from 203.0.113.7; allow 80/tcp");
        assert_eq!(after(&rule, true), "deny 22/tcp; allow 80/tcp");
        assert_eq!(after(&add("deny 22/tcp", Some(1)), false), after(&Change::Enable, false));
        // Before number 3, which is `allow 80/tcp` in both families.
        let rule = add("limit 443", Some(3));
        assert_eq!(after(&rule, false), "allow 22/tcp; deny from 203.0.113.7; limit 443; allow 80/tcp");
        assert_eq!(after(&rule, true), "allow 22/tcp; limit 443; allow 80/tcp");
        assert_eq!(after(&add("deny from ::1", None), false), after(&Change::Enable, false));
        assert_eq!(after(&delete("deny from 203.0.113.7"), false), "allow 22/tcp; allow 80/tcp");
    }
}
