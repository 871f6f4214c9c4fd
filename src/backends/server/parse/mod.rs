//! Reads what a server's shell answers. Whatever is missing or strange stays unknown: nothing here fails.

mod checks;
mod cron;
mod disks;
mod facts;
mod heat;
mod network;
mod proc;
mod processes;
mod raid;
mod smart;
mod time_sync;
mod units;
mod updates;

pub use checks::checks;
pub use cron::cron;
pub use disks::{directories, disks};
pub use facts::facts;
pub use network::network;
pub use proc::counters;
pub use processes::processes;
pub use units::{unit, units};
pub use updates::updates;

/// The words of a line as numbers; those that are none are zero.
fn number<T: std::str::FromStr + Default>(word: Option<&str>) -> T {
    word.and_then(|word| word.parse().ok()).unwrap_or_default()
}
