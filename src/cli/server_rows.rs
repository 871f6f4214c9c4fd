//! `pult get` of whatever kind of rows a server gives in one answer: the same for all of them.

use serde::Serialize;

use super::grid::Tone;
use super::hosts;
use super::listing::{Listing, Row, owned};
use super::{Failure, Session};
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::filter::find_field;
use crate::domain::ids::TargetId;
use crate::domain::server::{ServerAnswer, ServerAsk};

/// What is to be known of such a kind.
pub struct RowKind<T: 'static> {
    /// `disks`, `disk`
    pub kind: &'static str,
    pub singular: &'static str,
    pub ask: ServerAsk,
    /// `None` when the answer is to another question.
    pub rows: fn(ServerAnswer) -> Option<Vec<T>>,
    pub fields: &'static [Field<T>],
    pub specs: &'static [FieldSpec],
    /// Columns of `-o table`, and those that `-o wide` adds.
    pub table: &'static [&'static str],
    pub wide: &'static [&'static str],
    pub name: fn(&T) -> String,
    pub tone: fn(&T) -> Tone,
}

/// The contract's fields; what was not told is null or empty.
#[derive(Serialize)]
struct Item<'a, T> {
    target: &'a TargetId,
    #[serde(flatten)]
    row: &'a T,
}

/// Asks all chosen servers.
///
/// # Errors
/// When there is none.
pub async fn fetch<T: Serialize>(session: &Session, kind: &RowKind<T>) -> Result<Listing, Failure> {
    let mut listing = listing(kind);
    for (target, answer) in hosts::ask(&hosts::open(session)?, &kind.ask).await {
        match answer.map(kind.rows) {
            Ok(rows) => {
                listing
                    .rows
                    .extend(rows.iter().flatten().enumerate().map(|(i, one)| row(kind, &target, i, one)));
            }
            Err(fault) => listing.faults.push((target, fault)),
        }
    }
    Ok(listing)
}

fn listing<T>(kind: &RowKind<T>) -> Listing {
    let columns = |words: &[&str]| words.iter().filter_map(|w| find_field(kind.specs, w)).collect::<Vec<_>>();
    let table = columns(kind.table);
    Listing {
        head: serde_json::Map::new(),
        kind: kind.kind,
        singular: kind.singular,
        fields: kind.specs,
        wide: table.iter().copied().chain(columns(kind.wide)).collect(),
        table,
        rows: Vec::new(),
        faults: Vec::new(),
    }
}

fn row<T: Serialize>(kind: &RowKind<T>, target: &TargetId, number: usize, one: &T) -> Row {
    Row {
        key: format!("{target}/{number}"),
        name: (kind.name)(one),
        id: None,
        values: kind.fields.iter().map(|f| owned((f.get)(one))).collect(),
        tone: (kind.tone)(one),
        // Nothing but texts, truths and finite numbers: this cannot fail.
        json: serde_json::to_value(Item { target, row: one }).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::server_kinds::{BACKUPS, CERTIFICATES, CRON, DISKS, INTERFACES, UPDATES, USERS};

    fn keys<T: Serialize + Default>(kind: &RowKind<T>, contract: &str) {
        let row = row(kind, &TargetId::server("web1"), 0, &T::default());
        for key in contract.split_whitespace() {
            assert!(row.json.get(key).is_some(), "{}: {key}", kind.kind);
        }
        for word in kind.table.iter().chain(kind.wide) {
            assert!(find_field(kind.specs, word).is_some(), "{}: {word}", kind.kind);
        }
    }

    /// The contract's lists. Scripts rely on them.
    #[test]
    fn items_have_every_key_of_the_contract() {
        keys(
            &DISKS,
            "target name kind device mounted size_bytes used_bytes available_bytes used_percent \
             inodes_used_percent read_only options health ill notes",
        );
        keys(
            &INTERFACES,
            "target kind name state address rx_bytes tx_bytes rx_bytes_per_s tx_bytes_per_s errors dropped \
             connections process mac mtu speed_mbit duplex",
        );
        keys(
            &CERTIFICATES,
            "target place kind subject names issuer self_signed fingerprint starts_at expires_at days_left used_by \
             problem",
        );
        keys(
            &BACKUPS,
            "target name tool state message newest_at oldest_at count size_bytes place age_s max_age_s hint runs",
        );
        keys(&CRON, "target schedule user command source next_at last_at");
        keys(&UPDATES, "target name installed candidate origin security held manager");
        keys(
            &USERS,
            "target name uid full_name home shell can_log_in groups password sudo keys keys_changed_at sessions \
             last_login_at last_login_from failed_logins last_failed_from",
        );
    }
}
