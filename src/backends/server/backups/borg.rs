//! What Borg says of its archives: version 1 with a time without an offset, version 2 by another command.

use serde::Deserialize;

use super::{Part, moment};
use crate::backends::server::frame::sections;
use crate::domain::backup::{Found, Run};
use crate::domain::sanitize;

/// Borg writes down what it has seen of a repository: that goes into a folder of its own that is removed again. The
/// keys stay where they are. The password comes by a descriptor: no path has to be quoted for that.
pub(super) const LIST: &str = with_files!(
    "borg",
    "test -z \"$r\" || export BORG_REPO=\"$r\"
if test -n \"$p\"; then unset BORG_PASSPHRASE BORG_PASSCOMMAND; exec 9<\"$p\"; export BORG_PASSPHRASE_FD=9; fi
export BORG_KEYS_DIR=\"${BORG_KEYS_DIR:-${BORG_CONFIG_DIR:-${BORG_BASE_DIR:-$HOME}/.config/borg}/keys}\"
export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_RELOCATED_REPO_ACCESS_IS_OK=yes LC_ALL=C.UTF-8 TZ=UTC
unset BORG_CONFIG_DIR BORG_CACHE_DIR BORG_SECURITY_DIR
d=$(mktemp -d) || exit; trap 'rm -rf \"$d\"' EXIT; trap 'exit 1' HUP INT TERM
export BORG_BASE_DIR=\"$d\"
t=; command -v timeout >/dev/null && t='timeout 50'
printf '\\n==> lock <==\\n'
case $BORG_REPO in /*) find \"$BORG_REPO/lock.exclusive\" -maxdepth 0 -mmin -1440 2>/dev/null;; esac
printf '\\n==> list <==\\n'
case $(borg --version 2>/dev/null) in
*' 2.'*) $t borg repo-list --json </dev/null;;
*) $t borg list --json --bypass-lock </dev/null;;
esac"
);

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    archives: Vec<Archive>,
}

#[derive(Deserialize)]
struct Archive {
    #[serde(default)]
    name: String,
    time: Option<String>,
    start: Option<String>,
    /// Version 1 does not say it.
    size: Option<u64>,
    #[serde(default)]
    hostname: String,
}

pub(super) fn parse(bytes: &[u8]) -> Option<Vec<Part>> {
    let text = String::from_utf8_lossy(bytes);
    let part = |name: &str| sections(&text).find(|(of, _)| *of == name).map(|(_, body)| body);
    let all: Listed = serde_json::from_str(part("list")?).ok()?;
    let writing = part("lock").is_some_and(|lock| !lock.trim().is_empty());
    let runs = all.archives.into_iter().filter_map(run).collect();
    Some(vec![Found::of(runs).writing(writing).into()])
}

fn run(archive: Archive) -> Option<Run> {
    let times = [archive.start.as_deref(), archive.time.as_deref()];
    Some(Run {
        at: times.into_iter().flatten().find_map(moment)?,
        label: sanitize::name(&archive.name),
        size_bytes: archive.size,
        kind: None,
        of: sanitize::name(&archive.hostname),
        failed: Some(false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `borg list --json` of Borg 1.2.4.
    const CAPTURE: &str = include_str!("captures/borg-list.json");

    fn found(list: &str, lock: &str) -> Found {
        let text = format!("\n==> lock <==\n{lock}\n==> list <==\n{list}");
        parse(text.as_bytes()).unwrap().remove(0).found
    }

    #[test]
    fn a_capture_of_version_1() {
        let found = found(CAPTURE, "");
        let runs: Vec<_> =
            found.runs().iter().map(|r| (r.label.as_str(), r.at.to_string(), r.size_bytes)).collect();
        assert_eq!(
            runs,
            [
                ("two", "2026-11-22T03:17:24Z".to_owned(), None),
                ("one", "2026-11-22T03:17:23Z".to_owned(), None)
            ]
        );
        assert!(!found.writing);
    }

    #[test]
    fn offsets_locks_and_an_empty_repository() {
        let other = r#"{"archives":[{"name":"a","start":"2026-11-21T04:00:00.000000+01:00","size":9}]}"#;
        let one = found(other, "/srv/b/lock.exclusive");
        assert!(one.writing && one.runs()[0].size_bytes == Some(9));
        assert_eq!(one.runs()[0].at.to_string(), "2026-11-21T03:00:00Z");
        assert!(found(r#"{"archives":[]}"#, "").runs().is_empty());
        assert!(parse(b"\n==> list <==\nRepository x does not exist").is_none());
    }
}
