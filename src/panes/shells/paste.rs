//! Text from the clipboard on its way into a program: nothing in it can end the paste or press a key of its own,
//! and several lines are shown before they are typed, as a shell runs each.

use crate::panes::{Choice, ChoiceItem, Chooser};

/// Lines of the preview.
const PREVIEW: usize = 8;
/// Columns of it.
const COLUMNS: usize = 60;

/// Lines without anything that a terminal would take for a key.
pub fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let plain = |line: &str| line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
    text.split('\n').map(plain).collect()
}

/// The bytes of a paste.
pub fn bytes(lines: &[String], bracketed: bool) -> Vec<u8> {
    let text = lines.join("\r");
    if bracketed { format!("\x1b[200~{text}\x1b[201~").into_bytes() } else { text.into_bytes() }
}

/// Several lines in one.
pub fn joined(lines: &[String]) -> Vec<String> {
    let words: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    vec![words.join(" ")]
}

/// Asks what to do with several lines.
pub fn question(lines: &[String]) -> Choice {
    let item = |id: &str, title: String, note: &str| ChoiceItem {
        id: id.to_owned(),
        title,
        note: note.to_owned(),
        on: false,
    };
    // A line end at the very end begins no line.
    let count = lines.len() - usize::from(lines.last().is_some_and(String::is_empty));
    let characters: usize = lines.iter().map(|line| line.chars().count()).sum();
    let paste = if count == 1 { "paste 1 line".to_owned() } else { format!("paste {count} lines") };
    let mut items = vec![
        item("leave", "do not paste".to_owned(), ""),
        item("paste", paste, &format!("{characters} characters; a shell runs each")),
        item("join", "paste as one line".to_owned(), "line ends become blanks"),
    ];
    let preview =
        lines.iter().take(count.min(PREVIEW)).map(|line| line.chars().take(COLUMNS).collect::<String>());
    items.extend(preview.map(|line| item("leave", String::new(), &line)));
    if count > PREVIEW {
        items.push(item("leave", String::new(), &format!("and {} more", count - PREVIEW)));
    }
    Choice { what: Chooser::Paste, title: "Several lines", items, many: false, keep_one: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_cannot_end_itself() {
        let lines = lines("ls\x1b[201~\nrm -rf x\x03\r\nend");
        assert_eq!(lines, ["ls[201~", "rm -rf x", "end"]);
        assert_eq!(bytes(&lines[..1], true), b"\x1b[200~ls[201~\x1b[201~");
        assert_eq!(bytes(&lines, false), b"ls[201~\rrm -rf x\rend");
        assert_eq!(joined(&lines), ["ls[201~ rm -rf x end"]);
        assert_eq!(question(&lines).items.len(), 6);
    }
}
