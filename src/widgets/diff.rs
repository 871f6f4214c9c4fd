//! In what two texts differ, as lines to read.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::domain::sanitize;
use crate::theme::Role;

/// Lines of what stays the same, around each change.
const AROUND: usize = 3;
/// Characters of a line.
const CHARACTERS: usize = 2_000;

/// The lines with their signs, and how many come and go.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Diff {
    pub lines: Vec<(Role, String)>,
    pub comes: usize,
    pub goes: usize,
}

/// After `long_enough` a smaller difference is not looked for.
pub fn diff(before: &str, after: &str, long_enough: Duration) -> Diff {
    let mut out = Diff::default();
    let texts = TextDiff::configure().timeout(long_enough).diff_lines(before, after);
    for hunk in texts.unified_diff().context_radius(AROUND).iter_hunks() {
        out.lines.push((Role::Info, hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let (role, sign) = match change.tag() {
                ChangeTag::Insert => (Role::Ok, '+'),
                ChangeTag::Delete => (Role::Bad, '-'),
                ChangeTag::Equal => (Role::Muted, ' '),
            };
            out.comes += usize::from(sign == '+');
            out.goes += usize::from(sign == '-');
            let line = change.value();
            let text = line.strip_suffix('\n').unwrap_or(line);
            // Else a line with the ends of another system looks as if nothing of it were changed.
            let end = if text.ends_with('\r') { "\u{240d}" } else { "" };
            let text = sanitize::line(&text.replace('\t', "    "), CHARACTERS).into_owned();
            out.lines.push((role, format!("{sign}{}{end}", text.trim_end_matches('\r'))));
            if change.missing_newline() {
                out.lines.push((Role::Faint, "\\ no line end at the end of the file".to_owned()));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(1);

    #[test]
    fn what_comes_and_goes_with_what_stands_around_it() {
        let before: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let after = before.replace("line 10\n", "line ten\nand more\x1b[2J\n");
        let diff = diff(&before, &after, LONG);
        assert_eq!((diff.comes, diff.goes), (2, 1));
        let lines: Vec<&str> = diff.lines.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(lines[..6], ["@@ -7,7 +7,8 @@", " line 7", " line 8", " line 9", "-line 10", "+line ten"]);
        assert!(lines.iter().all(|line| !line.contains('\x1b')), "{lines:?}");
    }

    #[test]
    fn ends_of_lines_are_told() {
        let ends = diff("a\nb\n", "a\r\nb", LONG);
        let lines: Vec<&str> = ends.lines.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            lines,
            ["@@ -1,2 +1,2 @@", "-a", "-b", "+a\u{240d}", "+b", "\\ no line end at the end of the file"]
        );
        assert_eq!(diff("same", "same", LONG), Diff::default());
    }
}
