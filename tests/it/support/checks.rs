//! Checks as a person writes them, one a line: `name: http = "…", every = "30s"`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use pult::app::Msg;
use pult::config::{Environment, Options, load};
use pult::domain::check::{Book, Check, Outcome, Verdict};

use super::Drive;

/// Checks of a server called `web1`. Blanks in names become dashes.
pub fn written(lines: &str) -> Vec<Arc<Check>> {
    let mut text = String::from("check = [\n");
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, rest) = line.split_once(": ").expect("a name before a colon");
        text += &format!("{{ name = '{}', server = 'web1', {rest} }},\n", name.replace(' ', "-"));
    }
    text += "]\n[[server]]\nname = 'web1'\nhost = 'web1'\n";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("checks.toml");
    std::fs::write(&path, &text).unwrap();
    let env = Environment {
        vars: BTreeMap::new(),
        home: None,
        exists: Box::new(|_| false),
        ssh_hosts: Box::new(|_| Vec::new()),
    };
    let profile = load(&Options { config: Some(path), ..Options::default() }, &env);
    assert_eq!(profile.diagnostics, [], "{text}");
    profile.checks
}

/// The open server has checks in every state, with a past.
pub fn at_checks(drive: &mut Drive) {
    drive.app.world.checks = Book::new(written(
        r#"
        shop: http = "https://shop.example.org/health", contains = "ok", every = "30s", slower_than = "800ms"
        database: tcp = "db.internal:5432", every = "30s"
        nightly dump: file = "/var/backups/shop.sql.gz", max_age = "26h", min_size = "10M", every = "30s"
        gateway: ping = "192.168.1.1", every = "30s"
        mail: mail_queue = 50, every = "30s"
        "#,
    ));
    let ms = |text: &str, ms: u64| Outcome::ok(text).took(Duration::from_millis(ms));
    for round in 0..40_u64 {
        let refused = Outcome::failed("db.internal:5432 does not answer on web1")
            .hint("is it there, and may ops use it? Or forwarding is off: AllowStreamLocalForwarding, AllowTcpForwarding");
        let slow =
            Outcome::new(Verdict::Degraded, "200 OK; slower than 800 ms").took(Duration::from_millis(912));
        let page = if round == 22 { slow } else { ms("200 OK", 30 + (round * 37) % 90) };
        let database = if round >= 31 { refused } else { ms("it listens", 2 + round % 3) };
        let late = Outcome::failed("48 MiB, 1d4h old: older than 1d2h").took(Duration::from_millis(9));
        let dump = if round == 39 { late } else { ms("48 MiB, 9h12m old", 9) };
        let silent = Outcome::failed("it does not answer");
        let gateway = if matches!(round, 8..14 | 27) { silent } else { ms("it answers", 1 + round % 2) };
        let lacks = Outcome::unknown("there is no mail server that tells its queue on the server that asks")
            .hint("it reads those of Postfix, Exim and sendmail");
        let told = [
            ("shop", Outcome { certificate_days: Some(61), ..page }),
            ("database", database),
            ("nightly-dump", dump),
            ("gateway", gateway),
            ("mail", lacks),
        ];
        for (name, outcome) in told {
            drive.msg(Msg::Checked { name: name.into(), outcome: Box::new(outcome), at: drive.now });
        }
        drive.now += SignedDuration::from_secs(30);
    }
    drive.key("g k").pass(4.0);
}
