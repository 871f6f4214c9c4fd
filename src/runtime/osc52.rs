//! Copying to the clipboard of the terminal a person sits at, also through SSH: OSC 52.

use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::backends::starting;

/// The longest text that is sent. Terminals drop longer ones without a word. Bytes.
pub const LONGEST: usize = 100_000;
/// What GNU screen takes in one string.
const SCREEN_CHUNK: usize = 512;

/// Who stands between pult and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    /// Nobody.
    None,
    /// tmux takes OSC 52 from programs only with `set-clipboard on`; its default `external` ignores it
    /// without a word. So its own client is asked too: see [`load_into_tmux`].
    Tmux,
    /// GNU screen, which passes strings on when they are wrapped.
    Screen,
}

impl Multiplexer {
    /// From the environment. A tmux inside of screen decides: it is nearer.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| env(name).is_some_and(|v| !v.is_empty());
        let term = env("TERM").unwrap_or_default();
        if set("TMUX") {
            Self::Tmux
        } else if set("STY") || (term.starts_with("screen") && !set("TERM_PROGRAM")) {
            Self::Screen
        } else {
            Self::None
        }
    }
}

/// The bytes that put a text on the clipboard.
///
/// # Errors
/// A sentence when the text is too long for terminals to take.
pub fn copy(text: &str, through: Multiplexer) -> Result<Vec<u8>, String> {
    if text.len() > LONGEST {
        return Err(format!(
            "{} kB are too much for the clipboard; at most {} kB are copied",
            text.len().div_ceil(1000),
            LONGEST / 1000
        ));
    }
    let encoded = STANDARD.encode(text);
    let sequence = format!("\x1b]52;c;{encoded}\x07");
    Ok(match through {
        Multiplexer::None | Multiplexer::Tmux => sequence.into_bytes(),
        Multiplexer::Screen => sequence
            .as_bytes()
            .chunks(SCREEN_CHUNK)
            .flat_map(|chunk| [b"\x1bP", chunk, b"\x1b\\"].concat())
            .collect(),
    })
}

/// Hands a text to the tmux around us: into a buffer of its own (`prefix ]`) and, with `-w`, on to the
/// clipboard of the terminal it is attached to. On a thread of its own, as nobody waits for tmux.
pub fn load_into_tmux(text: &str) {
    let text = text.to_owned();
    #[expect(clippy::disallowed_methods, reason = "the runtime starts tmux's own client, without a shell")]
    let load = move || {
        let mut client = Command::new("tmux");
        client
            .args(["load-buffer", "-w", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = starting::start(|| client.spawn())?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(text.as_bytes())?;
        }
        child.wait()
    };
    let run = move || match load() {
        Ok(status) if status.success() => {}
        Ok(status) => tracing::debug!("tmux load-buffer: {status}"),
        Err(e) => tracing::debug!("tmux load-buffer: {e}"),
    };
    if let Err(e) = std::thread::Builder::new().name("tmux".into()).spawn(run) {
        tracing::debug!("tmux load-buffer: {e}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_encoded_so_that_nothing_in_it_can_act() {
        assert_eq!(copy("a\x1b[31m", Multiplexer::None).unwrap(), b"\x1b]52;c;YRtbMzFt\x07");
        assert!(copy(&"x".repeat(LONGEST + 1), Multiplexer::None).unwrap_err().contains("101 kB"));
    }

    #[test]
    fn screen_gets_wrapped_pieces() {
        let bytes = copy(&"x".repeat(600), Multiplexer::Screen).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let pieces: Vec<&str> = text.split("\x1b\\").filter(|p| !p.is_empty()).collect();
        assert_eq!(pieces.len(), 2);
        let joined: String = pieces.iter().map(|p| p.strip_prefix("\x1bP").unwrap()).collect();
        assert_eq!(joined.as_bytes(), copy(&"x".repeat(600), Multiplexer::None).unwrap());
    }

    #[test]
    fn who_stands_between() {
        let with = |vars: &'static [(&str, &str)]| {
            Multiplexer::detect(|name| vars.iter().find(|(k, _)| *k == name).map(|(_, v)| (*v).to_owned()))
        };
        assert_eq!(with(&[("TERM", "xterm-256color")]), Multiplexer::None);
        assert_eq!(with(&[("TMUX", "/tmp/x"), ("TERM", "screen-256color")]), Multiplexer::Tmux);
        assert_eq!(with(&[("TERM_PROGRAM", "tmux"), ("TERM", "screen")]), Multiplexer::None);
        assert_eq!(with(&[("STY", "1.pts")]), Multiplexer::Screen);
        assert_eq!(with(&[("TERM", "screen.xterm-256color")]), Multiplexer::Screen);
    }
}
