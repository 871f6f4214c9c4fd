//! What restic says of its snapshots. Sizes are in them since its version 0.17.

use serde::Deserialize;

use super::{Part, moment};
use crate::backends::server::frame::sections;
use crate::domain::backup::{Found, Run};
use crate::domain::sanitize;

/// A lock of a repository that is a folder is a file that is renewed every few minutes.
pub(super) const LIST: &str = with_files!(
    "restic",
    "test -z \"$r\" || export RESTIC_REPOSITORY=\"$r\"
test -z \"$p\" || export RESTIC_PASSWORD_FILE=\"$p\"
t=; command -v timeout >/dev/null && t='timeout 50'
printf '\\n==> lock <==\\n'
case $RESTIC_REPOSITORY in /*) find \"$RESTIC_REPOSITORY/locks\" -type f -mmin -30 2>/dev/null | head -n 1;; esac
printf '\\n==> list <==\\n'
exec $t restic snapshots --json --no-lock --no-cache </dev/null"
);

#[derive(Deserialize)]
struct Snapshot {
    time: String,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    hostname: String,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    id: String,
    #[serde(default)]
    short_id: String,
    summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Summary {
    total_bytes_processed: Option<u64>,
}

pub(super) fn parse(bytes: &[u8]) -> Option<Vec<Part>> {
    let text = String::from_utf8_lossy(bytes);
    let part = |name: &str| sections(&text).find(|(of, _)| *of == name).map(|(_, body)| body);
    // Without any, old versions say null.
    let all: Option<Vec<Snapshot>> = serde_json::from_str(part("list")?).ok()?;
    let writing = part("lock").is_some_and(|lock| !lock.trim().is_empty());
    let runs = all.unwrap_or_default().into_iter().filter_map(run).collect();
    Some(vec![Found::of(runs).writing(writing).into()])
}

fn run(snapshot: Snapshot) -> Option<Run> {
    let Snapshot { time, paths, hostname, tags, id, short_id, summary } = snapshot;
    let id = if short_id.is_empty() { id.chars().take(8).collect() } else { short_id };
    let tags = tags.unwrap_or_default().join(",");
    let of = sanitize::line(&format!("{hostname} {} {tags}", paths.join(" ")), 200).trim().to_owned();
    Some(Run {
        at: moment(&time)?,
        label: sanitize::name(&id),
        size_bytes: summary.and_then(|summary| summary.total_bytes_processed),
        kind: None,
        of,
        failed: Some(false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(list: &str, lock: &str) -> Found {
        let text = format!("\n==> lock <==\n{lock}\n==> list <==\n{list}");
        parse(text.as_bytes()).unwrap().remove(0).found
    }

    /// restic 0.14.
    #[test]
    fn a_capture_without_sizes() {
        let found = found(include_str!("captures/restic-snapshots.json"), "");
        let [run] = found.runs() else { panic!("{found:?}") };
        assert_eq!((run.at.to_string().as_str(), run.size_bytes), ("2026-11-21T03:13:08.383419848Z", None));
        assert_eq!((run.label.as_str(), run.of.as_str()), ("606b05cf", "vm /srv/overview/dyn.yml"));
        assert!(!found.writing);
    }

    #[test]
    fn sizes_of_newer_versions_locks_and_nothing_at_all() {
        let newer =
            r#"[{"time":"2026-11-21T04:00:00+01:00","summary":{"total_bytes_processed":77,"data_added":1}}]"#;
        let one = found(newer, "/srv/r/locks/1f");
        assert!(one.writing && one.runs()[0].size_bytes == Some(77));
        assert!(found("[]", "").runs().is_empty() && found("null", "").runs().is_empty());
        assert!(parse(b"\n==> list <==\n{\"message\":").is_none() && parse(b"").is_none());
    }
}
