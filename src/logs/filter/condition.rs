//! One condition of a step: what it asks of a line, and how it is written.

use std::cmp::Ordering;
use std::fmt;

use super::measure::Measure;
use super::terms::{self, Form, Name, Operator, Term};
use super::values::Values;
use crate::domain::filter::{FilterError, nearest};
use crate::domain::log::LogStream;
use crate::logs::book::LineView;
use crate::logs::level::Level;
use crate::logs::search::Pattern;

/// A condition, negated or not.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Text(Pattern),
    Level(Operator, Level),
    HasLevel,
    Source(Comparison),
    Stream(Operator, LogStream),
    Mark(Comparison),
    HasMark,
    Field(Name, Comparison),
    HasField(Name),
    /// `name:value`: the field contains the value, or the line has both as they stand.
    Either {
        name: Name,
        value: Pattern,
        whole: Pattern,
    },
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq)]
enum Comparison {
    Contains(Pattern),
    /// `api-*`
    Fits {
        glob: String,
        pattern: Pattern,
    },
    Equals {
        equal: bool,
        text: String,
    },
    Matches {
        matches: bool,
        pattern: Pattern,
    },
    Orders {
        operator: Operator,
        text: String,
        number: Measure,
    },
}

const LEVEL: &str = "level";
const SOURCE: &str = "source";
const STREAM: &str = "stream";
const MARK: &str = "mark";

impl Condition {
    pub(super) fn new(term: Term) -> Result<Self, FilterError> {
        let test = match term.form {
            Form::Text(text) => Test::Text(Pattern::text(&text, term.at)?),
            Form::Regex { source, at } => Test::Text(Pattern::regex(&source, at)?),
            Form::Exists(name) => match special(&name) {
                Some(LEVEL) => Test::HasLevel,
                Some(MARK) => Test::HasMark,
                Some(word) => return error(term.at, format!("every line has a {word}")),
                None => Test::HasField(name),
            },
            Form::Compares { name, operator, value, at } => match special(&name) {
                Some(LEVEL) => level(operator, &value, term.at, at)?,
                Some(STREAM) => stream(operator, &value, term.at, at)?,
                Some(MARK) => mark(operator, value, term.at, at)?,
                Some(_) => Test::Source(source(operator, value, at)?),
                None => field(name, operator, value, term.at, at)?,
            },
        };
        Ok(Self { negated: term.negated, test })
    }

    pub(super) fn holds(&self, line: &LineView<'_>, values: &Values<'_>) -> bool {
        self.test.holds(line, values) != self.negated
    }

    /// Whether it asks for marks.
    pub(super) fn needs_marks(&self) -> bool {
        matches!(self.test, Test::Mark(_) | Test::HasMark)
    }

    /// What a line costs, roughly, in nanoseconds.
    pub(super) fn cost(&self) -> u32 {
        match &self.test {
            Test::Level(..) | Test::HasLevel | Test::Stream(..) | Test::Mark(_) | Test::HasMark => 2,
            Test::Source(_) => 40,
            Test::Text(pattern) if pattern.word().is_none() => pattern.cost(),
            // A JSON line is parsed.
            Test::Text(_) => 2000,
            Test::Field(..) | Test::HasField(_) | Test::Either { .. } => 2000,
        }
    }
}

fn error<T>(at: usize, message: impl Into<String>) -> Result<T, FilterError> {
    Err(FilterError { at, message: message.into() })
}

/// The name of what every line has, if it is one.
fn special(name: &Name) -> Option<&'static str> {
    [LEVEL, SOURCE, STREAM, MARK]
        .into_iter()
        .find(|word| !name.quoted && name.text.eq_ignore_ascii_case(word))
}

fn level(operator: Operator, value: &str, at: usize, value_at: usize) -> Result<Test, FilterError> {
    let operator = match operator {
        Operator::Contains => Operator::Equal,
        Operator::Matches | Operator::NotMatches => {
            return error(at, "compare a level with one of : != > >= < <=");
        }
        operator => operator,
    };
    match Level::from_word(value) {
        Some(level) => Ok(Test::Level(operator, level)),
        None => error(value_at, one_of("level", value, &Level::ALL.map(Level::word))),
    }
}

fn stream(operator: Operator, value: &str, at: usize, value_at: usize) -> Result<Test, FilterError> {
    let operator = match operator {
        Operator::Contains | Operator::Equal => Operator::Equal,
        Operator::NotEqual => Operator::NotEqual,
        _ => return error(at, "compare a stream with `:` or `!=`"),
    };
    let all = [LogStream::Stdout, LogStream::Stderr, LogStream::Engine];
    match all.into_iter().find(|stream| stream.word().eq_ignore_ascii_case(value)) {
        Some(stream) => Ok(Test::Stream(operator, stream)),
        None => error(value_at, one_of("stream", value, &all.map(LogStream::word))),
    }
}

/// A tag of a marked line.
fn mark(operator: Operator, value: String, at: usize, value_at: usize) -> Result<Test, FilterError> {
    match operator {
        Operator::Contains | Operator::Equal | Operator::Matches => {
            Ok(Test::Mark(comparison(operator, value, value_at)?))
        }
        _ => error(at, "compare a mark's tags with `:`, `=` or `~`; `!mark:tag` are lines without the tag"),
    }
}

/// "`wran` is no level; did you mean `warn`?"
fn one_of(kind: &str, value: &str, words: &[&'static str]) -> String {
    match nearest(value, words.iter().copied()) {
        Some(near) => format!("`{value}` is no {kind}; did you mean `{near}`?"),
        None => format!("`{value}` is no {kind}; there are {}", words.join(", ")),
    }
}

fn source(operator: Operator, value: String, at: usize) -> Result<Comparison, FilterError> {
    match operator {
        Operator::Contains if value.contains(['*', '?']) => {
            let pattern = regex::escape(&value).replace(r"\*", ".*").replace(r"\?", ".");
            let pattern = Pattern::regex(&format!("^{pattern}$"), at)?;
            Ok(Comparison::Fits { glob: value, pattern })
        }
        Operator::Contains => Ok(Comparison::Contains(Pattern::text(&value, at)?)),
        _ => comparison(operator, value, at),
    }
}

fn field(
    name: Name,
    operator: Operator,
    value: String,
    at: usize,
    value_at: usize,
) -> Result<Test, FilterError> {
    // `leve:warn`: a slip, when the value is one of the right name's.
    let slip = match nearest(&name.text, [LEVEL, STREAM]).filter(|_| !name.quoted) {
        Some(LEVEL) => Level::from_word(&value).map(|_| LEVEL),
        Some(_) => matches!(value.as_str(), "stdout" | "stderr").then_some(STREAM),
        None => None,
    };
    if let Some(near) = slip {
        return error(at, format!("did you mean `{near}`? A field of that name is `\"{}\"`", name.text));
    }
    if operator == Operator::Contains {
        let whole = Pattern::text(&format!("{}:{value}", name.text), at)?;
        return Ok(Test::Either { value: Pattern::text(&value, value_at)?, whole, name });
    }
    Ok(Test::Field(name, comparison(operator, value, value_at)?))
}

fn comparison(operator: Operator, value: String, at: usize) -> Result<Comparison, FilterError> {
    Ok(match operator {
        Operator::Contains => Comparison::Contains(Pattern::text(&value, at)?),
        Operator::Equal | Operator::NotEqual => {
            Comparison::Equals { equal: operator == Operator::Equal, text: value }
        }
        Operator::Matches | Operator::NotMatches => {
            let pattern = Pattern::regex(&value, at)?;
            Comparison::Matches { matches: operator == Operator::Matches, pattern }
        }
        _ => match Measure::parse(&value) {
            Some(number) => Comparison::Orders { operator, text: value, number },
            None => {
                return error(
                    at,
                    format!("`{value}` is no number; write 500, 200ms or 4MiB, or put a text in quotes"),
                );
            }
        },
    })
}

/// Whether an operator asks for that order.
fn fits(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::NotEqual => order.is_ne(),
        _ => order.is_eq(),
    }
}

impl Test {
    fn holds(&self, line: &LineView<'_>, values: &Values<'_>) -> bool {
        match self {
            Self::Text(pattern) => {
                pattern.is_match(line.text)
                    || (pattern.word().is_some_and(|word| word.is_match(line.text))
                        && values.shown().is_some_and(|text| pattern.is_match(text)))
            }
            Self::Level(operator, level) => line.level.is_some_and(|own| fits(*operator, own.cmp(level))),
            Self::HasLevel => line.level.is_some(),
            Self::Source(comparison) => comparison.holds(SOURCE, line.source),
            Self::Stream(operator, stream) => (line.stream == *stream) == (*operator == Operator::Equal),
            Self::Mark(comparison) => {
                line.mark.is_some_and(|tags| tags.split(' ').any(|tag| comparison.holds(MARK, tag)))
            }
            Self::HasMark => line.mark.is_some(),
            Self::Field(name, comparison) => {
                values.get(&name.text).is_some_and(|found| comparison.holds(found.name, &found.text))
            }
            Self::HasField(name) => values.get(&name.text).is_some(),
            Self::Either { name, value, whole } => {
                whole.is_match(line.text)
                    || values.get(&name.text).is_some_and(|found| value.is_match(&found.text))
            }
        }
    }
}

impl Comparison {
    fn holds(&self, name: &str, value: &str) -> bool {
        match self {
            Self::Contains(pattern) | Self::Fits { pattern, .. } => pattern.is_match(value),
            Self::Equals { equal, text } => is_same(value, text) == *equal,
            Self::Matches { matches, pattern } => pattern.is_match(value) == *matches,
            Self::Orders { operator, number, .. } => {
                let own = Measure::parse(value).map(|own| own.named(name));
                own.and_then(|own| own.order(number)).is_some_and(|order| fits(*operator, order))
            }
        }
    }
}

/// The same text, without regard to case unless the wanted one has a capital; or the same number: `500` and
/// `500.0`, `1s` and `1000ms`. Of whole numbers every digit counts.
fn is_same(value: &str, wanted: &str) -> bool {
    if value == wanted {
        return true;
    }
    let whole = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole(value) && whole(wanted) {
        return false;
    }
    let folded = || !wanted.contains(char::is_uppercase) && value.to_lowercase() == wanted;
    let measured = || Measure::parse(value)?.order(&Measure::parse(wanted)?);
    folded() || measured().is_some_and(Ordering::is_eq)
}

/// With `#` for one that others follow: a text that begins like a regular expression could end in them.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.negated { "!" } else { "" })?;
        let equal = |operator: &Operator| if *operator == Operator::Equal { ":" } else { operator.sign() };
        match &self.test {
            Test::Text(pattern) if pattern.is_regex() => f.write_str(&terms::slashed(pattern.source())),
            Test::Text(pattern) if f.alternate() && pattern.source().starts_with('/') => {
                f.write_str(&terms::quote(pattern.source()))
            }
            Test::Text(pattern) => f.write_str(&terms::word(pattern.source())),
            Test::Level(operator, level) => write!(f, "{LEVEL}{}{}", equal(operator), level.word()),
            Test::HasLevel => write!(f, "{LEVEL}?"),
            Test::Source(comparison) => write!(f, "{SOURCE}{comparison}"),
            Test::Mark(comparison) => write!(f, "{MARK}{comparison}"),
            Test::HasMark => write!(f, "{MARK}?"),
            Test::Stream(operator, stream) => write!(f, "{STREAM}{}{}", equal(operator), stream.word()),
            Test::Field(name, comparison) => write!(f, "{name}{comparison}"),
            Test::HasField(name) => write!(f, "{name}?"),
            Test::Either { name, value, .. } => write!(f, "{name}:{}", terms::value(value.source())),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operator, value) = match self {
            Self::Contains(pattern) => (Operator::Contains, pattern.source()),
            Self::Fits { glob, .. } => (Operator::Contains, glob.as_str()),
            Self::Equals { equal, text } => {
                (if *equal { Operator::Equal } else { Operator::NotEqual }, text.as_str())
            }
            Self::Matches { matches, pattern } => {
                (if *matches { Operator::Matches } else { Operator::NotMatches }, pattern.source())
            }
            Self::Orders { operator, text, .. } => (*operator, text.as_str()),
        };
        write!(f, "{}{}", operator.sign(), terms::value(value))
    }
}
