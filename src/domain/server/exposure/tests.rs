//! Every case has its one sentence.

use super::*;
use crate::domain::server::packet_filter::{Chain, FilterRule, Forward};
use crate::domain::server::ufw::tests::active as ufw;

fn bound(text: &str) -> Bound {
    if text == "*" { Bound::Everywhere } else { Bound::At(text.parse().unwrap()) }
}

fn docker(port: u16) -> PacketFilter {
    let forward = Forward { transport: Transport::Tcp, at: None, port, ipv6: false };
    PacketFilter { tool: "iptables", forwards: vec![forward], ..PacketFilter::default() }
}

fn verdict(
    at: &str,
    port: u16,
    published: bool,
    guard: Guard<'_>,
    filter: Option<&PacketFilter>,
) -> (Reach, String) {
    let socket =
        Socket { transport: Transport::Tcp, bound: bound(at), interface: None, port, owners: Vec::new() };
    let published = published.then(|| Published {
        transport: Transport::Tcp,
        bound: bound(at),
        port,
        container: "db".into(),
    });
    let (sockets, published) = (vec![socket], Vec::from_iter(published));
    let all = ports(&sockets, &published);
    assert_eq!(all.len(), 1);
    let open = open(&all[0], guard, filter);
    (open.reach, open.why)
}

#[test]
fn one_sentence_for_each_case() {
    let ufw = ufw(&[
        "allow 22/tcp",
        "allow from 10.0.0.0/8 to any port 5432 proto tcp",
        "limit 2222/tcp",
        "deny 8080",
        "allow in on wg0 to any port 9100",
        "allow to 10.0.0.5 port 53",
        "allow from 2001:db8::/32 to any port 7000",
        "allow from ::/0 to any port 7001",
    ]);
    let on = Guard::Ufw(&ufw);
    let off = Ufw { active: false, ..ufw.clone() };
    let published = docker(5432);
    let mut user = published.clone();
    user.rules.push(FilterRule {
        table: "ip filter".into(),
        chain: "DOCKER-USER".into(),
        text: "-i eth0 -j DROP".into(),
        packets: None,
        bytes: None,
    });
    let drops = Chain { table: "ip filter".into(), name: "INPUT".into(), policy: "DROP".into() };
    let own = PacketFilter { chains: vec![drops], ..PacketFilter::default() };
    for (at, port, docker, guard, filter, reach, why) in [
        ("127.0.0.1", 5432, false, on, None, Reach::Local, "this machine only: it listens at 127.0.0.1"),
        (
            "127.0.0.1",
            5432,
            true,
            on,
            Some(&published),
            Reach::Local,
            "this machine only: it listens at 127.0.0.1",
        ),
        ("0.0.0.0", 22, false, on, None, Reach::Anybody, "open to the internet: `ufw allow 22/tcp`"),
        ("*", 22, false, on, None, Reach::Anybody, "open to the internet: `ufw allow 22/tcp`"),
        (
            "0.0.0.0",
            2222,
            false,
            on,
            None,
            Reach::Anybody,
            "open to the internet: `ufw limit 2222/tcp`, which slows down who knocks often",
        ),
        ("0.0.0.0", 8080, false, on, None, Reach::Nobody, "nobody from outside: `ufw deny 8080`"),
        ("0.0.0.0", 3306, false, on, None, Reach::Nobody, "nobody from outside: ufw's default is to deny"),
        (
            "0.0.0.0",
            5432,
            false,
            on,
            None,
            Reach::Some,
            "open to 10.0.0.0/8: ufw names them, else ufw's default is to deny",
        ),
        (
            "0.0.0.0",
            9100,
            false,
            on,
            None,
            Reach::Some,
            "open to those who come by wg0: ufw names them, else ufw's default is to deny",
        ),
        (
            "10.0.0.5",
            53,
            false,
            on,
            None,
            Reach::Some,
            "open to the networks that lead to 10.0.0.5: `ufw allow to 10.0.0.5 port 53`",
        ),
        (
            "0.0.0.0",
            53,
            false,
            on,
            None,
            Reach::Some,
            "open to those whom `ufw allow to 10.0.0.5 port 53` means: ufw names them, else ufw's default is to deny",
        ),
        ("10.0.0.6", 53, false, on, None, Reach::Nobody, "nobody from outside: ufw's default is to deny"),
        ("0.0.0.0", 7000, false, on, None, Reach::Nobody, "nobody from outside: ufw's default is to deny"),
        (
            "*",
            7000,
            false,
            on,
            None,
            Reach::Some,
            "open to 2001:db8::/32: ufw names them, else ufw's default is to deny",
        ),
        (
            "*",
            7001,
            false,
            on,
            None,
            Reach::Anybody,
            "open to the internet over IPv6: `ufw allow from ::/0 to any port 7001`",
        ),
        // The trap.
        (
            "0.0.0.0",
            3306,
            true,
            on,
            Some(&docker(3306)),
            Reach::Anybody,
            "open to the internet: ufw denies it, Docker publishes it anyway",
        ),
        (
            "0.0.0.0",
            3306,
            true,
            on,
            None,
            Reach::Anybody,
            "open to the internet: ufw denies it, Docker publishes it anyway",
        ),
        (
            "10.0.0.5",
            3306,
            true,
            on,
            Some(&docker(3306)),
            Reach::Some,
            "open to the networks that lead to 10.0.0.5: ufw denies it, Docker publishes it anyway",
        ),
        (
            "0.0.0.0",
            5432,
            true,
            on,
            Some(&published),
            Reach::Anybody,
            "open to the internet: Docker publishes it",
        ),
        (
            "0.0.0.0",
            22,
            true,
            on,
            Some(&docker(22)),
            Reach::Anybody,
            "open to the internet: Docker publishes it",
        ),
        (
            "0.0.0.0",
            5432,
            true,
            on,
            Some(&user),
            Reach::Unknown,
            "perhaps: Docker publishes it, and DOCKER-USER has rules of its own",
        ),
        // Rootless: a program listens, and ufw is asked.
        (
            "0.0.0.0",
            3306,
            true,
            on,
            Some(&published),
            Reach::Nobody,
            "nobody from outside: ufw's default is to deny",
        ),
        (
            "0.0.0.0",
            3306,
            false,
            Guard::Off,
            None,
            Reach::Anybody,
            "open to the internet: no firewall is before it",
        ),
        (
            "0.0.0.0",
            3306,
            false,
            Guard::Ufw(&off),
            None,
            Reach::Anybody,
            "open to the internet: no firewall is before it",
        ),
        (
            "0.0.0.0",
            3306,
            false,
            Guard::Off,
            Some(&own),
            Reach::Unknown,
            "perhaps: ufw is off, but the kernel's rules keep some packets out",
        ),
        (
            "0.0.0.0",
            3306,
            false,
            Guard::Unknown,
            None,
            Reach::Unknown,
            "perhaps open to the internet: to ask ufw takes root",
        ),
        (
            "192.168.1.5",
            3306,
            false,
            Guard::Off,
            None,
            Reach::Some,
            "open to the networks that lead to 192.168.1.5: no firewall is before it",
        ),
    ] {
        assert_eq!(verdict(at, port, docker, guard, filter), (reach, why.to_owned()), "{at}:{port}");
    }
}

#[test]
fn published_ports_without_a_socket_are_ports_as_well() {
    let published =
        [Published { transport: Transport::Tcp, bound: bound("0.0.0.0"), port: 80, container: "web".into() }];
    let socket = Socket {
        transport: Transport::Tcp,
        bound: bound("::"),
        interface: None,
        port: 80,
        owners: Vec::new(),
    };
    let sockets = [socket];
    let all = ports(&sockets, &published);
    assert_eq!(all.len(), 2, "the socket of IPv6 is another");
    assert!(all[0].published.is_none() && all[1].socket.is_none());
    assert_eq!(open(&all[1], Guard::Off, Some(&docker(80))).reach, Reach::Anybody);
}
