//! Makes a profile of what a file says and of what is found on this machine.

use std::path::Path;
use std::sync::Arc;

use super::Environment;
use super::backup::BackupEntry;
use super::check::CheckEntry;
use super::context::Store;
use super::discover::{self, Discovery};
use super::entry::{Entry, Place};
use super::file::File;
use super::profile::{DEFAULT_THRESHOLD_PERCENT, Profile};
use super::report::{Mistake, Report};
use super::select;
use crate::domain::endpoint::{DockerEndpoint, ServerEndpoint, ServerPlace, SudoUse};
use crate::domain::ids::{TargetId, TargetKind};
use crate::domain::server::thresholds::Thresholds;
use crate::domain::shell_word::sh_quote;
use crate::domain::ssh_target::SshTarget;
use crate::domain::world::TargetInfo;

pub(super) fn resolve(file: File, env: &Environment, mut report: Option<Report<'_>>) -> Profile {
    let default_guard = file.guard.unwrap_or_default();
    let threshold_percent = file.threshold_percent.unwrap_or(DEFAULT_THRESHOLD_PERCENT);
    let mut profile = Profile {
        targets: Vec::new(),
        docker: Vec::new(),
        listed: Vec::new(),
        servers: Vec::new(),
        listed_servers: Vec::new(),
        ssh_config: file.ssh_config,
        default_guard,
        theme: file.theme,
        keymap: file.keymap,
        threshold_percent,
        thresholds: Thresholds::new(threshold_percent, file.thresholds),
        backups: Vec::new(),
        checks: Vec::new(),
        read_only: false,
        source: None,
        diagnostics: Vec::new(),
        looked_for: Vec::new(),
        advice: None,
        overlays: file.overlays,
    };
    let store = Store::read(env);
    if !file.names_docker {
        take_discovered(&mut profile, discover::discover(env, &store), names_one(env, &store));
    }
    for entry in &file.entries {
        take_entry(&mut profile, entry, &store, names_one(env, &store), report.as_mut());
    }
    if !file.names_servers {
        take_this_machine(&mut profile, env);
        take_ssh_hosts(&mut profile, env);
    }
    take_watched(&mut profile, &file.backups, &file.checks, env, report.as_mut());
    if let Some(mut report) = report {
        check_overlays(&profile, &file.entries, &mut report);
        profile.diagnostics.splice(0..0, report.finish());
    }
    profile
}

/// True when the docker client is led to one engine by its environment or its current context.
fn names_one(env: &Environment, store: &Store) -> bool {
    env.var("DOCKER_HOST").is_some() || env.var("DOCKER_CONTEXT").is_some() || store.current.is_some()
}

/// The client for an endpoint; `own` = where the plain client goes by itself.
fn client(endpoint: &DockerEndpoint, own: bool) -> String {
    if own { "docker".to_owned() } else { endpoint.client() }
}

fn is_default(endpoint: &DockerEndpoint) -> bool {
    matches!(endpoint, DockerEndpoint::Unix(path) if path == Path::new(super::host_url::DEFAULT_SOCKET))
}

fn take_discovered(profile: &mut Profile, discovery: Discovery, names_one: bool) {
    profile.diagnostics.extend(discovery.diagnostics);
    if discovery.found.is_empty() {
        profile.looked_for = discovery.looked_for;
        profile.advice = Some(
            "sudo systemctl start docker, or write a [[docker]] section: pult config example".to_owned(),
        );
    }
    for (i, found) in discovery.found.into_iter().enumerate() {
        let own = if names_one { i == 0 } else { is_default(&found.endpoint) };
        let id = TargetId::docker(&found.name);
        profile.targets.push(TargetInfo {
            id: id.clone(),
            address: found.endpoint.address(),
            client: client(&found.endpoint, own),
            guard: profile.default_guard,
            tags: Vec::new(),
            color: None,
        });
        if found.dial { &mut profile.docker } else { &mut profile.listed }.push((id, found.endpoint));
    }
}

/// This machine is a server too, if it is a Linux one: called by its own name.
fn take_this_machine(profile: &mut Profile, env: &Environment) {
    let name = Path::new("/proc/sys/kernel/hostname");
    if !env.exists(name) {
        return;
    }
    let name = std::fs::read_to_string(name).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name: String = name.trim().chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
    let id = TargetId::server(if name.is_empty() { "localhost" } else { &name });
    if profile.targets.iter().any(|t| t.id == id) {
        return;
    }
    let endpoint = ServerEndpoint::local();
    profile.targets.push(TargetInfo {
        id: id.clone(),
        address: endpoint.address(),
        client: endpoint.client(None),
        guard: profile.default_guard,
        tags: Vec::new(),
        color: None,
    });
    profile.servers.push((id, endpoint));
}

/// Backups and checks, each with its server. This machine is a server, too, when one of them is its.
fn take_watched(
    profile: &mut Profile,
    backups: &[BackupEntry],
    checks: &[CheckEntry],
    env: &Environment,
    mut report: Option<&mut Report<'_>>,
) {
    let is_here =
        backups.iter().any(|one| one.server.is_none()) || checks.iter().any(|one| one.server.is_none());
    if is_here && profile.this_machine().is_none() {
        take_this_machine(profile, env);
    }
    let here = profile.this_machine().cloned();
    let mut wrong = |place, mistake| {
        if let Some(report) = &mut report {
            report.at(place, mistake);
        }
    };
    for entry in backups {
        match entry.resolve(&profile.targets, here.as_ref()) {
            Ok(server) => profile.backups.push((server, entry.plan.clone())),
            Err(mistake) => wrong(entry.place(), mistake),
        }
    }
    for entry in checks {
        match entry.resolve(&profile.targets, here.as_ref(), &profile.thresholds) {
            Ok(check) => profile.checks.push(Arc::new(check)),
            Err(mistake) => wrong(entry.place(), mistake),
        }
    }
}

/// The hosts of ssh_config. Nobody is dialled unasked; a name that is taken already stays with whom it belongs to.
fn take_ssh_hosts(profile: &mut Profile, env: &Environment) {
    for host in (env.ssh_hosts)(profile.ssh_config.as_deref()) {
        let id = TargetId::server(&host);
        if profile.targets.iter().any(|t| t.id == id) {
            continue;
        }
        let Ok(target) = SshTarget::parse(&host) else { continue };
        let endpoint = ServerEndpoint { place: ServerPlace::Ssh(target), sudo: SudoUse::default() };
        profile.targets.push(TargetInfo {
            id: id.clone(),
            address: endpoint.address(),
            client: endpoint.client(profile.ssh_config.as_deref()),
            guard: profile.default_guard,
            tags: Vec::new(),
            color: None,
        });
        profile.listed_servers.push((id, endpoint));
    }
}

fn take_entry(
    profile: &mut Profile,
    entry: &Entry,
    store: &Store,
    names_one: bool,
    report: Option<&mut Report<'_>>,
) {
    let Some(kind) = entry.kind else { return };
    let id = TargetId { kind, name: entry.name.value.as_str().into() };
    let endpoint = match &entry.place {
        Place::Docker(endpoint) => Some(endpoint.clone()),
        Place::Context(context) => match store.find(&context.value) {
            Some(found) => Some(found.endpoint.clone()),
            None if context.value == "default" => {
                Some(DockerEndpoint::Unix(super::host_url::DEFAULT_SOCKET.into()))
            }
            None => {
                if let Some(report) = report {
                    let known = store.contexts.iter().map(|c| c.name.as_str());
                    let mut mistake = Mistake::unknown("docker context", &context.value, known);
                    mistake
                        .suggestion
                        .get_or_insert("docker context ls lists them; there are none now".into());
                    report.at(context.span.clone(), mistake);
                }
                return;
            }
        },
        Place::Server(_) | Place::Address(_) => None,
        Place::Unusable => return,
    };
    let address = match (&entry.place, &endpoint) {
        (_, Some(endpoint)) => endpoint.address(),
        (Place::Server(server), None) => server.address(),
        (Place::Address(address), None) => address.clone(),
        _ => String::new(),
    };
    let client = match (&entry.place, &endpoint) {
        (Place::Context(context), _) => format!("docker --context {}", sh_quote(&context.value)),
        (_, Some(endpoint)) => client(endpoint, !names_one && is_default(endpoint)),
        (Place::Server(server), _) => server.client(profile.ssh_config.as_deref()),
        _ => String::new(),
    };
    profile.targets.push(TargetInfo {
        id: id.clone(),
        address,
        client,
        guard: entry.guard.unwrap_or(profile.default_guard),
        tags: entry.tags.clone(),
        color: entry.color.clone(),
    });
    if let Place::Server(server) = &entry.place {
        profile.thresholds.say(id.clone(), entry.thresholds.clone());
        profile.servers.push((id, server.clone()));
    } else if let (TargetKind::Docker, Some(endpoint)) = (kind, endpoint) {
        profile.docker.push((id, endpoint));
    }
}

/// A profile that names a target which is not there would silently show less than was meant.
fn check_overlays(profile: &Profile, entries: &[Entry], report: &mut Report<'_>) {
    let mut candidates: Vec<(&str, &str)> =
        profile.targets.iter().map(|t| (t.id.kind.word(), &*t.id.name)).collect();
    // Also those that are not usable or not listed: their own mistakes are told where they stand.
    candidates.extend(entries.iter().map(|e| (e.section, e.name.value.as_str())));
    candidates.sort_unstable();
    candidates.dedup();
    for wanted in profile.overlays.iter().flat_map(|o| &o.targets) {
        if let Err(mistake) = select::find(&wanted.value, &candidates) {
            report.at(wanted.span.clone(), mistake);
        }
    }
}
