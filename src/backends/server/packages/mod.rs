//! Packages: what could be newer, what is held, what is left to do after an upgrade; and the upgrade itself, as a
//! job of the server.

mod change;
mod job;
mod parse;

use std::time::Duration;

pub(super) use change::change;
pub use job::job as upgrade_job;

use super::free_root;
use super::host::Host;
use crate::backends::argv::Argv;
use crate::domain::fault::Fault;
use crate::domain::server::packages::Packages;

/// To work out an upgrade takes seconds, on a slow machine many.
const DEADLINE: Duration = Duration::from_secs(120);

/// Simulates only, without a lock. What runs from a file that is gone is told by needrestart, else by the maps of
/// the processes. `conffiles`: those of the packages to come whose text is not the package's any more; what may not be
/// read is not told. `services`: scripts of packages that restart services, and units that packages brought.
const LIST: &str = "s() { printf '\\n==> %s <==\\n' \"$1\"; }
set -f; n='nice -n 19'
if command -v apt-get >/dev/null; then s manager; echo apt
s apt; i=$($n apt-get -s -o Debug::NoLocking=true dist-upgrade | grep '^Inst '); printf '%s\\n' \"$i\"
if test -n \"$i\"; then
p=$(printf '%s\\n' \"$i\" | sed 's/^Inst \\([^ ]*\\).*/\\1/')
f=$(dpkg-query -W -f='${Conffiles}\\n' -- $p 2>/dev/null | sed -n 's|^ \\(/[^ ]*\\) \\([0-9a-f]\\{32\\}\\)$|\\2  \\1|p' | md5sum -c --quiet 2>/dev/null | sed -n 's/: FAILED$//p')
s conffiles; test -n \"$f\" && dpkg-query -S -- $f 2>/dev/null
s services; (set +f; cd /var/lib/dpkg/info && { grep -lE 'deb-systemd-invoke|invoke-rc[.]d' -- *.postinst *.prerm; grep -HE '^(/usr)?/lib/systemd/system/[^/@]+[.]service$' -- *.list; }) 2>/dev/null
s active; systemctl list-units --type=service --state=active --plain --no-legend --full 2>/dev/null | sed 's/ .*//'
fi
s held; h=$(apt-mark showhold); test -n \"$h\" && apt-cache policy $h
s refreshed; stat -c %Y /var/lib/apt/lists /var/lib/apt/lists/partial /var/lib/apt/periodic/update-success-stamp 2>/dev/null
elif command -v dnf >/dev/null; then s manager; echo dnf
s dnf; $n dnf -q check-update
s advisories; $n dnf -q updateinfo list --updates --security
elif command -v apk >/dev/null; then s manager; echo apk
s apk; $n apk version -l '<'
fi
s reboot; if test -e /run/reboot-required; then echo yes; cat /run/reboot-required.pkgs 2>/dev/null; fi
s restart; if command -v needrestart >/dev/null && test \"$(id -u)\" = 0; then $n needrestart -b -r l 2>/dev/null
else set +f; for m in $(grep -l '[.]so[^ ]* (deleted)$' /proc/[0-9]*/maps 2>/dev/null | head -n 300); do p=${m#/proc/}; echo \"cgroup $(tail -n 1 \"/proc/${p%/maps}/cgroup\" 2>/dev/null)\"; done; set -f; fi
s leftover; find /etc -xdev '(' -name '*.dpkg-dist' -o -name '*.dpkg-new' -o -name '*.ucf-dist' -o -name '*.rpmnew' -o -name '*.apk-new' ')' 2>/dev/null | head -n 200
exit 0";

/// What could be newer. Nothing is changed and nothing is fetched.
///
/// # Errors
/// What reaching the server fails with.
pub async fn packages(host: &dyn Host) -> Result<Packages, Fault> {
    Ok(parse::packages(&free_root::run(host, Argv::script(LIST), DEADLINE).await?.text()))
}
