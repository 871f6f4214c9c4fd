//! Opens channels and reads them, each in a task of its own: whoever asked may go away at any moment without
//! leaving an unread or unclosed channel behind.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelOpenFailure, ChannelReadHalf, ChannelWriteHalf, Sig};
use tokio::sync::oneshot;

use super::budget::Permit;
use super::cause::Cause;
use super::intake::{Exit, Intake, Overflow};
use super::live::Live;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;

/// For a server to open a channel or to answer a request on it.
const DEADLINE: Duration = Duration::from_secs(10);

/// For a server to close a channel that was given up.
const CLOSING: Duration = Duration::from_secs(1);
/// How long to wait for another session to end.
const PATIENCE: Duration = Duration::from_secs(5);
/// A server that has no room for a session is asked again so often, this far apart.
const TRIES: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// What a channel leads to.
#[derive(Debug, Clone)]
pub(super) enum To {
    Session,
    /// A socket on the server.
    Unix(String),
    /// A port, as seen from the server.
    Tcp(String, u16),
}

/// An open channel; dropping it closes it.
#[derive(Debug)]
pub(super) struct Opened {
    pub intake: Arc<Intake>,
    pub write: Arc<ChannelWriteHalf<Msg>>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.intake.abandoned.cancel();
    }
}

/// Why there is no channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoChannel {
    /// The server does not allow it.
    Prohibited,
    /// What it leads to does not answer; for a session: there are too many.
    Failed,
    Lost(Fault),
}

/// Opens a channel.
pub(super) async fn open(
    live: &Arc<Live>,
    to: To,
    limit: usize,
    overflow: Overflow,
) -> Result<Opened, NoChannel> {
    let mut tries = 0;
    loop {
        let permit = match to {
            To::Session => {
                Some(live.budget.permit(PATIENCE).await.map_err(|most| NoChannel::Lost(busy(live, most)))?)
            }
            _ => None,
        };
        match try_open(live, &to, permit, limit, overflow).await {
            Ok(opened) => return Ok(opened),
            // Too many at once is no failure: there will be room. A program whose channel was closed counts
            // until it has ended.
            Err((NoChannel::Failed, Some(permit))) if tries < TRIES && live.budget.refused(&permit) => {
                tries += 1;
                drop(permit);
                tokio::time::sleep(PAUSE).await;
            }
            Err((why, _)) => return Err(why),
        }
    }
}

type Refused = (NoChannel, Option<Permit>);

async fn try_open(
    live: &Arc<Live>,
    to: &To,
    permit: Option<Permit>,
    limit: usize,
    overflow: Overflow,
) -> Result<Opened, Refused> {
    let (tell, told) = oneshot::channel::<Result<Opened, Refused>>();
    let (held, to) = (Arc::clone(live), to.clone());
    let intake = Arc::new(Intake::new(limit, overflow));
    let reading = Arc::clone(&intake);
    live.spawn.task(format!("channel of {}", live.name), async move {
        match request(&held, to).await {
            Ok(channel) => {
                held.budget.given();
                let (read, write) = channel.split();
                let write = Arc::new(write);
                let opened = Opened { intake: Arc::clone(&reading), write: Arc::clone(&write) };
                // Given up meanwhile: the drop has said so to the intake.
                drop(tell.send(Ok(opened)));
                drain(read, &write, &reading).await;
                drop(permit);
            }
            Err(why) => drop(tell.send(Err((why, permit)))),
        }
    });
    match tokio::time::timeout(DEADLINE, told).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err((NoChannel::Lost(live.fault()), None)),
        Err(_) => Err((NoChannel::Lost(live.silent("opening a channel", DEADLINE)), None)),
    }
}

async fn request(live: &Live, to: To) -> Result<Channel<Msg>, NoChannel> {
    let handle = &live.handle;
    let opened = match to {
        To::Session => handle.channel_open_session().await,
        To::Unix(path) => handle.channel_open_direct_streamlocal(path).await,
        To::Tcp(host, port) => handle.channel_open_direct_tcpip(host, port.into(), "127.0.0.1", 0).await,
    };
    opened.map_err(|error| match error {
        russh::Error::ChannelOpenFailure(reason) => match reason {
            ChannelOpenFailure::ConnectFailed | ChannelOpenFailure::ResourceShortage => NoChannel::Failed,
            _ => NoChannel::Prohibited,
        },
        other => NoChannel::Lost(live.lost(&Cause::of(&other))),
    })
}

/// Reads a channel to its very end; the status of a program may come after the last of its output.
async fn drain(mut from: ChannelReadHalf, to: &ChannelWriteHalf<Msg>, intake: &Intake) {
    let given_up = loop {
        let message = tokio::select! {
            biased;
            () = intake.abandoned.cancelled() => break true,
            message = from.wait() => message,
        };
        match message {
            None => break false,
            Some(ChannelMsg::Data { data }) => {
                if !intake.take(data) {
                    break true;
                }
            }
            Some(ChannelMsg::ExtendedData { data, ext: 1 }) => intake.take_error(&data),
            Some(ChannelMsg::Success) => intake.reply(true),
            Some(ChannelMsg::Failure) => intake.reply(false),
            Some(ChannelMsg::ExitStatus { exit_status }) => intake.exit(Exit::Code(exit_status)),
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => intake.exit(Exit::Signal(word(&signal_name))),
            Some(ChannelMsg::Eof) => intake.eof(),
            Some(_) => {}
        }
    };
    intake.end();
    if given_up && to.eof().await.is_ok() {
        // Most of what is behind a channel ends with its input. Only where the server closes first does russh
        // let go of all that belongs to the channel, so it has a moment for that.
        let rest = async { while from.wait().await.is_some() {} };
        if tokio::time::timeout(CLOSING, rest).await.is_err() {
            let _ = to.close().await;
        }
    }
}

fn word(signal: &Sig) -> String {
    match signal {
        Sig::Custom(name) => sanitize::name(name),
        known => format!("{known:?}"),
    }
}

impl Opened {
    /// Waits for the answer to a request.
    ///
    /// # Errors
    /// The server says no, says nothing, or is gone.
    pub async fn accepted(&self, live: &Live, what: &str) -> Result<(), Fault> {
        let reply = poll_fn(|cx| self.intake.poll_reply(cx));
        match tokio::time::timeout(DEADLINE, reply).await {
            Ok(Some(true)) => Ok(()),
            Ok(Some(false)) => Err(Fault::new(FaultKind::Denied, format!("{} refuses {what}", live.name))
                .hint("the account may be restricted to something else there")),
            Ok(None) => Err(live.fault()),
            Err(_) => Err(live.silent(what, DEADLINE)),
        }
    }
}

fn busy(live: &Live, most: usize) -> Fault {
    let sessions = if most == 1 { "one session".to_owned() } else { format!("{most} sessions") };
    let message = format!(
        "{}: it allows a connection {sessions} at a time (MaxSessions), and no more is free",
        live.name
    );
    Fault::new(FaultKind::Denied, message).hint(match most {
        1 => "raise MaxSessions in its sshd_config to 10, the usual number: files take two, readings one",
        _ => "raise MaxSessions in its sshd_config, or close a shell",
    })
}
