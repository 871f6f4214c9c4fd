//! The kinds of checks: the key that says what is asked, the keys that go with it, and what reads them.

use core::net::IpAddr;

use toml::de::DeValue;

use crate::config::reader::{At, Reader, describe};
use crate::config::report::Mistake;
use crate::domain::check::{FileProbe, HttpProbe, Probe, Statuses, Url};
use crate::domain::check::{host_and_port, is_host};
use crate::domain::shell_word::sh_split;

/// A kind.
pub struct Kind {
    /// `http`
    pub word: &'static str,
    /// What may be said beside it.
    pub keys: &'static [&'static str],
    /// Reads both; `None` after what is wrong was reported.
    pub read: fn(&mut Reader<'_, '_, '_>) -> Option<Probe>,
}

const fn kind(
    word: &'static str,
    keys: &'static [&'static str],
    read: fn(&mut Reader<'_, '_, '_>) -> Option<Probe>,
) -> Kind {
    Kind { word, keys, read }
}

/// All there are.
pub const KINDS: [Kind; 9] = [
    kind("http", &["status", "contains", "method", "follow"], http),
    kind("tcp", &[], tcp),
    kind("dns", &["address"], dns),
    kind("ping", &[], ping),
    kind("command", &[], command),
    kind("file", &["max_age", "min_size", "changed", "absent"], file),
    kind("directory", &["max_size"], directory),
    kind("mail_queue", &[], mail_queue),
    kind("processes", &["at_least", "at_most"], processes),
];

/// Numbers of processes and letters.
const MANY: f64 = 1e9;
/// Ten years, seconds.
const AGES: f64 = 3650.0 * 86_400.0;

fn wrong<T>(reader: &mut Reader<'_, '_, '_>, at: &At<String>, message: String, hint: &str) -> Option<T> {
    reader.report.at(at.span.clone(), Mistake::new(message).suggest(hint));
    None
}

fn http(reader: &mut Reader<'_, '_, '_>) -> Option<Probe> {
    let at = reader.text("http")?;
    let url = match Url::parse(&at.value) {
        Ok(url) => url,
        // It may hold a password: it is not repeated.
        Err((why, hint)) => return wrong(reader, &at, format!("`http` is no URL to ask: {why}"), &hint),
    };
    let statuses = match reader.value("status") {
        Some(_) => statuses(reader)?,
        None => Statuses::default(),
    };
    let contains = reader.text("contains").map(|at| at.value);
    let follow = reader.boolean("follow").is_some_and(|at| at.value);
    let head = match reader.text("method") {
        Some(method) if method.value == "HEAD" => true,
        Some(method) if method.value != "GET" => {
            let message = format!("`{}` is no method of a check, which only reads", method.value);
            return wrong(reader, &method, message, "write method = \"GET\" or \"HEAD\"");
        }
        _ => false,
    };
    if let (true, Some(value)) = (head, reader.value("contains")) {
        let mistake = Mistake::new("`contains` does not go with HEAD: its answer has no text");
        reader.report.at(value.span(), mistake.suggest("write method = \"GET\""));
        return None;
    }
    Some(Probe::Http(HttpProbe { url, head, statuses, contains, follow }))
}

/// `200`, `"2xx"`, or a list of such.
fn statuses(reader: &mut Reader<'_, '_, '_>) -> Option<Statuses> {
    let value = reader.value("status")?;
    let items = match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => vec![value],
    };
    let mut ranges = Vec::new();
    for item in items {
        let range = match item.get_ref() {
            DeValue::Integer(n) => {
                n.as_str().parse().ok().filter(|n| (100..600).contains(n)).map(|n: u16| (n, n))
            }
            DeValue::String(text) => class(text),
            _ => None,
        };
        match range {
            Some(range) => ranges.push(range),
            None => {
                let is = reader.report.word(item.span()).unwrap_or(describe(item.get_ref())).to_owned();
                let mistake = Mistake::new(format!("`status` is {is}, which is no status of HTTP"));
                reader.report.at(item.span(), mistake.suggest("write status = 200, \"2xx\" or [200, 404]"));
                return None;
            }
        }
    }
    (!ranges.is_empty()).then_some(Statuses(ranges)).or_else(|| {
        let mistake = Mistake::new("`status` is empty").suggest("write status = 200, \"2xx\" or [200, 404]");
        reader.report.at(value.span(), mistake);
        None
    })
}

/// `2xx`
fn class(text: &str) -> Option<(u16, u16)> {
    let digit: u16 = text.strip_suffix("xx")?.parse().ok()?;
    (1..=5).contains(&digit).then_some((digit * 100, digit * 100 + 99))
}

fn tcp(reader: &mut Reader<'_, '_, '_>) -> Option<Probe> {
    let at = reader.text("tcp")?;
    match host_and_port(&at.value, None) {
        Some((host, port)) => Some(Probe::Tcp { host, port }),
        None => wrong(
            reader,
            &at,
            format!("`{}` is no host with its port", at.value.escape_debug()),
            "write tcp = \"db.example:5432\"",
        ),
    }
}

fn host(reader: &mut Reader<'_, '_, '_>, key: &'static str) -> Option<String> {
    let at = reader.text(key)?;
    if is_host(&at.value) {
        return Some(at.value);
    }
    let message = format!("`{}` is no host", at.value.escape_debug());
    wrong(reader, &at, message, &format!("write {key} = \"db.example\""))
}

fn dns(reader: &mut Reader<'_, '_, '_>) -> Option<Probe> {
    let name = host(reader, "dns")?;
    let address = match reader.text("address") {
        None if reader.value("address").is_some() => return None,
        None => None,
        Some(at) => match at.value.parse::<IpAddr>() {
            Ok(address) => Some(address),
            Err(_) => {
                let message = format!("`{}` is no IP address", at.value.escape_debug());
                return wrong(reader, &at, message, "write address = \"203.0.113.7\"");
            }
        },
    };
    Some(Probe::Dns { name, address })
}

fn ping(reader: &mut Reader<'_, '_, '_>) -> Option<Probe> {
    Some(Probe::Ping { host: host(reader, "ping")? })
}

fn command(reader: &mut Reader<'_, '_, '_>) -> Option<Probe> {
    let value = reader.value("command")?;
    if let DeValue::String(line) = value.get_ref() {
        let words: Vec<String> =
            sh_split(line).unwrap_or_default().iter().map(|w| format!("{w:?}")).collect();
        let mistake = Mistake::new("`command` is a text, not a list of texts: no shell takes it apart");
        reader.report.at(value.span(), mistake.suggest(format!("write command = [{}]", words.join(", "))));
        return None;
    }
    let words = reader.texts("command")?;
    let mut bad = words.iter().filter(|word| word.value.contains('\0'));
    if let Some(word) = bad.next() {
        return wrong(reader, word, "`command` holds a NUL".to_owned(), "leave it out");
    }
    match words.first() {
        Some(program) if !program.value.trim().is_empty() && !program.value.starts_with('-') => {
            Some(Probe::Command(words.into_iter().map(|word| word.value).collect()))
        }
        _ => {
            let mistake = Mistake::new("`command` names no program");
            let hint =
                "write command = [\"psql\", \"-c\", \"select 1\"]: a program and its arguments, no shell";
            reader.report.at(value.span(), mistake.suggest(hint));
            None
        }
    }
}

fn path(reader: &mut Reader<'_, '_, '_>, key: &'static str) -> Option<String> {
    let at = reader.text(key)?;
    if at.value.starts_with('/') && !at.value.chars().any(char::is_control) {
        return Some(at.value);
    }
    let message = format!("`{}` is no whole path", at.value.escape_debug());
    wrong(reader, &at, message, &format!("write {key} = \"/var/…\", from / on"))
}

fn file(reader: &mut Reader<'_, '_, '_>) -> Option<Probe> {
    let path = path(reader, "file")?;
    let flag = |reader: &mut Reader<'_, '_, '_>, key| reader.boolean(key).is_some_and(|at| at.value);
    let probe = FileProbe {
        path,
        max_age: reader.duration("max_age", 1.0, AGES, "26h").map(|at| at.value),
        min_size: reader.size("min_size", "1M").map(|at| at.value),
        unchanged: flag(reader, "changed"),
        absent: flag(reader, "absent"),
    };
    if probe.absent && (probe.max_age.is_some() || probe.min_size.is_some() || probe.unchanged) {
        let mistake =
            Mistake::new("`absent` goes with nothing else: what is not there has no age and no size");
        let span = reader.value("absent").map_or(reader.span.clone(), toml::Spanned::span);
        reader.report.at(span, mistake.suggest("leave the others out"));
        return None;
    }
    Some(Probe::File(probe))
}

fn directory(reader: &mut Reader<'_, '_, '_>) -> Option<Probe> {
    let path = path(reader, "directory")?;
    Some(Probe::Directory { path, max_size: reader.size("max_size", "10G").map(|at| at.value) })
}

fn mail_queue(reader: &mut Reader<'_, '_, '_>) -> Option<Probe> {
    reader.number("mail_queue", 0.0, MANY, "50").map(|at| Probe::MailQueue { most: at.value as u64 })
}

fn processes(reader: &mut Reader<'_, '_, '_>) -> Option<Probe> {
    let at = reader.text("processes")?;
    if at.value.contains('/') || at.value.chars().any(char::is_control) {
        let message = format!("`{}` is no name of a process", at.value.escape_debug());
        return wrong(reader, &at, message, "write processes = \"nginx\", without its path");
    }
    let number = |reader: &mut Reader<'_, '_, '_>, key| {
        reader.number(key, 0.0, MANY, "1").map(|at| (at.value as u64, at.span))
    };
    let (least, most) = (number(reader, "at_least"), number(reader, "at_most"));
    // None at all is fine where only the most is said.
    let usual = if most.is_some() { 0 } else { 1 };
    let at_least = least.map_or(usual, |(n, _)| n);
    if let Some((most, span)) = &most
        && *most < at_least
    {
        let mistake = Mistake::new(format!("`at_most` is {most}, less than `at_least`, {at_least}"));
        reader.report.at(span.clone(), mistake.suggest("change one of them"));
        return None;
    }
    Some(Probe::Processes { name: at.value, at_least, at_most: most.map(|(n, _)| n) })
}
