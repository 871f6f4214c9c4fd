//! What a terminal answers to the programs on it. Everything else they ask is left unanswered.
//!
//! | asked | answered |
//! |---|---|
//! | what are you: `CSI c`, `CSI 0 c`, `ESC Z` | a VT220 with colours |
//! | which version: `CSI > c` | 0 |
//! | are you well: `CSI 5 n` | yes |
//! | where is the cursor: `CSI 6 n` | row and column |
//! | size in characters: `CSI 18 t` | rows and columns |
//! | colours, fonts, the clipboard, titles, files: OSC and DCS of any kind | nothing |
//!
//! An answer is typed into the program, so none ever holds what the program has sent before (titles): text that
//! comes back as if typed is how terminals are attacked.

/// The answer to a CSI sequence, if it is a question that is answered. `size` and `cursor` are rows, columns.
pub(super) fn to_csi(
    prefix: Option<u8>,
    parameters: &[&[u16]],
    last: char,
    size: (u16, u16),
    cursor: (u16, u16),
) -> Option<String> {
    let first = parameters.first().and_then(|p| p.first()).copied().unwrap_or(0);
    Some(match (prefix, last, first) {
        (None, 'c', 0) => "\x1b[?62;22c".to_owned(),
        (Some(b'>'), 'c', 0) => "\x1b[>1;0;0c".to_owned(),
        (None, 'n', 5) => "\x1b[0n".to_owned(),
        (None, 'n', 6) => format!("\x1b[{};{}R", cursor.0 + 1, cursor.1 + 1),
        (None, 't', 18) => format!("\x1b[8;{};{}t", size.0, size.1),
        _ => return None,
    })
}
