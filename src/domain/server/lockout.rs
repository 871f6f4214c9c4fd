//! Would a change keep us out? Asked before every change of a firewall, every ban and every key that is removed.
//!
//! It knows by which address and port each server on the way sees us, reckons what would become of the next
//! connection, and answers for the worst case: what hangs on something unknown is a risk, too.

use core::net::IpAddr;

use super::network::Network;
use super::sockets::Transport;
use super::ufw::{Action, Change, Direction, Packet, Ufw, Verdict};

/// A connection as the server at its end sees it: `$SSH_CONNECTION`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub client: IpAddr,
    pub server: IpAddr,
    pub port: u16,
}

impl Seen {
    /// `192.0.2.7 51234 10.0.0.5 22`; zones of link-local addresses are cut off.
    pub fn parse(text: &str) -> Option<Self> {
        let address = |word: &str| Some(word.split('%').next()?.parse::<IpAddr>().ok()?.to_canonical());
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            [client, _, server, port] => {
                Some(Self { client: address(client)?, server: address(server)?, port: port.parse().ok()? })
            }
            _ => None,
        }
    }
}

/// A server that we reach through this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onward {
    /// As we call it.
    pub server: String,
    /// The next server on the way there, as it is dialled from here: often that server itself.
    pub host: String,
    pub port: u16,
}

impl Onward {
    /// Its address, where it is written as one: who looks names up on the way is not known here.
    fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok().map(|address: IpAddr| address.to_canonical())
    }
}

/// How we come to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path<'a> {
    pub seen: Seen,
    /// Where it is on our way to.
    pub onward: &'a [Onward],
    /// The fingerprint of the key that let us in.
    pub key: Option<&'a str>,
}

/// What is about to be done to a server.
#[derive(Debug, Clone)]
pub enum Proposal<'a> {
    Ufw {
        before: &'a Ufw,
        change: &'a Change,
    },
    Ban(Network),
    /// A key is taken from our account, by its fingerprint.
    RemoveKey(&'a str),
}

/// What it would mean for us; the worst one last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    None,
    /// New connections would be counted.
    Slows(String),
    /// It hangs on what is not known.
    MayHit(String),
    Hits(String),
}

impl Risk {
    pub fn sentence(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Slows(text) | Self::MayHit(text) | Self::Hits(text) => Some(text),
        }
    }
}

impl Risk {
    /// The same with more to say.
    fn and(self, more: &str) -> Self {
        match self {
            Self::None => Self::None,
            Self::Slows(text) => Self::Slows(text + more),
            Self::MayHit(text) => Self::MayHit(text + more),
            Self::Hits(text) => Self::Hits(text + more),
        }
    }

    /// The worse of two; where they are as bad, both are told.
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::MayHit(a), Self::MayHit(b)) => Self::MayHit(format!("{a}; {b}")),
            (Self::Hits(a), Self::Hits(b)) => Self::Hits(format!("{a}; {b}")),
            (a, b) => a.max(b),
        }
    }
}

/// What a proposal would mean for us.
pub fn risk(path: &Path<'_>, proposal: &Proposal<'_>) -> Risk {
    match proposal {
        Proposal::Ufw { before, change } => {
            let after = change.after(before);
            let arrival = judge(
                &after.verdict(&arrival(path)),
                &format!("new connections from {} to port {}", path.seen.client, path.seen.port),
            );
            // What keeps us out here keeps us out behind it.
            match behind(path.onward.iter()) {
                Some(lost) if arrival > Risk::None => arrival.and(&format!("; behind it: {lost}")),
                _ => arrival.max(ways_on(path, &after)),
            }
        }
        Proposal::Ban(network) if network.contains(path.seen.client) => {
            let client = path.seen.client;
            Risk::Hits(match network.to_string() == client.to_string() {
                true => format!("{client} is where you come from"),
                false => format!("{network} holds {client}, from where you come"),
            })
        }
        Proposal::Ban(_) => Risk::None,
        Proposal::RemoveKey(fingerprint) => match path.key {
            Some(ours) if ours == *fingerprint => {
                Risk::Hits(format!("{fingerprint} is the key that let you in"))
            }
            Some(_) => Risk::None,
            None => Risk::MayHit("it is not known which key let you in".to_owned()),
        },
    }
}

/// The worst of the ways on, with all servers that would be lost by it.
fn ways_on(path: &Path<'_>, after: &Ufw) -> Risk {
    let mut worst = Risk::None;
    for (index, way) in path.onward.iter().enumerate() {
        let same = |other: &&Onward| (&other.host, other.port) == (&way.host, way.port);
        if path.onward.iter().take(index).any(|other| same(&other)) {
            continue;
        }
        let lost = behind(path.onward.iter().filter(same)).unwrap_or_default();
        let what = format!("the way on to {} port {}, by which you reach {lost}", way.host, way.port);
        worst = worst.with(judge(&after.verdict(&onward(path, way)), &what));
    }
    worst
}

/// Names of servers in a few words.
fn behind<'a>(ways: impl Iterator<Item = &'a Onward>) -> Option<String> {
    const NAMED: usize = 6;
    let mut names: Vec<&str> = ways.map(|way| way.server.as_str()).collect();
    names.dedup();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| format!("{}{more}", names.join(", ")))
}

/// Our next connection, as it comes.
fn arrival<'a>(path: &Path<'a>) -> Packet<'a> {
    Packet {
        direction: Direction::In,
        transport: Transport::Tcp,
        from: path.seen.client,
        from_port: None,
        to: Some(path.seen.server),
        to_port: path.seen.port,
        enters: None,
        leaves: None,
    }
}

/// The connection that a server on the way makes for us. It comes from one of its addresses: which, is not known,
/// and firewalls seldom ask.
fn onward<'a>(path: &Path<'_>, next: &Onward) -> Packet<'a> {
    Packet {
        direction: Direction::Out,
        transport: Transport::Tcp,
        from: path.seen.server,
        from_port: None,
        to: next.address(),
        to_port: next.port,
        enters: None,
        leaves: None,
    }
}

fn judge(verdict: &Verdict<'_>, what: &str) -> Risk {
    let by = verdict.rule.map_or_else(|| "the default".to_owned(), |rule| format!("`{}`", rule.command()));
    let doubt = verdict.unless.first().map(|rule| format!("`{}`", rule.command()));
    match (verdict.action, doubt) {
        (Action::Deny | Action::Reject, None) => Risk::Hits(format!("{by} would refuse {what}")),
        (Action::Deny | Action::Reject, Some(rule)) => {
            Risk::MayHit(format!("{by} would refuse {what}, unless {rule} lets them in"))
        }
        (Action::Allow | Action::Limit, Some(rule)) => Risk::MayHit(format!("{rule} may refuse {what}")),
        (Action::Limit, None) => Risk::Slows(format!("{by} would refuse {what} after six in half a minute")),
        (Action::Allow, None) => Risk::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::ufw::tests::active as ufw;
    use proptest::prelude::*;

    fn path(connection: &str) -> Path<'static> {
        Path { seen: Seen::parse(connection).unwrap(), onward: &[], key: Some("SHA256:ours") }
    }

    fn add(text: &str, before: Option<usize>) -> Change {
        Change::Add { rule: text.parse().unwrap(), before }
    }

    #[test]
    fn ssh_connection_is_read() {
        let seen = Seen::parse("::ffff:192.0.2.7 51234 fe80::1%eth0 2222").unwrap();
        assert_eq!(
            (seen.client.to_string(), seen.server.to_string(), seen.port),
            ("192.0.2.7".into(), "fe80::1".into(), 2222)
        );
        for wrong in [
            "",
            "192.0.2.7 1 10.0.0.5",
            "x 1 10.0.0.5 22",
            "192.0.2.7 1 10.0.0.5 22 x",
            "192.0.2.7 1 10.0.0.5 99999",
        ] {
            assert_eq!(Seen::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn changes_that_keep_us_out() {
        let usual = &["allow 22/tcp", "allow 80,443/tcp"][..];
        let from = "192.0.2.7 51234 10.0.0.5 22";
        for (rules, connection, change, kind) in [
            (usual, from, add("deny 22/tcp", None), "hits"),
            (usual, from, add("reject 22", Some(1)), "hits"),
            // It comes behind what lets us in.
            (usual, from, add("deny from 192.0.2.0/24", None), "none"),
            (usual, from, add("deny from 192.0.2.0/24", Some(1)), "hits"),
            (usual, "::ffff:192.0.2.7 1 ::ffff:10.0.0.5 22", add("deny from 192.0.2.7", Some(1)), "hits"),
            (usual, from, add("deny from 192.0.3.0/24", Some(1)), "none"),
            (usual, from, add("deny 20:25/tcp", Some(1)), "hits"),
            (usual, from, add("deny 20:25/udp", Some(1)), "none"),
            (usual, from, add("deny in on eth0", Some(1)), "may"),
            (usual, from, add("deny OpenSSH", Some(1)), "may"),
            (usual, from, add("deny to 10.0.0.5", Some(1)), "hits"),
            (usual, from, add("deny to 10.0.0.6", Some(1)), "none"),
            (usual, from, add("limit 22/tcp", None), "slows"),
            (usual, from, Change::Delete("allow 22/tcp".parse().unwrap()), "hits"),
            (usual, from, Change::Delete("allow 80,443/tcp".parse().unwrap()), "none"),
            (usual, from, Change::Default { direction: Direction::In, action: Action::Deny }, "none"),
            (usual, from, Change::Disable, "none"),
            (usual, "2001:db8::7 1 2001:db8::5 22", add("deny from 192.0.2.0/24", Some(1)), "none"),
            (usual, "2001:db8::7 1 2001:db8::5 22", add("deny from 2001:db8::/32", Some(3)), "hits"),
            (
                &["allow 22/tcp", "allow from 192.0.2.0/24 to any port 22"],
                from,
                Change::Delete("allow 22/tcp".parse().unwrap()),
                "none",
            ),
            (&["allow 443"], from, add("deny out 22", None), "hits"),
        ] {
            let before = ufw(rules);
            let risk = risk(&path(connection), &Proposal::Ufw { before: &before, change: &change });
            let is = match &risk {
                Risk::None => "none",
                Risk::Slows(_) => "slows",
                Risk::MayHit(_) => "may",
                Risk::Hits(_) => "hits",
            };
            assert_eq!(is, kind, "{rules:?} {connection} {}: {risk:?}", change.command());
        }
        let before = Ufw { active: false, ..ufw(&["allow 80/tcp"]) };
        let enable = risk(&path(from), &Proposal::Ufw { before: &before, change: &Change::Enable });
        assert_eq!(
            enable,
            Risk::Hits("the default would refuse new connections from 192.0.2.7 to port 22".into())
        );
    }

    fn way(server: &str, host: &str, port: u16) -> Onward {
        Onward { server: server.into(), host: host.into(), port }
    }

    #[test]
    fn the_ways_through_a_jump_host_count() {
        let onward =
            [way("db", "10.0.0.9", 22), way("web", "web.internal", 2222), way("app", "10.0.0.9", 22)];
        let jump = Path { onward: &onward, ..path("192.0.2.7 51234 198.51.100.5 22") };
        let before = ufw(&["allow 22/tcp"]);
        for (text, kind) in [
            ("deny out 22/tcp", "hits db, app"),
            ("reject out to 10.0.0.0/8", "hits db, app"),
            ("deny out 2222", "hits web"),
            ("deny out proto tcp to any", "hits db, app web"),
            ("deny out to 192.0.2.99 port 2222", "may web"),
            ("deny out 25/tcp", "none"),
            ("deny from 10.0.0.9", "none"),
            // Out is out: who cannot come in cannot go on.
            ("deny 20:25/tcp", "hits db, web, app"),
        ] {
            let risk = risk(&jump, &Proposal::Ufw { before: &before, change: &add(text, Some(1)) });
            let mut words = kind.split(' ');
            let is = match &risk {
                Risk::Hits(_) => "hits",
                Risk::MayHit(_) => "may",
                Risk::Slows(_) => "slows",
                Risk::None => "none",
            };
            assert_eq!(Some(is), words.next(), "{text}: {risk:?}");
            let said = risk.sentence().unwrap_or_default();
            assert!(words.all(|name| said.contains(name)), "{text}: {said}");
        }
        assert_eq!(
            risk(&jump, &Proposal::Ufw { before: &before, change: &add("deny out 2222", Some(1)) }),
            Risk::Hits(
                "`ufw deny out 2222` would refuse the way on to web.internal port 2222, by which you reach web".into()
            )
        );
    }

    #[test]
    fn bans_and_keys() {
        let path = path("::ffff:192.0.2.7 1 10.0.0.5 22");
        for (network, hits) in [
            ("192.0.2.7", true),
            ("192.0.0.0/16", true),
            ("192.0.2.8", false),
            ("::/0", false),
            ("::ffff:192.0.2.7", true),
        ] {
            let risk = risk(&path, &Proposal::Ban(network.parse().unwrap()));
            assert_eq!(risk != Risk::None, hits, "{network}");
        }
        assert!(matches!(risk(&path, &Proposal::RemoveKey("SHA256:ours")), Risk::Hits(_)));
        assert_eq!(risk(&path, &Proposal::RemoveKey("SHA256:other")), Risk::None);
        assert!(matches!(
            risk(&Path { key: None, ..path }, &Proposal::RemoveKey("SHA256:x")),
            Risk::MayHit(_)
        ));
    }

    proptest! {
        /// Where there is no risk, the next connection gets in; where we are hit, it does not.
        #[test]
        fn the_answer_is_what_happens(
            rules in proptest::collection::vec("(allow|deny|limit|reject) (22/tcp|20:23/tcp|80|22/udp|from 192\\.0\\.2\\.[678]|from 192\\.0\\.2\\.0/24 to any port 22|from ::1)", 0..6),
            rule in "(allow|deny|limit|reject) (22/tcp|22|80/tcp|from 192\\.0\\.2\\.[678]|from 192\\.0\\.0\\.0/16)", before in proptest::option::of(1_usize..5),
        ) {
            let texts: Vec<&str> = rules.iter().map(String::as_str).collect();
            let ufw = ufw(&texts);
            let change = add(&rule, before);
            let path = path("192.0.2.7 51234 10.0.0.5 22");
            let lets_in = change.after(&ufw).verdict(&arrival(&path)).action.lets_in();
            let risk = risk(&path, &Proposal::Ufw { before: &ufw, change: &change });
            prop_assert_eq!(matches!(risk, Risk::None | Risk::Slows(_)), lets_in);
            prop_assert_eq!(matches!(risk, Risk::Hits(_)), !lets_in, "nothing is unknown here");
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}|[0-9.:% ]{0,40}") {
            let _ = Seen::parse(&text);
        }
    }
}
