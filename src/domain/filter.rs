//! The filter language of every table: `state:running cpu>50 !tmp name~^api`.
//!
//! Terms are separated by blanks and must all hold. A term is plain text (found in any searched column),
//! `column:text` (contains), `column=text`, `column!=text`, `column~regex`, `column!~regex`, or a comparison
//! `column>number` (`>=`, `<`, `<=`). Numbers may carry the column's units: `mem>500m`, `up<2h`, `cpu>50%`.
//! `!` before a term negates it; double quotes hold blanks together. Text compares without regard to case.

use std::borrow::Cow;

use super::quantity;

/// What a column holds, which decides the units a filter accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Number,
    Percent,
    Bytes,
    Seconds,
}

impl FieldKind {
    /// Numbers are right-aligned and sort from the largest.
    pub fn is_number(self) -> bool {
        self != Self::Text
    }
}

/// A column as filters, sorts and headers know it.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// The word on the command line and in filters.
    pub id: &'static str,
    /// The header in capitals.
    pub title: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    pub kind: FieldKind,
    /// Plain text terms look here.
    pub searched: bool,
}

impl FieldSpec {
    fn is_called(&self, word: &str) -> bool {
        self.id.eq_ignore_ascii_case(word) || self.aliases.iter().any(|a| a.eq_ignore_ascii_case(word))
    }
}

/// The index of a column by its id or alias.
pub fn find_field(fields: &[FieldSpec], word: &str) -> Option<usize> {
    fields.iter().position(|f| f.is_called(word))
}

/// The nearest column id, for "did you mean".
pub fn nearest_field(fields: &[FieldSpec], word: &str) -> Option<&'static str> {
    nearest(word, fields.iter().map(|f| f.id))
}

/// The nearest of some words, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    among
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().max(word.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The value of a column in one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Not measured or not applicable: no comparison holds for it.
    Absent,
    Text(Cow<'a, str>),
    Number(f64),
}

impl<'a> Value<'a> {
    pub fn text(text: &'a str) -> Self {
        if text.is_empty() { Self::Absent } else { Self::Text(Cow::Borrowed(text)) }
    }

    pub fn number(n: Option<f64>) -> Self {
        n.map_or(Self::Absent, Self::Number)
    }

    /// The order for sorting: numbers, then texts without regard to case, then what is absent.
    pub fn order(&self, other: &Value<'_>) -> std::cmp::Ordering {
        use std::cmp::Ordering;
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => a.total_cmp(b),
            (Value::Text(a), Value::Text(b)) => natural_order(a, b),
            (Value::Absent, Value::Absent) => Ordering::Equal,
            (Value::Absent, _) => Ordering::Greater,
            (_, Value::Absent) => Ordering::Less,
            (Value::Number(_), Value::Text(_)) => Ordering::Less,
            (Value::Text(_), Value::Number(_)) => Ordering::Greater,
        }
    }
}

/// Compares texts with numbers inside by value, so that `web-9` stands before `web-10`.
pub fn natural_order(a: &str, b: &str) -> std::cmp::Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        match (a.first(), b.first()) {
            (None, None) => return std::cmp::Ordering::Equal,
            (None, _) => return std::cmp::Ordering::Less,
            (_, None) => return std::cmp::Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let digits = |s: &[u8]| s.iter().take_while(|c| c.is_ascii_digit()).count();
                let (n, m) = (digits(a), digits(b));
                let (x, rest_a) = a.split_at(n);
                let (y, rest_b) = b.split_at(m);
                let strip = |s: &[u8]| s.iter().position(|c| *c != b'0').unwrap_or(s.len());
                let (x, y) = (&x[strip(x)..], &y[strip(y)..]);
                let order = x.len().cmp(&y.len()).then_with(|| x.cmp(y)).then(n.cmp(&m));
                if order.is_ne() {
                    return order;
                }
                (a, b) = (rest_a, rest_b);
            }
            (Some(x), Some(y)) => {
                let order = x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase());
                if order.is_ne() {
                    return order;
                }
                (a, b) = (&a[1..], &b[1..]);
            }
        }
    }
}

/// What is wrong with a filter, and at which byte of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    pub at: usize,
    pub message: String,
}

/// A parsed filter. The empty filter holds for every row.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Debug, Clone)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Plain(String),
    Contains(usize, String),
    Equals(usize, String),
    Matches(usize, regex::Regex),
    Compares(usize, Comparison, f64),
}

#[derive(Debug, Clone, Copy)]
enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

/// Operators, longest first so that `>=` is not read as `>`.
const OPERATORS: [&str; 9] = ["!=", "!~", ">=", "<=", ":", "=", "~", ">", "<"];

impl Filter {
    /// Reads a filter over the given columns.
    ///
    /// # Errors
    /// The first mistake with its byte offset, and a suggestion where a column's name is near.
    pub fn parse(text: &str, fields: &[FieldSpec]) -> Result<Self, FilterError> {
        let mut terms = Vec::new();
        for (at, word) in words(text)? {
            terms.push(Term::parse(at, &word, fields)?);
        }
        Ok(Self { terms })
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// True when all terms hold for a row; `get` gives the row's value of a column by index.
    pub fn matches<'a>(&self, fields: &[FieldSpec], get: impl Fn(usize) -> Value<'a>) -> bool {
        self.terms.iter().all(|term| term.test.holds(fields, &get) != term.negated)
    }
}

/// A longer pattern than this (in bytes) is refused.
const LONGEST_PATTERN: usize = 4 << 10;
/// What a compiled pattern may take, in bytes.
const LARGEST_PATTERN: usize = 4 << 20;

/// A regular expression of bounded size; `^` and `$` stand at the ends of a line.
///
/// # Errors
/// What is wrong with it; `at` is where it begins.
pub fn pattern(text: &str, ignore_case: bool, at: usize) -> Result<regex::Regex, FilterError> {
    if text.len() > LONGEST_PATTERN {
        return Err(FilterError {
            at,
            message: format!("the pattern is longer than {LONGEST_PATTERN} bytes"),
        });
    }
    let mut builder = regex::RegexBuilder::new(text);
    let builder = builder.case_insensitive(ignore_case).multi_line(true).size_limit(LARGEST_PATTERN);
    builder.build().map_err(|e| {
        let why = e.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
        FilterError { at, message: format!("`{text}` is not a regular expression: {why}") }
    })
}

/// Blank-separated words with their byte offsets; quotes are taken off, their content kept together.
fn words(text: &str) -> Result<Vec<(usize, String)>, FilterError> {
    let mut words = Vec::new();
    let mut current: Option<(usize, String)> = None;
    let mut quote = None;
    for (i, c) in text.char_indices() {
        match c {
            '"' => {
                quote = if quote.is_some() { None } else { Some(i) };
                current.get_or_insert_with(|| (i, String::new()));
            }
            c if c.is_whitespace() && quote.is_none() => words.extend(current.take()),
            c => current.get_or_insert_with(|| (i, String::new())).1.push(c),
        }
    }
    if let Some(at) = quote {
        return Err(FilterError { at, message: "this quote is not closed".into() });
    }
    words.extend(current);
    Ok(words)
}

impl Term {
    fn parse(at: usize, word: &str, fields: &[FieldSpec]) -> Result<Self, FilterError> {
        let (negated, body) = match word.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        let body_at = at + word.len() - body.len();
        let error = |at: usize, message: String| Err(FilterError { at, message });
        if body.is_empty() {
            return error(at, "`!` negates the term after it; there is none".into());
        }
        let Some((name, operator, value)) = split(body) else {
            return Ok(Self { negated, test: Test::Plain(body.to_lowercase()) });
        };
        let Some(field) = find_field(fields, name) else {
            // An image such as `redis:7` is text, not a mistake, unless a column is near.
            return match nearest_field(fields, name) {
                Some(near) => error(body_at, format!("no column `{name}`; did you mean `{near}`?")),
                None if operator == ":" => Ok(Self { negated, test: Test::Plain(body.to_lowercase()) }),
                None => {
                    let known: Vec<_> = fields.iter().map(|f| f.id).collect();
                    error(body_at, format!("no column `{name}`; there are {}", known.join(", ")))
                }
            };
        };
        let value_at = body_at + body.len() - value.len();
        if value.is_empty() {
            return error(value_at, format!("`{name}{operator}` needs a value"));
        }
        let number = |text: &str| {
            parse_number(text, fields[field].kind).map_err(|message| FilterError { at: value_at, message })
        };
        let is_number = fields[field].kind.is_number();
        let (flip, test) = match operator {
            ":" | "=" if is_number => (false, Test::Compares(field, Comparison::Equal, number(value)?)),
            "!=" if is_number => (true, Test::Compares(field, Comparison::Equal, number(value)?)),
            ":" => (false, Test::Contains(field, value.to_lowercase())),
            "=" => (false, Test::Equals(field, value.to_lowercase())),
            "!=" => (true, Test::Equals(field, value.to_lowercase())),
            "~" | "!~" => (operator == "!~", Test::Matches(field, pattern(value, true, value_at)?)),
            _ if !is_number => {
                return error(body_at + name.len(), format!("`{name}` is text; use : = != ~ or !~"));
            }
            ">" => (false, Test::Compares(field, Comparison::Greater, number(value)?)),
            ">=" => (false, Test::Compares(field, Comparison::GreaterOrEqual, number(value)?)),
            "<" => (false, Test::Compares(field, Comparison::Less, number(value)?)),
            _ => (false, Test::Compares(field, Comparison::LessOrEqual, number(value)?)),
        };
        Ok(Self { negated: negated != flip, test })
    }
}

/// Cuts `name<operator>value` at the first operator after a word of letters.
fn split(body: &str) -> Option<(&str, &'static str, &str)> {
    let end = body.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    if end == 0 {
        return None;
    }
    let operator = OPERATORS.into_iter().find(|o| body[end..].starts_with(o))?;
    Some((&body[..end], operator, &body[end + operator.len()..]))
}

fn parse_number(text: &str, kind: FieldKind) -> Result<f64, String> {
    let plain = |t: &str| t.parse::<f64>().ok().filter(|n| n.is_finite());
    match kind {
        FieldKind::Bytes => quantity::parse_bytes(text).map(|n| n as f64),
        FieldKind::Seconds => {
            parse_seconds(text).ok_or_else(|| format!("`{text}` is not a duration; write 90s, 15m, 2h or 3d"))
        }
        _ => plain(text.strip_suffix('%').unwrap_or(text)).ok_or_else(|| format!("`{text}` is not a number")),
    }
}

/// Seconds of `90`, `90s`, `15m`, `2h`, `3d`, `250ms` or a sum of such parts (`1h30m`).
pub fn parse_seconds(text: &str) -> Option<f64> {
    let mut total = 0.0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        if let Some(more) = rest[digits..].strip_prefix("ms") {
            total += number / 1000.0;
            rest = more;
            continue;
        }
        let unit = rest[digits..].chars().next();
        total += number
            * match unit {
                None | Some('s') => 1.0,
                Some('m') => 60.0,
                Some('h') => 3600.0,
                Some('d') => 86_400.0,
                Some('w') => 604_800.0,
                Some(_) => return None,
            };
        rest = &rest[digits + unit.map_or(0, char::len_utf8)..];
    }
    Some(total)
}

impl Test {
    fn holds<'a>(&self, fields: &[FieldSpec], get: &impl Fn(usize) -> Value<'a>) -> bool {
        match self {
            Self::Plain(needle) => {
                fields.iter().enumerate().filter(|(_, f)| f.searched).any(|(i, _)| match get(i) {
                    Value::Text(text) => contains_folded(&text, needle),
                    _ => false,
                })
            }
            Self::Contains(field, needle) => {
                matches!(get(*field), Value::Text(text) if contains_folded(&text, needle))
            }
            Self::Equals(field, wanted) => {
                matches!(get(*field), Value::Text(text) if text.to_lowercase() == *wanted)
            }
            Self::Matches(field, regex) => matches!(get(*field), Value::Text(text) if regex.is_match(&text)),
            Self::Compares(field, comparison, wanted) => match get(*field) {
                Value::Number(n) => match comparison {
                    Comparison::Less => n < *wanted,
                    Comparison::LessOrEqual => n <= *wanted,
                    Comparison::Equal => (n - wanted).abs() < f64::EPSILON * wanted.abs().max(1.0),
                    Comparison::GreaterOrEqual => n >= *wanted,
                    Comparison::Greater => n > *wanted,
                },
                _ => false,
            },
        }
    }
}

/// `needle` is lower case already. ASCII is compared without allocating.
fn contains_folded(text: &str, needle: &str) -> bool {
    if text.is_ascii() && needle.is_ascii() {
        let (text, needle) = (text.as_bytes(), needle.as_bytes());
        return needle.is_empty() || text.windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle));
    }
    text.to_lowercase().contains(needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [FieldSpec; 4] = [
        FieldSpec { id: "name", title: "NAME", aliases: &[], kind: FieldKind::Text, searched: true },
        FieldSpec {
            id: "state",
            title: "STATE",
            aliases: &["status"],
            kind: FieldKind::Text,
            searched: true,
        },
        FieldSpec {
            id: "mem",
            title: "MEMORY",
            aliases: &["memory"],
            kind: FieldKind::Bytes,
            searched: false,
        },
        FieldSpec { id: "up", title: "UP", aliases: &[], kind: FieldKind::Seconds, searched: false },
    ];

    fn holds(filter: &str) -> bool {
        let row = |i: usize| match i {
            0 => Value::text("Crm-Api-1"),
            1 => Value::text("running"),
            2 => Value::Number(600.0 * 1024.0 * 1024.0),
            _ => Value::Absent,
        };
        Filter::parse(filter, &FIELDS).unwrap().matches(&FIELDS, row)
    }

    #[test]
    fn terms_must_all_hold() {
        for yes in [
            "",
            "crm",
            "API state:run",
            "status=RUNNING",
            "mem>500m",
            "memory<=1g !tmp",
            "name~^crm-.*1$",
            "state!=exited",
            "!state:exited",
            "\"crm-api\"",
            "name!~db",
        ] {
            assert!(holds(yes), "{yes}");
        }
        for no in ["tmp", "state=run", "mem>1g", "!crm", "name~^api", "up>1s", "up<1d", "crm state:exited"] {
            assert!(!holds(no), "{no}");
        }
    }

    #[test]
    fn mistakes_point_at_their_column() {
        let error = |text: &str| Filter::parse(text, &FIELDS).unwrap_err();
        assert_eq!(
            error("crm stat:x"),
            FilterError { at: 4, message: "no column `stat`; did you mean `state`?".into() }
        );
        assert_eq!(error("mem>").at, 4);
        assert_eq!(error("mem>lots").at, 4);
        assert_eq!(error("a \"b").at, 2);
        assert!(error("name>5").message.contains("is text"));
        assert!(error("name~(").message.contains("regular expression"));
        assert!(error("!").message.contains("negates"));
        // An image with a tag is text.
        assert!(Filter::parse("redis:7", &FIELDS).is_ok());
    }

    #[test]
    fn names_sort_by_the_numbers_in_them() {
        let mut names = ["web-10", "Web-9", "db", "web-1", "web-01"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["db", "web-1", "web-01", "Web-9", "web-10"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_filter_or_an_error_inside_it(text in "\\PC*") {
            if let Err(e) = Filter::parse(&text, &FIELDS) {
                proptest::prop_assert!(e.at <= text.len() && text.is_char_boundary(e.at));
            }
        }
    }
}
