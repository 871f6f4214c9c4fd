//! The log engine: from bytes to lines. No IO, no screen.

pub mod frame;
