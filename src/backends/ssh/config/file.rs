//! Reads ssh_config files without OpenSSH's help: which lines count for a host, and which hosts are named.
//!
//! `Match` can run programs and ask for what is known only later; a file that has one other than `Match all`
//! cannot be resolved here and is refused rather than guessed at.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::pattern;
use super::super::surroundings::Surroundings;
use super::words;

/// Files may include files, this deep.
const DEPTH: usize = 16;

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub file: PathBuf,
    pub line: usize,
    pub why: String,
}

/// Reads the files, one after the other.
pub(super) struct Files<'s> {
    around: &'s Surroundings,
    /// Whose lines are wanted; `None` = names are collected, not settings.
    alias: Option<&'s str>,
    /// Settings that count, in their order; the first of a keyword wins.
    pub settings: Vec<(String, Vec<String>)>,
    /// Hosts that are named without wildcards, in the order of the files.
    pub names: Vec<String>,
    /// All files that were read or looked for.
    pub read: BTreeSet<PathBuf>,
}

impl<'s> Files<'s> {
    pub fn new(around: &'s Surroundings, alias: Option<&'s str>) -> Self {
        Self { around, alias, settings: Vec::new(), names: Vec::new(), read: BTreeSet::new() }
    }

    /// # Errors
    /// A file that is there and cannot be read; a `Match` that cannot be decided; includes without end.
    pub fn all(&mut self) -> Result<(), Refusal> {
        for file in self.around.config_files() {
            self.file(&file, true, 0)?;
        }
        Ok(())
    }

    /// `active`: whether the lines count for the alias.
    fn file(&mut self, file: &Path, mut active: bool, depth: usize) -> Result<(), Refusal> {
        let refuse = |line, why: String| Refusal { file: file.to_owned(), line, why };
        if depth > DEPTH {
            return Err(refuse(0, "files include each other without end".into()));
        }
        self.read.insert(file.to_owned());
        let text = match fs::read(file) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(refuse(0, format!("cannot be read: {e}"))),
        };
        let above = active;
        for (number, line) in String::from_utf8_lossy(&text).lines().enumerate() {
            let Some((keyword, arguments)) = words::line(line) else { continue };
            match keyword.as_str() {
                "host" => {
                    let patterns = arguments.iter().map(String::as_str);
                    active = above && self.alias.is_some_and(|alias| pattern::list_fits(patterns, alias));
                    let plain = arguments.into_iter().filter(|a| !a.contains(['*', '?', '!']));
                    for name in plain {
                        if !self.names.contains(&name) {
                            self.names.push(name);
                        }
                    }
                }
                "match" => match arguments.as_slice() {
                    [word] if word.eq_ignore_ascii_case("all") => active = above,
                    // For a list of names it does not matter whose lines these are.
                    _ if self.alias.is_none() || !above => active = false,
                    _ => {
                        let why = "`Match` can be decided by OpenSSH's client only; install openssh-client";
                        return Err(refuse(number + 1, why.into()));
                    }
                },
                "include" => {
                    for written in &arguments {
                        for included in self.included(file, written) {
                            self.file(&included, active, depth + 1)?;
                        }
                    }
                }
                _ if active && self.alias.is_some() => self.settings.push((keyword, arguments)),
                _ => {}
            }
        }
        Ok(())
    }

    /// The files that an `Include` means: relative to `~/.ssh` or `/etc/ssh`, wildcards in any part.
    fn included(&self, from: &Path, written: &str) -> Vec<PathBuf> {
        let path = self.around.expand(written);
        let base = match (&self.around.config, &self.around.home) {
            (Some(config), _) => config.parent().map(Path::to_owned),
            (None, Some(home)) if from.starts_with(home) => Some(home.join(".ssh")),
            _ => Some(PathBuf::from("/etc/ssh")),
        };
        let path = base.unwrap_or_default().join(path);
        let mut found = vec![PathBuf::new()];
        for part in path.components() {
            let part = part.as_os_str().to_string_lossy();
            found = found.into_iter().flat_map(|folder| step(folder, &part)).collect();
        }
        found
    }
}

/// What a part of a path leads to: itself, or with wildcards all that fits, sorted; none that is hidden.
fn step(folder: PathBuf, part: &str) -> Vec<PathBuf> {
    if !part.contains(['*', '?']) {
        return vec![folder.join(part)];
    }
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> =
        names.filter(|name| !name.starts_with('.') && pattern::fits(part, name)).collect();
    names.sort();
    names.into_iter().map(|name| folder.join(name)).collect()
}
