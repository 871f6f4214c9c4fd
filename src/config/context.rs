//! The docker CLI's store of contexts: `~/.docker/contexts`, `config.json`.
//!
//! `meta/<sha256 of the name>/meta.json` holds name and host, `tls/<the same>/docker/*.pem` the files.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Environment;
use super::host_url;
use super::report::Mistake;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::endpoint::{DockerEndpoint, TlsFiles};

/// A context of the store.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    pub name: String,
    pub endpoint: DockerEndpoint,
}

/// All that the store holds.
#[derive(Debug, Default)]
pub struct Store {
    /// `~/.docker` or `DOCKER_CONFIG`.
    pub root: Option<PathBuf>,
    /// By name.
    pub contexts: Vec<Context>,
    /// `currentContext` of config.json, unless it is `default`.
    pub current: Option<String>,
    /// Damaged files; the rest of the store is usable all the same.
    pub diagnostics: Vec<Diagnostic>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Endpoints", default)]
    endpoints: Endpoints,
}

#[derive(Deserialize, Default)]
struct Endpoints {
    docker: Option<MetaDocker>,
}

#[derive(Deserialize)]
struct MetaDocker {
    #[serde(rename = "Host", default)]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skip_tls_verify: bool,
}

#[derive(Deserialize)]
struct CliConfig {
    #[serde(rename = "currentContext")]
    current_context: Option<String>,
}

/// `DOCKER_CONFIG` or `~/.docker`.
pub fn root(env: &Environment) -> Option<PathBuf> {
    env.var("DOCKER_CONFIG").map(PathBuf::from).or_else(|| Some(env.home.as_ref()?.join(".docker")))
}

impl Store {
    /// Reads the store. A store that does not exist is an empty one.
    pub fn read(env: &Environment) -> Self {
        let Some(root) = root(env) else { return Self::default() };
        let mut store = Self { root: Some(root.clone()), ..Self::default() };
        store.current = store.read_current(&root.join("config.json"));
        let metas = std::fs::read_dir(root.join("contexts/meta")).into_iter().flatten().flatten();
        for folder in metas {
            let file = folder.path().join("meta.json");
            let tls = root.join("contexts/tls").join(folder.file_name()).join("docker");
            match read_meta(&file, &tls) {
                Ok(Some(context)) => store.contexts.push(context),
                Ok(None) => {}
                Err(mistake) => store.diagnostics.push(mistake.in_file(file)),
            }
        }
        store.contexts.sort_by(|a, b| a.name.cmp(&b.name));
        store
    }

    pub fn find(&self, name: &str) -> Option<&Context> {
        self.contexts.iter().find(|c| c.name == name)
    }

    fn read_current(&mut self, file: &Path) -> Option<String> {
        let text = std::fs::read(file).ok()?;
        match serde_json::from_slice::<CliConfig>(&text) {
            Ok(config) => config.current_context.filter(|name| !name.is_empty() && name != "default"),
            Err(e) => {
                let mistake = Mistake::new(format!("not the docker CLI's configuration: {e}"));
                self.diagnostics.push(mistake.in_file(file));
                None
            }
        }
    }
}

/// Reads one context; `None` for one without a docker endpoint (Kubernetes only).
fn read_meta(file: &Path, tls: &Path) -> Result<Option<Context>, Mistake> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        // A folder without a file is what a removal that was cut off leaves behind.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Mistake::new(format!("this docker context cannot be read: {e}"))),
    };
    let meta: Meta = serde_json::from_slice(&text).map_err(|e| {
        Mistake::new(format!("this docker context is damaged: {e}"))
            .suggest("docker context rm it and create it again")
    })?;
    let Some(docker) = meta.endpoints.docker else { return Ok(None) };
    let pem = |name: &str| Some(tls.join(name)).filter(|path| path.is_file());
    let files = TlsFiles {
        ca: pem("ca.pem"),
        cert: pem("cert.pem"),
        key: pem("key.pem"),
        skip_verify: docker.skip_tls_verify,
    };
    let over_tls = docker.host.starts_with("tcp://") && files != TlsFiles::default();
    let endpoint = host_url::parse(&docker.host, over_tls.then_some(files))
        .map_err(|m| Mistake { message: format!("docker context `{}`: {}", meta.name, m.message), ..m })?;
    Ok(Some(Context { name: meta.name, endpoint }))
}

#[cfg(test)]
pub mod fixture {
    //! A store of contexts in a folder, as the docker CLI writes it.

    use std::path::Path;

    use sha2::{Digest, Sha256};

    /// Writes a context and returns the hexadecimal id of its folders.
    pub fn context(docker: &Path, name: &str, host: &str) -> String {
        let id: String = Sha256::digest(name).iter().map(|b| format!("{b:02x}")).collect();
        let folder = docker.join("contexts/meta").join(&id);
        std::fs::create_dir_all(&folder).unwrap();
        let meta = serde_json::json!({
            "Name": name,
            "Metadata": {},
            "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": false}},
        });
        std::fs::write(folder.join("meta.json"), meta.to_string()).unwrap();
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_read_with_their_tls_files_and_damage_is_told() {
        let home = tempfile::tempdir().unwrap();
        let docker = home.path().join(".docker");
        let id = fixture::context(&docker, "prod", "tcp://10.0.0.5:2376");
        fixture::context(&docker, "far", "ssh://ops@far");
        let broken = docker.join("contexts/meta/ffff");
        std::fs::create_dir_all(&broken).unwrap();
        std::fs::write(broken.join("meta.json"), "{\"Name\":").unwrap();
        let tls = docker.join("contexts/tls").join(id).join("docker");
        std::fs::create_dir_all(&tls).unwrap();
        std::fs::write(tls.join("ca.pem"), "").unwrap();
        std::fs::write(docker.join("config.json"), r#"{"currentContext":"prod","auths":{}}"#).unwrap();

        let store = Store::read(&Environment::fake(home.path(), &[]));
        let names: Vec<_> = store.contexts.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["far", "prod"]);
        assert_eq!(store.current.as_deref(), Some("prod"));
        assert_eq!(
            store.find("prod").unwrap().endpoint,
            DockerEndpoint::Tls {
                host: "10.0.0.5".into(),
                port: 2376,
                files: TlsFiles { ca: Some(tls.join("ca.pem")), ..TlsFiles::default() }
            }
        );
        assert_eq!(store.diagnostics.len(), 1);
        assert!(store.diagnostics[0].to_string().contains("ffff/meta.json: this docker context is damaged"));
    }

    #[test]
    fn docker_config_moves_the_root() {
        let elsewhere = tempfile::tempdir().unwrap();
        fixture::context(elsewhere.path(), "x", "tcp://h:1");
        let env = Environment::fake(Path::new("/none"), &[]).with("DOCKER_CONFIG", elsewhere.path());
        assert_eq!(Store::read(&env).contexts.len(), 1);
    }
}
