//! `pult get jails`: fail2ban's jails and whom they keep out.

use futures_util::FutureExt;
use serde_json::{Value as Json, json};

use super::grid::Tone;
use super::guard::{ask, cell, count, listing, number, text};
use super::listing::{Listing, Row};
use super::{Failure, Session};
use crate::backends::server::fail2ban;
use crate::domain::filter::FieldSpec;
use crate::domain::ids::TargetId;
use crate::domain::server::jails::{Jail, Jails};

/// The columns of jails.
pub const FIELDS: [FieldSpec; 7] = [
    text("target", "HOST"),
    text("name", "JAIL"),
    number("failed_now", "FAILED"),
    number("failed_total", "FAILED EVER"),
    number("banned_now", "BANNED"),
    number("banned_total", "BANNED EVER"),
    text("banned", "WHO"),
];

/// Reads the jails of all chosen servers.
///
/// # Errors
/// When there is no server to ask.
pub async fn fetch(session: &Session) -> Result<Listing, Failure> {
    let answers = ask(session, |server| async move { fail2ban::read(&*server).await }.boxed()).await?;
    for (target, answer) in &answers {
        if matches!(answer, Ok(Jails::Absent)) {
            session.remark(&format!("{target}: fail2ban is not there, or does not run"));
        }
    }
    let table = ["target", "name", "failed_now", "failed_total", "banned_now", "banned_total"];
    Ok(listing(("jails", "jail"), &FIELDS, &table, &answers, |target, jails| match jails {
        Jails::Absent => Vec::new(),
        Jails::Running(jails) => jails.iter().map(|jail| row(target, jail)).collect(),
    }))
}

fn row(target: &TargetId, jail: &Jail) -> Row {
    let name = jail.name.as_str();
    let who: Vec<&str> = jail.banned.iter().map(|ban| ban.who.as_str()).collect();
    let banned = jail.banned.iter();
    let banned = banned.map(|ban| json!({"ip": ban.who, "since_at": ban.since, "until_at": ban.until}));
    Row {
        key: format!("{target}/{name}"),
        name: name.to_owned(),
        id: None,
        values: vec![
            cell(&target.name),
            cell(name),
            count(jail.failed_now),
            count(jail.failed_total),
            count(jail.banned_now),
            count(jail.banned_total),
            cell(&who.join(" ")),
        ],
        tone: Tone::Plain,
        json: json!({
            "target": target,
            "name": name,
            // fail2ban lists no others.
            "enabled": true,
            "failed_now": jail.failed_now,
            "failed_total": jail.failed_total,
            "banned_now": jail.banned_now,
            "banned_total": jail.banned_total,
            "banned": banned.collect::<Vec<Json>>(),
        }),
    }
}
