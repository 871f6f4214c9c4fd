//! What disks say of themselves, by `smartctl -j`: one document a disk, its exit code is not looked at.

use std::collections::HashMap;

use serde_json::{Deserializer, Value};

use crate::domain::sanitize;

/// Sectors that were replaced, that wait for it, and that cannot be read.
const COUNTED: [(u64, &str); 3] = [(5, "reallocated"), (197, "pending"), (198, "unreadable")];

/// One disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Smart {
    pub health: String,
    pub ill: bool,
    pub notes: Vec<String>,
}

/// Disks by their names, `sda`; one that says nothing is left out.
pub fn read(text: &str) -> HashMap<String, Smart> {
    let documents = Deserializer::from_str(text).into_iter::<Value>().map_while(Result::ok);
    let disk = |document: Value| {
        let device = document["device"]["name"].as_str()?;
        let name = sanitize::name(device.strip_prefix("/dev/").unwrap_or(device));
        Some((name, one(&document)?))
    };
    documents.filter_map(disk).collect()
}

fn one(document: &Value) -> Option<Smart> {
    let passed = document["smart_status"]["passed"].as_bool();
    let mut notes = Vec::new();
    notes.extend(document["temperature"]["current"].as_i64().map(|n| format!("{n} °C")));
    notes.extend(document["power_on_time"]["hours"].as_u64().map(|n| format!("ran for {} days", n / 24)));
    let mut bad = 0;
    for attribute in document["ata_smart_attributes"]["table"].as_array().into_iter().flatten() {
        let known = COUNTED.iter().find(|(id, _)| attribute["id"].as_u64() == Some(*id));
        if let (Some((_, word)), Some(n)) = (known, attribute["raw"]["value"].as_u64().filter(|n| *n > 0)) {
            notes.push(format!("{n} {word} sectors"));
            bad += n;
        }
    }
    let nvme = &document["nvme_smart_health_information_log"];
    notes.extend(nvme["percentage_used"].as_u64().map(|n| format!("{n} % of its life used")));
    if let Some(n) = nvme["media_errors"].as_u64().filter(|n| *n > 0) {
        notes.push(format!("{n} media errors"));
        bad += n;
    }
    if passed.is_none() && notes.is_empty() {
        return None;
    }
    let health = match passed {
        Some(true) if bad > 0 => "worn",
        Some(true) => "passed",
        Some(false) => "failing",
        None => "",
    };
    Some(Smart { health: health.to_owned(), ill: passed == Some(false) || bad > 0, notes })
}
