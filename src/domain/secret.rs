//! Values that must not be printed, and the rule that finds them among environment variables and labels.

use std::fmt;

use serde_json::Value;

/// What stands in for a secret on screen, in logs and in the audit.
pub const MASK: &str = "***";

/// A value that prints as `***`. [`Secret::reveal`] is the only way to the content.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Words that mark a key as secret when they stand as a whole word in it (`DB_PASSWORD`, `apiKey`).
const SECRET_WORDS: [&str; 16] = [
    "PASSWORD",
    "PASSWD",
    "PASS",
    "PWD",
    "PASSPHRASE",
    "TOKEN",
    "KEY",
    "APIKEY",
    "SECRET",
    "DSN",
    "CREDENTIAL",
    "CREDENTIALS",
    "AUTH",
    "AUTHORIZATION",
    "COOKIE",
    "SALT",
];

/// True when a key's name says that its value is a secret.
///
/// Names are cut into words at `_`, `-`, `.`, `/` and at a change from lower to upper case; the last
/// of these words decides together with any PASSWORD, SECRET or TOKEN before it, so `KEYCLOAK_URL` and
/// `PWD` (the working directory every shell exports) stay readable.
pub fn is_secret_key(name: &str) -> bool {
    if name == "PWD" || name == "OLDPWD" {
        return false;
    }
    let words = key_words(name);
    let strong =
        |w: &String| matches!(w.as_str(), "PASSWORD" | "PASSWD" | "PASSPHRASE" | "SECRET" | "TOKEN" | "DSN");
    // `POSTGRES_PASSWORD_FILE` names a file, not a secret.
    let names_a_place = words.last().is_some_and(|w| matches!(w.as_str(), "FILE" | "PATH" | "DIR"));
    !names_a_place
        && (words.iter().any(strong)
            || words.last().is_some_and(|w| {
                let singular = w.strip_suffix('S').unwrap_or(w);
                SECRET_WORDS.contains(&w.as_str())
                    || SECRET_WORDS.contains(&singular)
                    || w.ends_with("PASSWORD")
                    || w.ends_with("TOKEN")
                    || w.ends_with("SECRET")
                    || w.ends_with("APIKEY")
            }))
}

fn key_words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        let boundary = !c.is_alphanumeric();
        if (boundary || (c.is_uppercase() && lower_before)) && words.last().is_some_and(|w| !w.is_empty()) {
            words.push(String::new());
        }
        if !boundary && let Some(word) = words.last_mut() {
            word.extend(c.to_uppercase());
        }
        lower_before = c.is_lowercase();
    }
    words.retain(|w| !w.is_empty());
    words
}

/// The value as it may be shown: `***` when the key is a secret's, with passwords inside URLs
/// (`postgres://user:pw@host`) masked in any case. Borrowed when nothing had to be hidden.
pub fn masked<'a>(key: &str, value: &'a str) -> std::borrow::Cow<'a, str> {
    if value.is_empty() {
        return value.into();
    }
    if is_secret_key(key) { MASK.into() } else { mask_urls(value) }
}

/// A word of a command line as it may be shown: `--password=…`, `PGPASSWORD=…` and passwords in URLs are masked.
pub fn masked_word(word: &str) -> String {
    match word.split_once('=') {
        Some((key, value)) => format!("{key}={}", masked(key.trim_start_matches('-'), value)),
        None => mask_urls(word).into_owned(),
    }
}

/// Replaces the password of every `scheme://user:password@host` in a text.
pub fn mask_urls(text: &str) -> std::borrow::Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let after = &rest[start + 3..];
        let end = after
            .find(|c: char| c == '/' || c == '?' || c.is_whitespace() || c == '"')
            .unwrap_or(after.len());
        let authority = &after[..end];
        // The last @ ends the user part: passwords may hold an unescaped one.
        let hidden = authority.rfind('@').and_then(|at| authority[..at].find(':').map(|colon| (colon, at)));
        match hidden {
            Some((colon, at)) if at > colon + 1 => {
                out.push_str(&rest[..start + 3 + colon + 1]);
                out.push_str(MASK);
                rest = &rest[start + 3 + at..];
            }
            _ => {
                out.push_str(&rest[..start + 3 + end]);
                rest = &rest[start + 3 + end..];
            }
        }
    }
    if out.is_empty() && rest.len() == text.len() {
        return text.into();
    }
    out.push_str(rest);
    out.into()
}

/// Masks every secret of an engine's or a cluster's document, in place: values of secret keys, `KEY=value`
/// among environment variables and arguments, what follows a `--password`, passwords in URLs.
pub fn mask_document(document: &mut Value) {
    mask_value("", document);
}

fn mask_value(key: &str, value: &mut Value) {
    match value {
        Value::String(text) => {
            let hidden = if is_secret_key(key) { masked(key, text).into_owned() } else { mask_words(text) };
            *text = hidden;
        }
        Value::Array(items) => {
            let mut after_secret = false;
            for item in items {
                let next = item.as_str().is_some_and(|text| text.starts_with('-') && is_secret_key(text));
                match item {
                    Value::String(text) if after_secret && !text.starts_with('-') => MASK.clone_into(text),
                    other => mask_value(key, other),
                }
                after_secret = next;
            }
        }
        Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| mask_value(key, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Masks `KEY=value` wherever it begins a text or stands as a word in it. A text that begins with it is all
/// value behind the sign, blanks included.
fn mask_words(text: &str) -> String {
    if let Some((key, value)) = text.split_once('=')
        && !key.contains(char::is_whitespace)
        && is_secret_key(key)
    {
        return format!("{key}={}", masked(key, value));
    }
    let word = |word: &str| match word.split_once('=') {
        Some((key, value)) if is_secret_key(key) && !value.is_empty() => {
            let end = value.len() - value.trim_end().len();
            format!("{key}={MASK}{}", &value[value.len() - end..])
        }
        _ => word.to_owned(),
    };
    let words: String = text.split_inclusive(char::is_whitespace).map(word).collect();
    mask_urls(&words).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_keeps_its_shape_and_loses_its_secrets() {
        let mut document = json!({
            "Config": {
                "Env": ["PATH=/bin", "DB_PASSWORD=a b=c", "URL=postgres://u:pw@h/x", "EMPTY_TOKEN="],
                "Cmd": ["sh", "-c", "PORT=1 API_KEY=k1 TOKEN=k2\tserve --port=1", "--password", "p1", "--db-password=p2", "-v"],
                "Labels": {"traefik.auth.password": "p3", "note": "redis://:p4@r and more"},
            },
            "Secrets": {"token": "p5"}, "Id": "9b61", "N": [1, null, true],
        });
        mask_document(&mut document);
        assert_eq!(
            document,
            json!({
                "Config": {
                    "Env": ["PATH=/bin", "DB_PASSWORD=***", "URL=postgres://u:***@h/x", "EMPTY_TOKEN="],
                    "Cmd": ["sh", "-c", "PORT=1 API_KEY=*** TOKEN=***\tserve --port=1", "--password", "***", "--db-password=***", "-v"],
                    "Labels": {"traefik.auth.password": "***", "note": "redis://:***@r and more"},
                },
                "Secrets": {"token": "***"}, "Id": "9b61", "N": [1, null, true],
            })
        );
    }

    #[test]
    fn secrets_are_found_by_whole_words() {
        for key in [
            "POSTGRES_PASSWORD",
            "DB_PASS",
            "apiKey",
            "API_KEY",
            "AUTH_TOKEN",
            "SENTRY_DSN",
            "N8N_ENCRYPTION_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "JWT_SECRET",
            "PGPASSWORD",
            "ACCESS_KEYS",
            "SECRET_VALUE",
            "Proxy-Authorization",
        ] {
            assert!(is_secret_key(key), "{key}");
        }
        for key in
            ["PATH", "KEYCLOAK_URL", "PWD", "HOME", "MONKEY", "POSTGRES_PASSWORD_FILE", "COMPASS", "AUTHOR"]
        {
            assert!(!is_secret_key(key), "{key}");
        }
    }

    #[test]
    fn passwords_in_urls_are_masked_and_the_rest_is_kept() {
        assert_eq!(mask_urls("postgres://u:p@h/db?x=1"), "postgres://u:***@h/db?x=1");
        assert_eq!(
            mask_urls("a redis://:pw@r:6379 b http://h/x c ftp://u:p@@h"),
            "a redis://:***@r:6379 b http://h/x c ftp://u:***@h"
        );
        assert_eq!(mask_urls("nothing here"), "nothing here");
        assert_eq!(mask_urls("http://user@host/"), "http://user@host/");
    }

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }
}
