//! What an account may do beyond its own: nothing, everything by sudo unasked, or with a password.
//!
//! Each sudo that fails is logged on the server, so it is tried once a connection. The password goes to sudo's
//! input, and only after sudo has asked by a word that nobody could know before: whoever prints a prompt of his
//! own gets nothing.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::asker::Asker;
use super::intake::Exit;
use super::live::Live;
use super::memory::Memory;
use super::process::{self, Output, Process, within};
use crate::backends::argv::Argv;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::password::Password;
use crate::domain::question::{Answer, Question};

/// To find out.
const PROBE: Duration = Duration::from_secs(10);
/// For sudo to ask; PAM waits some seconds after a wrong password.
const ASKING: Duration = Duration::from_secs(15);
/// Passwords that a person may try.
const ANSWERS: usize = 3;

/// What we may do on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// We are root.
    Root,
    /// sudo asks nothing.
    Sudo,
    /// sudo is there and wants a password, or forbids it: it does not say which before it has one.
    Password,
    /// There is no sudo.
    Own,
}

/// Finds out, once a connection.
pub(super) async fn probe(live: &Arc<Live>) -> Result<Rights, Fault> {
    let find = || async {
        const SCRIPT: &str = "[ \"$(id -u)\" = 0 ] && exit 10; command -v sudo >/dev/null 2>&1 || exit 11; \
            sudo -n true >/dev/null 2>&1 && exit 12; exit 13";
        let output = process::run(live, &Argv::script(SCRIPT), &[], PROBE).await?;
        Ok(match output.exit {
            Exit::Code(10) => Rights::Root,
            Exit::Code(12) => Rights::Sudo,
            Exit::Code(13) => Rights::Password,
            _ => Rights::Own,
        })
    };
    live.rights.get_or_try_init(find).await.copied()
}

/// What is run as root.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub command: &'a Argv,
    pub input: &'a [u8],
    pub deadline: Duration,
}

/// Runs a command as root, by whatever way leads there.
pub(super) async fn run(
    live: &Arc<Live>,
    memory: &Memory,
    asker: &Asker,
    job: Job<'_>,
) -> Result<Output, Fault> {
    let Job { command, input, deadline } = job;
    match probe(live).await? {
        Rights::Root => process::run(live, command, input, deadline).await,
        Rights::Sudo => process::run(live, &unasked(command), input, deadline).await,
        Rights::Password => with_password(live, memory, asker, job).await,
        Rights::Own => Err(Fault::new(
            FaultKind::Denied,
            format!("{} is not root at {}, and there is no sudo", live.config.user, live.name),
        )
        .hint("log in as root, or install sudo there")),
    }
}

/// By sudo that asks nothing.
pub(super) fn unasked(command: &Argv) -> Argv {
    command.clone().under(&["sudo", "-n", "--"])
}

/// Why something is not done as root that nobody is asked for.
pub(super) fn not_unasked(live: &Live) -> Fault {
    let message =
        format!("{} is not root at {}, and sudo there asks for a password", live.config.user, live.name);
    Fault::new(FaultKind::Denied, message).hint("log in as root, or permit it in sudoers without a password")
}

async fn with_password(
    live: &Arc<Live>,
    memory: &Memory,
    asker: &Asker,
    job: Job<'_>,
) -> Result<Output, Fault> {
    let mut known = memory.sudo();
    for turn in 0..ANSWERS {
        let password = match known.take() {
            Some(password) => password,
            None => {
                let target = format!("{}@{}", live.config.user, live.config.alias);
                match asker.ask(Question::Sudo { target, again: turn > 0 }).await? {
                    Answer::Secret(password) => password,
                    _ => break,
                }
            }
        };
        match attempt(live, job, &password).await? {
            Some(output) => {
                memory.keep_sudo(Some(password));
                return Ok(output);
            }
            None => memory.keep_sudo(None),
        }
    }
    Err(Fault::new(FaultKind::Denied, format!("sudo at {} does not let {} in", live.name, live.config.user))
        .hint("is the password right, and may this account use sudo there? `sudo -l` tells"))
}

/// `None` = the password is wrong.
async fn attempt(live: &Arc<Live>, job: Job<'_>, password: &Password) -> Result<Option<Output>, Fault> {
    let Job { command, input, deadline } = job;
    let (prompt, ready) = (nonce()?, nonce()?);
    // -k: without what sudo remembers it is certain to ask, and nothing else can be taken for the command's input.
    let words = ["sudo", "-k", "-S", "-p", &prompt, "--"];
    let mut argv = command.clone();
    if !input.is_empty() {
        // sudo would take the input for a second try when the password is wrong: it is sent when the command runs.
        const SAY: &str = "printf %s \"$1\" >&2; shift; exec \"$@\"";
        argv = argv.under(&["/bin/sh", "-c", SAY, "sh", &ready]);
    }
    let process = Process::start(live, &argv.under(&words)).await?;
    let asked = |times: usize| {
        let process = &process;
        let prompt = prompt.as_bytes().to_vec();
        async move {
            process
                .complains(move |said| said.windows(prompt.len()).filter(|w| *w == prompt).count() >= times)
                .await
        }
    };
    let wait = tokio::time::timeout(ASKING, asked(1));
    match wait.await {
        Ok(true) => {}
        // It ended without asking: not allowed at all, or no terminal (`requiretty`).
        Ok(false) => return within(live, "sudo", deadline, process.finish()).await.and_then(denied),
        Err(_) => return Err(live.silent("sudo", ASKING)),
    }
    let typed = Zeroizing::new(format!("{}\n", password.reveal()));
    process.write(Bytes::copy_from_slice(typed.as_bytes())).await?;
    // Asked again, it was wrong. A command that complains by itself ends or goes on; only sudo knows the word.
    let again = asked(2);
    let ended = async {
        if !input.is_empty() {
            let word = ready.as_bytes().to_vec();
            if process.complains(move |said| memchr::memmem::find(said, &word).is_some()).await {
                process.feed(input).await;
            }
        }
        process.ended().await;
    };
    tokio::select! {
        biased;
        true = again => return Ok(None),
        () = ended => {}
        () = tokio::time::sleep(deadline) => {
            return Err(live.silent(command.program(), deadline));
        }
    }
    let mut output = process.finish().await?;
    strip(&mut output.stderr, prompt.as_bytes());
    strip(&mut output.stderr, ready.as_bytes());
    Ok(Some(output))
}

fn denied(output: Output) -> Result<Option<Output>, Fault> {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = crate::domain::sanitize::line(said.trim(), 200).into_owned();
    Err(Fault::new(FaultKind::Denied, format!("sudo refuses: {said}")).hint(
        "what is allowed: `sudo -l`; a `requiretty` in sudoers keeps it from being used without a terminal",
    ))
}

/// Takes sudo's question out of what the command said.
fn strip(text: &mut Vec<u8>, prompt: &[u8]) {
    while let Some(at) = memchr::memmem::find(text, prompt) {
        text.drain(at..at + prompt.len());
    }
}

/// A word that nobody can know.
fn nonce() -> Result<String, Fault> {
    let mut random = [0_u8; 16];
    SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| Fault::new(FaultKind::Bug, "the system gives no random numbers"))?;
    Ok(random.iter().fold("pult-".to_owned(), |text, byte| format!("{text}{byte:02x}")))
}
