//! How urgent a redraw is.

/// What a message asks of the screen. The larger one wins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Redraw {
    /// Nothing on the screen changed.
    #[default]
    No,
    /// Data changed: draw with the next frame that the link affords.
    Soon,
    /// A person waits for it: draw at once.
    Now,
}
