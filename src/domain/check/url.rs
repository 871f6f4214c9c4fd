//! The address of a page. Only what a check needs of RFC 3986: it holds no password and nothing that has to be
//! made harmless.

use std::fmt;

use crate::domain::secret::masked;

/// `https://host:443/path?query`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    pub tls: bool,
    /// A name or an address; of IPv6 without brackets.
    pub host: String,
    pub port: u16,
    /// Path and query.
    pub path: String,
}

impl Url {
    /// # Errors
    /// What is wrong with it, and how it is written.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        let wrong = |why: &str, hint: &str| Err((why.to_owned(), hint.to_owned()));
        const FORM: &str = "write https://host/path";
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return wrong(
                "it holds blanks or letters that no URL may hold",
                "write them as %20 and the like",
            );
        }
        let (tls, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some((scheme, _)) => return wrong(&format!("its scheme is `{scheme}`"), FORM),
            None => return wrong("it has no scheme", FORM),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return wrong(
                "it holds a user or a password",
                "ask with command = [\"curl\", …] where one is needed",
            );
        }
        let usual = if tls { 443 } else { 80 };
        let Some((host, port)) = host_and_port(authority, Some(usual)) else {
            return wrong(&format!("`{authority}` is no host"), FORM);
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self { tls, host, port, path: format!("{slash}{path}") })
    }

    /// Where a page leads to.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn join(&self, location: &str) -> Result<Self, (String, String)> {
        if location.contains("://") {
            return Self::parse(location);
        }
        let scheme = self.scheme();
        if location.starts_with("//") {
            return Self::parse(&format!("{scheme}:{location}"));
        }
        let path = self.path.split('?').next().unwrap_or_default();
        let folder = path.rfind('/').map_or("", |at| &path[..at]);
        let path = match location.chars().next() {
            Some('/') => location.to_owned(),
            Some('?') => format!("{path}{location}"),
            _ => format!("{folder}/{location}"),
        };
        Self::parse(&format!("{scheme}://{}{path}", self.authority()))
    }

    fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// For people: secrets of its query are masked.
    pub fn shown(&self) -> String {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let pair = |pair: &str| match pair.split_once('=') {
            Some((key, value)) => format!("{key}={}", masked(key, value)),
            None => pair.to_owned(),
        };
        let query: Vec<String> = query.split('&').map(pair).collect();
        let mark = if self.path.contains('?') { "?" } else { "" };
        format!("{}://{}{path}{mark}{}", self.scheme(), self.authority(), query.join("&"))
    }

    /// For the `Host` header: the port only where it is not the usual one.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if self.tls { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme(), self.authority(), self.path)
    }
}

/// `host:port`, `[::1]:port`; without a port the given one, if there is one.
pub fn host_and_port(text: &str, usual: Option<u16>) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            host.parse::<core::net::Ipv6Addr>().ok()?;
            (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        Some(port) => port.parse().ok().filter(|port| *port > 0)?,
        None => usual?,
    };
    is_host(host).then(|| (host.to_owned(), port))
}

/// A name or an address that no program takes for an option and no script for more than a word.
pub fn is_host(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-:".contains(c);
    !text.is_empty() && text.len() <= 253 && text.chars().all(fits) && !text.starts_with(['-', '.', ':'])
        || text.parse::<core::net::Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(text: &str) -> String {
        Url::parse(text).map_or_else(|(why, hint)| format!("{why}; {hint}"), |url| url.to_string())
    }

    #[test]
    fn addresses() {
        assert_eq!(url("https://shop.example"), "https://shop.example/");
        assert_eq!(url("HTTP://127.0.0.1:80/a?b#c"), "http://127.0.0.1/a?b");
        assert_eq!(url("http://[::1]:8080?x=1"), "http://[::1]:8080/?x=1");
        assert!(url("shop.example").starts_with("it has no scheme"));
        assert!(url("ftp://a").starts_with("its scheme is `ftp`"));
        assert!(url("http://u:p@a/").contains("password"));
        for wrong in ["http://", "http://-a", "http://a:0/", "http://a:70000/", "http://a b/", "http://[x]/"]
        {
            assert!(Url::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn where_pages_lead_to() {
        let at = Url::parse("https://a.example:8443/shop/list?page=2").unwrap();
        let join = |location| at.join(location).unwrap().to_string();
        assert_eq!(join("/login"), "https://a.example:8443/login");
        assert_eq!(join("next"), "https://a.example:8443/shop/next");
        assert_eq!(join("?page=3"), "https://a.example:8443/shop/list?page=3");
        assert_eq!(join("//b.example/x"), "https://b.example/x");
        assert_eq!(join("http://c.example"), "http://c.example/");
        assert!(at.join("file:///etc/passwd").is_err() && at.join("/a\r\nEvil: 1").is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_taken_is_one_line_and_read_again_as_the_same(text in "(https?://)?[ -~\\r\\n]{0,40}") {
            if let Ok(url) = Url::parse(&text) {
                prop_assert!(url.to_string().bytes().all(|b| b.is_ascii_graphic()));
                prop_assert_eq!(Url::parse(&url.to_string()), Ok(url));
            }
        }
    }
}
