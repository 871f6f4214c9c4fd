//! Secrets that are known by their shape.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::{memchr_iter, memmem, memrchr};
use regex::Regex;

use super::{Find, Kind, MARK};

/// Prefixes that are somebody's; all begin with letters of their own, so that a line without any is left fast.
static SHAPES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?<key>
            (?:AKIA|ASIA)[0-9A-Z]{16}                       # AWS
            | AIza[0-9A-Za-z_-]{35}                         # Google
            | [sr]k_(?:live|test)_[0-9A-Za-z]{16,}          # Stripe
            | whsec_[0-9A-Za-z+/=]{24,}
            | sk-[0-9A-Za-z_-]{32,}                         # OpenAI, Anthropic
            | SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}      # SendGrid
        )
        | (?<token>
            gh[pousr]_[0-9A-Za-z]{36,}
            | github_pat_[0-9A-Za-z_]{22,}
            | glpat-[0-9A-Za-z_-]{20,}
            | xox[abeprs]-[0-9A-Za-z-]{10,}                 # Slack
            | npm_[0-9A-Za-z]{36}
            | hf_[0-9A-Za-z]{34,}
            | dop_v1_[0-9a-f]{64}                           # DigitalOcean
            | shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}            # Shopify
            | eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}(?:\.[0-9A-Za-z_-]*)*
        )
        | (?:Bearer|bearer)\ +(?<bearer>[0-9A-Za-z._~+/=-]{8,})
        | (?:Basic|basic)\ +(?<basic>[0-9A-Za-z+/]{8,}={0,2})
        | (?<pem>-----BEGIN\ [0-9A-Z\ ]{0,32}PRIVATE\ KEY-----)",
    )
    .ok()
});

/// The lines of a private key's body have this length.
const PEM_LINE: usize = 64;
/// So far around an `@` an address may reach.
const LONGEST_ADDRESS: usize = 512;
/// A card number with signs between its groups has a digit at one of two places so far apart.
const CARD_STEP: usize = 7;

pub(super) fn find(text: &str, finds: &mut Vec<Find>) {
    known(text, finds);
    let mut behind = 0;
    for at in memchr_iter(b'@', text.as_bytes()) {
        finds.extend(address(text, behind, at));
        behind = at + 1;
    }
    cards(text, finds);
    if text.len() == PEM_LINE && is_pem_body(text) {
        finds.push(Find::new(0..text.len(), Kind::PrivateKey));
    }
}

fn known(text: &str, finds: &mut Vec<Find>) {
    let Some(shapes) = SHAPES.as_ref() else { return };
    if !shapes.is_match(text) {
        return;
    }
    let mut behind = 0;
    for found in shapes.captures_iter(text) {
        let start = found.get(0).map_or(0, |found| found.start());
        if start < behind {
            continue;
        }
        let group = |name: &str| found.name(name).map(|m| m.range());
        let find = if let Some(range) = group("key") {
            let odd = text.get(range.clone()).is_some_and(|key| key.starts_with("sk-") && !is_mixed(key));
            (!odd).then_some((range, Kind::Key))
        } else if let Some(range) = group("token") {
            Some((range, Kind::Token))
        } else if let Some(range) = group("bearer") {
            let numbered = text.get(range.clone()).is_some_and(|t| t.bytes().any(|b| b.is_ascii_digit()));
            numbered.then_some((range, Kind::Token))
        } else if let Some(range) = group("basic") {
            text.get(range.clone()).is_some_and(is_base64).then_some((range, Kind::Credentials))
        } else {
            group("pem").map(|range| (range.start..end_of_pem(text, range.end), Kind::PrivateKey))
        };
        if let Some((range, kind)) = find
            && (kind == Kind::PrivateKey || begins_word(text.as_bytes(), start))
        {
            behind = range.end;
            finds.push(Find::new(range, kind));
        }
    }
}

/// No letter stands before it, unless it belongs to JSON's `\n`.
fn begins_word(bytes: &[u8], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
    !before(1).is_ascii_alphanumeric() || before(2) == b'\\'
}

fn is_mixed(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) && text.bytes().any(|b| b.is_ascii_uppercase())
}

/// Not a word of prose: `basic settings`.
fn is_base64(text: &str) -> bool {
    text.len().is_multiple_of(4)
        && text.bytes().filter(u8::is_ascii_uppercase).count() > 1
        && text.bytes().any(|b| b.is_ascii_lowercase())
}

fn end_of_pem(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    if let Some(end) = memmem::find(rest.as_bytes(), b"-----END ") {
        let tail = rest.get(end + 9..).unwrap_or_default();
        return from + end + 9 + tail.find("-----").map_or(0, |i| i + 5);
    }
    let body = rest.get(..rest.find('"').unwrap_or(rest.len())).unwrap_or_default();
    from + body.trim_end_matches('\\').len()
}

fn is_pem_body(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
        && is_mixed(text)
        && text.bytes().any(|b| b.is_ascii_lowercase())
        && !text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What an `@` is part of, that begins behind another one: the password in `scheme://user:password@host`, or an e-mail address.
fn address(text: &str, behind: usize, at: usize) -> Option<Find> {
    let bytes = text.as_bytes();
    let from = behind.max(at.saturating_sub(LONGEST_ADDRESS));
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'<' | b'>' | b'`');
    let before = bytes.get(from..at)?;
    let word = from + before.iter().rposition(ends).map_or(0, |i| i + 1);
    if let Some(user) = behind_scheme(bytes.get(word..at)?).map(|i| word + i) {
        let authority = bytes.get(user..at)?;
        if !authority.iter().any(|b| matches!(b, b'/' | b'?' | b'#')) {
            // The last @ ends the password: it may hold one itself.
            let host = bytes.get(at..bytes.len().min(at + LONGEST_ADDRESS))?;
            let end = host.iter().position(|b| ends(b) || matches!(b, b'/' | b'?' | b'#' | b','));
            let last = at + memrchr(b'@', host.get(..end.unwrap_or(host.len()))?)?;
            let password = user + authority.iter().position(|b| *b == b':')? + 1;
            let hidden = text.get(password..last)?;
            let secret =
                !hidden.is_empty() && !hidden.starts_with(MARK) && !hidden.bytes().all(|b| b == b'*');
            return secret.then(|| Find::new(password..last, Kind::Password));
        }
    }
    mail(bytes, at).map(|range| Find::new(range, Kind::Email))
}

/// Behind `://`, also as PHP writes it in JSON.
fn behind_scheme(word: &[u8]) -> Option<usize> {
    memmem::rfind(word, b"://").map(|i| i + 3).or_else(|| memmem::rfind(word, br":\/\/").map(|i| i + 5))
}

/// Ends of names with an `@` that are no domains: units, scaled pictures, packages.
const NO_DOMAINS: [&[u8]; 16] = [
    b"service", b"socket", b"timer", b"target", b"mount", b"slice", b"scope", b"device", b"png", b"jpg",
    b"jpeg", b"gif", b"svg", b"webp", b"js", b"css",
];

fn mail(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let local = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-');
    let mut start = at - bytes.get(..at)?.iter().rev().take(64).take_while(local).count();
    // JSON's `\n` and `\u00e9` are no letters of it.
    if start > 0 && bytes.get(start - 1) == Some(&b'\\') {
        start += if bytes.get(start) == Some(&b'u') { 5 } else { 1 };
    }
    let domain = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let rest = bytes.get(at + 1..)?;
    let host = rest.get(..rest.iter().take(255).take_while(domain).count())?;
    let host = host.strip_suffix(b".").unwrap_or(host);
    let dot = memrchr(b'.', host)?;
    let (name, end) = (host.get(..dot)?, host.get(dot + 1..)?);
    let named = start < at && name.first()?.is_ascii_alphanumeric() && end.len() >= 2;
    let domain = end.iter().all(u8::is_ascii_alphabetic) && !NO_DOMAINS.contains(&end);
    // `git@host:path`, `user@host:/path` are places.
    let behind = rest.get(host.len()..)?;
    let place = matches!(behind, [b':', next, ..] if !next.is_ascii_whitespace()) || behind.starts_with(b"/");
    (named && domain && !place).then_some(start..at + 1 + host.len())
}

fn cards(text: &str, finds: &mut Vec<Find>) {
    let bytes = text.as_bytes();
    let mut i = CARD_STEP;
    while let Some(byte) = bytes.get(i) {
        if byte.is_ascii_digit() {
            let mut range = digits_around(bytes, i);
            i = range.end;
            // Fifteen digits at least, else it is not worth a look.
            while range.len() >= 15
                && let Some(card) = card_in(bytes, &range)
            {
                range.start = card.end;
                finds.push(Find::new(card, Kind::Card));
            }
        }
        i += CARD_STEP;
    }
}

/// A card among the groups of digits there: in one piece, or as it is embossed.
fn card_in(bytes: &[u8], range: &Range<usize>) -> Option<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for i in range.clone().filter(|i| bytes.get(*i).is_some_and(u8::is_ascii_digit)) {
        match groups.last_mut().filter(|group| group.end == i) {
            Some(group) => group.end += 1,
            None => groups.push(i..i + 1),
        }
    }
    let pieces = [[16].as_slice(), &[15], &[4, 4, 4, 4], &[4, 6, 5]];
    pieces.into_iter().find_map(|lengths| {
        groups.windows(lengths.len()).find_map(|window| {
            let fits = window.iter().map(Range::len).eq(lengths.iter().copied());
            let card = window.first()?.start..window.last()?.end;
            (fits && stands_alone(bytes, &card) && is_card(bytes.get(card.clone())?)).then_some(card)
        })
    })
}

/// Digits, with one blank or one `-` between them.
fn digits_around(bytes: &[u8], at: usize) -> Range<usize> {
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let sign = |i: usize| matches!(bytes.get(i), Some(b' ' | b'-'));
    let (mut start, mut end) = (at, at + 1);
    while start > 0 && at - start < 24 {
        match start {
            i if digit(i - 1) => start -= 1,
            i if i > 1 && sign(i - 1) && digit(i - 2) => start -= 2,
            _ => break,
        }
    }
    loop {
        match end {
            i if digit(i) => end += 1,
            i if sign(i) && digit(i + 1) => end += 2,
            _ => break,
        }
    }
    start..end
}

/// Not a part of a word or of a number with a point.
fn stands_alone(bytes: &[u8], range: &Range<usize>) -> bool {
    let joins = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    let before = range.start.checked_sub(1).and_then(|i| bytes.get(i));
    let behind = bytes.get(range.end).zip(bytes.get(range.end + 1));
    !before.is_some_and(joins) && !behind.is_some_and(|(a, b)| joins(a) && b.is_ascii_alphanumeric())
}

/// Sixteen digits (fifteen of American Express) of an issuer, with the right check digit.
fn is_card(text: &[u8]) -> bool {
    let digits: Vec<u32> = text.iter().filter(|b| b.is_ascii_digit()).map(|b| u32::from(b - b'0')).collect();
    let first = |n: usize| digits.iter().take(n).fold(0, |all, digit| all * 10 + digit);
    let issued = match digits.len() {
        16 => first(1) == 4 || matches!(first(2), 51..=55 | 65) || matches!(first(4), 2221..=2720 | 6011),
        _ => matches!(first(2), 34 | 37),
    };
    let checked = |(i, digit): (usize, &u32)| if i % 2 == 0 { *digit } else { digit * 2 % 10 + digit / 5 };
    issued && digits.iter().rev().enumerate().map(checked).sum::<u32>().is_multiple_of(10)
}
