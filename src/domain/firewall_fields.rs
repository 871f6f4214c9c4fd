//! The columns of a firewall's rules.

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::firewall_rows::FirewallRow;
use super::server::ufw::{End, Ports, Rule};

const TEXT: FieldKind = FieldKind::Text;
const NUMBER: FieldKind = FieldKind::Number;

fn own(text: String) -> Value<'static> {
    if text.is_empty() { Value::Absent } else { Value::Text(text.into()) }
}

fn number(n: Option<usize>) -> Value<'static> {
    Value::number(n.map(|n| n as f64))
}

fn of<'a>(row: &'a FirewallRow, read: impl Fn(&'a Rule) -> Value<'a>) -> Value<'a> {
    row.rule.as_ref().map_or(Value::Absent, read)
}

fn interfaces(rule: &Rule) -> String {
    [&rule.enters, &rule.leaves].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" > ")
}

fn ports(end: &End) -> String {
    match end.ports {
        Ports::Any => String::new(),
        _ => End { network: None, ports: end.ports.clone() }.to_string(),
    }
}

/// All columns, in the order in which they are offered.
pub static FIELDS: [Field<FirewallRow>; 14] = [
    Field::new("number", "#", &[], NUMBER, |r| number(r.number)),
    Field::new("number6", "#V6", &[], NUMBER, |r| number(r.number_v6)),
    Field::new("action", "ACTION", &[], TEXT, |r| of(r, |rule| Value::text(rule.action.word()))),
    Field::new("direction", "DIR", &[], TEXT, |r| of(r, |rule| Value::text(rule.direction.word()))),
    Field::new("port", "PORT", &[], TEXT, |r| of(r, |rule| own(ports(&rule.to)))),
    Field::new("protocol", "PROTO", &["proto"], TEXT, |r| {
        of(r, |rule| Value::text(rule.protocol.as_deref().unwrap_or_default()))
    }),
    Field::new("from", "FROM", &[], TEXT, |r| of(r, |rule| own(rule.from.to_string()))),
    Field::new("to", "TO", &[], TEXT, |r| {
        of(r, |rule| own(rule.to.network.map_or_else(|| "Anywhere".to_owned(), |n| n.to_string())))
    }),
    Field::new("interface", "ON", &[], TEXT, |r| of(r, |rule| own(interfaces(rule)))),
    Field::new("comment", "COMMENT", &[], TEXT, |r| {
        of(r, |rule| Value::text(rule.comment.as_deref().unwrap_or_default()))
    }),
    Field::new("packets", "PACKETS", &["hits"], NUMBER, |r| Value::number(r.packets.map(|n| n as f64))),
    Field::new("chain", "CHAIN", &[], TEXT, |r| Value::text(&r.chain)),
    Field::new("rule", "RULE", &[], TEXT, |r| Value::text(&r.text)),
    // As a text: lists are sorted by numbers from the largest, and rules are asked from the first.
    Field::new("order", "ORDER", &[], TEXT, |r| own(r.place.to_string())),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
