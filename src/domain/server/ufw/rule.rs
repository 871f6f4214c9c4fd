//! One rule of ufw: what it says, and the words of the command that makes it.
//!
//! The words are those that `ufw show added` prints, so that what ufw tells us and what we tell ufw are one
//! language. A value that ufw could take for something else never becomes part of a rule.

use std::fmt;

use crate::domain::server::network::Network;
use crate::domain::server::sockets::Transport;
use crate::domain::shell_word::sh_quote;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Allow,
    Deny,
    Reject,
    /// Allow, but not more than six connections of one address in half a minute.
    Limit,
}

impl Action {
    pub const ALL: [Self; 4] = [Self::Allow, Self::Deny, Self::Reject, Self::Limit];

    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Reject => "reject",
            Self::Limit => "limit",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word().eq_ignore_ascii_case(word))
    }

    pub fn lets_in(self) -> bool {
        matches!(self, Self::Allow | Self::Limit)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    In,
    Out,
    /// From one interface to another: `ufw route`.
    Routed,
}

impl Direction {
    pub fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Routed => "routed",
        }
    }
}

/// Ports of one side of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Ports {
    #[default]
    Any,
    /// Ranges from the first to the last, each within.
    Some(Vec<(u16, u16)>),
    /// An application profile: `Nginx Full`.
    Profile(String),
}

/// One side of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct End {
    /// `None` = any.
    pub network: Option<Network>,
    pub ports: Ports,
}

impl End {
    pub fn is_any(&self) -> bool {
        self.network.is_none() && self.ports == Ports::Any
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    pub action: Action,
    pub direction: Direction,
    /// Interfaces by which a packet comes and goes.
    pub enters: Option<String>,
    pub leaves: Option<String>,
    /// `log` or `log-all`.
    pub log: Option<&'static str>,
    /// `tcp`, `udp`, `esp` …; `None` = any.
    pub protocol: Option<String>,
    pub from: End,
    pub to: End,
    pub comment: Option<String>,
}

impl Rule {
    /// A rule for packets that come in, for everything; the rest is filled in.
    pub fn new(action: Action) -> Self {
        Self {
            action,
            direction: Direction::In,
            enters: None,
            leaves: None,
            log: None,
            protocol: None,
            from: End::default(),
            to: End::default(),
            comment: None,
        }
    }

    /// Keeps one address or network from reaching anything.
    pub fn block(network: Network) -> Self {
        Self { from: End { network: Some(network), ports: Ports::Any }, ..Self::new(Action::Deny) }
    }

    /// Opens a port.
    pub fn open(port: u16, transport: Transport) -> Self {
        let to = End { network: None, ports: Ports::Some(vec![(port, port)]) };
        Self { to, protocol: Some(transport.word().to_owned()), ..Self::new(Action::Allow) }
    }

    /// True when it speaks of this family of addresses; one without addresses speaks of both.
    pub fn concerns(&self, ipv6: bool) -> bool {
        let networks = self.from.network.iter().chain(&self.to.network);
        networks.into_iter().all(|network| network.is_ipv6() == ipv6)
    }

    /// What it is about, whatever it does there: ufw holds only one rule about each.
    pub fn is_about_the_same_as(&self, other: &Self) -> bool {
        let about = |rule: &Self| {
            let mut rule = rule.clone();
            (rule.action, rule.log, rule.comment) = (Action::Allow, None, None);
            rule
        };
        about(self) == about(other)
    }

    /// The same rule, whatever is remarked on it: ufw deletes it by this.
    pub fn is_the_same_as(&self, other: &Self) -> bool {
        self.action == other.action && self.log == other.log && self.is_about_the_same_as(other)
    }

    /// What tells it from others: its words without the remark.
    pub fn identity(&self) -> String {
        let command = Self { comment: None, ..self.clone() }.command();
        command.strip_prefix("ufw ").unwrap_or(&command).to_owned()
    }

    /// The words behind `ufw`, or behind `ufw route`: `allow`, `22/tcp`, `comment`, `ssh`.
    pub fn words(&self) -> Vec<String> {
        let mut words = vec![self.action.word().to_owned()];
        let mut say = |text: &str| words.push(text.to_owned());
        for (way, interface) in [("in", &self.enters), ("out", &self.leaves)] {
            if let Some(interface) = interface {
                [way, "on", interface].into_iter().for_each(&mut say);
            }
        }
        let no_interface = self.enters.is_none() && self.leaves.is_none();
        if no_interface && self.direction == Direction::Out {
            say("out");
        }
        if let Some(log) = self.log {
            say(log);
        }
        let short = no_interface
            && self.from.is_any()
            && self.to.network.is_none()
            && self.direction != Direction::Routed;
        match (&self.to.ports, &self.protocol) {
            (Ports::Profile(name), None) if short => say(name),
            (Ports::Some(ports), None) if short => say(&list(ports)),
            (Ports::Some(ports), Some(protocol)) if short => say(&format!("{}/{protocol}", list(ports))),
            _ => self.long_words(&mut say),
        }
        if let Some(comment) = &self.comment {
            ["comment", comment].into_iter().for_each(&mut say);
        }
        words
    }

    fn long_words(&self, say: &mut impl FnMut(&str)) {
        for (way, end) in [("from", &self.from), ("to", &self.to)] {
            // A rule must say something about one of its sides.
            if end.is_any() && !(way == "to" && self.from.is_any()) {
                continue;
            }
            say(way);
            say(&end.network.map_or_else(|| "any".to_owned(), |network| network.to_string()));
            match &end.ports {
                Ports::Any => {}
                Ports::Some(ports) => ["port", &list(ports)].into_iter().for_each(&mut *say),
                Ports::Profile(name) => ["app", name].into_iter().for_each(&mut *say),
            }
        }
        if let Some(protocol) = &self.protocol {
            ["proto", protocol].into_iter().for_each(say);
        }
    }

    /// As a person would type it: `ufw allow 22/tcp comment 'ssh in'`.
    pub fn command(&self) -> String {
        let route = if self.direction == Direction::Routed { "route " } else { "" };
        let words: Vec<String> = self.words().iter().map(|word| sh_quote(word)).collect();
        format!("ufw {route}{}", words.join(" "))
    }
}

/// `80,443`, `6000:6007`
pub(super) fn list(ports: &[(u16, u16)]) -> String {
    let one = |(first, last): &(u16, u16)| match first == last {
        true => first.to_string(),
        false => format!("{first}:{last}"),
    };
    ports.iter().map(one).collect::<Vec<_>>().join(",")
}

impl fmt::Display for End {
    /// `Anywhere`, `10.0.0.0/8`, `22`, `10.0.0.1 22`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports = match &self.ports {
            Ports::Any => String::new(),
            Ports::Some(ports) => list(ports),
            Ports::Profile(name) => name.clone(),
        };
        match (self.network, ports.is_empty()) {
            (None, true) => f.write_str("Anywhere"),
            (None, false) => f.write_str(&ports),
            (Some(network), true) => write!(f, "{network}"),
            (Some(network), false) => write!(f, "{network} {ports}"),
        }
    }
}
