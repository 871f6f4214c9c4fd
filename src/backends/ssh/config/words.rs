//! One line of an ssh_config: a keyword and its arguments.

/// Reads a line: `Keyword args`, `Keyword=args`, arguments in double quotes where they hold blanks.
/// `None` for blank lines and comments.
pub(super) fn line(text: &str) -> Option<(String, Vec<String>)> {
    let text = text.trim();
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    let end = text.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(text.len());
    let (keyword, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest);
    let keyword = keyword.to_ascii_lowercase();
    // A line for a shell is one argument, its quotes included.
    let arguments = match keyword.as_str() {
        "proxycommand" => vec![rest.trim_start().to_owned()],
        _ => arguments(rest),
    };
    Some((keyword, arguments))
}

fn arguments(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            // A comment may follow the arguments.
            '#' if !quoted && word.is_none() => return words,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn every_way_to_write_a_line() {
        for text in [
            "HostName web1.example",
            "hostname=web1.example",
            "\tHostName = web1.example",
            "HOSTNAME \"web1.example\" # the old one",
        ] {
            assert_eq!(line(text), Some(("hostname".into(), vec!["web1.example".into()])), "{text}");
        }
        let (_, words) = line("IdentityFile \"~/my keys/id\"  b").unwrap();
        assert_eq!(words, ["~/my keys/id", "b"]);
        let (_, words) = line("ProxyCommand sh -c \"nc  '%h' %p\" # x").unwrap();
        assert_eq!(words, ["sh -c \"nc  '%h' %p\" # x"]);
        assert_eq!(line("   # nothing"), None);
        assert_eq!(line(""), None);
        assert_eq!(line("Host"), Some(("host".into(), vec![])));
    }
}
