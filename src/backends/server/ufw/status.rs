//! Reads `ufw status verbose`, `ufw status numbered` and `/etc/default/ufw`.
//!
//! The table has columns of 26, 12 and 26 characters, and a long address overflows them. So a row is cut at its
//! action, the one word that can stand nowhere else in it but in a remark behind.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::server::ufw::parse::read_ports;
use crate::domain::server::ufw::{Action, Direction, End, Numbered, Ports, Rule, Ufw};

/// Its number, what it leads to, the action with its direction, where from, the log, the remark.
static ROW: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\[ *(\d+)\] (.+?) +(ALLOW|DENY|REJECT|LIMIT) (IN|OUT|FWD) +(.+?)(?: +\((log|log-all|out|, )+\))? *(?: # (.*))?$").ok()
});

/// True when it tells how it stands.
pub fn verbose(text: &str, ufw: &mut Ufw) -> bool {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    let Some(status) = value("Status:") else { return false };
    ufw.active = status == "active";
    ufw.logging = crate::domain::sanitize::name(value("Logging:").unwrap_or_default());
    // `deny (incoming), allow (outgoing), disabled (routed)`
    for part in value("Default:").unwrap_or_default().split(',') {
        let mut words = part.split_whitespace();
        // `disabled` is for the routed ones: the kernel leads nothing on.
        let action = words.next().map(|word| Action::from_word(word).unwrap_or(Action::Deny));
        match (action, words.next()) {
            (Some(action), Some("(incoming)")) => ufw.defaults.incoming = action,
            (Some(action), Some("(outgoing)")) => ufw.defaults.outgoing = action,
            (Some(action), Some("(routed)")) => ufw.defaults.routed = action,
            _ => {}
        }
    }
    matches!(status, "active" | "inactive")
}

/// `/etc/default/ufw`: tells the defaults of an inactive one, and whether IPv6 is its business.
pub fn defaults(text: &str, ufw: &mut Ufw) {
    let value = |key: &str| {
        let line = text.lines().rev().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='));
        line.map(|value| value.trim().trim_matches(['"', '\'']).to_ascii_lowercase())
    };
    ufw.ipv6 = value("IPV6").as_deref() == Some("yes");
    if ufw.active {
        return;
    }
    let policy = |key: &str| {
        value(key).and_then(|value| match value.as_str() {
            "accept" => Some(Action::Allow),
            "drop" => Some(Action::Deny),
            "reject" => Some(Action::Reject),
            _ => None,
        })
    };
    let defaults = &mut ufw.defaults;
    defaults.incoming = policy("DEFAULT_INPUT_POLICY").unwrap_or(defaults.incoming);
    defaults.outgoing = policy("DEFAULT_OUTPUT_POLICY").unwrap_or(defaults.outgoing);
    defaults.routed = policy("DEFAULT_FORWARD_POLICY").unwrap_or(defaults.routed);
}

/// The rows of `ufw status numbered`.
pub fn numbered(text: &str) -> Vec<Numbered> {
    text.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<Numbered> {
    // A remark may look like anything; the table never holds this.
    let (table, comment) =
        line.split_once(" # ").map_or((line, None), |(table, comment)| (table, Some(comment)));
    let found = ROW.as_ref()?.captures(table)?;
    let group = |i: usize| found.get(i).map_or("", |m| m.as_str());
    let direction = match group(4) {
        "IN" => Direction::In,
        "OUT" => Direction::Out,
        _ => Direction::Routed,
    };
    let (to, from) = (side(group(2))?, side(group(5))?);
    let ipv6 = to.ipv6
        || from.ipv6
        || [&to.end, &from.end].iter().any(|end| end.network.is_some_and(|n| n.is_ipv6()));
    // Where a packet leaves stands with what it leads to, and where it enters with where it is from.
    let (enters, leaves) = match direction {
        Direction::In => (to.interface.or(from.interface), None),
        Direction::Out => (None, from.interface.or(to.interface)),
        Direction::Routed => (from.interface, to.interface),
    };
    let log = match (
        table.contains("(log-all") || table.contains(", log-all"),
        table.contains("(log") || table.contains(", log"),
    ) {
        (true, _) => Some("log-all"),
        (false, true) => Some("log"),
        _ => None,
    };
    let rule = Rule {
        action: Action::from_word(group(3))?,
        direction,
        enters,
        leaves,
        log,
        protocol: to.protocol.or(from.protocol),
        from: from.end,
        to: to.end,
        comment: comment.map(|comment| crate::domain::sanitize::line(comment.trim_end(), 256).into_owned()),
    };
    Some(Numbered { number: group(1).parse().ok()?, ipv6, rule })
}

/// One side of a row.
#[derive(Debug, Default)]
struct Side {
    end: End,
    protocol: Option<String>,
    interface: Option<String>,
    ipv6: bool,
}

/// `22/tcp (v6)`, `10.1.1.1 80/tcp on eth1`, `Anywhere`, `Nginx Full`, `10.0.0.1/esp`
fn side(text: &str) -> Option<Side> {
    let mut side = Side::default();
    let mut text = text.trim();
    if let Some((rest, interface)) = text.rsplit_once(" on ") {
        let interface = interface.trim();
        side.ipv6 = interface.ends_with("(v6)");
        side.interface = Some(interface.trim_end_matches("(v6)").trim().to_owned());
        text = rest.trim();
    }
    if let Some(rest) = text.strip_suffix("(v6)") {
        (side.ipv6, text) = (true, rest.trim());
    }
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    // A network may be followed by a slash twice: `10.0.0.0/8/udp`.
    let (address, proto) = match first.rsplit_once('/') {
        Some((address, proto)) if proto.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            (address, Some(proto))
        }
        _ => (first, None),
    };
    let ports = match address.parse() {
        Ok(network) => {
            side.end.network = Some(network);
            side.protocol = proto.map(str::to_owned);
            rest
        }
        Err(_) if address == "Anywhere" => {
            side.protocol = proto.map(str::to_owned);
            rest
        }
        Err(_) => text,
    };
    if !ports.is_empty() {
        let (ports, proto) = match ports.rsplit_once('/') {
            Some((ports, proto)) => (ports, Some(proto.trim().to_owned())),
            None => (ports, None),
        };
        side.end.ports = read_ports(ports.trim()).ok()?;
        if side.end.ports != Ports::Any {
            side.protocol = proto.or(side.protocol);
        }
    }
    Some(side)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str) -> Vec<String> {
        let row = |row: &Numbered| {
            let family = if row.ipv6 { "v6 " } else { "" };
            format!("{} {family}{}", row.number, row.rule.command().trim_start_matches("ufw "))
        };
        numbered(text).iter().map(row).collect()
    }

    #[test]
    fn a_table_as_ufw_prints_it() {
        let text = "Status: active

     To                         Action      From
     --                         ------      ----
[ 1] 22/tcp                     DENY IN     198.51.100.4              
[ 2] 2222/tcp                   LIMIT IN    Anywhere                  
[ 3] Anywhere                   DENY IN     203.0.113.7               
[ 4] 5432/tcp                   ALLOW IN    10.0.0.0/8                 # pg # replica
[ 5] 25/tcp                     DENY OUT    Anywhere                   (out)
[ 6] 10.1.1.1 80/tcp on eth1    ALLOW FWD   Anywhere on eth0          
[ 7] 22/tcp                     ALLOW IN    Anywhere                   # ssh in
[ 8] 22/tcp (v6)                ALLOW IN    Anywhere (v6)              # ssh in
[10] 25/tcp (v6)                DENY OUT    Anywhere (v6)              (out)
[11] 2001:db8:aaaa:bbbb:cccc:dddd:eeee:1 6000:6007/tcp ALLOW IN    2001:db8:1111:2222::/64   
[12] Nginx Full (v6)            ALLOW IN    Anywhere (v6)              (log)
[13] 53 on wg0                  ALLOW IN    Anywhere                   (log-all) # DENY IN all # x
[14] 443                        REJECT IN   192.0.2.0/24 1024:65535/tcp
";
        assert_eq!(
            rows(text),
            [
                "1 deny from 198.51.100.4 to any port 22 proto tcp",
                "2 limit 2222/tcp",
                "3 deny from 203.0.113.7",
                "4 allow from 10.0.0.0/8 to any port 5432 proto tcp comment 'pg # replica'",
                "5 deny out 25/tcp",
                "6 route allow in on eth0 out on eth1 to 10.1.1.1 port 80 proto tcp",
                "7 allow 22/tcp comment 'ssh in'",
                "8 v6 allow 22/tcp comment 'ssh in'",
                "10 v6 deny out 25/tcp",
                "11 v6 allow from 2001:db8:1111:2222::/64 to 2001:db8:aaaa:bbbb:cccc:dddd:eeee:1 port 6000:6007 proto tcp",
                "12 v6 allow log 'Nginx Full'",
                "13 allow in on wg0 log-all to any port 53 comment 'DENY IN all # x'",
                "14 reject from 192.0.2.0/24 port 1024:65535 to any port 443 proto tcp",
            ]
        );
    }

    #[test]
    fn how_it_stands() {
        let mut ufw = Ufw::default();
        assert!(verbose(
            "Status: active\nLogging: on (low)\nDefault: reject (incoming), allow (outgoing), disabled (routed)\nNew profiles: skip\n",
            &mut ufw
        ));
        assert!(ufw.active && ufw.logging == "on (low)");
        let words = [Direction::In, Direction::Out, Direction::Routed].map(|d| ufw.defaults.of(d).word());
        assert_eq!(words, ["reject", "allow", "deny"]);
        assert!(!verbose("ERROR: x", &mut ufw));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\[ 1\\] |Anywhere|22/tcp| on |eth0|\\(v6\\)| +|ALLOW IN|DENY OUT|\\(log\\)|# |10\\.0\\.0\\.0/8|/udp|\n|\\PC){0,24}") {
            for row in numbered(&text) {
                let command = row.rule.command();
                let clean = !command.contains('\u{1b}');
                prop_assert!(clean);
            }
            verbose(&text, &mut Ufw::default());
        }
    }
}
