//! The fields of a structured line, parsed when somebody wants them.

use serde_json::{Map, Value};

use super::access::access;
use super::pairs::{Logfmt, is_message_key};
use super::read::{Format, Reading, read};

/// Names and values in their order.
pub type Fields = Vec<(String, Value)>;

/// Every field of a JSON, logfmt or access log's line, in its order; none of other lines.
pub fn fields(line: &str) -> Fields {
    of(line, &read(line))
}

/// The message of a structured line without escapes and the other fields; `None` of other lines, and of what
/// only looked like JSON.
pub fn split(line: &str, reading: &Reading) -> Option<(Option<String>, Fields)> {
    let mut fields = of(line, reading);
    if fields.is_empty() {
        return None;
    }
    let place = fields.iter().position(|(key, value)| is_message_key(key.as_bytes()) && value.is_string());
    let message = place.map(|i| fields.remove(i)).and_then(|(_, value)| match value {
        Value::String(text) => Some(text),
        _ => None,
    });
    Some((message, fields))
}

fn of(line: &str, reading: &Reading) -> Fields {
    match reading.format {
        Format::Json => {
            let start = line.find('{').unwrap_or(0);
            let map: Option<Map<String, Value>> =
                line.get(start..).and_then(|json| serde_json::from_str(json).ok());
            map.unwrap_or_default().into_iter().collect()
        }
        Format::Logfmt => {
            let i = match reading.stamp.end {
                0 => line.len() - line.trim_start().len(),
                end => end,
            };
            let pairs = Logfmt { bytes: line.as_bytes(), i };
            pairs
                .filter_map(|(key, value, quoted)| {
                    let (key, value) = (line.get(key)?, line.get(value)?);
                    Some((key.to_owned(), if quoted { unquoted(value) } else { bare(value) }))
                })
                .collect()
        }
        _ => access(line, reading),
    }
}

fn unquoted(text: &str) -> Value {
    serde_json::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| Value::from(text))
}

/// Numbers, booleans and nothing as such, everything else as text.
pub(super) fn bare(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::Null)) => value,
        _ => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn all(line: &str) -> Value {
        fields(line).into_iter().collect::<Map<_, _>>().into()
    }

    #[test]
    fn json_and_logfmt_have_fields() {
        assert_eq!(all(r#"{"level":30,"a":{"b":[1,"x"]}}"#), json!({"level": 30, "a": {"b": [1, "x"]}}));
        assert_eq!(
            all(r#"ts=2026-11-21T12:00:00Z level=info msg="a \"b\"" n=1.5 ok=true err=null p=/x e="#),
            json!({"ts": "2026-11-21T12:00:00Z", "level": "info", "msg": "a \"b\"", "n": 1.5, "ok": true, "err": null, "p": "/x", "e": ""})
        );
        assert_eq!(all("2026-11-21T12:00:00Z level=warn msg=x"), json!({"level": "warn", "msg": "x"}));
        assert_eq!(all(r#"2026-11-21T12:00:00Z {"level":"warn"}"#), json!({"level": "warn"}));
        assert_eq!(all("ERROR a=1"), json!({}));
        assert_eq!(all(r#"{"level":"warn",}"#), json!({}));
    }

    #[test]
    fn the_message_is_taken_out() {
        let line = r#"{"msg":"a\nb","x":1}"#;
        assert_eq!(split(line, &read(line)), Some((Some("a\nb".into()), vec![("x".into(), json!(1))])));
        assert_eq!(split("plain", &read("plain")), None);
    }
}
