//! Prints a listing: table, json, yaml, names; and changes as NDJSON.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::args::Format;
use super::grid::Grid;
use super::listing::{Listing, Row};
use super::{Exit, Failure};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::sanitize;

/// The version of the documents, in each of them.
pub const API: &str = "pult/1";

/// Prints a whole listing.
pub fn print(
    listing: &Listing,
    format: Format,
    colored: bool,
    at: Timestamp,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    match format {
        Format::Table | Format::Wide => {
            for line in table(listing, format == Format::Wide, colored) {
                writeln!(out, "{line}")?;
            }
        }
        Format::Name => {
            for row in &listing.rows {
                writeln!(out, "{}/{}", listing.singular, row.name)?;
            }
        }
        Format::Json => writeln!(out, "{}", sanitize::json(&format!("{:#}", document(listing, at))))?,
        Format::Yaml => {
            let text = serde_norway::to_string(&document(listing, at)).map_err(io::Error::other)?;
            out.write_all(text.as_bytes())?;
        }
    }
    out.flush()?;
    Ok(())
}

/// The lines of the table, header first.
pub fn table(listing: &Listing, wide: bool, colored: bool) -> Vec<String> {
    let rows: Vec<_> = listing.rows.iter().map(|row| listing.cells(row, wide)).collect();
    let mut grid = Grid::new(listing.columns(wide), colored);
    grid.fit(&rows);
    std::iter::once(grid.header()).chain(rows.iter().map(|row| grid.line(row))).collect()
}

fn document(listing: &Listing, at: Timestamp) -> Json {
    let mut document = json!({"api": API, "kind": listing.kind, "at": stamp(at)});
    for (key, value) in &listing.head {
        document[key] = value.clone();
    }
    document["items"] = listing.rows.iter().map(|r| r.json.clone()).collect();
    let faults = listing.faults.iter().map(|(target, fault)| fault_json(target, fault));
    document["faults"] = faults.collect();
    document
}

/// RFC 3339 UTC in whole seconds.
fn stamp(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// A fault in a document.
pub fn fault_json(target: &TargetId, fault: &Fault) -> Json {
    json!({"target": target, "kind": fault.kind.word(), "message": fault.message, "hint": fault.hint})
}

/// Prints one change of a watched listing as a line of JSON.
pub fn event(event: &str, row: &Row, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", sanitize::json(&json!({"event": event, "item": row.json}).to_string()))?;
    out.flush()
}

/// The exit code for what could not be had: 4 when every fault is a refusal of the target, else 3.
pub fn exit_for(faults: &[(TargetId, Fault)]) -> Exit {
    if faults.is_empty() {
        Exit::Done
    } else if faults.iter().all(|(_, f)| f.kind == FaultKind::Denied) {
        Exit::Refused
    } else {
        Exit::Unreached
    }
}

#[cfg(test)]
mod tests {
    use super::super::listing::tests::listing;
    use super::*;

    fn printed(l: &Listing, format: Format) -> String {
        let mut out = Vec::new();
        print(l, format, false, Timestamp::from_second(1_800_000_000).unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_format() {
        let mut l = listing(&[("web", Some(1536.0 * 1024.0)), ("db", None)]);
        assert_eq!(printed(&l, Format::Table), "NAME\nweb\ndb\n");
        assert_eq!(printed(&l, Format::Wide), "NAME   MEMORY\nweb   1.5 MiB\ndb          -\n");
        assert_eq!(printed(&l, Format::Name), "container/web\ncontainer/db\n");
        l.faults.push((
            TargetId::docker("h2"),
            Fault::new(FaultKind::Unreachable, "no such socket").hint("start it"),
        ));
        let json: Json = serde_json::from_str(&printed(&l, Format::Json)).unwrap();
        assert_eq!(json["api"], "pult/1");
        assert_eq!(json["at"], "2027-01-15T08:00:00Z");
        assert_eq!(json["items"][1]["memory_bytes"], Json::Null);
        assert_eq!(
            json["faults"][0],
            json!({"target": "docker:h2", "kind": "unreachable", "message": "no such socket", "hint": "start it"})
        );
        let yaml: Json = serde_norway::from_str(&printed(&l, Format::Yaml)).unwrap();
        assert_eq!(yaml, json);
    }

    #[test]
    fn json_escapes_what_tables_never_see() {
        let l = listing(&[("a\u{1b}[31m", None)]);
        assert!(printed(&l, Format::Json).contains("a\\u001b[31m"));
    }

    #[test]
    fn codes_of_partly_reached_fleets() {
        let fault = |kind| (TargetId::docker("h"), Fault::new(kind, "x"));
        assert_eq!(exit_for(&[]), Exit::Done);
        assert_eq!(exit_for(&[fault(FaultKind::Denied)]), Exit::Refused);
        assert_eq!(exit_for(&[fault(FaultKind::Denied), fault(FaultKind::Timeout)]), Exit::Unreached);
    }
}
