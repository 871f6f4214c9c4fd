//! Makes a connection: name, network, keys, login, and a first session.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use russh::ChannelMsg;
use russh::client;
use russh::keys::Algorithm;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OnceCell, mpsc};

use super::auth::Login;
use super::budget::Budget;
use super::cause::Cause;
use super::config::HostConfig;
use super::gatekeeper::{Gatekeeper, Shared};
use super::hub::Hub;
use super::known_hosts::{KnownHosts, Name};
use super::live::Live;
use super::memory::Memory;
use super::{further_keys, proxy, route};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ssh_target::SshTarget;

/// To reach the port, where ssh_config does not say.
const CONNECT: Duration = Duration::from_secs(10);
/// To agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// To log in, the time of questions included: a server gives two minutes by default.
const LOGIN: Duration = Duration::from_secs(115);
/// For the first session.
const PRIME: Duration = Duration::from_secs(5);
/// A server that says nothing is asked for a sign of life this often …
const KEEPALIVE: Duration = Duration::from_secs(15);
/// … and given up after so many without an answer.
const MISSED: usize = 3;

/// Connects to a target.
pub(super) async fn establish(
    hub: &Hub,
    target: &SshTarget,
    memory: &Arc<Memory>,
) -> Result<(Arc<Live>, String), (Cause, String)> {
    let config = hub.resolver().resolve(target).await.map_err(|f| (Cause::Other(f), target.host.clone()))?;
    let place = place(&config);
    let connected = connect(hub, target, &config, memory, &place).await;
    connected.map(|live| (live, place.clone())).map_err(|cause| (cause, place))
}

fn place(config: &HostConfig) -> String {
    match config.host_name.contains(':') {
        true => format!("[{}]:{}", config.host_name, config.port),
        false => format!("{}:{}", config.host_name, config.port),
    }
}

async fn connect(
    hub: &Hub,
    target: &SshTarget,
    config: &Arc<HostConfig>,
    memory: &Arc<Memory>,
    place: &str,
) -> Result<Arc<Live>, Cause> {
    if config.proxy_command.is_some() && config.proxy_hands_over {
        let fault = Fault::new(
            FaultKind::Unsupported,
            format!(
                "{target}: ssh_config says ProxyUseFdpass, and a connection cannot be taken over from a program here"
            ),
        );
        return Err(Cause::Other(
            fault.hint("say `ProxyUseFdpass no` for this host: `nc %h %p` without -F carries it"),
        ));
    }
    let via = route::way(hub.resolver(), config).await.map_err(Cause::Other)?;
    let known = KnownHosts::read(&config.known_hosts).map_err(Cause::Other)?;
    let name = match &config.host_key_alias {
        Some(alias) => Name::new(alias, 22),
        None => Name::new(&config.host_name, config.port),
    };
    let ssh = Arc::new(settings(config, &known, &name).map_err(Cause::Other)?);
    let shared = Arc::new(Shared::default());
    let (further, keys_said) = mpsc::channel(1);
    let mut gatekeeper = Gatekeeper {
        turn: None,
        config: Arc::clone(config),
        name,
        via,
        known,
        asker: hub.asker().clone(),
        memory: Arc::clone(memory),
        shared: Arc::clone(&shared),
        further,
        shown: None,
    };
    let file = gatekeeper.file();
    let mut said = None;
    let greeted = match (route::last_hop(config), &config.proxy_command) {
        (None, Some(command)) => {
            let (stream, says) = proxy::start(command, config, hub.spawn()).map_err(Cause::Other)?;
            said = Some(says);
            gatekeeper.turn = hub.turn().await;
            greet(ssh, stream, gatekeeper).await
        }
        (None, None) => {
            let stream = dial(config).await?;
            gatekeeper.turn = hub.turn().await;
            greet(ssh, stream, gatekeeper).await
        }
        (Some(hop), _) => {
            // Names are looked up there, not here.
            let before = hub.connection(&hop).await.map_err(Cause::Other)?;
            memory.keep_hop(before.clone());
            let stream = before.tcp(&config.host_name, config.port).await.map_err(Cause::Other)?;
            gatekeeper.turn = hub.turn().await;
            greet(ssh, stream, gatekeeper).await
        }
    };
    let mut handle = match (greeted, &said) {
        (Err(cause), Some(said)) => return Err(said.explain(cause, config).await),
        (greeted, _) => greeted?,
    };
    let login = Login::new(&mut handle, config, memory, hub.asker()).run();
    let late = || Cause::Timeout { during: "logging in", after: LOGIN };
    let logged_in = tokio::time::timeout(LOGIN, login).await.unwrap_or_else(|_| Err(late()));
    // A server that hangs up says why only to the handler.
    logged_in.map_err(|cause| match (cause, shared.ended.borrow().clone()) {
        (Cause::Network(_), Some(why)) => why,
        (cause, _) => cause,
    })?;
    let budget = Arc::<Budget>::default();
    prime(&handle, &budget).await;
    let live = Arc::new(Live {
        name: target.to_string(),
        place: place.to_owned(),
        config: Arc::clone(config),
        handle,
        shared,
        budget,
        spawn: hub.spawn().clone(),
        rights: OnceCell::new(),
    });
    let learning = further_keys::learn(Arc::downgrade(&live), keys_said, file);
    hub.spawn().task(format!("further keys of {target}"), learning);
    Ok(live)
}

/// Reaches the port; a name with several addresses is tried with each.
async fn dial(config: &HostConfig) -> Result<TcpStream, Cause> {
    let wait = config.connect_timeout.unwrap_or(CONNECT);
    let late = |during| Cause::Timeout { during, after: wait };
    let look_up = tokio::net::lookup_host((config.host_name.as_str(), config.port));
    let addresses = tokio::time::timeout(wait, look_up).await.map_err(|_| late("looking up its name"))?;
    let addresses = addresses.map_err(|e| Cause::Dns(e.to_string()))?;
    let mut last = Cause::Dns("it has no address".into());
    for address in addresses {
        match tokio::time::timeout(wait, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // What goes to and fro is small and waited for.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(e)) => last = Cause::of_io(&e),
            Err(_) => last = late("connecting"),
        }
    }
    Err(last)
}

/// Agrees on keys; the time in which a person is asked about the server's key does not count.
async fn greet<S>(
    ssh: Arc<client::Config>,
    stream: S,
    gatekeeper: Gatekeeper,
) -> Result<client::Handle<Gatekeeper>, Cause>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let shared = Arc::clone(&gatekeeper.shared);
    let patience = async {
        loop {
            tokio::time::sleep(HANDSHAKE).await;
            if !shared.asking.load(Ordering::Relaxed) {
                return;
            }
        }
    };
    tokio::select! {
        greeted = client::connect_stream(ssh, stream, gatekeeper) => greeted.map_err(|halt| halt.0),
        () = patience => Err(Cause::Timeout { during: "agreeing on keys", after: HANDSHAKE }),
    }
}

/// What is offered to a server: key types that are known for it come first, else one that has several would
/// look new. Broken algorithms are offered only where ssh_config wishes for them, compression never.
///
/// # Errors
/// A wish that leaves nothing.
fn settings(config: &HostConfig, known: &KnownHosts, name: &Name) -> Result<client::Config, Fault> {
    let mut preferred = config.algorithms.preferred().map_err(|keyword| {
        let message =
            format!("{}: {keyword} in ssh_config names nothing that can be done here", config.alias);
        Fault::new(FaultKind::Unsupported, message).hint(format!("leave the usual ones in: `{keyword} +…`"))
    })?;
    let types = known.types(name);
    let is_known = |key: &Algorithm| match key {
        Algorithm::Rsa { .. } => types.iter().any(|known| matches!(known, Algorithm::Rsa { .. })),
        other => types.contains(other),
    };
    preferred.key.to_mut().sort_by_key(|key| !is_known(key));
    if known.has_authority(name) {
        preferred.host_key_certificates = preferred.key.clone();
    }
    Ok(client::Config {
        preferred,
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: MISSED,
        nodelay: true,
        ..client::Config::default()
    })
}

/// Runs nothing once. Until a session was asked for, sshd collects small packets, and each request through the
/// connection would wait 40 ms. An account that may run nothing gets along without.
async fn prime(handle: &client::Handle<Gatekeeper>, budget: &Budget) {
    let work = async {
        let mut session = handle.channel_open_session().await?;
        budget.given();
        session.exec(true, "exit 0").await?;
        // To the end: where one session is allowed, the next one has to wait for it.
        while let Some(message) = session.wait().await {
            if matches!(message, ChannelMsg::Failure) {
                session.close().await?;
            }
        }
        Ok::<_, russh::Error>(())
    };
    let _in_time = tokio::time::timeout(PRIME, work).await;
}
