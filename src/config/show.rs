//! `pult config show`: the resolved configuration as TOML, without secrets.

use super::{Profile, backup, check, thresholds};
use crate::domain::endpoint::{DockerEndpoint, TlsFiles};
use crate::domain::ids::TargetKind;
use crate::domain::world::TargetInfo;

/// The resolved configuration. What pult knows only as an address is a comment.
pub fn show(profile: &Profile) -> String {
    let mut out = String::new();
    match &profile.source {
        Some(path) => line(&mut out, format_args!("# from {}", path.display())),
        None => line(&mut out, format_args!("# no file: discovered")),
    }
    if profile.read_only {
        line(&mut out, format_args!("# the whole session is read-only"));
    }
    line(&mut out, format_args!("\n[defaults]\nguard = {}", text(profile.default_guard.word())));
    for (key, value) in [("theme", &profile.theme), ("keymap", &profile.keymap)] {
        if let Some(value) = value {
            line(&mut out, format_args!("{key} = {}", text(value)));
        }
    }
    line(&mut out, format_args!("threshold_percent = {}", profile.threshold_percent));
    let said = thresholds::written(profile.thresholds.all());
    if !said.is_empty() {
        line(&mut out, format_args!("\n[thresholds]\n{}", said.join("\n")));
    }
    for target in &profile.targets {
        show_target(&mut out, profile, target);
    }
    for (server, plan) in &profile.backups {
        line(&mut out, format_args!("\n[[backup]]\n{}", backup::written(server, plan).join("\n")));
    }
    for one in &profile.checks {
        line(&mut out, format_args!("\n[[check]]\n{}", check::written(one).join("\n")));
    }
    out
}

fn show_target(out: &mut String, profile: &Profile, target: &TargetInfo) {
    line(out, format_args!("\n[[{}]]\nname = {}", target.id.kind, text(&target.id.name)));
    let endpoint = |(id, endpoint): &(_, _)| (*id == target.id).then(|| DockerEndpoint::clone(endpoint));
    match profile.docker.iter().find_map(endpoint) {
        Some(endpoint) => show_endpoint(out, &endpoint),
        None => {
            if let Some(endpoint) = profile.listed.iter().find_map(endpoint) {
                line(out, format_args!("# listed; dialled when it is named: --target {}", target.id.name));
                show_endpoint(out, &endpoint);
            } else if target.id.kind != TargetKind::Docker {
                if profile.listed_servers.iter().any(|(id, _)| *id == target.id) {
                    line(out, format_args!("# listed; dialled when it is opened or named"));
                }
                line(out, format_args!("# {}", target.address));
            }
        }
    }
    line(out, format_args!("guard = {}", text(target.guard.word())));
    if !target.tags.is_empty() {
        let tags: Vec<String> = target.tags.iter().map(|t| text(t)).collect();
        line(out, format_args!("tags = [{}]", tags.join(", ")));
    }
    if let Some(own) = profile.thresholds.own(&target.id) {
        line(out, format_args!("thresholds = {{ {} }}", thresholds::written(own).join(", ")));
    }
    if let Some(color) = &target.color {
        line(out, format_args!("color = {}", text(color)));
    }
}

fn show_endpoint(out: &mut String, endpoint: &DockerEndpoint) {
    let in_brackets = |host: &str| if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let host = match endpoint {
        DockerEndpoint::Unix(path) => format!("unix://{}", path.display()),
        DockerEndpoint::Tcp { host, port } | DockerEndpoint::Tls { host, port, .. } => {
            format!("tcp://{}:{port}", in_brackets(host))
        }
        DockerEndpoint::Ssh { url } => url.clone(),
    };
    line(out, format_args!("host = {}", text(&host)));
    if let DockerEndpoint::Tls { files: TlsFiles { ca, cert, key, skip_verify }, .. } = endpoint {
        let mut parts: Vec<String> = [("ca", ca), ("cert", cert), ("key", key)]
            .into_iter()
            .filter_map(|(word, path)| {
                Some(format!("{word} = {}", text(&path.as_ref()?.display().to_string())))
            })
            .collect();
        if *skip_verify {
            parts.push("skip_verify = true".to_owned());
        }
        line(out, format_args!("tls = {{ {} }}", parts.join(", ")));
    }
}

/// A TOML string.
fn text(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

fn line(out: &mut String, content: std::fmt::Arguments<'_>) {
    out.push_str(&content.to_string());
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::super::{Environment, profile::from_text};
    use super::*;
    use std::path::Path;

    #[test]
    fn thresholds_are_shown_as_they_are_written() {
        let env = Environment::fake(Path::new("/h"), &[]);
        let file = "[thresholds]\ndisk = 90\ncertificate_days = 14\nreboot = false\n[[server]]\nname = 'a'\nhost = 'a'\n\
            thresholds = { disk = 97.5, swap = false, reboot = true }\n";
        let profile = from_text(Path::new("c.toml"), file, &env);
        assert_eq!(profile.diagnostics, []);
        let shown = show(&profile);
        assert!(
            shown.contains("[thresholds]\ndisk = 90\ncertificate_days = 14\nreboot = false\n"),
            "{shown}"
        );
        assert!(shown.contains("thresholds = { swap = false, disk = 97.5, reboot = true }"), "{shown}");
        use crate::domain::server::threshold::Metric;
        let limits = profile.thresholds.of(&profile.servers[0].0);
        assert_eq!((limits.level(Metric::Disk), limits.level(Metric::Certificate)), (97.5, -14.0));
    }

    #[test]
    fn what_is_shown_can_be_read_again_and_holds_no_secret() {
        let env = Environment::fake(Path::new("/h"), &[]);
        let file = "[[docker]]\nname='a'\nhost='tcp://[::1]:2'\ntls={ca='/c',skip_verify=true}\ntags=['x\"y']\ncolor='#123456'\n\
                    [[postgres]]\nname='p'\nurl='postgres://u:hunter2@h/d'\n[defaults]\nguard='free'\ntheme='t'\n";
        let first = from_text(Path::new("c.toml"), file, &env);
        assert_eq!(first.diagnostics, []);
        let shown = show(&first);
        assert!(!shown.contains("hunter2") && shown.contains("# postgres://u:***@h/d"), "{shown}");
        let again =
            from_text(Path::new("c.toml"), &shown.replace("# postgres://u:***@h/d", "service='s'"), &env);
        assert_eq!((&again.docker, again.diagnostics), (&first.docker, vec![]));
        assert_eq!((&again.targets[0], again.theme), (&first.targets[0], first.theme));
    }
}
