//! Changes of ufw that take themselves back: its files as they were, and off if it was off.
//!
//! The files are put back rather than the change undone by its inverse: this way it is exact, whatever the
//! change was and wherever in the list it stood.

use std::time::Duration;

use super::Protected;
use crate::backends::server::ufw::job;
use crate::domain::server::ufw::Change;

const SNAPSHOT: &str = "cp -p /etc/ufw/user.rules /etc/ufw/user6.rules /etc/ufw/ufw.conf \"$1/\" && cp -p /etc/default/ufw \"$1/default\"";

const UNDO: &str = "PATH=$PATH:/usr/sbin:/sbin; export PATH
grep -q '^ENABLED=yes' \"$1/ufw.conf\" || ufw --force disable
cp -p \"$1/user.rules\" \"$1/user6.rules\" \"$1/ufw.conf\" /etc/ufw/ && cp -p \"$1/default\" /etc/default/ufw &&
if grep -q '^ENABLED=yes' /etc/ufw/ufw.conf; then ufw reload; fi";

/// A change that is put back after a delay, unless somebody gets in.
pub fn protected(id: String, change: &Change, delay: Duration) -> Protected {
    Protected { id, snapshot: SNAPSHOT, apply: job(change), undo: UNDO, delay }
}
