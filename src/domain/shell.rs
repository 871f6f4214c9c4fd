//! Opening a shell: nothing changes by it, and everything may change through it. So it passes the gate.

use super::ids::{ContainerId, TargetId};
use super::shell_word::{sh_quote, sh_split};

/// Becomes the best shell that a container has.
pub const BEST: &str = "for s in bash zsh ash; do command -v $s >/dev/null 2>&1 && exec $s; done; exec sh";

/// A shell to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenShell {
    pub target: TargetId,
    /// The server's or the container's name; what a person types to confirm.
    pub name: String,
    /// The client that leads there: `ssh -l ops web1`, `docker --context prod`; empty for this machine.
    pub client: String,
    pub place: ShellPlace,
    pub screen: ShellScreen,
}

/// Which screen it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellScreen {
    /// A part of the panel's, by the connection that is there.
    Panel,
    /// The person's whole terminal, by the system's own client, while the panel is away.
    Terminal,
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

    /// `on web1`, `in container web`
    pub fn whereabouts(&self) -> String {
        match &self.place {
            ShellPlace::Server => format!("on {}", self.name),
            ShellPlace::Container { .. } => format!("in container {}", self.name),
        }
    }

    pub fn summary(&self) -> String {
        let whereabouts = self.whereabouts();
        match self.screen {
            ShellScreen::Panel => format!("open a shell {whereabouts}"),
            ShellScreen::Terminal => format!("open a shell outside of the panel, {whereabouts}"),
        }
    }

    /// The client's words, for [`ShellScreen::Terminal`]; `here` is the login shell of this machine. A container
    /// goes by its id: another one may have taken the name since it was agreed to.
    ///
    /// # Errors
    /// What cannot be written as such a line.
    pub fn argv(&self, here: &str) -> Result<Vec<String>, String> {
        let mut argv = sh_split(&self.client)?;
        match &self.place {
            ShellPlace::Server if argv.is_empty() => argv.extend([here.to_owned(), "-l".to_owned()]),
            ShellPlace::Server => {}
            ShellPlace::Container { id, shell, user, workdir } => {
                if id.0.is_empty() || !id.0.chars().all(|c| c.is_ascii_alphanumeric()) {
                    return Err(format!("`{}` is no id of a container", id.0));
                }
                argv.extend(["exec", "-it"].map(str::to_owned));
                for (option, value) in [("--user", user), ("--workdir", workdir)] {
                    argv.extend(value.iter().map(|value| format!("{option}={value}")));
                }
                argv.extend(["--", &id.0].map(str::to_owned));
                match shell {
                    Some(shell) => argv.push(shell.clone()),
                    None => argv.extend(["/bin/sh", "-c", BEST].map(str::to_owned)),
                }
            }
        }
        Ok(argv)
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
            screen: ShellScreen::Panel,
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
            screen: ShellScreen::Panel,
        };
        assert_eq!(container.equivalent(), "docker exec -it -u root -w '/my app' 'web 1' sh");
    }

    #[test]
    fn words_for_a_client_are_those_of_its_line_and_a_container_goes_by_its_id() {
        let mut open = OpenShell {
            target: TargetId::server("web1"),
            name: "web1".into(),
            client: "ssh -F '/my home/c' -J 'a b' web1".into(),
            place: ShellPlace::Server,
            screen: ShellScreen::Terminal,
        };
        assert_eq!(open.argv("/bin/zsh").unwrap(), ["ssh", "-F", "/my home/c", "-J", "a b", "web1"]);
        open.client.clear();
        assert_eq!(open.argv("/bin/zsh").unwrap(), ["/bin/zsh", "-l"]);
        let inside = |id: &str, shell: Option<&str>| {
            let (user, workdir) = (Some("-x".to_owned()), None);
            let place = ShellPlace::Container {
                id: ContainerId::new(id),
                shell: shell.map(str::to_owned),
                user,
                workdir,
            };
            OpenShell { client: "docker --context prod".into(), place, ..open.clone() }.argv("/bin/sh")
        };
        let docker = ["docker", "--context", "prod", "exec", "-it", "--user=-x", "--", "4f5e"];
        assert_eq!(inside("4f5e", Some("ash")).unwrap(), [&docker[..], &["ash"]].concat());
        assert_eq!(inside("4f5e", None).unwrap(), [&docker[..], &["/bin/sh", "-c", BEST]].concat());
        assert!(inside("--privileged", None).is_err());
    }
}
