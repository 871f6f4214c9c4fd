//! A check as it is written, for `pult config show`: what is not usual, without passwords.

use std::time::Duration;

use super::{EVERY, FAILURES, TIMEOUT};
use crate::domain::check::{Check, Probe, Statuses};
use crate::domain::secret::masked_word;

/// `key = value`, a line each.
pub fn written(check: &Check) -> Vec<String> {
    let mut lines =
        vec![format!("name = {}", text(&check.name)), format!("server = {}", text(&check.server.name))];
    lines.extend(asked(&check.probe).into_iter().map(|(key, value)| format!("{key} = {value}")));
    let mut unless = |key: &str, value: String, is_usual: bool| {
        if !is_usual {
            lines.push(format!("{key} = {value}"));
        }
    };
    unless("every", span(check.every), check.every == EVERY);
    unless("timeout", span(check.timeout), check.timeout == TIMEOUT);
    unless("failures", check.failures.to_string(), check.failures == FAILURES);
    if let Some(limit) = check.slower_than {
        unless("slower_than", span(limit), false);
    }
    lines
}

fn asked(probe: &Probe) -> Vec<(&'static str, String)> {
    let mut pairs: Vec<(&'static str, Option<String>)> = Vec::new();
    match probe {
        Probe::Http(http) => {
            pairs.push(("http", Some(text(&http.url.shown()))));
            let usual = http.statuses == Statuses::default();
            pairs.push(("status", (!usual).then(|| statuses(&http.statuses))));
            pairs.push(("contains", http.contains.as_deref().map(text)));
            pairs.push(("method", http.head.then(|| text("HEAD"))));
            pairs.push(("follow", http.follow.then(|| "true".to_owned())));
        }
        Probe::Tcp { .. } => pairs.push(("tcp", Some(text(&probe.asked())))),
        Probe::Dns { name, address } => {
            pairs.push(("dns", Some(text(name))));
            pairs.push(("address", address.map(|address| text(&address.to_string()))));
        }
        Probe::Ping { host } => pairs.push(("ping", Some(text(host)))),
        Probe::Command(words) => {
            let words: Vec<String> = words.iter().map(|word| text(&masked_word(word))).collect();
            pairs.push(("command", Some(format!("[{}]", words.join(", ")))));
        }
        Probe::File(file) => {
            pairs.push(("file", Some(text(&file.path))));
            pairs.push(("max_age", file.max_age.map(span)));
            pairs.push(("min_size", file.min_size.map(|n| n.to_string())));
            pairs.push(("changed", file.unchanged.then(|| "true".to_owned())));
            pairs.push(("absent", file.absent.then(|| "true".to_owned())));
        }
        Probe::Directory { path, max_size } => {
            pairs.push(("directory", Some(text(path))));
            pairs.push(("max_size", max_size.map(|n| n.to_string())));
        }
        Probe::MailQueue { most } => pairs.push(("mail_queue", Some(most.to_string()))),
        Probe::Processes { name, at_least, at_most } => {
            pairs.push(("processes", Some(text(name))));
            pairs.push(("at_least", Some(at_least.to_string())));
            pairs.push(("at_most", at_most.map(|n| n.to_string())));
        }
    }
    pairs.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

fn statuses(Statuses(ranges): &Statuses) -> String {
    let one = |(from, to): &(u16, u16)| match from == to {
        true => from.to_string(),
        false => format!("\"{}xx\"", from / 100),
    };
    format!("[{}]", ranges.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// `90s`, `250ms`
fn span(span: Duration) -> String {
    match span.subsec_millis() {
        0 => format!("\"{}s\"", span.as_secs()),
        _ => format!("\"{}ms\"", span.as_millis()),
    }
}

/// A TOML string.
fn text(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}
