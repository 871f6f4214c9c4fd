//! Which files beside a log are its rotated parts, and their order: by number, by date, else by when they were
//! written. Knows the names of logrotate (also with `dateext`), of Python's, Java's and Go's log libraries.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::disk::{Kind, Origin};

/// More siblings than these are not looked at.
const MAX_SIBLINGS: usize = 10_000;
/// What compressors append.
const PACKINGS: [&str; 6] = ["gz", "zst", "xz", "bz2", "lz4", "zip"];

/// What a rotated file's name says about when it was rotated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// 1 is the newest.
    Number(u64),
    /// The digits of a date, and a number within it: the highest are the newest.
    Date(Reverse<(String, u64)>),
}

/// A file's name taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Name {
    /// The name of the log that it is a part of.
    base: String,
    /// `None` of the log itself.
    mark: Option<Mark>,
    packed: bool,
}

/// A rotated part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sibling {
    pub path: PathBuf,
    pub written: Timestamp,
}

/// The rotated parts older than this file, the newest first. Looks at the folder only.
pub(super) fn siblings(origin: &Origin) -> Vec<Sibling> {
    let path = &origin.path;
    let (Some(own), Some(dir)) = (path.file_name().and_then(|n| n.to_str()), path.parent()) else {
        return Vec::new();
    };
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let own = parse(own);
    let mut found: Vec<(Mark, bool, Sibling)> = Vec::new();
    for name in origin.disk.names(dir).into_iter().flatten() {
        let Some(Name { base, mark: Some(mark), packed }) = name.to_str().map(parse) else { continue };
        if base != own.base || own.mark.as_ref().is_some_and(|own| mark <= *own) {
            continue;
        }
        let path = dir.join(&name);
        let Ok(status) = origin.disk.status(&path) else { continue };
        if status.kind == Kind::File && found.len() < MAX_SIBLINGS {
            found.push((mark, packed, Sibling { path, written: status.written }));
        }
    }
    let is_number = |mark: &Mark| matches!(mark, Mark::Number(_));
    let numbers = found.iter().filter(|(mark, ..)| is_number(mark)).count();
    found.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    // While one is being compressed both are there: the whole one counts.
    found.dedup_by(|b, a| a.0 == b.0);
    if numbers > 0 && numbers < found.len() {
        // Two ways of naming: only the times of writing compare.
        found.sort_by_key(|(.., sibling)| Reverse(sibling.written));
    }
    found.into_iter().map(|(.., sibling)| sibling).collect()
}

fn parse(name: &str) -> Name {
    let (rest, packed) = match name.rsplit_once('.') {
        Some((rest, end)) if PACKINGS.contains(&end) => (rest, true),
        _ => (name, false),
    };
    let whole = |base: &str, mark| Name { base: base.to_owned(), mark, packed };
    // `app.log-20261120`, `app.log.2026-11-20`
    if let Some((base, date)) = dated(rest) {
        return whole(base, Some(Mark::Date(Reverse((date, 0)))));
    }
    if let Some((stem, end)) = rest.rsplit_once('.') {
        let number = (!end.is_empty() && end.len() < 8 && end.bytes().all(|b| b.is_ascii_digit()))
            .then(|| end.parse::<u64>().ok())
            .flatten();
        // `app.log.1`, `app.log.2026-11-20.1`
        if let Some(number) = number {
            return match dated(stem) {
                Some((base, date)) => whole(base, Some(Mark::Date(Reverse((date, number))))),
                None => whole(stem, Some(Mark::Number(number))),
            };
        }
        // `app-2026-11-20.log`, `app-2026-11-20.3.log`
        let (stem, number) = match stem.rsplit_once('.') {
            Some((front, number)) if dated(front).is_some() => match number.parse() {
                Ok(number) => (front, number),
                Err(_) => (stem, 0),
            },
            _ => (stem, 0),
        };
        if let Some((base, date)) = dated(stem) {
            return whole(&format!("{base}.{end}"), Some(Mark::Date(Reverse((date, number)))));
        }
    }
    whole(name, None)
}

/// What stands before a date at the end, and the date's digits.
fn dated(text: &str) -> Option<(&str, String)> {
    let is_separator = |b: u8| matches!(b, b'-' | b'_' | b'.');
    let run = text.bytes().rev().take_while(|b| b.is_ascii_digit() || is_separator(*b) || *b == b'T').count();
    let from = text.len() - run;
    (from.max(1)..text.len()).find_map(|i| {
        let (base, date) = (text.get(..i)?, text.get(i + 1..)?);
        let digits: String = date.chars().filter(char::is_ascii_digit).collect();
        let (month, day) = (digits.get(4..6)?, digits.get(6..8)?);
        let plausible = is_separator(*text.as_bytes().get(i)?)
            && date.starts_with("20")
            && date.get(..4)?.bytes().all(|b| b.is_ascii_digit())
            && ("01"..="12").contains(&month)
            && ("01"..="31").contains(&day)
            && matches!(digits.len(), 8 | 10 | 12 | 14);
        plausible.then_some((base, digits))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(log: &str, names: &[&str]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(dir.path().join(name), name).unwrap();
        }
        std::fs::create_dir(dir.path().join("app.log.7")).unwrap();
        let found = siblings(&Origin::from(&dir.path().join(log)));
        found.iter().map(|s| s.path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn names_of_many_makers() {
        for (name, base, digits) in [
            ("app.log-20261120.gz", "app.log", "20261120 0"),
            ("app.log-2026112014", "app.log", "2026112014 0"),
            ("app-2026-11-20.log", "app.log", "20261120 0"),
            ("app-2026-11-20.3.log.zst", "app.log", "20261120 3"),
            ("app.log.2026-11-20_13", "app.log", "2026112013 0"),
            ("app.log.2026-11-20.2", "app.log", "20261120 2"),
            ("app-2026-11-20T13-01-02.123.log.gz", "app.log", "20261120130102 123"),
            ("web-1-20261120.log", "web-1.log", "20261120 0"),
        ] {
            let (date, number) = digits.split_once(' ').unwrap();
            let want = Mark::Date(Reverse((date.into(), number.parse().unwrap())));
            let got = parse(name);
            assert_eq!((got.base.as_str(), got.mark), (base, Some(want)), "{name}");
        }
        assert_eq!(
            parse("app.log.12.gz"),
            Name { base: "app.log".into(), mark: Some(Mark::Number(12)), packed: true }
        );
        for plain in [
            "app.log",
            "app",
            "app-2026.log",
            "app.log-20261399",
            "worker.2.log",
            "-20261120",
            "a.99999999999",
            "é-1.log",
        ] {
            assert_eq!(parse(plain).mark, None, "{plain}");
        }
    }

    #[test]
    fn the_newest_first() {
        let numbers = [
            "app.log",
            "app.log.2.gz",
            "app.log.10.gz",
            "app.log.1",
            "app.log.1.gz",
            "other.log.1",
            "app.log.7x",
        ];
        assert_eq!(listed("app.log", &numbers), ["app.log.1", "app.log.2.gz", "app.log.10.gz"]);
        assert_eq!(listed("app.log.2.gz", &numbers), ["app.log.10.gz"]);
        let dates = [
            "app-2026-11-19.log",
            "app-2026-11-21.log",
            "app-2026-11-20.1.log",
            "app-2026-11-20.2.log",
            "app.log",
        ];
        let sorted =
            ["app-2026-11-21.log", "app-2026-11-20.2.log", "app-2026-11-20.1.log", "app-2026-11-19.log"];
        assert_eq!(listed("app.log", &dates), sorted);
        assert_eq!(listed("app-2026-11-21.log", &dates), sorted[1..]);
    }
}
