//! The level of a line of free text: one pass over its beginning, in which the first word that stands where a
//! level stands wins. A level's name in a sentence (`0 errors`, `err=nil`, `/error`) is none.

use std::ops::Range;

use super::level::{Level, Strength, of_word};
use super::stamp::at;

/// So far behind the time a level is looked for.
const WINDOW: usize = 96;
/// After so many words of prose a lone word in capitals is part of the sentence.
const PROSE: usize = 2;
const ESC: u8 = 0x1b;

/// Starts that say how bad it is without a level's name.
const STARTS: [(&[u8], Level, usize); 6] = [
    (b"Traceback (most recent call last)", Level::Error, 9),
    (b"Exception in thread ", Level::Error, 9),
    (b"fatal error: ", Level::Fatal, 11),
    (b"panic: ", Level::Fatal, 5),
    (b"npm ERR!", Level::Error, 8),
    (b"thread '", Level::Error, 0),
];

/// Behind an escape sequence that begins here; at least one byte on.
pub(super) fn behind_escape(bytes: &[u8], i: usize) -> usize {
    if at(bytes, i + 1) != b'[' {
        return i + 1;
    }
    let rest = bytes.get(i + 2..).unwrap_or_default();
    let body = rest.iter().take(32).take_while(|b| matches!(b, b'0'..=b'?')).count();
    match rest.get(body) {
        Some(b'@'..=b'~') => i + 3 + body,
        _ => i + 1,
    }
}

/// A colour ends here.
fn is_colored(bytes: &[u8], i: usize) -> bool {
    let head = bytes.get(..i).unwrap_or_default();
    let before = head.iter().rev().skip(1).find(|b| !matches!(b, b'0'..=b'9' | b';' | b'['));
    head.last() == Some(&b'm') && before == Some(&ESC)
}

/// What stands before a word.
struct Before {
    /// The byte directly before it; a colour counts as [`ESC`].
    byte: u8,
    /// The last byte that is not blank.
    solid: u8,
    /// The last word.
    word: Range<usize>,
    words: usize,
    prose: usize,
}

/// The level and the place of the word that says it.
pub(super) fn find(bytes: &[u8], from: usize) -> Option<(Level, Range<usize>)> {
    let end = bytes.len().min(from.saturating_add(WINDOW));
    let byte = if is_colored(bytes, from) { ESC } else { b' ' };
    let mut before = Before { byte, solid: 0, word: 0..0, words: 0, prose: 0 };
    let mut i = from;
    while i < end {
        let byte = at(bytes, i);
        if byte == ESC {
            i = behind_escape(bytes, i);
            before.byte = ESC;
            continue;
        }
        if !is_word(byte) {
            if byte != b' ' && byte != b'\t' {
                before.solid = byte;
            }
            before.byte = byte;
            i += 1;
            continue;
        }
        let length = bytes.get(i..).unwrap_or_default().iter().take_while(|b| is_word(**b)).count();
        let word = i..i + length;
        if before.words == 0
            && let Some(found) = start(bytes, i)
        {
            return Some(found);
        }
        if let Some(level) = judge(bytes, &word, &before) {
            return Some((level, word));
        }
        let text = bytes.get(word.clone()).unwrap_or_default();
        if length > 1 && before.byte == b' ' && text.iter().all(u8::is_ascii_lowercase) {
            before.prose += 1;
        }
        before.byte = at(bytes, word.end - 1);
        before.solid = before.byte;
        before.words += 1;
        i = word.end;
        before.word = word;
    }
    None
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn start(bytes: &[u8], i: usize) -> Option<(Level, Range<usize>)> {
    if !matches!(at(bytes, i), b'T' | b'E' | b'f' | b'p' | b'n' | b't') {
        return None;
    }
    let rest = bytes.get(i..)?;
    let (text, level, length) = STARTS.iter().find(|(text, ..)| rest.starts_with(text))?;
    if *length > 0 {
        return Some((*level, i..i + length));
    }
    // thread 'main' panicked at src/main.rs:2:5:
    let head = rest.get(..rest.len().min(WINDOW))?;
    let place = head.windows(13).position(|w| w == b"' panicked at").filter(|p| *p > text.len())?;
    Some((*level, i + place + 2..i + place + 10))
}

/// Whether a word that stands here is a level.
fn judge(bytes: &[u8], word: &Range<usize>, before: &Before) -> Option<Level> {
    let text = bytes.get(word.clone())?;
    let after = at(bytes, word.end);
    if after == b'=' {
        return None;
    }
    let Some((level, strength)) = of_word(text) else {
        return letter(text, before.byte, after).or_else(|| class(text, after, before));
    };
    let upper = text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let blank = matches!(after, b' ' | b'\t' | 0 | ESC);
    // The bracket it stands in may have blanks inside: `[ info]`, `[INFO ]`.
    let behind = bytes.get(word.end..)?.iter().find(|b| **b != b' ').copied().unwrap_or(0);
    let bracketed = behind == b']'
        && (before.solid == b'[' && matches!(before.byte, b' ' | b'[' | ESC)
            || before.byte == b':'
            || (before.byte == b'/' && upper));
    let round = upper && before.byte == b'(' && after == b')';
    let colored = before.byte == ESC && after == ESC;
    if bracketed || round || colored || is_value(bytes, word.start) {
        return Some(level);
    }
    let leads = before.words == 0 && matches!(before.solid, 0 | b'[' | b'|' | b'-' | b'*' | b'>' | b'<');
    // After `name:`, `app[1]:`, `|`: where a program puts its level.
    let headed = leads || matches!(before.solid, b':' | b']' | b'|' | b'-' | b')');
    if strength == Strength::Weak {
        let lower = text.iter().all(u8::is_ascii_lowercase);
        let common = lower && matches!(text, b"note" | b"log" | b"system" | b"alert" | b"fine");
        return (headed && after == b':' && (upper || (leads && lower && !common))).then_some(level);
    }
    if after == b':' && headed && matches!(before.byte, b' ' | b'[' | b'\t' | b'|' | ESC) {
        return Some(level);
    }
    if !upper || before.prose >= PROSE || negated(bytes.get(before.word.clone())?) {
        return None;
    }
    let opened = matches!(before.byte, b' ' | b'\t' | b'[' | b'|' | b'"' | ESC);
    let closed = blank || matches!(after, b':' | b'|' | b']' | b',' | b'!' | b';');
    // Monolog's `app.ERROR: `.
    let dotted = before.byte == b'.' && after == b':';
    (((opened && closed) || dotted) && !is_list(bytes, word.end)).then_some(level)
}

/// `[E]`.
fn letter(text: &[u8], before: u8, after: u8) -> Option<Level> {
    match text {
        [letter] if before == b'[' && after == b']' => Level::from_letter(*letter),
        _ => None,
    }
}

/// The name of an exception before a colon: `java.lang.IllegalStateException: x`, `TypeError: x`.
fn class(text: &[u8], after: u8, before: &Before) -> Option<Level> {
    let named = matches!(after, b':' | 0) && text.len() > 7 && text.first()?.is_ascii_uppercase();
    if !named || before.prose >= PROSE || !matches!(before.byte, b' ' | b'.' | ESC) {
        return None;
    }
    if text.ends_with(b"Error") || text.ends_with(b"Exception") {
        return Some(Level::Error);
    }
    text.ends_with(b"Warning").then_some(Level::Warn)
}

/// After these a level's name is part of a sentence or of a list.
fn negated(word: &[u8]) -> bool {
    let listed = || word.iter().all(u8::is_ascii_uppercase) && of_word(word).is_some();
    matches!(word, b"no" | b"No" | b"NO" | b"0" | b"without" | b"zero" | b"to" | b"any" | b"of" | b"is")
        || listed()
}

/// Another level follows at once, as in `DEBUG, INFO or WARN`: a list of them says nothing.
fn is_list(bytes: &[u8], i: usize) -> bool {
    let rest = bytes.get(i..).unwrap_or_default();
    let gap = rest.iter().take(3).take_while(|b| matches!(b, b' ' | b',' | b'|' | b'/')).count();
    let next = rest.get(gap..).unwrap_or_default();
    let next = next.get(..next.iter().take(14).take_while(|b| is_word(**b)).count()).unwrap_or_default();
    gap > 0 && next.iter().all(u8::is_ascii_uppercase) && of_word(next).is_some()
}

/// It is the value of a field that is a level: `level=warn`, `"severity": "ERROR"`.
fn is_value(bytes: &[u8], start: usize) -> bool {
    let mut i = start;
    let mut back = |set: &[u8], most: usize| {
        let from = i;
        while i > 0 && from - i < most && set.contains(&at(bytes, i - 1)) {
            i -= 1;
        }
        from - i
    };
    back(b"\"'", 1);
    back(b" ", 1);
    if back(b"=:", 1) == 0 {
        return false;
    }
    back(b"\"'", 1);
    let end = i;
    let name = bytes.get(..end).unwrap_or_default();
    let length = name.iter().rev().take(12).take_while(|b| is_word(**b) || **b == b'.').count();
    is_level_key(name.get(end - length..).unwrap_or_default())
}

/// Fields that hold a level.
pub(super) fn is_level_key(key: &[u8]) -> bool {
    matches!(
        key,
        b"level"
            | b"lvl"
            | b"severity"
            | b"log.level"
            | b"@l"
            | b"levelname"
            | b"loglevel"
            | b"log_level"
            | b"logLevel"
            | b"level_name"
            | b"severityText"
            | b"Level"
            | b"LEVEL"
            | b"Severity"
            | b"LogLevel"
    )
}
