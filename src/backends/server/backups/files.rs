//! Backups that are files: what a pattern of names means there, by its own shell and find(1).

use jiff::Timestamp;

use super::Part;
use crate::domain::backup::{Found, Run};
use crate::domain::server::files::shown;

/// With an empty IFS the shell expands the pattern to names and does nothing else to it: no word of it is run. A folder
/// that is not to be seen is not there only if the one above it may be searched. Every answer ends with a NUL, whatever a
/// name is made of.
pub(super) const LIST: &str = "IFS=; d=$1; while case $d in *[*?[]*) true;; *) false;; esac; do d=${d%/*}; done
case $1 in *[*?[]*) ;; *) d=${d%/*};; esac; d=${d:-/}
c=$d; until test -e \"$c\"; do c=${c%/*}; c=${c:-/}; done
test \"$c\" = \"$d\" || { test -x \"$c\" && exit 94; exit 93; }
test -d \"$d\" && test -r \"$d\" && test -x \"$d\" || exit 93
set -- $1
printf 'now\\0%s\\0' \"$(date +%s)\"
test -e \"$1\" || exit 0
printf '%s\\0' \"$@\" | xargs -0 sh -c 'find -L \"$@\" -maxdepth 0 -type f -printf \"%T@\\\\0%s\\\\0%p\\\\0\"' sh";

/// What was written to so lately is perhaps written still, seconds.
const FRESH_S: i64 = 60;
/// Files that are counted.
const MOST: usize = 50_000;

pub(super) fn parse(bytes: &[u8]) -> Option<Vec<Part>> {
    let mut fields = bytes.split(|b| *b == 0);
    if fields.next()? != b"now" {
        return None;
    }
    let now = number(fields.next()?)?;
    let (mut runs, mut writing) = (Vec::new(), false);
    while let (Some(at), Some(size), Some(name)) = (fields.next(), fields.next(), fields.next()) {
        let Some(at) = number(at).and_then(|s| Timestamp::from_second(s).ok()) else { continue };
        if (0..FRESH_S).contains(&(now - at.as_second())) {
            writing = true;
        } else if runs.len() < MOST {
            let size_bytes = number(size).and_then(|n| u64::try_from(n).ok());
            let name = name.rsplit(|b| *b == b'/').next().unwrap_or(name);
            let (of, label) = (String::new(), shown(name));
            runs.push(Run { at, label, size_bytes, kind: None, of, failed: Some(false) });
        }
    }
    Some(vec![Found::of(runs).writing(writing).into()])
}

/// `1795294800.1234567890`
fn number(bytes: &[u8]) -> Option<i64> {
    std::str::from_utf8(bytes).ok()?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_kind_and_what_is_still_written() {
        let text = "now\x001000\x00900.5\x0010\x00/b/a\nb'\x1b[31m.dump\x00700.0\x0020\x00/b/old\x00990.1\x005\x00/b/new\x00";
        let [part] = &parse(text.as_bytes()).unwrap()[..] else { panic!() };
        let runs = part.found.runs();
        assert!(part.found.writing && runs.len() == 2, "{runs:?}");
        assert!(!runs[0].label.contains(['\n', '\x1b']) && runs[0].label.starts_with('a'), "{runs:?}");
        assert_eq!((runs[0].size_bytes, runs[1].label.as_str()), (Some(10), "old"));
        assert!(parse(b"now\x001000\x00").unwrap()[0].found.runs().is_empty());
        assert!(parse(b"").is_none() && parse(b"sh: no\x00").is_none());
    }
}
