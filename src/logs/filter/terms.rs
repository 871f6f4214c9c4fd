//! The words of a step: what a person types is cut into terms here, and written back.

use std::borrow::Cow;
use std::fmt;

use crate::domain::filter::FilterError;

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    NotEqual,
    NotMatches,
    GreaterOrEqual,
    LessOrEqual,
    Contains,
    Equal,
    Matches,
    Greater,
    Less,
}

impl Operator {
    /// Longest first, so that `>=` is not read as `>`.
    const ALL: [Self; 9] = [
        Self::NotEqual,
        Self::NotMatches,
        Self::GreaterOrEqual,
        Self::LessOrEqual,
        Self::Contains,
        Self::Equal,
        Self::Matches,
        Self::Greater,
        Self::Less,
    ];

    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::NotEqual => "!=",
            Self::NotMatches => "!~",
            Self::GreaterOrEqual => ">=",
            Self::LessOrEqual => "<=",
            Self::Contains => ":",
            Self::Equal => "=",
            Self::Matches => "~",
            Self::Greater => ">",
            Self::Less => "<",
        }
    }
}

/// A condition as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    /// Where it begins, in bytes.
    pub at: usize,
    pub negated: bool,
    pub form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    Text(String),
    Regex {
        source: String,
        at: usize,
    },
    /// `name?`
    Exists(Name),
    Compares {
        name: Name,
        operator: Operator,
        value: String,
        at: usize,
    },
}

/// The name of a field, or of what every line has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub text: String,
    /// A quoted name is a field's, whatever it is.
    pub quoted: bool,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.quoted { f.write_str(&quote(&self.text)) } else { f.write_str(&self.text) }
    }
}

/// Terms that must all hold.
pub(super) type All = Vec<Term>;

/// A step's terms, those between two `or` together, and whether it takes away what they hold for.
///
/// # Errors
/// The first mistake with its byte.
pub(super) fn read(text: &str) -> Result<(bool, Vec<All>), FilterError> {
    if let Some((at, _)) = text.char_indices().find(|(_, c)| c.is_control() && *c != '\t') {
        return error(at, r"a control character; write it as \x1b in a /regex/");
    }
    let mut reader = Reader { text, i: 0 };
    reader.blank();
    let excludes = reader.eat('-');
    let start = reader.i;
    let mut alternatives: Vec<All> = Vec::new();
    let mut terms = All::new();
    let mut or = None;
    loop {
        // Nothing but a condition may stand behind the sign.
        if !terms.is_empty() || or.is_some() {
            reader.blank();
        }
        if reader.rest().is_empty() {
            break;
        }
        let at = reader.i;
        if reader.eat_or() {
            if terms.is_empty() {
                return error(at, LONE_OR);
            }
            alternatives.push(std::mem::take(&mut terms));
            or = Some(at);
        } else {
            terms.push(reader.term(!terms.is_empty() || or.is_some() || excludes)?);
        }
    }
    match (terms.is_empty(), or, excludes) {
        (true, Some(at), _) => error(at, LONE_OR),
        (true, None, true) => {
            error(start, "`-` takes away the lines with what stands behind it; there is nothing")
        }
        (true, None, false) => error(start, "there is nothing to filter by"),
        _ => {
            alternatives.push(terms);
            Ok((excludes, alternatives))
        }
    }
}

const LONE_OR: &str = "`or` stands between two conditions; the word itself is `\"or\"`";

fn error<T>(at: usize, message: impl Into<String>) -> Result<T, FilterError> {
    Err(FilterError { at, message: message.into() })
}

struct Reader<'a> {
    text: &'a str,
    i: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.i..).unwrap_or_default()
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.i += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, sign: char) -> bool {
        let found = self.rest().starts_with(sign);
        self.i += usize::from(found) * sign.len_utf8();
        found
    }

    /// Up to the next blank.
    fn bare(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        self.i += end;
        rest.get(..end).unwrap_or_default().to_owned()
    }

    /// The word between alternatives.
    fn eat_or(&mut self) -> bool {
        let rest = self.rest();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let found = rest.get(..end).is_some_and(|word| word.eq_ignore_ascii_case("or"));
        self.i += if found { end } else { 0 };
        found
    }

    fn at_end_of_word(&self) -> bool {
        self.rest().is_empty() || self.rest().starts_with(char::is_whitespace)
    }

    fn term(&mut self, later: bool) -> Result<Term, FilterError> {
        let at = self.i;
        if later && self.rest().starts_with('-') {
            return error(
                at,
                "`-` stands at the start of a step; negate one of several conditions with `!`, put a text in quotes",
            );
        }
        let negated = self.eat('!');
        if negated && self.at_end_of_word() {
            return error(at, "`!` negates the condition behind it; there is none");
        }
        Ok(Term { at, negated, form: self.form()? })
    }

    fn form(&mut self) -> Result<Form, FilterError> {
        if let Some(source) = self.slashed() {
            return Ok(source);
        }
        if self.eat('~') {
            let at = self.i;
            return Ok(Form::Regex { source: without_escaped_slashes(&self.value("~")?), at });
        }
        let at = self.i;
        let name = if self.rest().starts_with('"') {
            let text = self.quoted()?;
            if self.at_end_of_word() {
                return Ok(Form::Text(text));
            }
            Name { text, quoted: true }
        } else {
            let rest = self.rest();
            let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
            let name = rest.get(..end).filter(|name| name.starts_with(is_start_of_name));
            let Some(name) = name else { return Ok(Form::Text(self.bare())) };
            self.i += end;
            Name { text: name.to_owned(), quoted: false }
        };
        let behind = self.rest();
        if behind.starts_with('?') && behind.chars().nth(1).is_none_or(char::is_whitespace) {
            self.eat('?');
            return Ok(Form::Exists(name));
        }
        let operator = Operator::ALL.into_iter().find(|o| behind.starts_with(o.sign()));
        let operator = match operator {
            // `Error:` is a text.
            Some(Operator::Contains) if behind.chars().nth(1).is_none_or(char::is_whitespace) => None,
            operator => operator,
        };
        match operator {
            Some(operator) => {
                self.i += operator.sign().len();
                let at = self.i;
                let value = self.value(&format!("{name}{}", operator.sign()))?;
                Ok(Form::Compares { name, operator, value, at })
            }
            None if name.quoted => {
                error(self.i, "behind a quote comes a blank, or an operator such as `=` or `>`")
            }
            None => {
                self.i = at;
                Ok(Form::Text(self.bare()))
            }
        }
    }

    /// `/regex/`: it ends at a `/` behind which the word ends. Without one it is a text.
    fn slashed(&mut self) -> Option<Form> {
        let inner = self.rest().strip_prefix('/')?;
        let mut escaped = false;
        for (i, c) in inner.char_indices() {
            let behind = inner.get(i + c.len_utf8()..).unwrap_or_default();
            if c == '/' && !escaped && i > 0 && (behind.is_empty() || behind.starts_with(char::is_whitespace))
            {
                let at = self.i + 1;
                self.i = at + i + 1;
                return Some(Form::Regex { source: without_escaped_slashes(inner.get(..i)?), at });
            }
            escaped = c == '\\' && !escaped;
        }
        None
    }

    /// What follows an operator: quoted, or up to the next blank.
    fn value(&mut self, before: &str) -> Result<String, FilterError> {
        if !self.rest().starts_with('"') {
            let at = self.i;
            let value = self.bare();
            return match value.is_empty() {
                true => error(at, format!("`{before}` needs a value; an empty one is `{before}\"\"`")),
                false => Ok(value),
            };
        }
        let value = self.quoted()?;
        match self.at_end_of_word() {
            true => Ok(value),
            false => error(self.i, "a blank has to follow the closing quote"),
        }
    }

    /// Text in quotes; `\"` and `\\` stand for a quote and a backslash, other backslashes for themselves.
    fn quoted(&mut self) -> Result<String, FilterError> {
        let start = self.i;
        let mut value = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((i, c)) = chars.next() {
            match (c, chars.peek()) {
                ('"', _) => {
                    self.i = start + i + 1;
                    return Ok(value);
                }
                ('\\', Some((_, next @ ('"' | '\\')))) => {
                    value.push(*next);
                    chars.next();
                }
                _ => value.push(c),
            }
        }
        error(start, "this quote is not closed")
    }
}

fn is_start_of_name(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '@'
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '@' | '$')
}

/// A text or a value as it has to be typed: in quotes where it would be read as something else.
pub fn word(text: &str) -> Cow<'_, str> {
    let is_text = |terms: &All| matches!(terms.as_slice(), [Term { negated: false, form: Form::Text(same), .. }] if same == text);
    let as_text = |read: (bool, Vec<All>)| matches!(read, (false, all) if matches!(all.as_slice(), [terms] if is_text(terms)));
    match !text.starts_with('"') && read(text).is_ok_and(as_text) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(quote(text)),
    }
}

/// A value behind an operator, in quotes where it has to be.
pub(super) fn value(text: &str) -> Cow<'_, str> {
    match text.is_empty() || text.starts_with('"') || text.contains(char::is_whitespace) {
        true => Cow::Owned(quote(text)),
        false => Cow::Borrowed(text),
    }
}

pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '"' || (c == '\\' && matches!(chars.peek(), None | Some('"' | '\\'))) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// A regular expression between slashes: one behind which a word ends is escaped.
pub(super) fn slashed(source: &str) -> String {
    let mut text = String::with_capacity(source.len() + 2);
    text.push('/');
    for (i, c) in source.char_indices() {
        let behind = source.get(i + 1..).unwrap_or_default();
        if c == '/' && (behind.is_empty() || behind.starts_with(char::is_whitespace)) {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('/');
    text
}

/// `\/` means `/`. One way to write it is kept, so that equal steps are equal.
fn without_escaped_slashes(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut escaped = false;
    for c in source.chars() {
        if c == '/' && escaped {
            text.pop();
        }
        escaped = c == '\\' && !escaped;
        text.push(c);
    }
    text
}
