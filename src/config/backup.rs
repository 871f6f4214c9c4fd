//! `[[backup]]`: a backup that is looked after. What each tool takes is the table of [`Tool`]. No secret is read
//! here: passwords stay in files of the server.

use std::ops::Range;

use toml::de::DeValue;

use super::entry;
use super::reader::{At, Reader};
use super::report::Mistake;
use crate::domain::backup::{Plan, Tool};
use crate::domain::ids::{TargetId, TargetKind};
use crate::domain::secret::mask_urls;
use crate::domain::world::TargetInfo;

const PASSWORD: &str = "password_file";
const ENV: &str = "env_file";
/// Keys of every backup.
const COMMON_KEYS: [&str; 4] = ["name", "server", "max_age", "min_size"];
/// Bounds of an age, seconds.
const LEAST_AGE: f64 = 60.0;
const MOST_AGE: f64 = 10.0 * 366.0 * 86_400.0;

/// A backup of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct BackupEntry {
    pub name: At<String>,
    /// Where it is to be read; `None` = on this machine.
    pub server: Option<At<String>>,
    pub plan: Plan,
}

/// Reads one table. `None` when it is of no use; why was reported.
pub fn read(reader: &mut Reader<'_, '_, '_>) -> Option<BackupEntry> {
    let words = Tool::ALL.map(Tool::word);
    let known: Vec<&str> = COMMON_KEYS.into_iter().chain(words).chain([PASSWORD, ENV]).collect();
    reader.only(&known);
    let name = entry::read_name(reader);
    let server = match reader.value("server") {
        Some(_) => Some(reader.text("server")?),
        None => None,
    };
    let max_age = reader.duration("max_age", LEAST_AGE, MOST_AGE, "26h").map(|at| at.value.as_secs());
    let min_size = reader.size("min_size", "10M").map(|at| at.value);
    let tool = one_tool(reader)?;
    let operand = operand(reader, tool)?;
    let password_file = file(reader, PASSWORD, tool, Tool::takes_password);
    let env_file = file(reader, ENV, tool, Tool::takes_env);
    if operand.is_empty() && tool.has_repository() && env_file.is_none() {
        let word = tool.word();
        let mistake =
            Mistake::new(format!("`{word} = true` takes the repository of an {ENV}, and there is none"));
        reader.missing(mistake.suggest(format!("write {word} = {}", tool.example())));
        return None;
    }
    let name = name?;
    let plain = Plan::new(&name.value, tool, &operand);
    let max_age_s = max_age.and_then(|s| i64::try_from(s).ok()).unwrap_or(plain.max_age_s);
    Some(BackupEntry { name, server, plan: Plan { password_file, env_file, max_age_s, min_size, ..plain } })
}

fn one_tool(reader: &mut Reader<'_, '_, '_>) -> Option<Tool> {
    let named: Vec<Tool> = Tool::ALL.into_iter().filter(|tool| reader.value(tool.word()).is_some()).collect();
    match named.as_slice() {
        [one] => Some(*one),
        [] => {
            let mistake = Mistake::new("[[backup]] does not say where it is");
            let (words, first) = (Tool::ALL.map(Tool::word).join(", "), Tool::default());
            let example = format!("{} = {}", first.word(), first.example());
            reader.missing(mistake.suggest(format!("write one of {words}: {example}")));
            None
        }
        [first, second, ..] => {
            let mistake = Mistake::new(format!("`{}` and `{}` are two backups", first.word(), second.word()));
            let span = reader.value(second.word()).map_or(reader.span.clone(), toml::Spanned::span);
            reader.report.at(span, mistake.suggest("write a [[backup]] for each"));
            None
        }
    }
}

/// What the tool's key says, as it will be handed to it; empty = its own surroundings say it.
fn operand(reader: &mut Reader<'_, '_, '_>, tool: Tool) -> Option<String> {
    let word = tool.word();
    if let (true, Some(value)) = (tool.may_be_own(), reader.value(word))
        && let DeValue::Boolean(own) = value.get_ref()
    {
        if *own {
            return Some(String::new());
        }
        let mistake = Mistake::new(format!("`{word} = false` looks after nothing"));
        reader.report.at(value.span(), mistake.suggest("leave the section out"));
        return None;
    }
    let At { value, span } = reader.text(word)?;
    if tool.may_be_own() && value == "*" {
        return Some(String::new());
    }
    let wrong = |what: &str| Mistake::new(format!("`{word}` {what}"));
    let mistake = if value.chars().any(char::is_control) {
        Some(wrong("holds a control character"))
    } else if mask_urls(&value) != value {
        // It would be in the file, on the screen and among the arguments of a process.
        let mistake = wrong("holds a password, which does not belong into this file");
        let place = if tool == Tool::Restic { "RESTIC_REPOSITORY=…" } else { "BORG_REPO=…" };
        let mistake = mistake
            .suggest(format!("write {place} into a file of the server, {ENV} = \"…\" and {word} = true"));
        reader.report.at(span, mistake);
        return None;
    } else {
        let fits = match tool {
            Tool::Files => value.starts_with('/'),
            Tool::Restic | Tool::Borg => value.starts_with('/') || value.contains(':'),
            Tool::Pgbackrest => !value.starts_with('-') && !value.contains(char::is_whitespace),
            Tool::Timer => {
                [".timer", ".service"].iter().any(|end| value.len() > end.len() && value.ends_with(end))
                    && !value.starts_with('-')
            }
        };
        (!fits).then(|| Mistake::new(format!("`{value}` is not {}", tool.operand())))
    };
    match mistake {
        None => Some(value),
        Some(mistake) => {
            reader.report.at(span, mistake.suggest(format!("write {word} = {}", tool.example())));
            None
        }
    }
}

/// The path of a file on the server.
fn file(
    reader: &mut Reader<'_, '_, '_>,
    key: &'static str,
    tool: Tool,
    takes: fn(Tool) -> bool,
) -> Option<String> {
    let At { value, span } = reader.text(key)?;
    let mistake = if !takes(tool) {
        let others: Vec<&str> = Tool::ALL.into_iter().filter(|tool| takes(*tool)).map(Tool::word).collect();
        let mistake = Mistake::new(format!("`{key}` does not go with `{}`", tool.word()));
        mistake.suggest(format!("it is for {}", others.join(" and ")))
    } else if !value.starts_with('/') || value.chars().any(char::is_control) {
        let mistake = Mistake::new(format!("`{key}` is no path from the root"));
        mistake.suggest(format!("it is a file of the server: write {key} = \"/root/.restic-password\""))
    } else {
        return Some(value);
    };
    reader.report.at(span, mistake);
    None
}

impl BackupEntry {
    /// Where its server stands in the text, or would.
    pub fn place(&self) -> Range<usize> {
        self.server.as_ref().map_or(&self.name.span, |server| &server.span).clone()
    }

    /// The server that it is read on.
    ///
    /// # Errors
    /// There is no such server.
    pub fn resolve(&self, targets: &[TargetInfo], here: Option<&TargetId>) -> Result<TargetId, Mistake> {
        let Some(server) = &self.server else {
            let none =
                || Mistake::new(format!("`{}` names no server, and this machine is none", self.name.value));
            return here.cloned().ok_or_else(|| none().suggest("write server = \"NAME\", one of [[server]]"));
        };
        let servers = targets.iter().filter(|t| t.id.kind == TargetKind::Server);
        let found = servers.clone().find(|t| *t.id.name == *server.value).map(|t| t.id.clone());
        found.ok_or_else(|| Mistake::unknown("server", &server.value, servers.map(|t| &*t.id.name)))
    }
}

/// As it is written, line by line.
pub fn written(server: &TargetId, plan: &Plan) -> Vec<String> {
    let text = |value: &str| toml::Value::String(value.to_owned()).to_string();
    let operand = if plan.operand.is_empty() { "true".to_owned() } else { text(&plan.operand) };
    let mut lines = vec![
        format!("name = {}", text(&plan.name)),
        format!("server = {}", text(&server.name)),
        format!("{} = {operand}", plan.tool.word()),
    ];
    for (key, value) in [(PASSWORD, &plan.password_file), (ENV, &plan.env_file)] {
        lines.extend(value.as_ref().map(|value| format!("{key} = {}", text(value))));
    }
    lines.push(format!("max_age = {}", text(&age(plan.max_age_s))));
    lines.extend(plan.min_size.map(|size| format!("min_size = {size}")));
    lines
}

/// In the largest unit that says all of it.
fn age(seconds: i64) -> String {
    let units = [(86_400, 'd'), (3600, 'h'), (60, 'm')];
    let whole = units.into_iter().find(|(unit, _)| seconds % unit == 0 && seconds >= *unit);
    whole.map_or_else(|| format!("{seconds}s"), |(unit, word)| format!("{}{word}", seconds / unit))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::profile::from_text;
    use super::super::{Environment, show};

    #[test]
    fn what_is_shown_is_what_was_read() {
        let file = "[[server]]\nname = 'web1'\nhost = 'web1'\n[[server]]\nname = 'here'\nhost = 'local'\n
            [[backup]]\nname = 'crm'\nserver = 'web1'\nfiles = '/var/backups/crm-*.dump'\nmax_age = '2d'\nmin_size = '10M'\n
            [[backup]]\nname = 'all'\nrestic = true\nenv_file = '/etc/restic.env'\n
            [[backup]]\nname = 'borg'\nborg = 'ssh://b@h/./r'\npassword_file = '/etc/pw'\nmax_age = '90m'\n
            [[backup]]\nname = 'pg'\npgbackrest = '*'\n[[backup]]\nname = 'timer'\ntimer = 'b.timer'\n";
        let read =
            |text: &str| from_text(Path::new("c.toml"), text, &Environment::fake(Path::new("/h"), &[]));
        let first = read(file);
        assert_eq!(first.diagnostics, []);
        assert_eq!(first.backups[0].1.max_age_s, 2 * 86_400);
        let places: Vec<_> = first.backups.iter().map(|(id, plan)| format!("{id} {}", plan.name)).collect();
        assert_eq!(places[..2], ["server:web1 crm", "server:here all"]);
        let shown = show(&first);
        assert!(
            shown.contains("restic = true\nenv_file = \"/etc/restic.env\"\nmax_age = \"26h\""),
            "{shown}"
        );
        let backups = &shown[shown.find("[[backup]]").unwrap()..];
        let again = read(&format!("{}\n{backups}", &file[..file.find("\n\n").unwrap()]));
        assert_eq!((again.backups, again.diagnostics), (first.backups, vec![]));
    }
}
