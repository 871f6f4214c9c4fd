//! Values that their names tell: `password=x`, `"apiKey": "x"`, `?token=x&`, headers.

use std::ops::Range;

use memchr::memchr2_iter;

use super::{Find, Kind, MARK};
use crate::domain::secret::is_secret_key;

/// A longer name is none.
const LONGEST_NAME: usize = 64;

/// Looks at every `=` and `:`.
pub(super) fn find(text: &str, finds: &mut Vec<Find>) {
    let bytes = text.as_bytes();
    let mut behind = 0;
    for at in memchr2_iter(b'=', b':', bytes) {
        if at >= behind
            && let Some(find) = assigned(text, at)
        {
            behind = find.range.end;
            finds.push(find);
        }
    }
}

fn byte(bytes: &[u8], i: usize) -> u8 {
    bytes.get(i).copied().unwrap_or(0)
}

/// What is before a separator.
struct Name<'a> {
    text: &'a str,
    /// What it is quoted with, as in JSON; nothing when it is not.
    quote: &'static str,
    /// A blank stands before the separator.
    apart: bool,
}

/// The secret that is assigned by the separator there.
fn assigned(text: &str, at: usize) -> Option<Find> {
    let name = name(text, at)?;
    let bytes = text.as_bytes();
    let sign = byte(bytes, at);
    if byte(bytes, at + 1) == sign || (at > 0 && byte(bytes, at - 1) == sign) {
        return None;
    }
    let kind = kind(&name)?;
    let mut start = at + 1;
    if sign == b':' || name.apart {
        start += bytes.get(start..)?.iter().take_while(|b| **b == b' ').count();
    }
    let is_header = sign == b':' && matches!(kind, Kind::Cookie | Kind::Credentials);
    let (mut range, quoted) = value(text, start, kind, is_header);
    if kind == Kind::Credentials {
        // `Bearer ` stays.
        let scheme = text.get(range.clone())?.split(' ').next().filter(|word| is_scheme(word));
        if let Some(scheme) = scheme {
            let token = range.start + scheme.len() + 1;
            range = if token < range.end { token..range.end } else { value(text, token, kind, false).0 };
        }
    }
    let hidden = text.get(range.clone())?;
    let sentence = sign == b':' && !quoted && name.quote.is_empty() && !is_header;
    if !is_secret(kind, hidden) || (sentence && is_prose(text, &range)) {
        return None;
    }
    let quote = if !quoted && sign == b':' { name.quote } else { "" };
    Some(Find { range, kind, quote })
}

fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "digest", "token"].iter().any(|scheme| scheme.eq_ignore_ascii_case(word))
}

/// The name before a separator, when it may be a secret's.
fn name(text: &str, at: usize) -> Option<Name<'_>> {
    let bytes = text.as_bytes();
    let apart = at > 0 && byte(bytes, at - 1) == b' ';
    let mut end = at - usize::from(apart);
    // Also of JSON inside JSON.
    let head = bytes.get(..end)?;
    let quotes = [("\\\"", br#"\""#.as_slice()), ("\"", b"\""), ("'", b"'")];
    let quote = quotes.iter().find(|(_, quote)| head.ends_with(quote)).map_or("", |(quote, _)| *quote);
    end -= quote.len();
    let head = bytes.get(..end)?;
    // `password_2`
    let numbered = |b: &&u8| b.is_ascii_digit() || matches!(b, b'_' | b'-');
    let last = end - head.iter().rev().take(4).take_while(numbered).count();
    if !ends_like_a_secret(bytes.get(last.checked_sub(3)?..last)?) {
        return None;
    }
    let of_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let length = head.iter().rev().take(LONGEST_NAME + 1).take_while(of_name).count();
    let text = text.get(end - length..end)?;
    (length <= LONGEST_NAME).then_some(Name { text, quote, apart })
}

/// The last letters of the words that name secrets: nearly every other name is left at once.
fn ends_like_a_secret(end: &[u8]) -> bool {
    let [a, b, c] = end else { return false };
    matches!(
        &[a | 0x20, b | 0x20, c | 0x20],
        b"ord" | b"rds" | b"swd" | b"ass" | b"pwd" | b"ase" // password(s), passwd, pass, pwd, passphrase
            | b"ken" | b"ens" | b"key" | b"eys" | b"ret" | b"ets" // token(s), key(s), secret(s)
            | b"dsn" | b"ial" | b"als" | b"uth" | b"ion" | b"kie" | b"ies" | b"alt" // DSN, credential(s), auth, authorization, cookie(s), salt
    )
}

/// What the value of that name is, if it is a secret.
fn kind(name: &Name<'_>) -> Option<Kind> {
    let text = name.text.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-'));
    if !is_secret_key(text) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let ends = |words: &[&str]| words.iter().any(|word| lower.ends_with(word));
    // The keys of maps and caches, counters of tests, working directories have such names too.
    let common = matches!(lower.as_str(), "key" | "keys")
        || (name.quote.is_empty() && matches!(lower.as_str(), "pass" | "pwd"));
    if common {
        return None;
    }
    if ends(&["key", "keys"]) {
        let stem = lower.trim_end_matches('s').trim_end_matches("key").trim_end_matches(['_', '-', '.']);
        let secret = [
            "api",
            "access",
            "secret",
            "private",
            "encryption",
            "signing",
            "master",
            "shared",
            "auth",
            "account",
            "license",
        ];
        return secret.iter().any(|word| stem.ends_with(word)).then_some(Kind::Key);
    }
    Some(match () {
        () if ends(&["authorization"]) => Kind::Credentials,
        () if ends(&["cookie", "cookies"]) => Kind::Cookie,
        () if ends(&["token", "tokens", "auth"]) => Kind::Token,
        () if ends(&["secret", "secrets", "dsn", "credential", "credentials", "salt"]) => Kind::Secret,
        () => Kind::Password,
    })
}

/// Where the value that begins there is, without quotes, and whether it has any.
fn value(text: &str, start: usize, kind: Kind, is_header: bool) -> (Range<usize>, bool) {
    let rest = text.get(start..).unwrap_or_default();
    let quote = ["\\\"", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote)).unwrap_or_default();
    let inner = rest.get(quote.len()..).unwrap_or_default();
    // `"password:", "x"`: the quote closes what the name stands in.
    let closes = !quote.is_empty() && inner.trim_start().chars().next().is_none_or(|c| ",:}]".contains(c));
    // A mark of ours or of somebody else's, an object or list whose own names tell.
    if closes || rest.starts_with([MARK, '<', '(', '[', '{']) {
        return (start..start, false);
    }
    let mut escaped = false;
    let end = inner.char_indices().find(|(i, c)| {
        let ends = match (quote, c) {
            (_, '\n') => true,
            ("\"", _) => *c == '"' && !escaped,
            // The `"` around JSON that it stands in ends it too.
            ("'", _) => (*c == '\'' && !escaped) || *c == '"',
            ("", '"' | '\'') => true,
            ("", _) if is_header => *c == '\r',
            // `token=secret=x`: only of a password it may be a part.
            ("", '=') => {
                let next = inner.as_bytes().get(i + 1);
                matches!(kind, Kind::Token | Kind::Key) && next.is_some_and(u8::is_ascii_alphanumeric)
            }
            ("", _) => c.is_whitespace() || matches!(c, ',' | ';' | '&' | ')' | ']' | '}' | '>' | '|'),
            _ => *c == '"',
        };
        escaped = *c == '\\' && !escaped;
        ends
    });
    let end = end.map_or(inner.len(), |(i, _)| i);
    // A backslash before the quote that ends it belongs to that one.
    let value = inner.get(..end).unwrap_or_default();
    let slashes = value.len() - value.trim_end_matches('\\').len();
    let quoted = inner.get(end..).is_some_and(|rest| rest.starts_with(['"', '\'']));
    let from = start + quote.len();
    (from..from + end - usize::from(quoted && slashes % 2 == 1), !quote.is_empty())
}

/// Whether a value is worth hiding: `password=null` and `token=expired` are not.
fn is_secret(kind: Kind, value: &str) -> bool {
    const NOTHING: [&str; 12] =
        ["null", "none", "nil", "true", "false", "yes", "no", "undefined", "empty", "unset", "ok", "-"];
    let hidden = value.starts_with(MARK) || value.chars().all(|c| matches!(c, '*' | '•'));
    if hidden || value.starts_with("${") || NOTHING.iter().any(|word| word.eq_ignore_ascii_case(value)) {
        return false;
    }
    match kind {
        Kind::Token | Kind::Key => {
            let has = |fits: fn(&u8) -> bool| value.bytes().any(|b| fits(&b));
            let letters = has(u8::is_ascii_lowercase) || has(u8::is_ascii_uppercase);
            // Neither a word nor a count.
            let mixed = letters && has(u8::is_ascii_digit)
                || has(u8::is_ascii_lowercase) && value.bytes().filter(u8::is_ascii_uppercase).count() > 1;
            value.len() >= 6 && mixed && !value.contains(char::is_whitespace)
        }
        _ => true,
    }
}

/// A sentence goes on behind the colon: `password: must not be empty`.
fn is_prose(text: &str, value: &Range<usize>) -> bool {
    let word = text.get(value.clone()).unwrap_or_default();
    let rest = text.get(value.end..).unwrap_or_default();
    let next = rest.strip_prefix(' ').unwrap_or_default().split(' ').next().unwrap_or_default();
    word.bytes().all(|b| b.is_ascii_lowercase())
        && next.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !next.contains([':', '='])
}
