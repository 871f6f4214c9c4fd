//! Moments of the fleet.

use pult::theme::Theme;

use crate::support::Drive;
use crate::support::servers::{fleet_with, listed as listed_state};
use crate::support::world::{self, docker, live, make};

pub fn none(theme: Theme) -> Drive {
    let mut drive = Drive::with(world::one(), |setup| setup.theme = theme);
    drive.msg(docker("local", live(vec![make("web")]))).pass(10.0).key("3");
    drive
}

/// A server that waits for its disk, a quiet one, one that is gone, one that was never reached.
pub fn fleet(theme: Theme) -> Drive {
    fleet_with(|setup| setup.theme = theme)
}

pub fn slow(theme: Theme) -> Drive {
    let mut drive = fleet(theme);
    drive.key("j");
    drive
}

/// The fleet with a host of ssh_config that nobody has opened yet.
pub fn listed(theme: Theme) -> Drive {
    let mut drive = fleet(theme);
    drive.msg(listed_state("edge")).pass(4.0).key("end");
    drive
}
