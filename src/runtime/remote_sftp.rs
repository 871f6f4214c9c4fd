//! SFTP on a connection to a server.

use crate::backends::sftp::Sftp;
use crate::backends::ssh::Connection;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ssh_target::SshTarget;

/// Starts it, with the rights of root where they are to be had unasked.
///
/// # Errors
/// The server offers none, or no rights.
pub async fn open(connection: &Connection, target: &SshTarget, as_root: bool) -> Result<Sftp, Fault> {
    let pipe = if as_root { connection.sftp_as_root().await? } else { connection.sftp().await? };
    Sftp::begin(Box::new(pipe)).await.map_err(|e| {
        Fault::new(FaultKind::Protocol, format!("{target}: no SFTP there: {e}"))
            .hint("its sshd_config needs a line `Subsystem sftp internal-sftp`")
    })
}
