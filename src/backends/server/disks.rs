//! Filesystems, devices, arrays and pools, and what fills a directory. Nothing is written, and no disk that
//! sleeps is woken.

use std::time::Duration;

use super::free_root;
use super::host::Host;
use super::parse;
use crate::backends::argv::Argv;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::disks::{Directories, Disk};

/// A network filesystem that is gone holds `df` up; each command has its own, shorter time.
const DEADLINE: Duration = Duration::from_secs(60);
/// As long as a directory may be measured, and a little more.
const MEASURING: Duration = Duration::from_secs(50);

const LIST: &str = "s() { printf '\\n==> %s <==\\n' \"$1\"; }
t=; command -v timeout >/dev/null && t='timeout 5'
has() { command -v \"$1\" >/dev/null; }
s df; $t df -PT -B1 -l || $t df -Pk
s inodes; $t df -Pi -l || $t df -Pi
s mounts; cat /proc/self/mounts
s swaps; cat /proc/swaps
s mdstat; cat /proc/mdstat
s lsblk; $t lsblk -J -b -o NAME,TYPE,SIZE,FSTYPE,MOUNTPOINT,MODEL,SERIAL,ROTA,RO
s vgs; has vgs && $t vgs --noheadings --units b --nosuffix --separator '|' -o vg_name,vg_size,vg_free
s zpool; has zpool && $t zpool list -Hp -o name,size,alloc,free,health
s smart; if has smartctl; then for d in $(lsblk -dno NAME,TYPE | while read -r n k; do test \"$k\" = disk && echo \"$n\"; done); do $t smartctl -n standby -j -H -i -A \"/dev/$d\"; done; fi
exit 0";

/// Politely: it reads every name below. With 124 there was no time for all.
const MEASURE: &str = "test -d \"$1\" || exit 90
p=; command -v ionice >/dev/null && p='ionice -c 3'
o=; command -v stdbuf >/dev/null && o='stdbuf -oL'
t=; command -v timeout >/dev/null && t='timeout 40'
$t $p nice -n 19 $o du -xk -d 1 \"$1\" 2>/dev/null; test $? = 124 && exit 124; exit 0";

/// Everything that has a size.
///
/// # Errors
/// What reaching the server fails with.
pub async fn disks(host: &dyn Host) -> Result<Vec<Disk>, Fault> {
    Ok(parse::disks(&free_root::run(host, Argv::script(LIST), DEADLINE).await?.text()))
}

/// What a directory holds, on its own filesystem.
///
/// # Errors
/// `Gone` when there is no such directory, `Timeout` when nothing of it could be measured in time, and what
/// reaching the server fails with.
pub async fn directories(host: &dyn Host, path: &str) -> Result<Directories, Fault> {
    // An absolute path is never taken for an option.
    if !path.starts_with('/') {
        return Err(Fault::new(
            FaultKind::Failed,
            format!("{path}: only a path from the root can be measured"),
        ));
    }
    let output = free_root::run(host, Argv::script(MEASURE).operand(path), MEASURING).await?;
    if output.code == Some(90) {
        return Err(Fault::new(FaultKind::Gone, format!("there is no directory {path}")));
    }
    let list = parse::directories(&output.text(), path);
    let partial = output.code == Some(124);
    if partial && list.is_empty() {
        return Err(Fault::new(FaultKind::Timeout, format!("{path} holds too much to be measured in 40 s"))
            .hint(format!("measure it there, it may take minutes: du -xhd1 {path}")));
    }
    Ok(Directories { list, partial })
}
