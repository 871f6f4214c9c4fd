//! The servers on the way to a server. Each of them is a connection of its own, with its own key check, and
//! serves all that lie behind it.

use std::sync::Arc;

use super::config::{HostConfig, Resolver};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::lockout::Onward;
use crate::domain::ssh_target::SshTarget;

/// Servers on one way.
const MOST: usize = 8;

/// Which connection a target comes to: two ways to write the same are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    user: String,
    host: String,
    port: u16,
    /// Whom it is reached through.
    jumps: Vec<SshTarget>,
    /// Or by which program.
    proxy: Option<String>,
}

impl Place {
    pub fn of(config: &HostConfig) -> Self {
        Self {
            user: config.user.clone(),
            host: config.host_name.to_lowercase(),
            port: config.port,
            jumps: config.jumps.clone(),
            proxy: config.proxy_command.clone(),
        }
    }
}

/// The last server before one: reached through those before it, or as its own configuration says.
pub(super) fn last_hop(config: &HostConfig) -> Option<SshTarget> {
    let (last, before) = config.jumps.split_last()?;
    let chain: Vec<String> = before.iter().map(ToString::to_string).collect();
    Some(SshTarget { jump: (!chain.is_empty()).then(|| chain.join(",")), ..last.clone() })
}

/// The names on the whole way, the nearest first.
///
/// # Errors
/// The way leads in a circle or has no end; the configuration of a server on it.
pub(super) async fn way(resolver: &Resolver, config: &Arc<HostConfig>) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    let mut seen = vec![(config.host_name.to_lowercase(), config.port)];
    let mut at = Arc::clone(config);
    while let Some(hop) = last_hop(&at) {
        names.insert(0, hop.to_string());
        at = resolver.resolve(&hop).await?;
        let here = (at.host_name.to_lowercase(), at.port);
        if seen.contains(&here) || names.len() > MOST {
            let chain = names.join(" → ");
            let message = format!("the way to {} leads in a circle: {chain}", config.alias);
            return Err(Fault::new(FaultKind::Unsupported, message).hint(format!(
                "write `ProxyJump none` for the first of them; `ssh -G {}` shows what counts",
                config.alias
            )));
        }
        seen.push(here);
    }
    Ok(names)
}

/// Where the way to a target goes on behind a server on it; `None` where it does not lead through that one. One
/// server is one firewall, whoever logs in there.
pub(super) async fn onward(resolver: &Resolver, through: &SshTarget, to: &SshTarget) -> Option<Onward> {
    let place = |config: &HostConfig| (config.host_name.to_lowercase(), config.port);
    let here = place(&*resolver.resolve(through).await.ok()?);
    let mut next = resolver.resolve(to).await.ok()?;
    for _ in 0..MOST {
        let before = resolver.resolve(&last_hop(&next)?).await.ok()?;
        if place(&before) == here {
            let (host, port) = (next.host_name.clone(), next.port);
            return Some(Onward { server: to.to_string(), host, port });
        }
        next = before;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::ssh::Surroundings;

    async fn names(text: &str, alias: &str) -> Result<Vec<String>, Fault> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config");
        std::fs::write(&file, text).unwrap();
        let around = Surroundings { config: Some(file), user: "me".into(), ..Surroundings::default() };
        let resolver = Resolver::new(around.into());
        let config = resolver.resolve(&SshTarget::alias(alias)).await?;
        way(&resolver, &config).await
    }

    #[tokio::test]
    async fn chains_are_followed_to_the_nearest() {
        let text = "Host c\nProxyJump a,x@b:7\nHost a\nProxyJump z\nHost b\nProxyJump ignored\n";
        assert_eq!(names(text, "c").await.unwrap(), ["z", "a", "x@b:7"]);
        assert!(names(text, "z").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn circles_are_found_before_anything_is_dialled() {
        for text in ["Host *\nProxyJump bastion\n", "Host a\nProxyJump b\nHost b\nProxyJump a\n"] {
            let fault = names(text, "a").await.unwrap_err();
            assert!(fault.message.contains("circle"), "{fault:?}");
        }
    }

    #[tokio::test]
    async fn a_way_goes_on_behind_each_server_on_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config");
        let text =
            "Host db\nHostName 10.0.0.9\nProxyJump gate,me@inner:2200\nHost gate\nHostName 192.0.2.1\n";
        std::fs::write(&file, text).unwrap();
        let around = Surroundings { config: Some(file), user: "me".into(), ..Surroundings::default() };
        let resolver = Resolver::new(around.into());
        let on = async |through: &str| {
            onward(&resolver, &SshTarget::parse(through).unwrap(), &SshTarget::alias("db")).await
        };
        let way = |host: &str, port| Some(Onward { server: "db".into(), host: host.into(), port });
        assert_eq!(on("gate").await, way("inner", 2200));
        assert_eq!(on("root@192.0.2.1").await, way("inner", 2200), "however it is written");
        assert_eq!(on("inner:2200").await, way("10.0.0.9", 22));
        assert_eq!(on("inner").await, None);
        assert_eq!(on("db").await, None);
    }
}
