//! What `get` has gathered, before it is printed: rows over one table of columns, so that sorting, filtering
//! and every output format work alike for every kind.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::Failure;
use super::grid::{Cell, Column, Tone};
use crate::domain::fault::Fault;
use crate::domain::filter::{FieldKind, FieldSpec, Filter, Value, find_field, nearest_field};
use crate::domain::ids::TargetId;
use crate::domain::quantity;

/// Rows of one kind from all targets.
#[derive(Debug, Clone)]
pub struct Listing {
    /// `containers`
    pub kind: &'static str,
    /// `container`, for `-o name`.
    pub singular: &'static str,
    pub fields: &'static [FieldSpec],
    /// Indices into `fields` of `-o table` and `-o wide`.
    pub table: Vec<usize>,
    pub wide: Vec<usize>,
    pub rows: Vec<Row>,
    /// Targets that gave nothing.
    pub faults: Vec<(TargetId, Fault)>,
    /// What the document says besides its items.
    pub head: serde_json::Map<String, Json>,
}

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Identity across refreshes, unique in the listing.
    pub key: String,
    pub name: String,
    /// The object's other identity, which NAME arguments may give the beginning of.
    pub id: Option<String>,
    /// One value for each field.
    pub values: Vec<Value<'static>>,
    /// The colour of the state column.
    pub tone: Tone,
    pub json: Json,
}

/// Makes a value independent of what it was read from.
pub fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Absent => Value::Absent,
        Value::Number(n) => Value::Number(n),
        Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
    }
}

/// `--sort` and `--filter`, read before anything is asked.
#[derive(Debug, Clone, Default)]
pub struct View {
    sort: Option<(usize, bool)>,
    filter: Filter,
}

impl View {
    /// # Errors
    /// An unknown column or a filter that cannot be read.
    pub fn parse(sort: Option<&str>, filter: Option<&str>, fields: &[FieldSpec]) -> Result<Self, Failure> {
        let sort = match sort {
            None => None,
            Some(text) => {
                let (word, order) = text.split_once(':').unwrap_or((text, "asc"));
                let descending = match order {
                    "asc" => false,
                    "desc" => true,
                    other => {
                        return Err(Failure::Usage(format!("--sort: `{other}` is neither asc nor desc")));
                    }
                };
                Some((field(word, fields).map_err(|e| Failure::Usage(format!("--sort: {e}")))?, descending))
            }
        };
        let filter = Filter::parse(filter.unwrap_or_default(), fields)
            .map_err(|e| Failure::Usage(format!("--filter: {} (at character {})", e.message, e.at + 1)))?;
        Ok(Self { sort, filter })
    }

    /// Puts the rows into order and drops those that do not match.
    pub fn apply(&self, listing: &mut Listing) {
        let fields = listing.fields;
        listing.rows.retain(|row| {
            self.filter.matches(fields, |i| row.values.get(i).cloned().unwrap_or(Value::Absent))
        });
        let by_name = |a: &Row, b: &Row| {
            crate::domain::filter::natural_order(&a.name, &b.name).then_with(|| a.key.cmp(&b.key))
        };
        listing.rows.sort_by(|a, b| {
            let Some((i, descending)) = self.sort else { return by_name(a, b) };
            let (x, y) = (&a.values[i], &b.values[i]);
            let order = x.order(y);
            // What is unknown stands last in both directions.
            let known = *x != Value::Absent && *y != Value::Absent;
            let order = if descending && known { order.reverse() } else { order };
            order.then_with(|| by_name(a, b))
        });
    }
}

/// A column by its word.
fn field(word: &str, fields: &[FieldSpec]) -> Result<usize, String> {
    find_field(fields, word).ok_or_else(|| match nearest_field(fields, word) {
        Some(near) => format!("no column `{word}`; did you mean `{near}`?"),
        None => {
            let all: Vec<_> = fields.iter().map(|f| f.id).collect();
            format!("no column `{word}`; there are {}", all.join(", "))
        }
    })
}

impl Listing {
    /// Keeps the named rows and returns the names that fit none. A name is exact or the beginning of an id
    /// of at least four characters.
    pub fn keep_named(&mut self, names: &[String]) -> Vec<String> {
        if names.is_empty() {
            return Vec::new();
        }
        let plain = |n: &String| {
            let (kind, name) = n.split_once('/').unwrap_or(("", n));
            if kind == self.kind || kind == self.singular { name.to_owned() } else { n.clone() }
        };
        let wanted: Vec<String> = names.iter().map(plain).collect();
        self.rows.retain(|row| wanted.iter().any(|name| row.is_called(name)));
        wanted.into_iter().filter(|name| !self.rows.iter().any(|row| row.is_called(name))).collect()
    }

    pub fn columns(&self, wide: bool) -> Vec<Column> {
        let chosen = if wide { &self.wide } else { &self.table };
        chosen
            .iter()
            .map(|i| Column { title: self.fields[*i].title, right: self.fields[*i].kind.is_number() })
            .collect()
    }

    pub fn cells(&self, row: &Row, wide: bool) -> Vec<Cell> {
        let chosen = if wide { &self.wide } else { &self.table };
        chosen
            .iter()
            .map(|i| {
                let spec = &self.fields[*i];
                let tone = if matches!(spec.id, "state" | "link") { row.tone } else { Tone::Plain };
                Cell { text: text(spec, row.values.get(*i).unwrap_or(&Value::Absent)), tone }
            })
            .collect()
    }
}

impl Row {
    fn is_called(&self, name: &str) -> bool {
        self.name == name || (name.len() >= 4 && self.id.as_deref().is_some_and(|id| id.starts_with(name)))
    }
}

/// A value as the table shows it; empty = unknown.
fn text(spec: &FieldSpec, value: &Value<'_>) -> String {
    match value {
        Value::Absent => String::new(),
        Value::Text(text) => text.to_string(),
        Value::Number(n) => match spec.kind {
            FieldKind::Percent => quantity::percent(*n),
            // These two are rates.
            FieldKind::Bytes if matches!(spec.id, "net" | "block") => quantity::bytes_per_s(*n),
            FieldKind::Bytes => quantity::bytes(n.max(0.0) as u64),
            FieldKind::Seconds => quantity::age(*n as i64),
            FieldKind::Number | FieldKind::Text => number(*n),
        },
    }
}

/// With two decimals at the most.
fn number(n: f64) -> String {
    let text = format!("{n:.2}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: [FieldSpec; 2] = [
        FieldSpec { id: "name", title: "NAME", aliases: &[], kind: FieldKind::Text, searched: true },
        FieldSpec {
            id: "mem",
            title: "MEMORY",
            aliases: &["memory"],
            kind: FieldKind::Bytes,
            searched: false,
        },
    ];

    pub fn listing(rows: &[(&str, Option<f64>)]) -> Listing {
        let row = |(name, mem): &(&str, Option<f64>)| Row {
            key: format!("docker:h/{name}"),
            name: (*name).to_owned(),
            id: Some(format!("id-{name}")),
            values: vec![owned(Value::text(name)), Value::number(*mem)],
            tone: Tone::Plain,
            json: json!({"target": "docker:h", "name": name, "memory_bytes": mem}),
        };
        Listing {
            kind: "containers",
            singular: "container",
            fields: &FIELDS,
            table: vec![0],
            wide: vec![0, 1],
            rows: rows.iter().map(row).collect(),
            faults: Vec::new(),
            head: serde_json::Map::new(),
        }
    }

    fn sorted(sort: &str, filter: &str) -> Vec<String> {
        let mut l = listing(&[("b10", None), ("b9", Some(1024.0)), ("a", Some(4096.0))]);
        View::parse(Some(sort), Some(filter), l.fields).unwrap().apply(&mut l);
        l.rows.into_iter().map(|r| r.name).collect()
    }

    #[test]
    fn unknown_values_sort_last_in_both_directions() {
        assert_eq!(sorted("mem", ""), ["b9", "a", "b10"]);
        assert_eq!(sorted("memory:desc", ""), ["a", "b9", "b10"]);
        assert_eq!(sorted("name", "name:b"), ["b9", "b10"]);
        assert_eq!(sorted("name:desc", ""), ["b10", "b9", "a"]);
    }

    #[test]
    fn wrong_columns_are_told() {
        let says = |sort, filter| match View::parse(sort, filter, &FIELDS) {
            Err(Failure::Usage(message)) => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(says(Some("nmae"), None), "--sort: no column `nmae`; did you mean `name`?");
        assert!(says(Some("mem:up"), None).contains("neither asc nor desc"));
        assert!(says(None, Some("xyzzy>3")).starts_with("--filter: "));
    }

    #[test]
    fn names_may_carry_their_kind_or_be_the_beginning_of_an_id() {
        let named = |names: &[&str]| {
            let mut l = listing(&[("web", None), ("db", None)]);
            let missing = l.keep_named(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
            (l.rows.into_iter().map(|r| r.name).collect::<Vec<_>>(), missing)
        };
        assert_eq!(named(&["container/web"]), (vec!["web".into()], vec![]));
        assert_eq!(named(&["id-db", "gone"]), (vec!["db".into()], vec!["gone".into()]));
        assert_eq!(named(&[]).0.len(), 2);
    }
}
