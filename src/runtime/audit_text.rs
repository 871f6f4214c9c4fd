//! Texts on their way into the audit: secrets masked, length bounded.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::domain::secret::{MASK, is_secret_key, mask_urls};

/// The longest text of one field, in characters.
const LONGEST: usize = 2000;

/// `NAME=value`, the value or the whole in quotes or not.
static ASSIGNMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?<q>'?)(?<name>[A-Za-z_][A-Za-z0-9_.-]*)=(?<value>'[^']*'|"[^"]*"|[^\s'"]+)"#).ok()
});
/// `'NAME=value with blanks'`, as `sh` quotes a whole argument.
static QUOTED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"'(?<name>[A-Za-z_][A-Za-z0-9_.-]*)=[^']*'").ok());

/// A text as the audit may keep it.
pub fn clean(text: &str) -> String {
    let text = mask_urls(text);
    let secret = |c: &Captures<'_>| c.name("name").is_some_and(|n| is_secret_key(n.as_str()));
    let text =
        replace(
            &QUOTED,
            &text,
            |c| {
                if secret(c) { format!("'{}={MASK}'", &c["name"]) } else { c[0].to_owned() }
            },
        );
    let text = replace(&ASSIGNMENT, &text, |c| {
        if secret(c) { format!("{}{}={MASK}", &c["q"], &c["name"]) } else { c[0].to_owned() }
    });
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}… ({} bytes)", text.get(..cut).unwrap_or_default(), text.len()),
        None => text,
    }
}

fn replace(pattern: &LazyLock<Option<Regex>>, text: &str, with: impl Fn(&Captures<'_>) -> String) -> String {
    match pattern.as_ref() {
        Some(pattern) => pattern.replace_all(text, with).into_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_reach_the_audit() {
        for (text, kept) in [
            ("docker stop web", "docker stop web"),
            ("psql postgres://u:pw@h/db", "psql postgres://u:***@h/db"),
            ("docker exec web env DB_PASSWORD=hunter2 x", "docker exec web env DB_PASSWORD=*** x"),
            ("run -e 'DB_PASSWORD=a b' -e A=1", "run -e 'DB_PASSWORD=***' -e A=1"),
            ("run -e API_KEY='a b' --token=abc", "run -e API_KEY=*** --token=***"),
            ("docker run --name=web", "docker run --name=web"),
        ] {
            assert_eq!(clean(text), kept);
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(clean(&"ä".repeat(2000)), "ä".repeat(2000));
        assert!(clean(&"ä".repeat(3000)).ends_with("ä… (6000 bytes)"));
    }
}
