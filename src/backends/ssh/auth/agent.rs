//! The agent: keys that somebody else holds. It may be locked, gone or waiting for a finger on a token.

use std::path::Path;
use std::time::Duration;

use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use tokio::net::UnixStream;

/// To list its keys.
const DEADLINE: Duration = Duration::from_secs(5);
/// No agent needs to be listened to further.
const MOST: usize = 100;

/// An agent that answers.
pub(super) struct Agent {
    pub client: AgentClient<UnixStream>,
    pub identities: Vec<AgentIdentity>,
}

impl Agent {
    /// Connects and asks which keys it has.
    ///
    /// # Errors
    /// Why it is of no use, in words.
    pub async fn open(socket: &Path) -> Result<Self, String> {
        let work = async {
            let mut client = AgentClient::connect_uds(socket).await.map_err(|e| e.to_string())?;
            let mut identities = client.request_identities().await.map_err(|e| e.to_string())?;
            identities.truncate(MOST);
            Ok(Self { client, identities })
        };
        let outcome: Result<Self, String> =
            tokio::time::timeout(DEADLINE, work).await.unwrap_or_else(|_| Err("it does not answer".into()));
        outcome.map_err(|why| format!("the agent at {} is of no use: {why}", socket.display()))
    }
}
