//! What a command would act on, whatever kind it is.

use std::borrow::Cow;
use std::sync::Arc;

use crate::domain::container::State;
use crate::domain::guard::Guard;
use crate::domain::ids::{ContainerId, ContainerKey, TargetId};
use crate::domain::server::jails::JailName;
use crate::domain::server::lockout::Seen;
use crate::domain::server::network::Network;
use crate::domain::server::packages::Package;
use crate::domain::server::surface::{JudgedPort, Surface};
use crate::domain::server::ufw::Rule;
use crate::domain::server::{FileId, FilePath, ProcessId, Unit};

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub target: TargetId,
    pub name: String,
    pub what: Object,
    pub guard: Guard,
    /// The client that reaches its target, with options.
    pub client: String,
    /// Why actions on its target are impossible now (the link is lost), if they are.
    pub blocked: Option<String>,
}

/// The object itself: its identity, and what of its state decides what can be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    Container {
        id: ContainerId,
        state: State,
    },
    /// `sudo`: it takes more than the account's own rights.
    Process {
        id: ProcessId,
        sudo: bool,
    },
    Unit {
        unit: Box<Unit>,
        sudo: bool,
    },
    Port {
        port: Box<JudgedPort>,
        surface: Arc<Surface>,
        sudo: bool,
    },
    Rule {
        rule: Box<Rule>,
        surface: Arc<Surface>,
        sudo: bool,
    },
    Firewall {
        surface: Arc<Surface>,
        sudo: bool,
    },
    /// `seen`: how the server sees us, so that nobody bans himself.
    Jail {
        jail: JailName,
        seen: Option<Seen>,
        sudo: bool,
    },
    /// Somebody whom this jail keeps out.
    Ban {
        who: Network,
        jail: JailName,
        seen: Option<Seen>,
        sudo: bool,
    },
    /// A file or a folder; `path` is `None` where its name cannot be handed over.
    File {
        path: Option<FilePath>,
        id: FileId,
        is_folder: bool,
        /// It takes more than the account's own rights to change it.
        sudo: bool,
        /// The same for its name: that is the folder's.
        sudo_name: bool,
        /// Only root gives a file away.
        sudo_owner: bool,
    },
    /// A file or a folder of this machine, to be copied: nothing else is done to it.
    LocalFile {
        id: FileId,
    },
    Package {
        package: Box<Package>,
        sudo: bool,
    },
    /// The server itself.
    Server {
        sudo: bool,
    },
}

/// The kinds of objects that commands act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    Container,
    Process,
    Unit,
    Port,
    Rule,
    Firewall,
    Jail,
    Ban,
    Package,
    Server,
    File,
    LocalFile,
    /// Only asked; no object of it is ever acted on.
    Check,
}

impl ObjectKind {
    pub fn noun(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Process => "process",
            Self::Unit => "unit",
            Self::Port => "port",
            Self::Rule => "rule",
            Self::Firewall => "firewall",
            Self::Jail => "jail",
            Self::Ban => "ban",
            Self::Package => "package",
            Self::Server => "server",
            Self::File => "file",
            Self::LocalFile => "file",
            Self::Check => "check",
        }
    }

    pub fn plural(self) -> &'static str {
        match self {
            Self::Container => "containers",
            Self::Process => "processes",
            Self::Unit => "units",
            Self::Port => "ports",
            Self::Rule => "rules",
            Self::Firewall => "firewalls",
            Self::Jail => "jails",
            Self::Ban => "bans",
            Self::Package => "packages",
            Self::Server => "servers",
            Self::File => "files",
            Self::LocalFile => "files of this machine",
            Self::Check => "checks",
        }
    }

    /// True when one of these stands for the other as well: a rule for its firewall, a ban for its jail.
    pub fn stands_for(self, whole: Self) -> bool {
        self == whole
            || matches!((self, whole), (Self::Port | Self::Rule, Self::Firewall) | (Self::Ban, Self::Jail))
    }
}

impl Object {
    pub fn kind(&self) -> ObjectKind {
        match self {
            Self::Container { .. } => ObjectKind::Container,
            Self::Process { .. } => ObjectKind::Process,
            Self::Unit { .. } => ObjectKind::Unit,
            Self::Port { .. } => ObjectKind::Port,
            Self::Rule { .. } => ObjectKind::Rule,
            Self::Firewall { .. } => ObjectKind::Firewall,
            Self::Jail { .. } => ObjectKind::Jail,
            Self::Ban { .. } => ObjectKind::Ban,
            Self::Package { .. } => ObjectKind::Package,
            Self::Server { .. } => ObjectKind::Server,
            Self::File { .. } => ObjectKind::File,
            Self::LocalFile { .. } => ObjectKind::LocalFile,
        }
    }
}

impl Subject {
    /// The identity that a mutation of it has, too.
    pub fn object_id(&self) -> Cow<'_, str> {
        match &self.what {
            Object::Container { id, .. } => Cow::Borrowed(&id.0),
            Object::Process { id, .. } => Cow::Owned(id.to_string()),
            Object::Unit { unit, .. } => Cow::Borrowed(&unit.name),
            Object::Port { port, .. } => Cow::Owned(port.name()),
            Object::Rule { rule, .. } => Cow::Owned(rule.identity()),
            Object::Firewall { .. } => Cow::Borrowed("ufw"),
            Object::Jail { jail, .. } => Cow::Borrowed(jail.as_str()),
            Object::Ban { who, .. } => Cow::Owned(who.to_string()),
            Object::Package { package, .. } => Cow::Borrowed(&package.name),
            Object::Server { .. } => Cow::Borrowed(&self.target.name),
            Object::File { id, .. } | Object::LocalFile { id } => Cow::Owned(id.to_string()),
        }
    }

    /// The same as one of this kind, if it stands for one.
    pub fn as_kind(&self, kind: ObjectKind) -> Option<Self> {
        let what = match (&self.what, kind) {
            (what, kind) if what.kind() == kind => return Some(self.clone()),
            (
                Object::Port { surface, sudo, .. } | Object::Rule { surface, sudo, .. },
                ObjectKind::Firewall,
            ) => Object::Firewall { surface: Arc::clone(surface), sudo: *sudo },
            (Object::Ban { jail, seen, sudo, .. }, ObjectKind::Jail) => {
                Object::Jail { jail: jail.clone(), seen: *seen, sudo: *sudo }
            }
            _ => return None,
        };
        let name = match &what {
            Object::Jail { jail, .. } => jail.as_str().to_owned(),
            _ => self.target.name.to_string(),
        };
        Some(Self { name, what, ..self.clone() })
    }

    pub fn container(&self) -> Option<(ContainerKey, State)> {
        match &self.what {
            Object::Container { id, state } => {
                Some((ContainerKey { target: self.target.clone(), id: id.clone() }, *state))
            }
            _ => None,
        }
    }

    pub fn unit(&self) -> Option<&Unit> {
        match &self.what {
            Object::Unit { unit, .. } => Some(unit),
            _ => None,
        }
    }

    pub fn package(&self) -> Option<&Package> {
        match &self.what {
            Object::Package { package, .. } => Some(package),
            _ => None,
        }
    }

    /// Its state in a word; empty where there is nothing to say.
    pub fn state_word(&self) -> &str {
        match &self.what {
            Object::Container { state, .. } => state.word(),
            Object::Unit { unit, .. } => &unit.active,
            Object::Package { package, .. } if package.held => "held",
            _ => "",
        }
    }
}
