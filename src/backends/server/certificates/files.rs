//! Certificates in files: what renewals keep, what lies where certificates lie, and what the configuration of web
//! and mail servers names.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::x509;
use crate::backends::server::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::certificates::{self, Certificate, Soonest};

/// Only certificates are printed, never a key that stands in the same file; of a chain the first, which is the one
/// that a server shows. What stands in files is moved in by a blank, so that it heads nothing. One line without
/// a single quote: the readings say it, too.
pub(in crate::backends::server) const LIST: &str = "t=; command -v timeout >/dev/null && t=\"timeout 8\"; \
w=\"[[:space:]]\"; k=\"ssl_certificate|SSLCertificateFile|smtpd_tls_cert_file|ssl_cert|certFile\"; \
n=$($t grep -REHs \"^$w*-?$w*($k)($w|=|:)\" /etc/nginx /etc/apache2 /etc/httpd /etc/traefik /etc/postfix /etc/dovecot \
| grep -v -e -available/ -e snakeoil | sed -nE \"s,^([^:]*):$w*-?$w*($k)($w|=|:)[^/#]*(/[[:alnum:]._/@+~=-]+).*,\\1 \\4,p\" | head -n 200); \
printf \"\\n==> named <==\\n%s\\n\" \"$n\"; printf \"\\n==> files <==\\n\"; \
{ for f in /etc/letsencrypt/live/*/fullchain.pem /etc/ssl/*.pem /etc/ssl/*.crt /etc/ssl/certs/* /etc/ssl/private/* /etc/pki/tls/certs/*; \
do case $f in */live/*) ;; *.key|*/ca-certificates.crt|*/ca-bundle*) continue;; *) test -L \"$f\" && continue;; esac; \
test -f \"$f\" && echo \"$f\"; done; printf \"%s\\n\" \"$n\" | sed \"s/^[^ ]* //\"; } | sort -u | head -n 200 | \
while IFS= read -r f; do test -n \"$f\" || continue; if test -r \"$f\"; then echo \"of $f\"; \
sed -n \"/-BEGIN CERT/,/-END CERT/{s/^/ /;p;/-END CERT/q;}\" \"$f\" 2>/dev/null | head -n 400; else echo \"no $f\"; fi; done; exit 0";

/// What the list says.
pub(in crate::backends::server) fn parse(text: &str, now: Timestamp) -> Vec<Certificate> {
    let mut named: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut all = Vec::new();
    for (name, body) in sections(text) {
        match name {
            "named" => {
                for (by, path) in body.lines().filter_map(|line| line.split_once(' ')) {
                    let users = named.entry(path).or_default();
                    let by = sanitize::name(by);
                    if !users.contains(&by) {
                        users.push(by);
                    }
                }
            }
            "files" => {
                let mut lines = body.lines().peekable();
                while let Some(line) = lines.next() {
                    let Some((word, path)) = line.split_once(' ').filter(|(word, _)| !word.is_empty()) else {
                        continue;
                    };
                    let mut pem = String::new();
                    while let Some(line) = lines.next_if(|line| line.starts_with(' ')) {
                        pem.push_str(line.trim());
                        pem.push('\n');
                    }
                    let used_by = named.get(path).cloned().unwrap_or_default();
                    all.extend(one(word, path, &pem, used_by).map(|one| one.at(now)));
                }
            }
            _ => {}
        }
    }
    all
}

/// What ends first of the list.
pub(in crate::backends::server) fn soonest(text: &str, now: Timestamp) -> Option<Soonest> {
    certificates::soonest(&parse(text, now))
}

/// `None` for what holds no certificate and is not named as one.
fn one(word: &str, path: &str, pem: &str, used_by: Vec<String>) -> Option<Certificate> {
    let place = sanitize::line(path, 1000).into_owned();
    let known = if word == "of" { x509::from_pem(pem) } else { None };
    let problem = match known {
        Some(known) => return Some(Certificate { place, used_by, ..known }),
        None if used_by.is_empty() => return None,
        None if word == "of" => "holds no certificate in PEM form",
        None => "is named, and cannot be read: it is not there, or for root alone",
    };
    Some(Certificate { place, used_by, problem: problem.to_owned(), ..Certificate::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `openssl req -x509 -newkey ec -subj '/O=Bed/CN=a.example'`, as the list prints it.
    const CAPTURE: &str = include_str!("capture.txt");

    fn now() -> Timestamp {
        "2026-11-21T22:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_capture_of_a_real_server() {
        let all = parse(CAPTURE, now());
        let [named, missing] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!(
            (named.place.as_str(), named.subject.as_str()),
            ("/etc/ssl/pult-capture.pem", "a.example, Bed")
        );
        assert_eq!(named.names, ["a.example", "*.b.example", "10.0.0.1", "2001:db8::1"]);
        assert_eq!(named.used_by, ["/etc/nginx/snippets/pult-capture.conf"]);
        assert!(named.self_signed && named.fingerprint.len() == 64, "{named:?}");
        assert_eq!((named.days_left, named.is_due()), (Some(10), true));
        assert_eq!(missing.place, "/etc/ssl/pult-not-there.pem");
        assert!(missing.problem.contains("cannot be read"));
    }

    #[test]
    fn what_it_runs_is_one_line_that_any_shell_can_hand_on() {
        assert!(!LIST.contains(['\'', '\n', '!']));
    }

    proptest! {
        #[test]
        fn garbage_does_not_make_it_panic(text in "((==> (named|files) <==|of |no | /a|-----BEGIN CERTIFICATE-----|[A-Za-z0-9+/=]{0,20}|\\PC{0,9})\n?){0,30}") {
            let _ = parse(&text, now());
        }

        #[test]
        fn garbled_certificates_do_not(at in 0_usize..2000, with in "\\PC{0,4}") {
            let mut text = CAPTURE.to_owned();
            if let Some((at, c)) = text.char_indices().nth(at) {
                text.replace_range(at..at + c.len_utf8(), &with);
            }
            let _ = parse(&text, now());
        }

        #[test]
        fn garbage_for_der_does_not(der in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = x509::from_der(&der);
        }
    }
}
