//! Moments of questions.

use pult::domain::question::Question;
use pult::theme::Theme;

use crate::support::Drive;
use crate::support::questions::{
    another_key, ask, first_contact, own_words as in_own_words, password as wanted,
};
use crate::support::servers::fleet_with;

fn asked(theme: Theme, question: Question) -> Drive {
    let mut drive = fleet_with(|setup| setup.theme = theme);
    ask(&mut drive, 1, question);
    drive.pass(3.0);
    drive
}

pub fn host_key(theme: Theme) -> Drive {
    let mut drive = asked(theme, first_contact());
    ask(&mut drive, 2, wanted(false));
    drive
}

pub fn another(theme: Theme) -> Drive {
    asked(theme, another_key())
}

/// Once more, after a wrong one.
pub fn password(theme: Theme) -> Drive {
    let mut drive = asked(theme, wanted(true));
    drive.text("hunter2");
    drive
}

pub fn own_words(theme: Theme) -> Drive {
    let prompts = [("Password:", false), ("Code from your phone:", true)];
    let mut drive = asked(theme, in_own_words("Two factors", "This account has a second factor.", &prompts));
    drive.text("hunter2").key("tab").text("123456");
    drive
}
