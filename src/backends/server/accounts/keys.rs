//! What `ssh-keygen -l` says of files of keys.

use jiff::Timestamp;

use crate::domain::sanitize;
use crate::domain::server::accounts::{Account, AuthorizedKey};

/// Keys of an account kept.
const MOST: usize = 500;

/// `of TIME NAME`, then a key a line: `256 SHA256:… a comment (ED25519)`. `hidden NAME` has keys that we may not see,
/// if any; every other account has those that are told, and no others.
pub fn read(text: &str, accounts: &mut [Account]) {
    if text.is_empty() {
        return;
    }
    let hidden: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("hidden ")).collect();
    for account in accounts.iter_mut().filter(|account| !hidden.contains(&account.name.as_str())) {
        account.keys = Some(Vec::new());
    }
    let mut current: Option<usize> = None;
    for line in text.lines() {
        if let Some((time, name)) = line.strip_prefix("of ").and_then(|rest| rest.split_once(' ')) {
            current = accounts.iter().position(|account| account.name == name);
            if let Some(account) = current.and_then(|at| accounts.get_mut(at)) {
                let changed = time.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
                account.keys_changed_at = account.keys_changed_at.max(changed);
            }
        } else if let (Some(key), Some(account)) = (key(line), current.and_then(|at| accounts.get_mut(at)))
            && let Some(keys) = account.keys.as_mut().filter(|keys| keys.len() < MOST)
        {
            keys.push(key);
        }
    }
}

fn key(line: &str) -> Option<AuthorizedKey> {
    let mut words = line.splitn(3, ' ');
    let bits = words.next()?.parse().ok()?;
    let fingerprint = words.next().filter(|word| word.contains(':'))?;
    let (comment, kind) =
        words.next()?.rsplit_once('(').map(|(c, kind)| (c.trim(), kind.trim_end_matches(')')))?;
    Some(AuthorizedKey {
        fingerprint: sanitize::name(fingerprint),
        kind: sanitize::name(kind),
        bits: Some(bits),
        comment: sanitize::name(comment),
    })
}
