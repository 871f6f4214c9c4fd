//! Messages in, effects and cells out: what the application does, without a terminal or an engine.

mod checks;
mod compare;
mod copies;
mod detail;
mod dialogs;
mod edits;
mod events;
mod filter;
mod guard_views;
mod host_reads;
mod host_views;
mod idle;
mod interest;
mod list;
mod logs;
mod questions;
mod robust;
mod runs;
mod servers;
mod shells;

use crate::support::Drive;
use crate::support::world::{Make, docker, live, one};

/// One live engine with these containers, the cursor on the first row.
fn with(containers: Vec<Make>) -> Drive {
    let mut drive = Drive::new(one());
    drive.msg(docker("local", live(containers))).pass(10.0);
    drive
}

/// Names that stand in a list without groups.
fn rows(names: &[&str]) -> Vec<Make> {
    names.iter().map(|n| crate::support::world::make(n)).collect()
}
