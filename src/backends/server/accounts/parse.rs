//! Puts together what a server tells of its accounts.

use super::{keys, logins, sudoers};
use crate::backends::server::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::accounts::Account;

/// Accounts kept, and groups read.
const MOST: usize = 5000;

pub fn accounts(body: &str) -> Vec<Account> {
    let part = |name: &str| sections(body).find(|(section, _)| *section == name).map_or("", |(_, text)| text);
    let mut primary = Vec::new();
    let mut all: Vec<Account> = Vec::new();
    for (account, group) in part("passwd").lines().filter_map(passwd).take(MOST) {
        if all.iter().all(|other| other.name != account.name) {
            all.push(account);
            primary.push(group);
        }
    }
    for line in part("group").lines().take(MOST) {
        let mut words = line.split(':');
        let (Some(name), _, Some(id), members) = (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let members: Vec<&str> = members.unwrap_or_default().split(',').collect();
        for (account, group) in all.iter_mut().zip(&primary) {
            if id == group.as_str() || members.contains(&account.name.as_str()) {
                account.groups.push(sanitize::name(name));
            }
        }
    }
    shadow(part("shadow"), &mut all);
    sudoers::read(part("sudoers"), &mut all);
    keys::read(part("keys"), &mut all);
    logins::now(part("now"), &mut all);
    logins::last(part("last"), &mut all);
    logins::failed(part("lastb"), &mut all);
    all
}

/// passwd(5), and the number of its group.
fn passwd(line: &str) -> Option<(Account, String)> {
    let words: Vec<&str> = line.split(':').collect();
    let [name, _, uid, group, full_name, home, shell] = words.as_slice() else { return None };
    let shut = ["nologin", "false", "sync", "shutdown", "halt"];
    let program = shell.rsplit('/').next().unwrap_or_default();
    let account = Account {
        name: sanitize::name(name),
        uid: uid.parse().ok()?,
        full_name: sanitize::name(full_name.trim_end_matches(',')),
        home: sanitize::name(home),
        shell: sanitize::name(shell),
        can_log_in: !shut.contains(&program),
        ..Account::default()
    };
    Some((account, (*group).to_owned()))
}

/// The server's time, then `NAME:WORD:EXPIRES`, the last in days since 1970.
fn shadow(text: &str, all: &mut [Account]) {
    let mut lines = text.lines();
    let Some(today) = lines.next().and_then(|line| line.trim().parse::<i64>().ok()).map(|s| s / 86_400)
    else {
        return;
    };
    for line in lines {
        let mut words = line.split(':');
        let (Some(name), Some(word)) = (words.next(), words.next()) else { continue };
        let expires = words.next().and_then(|day| day.parse::<i64>().ok());
        if let Some(account) = all.iter_mut().find(|account| account.name == name) {
            let word = if expires.is_some_and(|day| day <= today) { "expired" } else { word };
            account.password = Some(sanitize::name(word));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of a Debian 12, read as root.
    #[test]
    fn a_real_server() {
        let all = accounts(include_str!("capture.txt"));
        let of = |name: &str| all.iter().find(|a| a.name == name).unwrap_or_else(|| panic!("{name}"));
        let ops = of("ops");
        assert_eq!(
            (ops.uid, ops.shell.as_str(), ops.can_log_in, ops.state()),
            (1000, "/bin/bash", true, "open")
        );
        assert!(ops.groups.contains(&"sudo".to_owned()) && ops.sudo.len() == 2, "{ops:?}");
        let keys = ops.keys.as_deref().unwrap();
        assert_eq!((keys.len(), keys[0].kind.as_str(), keys[0].bits), (1, "ED25519", Some(256)));
        assert!(keys[0].fingerprint.starts_with("SHA256:") && ops.keys_changed_at.is_some());
        let guest = of("guest");
        assert!(guest.state() == "key only" && guest.sudo.is_empty(), "{guest:?}");
        assert_eq!((of("daemon").state(), of("daemon").attention()), ("no shell", 0));
        assert!(of("root").keys.as_ref().is_some_and(|keys| keys.len() == 1) && of("root").sudo.len() == 1);
    }

    #[test]
    fn who_came_and_who_tried() {
        let text = "==> passwd <==\nops:x:1000:1000:Olga,,,:/home/ops:/bin/bash\nold:x:1001:1001::/home/old:/bin/sh\n\
            ==> shadow <==\n1795294327\nops:set:\nold:set:20000\n\
            ==> now <==\nops      pts/0        2026-11-21 20:52 (10.0.0.9)\n\
            ==> last <==\nops      pts/0        10.0.0.9         Sat Nov 21 20:52:06 2026   still logged in\nops      pts/1        10.0.0.8         Fri Nov 20 20:52:06 2026 - Fri Nov 20 21:00:00 2026  (00:08)\nreboot   system boot  6.1 Sat Nov 21 20:00:00 2026\n\
            ==> lastb <==\nops      ssh:notty    203.0.113.7      Sat Nov  7 19:00:00 2026 - Sat Nov  7 19:00:00 2026  (00:00)\nops      ssh:notty    203.0.113.8      Sat Nov  7 18:00:00 2026 - x\nadmin    ssh:notty    203.0.113.7  Sat Nov  7 18:00:00 2026\n";
        let all = accounts(text);
        assert_eq!((all[0].full_name.as_str(), all[0].sessions[0].as_str()), ("Olga", "pts/0 from 10.0.0.9"));
        assert_eq!(all[0].last_login_at.unwrap().to_string(), "2026-11-21T20:52:06Z");
        assert_eq!((all[0].last_login_from.as_str(), all[0].failed_logins), ("10.0.0.9", Some(2)));
        assert_eq!((all[0].last_failed_from.as_str(), all[1].state()), ("203.0.113.7", "expired"));
    }

    #[test]
    fn keys_that_may_not_be_read_are_not_none() {
        let text = "==> passwd <==\nops:x:1:1::/:/bin/sh\nroot:x:0:0::/root:/bin/sh\n==> keys <==\nhidden root\nhidden root\n";
        let all = accounts(text);
        assert_eq!((all[0].keys.as_deref(), all[1].keys.as_deref()), (Some(&[][..]), None));
    }

    #[test]
    fn sudoers_name_accounts_and_groups() {
        let text = "==> passwd <==\nops:x:1:1::/:/bin/sh\nweb:x:2:2::/:/bin/sh\n==> group <==\nadmins:x:9:ops\n\
            ==> sudoers <==\nDefaults env_reset\n# ops ALL=(ALL) ALL\n@includedir /etc/sudoers.d\n%admins ALL=(ALL) ALL\nweb,other ALL=(root) \\\n  NOPASSWD: /bin/systemctl restart nginx\n";
        let all = accounts(text);
        assert_eq!(all[0].sudo, ["%admins ALL=(ALL) ALL"]);
        assert!(all[1].sudo.len() == 1 && all[1].sudo[0].contains("NOPASSWD: /bin/systemctl"), "{all:?}");
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_of_accounts_makes_it_panic(text in "(==> (passwd|group|shadow|sudoers|keys|now|last|lastb) <==|\n|a:x:1:1:::/bin/sh|a|:|of 1 a|256 SHA256:x y \\(RSA\\)|Sat Nov 21 20:52:06 2026|%|=|ALL| |[0-9]{1,22}|\\\\|\\PC){0,80}") {
            for account in accounts(&text) {
                prop_assert!(!account.name.contains(['\x1b', '\n']));
            }
        }
    }
}
