//! Who a server is.

use super::number;
use crate::backends::server::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::{Facts, Rights};

/// The facts, and the server's clock in seconds since 1970.
pub fn facts(body: &str) -> (Facts, Option<f64>) {
    let (mut facts, mut clock) = (Facts { ticks_per_s: 100, page_bytes: 4096, ..Facts::default() }, None);
    let (mut root, mut sudo) = (false, Rights::Unknown);
    for (name, text) in sections(body) {
        let mut lines = text.lines();
        let mut next = || sanitize::name(lines.next().unwrap_or_default().trim());
        match name {
            "os" => facts.os = os(text),
            "uname" => (facts.hostname, facts.kernel, facts.machine) = (next(), next(), next()),
            "virt" => facts.virtualization = next(),
            "ticks" => facts.ticks_per_s = number::<u32>(Some(next().as_str())).max(1),
            "page" => facts.page_bytes = number::<u32>(Some(next().as_str())).max(1),
            // busybox knows no %N.
            "clock" => clock = next().trim_end_matches(".%N").parse().ok(),
            "user" => {
                facts.user = next();
                root = next() == "0";
            }
            "sudo" => {
                sudo = match next().as_str() {
                    "yes" => Rights::Sudo,
                    "asks" => Rights::Asks,
                    "none" => Rights::None,
                    _ => Rights::Unknown,
                }
            }
            "tools" => {
                facts.tools = text
                    .lines()
                    .take(64)
                    .map(|tool| sanitize::name(tool.trim()))
                    .filter(|t| !t.is_empty())
                    .collect()
            }
            _ => {}
        }
    }
    facts.rights = if root { Rights::Root } else { sudo };
    (facts, clock)
}

/// `PRETTY_NAME` of os-release(5), a shell's assignment.
fn os(text: &str) -> String {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let name = value("PRETTY_NAME").or_else(|| value("NAME")).unwrap_or_default();
    sanitize::name(name.trim().trim_matches(['"', '\''].as_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debian_and_a_busybox() {
        let body = "\n==> os <==\nNAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n\n==> uname <==\nweb1\n6.1.0\nx86_64\n\
                    \n==> virt <==\nkvm\n\n==> ticks <==\n100\n\n==> page <==\n4096\n\n==> clock <==\n1795229157.250000000\n\n==> user <==\nops\n1000\n\n==> sudo <==\nyes\n\n==> tools <==\nsystemctl\nufw\n";
        let (facts, clock) = facts(body);
        assert_eq!(facts.tools, ["systemctl", "ufw"]);
        assert_eq!((facts.os.as_str(), facts.hostname.as_str()), ("Debian GNU/Linux 12 (bookworm)", "web1"));
        assert_eq!((facts.rights, clock), (Rights::Sudo, Some(1_795_229_157.25)));
        let (facts, clock) = super::facts(
            "==> clock <==\n17.%N\n==> user <==\nroot\n0\n==> sudo <==\nnone\n==> os <==\nPRETTY_NAME='A\x1b[31m'\n",
        );
        assert_eq!((facts.rights, clock, facts.page_bytes), (Rights::Root, Some(17.0), 4096));
        assert!(!facts.os.contains('\x1b'));
    }
}
