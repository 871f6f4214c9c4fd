//! What is looked for in lines: a text or a regular expression. Used by the search and by filter steps.
//!
//! A text in which no capital stands ignores case, one with a capital does not; of a regular expression the
//! letters behind a backslash do not count (`\S+ failed` ignores case).

use std::ops::Range;

use memchr::{memchr, memmem, memrchr};
use regex::Regex;

use super::caseless::Caseless;
use crate::domain::filter::{FilterError, pattern};

/// After so many hits that reach over a line's end a block is searched line by line.
const MAX_SPANS: u32 = 16;

/// Something to look for. Two are equal when they were written the same way.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    is_regex: bool,
    ignores_case: bool,
    engine: Engine,
}

#[derive(Debug, Clone)]
enum Engine {
    /// The text as it stands. Faster than a regular expression line by line.
    Literal(Box<memmem::Finder<'static>>),
    /// The same in any case.
    Caseless(Box<Caseless>),
    Regex(Regex),
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (self.is_regex, &self.source) == (other.is_regex, &other.source)
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// As typed at a search prompt: `/regex/`, or a text.
    ///
    /// # Errors
    /// Nothing to look for, or no regular expression.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        match text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            Some(source) if !source.is_empty() => Self::regex(source, 1),
            _ => Self::text(text, 0),
        }
    }

    /// A text; `at` is where it stands in what was typed.
    ///
    /// # Errors
    /// It is empty or longer than a pattern may be.
    pub fn text(text: &str, at: usize) -> Result<Self, FilterError> {
        refuse(text, at)?;
        let ignores_case = !text.contains(char::is_uppercase);
        // Digits and signs have no case to ignore.
        let engine = if !ignores_case || !text.contains(char::is_lowercase) {
            Engine::Literal(Box::new(memmem::Finder::new(text).into_owned()))
        } else if let Some(caseless) = Caseless::new(text) {
            Engine::Caseless(Box::new(caseless))
        } else {
            Engine::Regex(pattern(&regex::escape(text), true, at)?)
        };
        Ok(Self { source: text.to_owned(), is_regex: false, ignores_case, engine })
    }

    /// A regular expression; `at` is where it stands in what was typed.
    ///
    /// # Errors
    /// It is empty, none, or too large.
    pub fn regex(source: &str, at: usize) -> Result<Self, FilterError> {
        refuse(source, at)?;
        let mut escaped = false;
        let ignores_case = !source.chars().any(|c| {
            let counts = !escaped && c.is_uppercase();
            escaped = c == '\\' && !escaped;
            counts
        });
        let engine = Engine::Regex(pattern(source, ignores_case, at)?);
        Ok(Self { source: source.to_owned(), is_regex: true, ignores_case, engine })
    }

    /// The text or the regular expression, without delimiters.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn is_regex(&self) -> bool {
        self.is_regex
    }

    /// A regular expression that finds the same, for searches elsewhere; see [`Self::ignores_case`].
    pub fn regex_source(&self) -> String {
        if self.is_regex { self.source.clone() } else { regex::escape(&self.source) }
    }

    /// The same as a regular expression whose `^` and `$` stand at the ends of a line, for
    /// [`Book::set_search`](super::book::Book::set_search).
    ///
    /// # Errors
    /// It is too large.
    pub fn to_regex(&self) -> Result<Regex, FilterError> {
        match &self.engine {
            Engine::Regex(regex) => Ok(regex.clone()),
            Engine::Literal(_) | Engine::Caseless(_) => pattern(&self.regex_source(), self.ignores_case, 0),
        }
    }

    pub fn ignores_case(&self) -> bool {
        self.ignores_case
    }

    /// What a line costs, roughly, in nanoseconds.
    pub fn cost(&self) -> u32 {
        match (&self.engine, self.is_regex) {
            (Engine::Literal(_) | Engine::Caseless(_), _) => 30,
            (Engine::Regex(_), false) => 100,
            (Engine::Regex(_), true) => 200,
        }
    }

    pub fn is_match(&self, text: &str) -> bool {
        match &self.engine {
            Engine::Literal(finder) => finder.find(text.as_bytes()).is_some(),
            Engine::Caseless(caseless) => caseless.find(text.as_bytes(), 0).is_some(),
            Engine::Regex(regex) => regex.is_match(text),
        }
    }

    /// Every place in a text that is found, in order; none of them is empty.
    pub fn find_all(&self, text: &str) -> impl Iterator<Item = Range<usize>> {
        let mut from = 0;
        std::iter::from_fn(move || {
            loop {
                let found = self.find(text, from)?;
                // An empty one is left, with the character behind it.
                let behind = text.get(found.end..).and_then(|rest| rest.chars().next());
                from =
                    if found.is_empty() { found.end + behind.map_or(1, char::len_utf8) } else { found.end };
                if !found.is_empty() {
                    return Some(found);
                }
            }
        })
    }

    /// Calls `hit` with the first place in each line of a block that has one: the same lines that
    /// [`Self::is_match`] finds one by one, several times as fast.
    pub fn hits_in(&self, block: &str, mut hit: impl FnMut(usize)) {
        let mut spans = if self.is_tied_to_ends() { MAX_SPANS } else { 0 };
        let mut start = 0;
        while start < block.len() {
            let whole = spans < MAX_SPANS;
            let found = match whole.then(|| self.find(block, start)) {
                Some(None) => return,
                Some(Some(found)) => Some(found),
                None => None,
            };
            let at = found.as_ref().map_or(start, |found| found.start);
            if at == block.len() && block.ends_with('\n') {
                return;
            }
            let line = line_around(block, at);
            start = line.end + 1;
            match found.filter(|found| found.end <= line.end) {
                Some(found) => hit(found.start),
                // It goes on in the next line: the line itself may still have one.
                None => {
                    spans += u32::from(whole);
                    let own = block.get(line.clone()).and_then(|text| self.find(text, 0));
                    own.into_iter().for_each(|found| hit(line.start + found.start));
                }
            }
        }
    }

    fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let rest = text.get(from..)?;
        match &self.engine {
            Engine::Literal(finder) => {
                let start = from + finder.find(rest.as_bytes())?;
                Some(start..start + finder.needle().len())
            }
            Engine::Caseless(caseless) => caseless.find(text.as_bytes(), from),
            Engine::Regex(regex) => regex.find_at(text, from).map(|found| found.range()),
        }
    }

    /// What `\A`, `\z` and flags such as `(?-m)` find depends on where the text begins and ends.
    fn is_tied_to_ends(&self) -> bool {
        let flags = |group: &str| {
            let end = group.find([':', ')']).unwrap_or(group.len());
            let flags = group.get(..end).unwrap_or_default();
            !flags.starts_with(['P', '<']) && flags.contains(['m', 'R'])
        };
        self.is_regex
            && (self.source.contains(r"\A")
                || self.source.contains(r"\z")
                || self.source.split("(?").skip(1).any(flags))
    }
}

fn refuse(text: &str, at: usize) -> Result<(), FilterError> {
    let error = |at, message: &str| Err(FilterError { at, message: message.into() });
    if text.is_empty() {
        return error(at, "there is nothing to look for");
    }
    match text.find(|c: char| c.is_control() && c != '\t') {
        Some(i) => error(at + i, r"a control character; write it as \x1b in a regular expression"),
        None => Ok(()),
    }
}

/// The line in which a byte stands, without its line feed.
fn line_around(block: &str, at: usize) -> Range<usize> {
    let bytes = block.as_bytes();
    let start = bytes.get(..at).and_then(|head| memrchr(b'\n', head)).map_or(0, |i| i + 1);
    let end = bytes.get(at..).and_then(|rest| memchr(b'\n', rest)).map_or(bytes.len(), |i| at + i);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(pattern: &str, text: &str) -> Vec<String> {
        let pattern = Pattern::parse(pattern).unwrap();
        let all: Vec<_> = pattern.find_all(text).map(|range| text[range].to_owned()).collect();
        assert_eq!(pattern.is_match(text), !all.is_empty());
        all
    }

    #[test]
    fn capitals_decide_on_case() {
        assert_eq!(found("err", "Error err ERR"), ["Err", "err", "ERR"]);
        assert_eq!(found("Err", "Error err ERR"), ["Err"]);
        assert_eq!(found("50", "500 50"), ["50", "50"]);
        assert_eq!(found("id=731a", "Id=731A xid=731a id=731"), ["Id=731A", "id=731a"]);
        assert_eq!(found("straße", "STRAßE straße"), ["STRAßE", "straße"]);
        assert_eq!(found(r"/\Sx+/", "aX bxx"), ["aX", "bxx"]);
        assert_eq!(found(r"/\SX+/", "aX bxx"), ["aX"]);
        assert_eq!(found(r"/(?-i)err/", "Err err"), ["err"]);
    }

    #[test]
    fn texts_are_taken_as_they_stand() {
        assert_eq!(found("a.c(", "abc( a.c("), ["a.c("]);
        assert_eq!(found("/", "a/b"), ["/"]);
        assert_eq!(found("//", "http://x"), ["//"]);
        assert_eq!(found("/api/v1", "GET /api/v1/x"), ["/api/v1"]);
        assert_eq!(found("/x?/", "axbx"), ["x", "x"]);
        let pattern = Pattern::parse("a.c").unwrap();
        assert_eq!((pattern.regex_source().as_str(), pattern.ignores_case()), (r"a\.c", true));
        for pattern in ["A.c", "a.c", "/^a.c$/", "5."] {
            let regex = Pattern::parse(pattern).unwrap().to_regex().unwrap();
            let places: Vec<_> = regex.find_iter("A.c\na.c\n5.").map(|found| found.range()).collect();
            let all: Vec<_> = Pattern::parse(pattern).unwrap().find_all("A.c\na.c\n5.").collect();
            assert!(places == all && !all.is_empty(), "{pattern}");
        }
    }

    #[test]
    fn what_cannot_be_found_is_refused() {
        let error = |text: &str| Pattern::parse(text).unwrap_err();
        assert_eq!(error("").message, "there is nothing to look for");
        assert_eq!(error("/(/").at, 1);
        assert!(error("/(/").message.contains("unclosed group"));
        assert_eq!(error("a\u{1b}").at, 1);
        assert!(error(&format!("/{}/", "x".repeat(5000))).message.contains("4096 bytes"));
        assert!(error(r"/(\w{200}){200}/").message.contains("size limit"));
    }

    /// What others need hours for is linear here, and what would be too large is refused.
    #[test]
    fn no_expression_is_catastrophic() {
        let line = format!("{}b", "a".repeat(16 << 10));
        let block = format!("{line}\n").repeat(8);
        for pattern in
            ["/(a+)+$/", "/(a|aa)+$/", "/(.*)*x/", "/(a+a+)+y/", "/^(([a-z])+.)+[A-Z]$/", "/(a?){50}a{50}c/"]
        {
            match Pattern::parse(pattern) {
                Ok(pattern) => {
                    let lines = block.lines().filter(|line| pattern.is_match(line)).count();
                    assert_eq!(hits(&pattern, &block).len(), lines);
                    assert_eq!(lines, 0, "{pattern:?}");
                }
                Err(e) => assert!(e.message.contains("size limit"), "{pattern}: {}", e.message),
            }
        }
    }

    /// What line by line gives.
    fn naive(pattern: &Pattern, block: &str) -> Vec<usize> {
        let mut start = 0;
        let mut hits = Vec::new();
        for line in block.split_inclusive('\n') {
            let text = line.strip_suffix('\n').unwrap_or(line);
            hits.extend(pattern.find(text, 0).map(|found| start + found.start));
            start += line.len();
        }
        hits
    }

    fn hits(pattern: &Pattern, block: &str) -> Vec<usize> {
        let mut hits = Vec::new();
        pattern.hits_in(block, |at| hits.push(at));
        hits
    }

    #[test]
    fn a_block_is_searched_as_its_lines_are() {
        let block = "one err err\ntwo\n\nerr three\nfour";
        for (pattern, want) in [("err", vec![4, 17]), ("/^$/", vec![16]), (r"/o\s*$/", vec![14])] {
            assert_eq!(hits(&Pattern::parse(pattern).unwrap(), block), want, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn blocks_and_lines_agree(
            block in "[abA \n]{0,60}",
            pattern in proptest::sample::select(vec![
                "a", "A", "ab", "/a[^b]*b/", "/a\\s+b/", "/^/", "/$/", "/a?$/", "/^b*$/", "/\\Aa/", "/a\\z/",
                "/(?s)a.*b/", "/(?-m)^a/", "/\\ba/", "/\\Ba\\B/", "/(?m:^a)/", "/a|\\n/", "/(?P<m>a)b/",
            ]),
        ) {
            let pattern = Pattern::parse(pattern).unwrap();
            prop_assert_eq!(hits(&pattern, &block), naive(&pattern, &block));
        }

        #[test]
        fn no_pattern_panics(pattern in "\\PC{0,12}", text in ".{0,40}") {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                prop_assert!(pattern.find_all(&text).all(|range| text.get(range).is_some_and(|t| !t.is_empty())));
                hits(&pattern, &text);
            }
        }
    }
}
