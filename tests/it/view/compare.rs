//! Moments of a comparison.

use pult::theme::Theme;

use crate::support::Drive;
use crate::support::compare::{answered, at_compare};

/// Everybody has answered: one setting, one package differ; one rule set could not be seen.
pub fn differs(theme: Theme) -> Drive {
    let mut drive = at_compare(|setup| setup.theme = theme);
    answered(&mut drive);
    drive
}

/// A difference in full.
pub fn read(theme: Theme) -> Drive {
    let mut drive = differs(theme);
    drive.key("n enter");
    drive
}

pub fn asking(theme: Theme) -> Drive {
    at_compare(|setup| setup.theme = theme)
}
