//! Opening a shell: nothing changes by it, and everything may change through it. So it passes the gate.

use super::ids::{ContainerId, TargetId};
use super::shell_word::sh_quote;

/// A shell to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenShell {
    pub target: TargetId,
    /// The server's or the container's name; what a person types to confirm.
    pub name: String,
    /// The client that leads there: `ssh -l ops web1`, `docker --context prod`; empty for this machine.
    pub client: String,
    pub place: ShellPlace,
}

/// Where it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShellPlace {
    /// The account's login shell on the server.
    Server,
    Container {
        id: ContainerId,
        /// Its name; `None` = the best one there is.
        shell: Option<String>,
        /// `None` = whom the container's programs run as.
        user: Option<String>,
        workdir: Option<String>,
    },
}

impl OpenShell {
    pub fn object_id(&self) -> String {
        match &self.place {
            ShellPlace::Server => self.target.to_string(),
            ShellPlace::Container { id, .. } => id.0.to_string(),
        }
    }

    pub fn summary(&self) -> String {
        match &self.place {
            ShellPlace::Server => format!("open a shell on {}", self.name),
            ShellPlace::Container { .. } => format!("open a shell in container {}", self.name),
        }
    }

    /// What a person would type.
    pub fn equivalent(&self) -> String {
        match &self.place {
            ShellPlace::Server if self.client.is_empty() => "$SHELL -l".to_owned(),
            ShellPlace::Server => self.client.clone(),
            ShellPlace::Container { shell, user, workdir, .. } => {
                let mut line = format!("{} exec -it", self.client);
                for (option, value) in [("-u", user), ("-w", workdir)] {
                    if let Some(value) = value {
                        line.push_str(&format!(" {option} {}", sh_quote(value)));
                    }
                }
                format!("{line} {} {}", sh_quote(&self.name), sh_quote(shell.as_deref().unwrap_or("sh")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalents_are_what_a_person_would_type() {
        let server = |client: &str| OpenShell {
            target: TargetId::server("web1"),
            name: "web1".into(),
            client: client.into(),
            place: ShellPlace::Server,
        };
        assert_eq!(server("ssh -l ops web1").equivalent(), "ssh -l ops web1");
        assert_eq!(server("").equivalent(), "$SHELL -l");
        let container = OpenShell {
            target: TargetId::docker("local"),
            name: "web 1".into(),
            client: "docker".into(),
            place: ShellPlace::Container {
                id: ContainerId::new("4f5e"),
                shell: None,
                user: Some("root".into()),
                workdir: Some("/my app".into()),
            },
        };
        assert_eq!(container.equivalent(), "docker exec -it -u root -w '/my app' 'web 1' sh");
    }
}
