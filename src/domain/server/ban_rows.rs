//! Jails and those whom they keep out as one list: a jail, below it its bans.

use jiff::Timestamp;

use super::jails::{Jail, JailName};

/// A jail, or somebody in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BanRow {
    pub jail: JailName,
    /// `None` = the jail itself.
    pub who: Option<String>,
    pub failed_now: Option<u64>,
    pub failed_total: Option<u64>,
    pub banned_now: Option<u64>,
    pub banned_total: Option<u64>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl BanRow {
    /// The address, or the jail's name.
    pub fn title(&self) -> &str {
        self.who.as_deref().unwrap_or(self.jail.as_str())
    }
}

/// All rows.
pub fn rows(jails: &[Jail]) -> Vec<BanRow> {
    let mut rows = Vec::with_capacity(jails.iter().map(|jail| jail.banned.len() + 1).sum());
    for jail in jails {
        rows.push(BanRow {
            jail: jail.name.clone(),
            who: None,
            failed_now: jail.failed_now,
            failed_total: jail.failed_total,
            banned_now: jail.banned_now,
            banned_total: jail.banned_total,
            since: None,
            until: None,
        });
        rows.extend(jail.banned.iter().map(|ban| BanRow {
            jail: jail.name.clone(),
            who: Some(ban.who.clone()),
            failed_now: None,
            failed_total: None,
            banned_now: None,
            banned_total: None,
            since: ban.since,
            until: ban.until,
        }));
    }
    rows
}
