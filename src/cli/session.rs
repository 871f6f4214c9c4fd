//! What a command starts with: configuration, environment, colours.

use std::io::IsTerminal;
use std::sync::OnceLock;

use super::Failure;
use super::args::Global;
use crate::app::registry::commands;
use crate::backends::ssh::{Asker, Hub};
use crate::config::{self, Environment, Profile, paths, user_files};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::endpoint::ServerEndpoint;
use crate::domain::ids::TargetId;
use crate::keymap::Keymap;
use crate::runtime::audit_book::AuditBook;
use crate::runtime::tasks::Tasks;
use crate::runtime::{self, connections, key_audit};

/// The surroundings of one command.
pub struct Session {
    pub profile: Profile,
    pub env: Environment,
    pub global: Global,
    pub colored: bool,
    /// stdout is a terminal.
    pub terminal: bool,
    /// Made when it is needed first.
    hub: OnceLock<Hub>,
}

impl Session {
    /// Opens the configuration for a command.
    ///
    /// # Errors
    /// Any mistake in the configuration: a command that acts on half a file might act on the wrong target.
    pub fn open(global: Global, env: Environment) -> Result<Self, Failure> {
        let session = Self::for_panel(global, env)?;
        let mistakes: Vec<_> = session.profile.mistakes().cloned().collect();
        if !mistakes.is_empty() {
            return Err(Failure::Config(mistakes));
        }
        for damage in &session.profile.diagnostics {
            session.remark(&damage.to_string());
        }
        Ok(session)
    }

    /// Opens the configuration for the panel, which shows mistakes instead of ending with them.
    ///
    /// # Errors
    /// `--profile` or `--target` that do not fit.
    pub fn for_panel(global: Global, env: Environment) -> Result<Self, Failure> {
        let profile = config::open(&global.options(), &env)?;
        let terminal = std::io::stdout().is_terminal();
        let colored = global.color.decide(&env, terminal);
        Ok(Self { profile, env, global, colored, terminal, hub: OnceLock::new() })
    }

    /// The keymap in force, with the mistakes in the user's files.
    pub fn keymap(&self) -> (Keymap, Vec<Diagnostic>) {
        let name = self.profile.keymap.as_deref().unwrap_or("default");
        Keymap::load(name, &|name| user_files::keymap(&self.env, name), commands())
    }

    /// The connections of this command; nothing is dialled yet, and nobody can be asked.
    pub fn hub(&self) -> Hub {
        let make = || {
            let (tasks, _) = Tasks::new();
            let asker = Asker::nobody().heard_by(key_audit::keeper(self.profile.read_only, self.book()));
            connections::hub(&self.env, self.profile.ssh_config.as_deref(), asker, &tasks)
        };
        self.hub.get_or_init(make).clone()
    }

    /// The audit of what is done unasked.
    pub fn book(&self) -> AuditBook {
        AuditBook::of(paths::state_dir(&self.env).as_deref(), runtime::session::Session::current())
    }

    /// The servers that this command is about.
    ///
    /// # Errors
    /// When there is none.
    pub fn servers(&self) -> Result<&[(TargetId, ServerEndpoint)], Failure> {
        if self.profile.servers.is_empty() {
            let message = "there is no server to look at; write a [[server]] section: pult config example";
            return Err(Failure::Usage(message.into()));
        }
        Ok(&self.profile.servers)
    }

    /// Says something on stderr, unless `-q`.
    pub fn remark(&self, text: &str) {
        if !self.global.quiet {
            eprintln!("pult: {text}");
        }
    }
}
