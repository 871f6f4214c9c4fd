//! Interfaces, routes, resolvers and connections, by what every server has: /sys, `ip` and `ss`.

use std::time::Duration;

use super::free_root;
use super::host::Host;
use super::parse;
use crate::backends::argv::Argv;
use crate::domain::fault::Fault;
use crate::domain::server::interfaces::Traffic;

const DEADLINE: Duration = Duration::from_secs(20);

/// What `ss` prints is moved in by a blank: a process may have line ends in its name, and must not head anything.
/// Of its processes only root is told.
const LIST: &str = "s() { printf '\\n==> %s <==\\n' \"$1\"; }
s clock; cat /proc/uptime
s sys; cd /sys/class/net && grep -H '' */operstate */mtu */address */speed */duplex 2>/dev/null; grep -H ^DEVTYPE= */uevent 2>/dev/null; cd /
s dev; cat /proc/net/dev
s addr; ip -o addr
s route; ip route
s route6; ip -6 route
s resolv; if test -e /run/systemd/resolve/resolv.conf; then cat /run/systemd/resolve/resolv.conf; else cat /etc/resolv.conf; fi
s ss; ss -Htunap state connected 2>/dev/null | head -n 5000 | sed 's/^/ /'
exit 0";

/// Everything at a moment.
///
/// # Errors
/// What reaching the server fails with.
pub async fn network(host: &dyn Host) -> Result<Traffic, Fault> {
    Ok(parse::network(&free_root::run(host, Argv::script(LIST), DEADLINE).await?.text()))
}
