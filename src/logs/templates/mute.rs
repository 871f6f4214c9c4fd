//! "Mute lines like this": the step of the filter that hides the lines of a pattern.

use std::fmt::Write as _;

use super::mask::{Edge, Kind, WILD};
use super::template::{Template, Word};

/// Longer expressions say no more; the filter takes up to 4 KiB.
const MAX_LENGTH: usize = 2_000;
/// What a colour is in a line.
const ESCAPE: &str = r"\x1b(?:\[[0-?]{0,32}[@-~])?";

/// The step `-/regex/`. It has no blanks; those of the lines may be any number.
pub fn mute_step(template: &Template) -> String {
    let mut signs = vec![r"\s"];
    if template.colored {
        signs.push(ESCAPE);
    }
    if template.json {
        signs.push(r#"[{}\[\],":]"#);
    }
    let between = match signs.as_slice() {
        [one] => (*one).to_owned(),
        several => format!("(?:{})", several.join("|")),
    };
    let mut step = String::from("-/");
    match template.before {
        Edge::Line => _ = write!(step, "(?m)^{between}*"),
        Edge::Quote => _ = write!(step, "\"{between}*"),
        Edge::Equals => _ = write!(step, "={between}*"),
        Edge::Blank | Edge::Any => {}
    }
    let mut whole = true;
    for (i, word) in template.words.iter().enumerate() {
        if step.len() > MAX_LENGTH {
            whole = false;
            break;
        }
        if i > 0 {
            let _ = write!(step, "{between}+");
        }
        put(&mut step, word);
    }
    match template.after {
        Edge::Line if whole => _ = write!(step, "{between}*(?m:$)"),
        Edge::Quote if whole => _ = write!(step, "{between}*\""),
        Edge::Blank if whole => _ = write!(step, r"{between}*(?:\s|$)"),
        _ => {}
    }
    step.push('/');
    step
}

fn put(step: &mut String, word: &Word) {
    if word.kind == Kind::Wild {
        escape(step, word.text.strip_suffix(WILD).unwrap_or_default());
        // Behind `user=` there may be nothing.
        step.push_str(if word.loose { ".*?" } else { r"\S*" });
        return;
    }
    let mut rest = &*word.text;
    while let Some((head, tail)) = rest.split_once(WILD) {
        escape(step, head);
        let quoted = head.ends_with(['"', '\'']) && tail.starts_with(['"', '\'', '\\']);
        step.push_str(if quoted { ".*?" } else { r"\S+" });
        rest = tail;
    }
    escape(step, rest);
}

/// The text as it is; a slash would end the step, and blanks and controls would not be seen.
fn escape(step: &mut String, text: &str) {
    for c in regex::escape(text).chars() {
        match c {
            '/' => step.push_str(r"\/"),
            _ if c.is_whitespace() || c.is_control() => _ = write!(step, r"\x{{{:x}}}", u32::from(c)),
            _ => step.push(c),
        }
    }
}
