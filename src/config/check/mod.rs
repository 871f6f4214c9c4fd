//! `[[check]]`: what is to be asked again and again. What it may ask is the table in [`kinds`].

mod kinds;
mod written;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::entry;
use super::reader::{At, Reader};
use super::report::Mistake;
use crate::domain::check::Check;
use crate::domain::ids::{TargetId, TargetKind};
use crate::domain::server::threshold::Metric;
use crate::domain::server::thresholds::Thresholds;
use crate::domain::world::TargetInfo;
use kinds::KINDS;
pub use written::written;

/// Keys of every check.
const COMMON_KEYS: [&str; 6] = ["name", "server", "every", "timeout", "failures", "slower_than"];

/// Where nothing else is said.
const EVERY: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(10);
const FAILURES: u32 = 2;
/// Bounds, seconds.
const LEAST_EVERY: f64 = 5.0;
const DAY: f64 = 86_400.0;
const MOST_TIMEOUT: f64 = 600.0;
const MOST_FAILURES: f64 = 100.0;

/// A check of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckEntry {
    pub name: At<String>,
    /// Who asks; `None` = this machine.
    pub server: Option<At<String>>,
    /// All but its server is as it will be.
    check: Check,
}

/// Reads one table. `None` when it is of no use; why was reported.
pub fn read(reader: &mut Reader<'_, '_, '_>) -> Option<CheckEntry> {
    let named: Vec<_> = KINDS.iter().filter(|kind| reader.value(kind.word).is_some()).collect();
    let of_kind = named.first().map(|kind| kind.keys).unwrap_or_default();
    let words = KINDS.iter().map(|kind| kind.word);
    let known: Vec<&str> = COMMON_KEYS.into_iter().chain(words).chain(of_kind.iter().copied()).collect();
    reader.only(&known);
    let name = entry::read_name(reader);
    let server = match reader.value("server") {
        Some(_) => Some(reader.text("server")?),
        None => None,
    };
    let every = reader.duration("every", LEAST_EVERY, DAY, "60s").map_or(EVERY, |at| at.value);
    let timeout = reader.duration("timeout", 1.0, MOST_TIMEOUT, "10s").map_or(TIMEOUT, |at| at.value);
    let failures = reader.number("failures", 1.0, MOST_FAILURES, "2").map_or(FAILURES, |at| at.value as u32);
    let slower_than = reader.duration("slower_than", 0.001, MOST_TIMEOUT, "500ms").map(|at| at.value);
    let kind = match named.as_slice() {
        [one] => *one,
        [] => {
            let words: Vec<&str> = KINDS.iter().map(|kind| kind.word).collect();
            let mistake = Mistake::new("[[check]] says nothing of what to ask");
            reader.missing(mistake.suggest(format!("write one of {}", words.join(", "))));
            return None;
        }
        [first, second, ..] => {
            let (first, second) = (first.word, second.word);
            let mistake = Mistake::new(format!("`{first}` and `{second}` are two checks"));
            let span = reader.value(second).map_or(reader.span.clone(), toml::Spanned::span);
            reader.report.at(span, mistake.suggest("write a [[check]] for each"));
            return None;
        }
    };
    let probe = (kind.read)(reader)?;
    let (name, word) = (name?, kind.word);
    let (title, server_id) = (Arc::from(name.value.as_str()), TargetId::server(""));
    let check = Check {
        name: title,
        server: server_id,
        kind: word,
        probe,
        every,
        timeout,
        failures,
        slower_than,
        certificate_days: None,
    };
    Some(CheckEntry { name, server, check })
}

impl CheckEntry {
    /// Where its server stands in the text, or would.
    pub fn place(&self) -> Range<usize> {
        self.server.as_ref().map_or(&self.name.span, |server| &server.span).clone()
    }

    /// The check, asked by one of these targets; what is said of a server's certificates is said of those that it
    /// is shown.
    ///
    /// # Errors
    /// There is no such server.
    pub fn resolve(
        &self,
        targets: &[TargetInfo],
        here: Option<&TargetId>,
        thresholds: &Thresholds,
    ) -> Result<Check, Mistake> {
        let server = self.server_of(targets, here)?;
        let level = thresholds.of(&server).level(Metric::Certificate);
        let certificate_days = level.is_finite().then_some(-level as i64);
        Ok(Check { server, certificate_days, ..self.check.clone() })
    }

    fn server_of(&self, targets: &[TargetInfo], here: Option<&TargetId>) -> Result<TargetId, Mistake> {
        let Some(server) = &self.server else {
            let none =
                || Mistake::new(format!("`{}` names no server, and this machine is none", self.name.value));
            let here = here.ok_or_else(|| none().suggest("write server = \"NAME\", one of [[server]]"))?;
            return Ok(here.clone());
        };
        let servers = targets.iter().filter(|t| t.id.kind == TargetKind::Server);
        match servers.clone().find(|t| *t.id.name == *server.value) {
            Some(found) => Ok(found.id.clone()),
            None => Err(Mistake::unknown("server", &server.value, servers.map(|t| &*t.id.name))),
        }
    }
}

#[cfg(test)]
mod tests;
