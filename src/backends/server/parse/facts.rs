//! Who a server is.

use jiff::civil::Date;

use super::number;
use crate::backends::server::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::{Facts, Rights, support};

/// The facts, and the server's clock in seconds since 1970.
pub fn facts(body: &str) -> (Facts, Option<f64>) {
    let (mut facts, mut clock) = (Facts { ticks_per_s: 100, page_bytes: 4096, ..Facts::default() }, None);
    let (mut root, mut sudo) = (false, Rights::Unknown);
    for (name, text) in sections(body) {
        let mut lines = text.lines();
        let mut next = || sanitize::name(lines.next().unwrap_or_default().trim());
        match name {
            "os" => (facts.os, facts.support_ends) = os(text),
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

/// Its name and until when it is supported, from os-release(5): a shell's assignments.
fn os(text: &str) -> (String, Option<Date>) {
    let value = |key: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        Some(value.trim().trim_matches(['"', '\''].as_slice()))
    };
    let name = value("PRETTY_NAME").or_else(|| value("NAME")).unwrap_or_default();
    let said = value("SUPPORT_END").and_then(|day| day.parse().ok());
    let known = || support::ends(value("ID")?, value("VERSION_ID")?);
    (sanitize::name(name), said.or_else(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_system_is_supported() {
        let ends = |text: &str| os(text).1.map(|day| day.to_string());
        assert_eq!(ends("ID=debian\nVERSION_ID=\"12\"\n").as_deref(), Some("2028-06-30"));
        // What it says itself goes before.
        let own = "ID=\"rocky\"\nVERSION_ID=\"9.4\"\nSUPPORT_END=\"2032-05-31\"\n";
        assert_eq!(ends(own).as_deref(), Some("2032-05-31"));
        assert_eq!(
            (ends("ID=debian\nVERSION_ID=99\n"), ends("SUPPORT_END=soon\n"), ends("")),
            (None, None, None)
        );
    }

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
