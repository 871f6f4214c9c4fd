//! What pgBackRest says of its stanzas: a backup for each repository of each of them.

use jiff::Timestamp;
use serde::Deserialize;

use super::Part;
use crate::domain::backup::{Found, Kind, Run};
use crate::domain::sanitize;

/// As whom its configuration is for, where root asks: repositories behind SSH know that account's key.
pub(super) const LIST: &str = "command -v pgbackrest >/dev/null || exit 90
u=; if test \"$(id -u)\" = 0 && command -v runuser >/dev/null; then
for n in postgres pgbackrest; do id -u $n >/dev/null 2>&1 && u=\"runuser -u $n --\" && break; done; fi
t=; command -v timeout >/dev/null && t='timeout 50'
set -- ${1:+\"--stanza=$1\"}; cd /
exec $t $u pgbackrest info --output=json --log-level-console=off --log-level-file=off --log-level-stderr=error \"$@\" </dev/null";

#[derive(Deserialize)]
struct Stanza {
    #[serde(default)]
    name: String,
    #[serde(default)]
    backup: Vec<Made>,
    #[serde(default)]
    archive: Vec<Archive>,
    /// Since 2.32; before there was one, without a number.
    #[serde(default)]
    repo: Vec<Repository>,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
struct Made {
    #[serde(default)]
    label: String,
    timestamp: Times,
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Pages whose checksum is wrong, since 2.36.
    #[serde(default)]
    error: Option<bool>,
    info: Option<Info>,
    #[serde(default)]
    database: Of,
}

#[derive(Deserialize)]
struct Times {
    stop: i64,
}

#[derive(Deserialize)]
struct Info {
    /// Of the database, whatever was copied of it.
    size: Option<u64>,
}

#[derive(Deserialize, Default)]
struct Of {
    #[serde(rename = "repo-key")]
    repository: Option<u64>,
}

#[derive(Deserialize)]
struct Archive {
    max: Option<String>,
    #[serde(default)]
    database: Of,
}

#[derive(Deserialize)]
struct Repository {
    key: u64,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize, Default)]
struct Status {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    lock: Locks,
}

#[derive(Deserialize, Default)]
struct Locks {
    #[serde(default)]
    backup: Lock,
}

#[derive(Deserialize, Default)]
struct Lock {
    #[serde(default)]
    held: bool,
}

/// There are no backups: that is told without it.
const NO_BACKUPS: i64 = 2;

pub(super) fn parse(bytes: &[u8]) -> Option<Vec<Part>> {
    let stanzas: Vec<Stanza> = serde_json::from_slice(bytes).ok()?;
    Some(stanzas.iter().flat_map(parts).collect())
}

fn parts(stanza: &Stanza) -> Vec<Part> {
    let name = sanitize::name(&stanza.name);
    if stanza.repo.len() < 2 {
        let status = stanza.repo.first().map_or(&stanza.status, |repository| &repository.status);
        return vec![Part { name: Some(name), found: found(stanza, None, status) }];
    }
    let one = |repository: &Repository| Part {
        name: Some(format!("{name}/repo{}", repository.key)),
        found: found(stanza, Some(repository.key), &repository.status),
    };
    stanza.repo.iter().map(one).collect()
}

/// Of one repository; `None` = there is one alone.
fn found(stanza: &Stanza, key: Option<u64>, status: &Status) -> Found {
    let is_here = |of: &Of| key.is_none() || of.repository == key;
    let runs = stanza.backup.iter().filter(|made| is_here(&made.database)).filter_map(run).collect();
    let archived = stanza.archive.iter().rfind(|archive| is_here(&archive.database));
    let complaint = if matches!(status.code, 0 | NO_BACKUPS) { "" } else { &status.message };
    Found::of(runs)
        .writing(stanza.status.lock.backup.held)
        .complains(complaint)
        .archived(archived.and_then(|archive| archive.max.as_deref()).unwrap_or_default())
}

fn run(made: &Made) -> Option<Run> {
    Some(Run {
        at: Timestamp::from_second(made.timestamp.stop).ok()?,
        label: sanitize::name(&made.label),
        size_bytes: made.info.as_ref().and_then(|info| info.size),
        kind: match made.kind.as_deref() {
            Some("full") => Some(Kind::Full),
            Some("diff") => Some(Kind::Diff),
            Some("incr") => Some(Kind::Incr),
            _ => None,
        },
        of: String::new(),
        failed: Some(made.error == Some(true)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// pgBackRest 2.45.
    const CAPTURE: &str = include_str!("captures/pgbackrest-info.json");
    const MISSING: &str = r#"[{"archive":[],"backup":[],"cipher":"none","db":[],"name":"nope","repo":[{"cipher":"none","key":1,"status":{"code":1,"message":"missing stanza path"}}],"status":{"code":1,"lock":{"backup":{"held":false}},"message":"missing stanza path"}}]"#;

    #[test]
    fn a_capture() {
        let [part] = &parse(CAPTURE.as_bytes()).unwrap()[..] else { panic!() };
        let found = &part.found;
        assert_eq!((part.name.as_deref(), found.runs().len(), found.writing), (Some("demo"), 2, false));
        assert_eq!(found.archived_wal, "000000010000000000000005");
        let newest = &found.runs()[0];
        assert_eq!(
            (newest.kind, newest.size_bytes, newest.failed),
            (Some(Kind::Incr), Some(23_000_848), Some(false))
        );
        assert_eq!(newest.at.as_second(), 1_795_230_906);
    }

    #[test]
    fn what_is_missing_locks_repositories_and_old_versions() {
        assert_eq!(parse(MISSING.as_bytes()).unwrap()[0].found.complaint, "missing stanza path");
        let two = r#"[{"name":"a","status":{"code":4,"message":"different across repos","lock":{"backup":{"held":true}}},
            "repo":[{"key":1,"status":{"code":0,"message":"ok"}},{"key":2,"status":{"code":99,"message":"[AssertError] x"}}],
            "backup":[{"label":"1F","type":"full","timestamp":{"stop":5},"error":true,"database":{"repo-key":1}}]}]"#;
        let parts = parse(two.as_bytes()).unwrap();
        let rows: Vec<_> = parts
            .iter()
            .map(|p| (p.name.as_deref().unwrap(), p.found.runs().len(), p.found.complaint.as_str()))
            .collect();
        assert_eq!(rows, [("a/repo1", 1, ""), ("a/repo2", 0, "[AssertError] x")]);
        assert!(parts[0].found.writing && parts[0].found.runs()[0].failed == Some(true));
        let old = r#"[{"name":"a","status":{"code":0,"message":"ok"},"backup":[{"label":"1F","type":"full","timestamp":{"start":1,"stop":5},"info":{"size":9}}]}]"#;
        assert_eq!(parse(old.as_bytes()).unwrap()[0].found.runs()[0].size_bytes, Some(9));
        assert!(parse(b"[]").unwrap().is_empty() && parse(b"ERROR: [037]").is_none());
    }
}
