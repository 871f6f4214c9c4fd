//! The log engine: from bytes to lines, and what a line says: level, time, fields. No IO, no screen.

#[cfg(test)]
mod corpus;
mod fields;
pub mod frame;
mod group;
mod level;
mod pairs;
mod read;
mod show;
mod stamp;
mod text;

pub use fields::{fields, split};
pub use group::continues;
pub use level::Level;
pub use read::{Format, Reading, read, read_near};
pub use show::{Shown, show};
