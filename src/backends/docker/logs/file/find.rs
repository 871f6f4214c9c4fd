//! Searches a log's file. The text in it is escaped: so a line that may match is found by the letters that every
//! match begins with, as far as these are stored as they are, and then its text is looked at.

use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::literal::Extractor;
use tokio_util::sync::CancellationToken;

use crate::backends::files::{Needle, Searching};
use crate::backends::spool::Spool;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogEvent, LogFind};

use super::LogFile;
use super::record;

/// What every stored message contains.
const ANY: &str = r#""log":"#;

impl LogFile {
    /// Begins to search the log and its rotated parts, the newest first.
    pub fn search(&self, ask: &LogFind, out: &Arc<Spool>) -> Searching {
        let out = Arc::clone(out);
        let tell = move |found| out.push(LogEvent::Found(found));
        Searching::begin(&self.path, ask.generation, Self::needle(ask), CancellationToken::new(), tell)
    }

    /// What the log's file is searched for. A match across two messages of one long line is not found.
    ///
    /// # Errors
    /// `Failed` when it is not a regular expression.
    fn needle(ask: &LogFind) -> Result<Needle, Fault> {
        let meant = RegexBuilder::new(&ask.regex).case_insensitive(ask.ignore_case).build();
        let meant =
            meant.map_err(|e| Fault::new(FaultKind::Failed, format!("not a regular expression: {e}")))?;
        let begin = beginnings(&ask.regex, ask.ignore_case).unwrap_or_else(|| ANY.to_owned());
        let bug = |e: regex::Error| Fault::new(FaultKind::Bug, e.to_string());
        let begin = Regex::new(&begin).map_err(bug)?;
        Ok(Needle::confirmed(begin, move |stored| {
            record::text(stored)
                .is_some_and(|text| meant.is_match(text.trim_end_matches(['\n', '\r']).as_bytes()))
        }))
    }
}

/// An expression for the beginnings of all matches, if there are few and they are stored unchanged.
fn beginnings(regex: &str, ignore_case: bool) -> Option<String> {
    let parsed = ParserBuilder::new().case_insensitive(ignore_case).utf8(false).build().parse(regex).ok()?;
    let found = Extractor::new().extract(&parsed);
    let plain = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty());
        text.filter(|text| text.chars().all(is_stored_plain)).map(regex::escape)
    };
    let words: Option<Vec<String>> = found.literals()?.iter().map(|word| plain(word.as_bytes())).collect();
    words.filter(|words| !words.is_empty()).map(|words| words.join("|"))
}

/// Whether the engine stores a character as it is: not as `\n`, `\"`, `\u003c`.
fn is_stored_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\u{fffd}' | '\u{7f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ask(regex: &str, ignore_case: bool) -> LogFind {
        LogFind { generation: 1, regex: regex.into(), ignore_case }
    }

    fn finds(needle: &Needle, log: &str) -> bool {
        let stored = serde_json::json!({"log": format!("{log}\n"), "stream": "stdout", "time": "2026-11-21T12:04:14Z"});
        needle.is_in(stored.to_string().as_bytes())
    }

    #[test]
    fn what_is_meant_is_the_text() {
        let needle = |regex: &str| LogFile::needle(&ask(regex, false)).unwrap();
        assert!(finds(&needle("^a \"b\"$"), "a \"b\"") && finds(&needle("ошибка"), "E ошибка"));
        assert!(!finds(&needle("stdout"), "x") && !finds(&needle("2026"), "x"));
        assert!(finds(&LogFile::needle(&ask("ERROR|warn", true)).unwrap(), "a Warn"));
        assert!(LogFile::needle(&ask("(", false)).is_err());
        assert_eq!(beginnings("abc|abd+", false).as_deref(), Some("abc|abd"));
        assert_eq!(beginnings("a<b", false), None);
        assert_eq!(beginnings("[ab]c.*", false).as_deref(), Some("ac|bc"));
        assert_eq!(beginnings(r".*x", false), None);
    }

    proptest! {
        #[test]
        fn nothing_that_matches_is_missed(
            regex in r#"(a|b|\(a\|b\)|\^a|\\d|"|\[<&\]|é|b\$){1,4}"#, text in "[abAB1\"<&é\u{1}\\\\]{0,8}", ignore_case: bool,
        ) {
            if let Ok(meant) = regex::RegexBuilder::new(&regex).case_insensitive(ignore_case).build() {
                let needle = LogFile::needle(&ask(&regex, ignore_case)).unwrap();
                prop_assert_eq!(finds(&needle, &text), meant.is_match(&text), "{} in {:?}", regex, text);
            }
        }
    }
}
