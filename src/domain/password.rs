//! A password or passphrase on its way from a dialog to the one place that needs it: never printed, and wiped
//! from memory when it is dropped.

use std::fmt;

use zeroize::Zeroizing;

use super::secret::MASK;

/// What a person typed where nobody may look.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    pub fn new(typed: String) -> Self {
        Self(Zeroizing::new(typed))
    }

    /// The only way to the content.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_not_printed() {
        assert_eq!(format!("{:?}", Some(Password::new("hunter2".into()))), "Some(***)");
    }
}
