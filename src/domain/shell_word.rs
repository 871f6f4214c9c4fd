//! Words of a command line as a person would type them.

/// Quotes one argument for a POSIX shell, only where it has to be.
///
/// Used for the equivalent command shown in dialogs and kept in the audit. Nothing is ever handed to a
/// shell by pult as text.
pub fn sh_quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::sh_quote;

    #[test]
    fn quotes_only_what_needs_it() {
        assert_eq!(sh_quote("crm-api:2.4.1"), "crm-api:2.4.1");
        assert_eq!(sh_quote(""), "''");
        assert_eq!(sh_quote("it's $HOME"), r"'it'\''s $HOME'");
    }
}
