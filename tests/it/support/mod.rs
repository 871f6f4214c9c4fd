//! What the tests of the panel share: worlds to look at, a driver that plays the person and the clock, and a
//! dump of the screen that shows colours as well as text.

pub mod checks;
pub mod compare;
pub mod drive;
pub mod dump;
pub mod guard_views;
pub mod host_reads;
pub mod host_views;
pub mod logs;
pub mod questions;
pub mod servers;
pub mod shells;
pub mod svg;
pub mod term;
pub mod world;

pub use drive::Drive;
pub use dump::Dump;
