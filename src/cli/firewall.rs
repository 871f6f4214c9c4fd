//! `pult get firewall`: ufw's rules in their order, with how it stands at the head of the document.

use futures_util::FutureExt;
use serde_json::{Value as Json, json};

use super::grid::Tone;
use super::guard::{ask, cell, count, listing, number, text};
use super::listing::{Listing, Row};
use super::{Failure, Session};
use crate::backends::server::ufw;
use crate::domain::filter::FieldSpec;
use crate::domain::ids::TargetId;
use crate::domain::server::ufw::{Numbered, Ports, Ufw};

/// The columns of rules.
pub const FIELDS: [FieldSpec; 11] = [
    text("target", "HOST"),
    number("number", "#"),
    text("action", "ACTION"),
    text("direction", "DIRECTION"),
    text("interface", "INTERFACE"),
    text("protocol", "PROTO"),
    text("from", "FROM"),
    text("to", "TO"),
    text("port", "PORT"),
    text("ipv6", "IPV6"),
    text("comment", "COMMENT"),
];

/// Reads ufw at all chosen servers.
///
/// # Errors
/// When there is no server to ask.
pub async fn fetch(session: &Session) -> Result<Listing, Failure> {
    let answers = ask(session, |server| async move { ufw::read(&*server).await }.boxed()).await?;
    let all: Vec<usize> = (0..FIELDS.len()).collect();
    let rows = |target: &TargetId, ufw: &Option<Ufw>| {
        let rows = ufw.as_ref().map(rows).unwrap_or_default();
        rows.iter().map(|(number, rule)| row(target, *number, rule)).collect()
    };
    let mut listing = listing(("firewall", "rule"), &FIELDS, &[], &answers, rows);
    listing.table = all;
    let mut heads =
        answers.iter().filter_map(|(target, ufw)| Some(head(target, ufw.as_ref().ok()?.as_ref())));
    let heads: Vec<Json> = heads.by_ref().collect();
    // One server's own words stand at the head; those of several stand side by side.
    for key in ["status", "default_incoming", "default_outgoing", "default_routed"] {
        let value = if let [only] = &heads[..] { only[key].clone() } else { Json::Null };
        listing.head.insert(key.to_owned(), value);
    }
    listing.head.insert("firewalls".to_owned(), heads.into());
    Ok(listing)
}

/// The rules; of an inactive ufw those that would hold, without numbers.
fn rows(ufw: &Ufw) -> Vec<(Option<usize>, Numbered)> {
    if ufw.active {
        return ufw.numbered.iter().map(|row| (Some(row.number), row.clone())).collect();
    }
    let added = ufw.added.iter().enumerate();
    let row = |(i, rule): (usize, &crate::domain::server::ufw::Rule)| {
        (None, Numbered { number: i, ipv6: !rule.concerns(false), rule: rule.clone() })
    };
    added.map(row).collect()
}

fn head(target: &TargetId, ufw: Option<&Ufw>) -> Json {
    let status = match ufw {
        None => "absent",
        Some(ufw) if ufw.active => "active",
        Some(_) => "inactive",
    };
    json!({
        "target": target,
        "status": status,
        "default_incoming": ufw.map(|u| u.defaults.incoming.word()),
        "default_outgoing": ufw.map(|u| u.defaults.outgoing.word()),
        "default_routed": ufw.map(|u| u.defaults.routed.word()),
    })
}

fn row(target: &TargetId, number: Option<usize>, row: &Numbered) -> Row {
    let rule = &row.rule;
    let interface =
        [&rule.enters, &rule.leaves].into_iter().flatten().cloned().collect::<Vec<_>>().join(" → ");
    let network = |end: &crate::domain::server::ufw::End| {
        end.network.map_or_else(|| "any".to_owned(), |n| n.to_string())
    };
    let port = match rule.to.ports {
        Ports::Any => String::new(),
        _ => crate::domain::server::ufw::End { network: None, ports: rule.to.ports.clone() }.to_string(),
    };
    // Where it is from may name ports, too.
    let from = match rule.from.ports {
        Ports::Any => network(&rule.from),
        _ => rule.from.to_string(),
    };
    let protocol = rule.protocol.as_deref().unwrap_or_default();
    let comment = rule.comment.as_deref().unwrap_or_default();
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Row {
        key: format!("{target}/{}/{}/{}", row.number, row.ipv6, rule.command()),
        name: number.map_or_else(|| rule.command(), |number| number.to_string()),
        id: None,
        values: vec![
            cell(&target.name),
            count(number.and_then(|n| u64::try_from(n).ok())),
            cell(rule.action.word()),
            cell(rule.direction.word()),
            cell(&interface),
            cell(protocol),
            cell(&from),
            cell(&network(&rule.to)),
            cell(&port),
            cell(if row.ipv6 { "yes" } else { "no" }),
            cell(comment),
        ],
        tone: Tone::Plain,
        json: json!({
            "target": target,
            "number": number,
            "action": rule.action.word(),
            "direction": rule.direction.word(),
            "interface": known(&interface),
            "protocol": known(protocol),
            "from": from,
            "to": network(&rule.to),
            "port": known(&port),
            "ipv6": row.ipv6,
            "comment": known(comment),
            "command": rule.command(),
        }),
    }
}
