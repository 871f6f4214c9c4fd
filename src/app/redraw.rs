//! How soon a change has to be on the screen.

/// Ordered: the strongest of several wishes wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Redraw {
    /// Nothing visible changed.
    #[default]
    No,
    /// Data changed: with the next frame that the link affords.
    Soon,
    /// A person did something: at once.
    Now,
}
