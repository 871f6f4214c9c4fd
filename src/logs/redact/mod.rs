//! Secrets and personal data in lines, replaced by what they were: `password=‹password›`. On the screen, in
//! copies and in exports, when it is switched on.
//!
//! Found by their name (`api_key=…`, `"password":"…"`, `Authorization: …`, whatever
//! [`is_secret_key`](crate::domain::secret::is_secret_key) knows) or by their shape (tokens of well-known
//! services, JSON web tokens, `user:password@host` in addresses, private keys, e-mail addresses, payment
//! cards). Precise rather than eager: ids, hashes, traces and durations stay readable. What stands in
//! JSON stays JSON.

mod named;
mod shaped;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

/// What was hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Password,
    Secret,
    Token,
    Key,
    Cookie,
    Credentials,
    PrivateKey,
    Email,
    Card,
}

impl Kind {
    fn mark(self) -> &'static str {
        match self {
            Self::Password => "‹password›",
            Self::Secret => "‹secret›",
            Self::Token => "‹token›",
            Self::Key => "‹key›",
            Self::Cookie => "‹cookie›",
            Self::Credentials => "‹credentials›",
            Self::PrivateKey => "‹private key›",
            Self::Email => "‹e-mail›",
            Self::Card => "‹card number›",
        }
    }
}

/// A mark begins with this, so that nothing is hidden twice.
const MARK: char = '‹';

/// A place to hide, on character boundaries.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Find {
    range: Range<usize>,
    kind: Kind,
    /// Put around the mark: that of a bare value in JSON needs quotes.
    quote: &'static str,
}

impl Find {
    fn new(range: Range<usize>, kind: Kind) -> Self {
        Self { range, kind, quote: "" }
    }
}

/// The text without secrets; borrowed when it has none. May be given lines with line feeds between: a private
/// key is then found as a whole.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut finds = Vec::new();
    shaped::find(text, &mut finds);
    named::find(text, &mut finds);
    if finds.is_empty() {
        return Cow::Borrowed(text);
    }
    // Of two that overlap the first counts, of two at one place the longer one.
    finds.sort_by_key(|find| (find.range.start, usize::MAX - find.range.end));
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for Find { range, kind, quote } in finds {
        let Some(before) = text.get(done..range.start) else { continue };
        clean.extend([before, quote, kind.mark(), quote]);
        done = range.end;
    }
    clean.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(clean)
}
