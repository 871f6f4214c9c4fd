//! Reads everything that decides who can reach the ports of a server; see [`Surface`] for the judgement.

use super::host::Host;
use super::job::Job;
use super::{docker_ports, packet_filter, sockets, ufw};
use crate::domain::fault::Fault;
use crate::domain::server::lockout::Seen;
use crate::domain::server::surface::Surface;

/// Reads it all.
///
/// # Errors
/// The server cannot be reached. What only root may know is not known otherwise.
pub async fn read(server: &dyn Host) -> Result<Surface, Fault> {
    let (sockets, published, ufw, filter, seen, onward) = futures_util::join!(
        sockets::read(server),
        docker_ports::read(server),
        ufw::read(server),
        packet_filter::read(server),
        seen(server),
        server.onward()
    );
    let ufw = match ufw {
        Err(fault) if fault.kind.is_link() => return Err(fault),
        other => other,
    };
    let filter = match filter {
        Err(fault) if fault.kind.is_link() => return Err(fault),
        // Somebody else's business: the verdicts say that they were not seen.
        other => other.unwrap_or_default(),
    };
    Ok(Surface { sockets: sockets?, published: published?, ufw, filter, seen: seen?, onward })
}

/// By which address and port the server sees us; `None` where nobody came over SSH.
///
/// # Errors
/// The server cannot be reached.
pub async fn seen(server: &dyn Host) -> Result<Option<Seen>, Fault> {
    let job = Job::new("asking how it sees us", "printf %s \"${SSH_CONNECTION-}\"");
    Ok(Seen::parse(&job.on(server).await?.stdout))
}
