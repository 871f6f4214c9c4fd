//! Which logs are read together: named ones, or whatever belongs to a project, a host, or runs at all. What a
//! selection means changes with the world: a container that joins a project joins its logs.

use super::container::Container;
use super::ids::TargetId;
use super::log::{HostLog, LogSourceId};
use super::world::World;

/// A choice of sources.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum LogSelection {
    /// By their words, as in `pult logs`.
    #[serde(skip)]
    Sources(Vec<LogSourceId>),
    /// A Compose project, on all engines.
    Project(String),
    /// Every running container of an engine, by its name.
    Host(String),
    /// Every running container.
    Running,
}

/// A source of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogMember {
    pub source: LogSourceId,
    /// What it is called on the screen.
    pub label: String,
    pub target: Option<TargetId>,
}

/// More sources than this are not read at once.
pub const MAX_LOG_SOURCES: usize = 64;

impl LogSelection {
    /// The sources it means now, the engines in their order; at most [`MAX_LOG_SOURCES`], and how many more
    /// there are.
    pub fn resolve(&self, world: &World) -> (Vec<LogMember>, usize) {
        let mut members: Vec<LogMember> = match self {
            Self::Sources(sources) => sources.iter().map(|source| member(source, world)).collect(),
            Self::Project(name) => {
                containers(world, |c| c.project.as_deref() == Some(name.as_str()) && c.state.has_processes())
            }
            Self::Host(name) => {
                containers(world, |c| &*c.target.name == name.as_str() && c.state.has_processes())
            }
            Self::Running => containers(world, |c| c.state.has_processes()),
        };
        let more = members.len().saturating_sub(MAX_LOG_SOURCES);
        members.truncate(MAX_LOG_SOURCES);
        // A name that stands twice says its engine too.
        let labels: Vec<String> = members.iter().map(|m| m.label.clone()).collect();
        for one in &mut members {
            if let Some(target) = &one.target
                && labels.iter().filter(|l| **l == one.label).count() > 1
            {
                one.label = format!("{}@{}", one.label, target.name);
            }
        }
        (members, more)
    }

    /// What it is called: `crm`, `web db +3`.
    pub fn title(&self) -> Option<String> {
        match self {
            Self::Sources(_) => None,
            Self::Project(name) => Some(format!("project {name}")),
            Self::Host(name) => Some(format!("host {name}")),
            Self::Running => Some("everything running".to_owned()),
        }
    }
}

fn containers(world: &World, want: impl Fn(&Container) -> bool) -> Vec<LogMember> {
    let source = |c: &std::sync::Arc<Container>| LogMember {
        source: LogSourceId::Container(c.key()),
        label: c.name.clone(),
        target: Some(c.target.clone()),
    };
    world.containers().filter(|c| want(c)).map(source).collect()
}

fn member(source: &LogSourceId, world: &World) -> LogMember {
    let (label, target) = match source {
        LogSourceId::Container(key) => (
            world.container(key).map_or_else(|| key.id.short().to_owned(), |c| c.name.clone()),
            Some(key.target.clone()),
        ),
        LogSourceId::File(path) => (path.rsplit('/').next().unwrap_or(path).to_owned(), None),
        LogSourceId::Journal(Some(unit)) => (unit.trim_end_matches(".service").to_owned(), None),
        LogSourceId::Journal(None) => ("journal".to_owned(), None),
        LogSourceId::Server(server, log) => {
            let name = match log {
                HostLog::File(path) => path.rsplit('/').next().unwrap_or(path),
                HostLog::Journal(Some(unit)) => unit.trim_end_matches(".service"),
                HostLog::Journal(None) => "journal",
            };
            (format!("{name}@{}", server.name), None)
        }
        LogSourceId::Stdin => ("stdin".to_owned(), None),
        LogSourceId::Recording(name) => (name.to_string(), None),
    };
    let label = super::sanitize::name(&label);
    LogMember { source: source.clone(), label, target }
}
