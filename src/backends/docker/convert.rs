//! From one entry of the engine's list to a [`Container`]. Only what rows show is read: 1000 entries of the
//! full model would cost ten times the memory. Everything is sanitised and bounded here.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

use crate::domain::container::{Attachment, Container, Health, Mount, Port, State};
use crate::domain::ids::TargetId;
use crate::domain::sanitize;

use super::status;

/// Characters kept of a label's value and of a path.
const MAX_TEXT: usize = 4096;
/// Entries kept of each list inside a container.
const MAX_ENTRIES: usize = 1024;

/// Lists and texts may be `null` (Podman) or absent (old engines): both are empty.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(d: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(d)?.unwrap_or_default())
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Summary {
    #[serde(deserialize_with = "or_default")]
    id: String,
    #[serde(deserialize_with = "or_default")]
    names: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    image: String,
    #[serde(rename = "ImageID", deserialize_with = "or_default")]
    image_id: String,
    #[serde(deserialize_with = "or_default")]
    command: String,
    #[serde(deserialize_with = "or_default")]
    created: i64,
    #[serde(deserialize_with = "or_default")]
    state: String,
    #[serde(deserialize_with = "or_default")]
    status: String,
    /// API 1.52 and later.
    #[serde(deserialize_with = "or_default")]
    health: SummaryHealth,
    #[serde(deserialize_with = "or_default")]
    ports: Vec<SummaryPort>,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    host_config: HostConfig,
    #[serde(deserialize_with = "or_default")]
    network_settings: NetworkSettings,
    #[serde(deserialize_with = "or_default")]
    mounts: Vec<SummaryMount>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct SummaryHealth {
    #[serde(deserialize_with = "or_default")]
    status: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct SummaryPort {
    #[serde(rename = "IP", deserialize_with = "or_default")]
    ip: Option<String>,
    #[serde(deserialize_with = "or_default")]
    private_port: u16,
    #[serde(deserialize_with = "or_default")]
    public_port: Option<u16>,
    #[serde(rename = "Type", deserialize_with = "or_default")]
    protocol: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct HostConfig {
    #[serde(deserialize_with = "or_default")]
    network_mode: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct NetworkSettings {
    #[serde(deserialize_with = "or_default")]
    networks: BTreeMap<String, Option<SummaryNetwork>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct SummaryNetwork {
    #[serde(rename = "IPAddress", deserialize_with = "or_default")]
    ip: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct SummaryMount {
    #[serde(rename = "Type", deserialize_with = "or_default")]
    kind: String,
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    source: String,
    #[serde(deserialize_with = "or_default")]
    destination: String,
    #[serde(rename = "RW", deserialize_with = "or_default")]
    read_write: bool,
}

/// A row. `now` is this machine's clock: the engine gives ages in words, not times. `None` for an entry
/// without an id, which nothing could be done with.
pub(super) fn container(target: &TargetId, from: Summary, now: Timestamp) -> Option<Container> {
    if from.id.is_empty() || from.id.len() > 128 {
        return None;
    }
    let said = status::parse(&from.status);
    let state = State::from_word(&from.state);
    let since = said.age_s.and_then(|s| now.checked_sub(SignedDuration::from_secs(s)).ok());
    // Links give further names with more slashes in them; the own one has exactly one.
    let own = from.names.iter().find(|n| n.rfind('/') == Some(0)).or(from.names.first());
    let own = own.map_or("", |n| n.strip_prefix('/').unwrap_or(n));
    let short = from.id.get(..12).unwrap_or(&from.id);

    let mut container = Container::blank(target.clone(), &sanitize::name(&from.id), "");
    container.name = sanitize::name(if own.is_empty() { short } else { own });
    container.image = sanitize::name(&from.image);
    container.image_id = sanitize::name(&from.image_id);
    container.command = sanitize::line(&from.command, 1024).into_owned();
    container.network_mode = sanitize::name(&from.host_config.network_mode);
    container.state = state;
    container.created_at = Timestamp::from_second(from.created).ok().filter(|_| from.created > 0);
    match state {
        State::Running | State::Paused => {
            container.health = Health::from_word(&from.health.status).or(said.health);
            container.started_at = since;
        }
        _ => {
            container.exit_code = said.exit_code;
            container.finished_at = since;
        }
    }
    container.since_rounded = since.is_some();
    container.labels = labels(from.labels);
    container.project = label(&container.labels, "project");
    container.service = label(&container.labels, "service");
    container.ports = from.ports.into_iter().take(MAX_ENTRIES).map(port).collect();
    container.ports.sort();
    container.ports.dedup();
    container.networks = from
        .network_settings
        .networks
        .into_iter()
        .take(MAX_ENTRIES)
        .map(|(name, network)| Attachment {
            name: sanitize::name(&name),
            ip: network.map(|n| sanitize::name(&n.ip)).filter(|ip| !ip.is_empty()),
        })
        .collect();
    container.mounts = from.mounts.into_iter().take(MAX_ENTRIES).map(mount).collect();
    Some(container)
}

fn labels(from: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let clean = |text: String, max| match sanitize::line(&text, max) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(clean) => clean,
    };
    from.into_iter().take(MAX_ENTRIES).map(|(k, v)| (clean(k, 256), clean(v, MAX_TEXT))).collect()
}

/// A label of Compose, by the name that Docker's or Podman's writes.
fn label(labels: &BTreeMap<String, String>, what: &str) -> Option<String> {
    let found = labels
        .get(&format!("com.docker.compose.{what}"))
        .or_else(|| labels.get(&format!("io.podman.compose.{what}")));
    found.filter(|v| !v.is_empty()).map(|v| sanitize::name(v))
}

fn port(from: SummaryPort) -> Port {
    Port {
        host_ip: from.ip.map(|ip| sanitize::name(&ip)).filter(|ip| !ip.is_empty()),
        host_port: from.public_port.filter(|p| *p != 0),
        container_port: from.private_port,
        protocol: sanitize::name(&from.protocol),
    }
}

fn mount(from: SummaryMount) -> Mount {
    Mount {
        kind: sanitize::name(&from.kind),
        name: Some(sanitize::name(&from.name)).filter(|n| !n.is_empty()),
        source: sanitize::line(&from.source, MAX_TEXT).into_owned(),
        destination: sanitize::line(&from.destination, MAX_TEXT).into_owned(),
        read_write: from.read_write,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Container> {
        let now = Timestamp::from_second(1_000_000).unwrap();
        serde_json::from_str(json).ok().and_then(|s| container(&TargetId::docker("t"), s, now))
    }

    #[test]
    fn an_entry_becomes_a_row() {
        let c = read(
            r#"{"Id":"9b61b3c4c32cde4b","Names":["/other/alias","/web"],"Image":"nginx:1","ImageID":"sha256:da1d","Command":"nginx",
            "Created":999000,"Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"},{"PrivatePort":443,"Type":"tcp"}],
            "Labels":{"com.docker.compose.project":"shop","com.docker.compose.service":"web"},"State":"running",
            "Status":"Up 2 minutes (unhealthy)","HostConfig":{"NetworkMode":"shop_default"},
            "NetworkSettings":{"Networks":{"shop_default":{"IPAddress":"10.0.0.2"},"bare":null}},
            "Mounts":[{"Type":"volume","Name":"data","Source":"/var/lib/x","Destination":"/data","RW":true}]}"#,
        )
        .unwrap();
        assert_eq!((c.name.as_str(), c.state, c.health), ("web", State::Running, Some(Health::Unhealthy)));
        assert_eq!((c.project.as_deref(), c.service.as_deref()), (Some("shop"), Some("web")));
        assert_eq!(c.started_at.unwrap().as_second(), 1_000_000 - 120);
        assert!(c.since_rounded && c.exit_code.is_none());
        assert_eq!(c.ports.len(), 2);
        assert!(c.ports.iter().any(Port::is_open_to_any));
        assert_eq!(c.networks[1].ip.as_deref(), Some("10.0.0.2"));
        assert_eq!(c.network_mode, "shop_default");
        assert!(c.mounts[0].read_write);
    }

    #[test]
    fn the_end_of_a_run_and_what_podman_leaves_out() {
        let c = read(
            r#"{"Id":"ab","Names":null,"State":"exited","Status":"Exited (137) 3 hours ago","Labels":null,
            "Ports":null,"Mounts":null,"NetworkSettings":null,"HostConfig":null,"Health":null}"#,
        )
        .unwrap();
        assert_eq!((c.name.as_str(), c.exit_code), ("ab", Some(137)));
        assert_eq!(c.finished_at.unwrap().as_second(), 1_000_000 - 10_800);
        assert!(read(r#"{"Names":["/x"]}"#).is_none());
        let c = read(r#"{"Id":"ab","State":"running","Status":"Up 1 second","Health":{"Status":"healthy"}}"#)
            .unwrap();
        assert_eq!(c.health, Some(Health::Healthy));
    }

    #[test]
    fn hostile_texts_are_harmless_and_bounded() {
        let json = serde_json::json!({
            "Id": "ab", "Names": ["/we\u{1b}[31mb\u{202e}"], "State": "running",
            "Labels": {"k\u{1b}]0;x\u{7}": "v\u{9b}2J\n".to_owned() + &"a".repeat(1 << 20)},
        });
        let c = read(&json.to_string()).unwrap();
        assert_eq!(c.name, "web");
        let (key, value) = c.labels.first_key_value().unwrap();
        assert_eq!(key, "k");
        assert!(value.chars().count() <= MAX_TEXT + 1 && value.starts_with("v⏎aaa"));
    }

    proptest::proptest! {
        #[test]
        fn cut_or_changed_json_never_panics(cut in 0_usize..400, at in 0_usize..400, byte: u8) {
            let mut json = br#"[{"Id":"9b61","Names":["/web"],"Image":"i","Created":999000,"Ports":[{"PrivatePort":80,"PublicPort":65535,"Type":"tcp"}],"Labels":{"a":"b"},"State":"running","Status":"Up 2 minutes","NetworkSettings":{"Networks":{"n":{"IPAddress":"1"}}}}]"#.to_vec();
            if let Some(b) = json.get_mut(at) { *b = byte; }
            json.truncate(cut);
            if let Ok(all) = serde_json::from_slice::<Vec<Summary>>(&json) {
                for one in all { container(&TargetId::docker("t"), one, Timestamp::UNIX_EPOCH); }
            }
        }
    }
}
