//! The Docker engines that are there without any configuration, in the docker CLI's own order:
//! `DOCKER_HOST`, `DOCKER_CONTEXT`, `currentContext`, the default socket; then the other contexts and
//! the sockets of rootless Docker and of Podman.
//!
//! `DOCKER_HOST` and `DOCKER_CONTEXT` name one engine on purpose: everything else is then listed, but not
//! dialled. So are SSH contexts that nobody has chosen: a login is not something to do unasked.

use std::path::{Path, PathBuf};

use super::Environment;
use super::context::Store;
use super::host_url::{self, DEFAULT_SOCKET};
use super::report::Mistake;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::endpoint::{DockerEndpoint, TlsFiles};

/// An engine that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Unique among those found.
    pub name: String,
    pub endpoint: DockerEndpoint,
    /// False = listed only.
    pub dial: bool,
}

/// What discovery came to.
#[derive(Debug, Default)]
pub struct Discovery {
    pub found: Vec<Found>,
    /// Each place with what was (not) there, for the message when nothing is found.
    pub looked_for: Vec<String>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Looks for engines.
pub fn discover(env: &Environment, store: &Store) -> Discovery {
    let mut discovery = Discovery { diagnostics: store.diagnostics.clone(), ..Discovery::default() };
    // True as long as nobody has named one engine.
    let mut open = true;
    if let Some(host) = env.var("DOCKER_HOST") {
        open = false;
        discovery.add_host(host, env);
    } else if let Some(name) = env.var("DOCKER_CONTEXT").filter(|name| *name != "default") {
        open = false;
        discovery.add_context(name, store, Path::new("$DOCKER_CONTEXT"));
    } else {
        discovery.looked_for.push("DOCKER_HOST and DOCKER_CONTEXT: not set".to_owned());
        if env.var("DOCKER_CONTEXT").is_none()
            && let Some(name) = &store.current
        {
            let file = store.root.as_deref().unwrap_or(Path::new("")).join("config.json");
            discovery.add_context(name, store, &file);
        }
        discovery.add_socket("local", PathBuf::from(DEFAULT_SOCKET), env, true);
    }
    for context in &store.contexts {
        let ssh = matches!(context.endpoint, DockerEndpoint::Ssh { .. });
        discovery.add(&context.name, context.endpoint.clone(), open && !ssh);
    }
    if store.contexts.is_empty() {
        let place = store
            .root
            .as_ref()
            .map_or("~/.docker/contexts".into(), |r| r.join("contexts").display().to_string());
        discovery.looked_for.push(format!("{place}: no docker contexts"));
    }
    if let Some(runtime) = env.absolute("XDG_RUNTIME_DIR") {
        discovery.add_socket("rootless", runtime.join("docker.sock"), env, open);
        discovery.add_socket("podman-user", runtime.join("podman/podman.sock"), env, open);
    }
    discovery.add_socket("podman", PathBuf::from("/run/podman/podman.sock"), env, open);
    discovery
}

impl Discovery {
    fn add_host(&mut self, host: &str, env: &Environment) {
        match host_url::parse(host, tls_of_environment(host, env)) {
            Ok(endpoint) => {
                let name = name_of(&endpoint);
                self.add(&name, endpoint, true);
            }
            Err(mistake) => self.diagnostics.push(mistake.in_file("$DOCKER_HOST")),
        }
    }

    fn add_context(&mut self, name: &str, store: &Store, said_by: &Path) {
        match store.find(name) {
            Some(context) => self.add(name, context.endpoint.clone(), true),
            None => {
                let known = store.contexts.iter().map(|c| c.name.as_str());
                self.diagnostics.push(Mistake::unknown("docker context", name, known).in_file(said_by));
            }
        }
    }

    fn add_socket(&mut self, name: &str, path: PathBuf, env: &Environment, dial: bool) {
        if env.exists(&path) {
            self.add(name, DockerEndpoint::Unix(path), dial);
        } else {
            self.looked_for.push(format!("{}: no such socket", path.display()));
        }
    }

    /// Adds an engine unless it is there already; a name that is taken gets a number.
    fn add(&mut self, name: &str, endpoint: DockerEndpoint, dial: bool) {
        if self.found.iter().any(|f| same(&f.endpoint, &endpoint)) {
            return;
        }
        let taken = |name: &str| self.found.iter().any(|f| f.name == name);
        let mut unique = name.to_owned();
        let mut n = 2;
        while taken(&unique) {
            unique = format!("{name}-{n}");
            n += 1;
        }
        self.found.push(Found { name: unique, endpoint, dial });
    }
}

/// `local` for what is on this machine; a remote engine is called by its host, so that nobody takes it
/// for the local one.
fn name_of(endpoint: &DockerEndpoint) -> String {
    match endpoint {
        DockerEndpoint::Unix(_) => "local".to_owned(),
        DockerEndpoint::Tcp { host, .. } | DockerEndpoint::Tls { host, .. } => match host.as_str() {
            "localhost" | "127.0.0.1" | "::1" => "local".to_owned(),
            host => host.replace(':', "-"),
        },
        DockerEndpoint::Ssh { url } => {
            let authority = url.trim_start_matches("ssh://").split('/').next().unwrap_or_default();
            let host = authority.rsplit('@').next().unwrap_or_default();
            host.trim_matches(['[', ']']).replace(':', "-")
        }
    }
}

/// `/var/run` is `/run` on every system of the last ten years: one socket is not listed twice.
fn same(a: &DockerEndpoint, b: &DockerEndpoint) -> bool {
    let plain = |path: &Path| match path.strip_prefix("/var/run") {
        Ok(rest) => Path::new("/run").join(rest),
        Err(_) => path.to_owned(),
    };
    match (a, b) {
        (DockerEndpoint::Unix(a), DockerEndpoint::Unix(b)) => plain(a) == plain(b),
        _ => a == b,
    }
}

/// The docker CLI's TLS variables: `DOCKER_TLS_VERIFY` (checks the certificate), `DOCKER_TLS` (does not),
/// `DOCKER_CERT_PATH` (where the files are, else the store's root).
fn tls_of_environment(host: &str, env: &Environment) -> Option<TlsFiles> {
    let verify = env.var("DOCKER_TLS_VERIFY").is_some();
    if !(verify || env.var("DOCKER_TLS").is_some()) || !host.starts_with("tcp://") {
        return None;
    }
    let folder = env.var("DOCKER_CERT_PATH").map(PathBuf::from).or_else(|| super::context::root(env));
    let pem = |name: &str| folder.as_ref().map(|f| f.join(name)).filter(|path| path.is_file());
    Some(TlsFiles { ca: pem("ca.pem"), cert: pem("cert.pem"), key: pem("key.pem"), skip_verify: !verify })
}

#[cfg(test)]
mod tests {
    use super::super::context::fixture;
    use super::*;

    fn names(discovery: &Discovery) -> Vec<String> {
        let one = |f: &Found| format!("{}{} {}", f.name, if f.dial { "" } else { "?" }, f.endpoint.address());
        discovery.found.iter().map(one).collect()
    }

    fn run(env: &Environment) -> Discovery {
        discover(env, &Store::read(env))
    }

    #[test]
    fn the_default_socket_is_local_and_others_follow() {
        let home = tempfile::tempdir().unwrap();
        fixture::context(&home.path().join(".docker"), "prod", "tcp://p:2376");
        fixture::context(&home.path().join(".docker"), "far", "ssh://ops@far");
        // A context for the default socket is the same engine.
        fixture::context(&home.path().join(".docker"), "same", "unix:///run/docker.sock");
        let files = ["/var/run/docker.sock", "/run/podman/podman.sock", "/run/user/7/docker.sock"];
        let env = Environment::fake(home.path(), &files).with("XDG_RUNTIME_DIR", "/run/user/7");
        assert_eq!(
            names(&run(&env)),
            [
                "local unix:///var/run/docker.sock",
                "far? ssh://ops@far",
                "prod tcp://p:2376",
                "rootless unix:///run/user/7/docker.sock",
                "podman unix:///run/podman/podman.sock"
            ]
        );
    }

    #[test]
    fn docker_host_comes_first_and_alone() {
        let home = tempfile::tempdir().unwrap();
        fixture::context(&home.path().join(".docker"), "prod", "tcp://p:2376");
        let env = Environment::fake(home.path(), &["/var/run/docker.sock"])
            .with("DOCKER_HOST", "unix:///x.sock")
            .with("DOCKER_CONTEXT", "prod");
        assert_eq!(names(&run(&env)), ["local unix:///x.sock", "prod? tcp://p:2376"]);
        let env = env.with("DOCKER_HOST", "tcp://10.0.0.5:2375");
        assert_eq!(names(&run(&env))[0], "10.0.0.5 tcp://10.0.0.5:2375");
        let env = env.with("DOCKER_HOST", "tpc://x");
        assert_eq!(
            run(&env).diagnostics[0].to_string(),
            "$DOCKER_HOST: unknown scheme `tpc` in `tpc://x`; did you mean `tcp://x`?"
        );
    }

    #[test]
    fn contexts_are_chosen_by_variable_then_by_the_cli_configuration() {
        let home = tempfile::tempdir().unwrap();
        let docker = home.path().join(".docker");
        fixture::context(&docker, "prod", "tcp://p:2376");
        fixture::context(&docker, "test", "tcp://t:2375");
        std::fs::write(docker.join("config.json"), r#"{"currentContext":"test"}"#).unwrap();
        let files = ["/var/run/docker.sock"];
        assert_eq!(
            names(&run(&Environment::fake(home.path(), &files))),
            ["test tcp://t:2375", "local unix:///var/run/docker.sock", "prod tcp://p:2376"]
        );
        let env = Environment::fake(home.path(), &files).with("DOCKER_CONTEXT", "prod");
        assert_eq!(names(&run(&env)), ["prod tcp://p:2376", "test? tcp://t:2375"]);
        fixture::context(&docker, "far", "ssh://ops@far");
        let env = Environment::fake(home.path(), &files).with("DOCKER_CONTEXT", "far");
        assert_eq!(names(&run(&env))[0], "far ssh://ops@far", "chosen, so dialled");
        let env = Environment::fake(home.path(), &files).with("DOCKER_CONTEXT", "prd");
        let said = run(&env).diagnostics[0].to_string();
        assert_eq!(said, "$DOCKER_CONTEXT: unknown docker context `prd`; did you mean `prod`?");
    }

    #[test]
    fn tls_variables_are_the_docker_clis() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("ca.pem"), "").unwrap();
        let env = Environment::fake(home.path(), &[])
            .with("DOCKER_HOST", "tcp://h:2376")
            .with("DOCKER_CERT_PATH", home.path());
        assert!(matches!(run(&env).found[0].endpoint, DockerEndpoint::Tcp { .. }));
        let env = env.with("DOCKER_TLS_VERIFY", "1");
        let ca = Some(home.path().join("ca.pem"));
        let files = TlsFiles { ca, ..TlsFiles::default() };
        let tls = DockerEndpoint::Tls { host: "h".into(), port: 2376, files };
        assert_eq!(run(&env).found[0].endpoint, tls);
    }

    #[test]
    fn nothing_found_says_where_it_looked() {
        let env = Environment::fake(Path::new("/h"), &[]).with("XDG_RUNTIME_DIR", "/run/user/7");
        let discovery = run(&env);
        assert!(discovery.found.is_empty());
        assert_eq!(
            discovery.looked_for,
            [
                "DOCKER_HOST and DOCKER_CONTEXT: not set",
                "/var/run/docker.sock: no such socket",
                "/h/.docker/contexts: no docker contexts",
                "/run/user/7/docker.sock: no such socket",
                "/run/user/7/podman/podman.sock: no such socket",
                "/run/podman/podman.sock: no such socket"
            ]
        );
    }
}
