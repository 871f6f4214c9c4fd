//! `pult keys`: every command with its keys, for people, for documents and for programs.
//!
//! It reads the same table and the same keymap as the screen does, so it cannot tell of a key that is not there.

use std::fmt::Write as _;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::command::{ArgKind, ArgSpec, Command, Scope};
use crate::keymap::Keymap;

/// How the list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum KeysFormat {
    #[default]
    Table,
    Markdown,
    Json,
}

/// Every command in the order of scopes and then of the table, ending in a newline.
pub fn print(commands: &[&Command], keymap: &Keymap, format: KeysFormat) -> String {
    match format {
        KeysFormat::Table => table(commands, keymap),
        KeysFormat::Markdown => markdown(commands, keymap),
        KeysFormat::Json => json_lines(commands, keymap),
    }
}

fn of_scope<'a>(commands: &'a [&Command], scope: Scope) -> impl Iterator<Item = &'a Command> {
    commands.iter().copied().filter(move |c| c.scope == scope)
}

fn scopes<'a>(commands: &'a [&Command]) -> impl Iterator<Item = Scope> + 'a {
    Scope::all().filter(|scope| of_scope(commands, *scope).next().is_some())
}

fn keys(command: &Command, keymap: &Keymap) -> Vec<String> {
    keymap.keys_of(command.id).iter().map(ToString::to_string).collect()
}

fn table(commands: &[&Command], keymap: &Keymap) -> String {
    let shown = |command: &Command| match keys(command, keymap) {
        keys if keys.is_empty() => "·".to_owned(),
        keys => keys.join(", "),
    };
    let widest = |text: fn(&Command) -> String| commands.iter().map(|c| text(c).width()).max().unwrap_or(0);
    let id_width = widest(|c| c.id.to_owned());
    let key_width = commands.iter().map(|c| shown(c).width()).max().unwrap_or(0);
    let mut text = String::new();
    for scope in scopes(commands) {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{}", scope.word().to_uppercase());
        for command in of_scope(commands, scope) {
            let keys = shown(command);
            // Padding by columns: a key can be a character of two.
            let (keys_pad, id_pad) = (key_width - keys.width(), id_width - command.id.width());
            let _ = write!(text, "  {keys}{:keys_pad$}  {}{:id_pad$}  {}", "", command.id, "", command.title);
            if let Some(danger) = command.danger {
                let _ = write!(text, "  ({})", danger.word());
            }
            text.push('\n');
        }
    }
    text
}

fn markdown(commands: &[&Command], keymap: &Keymap) -> String {
    let mut text = String::new();
    for scope in scopes(commands) {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "### {}\n\n| keys | what | command |\n|---|---|---|", scope.word());
        for command in of_scope(commands, scope) {
            let keys: Vec<_> = keys(command, keymap).iter().map(|key| code(key)).collect();
            let title = command.title.replace('|', "\\|");
            let _ = writeln!(text, "| {} | {title} | {} |", keys.join(" "), code(command.id));
        }
    }
    text
}

/// A code span inside a table's cell.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn json_lines(commands: &[&Command], keymap: &Keymap) -> String {
    let rows: Vec<Value> = scopes(commands)
        .flat_map(|scope| of_scope(commands, scope))
        .map(|command| {
            json!({
                "id": command.id,
                "title": command.title,
                "scope": command.scope.word(),
                "danger": command.danger.map(|d| d.word()),
                "args": command.args.iter().map(arg).collect::<Vec<_>>(),
                "keys": keys(command, keymap),
            })
        })
        .collect();
    format!("{:#}\n", Value::Array(rows))
}

fn arg(spec: &ArgSpec) -> Value {
    let mut value = json!({ "name": spec.name, "title": spec.title });
    let (kind, limits) = match spec.kind {
        ArgKind::Text => ("text", json!({})),
        ArgKind::Integer { min, max } => ("integer", json!({ "min": min, "max": max })),
        ArgKind::Decimal => ("decimal", json!({})),
        ArgKind::Bytes => ("bytes", json!({})),
        ArgKind::Bool => ("bool", json!({})),
        ArgKind::Choice { words, open } => ("choice", json!({ "words": words, "open": open })),
    };
    if let (Value::Object(fields), Value::Object(limits)) = (&mut value, limits) {
        fields.insert("kind".into(), kind.into());
        fields.insert("default".into(), spec.default.into());
        fields.insert("required".into(), spec.required.into());
        fields.extend(limits);
    }
    value
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::command::{AppIntent, Intent};
    use crate::domain::mutation::Danger;

    const ARGS: [ArgSpec; 2] = [
        ArgSpec {
            name: "force",
            title: "even when it runs",
            kind: ArgKind::Bool,
            default: "no",
            required: false,
        },
        ArgSpec {
            name: "signal",
            title: "signal",
            kind: ArgKind::Choice { words: &["TERM", "KILL"], open: true },
            default: "",
            required: true,
        },
    ];

    const COMMANDS: [Command; 3] = [
        Command::plain("list.open", "Open", "open", Scope::List, 1, |_, _| Ok(Intent::App(AppIntent::Help))),
        Command::plain("app.quit", "Quit", "quit", Scope::Global, 1, |_, _| Ok(Intent::App(AppIntent::Quit)))
            .danger(Danger::Destroy)
            .args(&ARGS),
        Command::plain("app.search", "Search a | b", "search", Scope::Global, 0, |_, _| {
            Ok(Intent::App(AppIntent::Search))
        }),
    ];

    fn printed(format: KeysFormat) -> String {
        let text = "inherits = \"none\"\n[global]\nq = \"app.quit\"\n\"|\" = \"app.quit\"\n[list]\n\"`\" = \"list.open\"\n";
        let user = |name: &str| (name == "my").then(|| (PathBuf::from("my.toml"), text.to_owned()));
        let commands: Vec<_> = COMMANDS.iter().collect();
        let (keymap, mistakes) = Keymap::load("my", &user, &commands);
        assert_eq!(mistakes, []);
        print(&commands, &keymap, format)
    }

    #[test]
    fn the_table_groups_by_scope() {
        assert_eq!(
            printed(KeysFormat::Table),
            "GLOBAL\n  q, |, ctrl-c  app.quit    Quit  (destroy)\n  ·             app.search  Search a | b\n\nLIST\n  `             list.open   Open\n"
        );
    }

    #[test]
    fn markdown_survives_its_own_signs() {
        let text = printed(KeysFormat::Markdown);
        assert!(text.starts_with("### global\n\n| keys | what | command |\n|---|---|---|\n"), "{text}");
        assert!(text.contains("\n| `q` `\\|` `ctrl-c` | Quit | `app.quit` |\n"), "{text}");
        assert!(text.contains("\n|  | Search a \\| b | `app.search` |\n"), "{text}");
        assert!(text.contains("\n| `` ` `` | Open | `list.open` |\n"), "{text}");
    }

    #[test]
    fn json_tells_everything() {
        let rows: Value = serde_json::from_str(&printed(KeysFormat::Json)).unwrap();
        assert_eq!(
            rows[0],
            json!({
                "id": "app.quit", "title": "Quit", "scope": "global", "danger": "destroy",
                "args": [
                    { "name": "force", "title": "even when it runs", "kind": "bool", "default": "no", "required": false },
                    { "name": "signal", "title": "signal", "kind": "choice", "default": "", "required": true,
                      "words": ["TERM", "KILL"], "open": true },
                ],
                "keys": ["q", "|", "ctrl-c"],
            })
        );
        assert_eq!(rows[1]["danger"], Value::Null);
        assert_eq!(rows.as_array().map(Vec::len), Some(3));
    }
}
