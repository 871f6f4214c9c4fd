//! The user's file as written: TOML with places, walked by hand so that every mistake is found and named.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Environment;
use super::backup::{self, BackupEntry};
use super::check::{self, CheckEntry};
use super::entry::{self, Entry};
use super::overlay::{self, Overlay};
use super::reader::{Reader, describe};
use super::report::{Mistake, Report};
use super::sections::{DEFAULT_KEYS, SECTIONS, Section, top_words};
use super::thresholds;
use crate::domain::guard::Guard;
use crate::domain::ids::TargetKind;
use crate::domain::server::thresholds::Levels;

/// The content of a file.
#[derive(Debug, Default)]
pub struct File {
    /// In the order of the text.
    pub entries: Vec<Entry>,
    /// There is a `docker` section, usable or not: discovery stays off.
    pub names_docker: bool,
    /// There is a `server` section, usable or not: this machine is not added by itself.
    pub names_servers: bool,
    pub guard: Option<Guard>,
    pub theme: Option<String>,
    pub keymap: Option<String>,
    pub threshold_percent: Option<f64>,
    pub thresholds: Levels,
    /// Read instead of ~/.ssh/config and the machine's.
    pub ssh_config: Option<PathBuf>,
    pub overlays: Vec<Overlay>,
    /// In the order of the text, each name once.
    pub backups: Vec<BackupEntry>,
    /// The same.
    pub checks: Vec<CheckEntry>,
    /// The text is not TOML: nothing of it can be trusted.
    pub broken: bool,
}

/// Reads a text and reports its mistakes. `base` is where relative paths start.
pub fn read(text: &str, base: &Path, env: &Environment, report: &mut Report<'_>) -> File {
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        syntax(&errors, text.len(), report);
        return File { broken: true, ..File::default() };
    }
    let mut file = File::default();
    for (key, value) in root.get_ref() {
        let word: &str = key.get_ref();
        match SECTIONS.iter().find(|s| s.word == word) {
            Some(section) => targets(&mut file, section, key.span(), value, base, env, report),
            None if word == "backup" => backups(&mut file, key.span(), value, report),
            None if word == "check" => checks(&mut file, key.span(), value, report),
            None if word == "defaults" => defaults(&mut file, value, base, env, report),
            None if word == "thresholds" => all_thresholds(&mut file, value, report),
            None if word == "profile" => profiles(&mut file, value, report),
            None => report.at(key.span(), Mistake::unknown("section", word, top_words())),
        }
    }
    file.entries.sort_by_key(|e| e.name.span.start);
    duplicates(&mut file, report);
    file
}

fn syntax(errors: &[toml::de::Error], end: usize, report: &mut Report<'_>) {
    for error in errors {
        let span = error.span().unwrap_or(end..end);
        let message = error.message().lines().next().unwrap_or("not valid TOML").to_owned();
        // By far the most frequent slip, which the parser's own words describe badly.
        if message.starts_with("string values must be quoted") || message.starts_with("invalid boolean") {
            let word = report.rest_of_line(span.start);
            if word.is_empty() {
                report.at(span, Mistake::new("a value is missing after `=`"));
                continue;
            }
            let mistake = Mistake::new(format!("a text is written in quotes: `{word}`"));
            report.at(span, mistake.suggest(format!("write \"{word}\"")));
            continue;
        }
        let message = match report.word(span.clone()) {
            Some(word) if !message.contains(word) => format!("{message}: `{}`", word.trim()),
            _ => message,
        };
        report.at(span, Mistake::new(message));
    }
}

fn targets(
    file: &mut File,
    section: &'static Section,
    key: Range<usize>,
    value: &Spanned<DeValue<'_>>,
    base: &Path,
    env: &Environment,
    report: &mut Report<'_>,
) {
    file.names_docker |= section.kind == Some(TargetKind::Docker);
    file.names_servers |= section.kind == Some(TargetKind::Server);
    list_of_tables(section.word, "targets", key, value, report, |reader| {
        file.entries.extend(entry::read(reader, section, base, env));
    });
}

fn backups(file: &mut File, key: Range<usize>, value: &Spanned<DeValue<'_>>, report: &mut Report<'_>) {
    list_of_tables("backup", "backups", key, value, report, |reader| {
        let Some(entry) = backup::read(reader) else { return };
        if file.backups.iter().any(|known| known.name.value == entry.name.value) {
            let mistake = Mistake::new(format!("`{}` stands twice under [[backup]]", entry.name.value));
            return reader.report.at(entry.name.span, mistake.suggest("give each backup its own name"));
        }
        file.backups.push(entry);
    });
}

fn checks(file: &mut File, key: Range<usize>, value: &Spanned<DeValue<'_>>, report: &mut Report<'_>) {
    list_of_tables("check", "checks", key, value, report, |reader| {
        let Some(entry) = check::read(reader) else { return };
        if file.checks.iter().any(|known| known.name.value == entry.name.value) {
            let mistake = Mistake::new(format!("`{}` stands twice under [[check]]", entry.name.value));
            return reader.report.at(entry.name.span, mistake.suggest("give each check its own name"));
        }
        file.checks.push(entry);
    });
}

/// Reads each table of `[[word]]`.
fn list_of_tables(
    word: &str,
    nouns: &str,
    key: Range<usize>,
    value: &Spanned<DeValue<'_>>,
    report: &mut Report<'_>,
    mut read: impl FnMut(&mut Reader<'_, '_, '_>),
) {
    let DeValue::Array(items) = value.get_ref() else {
        let mistake = match value.get_ref() {
            DeValue::Table(_) => Mistake::new(format!("`[{word}]` is one table; {nouns} are lists"))
                .suggest(format!("write [[{word}]]")),
            other => Mistake::new(format!("`{word}` is {}, not a section", describe(other)))
                .suggest(format!("write [[{word}]]")),
        };
        return report.at(key, mistake);
    };
    for item in items.iter() {
        let DeValue::Table(table) = item.get_ref() else {
            let mistake = Mistake::new(format!("`{word}` holds {}, not a table", describe(item.get_ref())));
            report.at(item.span(), mistake.suggest(format!("write [[{word}]]")));
            continue;
        };
        read(&mut Reader { report, table, span: item.span(), title: format!("[[{word}]]") });
    }
}

fn defaults(
    file: &mut File,
    value: &Spanned<DeValue<'_>>,
    base: &Path,
    env: &Environment,
    report: &mut Report<'_>,
) {
    let DeValue::Table(table) = value.get_ref() else {
        let mistake = Mistake::new(format!("`defaults` is {}, not a table", describe(value.get_ref())));
        file.guard = Some(Guard::ReadOnly);
        return report.at(value.span(), mistake.suggest("write [defaults]"));
    };
    let mut reader = Reader { report, table, span: value.span(), title: "[defaults]".into() };
    reader.only(&DEFAULT_KEYS);
    file.guard = entry::read_guard(&mut reader);
    file.theme = reader.text("theme").map(|at| at.value);
    file.keymap = reader.text("keymap").map(|at| at.value);
    file.ssh_config = reader.text("ssh_config").map(|at| env.expand(&at.value, base));
    file.threshold_percent = reader.number("threshold_percent", 1.0, 100.0, "80").map(|at| at.value);
}

fn all_thresholds(file: &mut File, value: &Spanned<DeValue<'_>>, report: &mut Report<'_>) {
    let DeValue::Table(table) = value.get_ref() else {
        let mistake = Mistake::new(format!("`thresholds` is {}, not a table", describe(value.get_ref())));
        return report.at(value.span(), mistake.suggest("write [thresholds]"));
    };
    let title = "[thresholds]".to_owned();
    file.thresholds = thresholds::read(&mut Reader { report, table, span: value.span(), title });
}

fn profiles(file: &mut File, value: &Spanned<DeValue<'_>>, report: &mut Report<'_>) {
    let DeValue::Table(profiles) = value.get_ref() else {
        let mistake = Mistake::new(format!("`profile` is {}, not a table", describe(value.get_ref())));
        return report.at(value.span(), mistake.suggest("write [profile.NAME]"));
    };
    for (name, profile) in profiles {
        let DeValue::Table(table) = profile.get_ref() else {
            let mistake = Mistake::new(format!("`{}` under [profile] is not a table", name.get_ref()));
            report.at(name.span(), mistake.suggest("write [profile.NAME]"));
            continue;
        };
        let title = format!("[profile.{}]", name.get_ref());
        let mut reader = Reader { report, table, span: profile.span(), title };
        file.overlays.push(overlay::read(&mut reader, name.get_ref()));
    }
}

/// Reports names that stand twice in a kind; the first one stays.
fn duplicates(file: &mut File, report: &mut Report<'_>) {
    let mut seen = BTreeSet::new();
    file.entries.retain(|entry| {
        if seen.insert((entry.section, entry.name.value.clone())) {
            return true;
        }
        let mistake =
            Mistake::new(format!("`{}` stands twice under [[{}]]", entry.name.value, entry.section));
        report.at(entry.name.span.clone(), mistake.suggest("give each target of a kind its own name"));
        false
    });
}
