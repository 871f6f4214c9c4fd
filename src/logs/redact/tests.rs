//! What is hidden, and what has to stay readable.

use proptest::prelude::*;

use super::redact;

#[test]
fn secrets_are_hidden() {
    for (line, want) in [
        ("login password=hunter2 ok", "login password=‹password› ok"),
        ("DB_PASSWORD='a b' x", "DB_PASSWORD='‹password›' x"),
        ("password_2 = x1", "password_2 = ‹password›"),
        ("Password: letmein", "Password: ‹password›"),
        (r#"{"user":"bob","password":"a\"b","n":1}"#, r#"{"user":"bob","password":"‹password›","n":1}"#),
        (r#"{"password": 1234, "x": 1}"#, r#"{"password": "‹password›", "x": 1}"#),
        (
            r#"{"body":"{\"password\":\"x y\",\"a\":1}"}"#,
            r#"{"body":"{\"password\":\"‹password›\",\"a\":1}"}"#,
        ),
        (r#"{"body":"{\"password\":12}"}"#, r#"{"body":"{\"password\":\"‹password›\"}"}"#),
        (r#"{"msg":"password='x"}"#, r#"{"msg":"password='‹password›"}"#),
        ("{'password': 12}", "{'password': '‹password›'}"),
        ("client_secret: s3cr3t, x", "client_secret: ‹secret›, x"),
        ("GET /cb?token=a1b2c3d4&x=1 200", "GET /cb?token=‹token›&x=1 200"),
        ("apiKey=9f8e7d6c5b x-api-key: K9aaBBccDD", "apiKey=‹key› x-api-key: ‹key›"),
        ("AWS_SECRET_ACCESS_KEY=abcDEF123/x", "AWS_SECRET_ACCESS_KEY=‹key›"),
        ("SENTRY_DSN=https://a@b/1", "SENTRY_DSN=‹secret›"),
        ("Authorization: Bearer abcdef", "Authorization: Bearer ‹credentials›"),
        ("authorization=Basic YTpi x=1", "authorization=Basic ‹credentials› x=1"),
        (r#""Authorization":"Token 1f2e3d""#, r#""Authorization":"Token ‹credentials›""#),
        ("authorization: AWS4-HMAC-SHA256 Credential=x", "authorization: ‹credentials›"),
        ("Cookie: sid=1; theme=dark", "Cookie: ‹cookie›"),
        ("< Set-Cookie: sid=1; Path=/; HttpOnly", "< Set-Cookie: ‹cookie›"),
        (r#"{"set-cookie":"a=1; Path=/"}"#, r#"{"set-cookie":"‹cookie›"}"#),
        ("curl -H 'X: 1' with Bearer abc.DEF-123 sent", "curl -H 'X: 1' with Bearer ‹token› sent"),
        ("proxy Basic dXNlcjpwYXNz", "proxy Basic ‹credentials›"),
        ("key AKIAIOSFODNN7EXAMPLE in use", "key ‹key› in use"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ0123456789", "‹token›"),
        ("xoxb-123456789012-abcdefABCDEF", "‹token›"),
        ("using sk_live_4eC39HqLyjWDarjtT1zdp7dc", "using ‹key›"),
        (r#"{"m":"a\nghp_0123456789abcdefghijABCDEFGHIJ0123456789"}"#, r#"{"m":"a\n‹token›"}"#),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P", "jwt ‹token›"),
        ("postgres://u:p@h/db redis://:pw@r:6379", "postgres://u:‹password›@h/db redis://:‹password›@r:6379"),
        ("ftp://u:p@@h,x", "ftp://u:‹password›@h,x"),
        (r#"{"url":"amqp:\/\/u:p@h"}"#, r#"{"url":"amqp:\/\/u:‹password›@h"}"#),
        ("mail to <bob.b+x@mail.example.com>: sent", "mail to <‹e-mail›>: sent"),
        (r#"{"m":"a\nbob@x.de \u00e9eve@x.de."}"#, r#"{"m":"a\n‹e-mail› \u00e9‹e-mail›."}"#),
        ("paid with 4111111111111111.", "paid with ‹card number›."),
        ("no 42 4111-1111-1111-1111 7", "no 42 ‹card number› 7"),
        ("amex 3782 822463 10005", "amex ‹card number›"),
        ("x -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- y", "x ‹private key› y"),
        (r#"{"k":"-----BEGIN PRIVATE KEY-----\nMII"}"#, r#"{"k":"‹private key›"}"#),
        ("MIIEowIBAAKCAQEA0Z3VS5JJcds3xfn1ygWyF0vJv5mDg6m9uQ7Xv0c1K2y8h4Ab", "‹private key›"),
    ] {
        assert_eq!(redact(line), want, "{line}");
        assert_eq!(redact(want), want);
    }
}

#[test]
fn everything_else_stays_readable() {
    for line in [
        "2026-11-21T12:04:14.303954Z  INFO crm::http: GET /v1/deals/7 200 27ms",
        "request_id=0b9f1f1e-6c1f-4a57-9d4e-0f7a3a1b2c3d trace_id=4bf92f3577b34da6a3ce929d0e0e4736",
        "commit e83c5163316f89bfbde7d9ab23ca2e25604af290 at 1795262654303954436 took 12.345678ms",
        "Access denied for user 'root'@'localhost' (using password: YES)",
        "password: must not be empty",
        "password is required",
        "password=null token= secret=***",
        "invalid password: got 3 wrong ones, token=expired, tokens=512, max_tokens: 4096",
        "Unexpected token: punc (}) at position 12",
        "auth::token::verify: ok",
        "token == x1y2z3a4",
        "--- PASS: TestLogin1 (0.00s)",
        "pass=12 fail=3",
        "PWD=/root/app1",
        "key: users/17 cache_key=users:17:x9",
        "primary_key=17 routing_key=orders.v2 partition_key=ab12cd34",
        "KEYCLOAK_URL=http://k:8080/a1",
        "password=${DB_PASSWORD} api_key=<redacted> secret=[FILTERED]",
        "token_type=bearer1234 expires=3600",
        "basic settings loaded; Basic information; bearer authentication failed",
        "Bearer token expired",
        "git@github.com:org/repo.git root@web1.example.com:/srv",
        "http://user@host/ shop@docker web@1000.slice",
        "getty@tty1.service icon@2x.png lodash@4.17.21 @types/node@18.1.0 a@b",
        "sha256@e3b0c442",
        "id 1234567812345678 span 4111111111111112 n=4000000000000001",
        "0.4111111111111111",
        "x4111111111111111",
        "41111111111111111111",
        "4111-1111-1111-1111-1111 4111 1111 1111 111",
        "task-sk-some-service-with-a-long-name-in-it",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        r#"{"level":30,"time":1795262654303,"pid":1,"hostname":"crm-1","keys":["a1b2c3d4"],"auth":{"kind":"md5"}}"#,
        r#"{"secret":"","password":null,"token":false}"#,
        "-----BEGIN CERTIFICATE-----",
        "a=b",
        "=",
        ":",
        "@",
        "://@",
        "::",
        "password",
        "password:",
        "password=",
        "",
    ] {
        assert_eq!(redact(line), line);
    }
}

/// Pieces of lines, secret and not, that meet in any order.
fn line(between: &'static str) -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "password",
        "\"password\"",
        "token",
        "Authorization",
        "Cookie",
        ":",
        "=",
        " ",
        "\"",
        "'",
        "\\\"",
        "\\",
        "{",
        "}",
        "x",
        "a1B2c3D4",
        "Bearer ",
        "Basic YTpi",
        "http://u:p@h",
        "bob@x.de",
        "4111111111111111",
        "‹",
        "é",
        "\n",
        "&",
        "-----BEGIN PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x",
        "AKIAIOSFODNN7EXAMPLE",
        ",",
        "***",
    ]);
    proptest::collection::vec(piece, 0..14).prop_map(move |pieces| pieces.join(between))
}

proptest! {
    #[test]
    fn nothing_is_hidden_twice(line in line(" ")) {
        let once = redact(&line).into_owned();
        prop_assert_eq!(redact(&once), once.as_str(), "{}", line);
    }

    #[test]
    fn no_text_panics(text in ".{0,120}", raw in proptest::collection::vec(any::<u8>(), 0..200)) {
        redact(&text);
        redact(&String::from_utf8_lossy(&raw));
    }

    /// Whatever is hidden in JSON, it is JSON afterwards, with the same names.
    #[test]
    fn json_stays_json(texts in proptest::collection::vec(line(""), 1..4), number in 0..99_u32) {
        let mut fields: serde_json::Map<String, serde_json::Value> =
            texts.iter().enumerate().map(|(i, value)| (format!("f{i}"), value.clone().into())).collect();
        fields.insert("password".into(), number.into());
        let inner = serde_json::Value::from(fields.clone()).to_string();
        fields.insert("body".into(), inner.into());
        let json = serde_json::Value::from(fields.clone()).to_string();
        let clean = redact(&json);
        let read: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&clean).map_err(|e| TestCaseError::fail(format!("{json} {clean} {e}")))?;
        prop_assert!(read.keys().eq(fields.keys()));
        prop_assert_eq!(&read["password"], "‹password›");
    }
}
