//! Certificates of a server: in its files, and as its sockets show them to a greeting that comes through the
//! connection to it, so that nothing has to be open to us.

pub(super) mod files;
mod hello;
pub(super) mod x509;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio_rustls::rustls::pki_types::ServerName;

use super::host::Host;
use super::{free_root, sockets};
use crate::backends::argv::Argv;
use crate::backends::clock;
use crate::domain::fault::Fault;
use crate::domain::server::certificates::{self, Certificate, Seen};
use crate::domain::server::sockets::{Bound, Socket, Transport};

const DEADLINE: Duration = Duration::from_secs(30);
/// Sockets that are greeted, at most so many at a time, and names that one of them is asked for.
const MOST_SOCKETS: usize = 32;
const AT_ONCE: usize = 4;
const MOST_NAMES: usize = 8;

/// All of them. Without root those in files that only root may read are missing, or told as unread.
///
/// # Errors
/// What reaching the server fails with.
pub async fn certificates(host: &dyn Host) -> Result<Vec<Certificate>, Fault> {
    let (listed, open) =
        futures_util::join!(free_root::run(host, Argv::script(files::LIST), DEADLINE), sockets::read(host));
    let mut all = files::parse(&listed?.text(), clock::now());
    let names: Vec<String> = all
        .iter()
        .filter(|one| one.is_used())
        .filter_map(|one| one.askable_name().map(str::to_owned))
        .collect();
    // Where nothing tells what listens, the files remain.
    let open = places(open.map(|open| open.all).unwrap_or_default());
    let greetings: Vec<_> = open.into_iter().map(|(at, socket)| shown(host, at, socket, &names)).collect();
    let shown: Vec<Vec<Certificate>> = stream::iter(greetings).buffered(AT_ONCE).collect().await;
    all.extend(shown.into_iter().flatten());
    certificates::compare(&mut all);
    Ok(all)
}

/// Where to greet: each port once at each address.
fn places(open: Vec<Socket>) -> Vec<(SocketAddr, Socket)> {
    let mut all: Vec<(SocketAddr, Socket)> = Vec::new();
    for socket in open.into_iter().filter(|s| s.transport == Transport::Tcp && certificates::speaks_tls(s)) {
        let everywhere: IpAddr = match socket.bound {
            Bound::At(IpAddr::V6(_)) => core::net::Ipv6Addr::LOCALHOST.into(),
            _ => Ipv4Addr::LOCALHOST.into(),
        };
        let at = SocketAddr::new(socket.bound.address().unwrap_or(everywhere), socket.port);
        let is_same = |(known, other): &(SocketAddr, Socket)| {
            // The two families of one program.
            known.port() == at.port()
                && (*known == at || other.owners == socket.owners && at.ip().is_loopback())
        };
        if all.len() < MOST_SOCKETS && !all.iter().any(is_same) {
            all.push((at, socket));
        }
    }
    all
}

/// What a socket shows by itself, and for names that it has not shown a certificate for.
async fn shown(host: &dyn Host, at: SocketAddr, socket: Socket, names: &[String]) -> Vec<Certificate> {
    let used_by: Vec<String> = socket.owner().map(|owner| owner.name.clone()).into_iter().collect();
    let blank = Certificate { seen: Seen::Socket, place: at.to_string(), used_by, ..Certificate::default() };
    let pipe = match host.dial(&at.ip().to_string(), at.port()).await {
        Ok(pipe) => pipe,
        Err(fault) => return vec![Certificate { problem: fault.message, ..blank }],
    };
    let Some(first) = hello::hello(pipe, ServerName::from(at.ip())).await else { return Vec::new() };
    let Some(first) = x509::from_der(&first) else { return Vec::new() };
    let place = |known: Certificate, place: String| {
        Certificate { place, seen: Seen::Socket, used_by: blank.used_by.clone(), ..known }.at(clock::now())
    };
    let mut all = vec![place(first, at.to_string())];
    for name in names.iter().take(MOST_NAMES) {
        let (Ok(asked), false) = (ServerName::try_from(name.clone()), all.iter().any(|one| one.covers(name)))
        else {
            continue;
        };
        let Ok(pipe) = host.dial(&at.ip().to_string(), at.port()).await else { break };
        let told = hello::hello(pipe, asked).await.and_then(|der| x509::from_der(&der));
        if let Some(told) = told.filter(|told| all.iter().all(|one| one.fingerprint != told.fingerprint)) {
            all.push(place(told, format!("{at} {name}")));
        }
    }
    all
}
