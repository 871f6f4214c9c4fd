//! .

mod redraw;

pub use redraw::Redraw;
