//! `[thresholds]`, and `thresholds = { … }` of a server: from where on a figure is an event.

use toml::de::DeValue;

use super::reader::{Reader, describe};
use super::report::Mistake;
use crate::domain::server::threshold::Metric;
use crate::domain::server::thresholds::Levels;

/// A key and what it may be.
struct Key {
    word: &'static str,
    metric: Metric,
    most: f64,
    example: &'static str,
}

const fn key(word: &'static str, metric: Metric, most: f64, example: &'static str) -> Key {
    Key { word, metric, most, example }
}

const KEYS: [Key; 11] = [
    key("cpu", Metric::Cpu, 100.0, "90"),
    key("memory", Metric::Memory, 100.0, "90"),
    key("swap", Metric::Swap, 100.0, "50"),
    key("load", Metric::Load, 10_000.0, "100"),
    key("stall", Metric::Stall, 100.0, "20"),
    key("disk", Metric::Disk, 100.0, "90"),
    key("inodes", Metric::Inodes, 100.0, "90"),
    key("failed_units", Metric::FailedUnits, 1_000.0, "1"),
    key("certificate_days", Metric::Certificate, 3_650.0, "21"),
    key("security_updates", Metric::SecurityUpdates, 100_000.0, "1"),
    key("reboot", Metric::Reboot, 1.0, "false"),
];

/// Reads a table of them. `false` = never.
pub fn read(reader: &mut Reader<'_, '_, '_>) -> Levels {
    reader.only(&KEYS.each_ref().map(|key| key.word));
    let mut levels = Levels::new();
    for Key { word, metric, most, example } in KEYS {
        let level = match reader.value(word).map(|value| value.get_ref()) {
            None => continue,
            Some(DeValue::Boolean(false)) => Some(f64::INFINITY),
            Some(DeValue::Boolean(true)) if metric == Metric::Reboot => Some(1.0),
            Some(_) if metric == Metric::Reboot => {
                reader.boolean(word);
                None
            }
            Some(_) => reader.number(word, 1.0, most, example).map(|at| at.value),
        };
        // Days go down: what is watched is what is lacking.
        let sign = if metric == Metric::Certificate && level != Some(f64::INFINITY) { -1.0 } else { 1.0 };
        levels.extend(level.map(|level| (metric, sign * level)));
    }
    levels
}

/// The same under a key of a server.
pub fn read_own(reader: &mut Reader<'_, '_, '_>) -> Levels {
    let Some(value) = reader.value("thresholds") else { return Levels::new() };
    let DeValue::Table(table) = value.get_ref() else {
        let mistake = Mistake::new(format!("`thresholds` is {}, not a table", describe(value.get_ref())));
        reader.report.at(value.span(), mistake.suggest("write thresholds = { disk = 90 }"));
        return Levels::new();
    };
    let title = "thresholds".to_owned();
    read(&mut Reader { report: reader.report, table, span: value.span(), title })
}

/// As it is written, for what is said.
pub fn written(levels: &Levels) -> Vec<String> {
    let one = |key: &Key| {
        let level = levels.get(&key.metric)?;
        Some(match (key.metric, level.is_finite()) {
            (_, false) => format!("{} = false", key.word),
            (Metric::Reboot, true) => format!("{} = true", key.word),
            (_, true) => format!("{} = {}", key.word, level.abs()),
        })
    };
    KEYS.iter().filter_map(one).collect()
}
