//! A program whose input and output are the connection: `ProxyCommand`.
//!
//! It is the user's own line and goes to a shell as OpenSSH hands it there; what is put into it is checked first,
//! so that no name of a server can become a command. It gets a terminal that nobody sees: what it complains about
//! or asks there ends up in the fault instead of on the screen. It dies with the connection, with a moment for its
//! last words: one that gives up may close its output before it says why.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::cause::Cause;
use super::config::HostConfig;
use super::spawn::Spawn;
use crate::backends::starting;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;

/// Bytes kept of what it says.
const SAID: usize = 4 << 10;
/// How long it may still speak after the connection is over.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// What a program says besides the connection.
#[derive(Debug, Clone)]
pub(super) struct Said {
    command: String,
    text: Arc<Mutex<Vec<u8>>>,
    /// It says no more.
    over: CancellationToken,
}

/// The program's input and output. Dropping it ends the program.
#[derive(Debug)]
pub(super) struct Proxy {
    stdin: ChildStdin,
    stdout: ChildStdout,
    _listening: DropGuard,
}

/// Starts the program.
///
/// # Errors
/// The line cannot be made, or no program started.
pub(super) fn start(command: &str, config: &HostConfig, spawn: &Spawn) -> Result<(Proxy, Said), Fault> {
    let line = expand(command, config)
        .map_err(|why| fault(FaultKind::Unsupported, config, &format!("`{command}` is not run: {why}")))?;
    let failed = |e: &dyn std::fmt::Display| {
        fault(FaultKind::Failed, config, &format!("`{command}` could not be started: {e}"))
    };
    let (mut pty, pts) = pty_process::open().map_err(|e| failed(&e))?;
    let program = pty_process::Command::new("/bin/sh")
        .args(["-c", &format!("exec {line}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut child = starting::start(|| program.spawn(pts)).map_err(|e| failed(&e))?;
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(failed(&"it has no input and output"));
    };
    let said = Said { command: command.to_owned(), text: Arc::default(), over: CancellationToken::new() };
    let (text, over) = (Arc::clone(&said.text), said.over.clone().drop_guard());
    let listening = CancellationToken::new();
    let stop = listening.clone();
    spawn.task(format!("the proxy of {}", config.alias), async move {
        let (_over, _child): (DropGuard, Child) = (over, child);
        let listen = async {
            let mut bytes = [0; 512];
            // A terminal that nobody has open any more is an error, and the end.
            while let Ok(count @ 1..) = pty.read(&mut bytes).await {
                let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
                let room = SAID.saturating_sub(text.len()).min(count);
                text.extend_from_slice(bytes.get(..room).unwrap_or_default());
            }
        };
        let ended = async {
            stop.cancelled().await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        tokio::select! {
            () = listen => {}
            () = ended => {}
        }
    });
    Ok((Proxy { stdin, stdout, _listening: listening.drop_guard() }, said))
}

impl Said {
    /// Why there is no connection, in the program's own words; what it does not explain stays as it is.
    pub async fn explain(&self, cause: Cause, config: &HostConfig) -> Cause {
        let is_link = matches!(cause, Cause::Network(_) | Cause::Protocol(_) | Cause::Timeout { .. });
        if !is_link {
            return cause;
        }
        let _in_time = tokio::time::timeout(LAST_WORDS * 2, self.over.cancelled()).await;
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = String::from_utf8_lossy(&text).into_owned();
        let words: Vec<&str> = text.split_whitespace().collect();
        let said = match words.is_empty() {
            true => "it said nothing".to_owned(),
            false => format!("it said: {}", sanitize::line(&words.join(" "), 300)),
        };
        let kind =
            if matches!(cause, Cause::Timeout { .. }) { FaultKind::Timeout } else { FaultKind::Unreachable };
        Cause::Other(fault(kind, config, &format!("`{}` made no connection; {said}", self.command)))
    }
}

fn fault(kind: FaultKind, config: &HostConfig, why: &str) -> Fault {
    let alias = &config.alias;
    Fault::new(kind, format!("{alias}: its ProxyCommand {why}"))
        .hint(format!("run it by hand, or see what OpenSSH makes of it: ssh -v {alias}"))
}

/// The line with what `%` stands for.
fn expand(command: &str, config: &HostConfig) -> Result<String, String> {
    let mut line = String::new();
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            line.push(c);
            continue;
        }
        match chars.next() {
            Some('h') => line.push_str(harmless("the host", &config.host_name)?),
            Some('n') => line.push_str(harmless("the name", &config.alias)?),
            Some('r') => line.push_str(harmless("the user", &config.user)?),
            Some('p') => line.push_str(&config.port.to_string()),
            Some('%') => line.push('%'),
            Some(other) => return Err(format!("%{other} means nothing here")),
            None => return Err("it ends in a single %".to_owned()),
        }
    }
    Ok(line)
}

/// What means nothing to a shell.
fn harmless<'v>(what: &str, value: &'v str) -> Result<&'v str, String> {
    let fits = |c: char| c.is_alphanumeric() || "-._:@%+[]".contains(c);
    match !value.is_empty() && !value.starts_with('-') && value.chars().all(fits) {
        true => Ok(value),
        false => Err(format!("{what} `{}` is none that may be handed to a shell", sanitize::line(value, 80))),
    }
}

impl AsyncRead for Proxy {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdout).poll_read(cx, to)
    }
}

impl AsyncWrite for Proxy {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stdin).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdin).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdin).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(host_name: &str, user: &str) -> HostConfig {
        let alias = "web".to_owned();
        HostConfig {
            alias,
            host_name: host_name.into(),
            port: 2222,
            user: user.into(),
            ..HostConfig::default()
        }
    }

    #[test]
    fn tokens_become_words_and_never_commands() {
        let ops = config("web1.example", "ops");
        assert_eq!(
            expand("nc -x p:1 %h %p '%r' %n 100%%", &ops).unwrap(),
            "nc -x p:1 web1.example 2222 'ops' web 100%"
        );
        for evil in ["a;id", "$(id)", "-oProxy", "a b", "a\nb", "a'b", "`id`", ""] {
            assert!(expand("nc %h", &config(evil, "ops")).is_err(), "{evil}");
            assert!(expand("nc %r", &config("web1", evil)).is_err(), "{evil}");
            assert!(expand("nc x", &config(evil, evil)).is_ok(), "not used, it is no harm");
        }
        assert!(expand("nc %q", &ops).is_err() && expand("nc %", &ops).is_err());
    }
}
