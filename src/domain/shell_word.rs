//! Words of a command line as a person would type them.

/// Quotes one argument, only where it has to be, so that a POSIX shell, zsh and fish all read the same word.
///
/// Used for the equivalent command shown in dialogs and kept in the audit, and for commands over SSH, which
/// sshd hands to whatever login shell there is. Nothing else ever reaches a shell as text.
pub fn sh_quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    // zsh takes `=ls` for the path of ls.
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(plain) {
        return word.to_owned();
    }
    let mut quoted = String::from("'");
    for c in word.chars() {
        match c {
            // Within quotes a backslash is plain for POSIX shells and not for fish: both stand outside.
            '\'' | '\\' => quoted.extend(['\'', '\\', c, '\'']),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

/// The words of a command line as a POSIX shell reads them, without variables and the like.
///
/// # Errors
/// A quote that is not closed.
pub fn sh_split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            // In double quotes a backslash stands for itself but before these.
            (Some('"'), '\\') if !matches!(chars.peek(), Some('"' | '\\' | '$' | '`')) => {
                word.get_or_insert_default().push(c);
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(quote) = quote {
        return Err(format!("a {quote} is not closed"));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::{sh_quote, sh_split};

    #[test]
    fn quotes_only_what_needs_it() {
        assert_eq!(sh_quote("crm-api:2.4.1"), "crm-api:2.4.1");
        assert_eq!(sh_quote(""), "''");
        assert_eq!(sh_quote("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(sh_quote(r"a\b"), r"'a'\\'b'");
        assert_eq!(sh_quote("=ls"), "'=ls'");
    }

    #[test]
    fn words_are_read_as_a_shell_does() {
        let words = sh_split(r#" a 'b c'd "e \"f\" \g" h\ i '' "" "#).unwrap();
        assert_eq!(words, ["a", "b cd", r#"e "f" \g"#, "h i", "", ""]);
        assert_eq!(sh_split("").unwrap(), [""; 0]);
        assert!(sh_split("a 'b").unwrap_err().contains("not closed"));
    }

    proptest::proptest! {
        #[test]
        fn quoted_words_come_back(words in proptest::collection::vec(".{0,8}", 0..4)) {
            let line: Vec<String> = words.iter().map(|word| sh_quote(word)).collect();
            proptest::prop_assert_eq!(sh_split(&line.join(" ")), Ok(words));
        }
    }
}
