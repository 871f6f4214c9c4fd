//! Reads a rule as `ufw show added` prints it and as a person types it.

use std::str::FromStr;

use super::rule::{Action, Direction, End, Ports, Rule};
use crate::domain::sanitize;
use crate::domain::server::network::Network;
use crate::domain::shell_word::sh_split;

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoRule(String);

const PROTOCOLS: [&str; 7] = ["tcp", "udp", "ah", "esp", "gre", "ipv6", "igmp"];
/// Longer remarks are no remarks.
const COMMENT: usize = 256;
/// The kernel's limit.
const INTERFACE: usize = 15;

impl FromStr for Rule {
    type Err = NoRule;

    fn from_str(text: &str) -> Result<Self, NoRule> {
        let words = sh_split(text.trim()).map_err(NoRule)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let words = words.strip_prefix(&["ufw"]).unwrap_or(&words);
        let (routed, words) = match words.strip_prefix(&["route"]) {
            Some(rest) => (true, rest),
            None => (false, words),
        };
        let mut reader = Reader { words: words.iter() };
        let action = reader.word("an action")?;
        let action = Action::from_word(action)
            .ok_or_else(|| wrong(action, "is no action; there are allow, deny, reject and limit"))?;
        let mut rule = Rule::new(action);
        if routed {
            rule.direction = Direction::Routed;
        }
        reader.read(&mut rule)?;
        Ok(rule)
    }
}

fn wrong(word: &str, what: &str) -> NoRule {
    NoRule(format!("`{}` {what}", sanitize::name(word)))
}

struct Reader<'a> {
    words: std::slice::Iter<'a, &'a str>,
}

impl<'a> Reader<'a> {
    fn word(&mut self, what: &str) -> Result<&'a str, NoRule> {
        self.words.next().copied().ok_or_else(|| NoRule(format!("{what} is missing")))
    }

    /// Takes the next word if it is this one.
    fn takes(&mut self, word: &str) -> bool {
        let is = self.words.as_slice().first() == Some(&word);
        if is {
            self.words.next();
        }
        is
    }

    fn read(&mut self, rule: &mut Rule) -> Result<(), NoRule> {
        let mut said = false;
        while let Some(word) = self.words.next().copied() {
            said |= !matches!(word, "comment" | "log" | "log-all");
            match word {
                "in" | "out" => self.way(word, rule)?,
                "log" => rule.log = Some("log"),
                "log-all" => rule.log = Some("log-all"),
                "from" => rule.from = self.end()?,
                "to" => rule.to = self.end()?,
                "proto" => rule.protocol = protocol(self.word("the protocol behind `proto`")?)?,
                "comment" => rule.comment = Some(comment(self.word("the text behind `comment`")?)?),
                short if rule.to.is_any() && rule.protocol.is_none() => {
                    let (ports, proto) = short.split_once('/').unwrap_or((short, "any"));
                    rule.protocol = protocol(proto)?;
                    rule.to.ports = read_ports(ports)?;
                }
                other => return Err(wrong(other, "is one word too many")),
            }
        }
        if said { Ok(()) } else { Err(NoRule("what it is about is missing: a port, an address".into())) }
    }

    fn way(&mut self, word: &str, rule: &mut Rule) -> Result<(), NoRule> {
        if rule.direction != Direction::Routed {
            rule.direction = if word == "in" { Direction::In } else { Direction::Out };
        }
        if self.takes("on") {
            let interface = Some(interface(self.word("the interface behind `on`")?)?);
            *(if word == "in" { &mut rule.enters } else { &mut rule.leaves }) = interface;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<End, NoRule> {
        let network = match self.word("an address")? {
            "any" => None,
            text => Some(text.parse::<Network>().map_err(|e| wrong(text, &format!("is {e}")))?),
        };
        // The whole of a family is written as such only where it matters; ufw calls both `any`.
        let ports = if self.takes("port") {
            read_ports(self.word("the port")?)?
        } else if self.takes("app") {
            Ports::Profile(profile(self.word("the application")?)?)
        } else {
            Ports::Any
        };
        Ok(End { network, ports })
    }
}

/// `22`, `80,443`, `6000:6007`; anything else is the name of an application or a service.
pub fn read_ports(text: &str) -> Result<Ports, NoRule> {
    if text == "any" {
        return Ok(Ports::Any);
    }
    if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b',' | b':')) {
        return Ok(Ports::Profile(profile(text)?));
    }
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    let range = |text: &str| {
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        Some((port(first)?, port(last)?)).filter(|(first, last)| first <= last)
    };
    let ranges: Option<Vec<_>> = text.split(',').map(range).collect();
    ranges.map(Ports::Some).ok_or_else(|| wrong(text, "is no port, list or range of ports"))
}

fn protocol(word: &str) -> Result<Option<String>, NoRule> {
    match word {
        "any" => Ok(None),
        known if PROTOCOLS.contains(&known) => Ok(Some(known.to_owned())),
        other => Err(wrong(other, &format!("is no protocol; there are {}", PROTOCOLS.join(", ")))),
    }
}

/// A name that ufw takes for nothing else.
fn profile(text: &str) -> Result<String, NoRule> {
    let fits = |c: char| c.is_ascii_alphanumeric() || " _-.+".contains(c);
    let is_name = text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(fits);
    is_name.then(|| text.to_owned()).ok_or_else(|| wrong(text, "is neither a port nor an application"))
}

fn interface(text: &str) -> Result<String, NoRule> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.+,=%@".contains(c);
    let is_name =
        !text.starts_with('-') && text.len() <= INTERFACE && !text.is_empty() && text.chars().all(fits);
    is_name.then(|| text.to_owned()).ok_or_else(|| wrong(text, "is no interface"))
}

fn comment(text: &str) -> Result<String, NoRule> {
    let clean = sanitize::line(text, COMMENT);
    // ufw itself takes no quote in a remark.
    match clean == text && !text.contains('\'') && !text.starts_with('-') {
        true => Ok(text.to_owned()),
        false => Err(NoRule("a comment is one line, without quotes and control characters".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_rule_prints_the_command_that_makes_it() {
        for text in [
            "ufw deny from 198.51.100.4 to any port 22 proto tcp",
            "ufw limit 2222/tcp",
            "ufw deny from 203.0.113.7",
            "ufw allow from 10.0.0.0/8 to any port 5432 proto tcp comment 'pg # replica'",
            "ufw deny out 25/tcp",
            "ufw route allow in on eth0 out on eth1 to 10.1.1.1 port 80 proto tcp",
            "ufw allow 22/tcp comment 'ssh in'",
            "ufw allow 80,443/tcp",
            "ufw allow 6000:6007/udp",
            "ufw allow 'Nginx Full'",
            "ufw allow OpenSSH",
            "ufw reject in on eth0 log from 2001:db8::/32 to any app 'Nginx Full'",
            "ufw allow log-all 22/tcp",
            "ufw allow 53",
            "ufw allow from any port 67 to any port 68 proto udp",
            "ufw allow in on wg0 to any",
            "ufw allow to 10.0.0.1 proto esp",
        ] {
            let rule: Rule = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            // Longest forms say `from any` where ufw does not.
            assert_eq!(rule.command(), text);
        }
        let rule: Rule = "allow in on wg0".parse().unwrap();
        assert_eq!(rule.command(), "ufw allow in on wg0 to any");
        assert!(rule.concerns(false) && rule.concerns(true));
    }

    #[test]
    fn what_is_no_rule_is_told() {
        for (text, says) in [
            ("", "missing"),
            ("permit 22", "no action"),
            ("allow", "missing"),
            ("allow 22/tpc", "no protocol"),
            ("allow 0", "no port"),
            ("allow 9:3", "no port"),
            ("allow 22 23", "too many"),
            ("allow from 10.0.0.0/40", "neither an address"),
            ("allow in on --eth", "no interface"),
            ("allow --force", "neither a port"),
            ("allow 22 comment \"it's\"", "without quotes"),
            ("allow 22 comment 'a\u{1b}[2J'", "without quotes"),
            ("allow 22 comment", "missing"),
            ("allow 'x", "not closed"),
        ] {
            let error = text.parse::<Rule>().unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains('\u{1b}'), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_is_read_prints_itself(
            words in proptest::collection::vec("(ufw|route|allow|deny|limit|in|out|on|log|from|to|any|port|app|proto|tcp|comment|eth0|10\\.0\\.0\\.0/8|::1|22|80,443/tcp|1:9|'a b'|\\PC{0,4})", 0..12)
        ) {
            if let Ok(rule) = words.join(" ").parse::<Rule>() {
                let again: Rule = rule.command().parse().map_err(|e| TestCaseError::fail(format!("{rule:?}: {e}")))?;
                prop_assert_eq!(again, rule);
            }
        }
    }
}
