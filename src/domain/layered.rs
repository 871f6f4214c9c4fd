//! Files that inherit from files: a name becomes a chain of layers, from the embedded base to the user's own.
//!
//! Themes and keymaps share these rules:
//! - a user's file hides the embedded one of its name, and inherits from it unless it says otherwise;
//! - any other user's file that says nothing inherits from the default;
//! - embedded files inherit from embedded ones only, so that a user's file never changes another one by accident;
//! - `inherits = "none"` starts from nothing;
//! - a file with a syntax error is left out as a whole: half a file would surprise more than none.

use std::path::PathBuf;

use super::diagnostic::{Diagnostic, position};
use super::filter::nearest;

/// One file of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    pub name: String,
    /// `None` for embedded files.
    pub file: Option<PathBuf>,
    pub text: String,
}

impl Layer {
    /// A mistake at a byte offset of this file.
    pub fn mistake(&self, at: usize, message: impl Into<String>, suggestion: Option<String>) -> Diagnostic {
        let (line, column) = position(&self.text, at);
        Diagnostic { file: self.file.clone(), line, column, message: message.into(), suggestion }
    }
}

/// What a file says about its parent: the name and the byte offset where it stands.
pub type Parent = Option<(String, usize)>;

/// How files of one kind are found and read.
pub struct Library<'a> {
    /// For messages: `theme`.
    pub kind: &'static str,
    pub default: &'static str,
    /// Names and texts.
    pub embedded: &'a [(&'static str, &'static str)],
    /// A user's file by name.
    pub user: &'a dyn Fn(&str) -> Option<(PathBuf, String)>,
    /// Takes the parent from a text; otherwise the syntax error, with its byte offset.
    pub parent: fn(&str) -> Result<Parent, (usize, String)>,
}

impl Library<'_> {
    /// The layers of a name, base first, and what is wrong with the chain. What cannot be found or read is
    /// replaced by the default.
    pub fn chain(&self, name: &str) -> (Vec<Layer>, Vec<Diagnostic>) {
        let mut chain: Vec<Layer> = Vec::new();
        let mut mistakes = Vec::new();
        let mut next = Some((name.to_owned(), None));
        while let Some((name, at)) = next.take() {
            // Where the name was written: in the layer before, or by the person who chose it.
            let complain = |message: String, suggestion| match (chain.last(), at) {
                (Some(layer), Some(at)) => layer.mistake(at, message, suggestion),
                _ => Diagnostic { file: None, line: 0, column: 0, message, suggestion },
            };
            let layer = match self.find(&name, &chain) {
                Ok(layer) => layer,
                Err((message, suggestion)) => {
                    mistakes.push(complain(message, suggestion));
                    match self.embedded_layer(self.default).filter(|d| !chain.contains(d)) {
                        Some(layer) => layer,
                        None => break,
                    }
                }
            };
            let parent = match (self.parent)(&layer.text) {
                Ok(parent) => parent,
                Err((at, message)) => {
                    mistakes.push(layer.mistake(
                        at,
                        message,
                        Some("the file is not used until it is mended".into()),
                    ));
                    next = self.implied(&layer).map(|p| (p, None));
                    if layer.file.is_some() {
                        // Kept only so that the chain knows where it has been.
                        chain.push(Layer { text: String::new(), ..layer });
                    }
                    continue;
                }
            };
            next = match parent {
                Some((parent, _)) if parent == "none" => None,
                Some((parent, at)) => Some((parent, Some(at))),
                None => self.implied(&layer).map(|p| (p, None)),
            };
            chain.push(layer);
        }
        chain.reverse();
        (chain, mistakes)
    }

    /// The parent of a file that names none.
    fn implied(&self, layer: &Layer) -> Option<String> {
        layer.file.as_ref()?;
        let own = self.embedded.iter().any(|(name, _)| *name == layer.name);
        Some(if own { layer.name.clone() } else { self.default.to_owned() })
    }

    fn embedded_layer(&self, name: &str) -> Option<Layer> {
        let (_, text) = self.embedded.iter().find(|(n, _)| *n == name)?;
        Some(Layer { name: name.to_owned(), file: None, text: (*text).to_owned() })
    }

    fn find(&self, name: &str, chain: &[Layer]) -> Result<Layer, (String, Option<String>)> {
        let kind = self.kind;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "-_ ".contains(c));
        if !is_name {
            return Err((format!("`{name}` is not a name of a {kind}: letters, digits, - and _"), None));
        }
        let from_embedded = chain.last().is_some_and(|l| l.file.is_none());
        let been = |file: bool| chain.iter().any(|l| l.name == name && l.file.is_some() == file);
        let own = if from_embedded || been(true) { None } else { (self.user)(name) };
        if let Some((file, text)) = own {
            return Ok(Layer { name: name.to_owned(), file: Some(file), text });
        }
        match self.embedded_layer(name) {
            Some(layer) if !been(false) => Ok(layer),
            _ if been(true) || been(false) => {
                let mut path: Vec<_> = chain.iter().map(|l| l.name.as_str()).collect();
                path.push(name);
                Err((format!("`{name}` inherits from itself: {}", path.join(" → ")), None))
            }
            _ => {
                let names: Vec<_> = self.embedded.iter().map(|(n, _)| *n).collect();
                let near = nearest(name, names.iter().copied()).map(|n| format!("did you mean `{n}`?"));
                let suggestion = near.unwrap_or_else(|| format!("there are {}", names.join(", ")));
                Err((format!("no {kind} `{name}`"), Some(suggestion)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMBEDDED: [(&str, &str); 3] = [("base", ""), ("other", "base"), ("third", "none")];

    /// In these files the whole text is the parent's name; `!` is a syntax error.
    fn parent(text: &str) -> Result<Parent, (usize, String)> {
        match text {
            "" => Ok(None),
            "!" => Err((0, "bad".into())),
            name => Ok(Some((name.into(), 0))),
        }
    }

    fn chain(name: &str, files: &[(&str, &str)]) -> (String, Vec<String>) {
        let user = |name: &str| {
            let (_, text) = files.iter().find(|(n, _)| *n == name)?;
            Some((PathBuf::from(format!("{name}.toml")), (*text).to_owned()))
        };
        let library = Library { kind: "theme", default: "base", embedded: &EMBEDDED, user: &user, parent };
        let (layers, mistakes) = library.chain(name);
        let show = |l: &Layer| if l.file.is_some() { format!("{}*", l.name) } else { l.name.clone() };
        let layers: Vec<_> = layers.iter().map(show).collect();
        (layers.join(" "), mistakes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn chains_go_from_the_base_to_the_name() {
        assert_eq!(chain("other", &[]), ("base other".into(), vec![]));
        assert_eq!(chain("third", &[]).0, "third");
        assert_eq!(chain("mine", &[("mine", "")]).0, "base mine*");
        assert_eq!(chain("mine", &[("mine", "none")]).0, "mine*");
        assert_eq!(chain("mine", &[("mine", "more"), ("more", "other")]).0, "base other more* mine*");
        assert_eq!(
            chain("other", &[("other", "")]).0,
            "base other other*",
            "a user's file over its namesake"
        );
        assert_eq!(chain("other", &[("other", "other")]).0, "base other other*");
        assert_eq!(chain("other", &[("base", "")]).0, "base other", "embedded files see no user's files");
    }

    #[test]
    fn a_broken_chain_ends_in_the_default() {
        let (layers, mistakes) = chain("othr", &[]);
        assert_eq!(
            (layers.as_str(), mistakes.as_slice()),
            ("base", &["(embedded): no theme `othr`; did you mean `other`?".to_owned()][..])
        );
        let (layers, mistakes) = chain("a", &[("a", "b"), ("b", "a")]);
        assert_eq!(layers, "base b* a*");
        assert_eq!(mistakes, ["b.toml:1:1: `a` inherits from itself: a → b → a"]);
        let (layers, mistakes) = chain("a", &[("a", "!")]);
        assert_eq!(layers, "base a*");
        assert_eq!(mistakes, ["a.toml:1:1: bad; the file is not used until it is mended"]);
        let (layers, mistakes) = chain("a", &[("a", "../../etc/passwd")]);
        assert_eq!(layers, "base a*");
        assert!(mistakes[0].contains("not a name of a theme"), "{mistakes:?}");
    }
}
