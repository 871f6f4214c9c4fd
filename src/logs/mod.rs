//! The log engine: from bytes to lines, and what a line says: level, time, fields. No IO, no screen.

mod access;
pub mod book;
mod caseless;
pub mod columns;
pub mod evidence;
pub mod expand;
pub mod export;
mod fields;
pub mod filter;
pub mod frame;
mod group;
pub mod histogram;
pub mod ids;
mod json;
mod level;
pub mod levels;
pub mod moment;
mod pairs;
pub mod plain;
pub mod pretty;
mod read;
pub mod recording;
pub mod redact;
pub mod search;
pub mod sgr;
mod shape;
mod show;
mod stamp;
pub mod styled;
pub mod templates;
#[cfg(test)]
mod tests;
mod text;
mod timeline;
pub mod view_line;
pub mod wrap;
pub mod zone;

pub use book::{Choice, LineView, alike};
pub use fields::{Fields, fields, split};
pub use group::continues;
pub use level::Level;
pub use read::{Format, Reading, read, read_in, read_near};
pub use show::{Shown, show};
pub use stamp::Near;
