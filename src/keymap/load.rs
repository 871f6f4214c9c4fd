//! Keymap files: a section per scope, a line per chord.
//!
//! ```toml
//! inherits = "default"       # implied for a user's file; "none" starts without any key
//!
//! [list]
//! "g g" = "list.first"
//! "ctrl-d" = "none"          # takes away what the parent binds ("" does the same)
//! ```
//!
//! A binding takes the place of those of the parent that it cannot stand beside: the same chord, a beginning of
//! it, a continuation of it. Within one file that is a mistake, and the first of the two counts.

use std::path::PathBuf;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::Keymap;
use super::key::{Chord, Code, Key};
use crate::command::{Command, Scope};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::filter::nearest;
use crate::domain::layered::{Layer, Library, Parent};

const DEFAULT: &str = "default";

pub(super) const EMBEDDED: [(&str, &str); 2] = [
    ("default", include_str!("../../keymaps/default.toml")),
    ("vim", include_str!("../../keymaps/vim.toml")),
];

pub fn embedded_names() -> impl Iterator<Item = &'static str> {
    EMBEDDED.into_iter().map(|(name, _)| name)
}

/// Keys that always mean the same, so that there is always a way out.
pub fn reserved() -> [(Scope, Key, &'static str); 2] {
    [(Scope::Global, Key::ctrl('c'), "app.quit"), (Scope::Dialog, Key::plain(Code::Esc), "dialog.cancel")]
}

pub(super) fn load(
    name: &str,
    user: &dyn Fn(&str) -> Option<(PathBuf, String)>,
    commands: &[&Command],
) -> (Keymap, Vec<Diagnostic>) {
    let library = Library { kind: "keymap", default: DEFAULT, embedded: &EMBEDDED, user, parent };
    let (layers, mistakes) = library.chain(name);
    let mut loading = Loading { keymap: Keymap::default(), commands, mistakes };
    for layer in &layers {
        loading.read(layer);
    }
    let Loading { mut keymap, mut mistakes, .. } = loading;
    for (scope, key, id) in reserved() {
        if let Some(command) = commands.iter().find(|c| c.id == id) {
            keymap.tries.entry(scope).or_default().insert(&Chord::from(key), command.id);
        }
    }
    keymap.name = layers.last().map_or(DEFAULT, |l| &l.name).to_owned();
    keymap.index();
    mistakes.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    (keymap, mistakes)
}

/// Reads a file as far as it can be read. A key written twice is a mistake of one line, not of the file.
fn read(text: &str) -> (Spanned<DeTable<'_>>, Vec<Error>, Option<Error>) {
    let (file, errors) = DeTable::parse_recoverable(text);
    let (twice, others): (Vec<_>, Vec<_>) = errors.into_iter().partition(|e| e.message() == "duplicate key");
    (file, twice, others.into_iter().next())
}

fn parent(text: &str) -> Result<Parent, (usize, String)> {
    let (file, _, error) = read(text);
    match error {
        Some(e) => Err((e.span().map_or(0, |s| s.start), e.message().to_owned())),
        None => {
            let parent = file.get_ref().get("inherits");
            Ok(parent.and_then(|p| Some((p.get_ref().as_str()?.to_owned(), p.span().start))))
        }
    }
}

struct Loading<'a> {
    keymap: Keymap,
    commands: &'a [&'a Command],
    mistakes: Vec<Diagnostic>,
}

/// A line of one file that can be used.
struct Line {
    at: usize,
    scope: Scope,
    chord: Chord,
    /// `None` takes the chord away.
    id: Option<&'static str>,
}

impl Loading<'_> {
    fn read(&mut self, layer: &Layer) {
        let (file, twice, _) = read(&layer.text);
        for error in twice {
            let message = "this key is here twice; the first one counts";
            self.tell(layer, error.span().map_or(0, |s| s.start), message, None);
        }
        let mut lines: Vec<Line> = Vec::new();
        for (key, value) in file.get_ref() {
            let (at, word) = (key.span().start, key.get_ref().as_ref());
            match (Scope::from_word(word), value.get_ref()) {
                (Some(scope), DeValue::Table(section)) => self.section(layer, scope, section, &mut lines),
                (Some(_), _) => self.tell(layer, at, format!("`{word}` is a section: [{word}]"), None),
                (None, DeValue::String(_)) if word == "inherits" => {}
                (None, _) if word == "inherits" => {
                    self.tell(layer, value.span().start, "`inherits` is a keymap's name in quotes", None);
                }
                (None, DeValue::Table(_)) => {
                    let scopes: Vec<_> = Scope::all().map(Scope::word).collect();
                    let suggestion = suggest(word, &scopes);
                    self.tell(layer, at, format!("no section [{word}]"), suggestion);
                }
                (None, _) => {
                    let suggestion = "keys stand in sections, such as [global] or [list]".to_owned();
                    self.tell(
                        layer,
                        at,
                        format!("`{word}` stands before the first section"),
                        Some(suggestion),
                    );
                }
            }
        }
        // The parser sorts by key; people read by line.
        lines.sort_by_key(|line| line.at);
        self.apply(layer, lines);
    }

    fn section(&mut self, layer: &Layer, scope: Scope, section: &DeTable<'_>, lines: &mut Vec<Line>) {
        for (key, value) in section {
            let at = key.span().start;
            let DeValue::String(id) = value.get_ref() else {
                let message = "the value is a command's id in quotes, or \"none\"";
                self.tell(layer, value.span().start, message, None);
                continue;
            };
            let chord: Chord = match key.get_ref().parse() {
                Ok(chord) => chord,
                Err(e) => {
                    self.tell(layer, at, e.message, e.suggestion);
                    continue;
                }
            };
            let id = match id.as_ref() {
                "" | "none" => None,
                id => match self.command(layer, scope, value.span().start, id) {
                    Some(id) => Some(id),
                    None => continue,
                },
            };
            if self.is_free(layer, at, scope, &chord, id) {
                lines.push(Line { at, scope, chord, id });
            }
        }
    }

    /// The id as the table has it, when the command is heard in the section's scope.
    fn command(&mut self, layer: &Layer, scope: Scope, at: usize, id: &str) -> Option<&'static str> {
        let Some(command) = self.commands.iter().find(|c| c.id == id) else {
            let ids: Vec<_> = self.commands.iter().map(|c| c.id).collect();
            self.tell(layer, at, format!("no command `{id}`"), suggest(id, &ids));
            return None;
        };
        let heard = match command.scope {
            Scope::Global => true,
            Scope::List => matches!(scope, Scope::List | Scope::Pane(_)),
            own => own == scope,
        };
        if !heard {
            let (own, here) = (command.scope.word(), scope.word());
            let message = format!("`{id}` is not heard in [{here}]");
            self.tell(layer, at, message, Some(format!("its keys stand in [{own}]")));
            return None;
        }
        Some(command.id)
    }

    /// Refuses reserved keys, and tells of keys that terminals cannot send.
    fn is_free(&mut self, layer: &Layer, at: usize, scope: Scope, chord: &Chord, id: Option<&str>) -> bool {
        for (place, key, always) in reserved() {
            // ctrl-c is heard everywhere; esc is only reserved in its own scope.
            let concerns = place == scope || place == Scope::Global;
            let same = place == scope && chord.keys() == [key] && id == Some(always);
            if concerns && chord.keys().contains(&key) && !same {
                self.tell(layer, at, format!("`{key}` is reserved: it always means `{always}`"), None);
                return false;
            }
        }
        let ambiguous = chord.keys().iter().find_map(|key| Some((*key, key.arrives_as()?)));
        if let (Some((key, other)), Some(_)) = (ambiguous, id) {
            let message = format!("most terminals send `{other}` for `{key}`");
            self.tell(layer, at, message, Some("choose another key".into()));
            return false;
        }
        true
    }

    /// Lays the lines of one file over what is there.
    fn apply(&mut self, layer: &Layer, lines: Vec<Line>) {
        let mut kept: Vec<&Line> = Vec::new();
        for line in &lines {
            let (chord, here) = (&line.chord, line.scope.word());
            let beside =
                kept.iter().filter(|k| k.scope == line.scope && (k.id.is_some() || k.chord == *chord));
            let clash = beside.map(|k| &k.chord).find(|old| {
                old.keys().starts_with(chord.keys())
                    || (chord.keys().starts_with(old.keys()) && line.id.is_some())
            });
            match clash {
                Some(old) if old == chord => {
                    self.tell(
                        layer,
                        line.at,
                        format!("`{chord}` is twice in [{here}]; the first one counts"),
                        None,
                    );
                }
                Some(old) if old.keys().len() > chord.keys().len() && line.id.is_some() => {
                    let message = format!("`{chord}` would hide `{old}` in [{here}], which stands before it");
                    self.tell(layer, line.at, message, None);
                }
                Some(old) if line.id.is_some() => {
                    let message =
                        format!("`{chord}` can never be typed: `{old}` in [{here}] is its beginning");
                    self.tell(layer, line.at, message, None);
                }
                _ => kept.push(line),
            }
        }
        for line in &kept {
            let trie = self.keymap.tries.entry(line.scope).or_default();
            match line.id {
                Some(id) => drop(trie.insert(&line.chord, id)),
                None => drop(trie.remove(&line.chord)),
            }
        }
        for line in kept.iter().filter(|l| l.id.is_some()) {
            self.hidden_elsewhere(layer, line, &kept);
        }
    }

    /// Tells when a chord begins with another scope's whole chord that is heard at the same time, or the
    /// other way round. The same chord in both is an override and meant. Of two lines, the later one is told.
    fn hidden_elsewhere(&mut self, layer: &Layer, line: &Line, kept: &[&Line]) {
        let is_later = |scope, chord: &Chord| {
            kept.iter().any(|k| k.at > line.at && k.scope == scope && k.chord == *chord)
        };
        for other in Scope::all().filter(|other| together(*other, line.scope)) {
            let conflicts =
                self.keymap.tries.get(&other).map(|t| t.conflicts(&line.chord)).unwrap_or_default();
            let hidden = conflicts.iter().find(|(old, _)| *old != line.chord && !is_later(other, old));
            let Some((old, id)) = hidden else { continue };
            let (chord, there) = (&line.chord, other.word());
            let message = if rank(line.scope) > rank(other) {
                format!("`{chord}` is heard before `{old}` of [{there}], so `{id}` cannot be typed here")
            } else {
                format!("`{chord}` cannot be typed in [{there}], where `{old}` is heard before it (`{id}`)")
            };
            self.tell(layer, line.at, message, None);
        }
    }

    fn tell(&mut self, layer: &Layer, at: usize, message: impl Into<String>, suggestion: Option<String>) {
        self.mistakes.push(layer.mistake(at, message, suggestion));
    }
}

fn suggest(word: &str, known: &[&str]) -> Option<String> {
    let near = nearest(word, known.iter().copied()).map(|n| format!("did you mean `{n}`?"));
    near.or_else(|| (known.len() < 12).then(|| format!("there are {}", known.join(", "))))
}

/// Which scope is asked first when several are heard.
fn rank(scope: Scope) -> u8 {
    match scope {
        Scope::Global => 0,
        Scope::List => 1,
        Scope::Pane(_) => 2,
        Scope::Dialog => 3,
        Scope::HostKey => 4,
    }
}

/// Whether two different scopes are heard at the same time.
fn together(a: Scope, b: Scope) -> bool {
    let in_pane = |s| matches!(s, Scope::Global | Scope::List | Scope::Pane(_));
    rank(a) != rank(b) && in_pane(a) == in_pane(b)
}
