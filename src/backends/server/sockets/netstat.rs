//! Reads busybox's `netstat -tunlp`, and that of net-tools.

use super::ss::transport;
use crate::domain::sanitize;
use crate::domain::server::sockets::{Bound, Owner, Socket, Transport};

/// The sockets of all lines that name one.
pub fn parse(text: &str) -> Vec<Socket> {
    text.lines().filter_map(line).collect()
}

/// `tcp   0   0 0.0.0.0:22   0.0.0.0:*   LISTEN   44/sshd: /usr/sbin/`; UDP has no state.
fn line(line: &str) -> Option<Socket> {
    let mut words = line.split_whitespace();
    let name = words.next()?;
    let transport = transport(name)?;
    let (local, remote) = (words.nth(2)?, words.next()?);
    if !remote.ends_with(":*") {
        return None;
    }
    let state = words.clone().next();
    if transport == Transport::Tcp && words.next() != Some("LISTEN") {
        return None;
    }
    let (address, port) = local.rsplit_once(':')?;
    // What does not fit is cut off by old ones; then the address is not told.
    let bound = Bound::At(address.parse().ok()?);
    let owner = match transport {
        Transport::Tcp => words.collect::<Vec<_>>().join(" "),
        Transport::Udp => state.map(|_| words.collect::<Vec<_>>().join(" ")).unwrap_or_default(),
    };
    let owner = owner.split_once('/').and_then(|(pid, name)| {
        Some(Owner { pid: pid.parse().ok()?, name: sanitize::name(name.trim()), unit: None, container: None })
    });
    Some(Socket {
        transport,
        bound,
        interface: None,
        port: port.parse().ok()?,
        owners: owner.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CAPTURE: &str = "Active Internet connections (only servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      44/sshd: /usr/sbin/
tcp        0      0 127.0.0.1:5432          0.0.0.0:*               LISTEN      -
tcp        0      0 :::80                   :::*                    LISTEN      7/nginx: master pro
tcp        0      0 10.0.0.5:22             10.0.0.9:50000          ESTABLISHED 44/sshd
udp        0      0 0.0.0.0:68              0.0.0.0:*                           12/udhcpc
udp6       0      0 ::1:323                 :::*                                -
";

    #[test]
    fn busybox_and_net_tools() {
        let rows: Vec<_> = parse(CAPTURE)
            .iter()
            .map(|s| {
                format!(
                    "{} {} {} {:?}",
                    s.transport.word(),
                    s.bound.text(),
                    s.port,
                    s.owner().map(|o| (o.pid, &*o.name))
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                "tcp 0.0.0.0 22 Some((44, \"sshd: /usr/sbin/\"))",
                "tcp 127.0.0.1 5432 None",
                "tcp :: 80 Some((7, \"nginx: master pro\"))",
                "udp 0.0.0.0 68 Some((12, \"udhcpc\"))",
                "udp ::1 323 None",
            ]
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(tcp|udp6| |LISTEN|0|::|:\\*|1/x|\n|\\PC){0,40}") {
            parse(&text);
        }
    }
}
