//! The filter stack: steps that each let lines pass or take some away, one after the other.
//!
//! A step is one or more conditions with blanks between; all must hold. `or` stands between alternatives:
//! `level:error or status>=500 path~^/api` are errors, and failures of the API. Before a step `-` turns all of it
//! around: the lines for which it holds are taken away. Before a condition `!` negates it. The conditions:
//!
//! - `text`, `"text with blanks"`: the line has it; without a capital in it case is ignored
//! - `/regex/`, `~regex`
//! - `level>=warn`, `level:error`, `level!=debug`, `level?` (it has one)
//! - `source:api` (part of the label, or a pattern such as `api-*`), `source=api`, `source~^api`
//! - `stream:stderr`
//! - `mark?` (somebody marked it), `mark:cause` (with that tag)
//! - `name=value`, `name!=value`, `name~regex`, `name!~regex`, `name?` (it has that field),
//!   `name>number` (`>=`, `<`, `<=`): the field of a JSON, logfmt or access log's line, or `name=…` in the text.
//!   `http.status` is a field of a field. Numbers may have units: `200ms`, `1.5s`, `2h`, `10k`, `4MiB`.
//! - `name:value`: the field contains it, or `name:value` stands in the line
//!
//! No comparison holds for what a line does not have: `status!=200` wants a status, `-status=200` does not.
//! `"or"` is the word. `\"` is a quote inside quotes; a name in quotes (`"level"=50`) is always a field's.

mod condition;
mod measure;
mod stack;
mod step;
mod terms;
#[cfg(test)]
mod tests;
mod values;

pub use stack::{Preview, Stack};
pub use step::Step;
pub use terms::word;
pub use values::value;
