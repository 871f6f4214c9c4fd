//! Moments of shells.

use pult::domain::fault::{Fault, FaultKind};
use pult::domain::terminal::{End, Size};
use pult::theme::{Depth, Theme};

use crate::support::Drive;
use crate::support::servers::fleet_with;
use crate::support::shells::{ends, opened, prints};

const COLOURS: &str = "\x1b]0;ops@web1: ~\x07ops@web1:~$ ls --color\r\n\x1b[01;34mbin\x1b[0m  \x1b[01;32mdeploy\x1b[0m  \x1b[38;5;208mnotes\x1b[0m  \x1b[38;2;90;200;250mhosts\x1b[0m  \x1b[7minverse\x1b[0m  \x1b[4munder\x1b[0m  \x1b[2mdim\x1b[0m\r\n日本語 e\u{301} \x1b[41;97m failed \x1b[0m\r\nops@web1:~$ ";

/// A picture is of a size; the far side hears of another one and draws anew.
fn shell(theme: Theme, text: &str) -> (Drive, u64) {
    let mut drive = fleet_with(|setup| setup.theme = theme);
    drive.resize(80, 24).key("j ! y");
    let (terminal, size) = opened(&mut drive);
    prints(&mut drive, (terminal, size), text.as_bytes());
    (drive, terminal)
}

pub fn asked(theme: Theme) -> Drive {
    let mut drive = fleet_with(|setup| setup.theme = theme);
    drive.key("j !");
    drive
}

pub fn colours(theme: Theme) -> Drive {
    shell(theme, COLOURS).0
}

pub fn mono(theme: Theme) -> Drive {
    shell(theme.at(Depth::Mono), COLOURS).0
}

pub fn full_screen(theme: Theme) -> Drive {
    let rows: String = (1..=20).map(|n| format!("\x1b[{n};1H\x1b[44m{n:>4} \x1b[0m │ row")).collect();
    let text = format!("\x1b[?1049h\x1b[H\x1b[2J{rows}\x1b[21;1H\x1b[7m-- INSERT --\x1b[0m\x1b[?25l");
    shell(theme, &text).0
}

pub fn chord(theme: Theme) -> Drive {
    let (mut drive, _) = shell(theme, COLOURS);
    drive.key("ctrl-]");
    drive
}

pub fn selection(theme: Theme) -> Drive {
    let lines: String = (1..=60).map(|n| format!("line {n}\r\n")).collect();
    let (mut drive, _) = shell(theme, &lines);
    drive.key("ctrl-] [ up up right right space up up");
    drive
}

pub fn paste(theme: Theme) -> Drive {
    let (mut drive, _) = shell(theme, COLOURS);
    drive.paste("cd /srv/app\ngit pull\nsystemctl restart app\n");
    drive
}

pub fn ended(theme: Theme) -> Drive {
    let (mut drive, terminal) = shell(theme, &format!("{COLOURS}exit 3\r\nlogout\r\n"));
    ends(&mut drive, terminal, End::Code(3));
    drive
}

pub fn refused(theme: Theme) -> Drive {
    let mut drive = fleet_with(|setup| setup.theme = theme);
    drive.resize(80, 24).key("j ! y");
    let (terminal, Size { .. }) = opened(&mut drive);
    let fault = Fault::new(FaultKind::Unreachable, "web1: nothing listens at 10.0.0.5:22")
        .hint("is sshd running there, and on this port?");
    ends(&mut drive, terminal, End::Fault(fault));
    drive
}
