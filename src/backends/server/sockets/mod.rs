//! Which sockets listen on a server, and whose they are: by `ss`, else busybox's `netstat`, else the kernel's
//! own tables.

mod cgroup;
mod netstat;
mod proc_net;
mod ss;

use std::collections::{BTreeMap, HashMap};

pub(super) use ss::transport;

use super::frame::sections;
use super::host::Host;
use super::job::Job;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::sockets::Sockets;

/// `tail` heads each file as it is headed here. What programs print is moved in by a blank: a process may have
/// line ends in its name, and must not head anything.
const SCRIPT: &str = "s() { printf '\\n==> %s <==\\n' \"$1\"; }; s id; id -u
if command -v ss >/dev/null; then s ss; o=$(ss -Htunlp) || exit; printf '%s\\n' \"$o\" | sed 's/^/ /'
p=$(printf '%s\\n' \"$o\" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -un)
s connections; ss -Htn state established | sed -n 's/^ *[0-9]* *[0-9]* *[^ ]*:\\([0-9]*\\) .*/\\1/p' | sort -n | uniq -c
elif command -v netstat >/dev/null; then s netstat; o=$(netstat -tunlp 2>/dev/null || netstat -tunl) || exit; printf '%s\\n' \"$o\" | sed 's/^/ /'
p=$(printf '%s\\n' \"$o\" | grep -o '[0-9]*/[^/]*$' | cut -d/ -f1 | sort -un)
else tail -n +1 /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 2>/dev/null; p=; fi
for i in $p; do s \"cgroup $i\"; cat \"/proc/$i/cgroup\" 2>/dev/null; done; exit 0";

/// Reads all sockets that listen; whose they are, as far as we may know.
///
/// # Errors
/// The server cannot be reached, or has nothing that tells.
pub async fn read(server: &dyn Host) -> Result<Sockets, Fault> {
    let job = Job::new("listing sockets", SCRIPT);
    let answer = match job.clone().as_root().on(server).await {
        // Without root there are no owners, but sockets all the same.
        Err(fault) if fault.kind == FaultKind::Denied => job.on(server).await?,
        answer => match answer? {
            refused if !refused.is_success() => job.on(server).await?,
            answer => answer,
        },
    };
    Ok(parse(&answer.or_fault("listing sockets")?.stdout))
}

/// Reads what the script prints.
fn parse(text: &str) -> Sockets {
    let mut sockets = Sockets::default();
    let mut places = HashMap::new();
    for (name, body) in sections(text) {
        match name {
            "id" => sockets.with_owners = body.trim() == "0",
            "ss" => sockets.all = ss::parse(body),
            "connections" => sockets.connections = Some(connections(body)),
            "netstat" => sockets.all = netstat::parse(body),
            _ => {
                if let Some(table) = name.strip_prefix("/proc/net/") {
                    sockets.all.extend(proc_net::parse(table, body));
                    sockets.with_owners = false;
                } else if let Some(pid) = name.strip_prefix("cgroup ").and_then(|pid| pid.parse::<u32>().ok())
                {
                    places.insert(pid, cgroup::parse(body));
                }
            }
        }
    }
    for owner in sockets.all.iter_mut().flat_map(|socket| &mut socket.owners) {
        if let Some(place) = places.get(&owner.pid) {
            (owner.unit, owner.container) = (place.unit.clone(), place.container.clone());
        }
    }
    // Some builds of busybox's netstat tell no owners, whoever asks.
    sockets.with_owners &= sockets.all.iter().any(|socket| !socket.owners.is_empty());
    sockets.all.sort_by_key(|socket| (socket.port, socket.transport, socket.bound));
    sockets
}

/// `uniq -c` over the ports here: `      3 22`
fn connections(text: &str) -> BTreeMap<u16, u64> {
    let count = |line: &str| {
        let (count, port) = line.trim().split_once(' ')?;
        Some((port.trim().parse().ok()?, count.parse().ok()?))
    };
    text.lines().filter_map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_its_owners() {
        let text = "==> id <==\n0\n\n==> ss <==\n\
            tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:((\"nginx\",pid=47,fd=5),(\"nginx\",pid=45,fd=5))\n\
            tcp LISTEN 0 128 [::]:22 [::]:* users:((\"sshd\",pid=44,fd=4))\n\
            \n==> connections <==\n      3 22\n     12 443\nnonsense\n\
            \n==> cgroup 44 <==\n0::/system.slice/ssh.service\n\
            \n==> cgroup 45 <==\n0::/system.slice/nginx.service\n";
        let sockets = parse(text);
        let rows: Vec<_> =
            sockets.all.iter().map(|s| (s.port, s.owner().map(|o| (o.pid, o.unit.as_deref())))).collect();
        assert_eq!(rows, [(22, Some((44, Some("ssh.service")))), (80, Some((45, Some("nginx.service"))))]);
        assert!(sockets.with_owners);
        assert_eq!(sockets.connections, Some(BTreeMap::from([(22, 3), (443, 12)])));
    }

    #[test]
    fn thousands_of_them_with_owners() {
        let one = |port: u32| {
            format!("tcp LISTEN 0 128 0.0.0.0:{port} 0.0.0.0:* users:((\"many\",pid={port},fd=4))\n")
        };
        let place = |pid: u32| format!("\n==> cgroup {pid} <==\n0::/system.slice/many-{pid}.service\n");
        let ports = 1..=20_000;
        let text = format!(
            "==> id <==\n0\n\n==> ss <==\n{}{}",
            ports.clone().map(one).collect::<String>(),
            ports.map(place).collect::<String>()
        );
        let sockets = parse(&text);
        let last = sockets.all.last().and_then(|socket| socket.owner()).unwrap();
        assert_eq!((sockets.all.len(), last.unit.as_deref()), (20_000, Some("many-20000.service")));
    }

    /// Each of the three ways tells of sockets that are really there.
    #[tokio::test]
    async fn every_program_finds_real_sockets() {
        use crate::backends::server::LocalHost;
        use crate::domain::endpoint::SudoUse;
        use crate::domain::server::sockets::{Bound, Transport};
        let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp6 = std::net::TcpListener::bind("[::1]:0").unwrap();
        let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let addresses = [
            (Transport::Tcp, tcp.local_addr().unwrap()),
            (Transport::Tcp, tcp6.local_addr().unwrap()),
            (Transport::Udp, udp.local_addr().unwrap()),
        ];
        for script in [
            "echo '==> ss <=='; ss -Htunlp",
            "echo '==> netstat <=='; busybox netstat -tunl",
            "tail -n +1 /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6",
        ] {
            let answer = Job::new("a test", script).on(&LocalHost { sudo: SudoUse::Never }).await.unwrap();
            let found = parse(&answer.stdout).all;
            for (transport, at) in addresses {
                let is = |s: &&crate::domain::server::sockets::Socket| {
                    (s.transport, s.bound, s.port) == (transport, Bound::At(at.ip()), at.port())
                };
                assert!(found.iter().any(|s| is(&s)), "{script}: no {at} in {}", answer.stdout);
            }
        }
    }
}
