//! The resolved configuration: what the rest of pult works with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Environment;
use super::file::{self, File};
use super::overlay::Overlay;
use super::paths;
use super::report::{Mistake, Report};
use super::resolve::resolve;
use crate::domain::backup::Plan;
use crate::domain::check::Check;
use crate::domain::diagnostic::{Diagnostic, position};
use crate::domain::endpoint::{DockerEndpoint, ServerEndpoint, ServerPlace};
use crate::domain::guard::Guard;
use crate::domain::ids::TargetId;
use crate::domain::server::thresholds::Thresholds;
use crate::domain::world::TargetInfo;

/// Above this share of a limit a figure is shown as a warning, per cent.
pub const DEFAULT_THRESHOLD_PERCENT: f64 = 80.0;

/// What the command line says about the configuration.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--target`, each `NAME` or `KIND:NAME`
    pub targets: Vec<String>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--read-only`
    pub read_only: bool,
    /// `--theme`
    pub theme: Option<String>,
    /// `--keymap`
    pub keymap: Option<String>,
}

/// The resolved configuration.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Every target, in the order of the file; those found by discovery come first.
    pub targets: Vec<TargetInfo>,
    /// The engines that are dialled at start.
    pub docker: Vec<(TargetId, DockerEndpoint)>,
    /// Engines that were found but are dialled only when they are named or opened.
    pub listed: Vec<(TargetId, DockerEndpoint)>,
    /// The servers that are dialled at start.
    pub servers: Vec<(TargetId, ServerEndpoint)>,
    /// Servers that ssh_config names; they are dialled only when they are named or opened.
    pub listed_servers: Vec<(TargetId, ServerEndpoint)>,
    /// Read instead of ~/.ssh/config and the machine's.
    pub ssh_config: Option<PathBuf>,
    pub default_guard: Guard,
    /// A theme's name, from the command line, the profile or the file.
    pub theme: Option<String>,
    pub keymap: Option<String>,
    /// Above this share of a limit a figure is shown as a warning, per cent.
    pub threshold_percent: f64,
    /// Where the thresholds of servers lie.
    pub thresholds: Thresholds,
    /// Backups, each with the server that it is read on.
    pub backups: Vec<(TargetId, Plan)>,
    /// What is asked again and again, each by a server of these.
    pub checks: Vec<Arc<Check>>,
    /// The whole session may change nothing.
    pub read_only: bool,
    /// The file in force; `None` without one.
    pub source: Option<PathBuf>,
    /// Mistakes in the file, and damage in what discovery read.
    pub diagnostics: Vec<Diagnostic>,
    /// Where discovery looked; filled when no engine was found.
    pub looked_for: Vec<String>,
    /// The command that would help when no engine was found.
    pub advice: Option<String>,
    /// All `[profile.NAME]` of the file.
    pub overlays: Vec<Overlay>,
}

impl Profile {
    /// The mistakes that a person made in the file or in a variable, for which commands exit with 2;
    /// without damage in files of other programs.
    pub fn mistakes(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|d| {
            d.file == self.source
                || d.file
                    .as_deref()
                    .is_some_and(|f| f.starts_with("$DOCKER_HOST") || f.starts_with("$DOCKER_CONTEXT"))
        })
    }

    /// The docker client with the options that lead it to a target.
    pub fn client(&self, id: &TargetId) -> String {
        let found = self.targets.iter().find(|t| t.id == *id);
        found.map_or_else(|| "docker".to_owned(), |t| t.client.clone())
    }

    /// This machine, where it is one of the servers.
    pub(super) fn this_machine(&self) -> Option<&TargetId> {
        let mut here = self.servers.iter().filter(|(_, endpoint)| endpoint.place == ServerPlace::Local);
        here.next().map(|(id, _)| id)
    }

    /// The backups that are read on a server.
    pub fn backups_of(&self, server: &TargetId) -> Vec<Plan> {
        self.backups.iter().filter(|(id, _)| id == server).map(|(_, plan)| plan.clone()).collect()
    }

    /// The guard in force for a target.
    pub fn guard(&self, id: &TargetId) -> Guard {
        if self.read_only {
            return Guard::ReadOnly;
        }
        self.targets.iter().find(|t| t.id == *id).map_or(self.default_guard, |t| t.guard)
    }
}

/// Reads the file in force, or discovers. Never fails: mistakes are in [`Profile::diagnostics`].
///
/// `--profile` and `--target` are not applied here; [`open`](super::open) does that.
pub fn load(options: &Options, env: &Environment) -> Profile {
    let path = paths::config_file(options.config.as_ref(), env);
    let named = paths::is_named(options.config.as_ref(), env);
    let source = path.filter(|p| named || env.exists(p) || p.exists());
    let text = source.as_ref().map(|p| read_text(p));
    let mut profile = match (&source, text) {
        (Some(path), Some(Ok(text))) => from_text(path, &text, env),
        (_, Some(Err(diagnostic))) => untrusted(vec![diagnostic], env),
        _ => resolve(File::default(), env, None),
    };
    profile.source = source;
    profile.read_only |= options.read_only;
    profile.theme = options.theme.clone().or(profile.theme);
    profile.keymap = options.keymap.clone().or(profile.keymap);
    profile
}

/// The profile of a text, as [`load`] makes it of a file's content.
pub fn from_text(path: &Path, text: &str, env: &Environment) -> Profile {
    let mut report = Report::new(path, text);
    let base = path.parent().unwrap_or(Path::new(""));
    let file = file::read(text, base, env, &mut report);
    if file.broken {
        return untrusted(report.finish(), env);
    }
    resolve(file, env, Some(report))
}

/// Without a readable file nobody knows which targets it guarded: everything found is read-only until the
/// file is repaired.
fn untrusted(diagnostics: Vec<Diagnostic>, env: &Environment) -> Profile {
    let file = File { guard: Some(Guard::ReadOnly), ..File::default() };
    let mut profile = resolve(file, env, None);
    profile.diagnostics.splice(0..0, diagnostics);
    profile
}

fn read_text(path: &Path) -> Result<String, Diagnostic> {
    let bytes = std::fs::read(path).map_err(|e| {
        let mistake = Mistake::new(format!("cannot be read: {e}"));
        mistake.suggest("pult config example prints a file to start with").in_file(path)
    })?;
    String::from_utf8(bytes).map_err(|e| {
        let offset = e.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&e.as_bytes()[..offset]).into_owned();
        let (line, column) = position(&text, offset);
        let message =
            format!("byte 0x{:02x} is not UTF-8", e.as_bytes().get(offset).copied().unwrap_or_default());
        let suggestion = Some("save the file as UTF-8".to_owned());
        Diagnostic { file: Some(path.to_owned()), line, column, message, suggestion }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(text: &str) -> Profile {
        let env = Environment::fake(Path::new("/h"), &["/var/run/docker.sock"]);
        from_text(Path::new("c.toml"), text, &env)
    }

    #[test]
    fn a_configured_engine_replaces_discovery() {
        let p = profile(
            "[[docker]]\nname = 'prod'\nhost = 'tcp://h:1'\nguard = 'type-the-name'\ntags = ['prod']\n\
             tls = { ca = 'ca.pem', cert = '~/c.pem', key = '/k.pem' }\n\
             [[server]]\nname = 'web1'\nhost = 'web1'\nuser = 'ops'\n[defaults]\nguard = 'free'\n",
        );
        assert_eq!(p.diagnostics, []);
        assert_eq!(p.docker.len(), 1);
        let DockerEndpoint::Tls { files, .. } = &p.docker[0].1 else { panic!("{:?}", p.docker) };
        assert_eq!(files.cert, Some("/h/c.pem".into()));
        assert_eq!(files.ca, Some("ca.pem".into()));
        let rows: Vec<_> = p.targets.iter().map(|t| format!("{} {} {}", t.id, t.address, t.guard)).collect();
        assert_eq!(rows, ["docker:prod tcp://h:1 (TLS) type-the-name", "server:web1 ssh://ops@web1 free"]);
    }

    #[test]
    fn other_targets_leave_discovery_on() {
        let p = profile("[[postgres]]\nname = 'crm'\nurl = 'postgres://u:hunter2@db/crm'\n");
        let rows: Vec<_> = p.targets.iter().map(|t| format!("{} {}", t.id, t.address)).collect();
        assert_eq!(
            rows,
            ["docker:local unix:///var/run/docker.sock", "postgres:crm postgres://u:***@db/crm"]
        );
    }

    #[test]
    fn what_cannot_be_read_is_read_only() {
        let p = profile("[[docker]]\nname = 'a'\nhost = 'tcp://h'\nguard = 'fre'\n");
        assert_eq!((p.targets[0].guard, p.diagnostics.len()), (Guard::ReadOnly, 1));
        let p = profile("[[docker]\nname = 'a'\n");
        assert_eq!(
            (p.targets[0].guard, p.targets[0].id.to_string()),
            (Guard::ReadOnly, "docker:local".into())
        );
        assert!(!p.diagnostics.is_empty());
        assert_eq!(profile("defaults = 3").default_guard, Guard::ReadOnly);
    }

    #[test]
    fn a_broken_docker_section_does_not_turn_discovery_on() {
        let p = profile("[[docker]]\nname = 'a'\n");
        assert!(p.targets.is_empty() && p.docker.is_empty());
    }

    #[test]
    fn hosts_of_ssh_config_are_listed_where_no_server_is_configured() {
        let env = || {
            let hosts = |file: Option<&Path>| match file {
                None => vec!["web1".to_owned(), "-oBad".to_owned(), "db 1".to_owned()],
                Some(file) => vec![file.display().to_string().replace('/', "-").trim_matches('-').to_owned()],
            };
            Environment::fake(Path::new("/h"), &[]).with_ssh_hosts(hosts)
        };
        let listed = |text: &str| {
            let p = from_text(Path::new("/e/c.toml"), text, &env());
            assert_eq!(p.diagnostics, []);
            assert!(p.servers.iter().all(|(id, _)| *id.name == *"a"), "nobody is dialled: {:?}", p.servers);
            let rows = p.listed_servers.iter().map(|(id, _)| format!("{id} {}", p.client(id)));
            rows.collect::<Vec<_>>()
        };
        assert_eq!(listed(""), ["server:web1 ssh web1"], "what is no host is no server");
        assert_eq!(listed("[defaults]\nssh_config = 'other'\n"), ["server:e-other ssh -F /e/other e-other"]);
        assert_eq!(listed("[[server]]\nname = 'a'\nhost = 'a'\n"), [""; 0]);
    }

    #[test]
    fn a_named_file_that_is_missing_is_a_mistake() {
        let env = Environment::fake(Path::new("/h"), &[]);
        let options = Options { config: Some("/nowhere/c.toml".into()), ..Options::default() };
        let p = load(&options, &env);
        assert_eq!(p.mistakes().count(), 1);
        assert!(p.diagnostics[0].to_string().starts_with("/nowhere/c.toml: cannot be read"));
        assert_eq!(load(&Options::default(), &env).diagnostics, []);
    }

    #[test]
    fn other_encodings_are_told_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        std::fs::write(&path, b"# gut\n# \xe4rger\n").unwrap();
        let env = Environment::fake(folder.path(), &[]);
        let p = load(&Options { config: Some(path), ..Options::default() }, &env);
        let said = p.diagnostics[0].to_string();
        assert!(said.ends_with("c.toml:2:3: byte 0xe4 is not UTF-8; save the file as UTF-8"), "{said}");
    }
}
