//! The fields of an access log's line: a request and its answer, as nginx, Apache, Traefik, Envoy and gin
//! write them. The names are the same for all.

use super::fields::{Fields, bare};
use super::read::{Format, Reading};

/// What the line says, by name; none of other formats.
pub(super) fn access(line: &str, reading: &Reading) -> Fields {
    let parts = parts(line, reading).into_iter();
    parts.map(|(name, value)| (name.to_owned(), bare(value))).collect()
}

/// A name and a value as written.
type Part<'a> = (&'a str, &'a str);

/// The same as written.
pub(super) fn parts<'a>(line: &'a str, reading: &Reading) -> Vec<Part<'a>> {
    let status = reading.level_at.clone().filter(|_| reading.format == Format::Access);
    let parts = status.and_then(|place| {
        Some((line.get(..place.start)?.trim_end(), line.get(place.clone())?, line.get(place.end..)?))
    });
    let Some((before, status, after)) = parts else { return Vec::new() };
    let mut fields = Vec::new();
    if let Some(quoted) = before.strip_suffix('"') {
        let (head, request) = quoted.split_once('"').unwrap_or(("", quoted));
        requested(request, &mut fields);
        put(&mut fields, "status", status);
        match head.starts_with('[') {
            true => envoy(after, &mut fields),
            false => common(head, after, &mut fields),
        }
    } else {
        gin(after, &mut fields);
        put(&mut fields, "status", status);
    }
    fields
}

/// `-` stands for nothing.
fn put<'a>(fields: &mut Vec<Part<'a>>, name: &'a str, value: &'a str) {
    if !value.is_empty() && value != "-" {
        fields.push((name, value));
    }
}

/// `GET /path HTTP/1.1`; of anything else nothing is known but that it was sent.
fn requested<'a>(request: &'a str, fields: &mut Vec<Part<'a>>) {
    let mut words = request.split(' ');
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(method), Some(path), protocol, None) => {
            put(fields, "method", method);
            put(fields, "path", path);
            put(fields, "protocol", protocol.unwrap_or_default());
        }
        _ => put(fields, "request", request),
    }
}

/// `[host] client ident user [time]` before the request; after the status its length, where it came from, the
/// agent, and what Traefik or a person's own format adds.
fn common<'a>(head: &'a str, after: &'a str, fields: &mut Vec<Part<'a>>) {
    let words: Vec<&str> = head.split('[').next().unwrap_or_default().split_whitespace().take(8).collect();
    if let [before @ .., client, _, user] = words.as_slice() {
        put(fields, "client", client);
        put(fields, "user", user);
        put(fields, "host", before.last().unwrap_or(&""));
    }
    let words = words_of(after);
    let word = |i: usize| words.get(i).copied().unwrap_or_default();
    put(fields, "bytes", word(0));
    put(fields, "referer", word(1));
    put(fields, "agent", word(2));
    if let [_, _, _, count, router, server, took] = words.as_slice()
        && count.bytes().all(|b| b.is_ascii_digit())
    {
        put(fields, "router", router);
        put(fields, "server", server);
        put(fields, "duration", took);
    }
    for (name, value) in words.iter().skip(3).filter_map(|word| word.split_once('=')) {
        put(fields, name, value.trim_matches('"'));
    }
}

/// Flags, bytes received and sent, milliseconds, milliseconds upstream, and quoted: for whom, agent, id, host.
fn envoy<'a>(after: &'a str, fields: &mut Vec<Part<'a>>) {
    let names =
        ["flags", "received", "bytes", "duration_ms", "upstream_ms", "client", "agent", "request_id", "host"];
    for (name, value) in names.into_iter().zip(words_of(after)) {
        put(fields, name, value);
    }
}

/// `|   1.2ms |  10.0.0.1 | GET "/path"`
fn gin<'a>(after: &'a str, fields: &mut Vec<Part<'a>>) {
    let mut cells = after.split('|').skip(1).map(str::trim);
    put(fields, "duration", cells.next().unwrap_or_default());
    put(fields, "client", cells.next().unwrap_or_default());
    if let Some((method, path)) = cells.next().and_then(|cell| cell.split_once(' ')) {
        put(fields, "method", method);
        put(fields, "path", path.trim().trim_matches('"'));
    }
}

/// Words between blanks; quotes hold them together and are taken off. Sixteen at most.
fn words_of(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && words.len() < 16 {
        let (word, behind) = match rest.strip_prefix('"').map(|inner| (inner, inner.find('"'))) {
            Some((inner, Some(end))) => inner.split_at(end),
            _ => rest.split_at(rest.find(' ').unwrap_or(rest.len())),
        };
        words.push(word);
        rest = behind.strip_prefix('"').unwrap_or(behind).trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::fields;
    use serde_json::Value;

    fn said(line: &str) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs: Vec<String> =
            fields(line).iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
        pairs.join(" ")
    }

    #[test]
    fn common_formats() {
        for (line, want) in [
            (
                r#"10.0.0.1 - bob [21/Nov/2026:12:04:14 +0000] "GET /a?b=c HTTP/1.1" 200 612 "http://r/" "curl/8 (x)""#,
                "method=GET path=/a?b=c protocol=HTTP/1.1 status=200 client=10.0.0.1 user=bob bytes=612 referer=http://r/ agent=curl/8 (x)",
            ),
            (
                r#"shop.example:443 10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] "GET / HTTP/1.1" 499 0"#,
                "method=GET path=/ protocol=HTTP/1.1 status=499 client=10.0.0.1 host=shop.example:443 bytes=0",
            ),
            (
                r#"2001:db8::1 - - [21/Nov/2026:13:04:14 +0100] "GET / HTTP/2.0" 503 0 "-" "-" 17 "web@docker" "http://10.0.0.5" 12ms"#,
                "method=GET path=/ protocol=HTTP/2.0 status=503 client=2001:db8::1 bytes=0 router=web@docker server=http://10.0.0.5 duration=12ms",
            ),
            (
                r#"10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] "GET / HTTP/1.1" 200 1 "-" "-" rt=0.012 uct="0.001""#,
                "method=GET path=/ protocol=HTTP/1.1 status=200 client=10.0.0.1 bytes=1 rt=0.012 uct=0.001",
            ),
            (
                r#"[2026-11-21T12:04:14.303Z] "GET /x HTTP/1.1" 500 - 0 91 3 2 "10.9.9.9" "curl" "id-1" "shop:80""#,
                "method=GET path=/x protocol=HTTP/1.1 status=500 received=0 bytes=91 duration_ms=3 upstream_ms=2 client=10.9.9.9 agent=curl request_id=id-1 host=shop:80",
            ),
            (
                r#"[GIN] 2026/11/21 - 12:04:14 | 200 |   1.2ms |  10.0.0.1 | GET "/error""#,
                "duration=1.2ms client=10.0.0.1 method=GET path=/error status=200",
            ),
            (
                "10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] \"\\x16\\x03\\x01\" 400 0",
                r"request=\x16\x03\x01 status=400 client=10.0.0.1 bytes=0",
            ),
            ("GET /api/v1 200 12ms", ""),
        ] {
            assert_eq!(said(line), want, "{line}");
        }
    }
}
