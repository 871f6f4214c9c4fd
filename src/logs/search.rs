//! What is looked for in lines: a text or a regular expression. Used by the search and by filter steps.
//!
//! A text in which no capital stands ignores case, one with a capital does not; of a regular expression the
//! letters behind a backslash do not count (`\S+ failed` ignores case). `~dlck trns` finds words that have these
//! letters in this order, one after the other on a line: `deadlock in transaction`.

use std::ops::Range;

use memchr::{memchr, memmem, memrchr};
use regex::Regex;

use super::Level;
use super::caseless::Caseless;
use crate::domain::filter::{FilterError, pattern};

/// After so many hits that reach over a line's end a block is searched line by line.
const MAX_SPANS: u32 = 16;

/// Letters of a word that is seldom enough to be looked for.
const WORD: usize = 3;

/// Something to look for. Two are equal when they were written the same way.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    kind: Kind,
    ignores_case: bool,
    engine: Engine,
    /// Of a text of several words the longest one: a structured line that is shown with the text has it somewhere.
    word: Option<Box<Pattern>>,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Regex,
    /// Words that have these letters.
    Fuzzy,
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
        (self.kind, &self.source) == (other.kind, &other.source)
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// As typed at a search prompt: `/regex/`, `~letters of words`, or a text.
    ///
    /// # Errors
    /// Nothing to look for, or no regular expression.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        match text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            Some(source) if !source.is_empty() => Self::regex(source, 1),
            _ => match text.strip_prefix('~') {
                Some(words) => Self::fuzzy(words, 1),
                None => Self::text(text, 0),
            },
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
        Ok(Self { source: text.to_owned(), kind: Kind::Text, ignores_case, engine, word: longest_word(text) })
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
        Ok(Self { source: source.to_owned(), kind: Kind::Regex, ignores_case, engine, word: None })
    }

    /// Words with these letters, in this order on a line. It is a regular expression that is linear in the line.
    fn fuzzy(words: &str, at: usize) -> Result<Self, FilterError> {
        refuse(words.trim(), at)?;
        let letters = |word: &str| word.chars().map(|c| regex::escape(&c.to_string())).collect::<Vec<_>>();
        let words: Vec<&str> = words.split_whitespace().collect();
        let groups: Vec<String> =
            words.iter().map(|word| format!("({})", letters(word).join(r"\S*?"))).collect();
        let source = words.join(" ");
        let ignores_case = !source.contains(char::is_uppercase);
        let engine = Engine::Regex(pattern(&groups.join(r".*?\s.*?"), ignores_case, at)?);
        Ok(Self { source, kind: Kind::Fuzzy, ignores_case, engine, word: None })
    }

    /// The text or the regular expression, without delimiters.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn is_regex(&self) -> bool {
        self.kind == Kind::Regex
    }

    /// A regular expression that finds the same, for searches elsewhere; see [`Self::ignores_case`].
    pub fn regex_source(&self) -> String {
        match &self.engine {
            Engine::Regex(regex) if self.kind == Kind::Fuzzy => regex.as_str().to_owned(),
            _ if self.kind == Kind::Regex => self.source.clone(),
            _ => regex::escape(&self.source),
        }
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

    /// What a structured line has that has a text of several words only as it is shown, not as it was written.
    pub fn word(&self) -> Option<&Pattern> {
        self.word.as_deref()
    }

    pub fn ignores_case(&self) -> bool {
        self.ignores_case
    }

    /// What a line costs, roughly, in nanoseconds.
    pub fn cost(&self) -> u32 {
        match (&self.engine, self.kind) {
            (Engine::Literal(_) | Engine::Caseless(_), _) => 30,
            (Engine::Regex(_), Kind::Text) => 100,
            (Engine::Regex(_), Kind::Regex) => 200,
            (Engine::Regex(_), Kind::Fuzzy) => 400,
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
        let words = self.find_words(text);
        let mut from = if self.kind == Kind::Fuzzy { text.len() + 1 } else { 0 };
        let places = std::iter::from_fn(move || {
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
        });
        words.into_iter().chain(places)
    }

    /// Of a fuzzy pattern the words that have its letters, without what stands between them.
    fn find_words(&self, text: &str) -> Vec<Range<usize>> {
        let Engine::Regex(regex) = &self.engine else { return Vec::new() };
        if self.kind != Kind::Fuzzy {
            return Vec::new();
        }
        let groups = |found: regex::Captures<'_>| {
            let words = found.iter().skip(1).flatten().map(|word| word.range());
            words.collect::<Vec<_>>()
        };
        regex.captures_iter(text).flat_map(groups).collect()
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
        self.kind == Kind::Regex
            && (self.source.contains(r"\A")
                || self.source.contains(r"\z")
                || self.source.split("(?").skip(1).any(flags))
    }
}

/// The longest run of letters in a text of several words. Numbers may be shown in another way than they stand, and
/// a level may be made of one.
fn longest_word(text: &str) -> Option<Box<Pattern>> {
    if !text.trim().contains(' ') {
        return None;
    }
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| Level::from_word(word).is_none());
    let longest = words.max_by_key(|word| word.len()).filter(|word| word.len() >= WORD)?;
    Pattern::text(longest, 0).ok().map(Box::new)
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
    fn letters_of_words_are_found_in_their_order() {
        let line = "12:04 ERROR Deadlock detected in transaction 812";
        assert_eq!(found("~dlck trnsc", line), ["Deadlock", "transac"]);
        assert_eq!(found("~err 812", line), ["ERR", "812"]);
        for none in ["~trns dlck", "~deadlockdetected", "~Dlck ERR", "~dlockk", "~DLCK"] {
            assert!(found(none, line).is_empty(), "{none}");
        }
        assert_eq!(found("~a.c", "abc a.bc"), ["a.bc"], "signs stand for themselves");
        assert_eq!(found("~ab ab", "ab xab ab"), ["ab", "ab"]);
        assert!(found("~ab ab", "abab").is_empty(), "every word is one of its own");
        assert_eq!(hits(&Pattern::parse("~ac x").unwrap(), "abc\nx abc x\nabc\tx"), [6, 12]);
        assert_eq!(Pattern::parse("~  ").unwrap_err().message, "there is nothing to look for");
        assert_ne!(Pattern::parse("~ab"), Pattern::parse("ab"));
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
                "/(?s)a.*b/", "/(?-m)^a/", "/\\ba/", "/\\Ba\\B/", "/(?m:^a)/", "/a|\\n/", "/(?P<m>a)b/", "~ab", "~a b", "~bA a",
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
