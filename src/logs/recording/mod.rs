//! Recorded lines as bytes, and which of them have to go: the flight recorder without its files.
//!
//! A recording is a row of segments; a segment is a heading and then blocks, each compressed and checked for
//! itself. So whatever a crash or a full disk cuts off, everything before it can be read.

mod block;
mod heading;
mod joint;
mod ring;

pub use block::{Block, MAX_BLOCK_TEXT, blocks, encode, portions};
pub use heading::Heading;
pub use joint::Joint;
pub use ring::{Limits, Ring, SegmentId};
