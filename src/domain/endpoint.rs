//! Where a Docker engine listens, resolved from configuration, environment or a docker context.

use std::path::{Path, PathBuf};

use super::shell_word::sh_quote;
use super::ssh_target::SshTarget;

/// TLS files of an endpoint, PEM.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsFiles {
    pub ca: Option<PathBuf>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// The context says that the server's certificate is not checked.
    pub skip_verify: bool,
}

/// How to reach an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DockerEndpoint {
    Unix(PathBuf),
    Tcp {
        host: String,
        port: u16,
    },
    Tls {
        host: String,
        port: u16,
        files: TlsFiles,
    },
    /// `ssh://[user@]host[:port][/path]`: an engine's socket on a server.
    Ssh {
        url: String,
    },
}

impl DockerEndpoint {
    /// The address for people, without secrets.
    pub fn address(&self) -> String {
        match self {
            Self::Unix(path) => format!("unix://{}", path.display()),
            Self::Tcp { host, port } => format!("tcp://{host}:{port}"),
            Self::Tls { host, port, .. } => format!("tcp://{host}:{port} (TLS)"),
            Self::Ssh { url } => url.clone(),
        }
    }

    /// The docker client with the options that lead it to this engine, for equivalent command lines.
    pub fn client(&self) -> String {
        let host = match self {
            Self::Tls { host, port, .. } => format!("tcp://{host}:{port}"),
            other => other.address(),
        };
        let mut line = format!("docker -H {}", sh_quote(&host));
        if let Self::Tls { files, .. } = self {
            line.push_str(if files.skip_verify { " --tls" } else { " --tlsverify" });
            let options = [("--tlscacert", &files.ca), ("--tlscert", &files.cert), ("--tlskey", &files.key)];
            for (option, file) in options {
                if let Some(file) = file {
                    line.push_str(&format!(" {option} {}", sh_quote(&file.display().to_string())));
                }
            }
        }
        line
    }
}

/// How to reach a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerPlace {
    /// This machine: no login.
    Local,
    Ssh(SshTarget),
}

/// A server and what may be done to become root there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerEndpoint {
    pub place: ServerPlace,
    pub sudo: SudoUse,
}

/// `sudo = "…"` of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SudoUse {
    Never,
    /// Without a password where the server permits it, with one that is asked for otherwise.
    #[default]
    Ask,
    /// Only without a password.
    NoPassword,
}

impl SudoUse {
    pub const ALL: [Self; 3] = [Self::Never, Self::Ask, Self::NoPassword];

    pub fn word(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Ask => "ask",
            Self::NoPassword => "nopasswd",
        }
    }
}

impl ServerEndpoint {
    pub fn local() -> Self {
        Self { place: ServerPlace::Local, sudo: SudoUse::default() }
    }

    /// The address for people.
    pub fn address(&self) -> String {
        match &self.place {
            ServerPlace::Local => "this machine".to_owned(),
            ServerPlace::Ssh(target) => format!("ssh://{target}"),
        }
    }

    /// The command that opens a shell there, for equivalent command lines; empty for this machine. `config` is
    /// the ssh_config in force where it is not the person's own.
    pub fn client(&self, config: Option<&Path>) -> String {
        let ServerPlace::Ssh(ssh) = &self.place else { return String::new() };
        let mut line = "ssh".to_owned();
        let mut option = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                line.push_str(&format!(" {name} {}", sh_quote(&value)));
            }
        };
        option("-F", config.map(|file| file.display().to_string()));
        option("-l", ssh.user.clone());
        option("-p", ssh.port.map(|p| p.to_string()));
        option("-i", ssh.identity.as_ref().map(|i| i.display().to_string()));
        option("-J", ssh.jump.clone());
        format!("{line} {}", sh_quote(&ssh.host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_line_leads_to_this_engine() {
        assert_eq!(DockerEndpoint::Unix("/run/x y.sock".into()).client(), "docker -H 'unix:///run/x y.sock'");
        let files = TlsFiles { ca: Some("/c/ca.pem".into()), ..TlsFiles::default() };
        let tls = DockerEndpoint::Tls { host: "h".into(), port: 2376, files };
        assert_eq!(tls.client(), "docker -H tcp://h:2376 --tlsverify --tlscacert /c/ca.pem");
    }

    #[test]
    fn the_client_line_leads_to_this_server() {
        let jump = Some("gate:2200".to_owned());
        let target = SshTarget { port: Some(2201), jump, ..SshTarget::alias("web1") };
        let server = ServerEndpoint { place: ServerPlace::Ssh(target), sudo: SudoUse::default() };
        assert_eq!(server.client(None), "ssh -p 2201 -J gate:2200 web1");
        assert_eq!(server.client(Some("/a b".as_ref())), "ssh -F '/a b' -p 2201 -J gate:2200 web1");
        assert_eq!(ServerEndpoint::local().client(Some("/a".as_ref())), "");
    }
}
