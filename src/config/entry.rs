//! One target as written: `[[docker]]`, `[[server]]` and so on.

use std::path::Path;

use toml::de::DeValue;

use super::Environment;
use super::host_url;
use super::reader::{At, Reader};
use super::report::{Mistake, did_you_mean};
use super::sections::{COMMON_KEYS, Section, TLS_KEYS};
use super::thresholds;
use crate::domain::endpoint::{DockerEndpoint, ServerEndpoint, ServerPlace, SudoUse, TlsFiles};
use crate::domain::guard::Guard;
use crate::domain::ids::TargetKind;
use crate::domain::secret::mask_urls;
use crate::domain::server::thresholds::Levels;
use crate::domain::ssh_target::SshTarget;

/// A target of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The section's word.
    pub section: &'static str,
    pub kind: Option<TargetKind>,
    pub name: At<String>,
    /// `None` = the default of the file.
    pub guard: Option<Guard>,
    pub tags: Vec<String>,
    pub color: Option<String>,
    pub place: Place,
    /// A server's own.
    pub thresholds: Levels,
}

/// Where a target is.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    Docker(DockerEndpoint),
    /// A docker context by name, resolved later.
    Context(At<String>),
    Server(ServerEndpoint),
    /// An address for people, without secrets.
    Address(String),
    /// What the file says is wrong: reported already, the target is left out.
    Unusable,
}

/// Reads one table of a section. `None` when it has no usable name.
pub fn read(
    reader: &mut Reader<'_, '_, '_>,
    section: &'static Section,
    base: &Path,
    env: &Environment,
) -> Option<Entry> {
    if !section.keys.is_empty() {
        let known: Vec<&str> = COMMON_KEYS.iter().chain(section.keys).copied().collect();
        reader.only(&known);
    }
    let name = read_name(reader);
    let guard = read_guard(reader);
    let tags = reader.texts("tags").unwrap_or_default().into_iter().map(|t| t.value).collect();
    let color = read_color(reader);
    let place = match section.kind {
        Some(TargetKind::Docker) => docker_place(reader, base, env),
        Some(TargetKind::Server) => server_place(reader, base, env),
        Some(TargetKind::Postgres) => postgres_place(reader),
        Some(TargetKind::Kubernetes) => kubernetes_place(reader),
        None => Place::Unusable,
    };
    let thresholds = match section.kind {
        Some(TargetKind::Server) => thresholds::read_own(reader),
        _ => Levels::new(),
    };
    let (section, kind) = (section.word, section.kind);
    Some(Entry { section, kind, name: name?, guard, tags, color, place, thresholds })
}

/// The name of a table, which all of them have.
pub fn read_name(reader: &mut Reader<'_, '_, '_>) -> Option<At<String>> {
    if reader.value("name").is_none() {
        let mistake = Mistake::new(format!("{} has no `name`", reader.title)).suggest("write name = \"…\"");
        reader.report.at(reader.span.clone(), mistake);
        return None;
    }
    let name = reader.text("name")?;
    // A name stands after a colon in `docker:prod-1` and between blanks on command lines.
    let fits = |c: char| c.is_alphanumeric() || "_.+-@".contains(c);
    if name.value.chars().all(fits) && !name.value.starts_with('-') {
        return Some(name);
    }
    let better: String = name.value.trim().chars().map(|c| if fits(c) { c } else { '-' }).collect();
    let mistake =
        Mistake::new(format!("`{}` is not a target's name: letters, digits and _ . + - @", name.value))
            .suggest(format!("write name = \"{}\"", better.trim_start_matches('-')));
    reader.report.at(name.span, mistake);
    None
}

/// The guard of a table. One that cannot be read counts as the strictest.
pub fn read_guard(reader: &mut Reader<'_, '_, '_>) -> Option<Guard> {
    reader.value("guard")?;
    let Some(word) = reader.text("guard") else { return Some(Guard::ReadOnly) };
    match word.value.parse() {
        Ok(guard) => Some(guard),
        Err(_) => {
            let known = Guard::ALL.map(Guard::word);
            let mut mistake = Mistake::unknown("guard", &word.value, known);
            // Near or not, all four are worth seeing: they are few.
            if let Some(s) = &mut mistake.suggestion
                && s.starts_with("did")
            {
                s.push_str(&format!(" (known are {})", known.join(", ")));
            }
            reader.report.at(word.span, mistake);
            Some(Guard::ReadOnly)
        }
    }
}

fn read_color(reader: &mut Reader<'_, '_, '_>) -> Option<String> {
    let color = reader.text("color")?;
    let is_role = |w: &str| w.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let fits = match color.value.strip_prefix('#') {
        Some(hex) => hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()),
        None => is_role(&color.value),
    };
    if fits {
        return Some(color.value);
    }
    let mistake = Mistake::new(format!("`{}` is not a color", color.value));
    reader.report.at(color.span, mistake.suggest("write \"#rrggbb\" or the name of a theme's role"));
    None
}

fn missing(reader: &mut Reader<'_, '_, '_>, message: String, suggestion: &str) -> Place {
    reader.missing(Mistake::new(message).suggest(suggestion));
    Place::Unusable
}

fn docker_place(reader: &mut Reader<'_, '_, '_>, base: &Path, env: &Environment) -> Place {
    let tls = read_tls(reader, base, env);
    let written = (reader.value("host").is_some(), reader.value("context").is_some());
    let (host, context) = (reader.text("host"), reader.text("context"));
    match (host, context) {
        (Some(_), Some(context)) => {
            let mistake = Mistake::new("`host` and `context` exclude each other: a context has its own host");
            reader.report.at(context.span, mistake.suggest("leave one of them out"));
            Place::Unusable
        }
        (None, None) if written == (false, false) => missing(
            reader,
            "[[docker]] has neither `host` nor `context`".into(),
            "write host = \"unix:///var/run/docker.sock\"",
        ),
        (None, None) => Place::Unusable,
        (None, Some(context)) => {
            if let Some(tls) = reader.value("tls") {
                let mistake = Mistake::new("`tls` does not go with `context`: a context has its own files");
                reader.report.at(tls.span(), mistake.suggest("leave `tls` out"));
            }
            Place::Context(context)
        }
        (Some(host), None) => match host_url::parse(&host.value, tls) {
            Ok(endpoint) => Place::Docker(endpoint),
            Err(mistake) => {
                reader.report.at(host.span, mistake);
                Place::Unusable
            }
        },
    }
}

fn read_tls(reader: &mut Reader<'_, '_, '_>, base: &Path, env: &Environment) -> Option<TlsFiles> {
    let value = reader.value("tls")?;
    let DeValue::Table(table) = value.get_ref() else {
        let is = super::reader::describe(value.get_ref());
        let mistake = Mistake::new(format!("`tls` is {is}, not a table"));
        let suggestion = "write tls = { ca = \"ca.pem\", cert = \"cert.pem\", key = \"key.pem\" }";
        reader.report.at(value.span(), mistake.suggest(suggestion));
        return None;
    };
    let mut inner = Reader { report: reader.report, table, span: value.span(), title: "tls".into() };
    inner.only(&TLS_KEYS);
    let mut file = |key| inner.text(key).map(|at| env.expand(&at.value, base));
    let (ca, cert, key) = (file("ca"), file("cert"), file("key"));
    let skip_verify = inner.boolean("skip_verify").is_some_and(|at| at.value);
    let lacks = match (inner.value("cert").is_some(), inner.value("key").is_some()) {
        (true, false) => Some(("cert", "key")),
        (false, true) => Some(("key", "cert")),
        _ => None,
    };
    if let Some((has, lacks)) = lacks {
        let mistake = Mistake::new(format!("`tls` has a `{has}` but no `{lacks}`"));
        inner.report.at(inner.span.clone(), mistake.suggest(format!("add {lacks} = \"{lacks}.pem\"")));
    }
    Some(TlsFiles { ca, cert, key, skip_verify })
}

fn server_place(reader: &mut Reader<'_, '_, '_>, base: &Path, env: &Environment) -> Place {
    let identity = reader.text("identity").map(|at| env.expand(&at.value, base));
    let jump = reader.text("jump").map(|at| at.value);
    let port = reader.number("port", 1.0, 65_535.0, "22").map(|at| at.value as u16);
    let user = reader.text("user").map(|at| at.value);
    let mut sudo = SudoUse::default();
    if let Some(said) = reader.text("sudo") {
        match SudoUse::ALL.into_iter().find(|known| known.word() == said.value) {
            Some(known) => sudo = known,
            None => {
                // What cannot be read gives no rights.
                sudo = SudoUse::Never;
                let known = SudoUse::ALL.map(SudoUse::word);
                reader.report.at(said.span, Mistake::unknown("value for `sudo`:", &said.value, known));
            }
        }
    }
    if reader.value("host").is_none() {
        let hint =
            "write host = \"web1\" (an ssh_config alias or an address), or host = \"local\" for this machine";
        return missing(reader, "[[server]] has no `host`".into(), hint);
    }
    let Some(host) = reader.text("host") else { return Place::Unusable };
    if host.value.starts_with('-') || host.value.contains(|c: char| c.is_whitespace() || c.is_control()) {
        let mistake = Mistake::new(format!("`{}` is no host", host.value.escape_debug()));
        reader.report.at(host.span, mistake.suggest("write an ssh_config alias, a name or an address"));
        return Place::Unusable;
    }
    let place = match host.value.as_str() {
        "local" => ServerPlace::Local,
        _ => ServerPlace::Ssh(SshTarget { host: host.value, user, port, identity, jump }),
    };
    Place::Server(ServerEndpoint { place, sudo })
}

fn postgres_place(reader: &mut Reader<'_, '_, '_>) -> Place {
    reader.texts("password_command");
    reader.text("via");
    match (reader.text("url"), reader.text("service")) {
        (Some(_), Some(service)) => {
            let mistake = Mistake::new("`url` and `service` exclude each other");
            reader.report.at(service.span, mistake.suggest("leave one of them out"));
            Place::Unusable
        }
        (Some(url), None)
            if ["postgres", "postgresql"].iter().any(|s| url.value.starts_with(&format!("{s}://"))) =>
        {
            Place::Address(mask_urls(&url.value).into_owned())
        }
        (Some(url), None) => {
            // The scheme alone is repeated: the rest may hold a password.
            let scheme = url.value.split_once("://").map_or("", |(scheme, _)| scheme);
            let mistake = Mistake::new(format!("unknown scheme `{scheme}` in `url`"));
            let suggestion = did_you_mean(scheme, ["postgres"]).unwrap_or_default();
            reader.report.at(url.span, mistake.suggest(suggestion));
            Place::Unusable
        }
        (None, Some(service)) => Place::Address(format!("service {}", service.value)),
        (None, None) if reader.value("url").is_some() || reader.value("service").is_some() => Place::Unusable,
        (None, None) => missing(
            reader,
            "[[postgres]] has neither `url` nor `service`".into(),
            "write url = \"postgres://user@host:5432/database\"",
        ),
    }
}

fn kubernetes_place(reader: &mut Reader<'_, '_, '_>) -> Place {
    reader.text("kubeconfig");
    reader.texts("namespaces");
    let context = reader.text("context").map(|at| at.value);
    Place::Address(format!("context {}", context.as_deref().unwrap_or("(current)")))
}
