//! Certificates of a server: those in its files and those that its sockets show, until when they hold, and
//! where file and socket do not agree. Texts are sanitised.

use jiff::Timestamp;
use serde::Serialize;

use super::sockets::Socket;

/// Fewer days left than this want somebody's eye: what renews by itself has done so before.
pub const SOON_DAYS: i64 = 21;
/// Seconds of a day.
const DAY_S: i64 = 24 * 3600;

/// Ports that speak TLS from the first byte (IANA, and what engines, clusters and panels have made usual).
const TLS_PORTS: [u16; 25] = [
    443, 465, 563, 636, 853, 989, 990, 993, 995, 2376, 2379, 2380, 3269, 4443, 5061, 5671, 6443, 6514, 6697,
    8006, 8443, 8883, 9443, 10000, 10250,
];
/// Ports that never do, or only after words in plain text: a TLS greeting there is a line in somebody's log.
const PLAIN_PORTS: [u16; 9] = [21, 22, 25, 53, 80, 110, 143, 587, 4190];
/// Programs whose sockets are asked whatever their port.
const SPEAKERS: [&str; 10] =
    ["nginx", "apache2", "httpd", "traefik", "caddy", "haproxy", "envoy", "lighttpd", "dovecot", "stunnel4"];

/// Where a certificate was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    #[default]
    File,
    Socket,
}

/// A certificate at one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// `/etc/letsencrypt/live/example.org/fullchain.pem`, `127.0.0.1:443`, `127.0.0.1:443 example.org`
    pub place: String,
    #[serde(rename = "kind")]
    pub seen: Seen,
    /// Its common name, else its whole subject.
    pub subject: String,
    /// The names and addresses that it is for.
    pub names: Vec<String>,
    pub issuer: String,
    pub self_signed: bool,
    /// SHA-256 of the whole, hexadecimal.
    pub fingerprint: String,
    pub starts_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    /// Whole days from the reading on; below zero since it has expired.
    pub days_left: Option<i64>,
    /// Configuration files that name it, or the process that shows it.
    pub used_by: Vec<String>,
    /// What is wrong beside its time.
    pub problem: String,
}

impl Certificate {
    /// Reckons what is left of its time.
    pub fn at(mut self, now: Timestamp) -> Self {
        self.days_left = self.expires_at.map(|at| (at.as_second() - now.as_second()).div_euclid(DAY_S));
        if self.problem.is_empty() && self.starts_at.is_some_and(|at| at > now) {
            self.problem = "does not hold yet".to_owned();
        }
        self
    }

    pub fn is_expired(&self) -> bool {
        self.days_left.is_some_and(|days| days < 0)
    }

    /// True when it ends soon, and when it has ended.
    pub fn is_due(&self) -> bool {
        self.days_left.is_some_and(|days| days <= SOON_DAYS)
    }

    /// Something reads it: a configuration names it, a renewal keeps it, a socket shows it. What only lies about
    /// may expire in peace.
    pub fn is_used(&self) -> bool {
        self.seen == Seen::Socket
            || !self.used_by.is_empty()
            || self.place.starts_with("/etc/letsencrypt/live/")
    }

    /// True when it is for this name; `*` stands for one label.
    pub fn covers(&self, name: &str) -> bool {
        self.names.iter().any(|own| match own.strip_prefix("*.") {
            Some(rest) => name.split_once('.').is_some_and(|(_, parent)| parent.eq_ignore_ascii_case(rest)),
            None => own.eq_ignore_ascii_case(name),
        })
    }

    /// A name to ask a socket for: no wildcard, no address.
    pub fn askable_name(&self) -> Option<&str> {
        let plain = |name: &&String| !name.contains('*') && name.parse::<core::net::IpAddr>().is_err();
        self.names.iter().find(plain).map(String::as_str)
    }
}

/// What ends soonest among those that are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Soonest {
    pub name: String,
    pub expires_at: Timestamp,
}

/// The one of these that ends first, if any is used.
pub fn soonest(all: &[Certificate]) -> Option<Soonest> {
    let used = all.iter().filter(|one| one.is_used());
    let times = used.filter_map(|one| Some((one, one.expires_at?)));
    let (one, expires_at) = times.min_by_key(|(_, at)| *at)?;
    let name = one.askable_name().map_or_else(|| one.subject.clone(), str::to_owned);
    Some(Soonest { name, expires_at })
}

impl Soonest {
    pub fn days_left(&self, now: Timestamp) -> i64 {
        (self.expires_at.as_second() - now.as_second()).div_euclid(DAY_S)
    }
}

/// True when a socket is worth a TLS greeting.
pub fn speaks_tls(socket: &Socket) -> bool {
    let known = socket.owners.iter().any(|owner| SPEAKERS.contains(&owner.name.as_str()));
    TLS_PORTS.contains(&socket.port) || known && !PLAIN_PORTS.contains(&socket.port)
}

/// Marks sockets that show another certificate than the file has that is for the same names: somebody renewed it
/// and nobody reloaded the server.
pub fn compare(all: &mut [Certificate]) {
    let (files, shown): (Vec<Certificate>, Vec<Certificate>) =
        all.iter().filter(|one| !one.fingerprint.is_empty()).cloned().partition(|one| one.seen == Seen::File);
    for one in all.iter_mut().filter(|one| one.problem.is_empty() && !one.fingerprint.is_empty()) {
        let others = match one.seen {
            Seen::File if one.is_used() => &shown,
            Seen::File => continue,
            Seen::Socket => &files,
        };
        // The same bytes somewhere: they agree. A copy that nothing reads says nothing.
        if others.iter().any(|other| other.is_used() && other.fingerprint == one.fingerprint) {
            continue;
        }
        let for_the_same = |other: &&Certificate| other.is_used() && same_names(&one.names, &other.names);
        if let Some(other) = others.iter().find(for_the_same) {
            one.problem = match one.seen {
                Seen::File => format!("{} shows another one: reload what listens there", other.place),
                Seen::Socket => format!("not the one in {}: reload what listens here", other.place),
            };
        }
    }
}

fn same_names(one: &[String], other: &[String]) -> bool {
    !one.is_empty() && one.len() == other.len() && one.iter().all(|name| other.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::sockets::{Bound, Owner, Transport};

    fn one(place: &str, seen: Seen, names: &[&str], fingerprint: &str) -> Certificate {
        Certificate {
            place: place.into(),
            seen,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            fingerprint: fingerprint.into(),
            ..Certificate::default()
        }
    }

    #[test]
    fn a_socket_that_was_not_reloaded_is_told_on_both_sides() {
        let live = "/etc/letsencrypt/live/a/fullchain.pem";
        let mut all = [
            one(live, Seen::File, &["a.org", "www.a.org"], "new"),
            one("127.0.0.1:443", Seen::Socket, &["www.a.org", "a.org"], "old"),
            one("127.0.0.1:8443", Seen::Socket, &["b.org"], "b"),
            one("/etc/ssl/old.pem", Seen::File, &["a.org", "www.a.org"], "older"),
        ];
        compare(&mut all);
        assert_eq!(all[0].problem, "127.0.0.1:443 shows another one: reload what listens there");
        assert_eq!(all[1].problem, format!("not the one in {live}: reload what listens here"));
        assert!(all[2].problem.is_empty() && all[3].problem.is_empty());
        all[1] = one("127.0.0.1:443", Seen::Socket, &["a.org", "www.a.org"], "new");
        all[0].problem.clear();
        compare(&mut all);
        assert!(all.iter().all(|c| c.problem.is_empty()), "{all:?}");
    }

    #[test]
    fn days_and_the_soonest_of_those_in_use() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let until = |text: &str, used: &str| Certificate {
            expires_at: Some(text.parse().unwrap()),
            subject: text.into(),
            used_by: (!used.is_empty()).then(|| used.to_owned()).into_iter().collect(),
            ..Certificate::default()
        };
        let all = [
            until("2026-11-21T11:59:59Z", "").at(now),
            until("2026-12-01T13:00:00Z", "/etc/nginx/x").at(now),
            until("2027-12-01T13:00:00Z", "/etc/nginx/x").at(now),
        ];
        let days: Vec<_> = all.iter().map(|c| (c.days_left.unwrap(), c.is_due(), c.is_expired())).collect();
        assert_eq!(days, [(-1, true, true), (10, true, false), (375, false, false)]);
        assert_eq!(soonest(&all).map(|s| s.days_left(now)), Some(10));
    }

    #[test]
    fn only_what_speaks_tls_is_greeted() {
        let socket = |port: u16, name: &str| Socket {
            transport: Transport::Tcp,
            bound: Bound::Everywhere,
            interface: None,
            port,
            owners: vec![Owner { pid: 1, name: name.into(), unit: None, container: None }],
        };
        for (port, name, greeted) in [
            (443, "", true),
            (8081, "nginx", true),
            (80, "nginx", false),
            (22, "sshd", false),
            (5432, "postgres", false),
            (3306, "mysqld", false),
            (143, "dovecot", false),
        ] {
            assert_eq!(speaks_tls(&socket(port, name)), greeted, "{port} {name}");
        }
        let wild = one("x", Seen::File, &["*.a.org"], "1");
        assert!(wild.covers("www.A.org") && !wild.covers("a.org") && !wild.covers("x.www.a.org"));
        assert_eq!(wild.askable_name(), None);
    }
}
