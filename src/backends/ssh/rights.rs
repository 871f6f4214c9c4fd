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
use crate::domain::sanitize;

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

/// What was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub rights: Rights,
    /// sudoers says requiretty.
    terminal: bool,
}

impl Found {
    /// A command under sudo.
    fn sudo(self, options: &[&str], command: &Argv) -> Result<Argv, Fault> {
        let words = [&["sudo"], options, &["--"]].concat();
        let argv = command.clone().under(&words);
        if self.terminal { argv.on_a_terminal() } else { Ok(argv) }
    }

    /// By sudo that asks nothing.
    pub fn unasked(self, command: &Argv) -> Result<Argv, Fault> {
        self.sudo(&["-n"], command)
    }
}

/// Finds out, once a connection.
pub(super) async fn probe(live: &Arc<Live>) -> Result<Found, Fault> {
    // Its words are English: every command runs with LC_ALL=C.
    const SCRIPT: &str = "[ \"$(id -u)\" = 0 ] && exit 10; command -v sudo >/dev/null 2>&1 || exit 11; \
        said=$(sudo -n true 2>&1) && exit 12; case $said in *\"must have a tty\"*) exit 14;; esac; exit 13";
    let ask = async |argv: &Argv| Ok::<_, Fault>(process::run(live, argv, &[], PROBE).await?.exit);
    let find = || async {
        let plain = |rights| Found { rights, terminal: false };
        Ok(match ask(&Argv::script(SCRIPT)).await? {
            Exit::Code(10) => plain(Rights::Root),
            Exit::Code(12) => plain(Rights::Sudo),
            Exit::Code(13) => plain(Rights::Password),
            Exit::Code(14) => {
                let found = Found { rights: Rights::Sudo, terminal: true };
                match ask(&found.unasked(&Argv::new("true"))?).await? {
                    Exit::Code(0) => found,
                    // There is no `script` that would give it one.
                    Exit::Code(127) => plain(Rights::Password),
                    _ => Found { rights: Rights::Password, ..found },
                }
            }
            _ => plain(Rights::Own),
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
    let found = probe(live).await?;
    match found.rights {
        Rights::Root => process::run(live, command, input, deadline).await,
        Rights::Sudo => process::run(live, &found.unasked(command)?, input, deadline).await,
        Rights::Password => with_password(live, found, memory, asker, job).await,
        Rights::Own => Err(Fault::new(
            FaultKind::Denied,
            format!("{} is not root at {}, and there is no sudo", live.config.user, live.name),
        )
        .hint("log in as root, or install sudo there")),
    }
}

/// Why something is not done as root that nobody is asked for.
pub(super) fn not_unasked(live: &Live) -> Fault {
    let message =
        format!("{} is not root at {}, and sudo there asks for a password", live.config.user, live.name);
    Fault::new(FaultKind::Denied, message).hint("log in as root, or permit it in sudoers without a password")
}

async fn with_password(
    live: &Arc<Live>,
    found: Found,
    memory: &Memory,
    asker: &Asker,
    job: Job<'_>,
) -> Result<Output, Fault> {
    let mut known = memory.sudo();
    let mut whose = live.config.user.clone();
    for turn in 0..ANSWERS {
        let waiting = Waiting::start(live, found, job).await?;
        whose = waiting.whose.clone();
        let password = match known.take() {
            Some(password) => password,
            None => {
                let target = format!("{whose}@{}", live.config.alias);
                match asker.ask(Question::Sudo { target, again: turn > 0 }).await? {
                    Answer::Secret(password) => password,
                    _ => break,
                }
            }
        };
        match waiting.go_on(live, job, &password).await? {
            Some(output) => {
                memory.keep_sudo(Some(password));
                return Ok(output);
            }
            None => memory.keep_sudo(None),
        }
    }
    let user = &live.config.user;
    let fault = Fault::new(FaultKind::Denied, format!("sudo at {} does not let {user} in", live.name));
    Err(match whose == *user {
        true => fault.hint("is the password right, and may this account use sudo there? `sudo -l` tells"),
        false => fault.hint(format!(
            "sudo there wants the password of {whose}, not of {user}: targetpw, rootpw or runaspw in its sudoers"
        )),
    })
}

/// sudo, which has asked for a password.
struct Waiting {
    process: Process,
    /// How it asks; the name of whose password it wants follows, and `>`.
    prompt: String,
    /// What the command says when it runs and may have its input.
    ready: String,
    /// `root` where sudoers says targetpw or rootpw.
    whose: String,
}

impl Waiting {
    async fn start(live: &Arc<Live>, found: Found, job: Job<'_>) -> Result<Self, Fault> {
        let Job { command, input, deadline } = job;
        let (prompt, ready) = (nonce()?, nonce()?);
        // -k: without what sudo remembers it is certain to ask, and nothing else can be taken for the command's
        // input.
        let asks = format!("{prompt}%p>");
        let mut argv = command.clone();
        if !input.is_empty() {
            // sudo would take the input for a second try when the password is wrong: it is sent when the command
            // runs.
            const SAY: &str = "printf %s \"$1\" >&2; shift; exec \"$@\"";
            argv = argv.under(&["/bin/sh", "-c", SAY, "sh", &ready]);
        }
        let process = Process::start(live, &found.sudo(&["-k", "-S", "-p", &asks], &argv)?).await?;
        let asked = process.complains(|said| question(said, prompt.as_bytes()).is_some());
        match tokio::time::timeout(ASKING, asked).await {
            Ok(true) => {}
            // It ended without asking: not allowed at all, or no terminal (`requiretty`).
            Ok(false) => {
                return Err(denied(live, &within(live, "sudo", deadline, process.finish()).await?));
            }
            Err(_) => return Err(live.silent("sudo", ASKING)),
        }
        let said = process.complaint();
        let name = question(&said, prompt.as_bytes()).map(String::from_utf8_lossy).unwrap_or_default();
        // An old one may not know what `%p` means.
        let whose = match name.is_empty() || name == "%p" {
            true => live.config.user.clone(),
            false => sanitize::name(&name),
        };
        Ok(Self { process, prompt, ready, whose })
    }

    /// `None` = the password is wrong.
    async fn go_on(self, live: &Live, job: Job<'_>, password: &Password) -> Result<Option<Output>, Fault> {
        let Job { command, input, deadline } = job;
        let Self { process, prompt, ready, .. } = self;
        let prompt = prompt.as_bytes();
        let typed = Zeroizing::new(format!("{}\n", password.reveal()));
        process.write(Bytes::copy_from_slice(typed.as_bytes())).await?;
        // Asked again, it was wrong. A command that complains by itself ends or goes on; only sudo knows the word.
        let again = process.complains(|said| memchr::memmem::find_iter(said, prompt).nth(1).is_some());
        let ended = async {
            if !input.is_empty()
                && process.complains(|said| memchr::memmem::find(said, ready.as_bytes()).is_some()).await
            {
                process.feed(input).await;
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
        while let Some(name) = question(&output.stderr, prompt) {
            let whole = [prompt, name, b">"].concat();
            strip(&mut output.stderr, &whole);
        }
        strip(&mut output.stderr, ready.as_bytes());
        Ok(Some(output))
    }
}

/// What stands between sudo's word and the end of its question.
fn question<'s>(said: &'s [u8], prompt: &[u8]) -> Option<&'s [u8]> {
    let after = said.get(memchr::memmem::find(said, prompt)? + prompt.len()..)?;
    after.get(..memchr::memchr(b'>', after)?)
}

fn denied(live: &Live, output: &Output) -> Fault {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = sanitize::line(said.trim(), 200).into_owned();
    let user = &live.config.user;
    let fault = Fault::new(FaultKind::Denied, format!("sudo at {} refuses: {said}", live.name));
    match said.contains("must have a tty") || said.contains("no tty present") {
        true => fault.hint(format!(
            "sudoers there says requiretty: install `script` there (util-linux), or let this account do without by \
             `Defaults:{user} !requiretty`, written with visudo"
        )),
        false => fault.hint("what is allowed there: `sudo -l`"),
    }
}

/// Takes a word of ours out of what the command said.
fn strip(text: &mut Vec<u8>, word: &[u8]) {
    while let Some(at) = memchr::memmem::find(text, word) {
        text.drain(at..at + word.len());
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

#[cfg(test)]
mod tests {
    use super::question;

    #[test]
    fn only_our_own_word_asks() {
        assert_eq!(question(b"[sudo] password for root: ", b"pult-1"), None);
        assert_eq!(question(b"x pult-1root", b"pult-1"), None, "not yet whole");
        assert_eq!(question(b"lecture\npult-1root>", b"pult-1"), Some(&b"root"[..]));
    }
}
