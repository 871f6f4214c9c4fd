//! Stars: which sources are recorded. They name containers by what survives their being made anew.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

use super::container::Container;
use super::log::HostLog;
use super::log_word;

/// A source to record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Star {
    /// Containers by name; `*` stands for anything. Of one engine, or of all.
    Container { name: Arc<str>, engine: Option<Arc<str>> },
    /// Containers of a Compose service.
    Service { project: Arc<str>, service: Arc<str> },
    /// A file of this machine.
    File(Arc<str>),
    /// A unit of this machine's journal.
    Unit(Arc<str>),
    /// A file or a unit of a server, by the server's name.
    Server(Arc<str>, HostLog),
}

/// A text that is no star.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` names nothing to record; write docker/NAME, docker/NAME@ENGINE, service/PROJECT/SERVICE, file/PATH, \
     unit/NAME or server/SERVER/unit/NAME"
)]
pub struct NoStar(String);

impl Star {
    pub fn takes(&self, container: &Container) -> bool {
        match self {
            Self::Container { name, engine } => {
                engine.as_ref().is_none_or(|e| *e == container.target.name)
                    && fits(name, stable(&container.name))
            }
            Self::Service { project, service } => {
                container.project.as_deref() == Some(project) && container.service.as_deref() == Some(service)
            }
            Self::File(_) | Self::Unit(_) | Self::Server(..) => false,
        }
    }
}

impl fmt::Display for Star {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container { name, engine: None } => write!(f, "docker/{name}"),
            Self::Container { name, engine: Some(engine) } => write!(f, "docker/{name}@{engine}"),
            Self::Service { project, service } => write!(f, "service/{project}/{service}"),
            Self::File(path) => write!(f, "file/{path}"),
            Self::Unit(name) => write!(f, "unit/{name}"),
            // Which server is meant is said apart: a unit may have an `@` in its own name.
            Self::Server(server, log) => write!(f, "server/{server}/{log}"),
        }
    }
}

impl FromStr for Star {
    type Err = NoStar;

    fn from_str(text: &str) -> Result<Self, NoStar> {
        let star = match text.split_once('/') {
            Some(("docker", rest)) => {
                let (name, engine) = rest.split_once('@').map_or((rest, None), |(n, e)| (n, Some(e)));
                (!name.is_empty() && engine != Some(""))
                    .then(|| Self::Container { name: name.into(), engine: engine.map(Arc::from) })
            }
            Some(("service", rest)) => rest
                .split_once('/')
                .filter(|(project, service)| !project.is_empty() && !service.is_empty())
                .map(|(project, service)| Self::Service { project: project.into(), service: service.into() }),
            Some(("file", path)) => (!path.is_empty()).then(|| Self::File(path.into())),
            Some(("unit", name)) => (!name.is_empty()).then(|| Self::Unit(name.into())),
            Some(("server", rest)) => rest.split_once('/').and_then(|(server, log)| {
                let log = log_word::log_of(log).filter(|log| *log != HostLog::Journal(None))?;
                (!server.is_empty()).then(|| Self::Server(server.into(), log))
            }),
            _ => None,
        };
        star.ok_or_else(|| NoStar(text.to_owned()))
    }
}

/// The recording of a container: that of its predecessor too, if it has the same name on the same engine.
pub fn recording_of(container: &Container) -> Arc<str> {
    format!("{}@{}", stable(&container.name), container.target.name).into()
}

/// The recording of a source of this machine: `file:/var/log/syslog`, `unit:nginx`.
pub fn recording_of_local(kind: &str, name: &str) -> Arc<str> {
    format!("{kind}:{name}").into()
}

/// The recording of a log of a server: `server:web1:unit/nginx`.
pub fn recording_of_server(server: &str, log: &HostLog) -> Arc<str> {
    format!("server:{server}:{log}").into()
}

/// What a recording was made of, as in `pult logs SOURCE`, and its target: `docker/web` at `docker:prod`.
pub fn recorded_source(recording: &str) -> (String, String) {
    let local = |kind: &str, name: &str| (format!("{kind}/{name}"), "local".to_owned());
    if let Some((server, log)) = recording.strip_prefix("server:").and_then(|rest| rest.split_once(':')) {
        return (format!("{log}@{server}"), format!("server:{server}"));
    }
    if let Some((kind @ ("file" | "unit"), name)) = recording.split_once(':') {
        return local(kind, name);
    }
    match recording.rsplit_once('@') {
        Some((name, engine)) => (format!("docker/{name}"), format!("docker:{engine}")),
        None => local("docker", recording),
    }
}

/// The name without what Compose puts before it while it replaces a container: `0a1b2c3d4e5f_shop-web-1`.
fn stable(name: &str) -> &str {
    match name.split_once('_') {
        Some((id, rest)) if id.len() == 12 && id.bytes().all(|b| b.is_ascii_hexdigit()) => rest,
        _ => name,
    }
}

/// Whether a name fits a pattern with `*`. Linear in the product of both lengths.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(end) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::super::ids::TargetId;
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("web", "web", true),
            ("web", "web2", false),
            ("*", "", true),
            ("shop-*", "shop-web-1", true),
            ("*-1", "shop-web-1", true),
            ("s*b*1", "shop-web-1", true),
            ("s*x*1", "shop-web-1", false),
            ("a*a", "a", false),
            ("**", "x", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_container_made_anew_has_the_same_stars_and_the_same_recording() {
        let mut old = Container::blank(TargetId::docker("prod"), "aa", "shop-web-1");
        old.project = Some("shop".into());
        old.service = Some("web".into());
        let mut new = Container::blank(TargetId::docker("prod"), "bb", "0a1b2c3d4e5f_shop-web-1");
        new.project.clone_from(&old.project);
        new.service.clone_from(&old.service);
        for star in ["docker/shop-*", "docker/shop-web-1@prod", "service/shop/web"] {
            let star: Star = star.parse().unwrap();
            assert!(star.takes(&old) && star.takes(&new), "{star}");
        }
        for star in ["docker/shop-web-1@other", "service/shop/db", "file/shop-web-1", "docker/web"] {
            assert!(!star.parse::<Star>().unwrap().takes(&old), "{star}");
        }
        assert_eq!(recording_of(&old), recording_of(&new));
        let source = |recording: &str| {
            let (source, target) = recorded_source(recording);
            format!("{source} {target}")
        };
        assert_eq!(source(&recording_of(&new)), "docker/shop-web-1 docker:prod");
        let nginx = HostLog::Journal(Some("nginx".into()));
        assert_eq!(source(&recording_of_server("web1", &nginx)), "unit/nginx@web1 server:web1");
        assert_eq!(source(&recording_of_local("file", "/var/log/a@b")), "file//var/log/a@b local");
    }

    #[test]
    fn stars_are_read_as_written() {
        for text in [
            "docker/web",
            "docker/we*@prod",
            "service/shop/web",
            "file//var/log/syslog",
            "unit/nginx",
            "server/web1/unit/getty@tty1",
            "server/web1/file//var/log/a",
        ] {
            assert_eq!(text.parse::<Star>().unwrap().to_string(), text);
        }
        for text in [
            "server/web1",
            "server//unit/x",
            "server/web1/journal",
            "",
            "web",
            "docker/",
            "docker/@x",
            "docker/x@",
            "service/shop",
            "service//x",
            "file/",
            "pod/x",
        ] {
            assert!(text.parse::<Star>().is_err(), "{text}");
        }
    }
}
