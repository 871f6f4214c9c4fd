//! The log engine: from bytes to lines, and what a line says: level, time, fields. No IO, no screen.

mod fields;
pub mod frame;
mod group;
mod level;
mod pairs;
mod read;
mod show;
mod stamp;
#[cfg(test)]
mod tests;
mod text;

pub use fields::{Fields, fields, split};
pub use group::continues;
pub use level::Level;
pub use read::{Format, Reading, read, read_near};
pub use show::{Shown, show};
