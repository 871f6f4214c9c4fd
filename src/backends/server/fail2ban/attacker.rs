//! What fail2ban knows of one address: who keeps it out, and what its log says of it.

use super::super::frame::sections;
use super::repr::Repr;
use crate::domain::sanitize;
use crate::domain::server::jails::{Attacker, JailName};

/// The end of the log alone is read, so that it is cheap on a server that has been attacked for months.
pub const SCRIPT: &str = "s() { printf '\\n==> %s <==\\n' \"$1\"; }
s jails; fail2ban-client banned \"$1\" || exit
s log; f=/var/log/fail2ban.log
if test -r $f; then tail -n 50000 $f; else journalctl -q --no-pager -n 20000 -o short-iso -u fail2ban 2>/dev/null; fi | grep -F -w -e \"$1\" | tail -n 2000 | sed 's/^/ /'
exit 0";

/// Lines kept for eyes.
const SHOWN: usize = 12;

/// Reads what the script prints.
pub fn parse(text: &str) -> Attacker {
    let mut known = Attacker::default();
    for (name, body) in sections(text) {
        match name {
            "jails" => {
                let names = Repr::parse(body.trim());
                let names = names.as_ref().map(Repr::texts).unwrap_or_default();
                known.jails = names.into_iter().filter_map(JailName::new).collect();
            }
            "log" => log(body, &mut known),
            _ => {}
        }
    }
    known
}

/// `2026-11-21 03:43:09,123 fail2ban.filter [81]: INFO [sshd] Found 203.0.113.7 - …`
fn log(text: &str, known: &mut Attacker) {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let says = |line: &str, word: &str| line.contains(&format!("] {word} "));
    known.found = lines.iter().filter(|line| says(line, "Found")).count() as u64;
    known.banned = lines.iter().filter(|line| says(line, "Ban")).count() as u64;
    let last = lines.len().saturating_sub(SHOWN);
    known.lines = lines[last..].iter().map(|line| sanitize::line(&short(line), 300).into_owned()).collect();
}

/// The time to the second and what is said, without the program's own place.
fn short(line: &str) -> String {
    match (line.get(..19), line.split_once("]: ")) {
        (Some(time), Some((_, said))) => {
            let words: Vec<&str> = said.split_whitespace().collect();
            format!("{time} {}", words.join(" "))
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn jails_and_lines() {
        let text = "\n==> jails <==\n['sshd', 'recidive']\n\n==> log <==\n \
            2026-11-21 03:43:01,120 fail2ban.filter         [81]: INFO    [sshd] Found 203.0.113.7 - 2026-11-21 03:43:01\n \
            2026-11-21 03:43:09,123 fail2ban.actions        [81]: NOTICE  [sshd] Ban 203.0.113.7\n \
            2026-11-21 03:53:09,123 fail2ban.actions        [81]: NOTICE  [sshd] Unban 203.0.113.7\n";
        let known = parse(text);
        assert_eq!(known.jails.iter().map(JailName::as_str).collect::<Vec<_>>(), ["sshd", "recidive"]);
        assert_eq!((known.found, known.banned, known.lines.len()), (1, 1, 3));
        assert_eq!(known.lines[2], "2026-11-21 03:53:09 NOTICE [sshd] Unban 203.0.113.7");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(==> jails <==|==> log <==|\\['a'\\]|\\] Found |\n|\\PC){0,20}") {
            let _ = parse(&text);
        }
    }
}
