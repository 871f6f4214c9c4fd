//! Copying to the clipboard of the terminal a person sits at, also through SSH: OSC 52.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longest text that is sent. Terminals drop longer ones without a word. Bytes.
pub const LONGEST: usize = 100_000;
/// What GNU screen takes in one string.
const SCREEN_CHUNK: usize = 512;

/// Who stands between pult and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    /// Nobody, or tmux: it handles OSC 52 itself when its `set-clipboard` is `on` or `external`.
    None,
    /// GNU screen, which passes strings on when they are wrapped.
    Screen,
}

impl Multiplexer {
    /// From the environment. A tmux inside of screen decides: it is nearer.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| env(name).is_some_and(|v| !v.is_empty());
        let term = env("TERM").unwrap_or_default();
        if !set("TMUX") && (set("STY") || (term.starts_with("screen") && !set("TERM_PROGRAM"))) {
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
        Multiplexer::None => sequence.into_bytes(),
        Multiplexer::Screen => sequence
            .as_bytes()
            .chunks(SCREEN_CHUNK)
            .flat_map(|chunk| [b"\x1bP", chunk, b"\x1b\\"].concat())
            .collect(),
    })
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
        assert_eq!(with(&[("TMUX", "/tmp/x"), ("TERM", "screen-256color")]), Multiplexer::None);
        assert_eq!(with(&[("TERM_PROGRAM", "tmux"), ("TERM", "screen")]), Multiplexer::None);
        assert_eq!(with(&[("STY", "1.pts")]), Multiplexer::Screen);
        assert_eq!(with(&[("TERM", "screen.xterm-256color")]), Multiplexer::Screen);
    }
}
