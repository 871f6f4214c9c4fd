//! What Docker publishes on a server, by its own client there.

use super::host::Host;
use super::job::Job;
use super::sockets::transport;
use crate::domain::fault::Fault;
use crate::domain::sanitize;
use crate::domain::server::exposure::Published;
use crate::domain::server::sockets::Bound;

const SCRIPT: &str = "command -v docker >/dev/null || exit 0
exec timeout 10 docker ps --format '{{.Names}}\t{{.Ports}}'";

/// All published ports; none where Docker is not, or does not run.
///
/// # Errors
/// The server cannot be reached.
pub async fn read(server: &dyn Host) -> Result<Vec<Published>, Fault> {
    let job = Job::new("docker ps", SCRIPT);
    let answer = match job.clone().as_root().on(server).await {
        Err(fault) if fault.kind == crate::domain::fault::FaultKind::Denied => job.on(server).await?,
        answer => answer?,
    };
    Ok(if answer.is_success() { parse(&answer.stdout) } else { Vec::new() })
}

/// `web<TAB>0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 9000/tcp`
fn parse(text: &str) -> Vec<Published> {
    let mut all = Vec::new();
    for (name, ports) in text.lines().filter_map(|line| line.split_once('\t')) {
        for port in ports.split(", ") {
            all.extend(published(name, port).into_iter().flatten());
        }
    }
    all
}

/// `0.0.0.0:9000-9002->9000-9002/tcp`; old clients write `:::80->80/tcp`.
fn published(name: &str, text: &str) -> Option<impl Iterator<Item = Published>> {
    let (from, to) = text.trim().split_once("->")?;
    let (_, protocol) = to.rsplit_once('/')?;
    let transport = transport(protocol)?;
    let (address, ports) = from.rsplit_once(':')?;
    let bound = Bound::At(address.trim_start_matches('[').trim_end_matches(']').parse().ok()?);
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
    let container = sanitize::name(name);
    Some((first..=last).map(move |port| Published { transport, bound, port, container: container.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ports_as_docker_prints_them() {
        let text = "web\t0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 9000/tcp\ndb\t127.0.0.1:5432->5432/tcp\nold\t:::53-54->53-54/udp\nnone\t\n";
        let rows: Vec<_> = parse(text)
            .iter()
            .map(|p| format!("{} {} {} {}", p.container, p.bound.text(), p.port, p.transport.word()))
            .collect();
        assert_eq!(
            rows,
            [
                "web 0.0.0.0 8080 tcp",
                "web :: 8080 tcp",
                "db 127.0.0.1 5432 tcp",
                "old :: 53 udp",
                "old :: 54 udp"
            ]
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(x\t|0\\.0\\.0\\.0:|8-9|->|80|/tcp|, |\n|\\PC){0,30}") {
            parse(&text);
        }
    }
}
