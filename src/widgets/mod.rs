//! Building blocks of panes and dialogs. They know the theme and cells, not the domain.

pub mod chart;
pub mod diff;
pub mod field;
pub mod list;
pub mod paint;
pub mod popup;
pub mod secret_field;
pub mod spark;
pub mod terminal;
pub mod tree;
