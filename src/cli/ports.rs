//! `pult get ports`: what listens or is published on servers, whose it is, and who can reach it.

use futures_util::FutureExt;
use serde_json::json;

use super::grid::Tone;
use super::guard::{ask, cell, count, listing, number, text};
use super::listing::{Listing, Row};
use super::{Failure, Session};
use crate::backends::server::exposure;
use crate::domain::filter::FieldSpec;
use crate::domain::ids::TargetId;
use crate::domain::server::exposure::Reach;
use crate::domain::server::surface::JudgedPort;

/// The columns of ports.
pub const FIELDS: [FieldSpec; 13] = [
    text("target", "HOST"),
    number("port", "PORT"),
    text("protocol", "PROTO"),
    text("address", "ADDRESS"),
    text("process", "PROCESS"),
    number("pid", "PID"),
    text("unit", "UNIT"),
    text("container", "CONTAINER"),
    text("exposure", "BOUND"),
    text("interface", "INTERFACE"),
    text("allowed_by_firewall", "ALLOWED"),
    text("reach", "REACH"),
    text("why", "WHY"),
];

/// Reads the ports of all chosen servers.
///
/// # Errors
/// When there is no server to ask.
pub async fn fetch(session: &Session) -> Result<Listing, Failure> {
    let answers = ask(session, |server| async move { exposure::read(&*server).await }.boxed()).await?;
    for (target, surface) in &answers {
        if let Some(fault) = surface.as_ref().ok().and_then(|surface| surface.doubt()) {
            session.remark(&format!("{target}: {}", fault.in_full()));
        }
    }
    let table = ["target", "port", "protocol", "address", "process", "container", "reach", "why"];
    Ok(listing(("ports", "port"), &FIELDS, &table, &answers, |target, surface| {
        surface.judged().iter().map(|port| row(target, port)).collect()
    }))
}

fn row(target: &TargetId, port: &JudgedPort) -> Row {
    let (protocol, address) = (port.transport.word(), port.bound.text());
    let owner = port.owner.as_ref();
    let unit = owner.and_then(|o| o.unit.as_deref());
    let allowed = port.open.allowed_by_firewall;
    let or_empty = Option::unwrap_or_default;
    Row {
        key: format!("{target}/{protocol}/{address}/{}/{:?}", port.port, port.interface),
        name: format!("{protocol}:{}", port.port),
        id: None,
        values: vec![
            cell(&target.name),
            count(Some(port.port.into())),
            cell(protocol),
            cell(&address),
            cell(owner.map_or("", |o| &o.name)),
            count(owner.map(|o| o.pid.into())),
            cell(or_empty(unit)),
            cell(or_empty(port.container.as_deref())),
            cell(port.exposure),
            cell(or_empty(port.interface.as_deref())),
            cell(allowed.map_or("", |allowed| if allowed { "yes" } else { "no" })),
            cell(port.open.reach.word()),
            cell(&port.open.why),
        ],
        tone: if port.open.reach == Reach::Anybody { Tone::Bad } else { Tone::Plain },
        json: json!({
            "target": target,
            "protocol": protocol,
            "address": address,
            "interface": port.interface,
            "port": port.port,
            "pid": owner.map(|o| o.pid),
            "process": owner.map(|o| &o.name),
            "unit": unit,
            "container": port.container,
            "exposure": port.exposure,
            "allowed_by_firewall": allowed,
            "reach": port.open.reach.word(),
            "why": port.open.why,
        }),
    }
}
