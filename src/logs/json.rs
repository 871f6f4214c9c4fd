//! Walks through JSON as it is written: in its order, names given twice twice, numbers untouched. What is cut
//! off is given as far as it goes.

use super::pairs::{nested, string};
use super::stamp::at;

/// What is nested deeper is given as it is written.
pub(super) const MAX_DEPTH: usize = 32;

/// A piece of JSON; texts are without quotes and still have their escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// An object (`{`) or array (`[`) begins.
    Open(u8),
    Close(u8),
    Name(&'a str),
    Text(&'a str),
    /// A number, `true`, `false`, `null`.
    Bare(&'a str),
    /// An object or array that is nested too deep.
    Deep(&'a str),
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    CommaOrEnd,
    Nothing,
}

/// The pieces of the value that a text begins with.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    text: &'a str,
    i: usize,
    /// Brackets that are open.
    open: Vec<u8>,
    next: Next,
}

impl<'a> Pieces<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, i: 0, open: Vec::new(), next: Next::Value }
    }

    /// What follows the last piece.
    pub fn rest(&self) -> &'a str {
        self.text.get(self.i..).unwrap_or_default()
    }

    /// The value ended where it should.
    pub fn is_whole(&self) -> bool {
        self.next == Next::Nothing
    }

    /// Takes the next value, however large, as it is written.
    pub fn value(&mut self) -> Option<&'a str> {
        self.blanks();
        let start = self.i;
        if matches!(self.next, Next::Value | Next::ValueOrEnd) && matches!(self.byte(), b'{' | b'[') {
            self.i = nested(self.text.as_bytes(), start)?;
            self.after_value();
        } else {
            self.next()?;
        }
        self.text.get(start..self.i)
    }

    fn byte(&self) -> u8 {
        at(self.text.as_bytes(), self.i)
    }

    fn blanks(&mut self) {
        while matches!(self.byte(), b' ' | b'\t' | b'\n' | b'\r') {
            self.i += 1;
        }
    }

    fn after_value(&mut self) {
        self.next = if self.open.is_empty() { Next::Nothing } else { Next::CommaOrEnd };
    }

    /// The text whose quote is here.
    fn quoted(&mut self) -> Option<&'a str> {
        let end = string(self.text.as_bytes(), self.i + 1)?;
        let text = self.text.get(self.i + 1..end)?;
        self.i = end + 1;
        Some(text)
    }

    fn close(&mut self) -> Option<Piece<'a>> {
        let bracket = self.open.pop()?;
        let fits = matches!((bracket, self.byte()), (b'{', b'}') | (b'[', b']'));
        if !fits {
            self.open.push(bracket);
            return None;
        }
        self.i += 1;
        self.after_value();
        Some(Piece::Close(bracket))
    }

    fn start(&mut self) -> Option<Piece<'a>> {
        let start = self.i;
        match self.byte() {
            b']' if self.next == Next::ValueOrEnd => self.close(),
            b'{' | b'[' if self.open.len() == MAX_DEPTH => {
                self.i = nested(self.text.as_bytes(), start)?;
                self.after_value();
                self.text.get(start..self.i).map(Piece::Deep)
            }
            bracket @ (b'{' | b'[') => {
                self.i += 1;
                self.open.push(bracket);
                self.next = if bracket == b'{' { Next::NameOrEnd } else { Next::ValueOrEnd };
                Some(Piece::Open(bracket))
            }
            b'"' => {
                let text = self.quoted()?;
                self.after_value();
                Some(Piece::Text(text))
            }
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                let is_bare = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
                let rest = self.rest().as_bytes();
                let end = start + rest.iter().take_while(|b| is_bare(b)).count();
                let text = self.text.get(start..end).filter(|text| is_bare_value(text))?;
                self.i = end;
                self.after_value();
                Some(Piece::Bare(text))
            }
            _ => None,
        }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            self.blanks();
            return match (self.next, self.byte()) {
                (Next::Nothing, _) => None,
                (Next::Value | Next::ValueOrEnd, _) => self.start(),
                (Next::NameOrEnd | Next::CommaOrEnd, b'}' | b']') => self.close(),
                (Next::CommaOrEnd, b',') => {
                    self.i += 1;
                    let in_object = self.open.last() == Some(&b'{');
                    self.next = if in_object { Next::Name } else { Next::Value };
                    continue;
                }
                (Next::Name | Next::NameOrEnd, b'"') => {
                    let before = self.i;
                    let name = self.quoted()?;
                    self.blanks();
                    if self.byte() != b':' {
                        self.i = before;
                        return None;
                    }
                    self.i += 1;
                    self.next = Next::Value;
                    Some(Piece::Name(name))
                }
                _ => None,
            };
        }
    }
}

fn is_bare_value(text: &str) -> bool {
    matches!(text, "true" | "false" | "null")
        || text.strip_prefix('-').unwrap_or(text).starts_with(|c: char| c.is_ascii_digit())
}

/// The text that is written with escapes.
pub(super) fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    serde_json::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn written(text: &str) -> String {
        let mut pieces = Pieces::new(text);
        let mut out = String::new();
        for piece in pieces.by_ref() {
            match piece {
                Piece::Open(b) => out.push(char::from(b)),
                Piece::Close(_) => out.push('!'),
                Piece::Name(name) => out += &format!("{name}:"),
                Piece::Text(text) => out += &format!("'{text}' "),
                Piece::Bare(text) | Piece::Deep(text) => out += &format!("{text} "),
            }
        }
        out + if pieces.is_whole() { "." } else { "…" } + pieces.rest()
    }

    #[test]
    fn pieces_in_their_order() {
        for (text, want) in [
            (r#"{"a" : 1.0, "a":[ ],"b":{"c":"x\"y"}} rest"#, r#"{a:1.0 a:[!b:{c:'x\"y' !!.rest"#),
            ("[1,-2e9,true,null]", "[1 -2e9 true null !."),
            (r#"{"a":123456789012345678901234567890}"#, "{a:123456789012345678901234567890 !."),
            (r#"{"a":1,"b":"cut o"#, r#"{a:1 b:…"cut o"#),
            (r#"{"a":1,}"#, "{a:1 …}"),
            ("{a:1}", "{…a:1}"),
            ("[1]]", "[1 !.]"),
            ("{]", "{…]"),
            ("[1}", "[1 …}"),
            ("[tru]", "[…tru]"),
            ("", "…"),
        ] {
            assert_eq!(written(text), want, "{text}");
        }
    }

    #[test]
    fn what_is_too_deep_stays_as_written() {
        let text = format!("{}1{}", "[".repeat(40), "]".repeat(40));
        let deep = "[[[[[[[[1]]]]]]]]";
        assert_eq!(written(&text), format!("{}{deep} {}.", "[".repeat(MAX_DEPTH), "!".repeat(MAX_DEPTH)));
        let text = "[".repeat(100_000);
        assert_eq!(Pieces::new(&text).count(), MAX_DEPTH);
    }

    #[test]
    fn a_value_is_taken_whole() {
        let mut pieces = Pieces::new(r#"{"a": {"b":[1]} ,"c":2}"#);
        pieces.by_ref().take(2).for_each(drop);
        assert_eq!(pieces.value(), Some(r#"{"b":[1]}"#));
        assert_eq!((pieces.next(), pieces.value()), (Some(Piece::Name("c")), Some("2")));
    }

    proptest! {
        #[test]
        fn any_text_ends(text in "[\\[\\]{}\",:1 \\\\a]{0,60}", raw in ".*") {
            for text in [text, raw] {
                let whole = { let mut pieces = Pieces::new(&text); pieces.by_ref().for_each(drop); pieces.is_whole() && pieces.rest().trim().is_empty() };
                // Every JSON is walked through to its end.
                prop_assert!(whole || serde_json::from_str::<Value>(&text).is_err(), "{text}");
                let mut pieces = Pieces::new(&text);
                while pieces.value().is_some() {}
            }
        }
    }
}
