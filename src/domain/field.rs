//! A column of a table over one kind of object: one definition for filters, sorting, the pane's columns and
//! `pult get`.

use super::filter::{FieldKind, FieldSpec, Value};

/// What a column is called and how it is read.
pub struct Field<T: 'static> {
    pub spec: FieldSpec,
    pub get: for<'a> fn(&'a T) -> Value<'a>,
}

impl<T> Field<T> {
    /// Texts are searched by plain words.
    pub const fn new(
        id: &'static str,
        title: &'static str,
        aliases: &'static [&'static str],
        kind: FieldKind,
        get: for<'a> fn(&'a T) -> Value<'a>,
    ) -> Self {
        let searched = matches!(kind, FieldKind::Text);
        Self { spec: FieldSpec { id, title, aliases, kind, searched }, get }
    }
}

/// The specifications alone, for the filter parser.
pub const fn specs<T, const N: usize>(fields: &[Field<T>; N]) -> [FieldSpec; N] {
    let mut specs = [fields[0].spec; N];
    let mut i = 1;
    while i < N {
        specs[i] = fields[i].spec;
        i += 1;
    }
    specs
}
