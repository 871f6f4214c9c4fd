//! What `last`, `lastb` and `who` say of logins. Their times are printed in UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::domain::sanitize;
use crate::domain::server::accounts::Account;

/// `ops pts/0 10.0.0.9 Sat Nov 21 20:52:06 2026 - …`; the newest comes first.
pub fn last(text: &str, accounts: &mut [Account]) {
    for line in text.lines() {
        if let Some((account, from, at)) = login(line, accounts)
            && account.last_login_at.is_none()
        {
            (account.last_login_at, account.last_login_from) = (Some(at), from);
        }
    }
}

/// The same of those that failed; many of them name accounts that there are not.
pub fn failed(text: &str, accounts: &mut [Account]) {
    for line in text.lines() {
        if let Some((account, from, _)) = login(line, accounts) {
            let count = account.failed_logins.get_or_insert(0);
            *count += 1;
            if account.last_failed_from.is_empty() {
                account.last_failed_from = from;
            }
        }
    }
}

/// `ops pts/0 2026-11-21 20:52 (10.0.0.9)`
pub fn now(text: &str, accounts: &mut [Account]) {
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(terminal)) = (words.next(), words.next()) else { continue };
        let from = line.rsplit_once('(').map(|(_, from)| from.trim_end().trim_end_matches(')'));
        let from = from.map(|from| format!(" from {}", sanitize::name(from))).unwrap_or_default();
        if let Some(account) = accounts.iter_mut().find(|account| account.name == name) {
            account.sessions.push(format!("{}{from}", sanitize::name(terminal)));
        }
    }
}

fn login<'a>(line: &str, accounts: &'a mut [Account]) -> Option<(&'a mut Account, String, Timestamp)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let account = accounts.iter_mut().find(|account| words.first() == Some(&account.name.as_str()))?;
    // What stands before the weekday: the terminal, and from where if it is told.
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let day = words.iter().position(|word| days.contains(word))?;
    let from = if day >= 3 { words.get(day - 1).copied().unwrap_or_default() } else { "" };
    let time = format!(
        "{} {} {} {}",
        words.get(day + 1)?,
        words.get(day + 2)?,
        words.get(day + 3)?,
        words.get(day + 4)?
    );
    let at = DateTime::strptime("%b %d %H:%M:%S %Y", &time).ok()?;
    Some((account, sanitize::name(from), at.to_zoned(TimeZone::UTC).ok()?.timestamp()))
}
