//! The columns of what is seen of a server's network.

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::interfaces::NetworkItem;

const TEXT: FieldKind = FieldKind::Text;
const NUMBER: FieldKind = FieldKind::Number;
const BYTES: FieldKind = FieldKind::Bytes;

fn count(n: Option<u64>) -> Value<'static> {
    Value::number(n.map(|n| n as f64))
}

/// All columns, in the order in which they are offered.
pub static FIELDS: [Field<NetworkItem>; 15] = [
    Field::new("name", "NAME", &["interface", "peer"], TEXT, |i| Value::text(&i.name)),
    Field::new("kind", "KIND", &[], TEXT, |i| Value::text(i.kind.word())),
    Field::new("state", "STATE", &[], TEXT, |i| Value::text(&i.state)),
    Field::new("address", "ADDRESS", &["addresses", "via"], TEXT, |i| Value::text(&i.address)),
    Field::new("rx", "IN/s", &["rx_bytes_per_s"], BYTES, |i| Value::number(i.rx_bytes_per_s)),
    Field::new("tx", "OUT/s", &["tx_bytes_per_s"], BYTES, |i| Value::number(i.tx_bytes_per_s)),
    Field::new("received", "IN", &["rx_bytes"], BYTES, |i| count(i.rx_bytes)),
    Field::new("sent", "OUT", &["tx_bytes"], BYTES, |i| count(i.tx_bytes)),
    Field::new("errors", "ERRORS", &[], NUMBER, |i| count(i.errors)),
    Field::new("dropped", "DROPPED", &[], NUMBER, |i| count(i.dropped)),
    Field::new("connections", "CONNS", &["count"], NUMBER, |i| count(i.connections)),
    Field::new("process", "PROCESS", &[], TEXT, |i| Value::text(&i.process)),
    Field::new("mac", "MAC", &[], TEXT, |i| Value::text(&i.mac)),
    Field::new("mtu", "MTU", &[], NUMBER, |i| count(i.mtu)),
    // Interfaces first, then how they lead away, then who is there: the most connections first.
    Field::new("order", "ORDER", &[], TEXT, |i| {
        let rest = u64::MAX - i.connections.unwrap_or(0);
        Value::Text(format!("{} {rest:020} {}", i.kind as u8, i.name).into())
    }),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
