//! `unix:///run/docker.sock`, `tcp://host:2376`, `ssh://user@host`: from text to endpoint.

use std::path::PathBuf;

use super::report::Mistake;
use crate::domain::endpoint::{DockerEndpoint, TlsFiles};
use crate::domain::filter::nearest;
use crate::domain::ssh_target::SshTarget;

/// Where the engine listens when nobody says otherwise.
pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Ports of the docker CLI.
const PORT_PLAIN: u16 = 2375;
const PORT_TLS: u16 = 2376;

/// Reads the address of an engine. With `tls`, a `tcp://` address is spoken to over TLS.
///
/// # Errors
/// What is wrong with the address, and the form that was probably meant.
pub fn parse(url: &str, tls: Option<TlsFiles>) -> Result<DockerEndpoint, Mistake> {
    let Some((scheme, rest)) = url.split_once("://") else {
        let mistake = Mistake::new(format!("`{url}` is not an address: it has no scheme"));
        return Err(mistake.suggest(if url.starts_with('/') {
            format!("write unix://{url}")
        } else {
            format!("write tcp://{url} or ssh://{url}")
        }));
    };
    match scheme {
        "unix" | "ssh" if tls.is_some() => Err(Mistake::new(format!("`tls` does not go with {scheme}://"))
            .suggest("leave `tls` out, or write host = \"tcp://…\"")),
        "unix" => unix(url, rest),
        "ssh" => ssh(url, rest),
        "tcp" | "http" => tcp(url, rest, tls),
        "https" => tcp(url, rest, Some(tls.unwrap_or_default())),
        "npipe" => Err(Mistake::new("`npipe` addresses exist on Windows only")
            .suggest("expose the engine over tcp:// or ssh://")),
        other => {
            let mistake = Mistake::new(format!("unknown scheme `{other}` in `{url}`"));
            Err(mistake.suggest(match nearest(other, ["unix", "tcp", "ssh", "https"]) {
                Some(near) => format!("did you mean `{near}://{rest}`?"),
                None => "write unix://, tcp:// or ssh://".to_owned(),
            }))
        }
    }
}

fn unix(url: &str, path: &str) -> Result<DockerEndpoint, Mistake> {
    if path.is_empty() {
        return Ok(DockerEndpoint::Unix(PathBuf::from(DEFAULT_SOCKET)));
    }
    if !path.starts_with('/') {
        return Err(Mistake::new(format!("`{url}` is not an absolute path"))
            .suggest(format!("write unix:///{path} (three slashes)")));
    }
    Ok(DockerEndpoint::Unix(PathBuf::from(path)))
}

fn ssh(url: &str, rest: &str) -> Result<DockerEndpoint, Mistake> {
    let authority = rest.split('/').next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    // The address is shown on screen and kept in the audit: nothing secret may be in it.
    if user.contains(':') {
        return Err(Mistake::new("a password in an ssh:// address is not accepted")
            .suggest("use a key or the agent, and write ssh://user@host"));
    }
    host_and_port(url, host, 22)?;
    SshTarget::from_url(url).map_err(|_| no_host(url, "ssh://user@host"))?;
    Ok(DockerEndpoint::Ssh { url: url.to_owned() })
}

fn tcp(url: &str, rest: &str, tls: Option<TlsFiles>) -> Result<DockerEndpoint, Mistake> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if !path.is_empty() {
        return Err(Mistake::new(format!(
            "`/{path}` after the host is not supported in an engine's address"
        ))
        .suggest(format!("write tcp://{authority}")));
    }
    if authority.contains('@') {
        return Err(Mistake::new("user names and passwords do not go into a tcp:// address")
            .suggest("use tls = { ca = …, cert = …, key = … } to authenticate"));
    }
    let (host, port) = host_and_port(url, authority, if tls.is_some() { PORT_TLS } else { PORT_PLAIN })?;
    if host.is_empty() {
        return Err(no_host(url, "tcp://127.0.0.1:2375"));
    }
    if host.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Mistake::new(format!("`{host}` is not a host name")));
    }
    Ok(match tls {
        Some(files) => DockerEndpoint::Tls { host, port, files },
        None => DockerEndpoint::Tcp { host, port },
    })
}

fn no_host(url: &str, example: &str) -> Mistake {
    Mistake::new(format!("`{url}` names no host")).suggest(format!("write {example}"))
}

/// Splits `host:port` and `[v6]:port`; the brackets are taken off.
fn host_and_port(url: &str, authority: &str, default_port: u16) -> Result<(String, u16), Mistake> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(v6) => {
            let Some((host, after)) = v6.split_once(']') else {
                return Err(Mistake::new(format!("`{url}`: the bracket of the IPv6 address is not closed"))
                    .suggest("write tcp://[::1]:2375"));
            };
            (host, after.strip_prefix(':').unwrap_or(after))
        }
        None if authority.matches(':').count() > 1 => {
            return Err(Mistake::new(format!("`{authority}` has more than one colon"))
                .suggest(format!("write an IPv6 address in brackets: [{authority}]")));
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    if port.is_empty() {
        return Ok((host.to_owned(), default_port));
    }
    match port.parse() {
        Ok(port) if port > 0 => Ok((host.to_owned(), port)),
        _ => Err(Mistake::new(format!("`{port}` is not a port")).suggest("ports are 1 to 65535")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_all_kinds() {
        let address = |url| parse(url, None).unwrap().address();
        assert_eq!(address("unix:///run/x.sock"), "unix:///run/x.sock");
        assert_eq!(address("unix://"), "unix:///var/run/docker.sock");
        assert_eq!(address("tcp://h"), "tcp://h:2375");
        assert_eq!(address("http://h:1/"), "tcp://h:1");
        assert_eq!(address("tcp://[::1]:9"), "tcp://::1:9");
        assert_eq!(address("https://h"), "tcp://h:2376 (TLS)");
        assert_eq!(address("ssh://ops@10.0.0.5:2222/run/d.sock"), "ssh://ops@10.0.0.5:2222/run/d.sock");
        let tls = parse("tcp://h:7", Some(TlsFiles::default())).unwrap();
        assert_eq!(tls, DockerEndpoint::Tls { host: "h".into(), port: 7, files: TlsFiles::default() });
    }

    #[test]
    fn mistakes_say_what_was_meant() {
        let says = |url| {
            let mistake = parse(url, None).unwrap_err();
            format!("{}; {}", mistake.message, mistake.suggestion.unwrap_or_default())
        };
        assert!(says("/run/x.sock").ends_with("write unix:///run/x.sock"));
        assert!(says("tpc://h:1").ends_with("did you mean `tcp://h:1`?"));
        assert!(says("unix://run/x.sock").contains("three slashes"));
        assert!(says("tcp://h:99999").starts_with("`99999` is not a port"));
        assert!(says("tcp://:2375").contains("names no host"));
        assert!(says("tcp://fe80::1:2375").contains("in brackets"));
        assert!(says("tcp://[::1").contains("not closed"));
        assert!(says("tcp://h/prefix").contains("write tcp://h"));
        assert!(says("tcp://u:p@h").contains("tls = {"));
        assert!(!says("ssh://u:hunter2@h").contains("hunter2"));
        assert!(says("ssh://-oProxyCommand=x").contains("names no host"));
        assert!(parse("unix:///x", Some(TlsFiles::default())).is_err());
    }
}
