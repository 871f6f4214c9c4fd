//! The surroundings of the process as plain data: variables, the home directory, which files exist.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the configuration may know of the process it runs in.
pub struct Environment {
    /// Variables whose name and value are UTF-8.
    pub vars: BTreeMap<String, String>,
    pub home: Option<PathBuf>,
    /// Tells whether a file or socket is there. Contents are read from the file system as they are.
    pub exists: Box<dyn Fn(&Path) -> bool + Send + Sync>,
    /// The hosts that ssh_config names; a file other than the user's own may be given. Configuration knows no SSH.
    pub ssh_hosts: SshHosts,
}

/// See [`Environment::ssh_hosts`].
pub type SshHosts = Box<dyn Fn(Option<&Path>) -> Vec<String> + Send + Sync>;

impl Environment {
    /// Of the running process.
    pub fn of_process() -> Self {
        Self {
            vars: std::env::vars_os()
                .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            home: directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()),
            exists: Box::new(|path| path.exists()),
            ssh_hosts: Box::new(|_| Vec::new()),
        }
    }

    /// The same with a reader of ssh_config.
    #[must_use]
    pub fn with_ssh_hosts(
        mut self,
        hosts: impl Fn(Option<&Path>) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        self.ssh_hosts = Box::new(hosts);
        self
    }

    /// A variable that is set and not empty; an empty one counts as unset, as for the docker CLI.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A variable that holds an absolute path; relative ones are ignored, as the XDG specification asks.
    pub fn absolute(&self, name: &str) -> Option<PathBuf> {
        self.var(name).map(PathBuf::from).filter(|path| path.is_absolute())
    }

    pub fn exists(&self, path: &Path) -> bool {
        (self.exists)(path)
    }

    /// A path as written in a file: `~/` is the home directory, relative ones start at `base`.
    pub fn expand(&self, written: &str, base: &Path) -> PathBuf {
        match (written.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => base.join(written),
        }
    }
}

#[cfg(test)]
impl Environment {
    /// An environment without variables in which exactly the given files exist.
    pub fn fake(home: &Path, files: &[&str]) -> Self {
        let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        Self {
            vars: BTreeMap::new(),
            home: Some(home.to_owned()),
            exists: Box::new(move |path| files.iter().any(|f| f == path)),
            ssh_hosts: Box::new(|_| Vec::new()),
        }
    }

    pub fn with(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.vars.insert(name.to_owned(), value.as_ref().display().to_string());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_expand_as_a_person_expects() {
        let env = Environment::fake(Path::new("/home/a"), &[]);
        assert_eq!(env.expand("~/k.pem", Path::new("/etc/pult")), Path::new("/home/a/k.pem"));
        assert_eq!(env.expand("k.pem", Path::new("/etc/pult")), Path::new("/etc/pult/k.pem"));
        assert_eq!(env.expand("/k.pem", Path::new("/etc/pult")), Path::new("/k.pem"));
    }

    #[test]
    fn empty_is_unset_and_relative_is_ignored() {
        let env = Environment::fake(Path::new("/home/a"), &[]).with("A", "").with("B", "x/y").with("C", "/c");
        assert_eq!((env.var("A"), env.absolute("B")), (None, None));
        assert_eq!(env.absolute("C"), Some(PathBuf::from("/c")));
    }
}
