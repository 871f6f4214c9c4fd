//! Reads everything that decides who can reach the ports of a server, and judges them.

use super::run::Run;
use super::{docker_ports, packet_filter, sockets, ufw};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::exposure::{Guard, Open, Published, open, ports};
use crate::domain::server::packet_filter::PacketFilter;
use crate::domain::server::sockets::{Bound, Owner, Socket, Sockets, Transport};
use crate::domain::server::ufw::Ufw;

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Surface {
    pub sockets: Sockets,
    pub published: Vec<Published>,
    /// `Err` where we may not ask.
    pub ufw: Result<Option<Ufw>, Fault>,
    pub filter: Option<PacketFilter>,
}

/// A port with the verdict on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedPort {
    pub transport: Transport,
    pub bound: Bound,
    pub port: u16,
    pub interface: Option<String>,
    pub owner: Option<Owner>,
    /// The container that it is published for, by its name; else the one that holds the socket, by its id.
    pub container: Option<String>,
    pub exposure: &'static str,
    pub open: Open,
}

/// Reads it all.
///
/// # Errors
/// The server cannot be reached. What only root may know is not known otherwise.
pub async fn read(server: &dyn Run) -> Result<Surface, Fault> {
    let (sockets, published, ufw, filter) = futures_util::join!(
        sockets::read(server),
        docker_ports::read(server),
        ufw::read(server),
        packet_filter::read(server)
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
    Ok(Surface { sockets: sockets?, published: published?, ufw, filter })
}

impl Surface {
    /// All ports with the verdict on each.
    pub fn judged(&self) -> Vec<JudgedPort> {
        let guard = match &self.ufw {
            Ok(Some(ufw)) => Guard::Ufw(ufw),
            Ok(None) => Guard::Off,
            Err(_) => Guard::Unknown,
        };
        let judge = |port: &crate::domain::server::exposure::Port<'_>| {
            let owner = port.socket.and_then(Socket::owner).cloned();
            let inside = owner.as_ref().and_then(|owner| owner.container.clone());
            let bare = || Socket {
                transport: port.transport,
                bound: port.bound,
                interface: None,
                port: port.port,
                owners: Vec::new(),
            };
            JudgedPort {
                transport: port.transport,
                bound: port.bound,
                port: port.port,
                interface: port.socket.and_then(|socket| socket.interface.clone()),
                container: port.published.map(|p| p.container.clone()).or(inside),
                exposure: port.socket.map_or_else(|| bare().exposure(), Socket::exposure).word(),
                owner,
                open: open(port, guard, self.filter.as_ref()),
            }
        };
        ports(&self.sockets.all, &self.published).iter().map(judge).collect()
    }

    /// Why some of it is not known.
    pub fn doubt(&self) -> Option<&Fault> {
        self.ufw.as_ref().err().filter(|fault| fault.kind == FaultKind::Denied)
    }
}
