//! What SSH needs to know of this machine. Whoever opens connections fills it in, so that tests need none.

use std::path::PathBuf;

/// The user's side of every connection.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub home: Option<PathBuf>,
    /// Who logs in where nobody says otherwise.
    pub user: String,
    /// The agent's socket, `$SSH_AUTH_SOCK`.
    pub agent: Option<PathBuf>,
    /// A configuration instead of `~/.ssh/config` and `/etc/ssh/ssh_config`.
    pub config: Option<PathBuf>,
    /// OpenSSH's client, asked how it would connect; without one the configuration is read here.
    pub program: Option<PathBuf>,
}

impl Surroundings {
    /// `~/.ssh/config`, then the machine's own; or the one named instead.
    pub(super) fn config_files(&self) -> Vec<PathBuf> {
        match &self.config {
            Some(file) => vec![file.clone()],
            None => {
                let own = self.home.as_ref().map(|home| home.join(".ssh/config"));
                own.into_iter().chain([PathBuf::from("/etc/ssh/ssh_config")]).collect()
            }
        }
    }

    /// A path as ssh_config writes it: `~/` is the home directory.
    pub(super) fn expand(&self, written: &str) -> PathBuf {
        match (written.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(written),
        }
    }
}
