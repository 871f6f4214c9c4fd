//! Reads `ss -Htunlp`.

use crate::domain::sanitize;
use crate::domain::server::sockets::{Bound, Owner, Socket, Transport};

/// The sockets of all lines that name one.
pub fn parse(text: &str) -> Vec<Socket> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Socket> {
    let mut words = line.split_whitespace();
    let transport = transport(words.next()?)?;
    // The state and the two queues.
    let local = words.nth(3)?;
    let (bound, interface, port) = local_address(local)?;
    // Process names hold blanks: the rest of the line is read as it is.
    let owners = line.split_once("users:(").map(|(_, users)| owners(users)).unwrap_or_default();
    Some(Socket { transport, bound, interface, port, owners })
}

/// `tcp`, `tcp6`, `udp`
pub fn transport(word: &str) -> Option<Transport> {
    match word.trim_end_matches('6') {
        "tcp" => Some(Transport::Tcp),
        "udp" => Some(Transport::Udp),
        _ => None,
    }
}

/// `0.0.0.0:22`, `*:22`, `[::]:22`, `:::22`, `127.0.0.53%lo:53`, `[fe80::1]%eth0:546`
pub fn local_address(text: &str) -> Option<(Bound, Option<String>, u16)> {
    let (address, port) = text.rsplit_once(':')?;
    let port = port.parse().ok()?;
    let (address, zone) =
        address.split_once('%').map_or((address, None), |(address, zone)| (address, Some(zone)));
    // A zone may stand within the brackets, too.
    let zone = zone.map(|zone| sanitize::name(zone.trim_end_matches(']')));
    let bound = match address.trim_start_matches('[').trim_end_matches(']') {
        "*" => Bound::Everywhere,
        address => Bound::At(address.parse().ok()?),
    };
    Some((bound, zone, port))
}

/// `("nginx",pid=47,fd=5),("nginx",pid=45,fd=5))`. A process may be called anything in 15 characters, too few to
/// forge a whole owner.
fn owners(users: &str) -> Vec<Owner> {
    let mut owners: Vec<Owner> = Vec::new();
    for user in users.trim_end().trim_end_matches(')').split("),(\"") {
        let Some((name, rest)) = user.rsplit_once("\",pid=") else { continue };
        let Some(pid) = rest.split(',').next().and_then(|pid| pid.parse().ok()) else { continue };
        let name = sanitize::name(name.trim_start_matches("(\""));
        if !owners.iter().any(|owner| owner.pid == pid) {
            owners.push(Owner { pid, name, unit: None, container: None });
        }
    }
    owners.sort_by_key(|owner| owner.pid);
    owners
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As servers print it: iproute2 of Debian 12, of Ubuntu 14.04, and with systemd-resolved.
    const CAPTURE: &str = r#"
tcp LISTEN 0      128      0.0.0.0:2024  0.0.0.0:*
tcp LISTEN 0      244    127.0.0.1:5439  0.0.0.0:* users:(("postgres",pid=12733,fd=5))
tcp LISTEN 0      4096   127.0.0.1:2201  0.0.0.0:* users:(("docker-proxy",pid=28381,fd=4))
tcp LISTEN 0      511         [::]:80       [::]:* users:(("nginx",pid=47,fd=6),("nginx",pid=46,fd=6),("nginx",pid=45,fd=6))
tcp LISTEN 0      511            *:3000        *:* users:(("node",pid=9,fd=18))
tcp    LISTEN     0      128                   :::22                   :::*      users:(("sshd",917,4))
udp UNCONN 0      0      127.0.0.53%lo:53    0.0.0.0:* users:(("systemd-resolve",pid=5,fd=12))
udp UNCONN 0      0      [fe80::1]%eth0:546     [::]:* users:(("dhcp client",pid=6,fd=3))
udp UNCONN 0      0      0.0.0.0%eth0:68     0.0.0.0:* users:(("evil\",pid=1,fd=",pid=7,fd=3))
icmp6 UNCONN 0 0 *:58 *:*
"#;

    #[test]
    fn all_forms_of_addresses() {
        let rows: Vec<_> = parse(CAPTURE)
            .iter()
            .map(|s| {
                let owners: Vec<_> = s.owners.iter().map(|o| format!("{} {}", o.name, o.pid)).collect();
                let zone = s.interface.as_deref().unwrap_or("-");
                format!("{} {} {zone} {} {}", s.transport.word(), s.bound.text(), s.port, owners.join(","))
            })
            .collect();
        assert_eq!(
            rows,
            [
                "tcp 0.0.0.0 - 2024 ",
                "tcp 127.0.0.1 - 5439 postgres 12733",
                "tcp 127.0.0.1 - 2201 docker-proxy 28381",
                "tcp :: - 80 nginx 45,nginx 46,nginx 47",
                "tcp * - 3000 node 9",
                "tcp :: - 22 ",
                "udp 127.0.0.53 lo 53 systemd-resolve 5",
                "udp fe80::1 eth0 546 dhcp client 6",
                "udp 0.0.0.0 eth0 68 evil\\\",pid=1,fd= 7",
            ]
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(tcp|udp| |LISTEN|0|\\*:|\\[::\\]:|%|users:\\(\\(\"|\",pid=|\\)|\n|\\PC){0,40}") {
            for socket in parse(&text) {
                let clean = socket.owners.iter().all(|o| !o.name.contains('\u{1b}'));
                prop_assert!(clean);
            }
        }
    }
}
