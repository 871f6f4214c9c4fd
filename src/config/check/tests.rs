//! Checks as they are written, resolved and shown again.

use std::path::Path;

use crate::config::profile::from_text;
use crate::config::{Environment, Profile, show};
use crate::domain::check::{Probe, Statuses};

const SERVERS: &str = "[[server]]\nname = 'here'\nhost = 'local'\n[[server]]\nname = 'web1'\nhost = 'web1'\n";

fn profile(checks: &str) -> Profile {
    let env = Environment::fake(Path::new("/h"), &[]);
    let profile = from_text(Path::new("c.toml"), &format!("{SERVERS}{checks}"), &env);
    assert_eq!(profile.diagnostics, []);
    profile
}

const ALL: &str = r#"
[[check]]
name = "shop"
http = "https://shop.example/health?token=hunter2"
status = [200, "3xx"]
contains = "ok"
follow = true
every = "30s"
timeout = "5s"
failures = 3
slower_than = "800ms"
[[check]]
name = "db"
server = "web1"
tcp = "[::1]:5432"
[[check]]
name = "name"
server = "web1"
dns = "shop.example"
address = "203.0.113.7"
[[check]]
name = "gateway"
server = "web1"
ping = "10.0.0.1"
[[check]]
name = "sql"
server = "web1"
command = ["psql", "-c", "select 1", "postgres://u:hunter2@db/shop"]
[[check]]
name = "dump"
server = "web1"
file = "/var/backups/dump.gz"
max_age = "26h"
min_size = "10M"
[[check]]
name = "passwd"
server = "web1"
file = "/etc/passwd"
changed = true
[[check]]
name = "lock"
server = "web1"
file = "/run/lock"
absent = true
[[check]]
name = "uploads"
server = "web1"
directory = "/srv"
max_size = "20G"
[[check]]
name = "mail"
server = "web1"
mail_queue = 50
[[check]]
name = "workers"
server = "web1"
processes = "php-fpm"
at_least = 4
"#;

#[test]
fn checks_are_asked_by_their_server_or_by_this_machine() {
    let profile = profile(ALL);
    let told: Vec<String> = profile
        .checks
        .iter()
        .map(|c| format!("{} {} {} {}", c.server.name, c.name, c.kind, c.probe.asked()))
        .collect();
    assert_eq!(told[0], "here shop http https://shop.example/health?token=*** with \"ok\"");
    assert_eq!(told[5], "web1 dump file /var/backups/dump.gz younger than 1d2h, at least 10 MiB");
    assert_eq!(told.len(), 11);
    let shop = &profile.checks[0];
    assert_eq!((shop.every.as_secs(), shop.timeout.as_secs(), shop.failures), (30, 5, 3));
    assert_eq!(shop.slower_than.map(|t| t.as_millis()), Some(800));
    let Probe::Http(http) = &shop.probe else { panic!("{shop:?}") };
    assert_eq!(http.statuses, Statuses(vec![(200, 200), (300, 399)]));
    assert!(http.statuses.has(304) && !http.statuses.has(204));
    let db = &profile.checks[1];
    assert_eq!((db.every.as_secs(), db.timeout.as_secs(), db.failures, db.slower_than), (60, 10, 2, None));
}

#[test]
fn what_is_shown_is_read_again_as_the_same_and_holds_no_secret() {
    let first = profile(ALL);
    let shown = show(&first);
    assert!(!shown.contains("hunter2"), "{shown}");
    let checks = &shown[shown.find("[[check]]").unwrap()..];
    let again = profile(checks);
    assert_eq!(show(&again), shown);
    assert_eq!(again.checks[1..4], first.checks[1..4]);
    assert_eq!(again.checks[5..], first.checks[5..]);
}

#[test]
fn a_check_without_a_server_makes_this_machine_one() {
    let env = Environment::fake(Path::new("/h"), &["/proc/sys/kernel/hostname"]);
    let text = "[[server]]\nname = 'web1'\nhost = 'web1'\n[[check]]\nname = 'a'\nping = 'b'\n";
    let profile = from_text(Path::new("c.toml"), text, &env);
    assert_eq!(profile.diagnostics, []);
    assert_eq!(profile.servers.len(), 2);
    assert_eq!(profile.checks[0].server, profile.servers[1].0);
}
