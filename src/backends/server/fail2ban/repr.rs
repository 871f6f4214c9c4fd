//! Reads values as Python prints them, for fail2ban knows no other language: `[{'sshd': ['192.0.2.1']}]`.

/// Deeper values are no answer.
const DEEPEST: usize = 16;

#[derive(Debug, Clone, PartialEq)]
pub enum Repr {
    None,
    Bool(bool),
    Number(f64),
    Text(String),
    /// A list, a tuple or a set.
    List(Vec<Repr>),
    Dict(Vec<(Repr, Repr)>),
}

impl Repr {
    /// `None` when it is no value, or there is more than one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let value = reader.value(0)?;
        reader.blank();
        reader.rest.is_empty().then_some(value)
    }

    /// All texts in it, in their order.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec![text],
            Self::List(all) => all.iter().flat_map(Self::texts).collect(),
            Self::Dict(all) => {
                all.iter().flat_map(|(key, value)| [key.texts(), value.texts()].concat()).collect()
            }
            _ => Vec::new(),
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn takes(&mut self, word: &str) -> bool {
        self.blank();
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Repr> {
        if depth > DEEPEST {
            return None;
        }
        if self.takes("[") {
            return self.list("]", depth);
        }
        if self.takes("(") {
            return self.list(")", depth);
        }
        if self.takes("{") {
            return self.braces(depth);
        }
        for (word, value) in [("None", Repr::None), ("True", Repr::Bool(true)), ("False", Repr::Bool(false))]
        {
            if self.takes(word) {
                return Some(value);
            }
        }
        // Python 2 marks its texts.
        let begin = self.rest.trim_start_matches(['u', 'b']);
        match begin.chars().next()? {
            quote @ ('\'' | '"') if self.rest.len() - begin.len() <= 1 => {
                self.rest = begin;
                self.text(quote).map(Repr::Text)
            }
            _ => self.number(),
        }
    }

    fn list(&mut self, end: &str, depth: usize) -> Option<Repr> {
        let mut all = Vec::new();
        while !self.takes(end) {
            all.push(self.value(depth + 1)?);
            if !self.takes(",") && !self.rest.trim_start().starts_with(end) {
                return None;
            }
        }
        Some(Repr::List(all))
    }

    /// A dict; a set, when no colon follows its first value.
    fn braces(&mut self, depth: usize) -> Option<Repr> {
        let (mut pairs, mut set) = (Vec::new(), Vec::new());
        while !self.takes("}") {
            let key = self.value(depth + 1)?;
            match self.takes(":") {
                true => pairs.push((key, self.value(depth + 1)?)),
                false => set.push(key),
            }
            if !self.takes(",") && !self.rest.trim_start().starts_with('}') {
                return None;
            }
        }
        Some(if set.is_empty() { Repr::Dict(pairs) } else { Repr::List(set) })
    }

    fn text(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.rest = &self.rest[at + 1..];
                    return Some(text);
                }
                '\\' => match chars.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    size @ ('x' | 'u' | 'U') => {
                        let digits = match size {
                            'x' => 2,
                            'u' => 4,
                            _ => 8,
                        };
                        let hex: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
                        text.push(char::from_u32(u32::from_str_radix(&hex, 16).ok()?)?);
                    }
                    other => text.push(other),
                },
                c => text.push(c),
            }
        }
        None
    }

    fn number(&mut self) -> Option<Repr> {
        let end = self.rest.find([',', ']', ')', '}', ':', ' ', '\n']).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        let number = number.trim_end_matches('L').parse().ok()?;
        self.rest = rest;
        Some(Repr::Number(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_of_python() {
        let banned = Repr::parse("[{'sshd': ['203.0.113.7', '2001:db8::5']}, {'recidive': []}]").unwrap();
        assert_eq!(banned.texts(), ["sshd", "203.0.113.7", "2001:db8::5", "recidive"]);
        assert_eq!(Repr::parse("[['sshd']]").unwrap().texts(), ["sshd"]);
        let all =
            Repr::parse("(None, True, -1.5, 7L, u'a\\'b', \"it's\", '\\x1b\\u00e9', {1: 2}, {'x'}, [],)")
                .unwrap();
        assert_eq!(all.texts(), ["a'b", "it's", "\u{1b}é", "x"]);
        for wrong in ["", "[", "['a'", "[1 2]", "'a", "{1:}", "nonsense", "[] []", "'\\x1'", "uu'x'"] {
            assert_eq!(Repr::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Repr::parse(&"[".repeat(100_000)), None);
        let many = format!("[{}]", "'10.0.0.1', ".repeat(50_000));
        assert_eq!(Repr::parse(&many).unwrap().texts().len(), 50_000);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\[|\\]|\\{|\\}|\\(|\\)|'|\"|\\\\x|u|None|1|,|:| |\\PC){0,40}") {
            let _ = Repr::parse(&text);
        }
    }
}
