//! A document as a foldable tree of lines: `docker inspect` and later YAML.

use std::collections::HashSet;

use serde_json::Value;

/// One line of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// `/HostConfig/Memory`: identity for folds, cursor and yank.
    pub path: String,
    pub depth: u16,
    pub key: String,
    /// The scalar, or `{3}` / `[2]` for a container of values.
    pub value: String,
    pub branch: bool,
    /// The key's name says secret and the value is hidden.
    pub secret: bool,
}

/// How scalars become text. Given by the owner, who knows what to mask and how to clean.
pub trait Scalars {
    /// The text for a string under `key` (`parent` is the key above it), and whether it was hidden.
    fn string(&self, parent: &str, key: &str, value: &str) -> (String, bool);
}

/// All lines of a document in order; folded branches end at their own line.
pub fn flatten(document: &Value, folded: &HashSet<String>, scalars: &dyn Scalars) -> Vec<Node> {
    let mut nodes = Vec::new();
    children(document, "", "", 0, folded, scalars, &mut nodes);
    nodes
}

fn children(
    value: &Value,
    path: &str,
    parent: &str,
    depth: u16,
    folded: &HashSet<String>,
    scalars: &dyn Scalars,
    out: &mut Vec<Node>,
) {
    // A hostile document cannot exhaust the stack: deeper levels are not shown.
    if depth > 64 {
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, child) in map {
                node(child, format!("{path}/{key}"), parent, key.clone(), depth, folded, scalars, out);
            }
        }
        Value::Array(items) => {
            for (i, child) in items.iter().enumerate() {
                node(child, format!("{path}/{i}"), parent, i.to_string(), depth, folded, scalars, out);
            }
        }
        _ => {}
    }
}

#[allow(clippy::too_many_arguments)]
fn node(
    value: &Value,
    path: String,
    parent: &str,
    key: String,
    depth: u16,
    folded: &HashSet<String>,
    scalars: &dyn Scalars,
    out: &mut Vec<Node>,
) {
    let (text, secret, branch) = match value {
        Value::Object(map) if map.is_empty() => ("{}".to_owned(), false, false),
        Value::Array(items) if items.is_empty() => ("[]".to_owned(), false, false),
        Value::Object(map) => (format!("{{{}}}", map.len()), false, true),
        Value::Array(items) => (format!("[{}]", items.len()), false, true),
        Value::String(s) => {
            let (text, secret) = scalars.string(parent, &key, s);
            (text, secret, false)
        }
        other => (other.to_string(), false, false),
    };
    let open = branch && !folded.contains(&path);
    let (shown_key, _) = scalars.string("", "", &key);
    out.push(Node { path: path.clone(), depth, key: shown_key, value: text, branch, secret });
    if open {
        children(value, &path, &key, depth + 1, folded, scalars, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain;
    impl Scalars for Plain {
        fn string(&self, _: &str, key: &str, value: &str) -> (String, bool) {
            if key == "Password" { ("***".into(), true) } else { (value.into(), false) }
        }
    }

    #[test]
    fn folds_hide_children_and_secrets_are_marked() {
        let document =
            serde_json::json!({"Id": "1", "Config": {"Password": "x", "Env": ["A=1", "B=2"]}, "Empty": {}});
        let folded = HashSet::from(["/Config/Env".to_owned()]);
        let nodes = flatten(&document, &folded, &Plain);
        let lines: Vec<_> =
            nodes.iter().map(|n| format!("{}{} {}", "  ".repeat(n.depth.into()), n.key, n.value)).collect();
        assert_eq!(lines, ["Id 1", "Config {2}", "  Password ***", "  Env [2]", "Empty {}"]);
        assert!(nodes[2].secret);
    }

    #[test]
    fn depth_is_bounded() {
        let mut document = Value::Null;
        for _ in 0..200 {
            document = serde_json::json!({ "a": document });
        }
        assert_eq!(flatten(&document, &HashSet::new(), &Plain).len(), 65);
    }
}
