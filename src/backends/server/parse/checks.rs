//! Filesystems, failed units, users, whether a reboot is due.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::heat::heat;
use super::time_sync::time_sync;
use crate::backends::server::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::{Checks, Filesystem};

/// More rows than this are not kept.
const MOST: usize = 1000;

/// The checks of one answer.
pub fn checks(body: &str, at: Timestamp) -> Checks {
    let mut checks = Checks { at, ..Checks::default() };
    let mut inodes = Vec::new();
    for (name, text) in sections(body) {
        match name {
            "df" => checks.filesystems = filesystems(text),
            "inodes" => inodes = filesystems(text),
            "failed" => checks.failed_units = failed(text),
            "who" => checks.users = users(text),
            "reboot" => {
                checks.reboot_required = match text.trim() {
                    "yes" => Some(true),
                    "no" => Some(false),
                    _ => None,
                }
            }
            "banned" => checks.banned = banned(text),
            "time" => checks.time = time_sync(text),
            "heat" => checks.heat = heat(text),
            _ => {}
        }
    }
    for fs in &mut checks.filesystems {
        let same = inodes.iter().find(|other| other.mount == fs.mount);
        fs.inodes_used_percent = same.and_then(|other| other.used_percent);
    }
    checks
}

/// The rows of `df -P`: with `-T` the second word is the type, and the figures are bytes; without, they are
/// kibibytes. Each mount counts once: where `df` fails at one of them, it is asked again in another way.
pub(super) fn filesystems(text: &str) -> Vec<Filesystem> {
    let mut unit = 1;
    let mut all: Vec<Filesystem> = Vec::new();
    for line in text.lines() {
        if line.starts_with("Filesystem") {
            unit = if line.contains("1024-blocks") || line.contains("1K-blocks") { 1024 } else { 1 };
            continue;
        }
        if let Some(fs) = filesystem(line, unit)
            && all.len() < MOST
            && all.iter().all(|other| other.mount != fs.mount)
        {
            all.push(fs);
        }
    }
    all
}

fn filesystem(line: &str, unit: u64) -> Option<Filesystem> {
    // A mount point may hold spaces, so may a device; the figures between them end with a per cent sign.
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let is_share =
        |word: &&str| *word == "-" || word.strip_suffix('%').is_some_and(|n| n.parse::<u32>().is_ok());
    let share = words.iter().position(is_share).filter(|at| *at >= 4)?;
    let figure = |at: usize| words.get(at).and_then(|w| w.parse::<u64>().ok());
    let (size, used, free) = (figure(share - 3)?, figure(share - 2)?, figure(share - 1)?);
    let kind = if share >= 5 { words.get(share - 4).copied() } else { None };
    let device = words.first()?;
    let mount = line.split_once(words.get(share)?)?.1.trim();
    let pseudo = ["tmpfs", "devtmpfs", "squashfs", "overlay", "shm", "none", "udev", "efivarfs"];
    let is_pseudo = pseudo.contains(device) || kind.is_some_and(|kind| pseudo.contains(&kind));
    // The root of a container is an overlay and all it has.
    (size > 0 && !mount.is_empty() && (!is_pseudo || mount == "/")).then(|| Filesystem {
        mount: sanitize::name(mount),
        device: sanitize::name(device),
        kind: sanitize::name(kind.unwrap_or_default()),
        size_bytes: size.saturating_mul(unit),
        used_bytes: used.saturating_mul(unit),
        available_bytes: free.saturating_mul(unit),
        used_percent: words.get(share).and_then(|w| w.trim_end_matches('%').parse().ok()),
        inodes_used_percent: None,
    })
}

/// `systemctl --plain --no-legend`: a unit a line. `None` where there is no systemd.
fn failed(text: &str) -> Option<Vec<String>> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    if lines.next()?.trim() != "systemd" {
        return None;
    }
    let unit = |line: &str| line.trim_start_matches(['●', '*', ' ']).split(' ').next().map(sanitize::name);
    Some(lines.filter_map(unit).take(MOST).collect())
}

/// `who`: a session a line, its user first.
fn users(text: &str) -> Vec<String> {
    let names = text.lines().filter_map(|line| line.split_whitespace().next()).map(sanitize::name);
    names.take(MOST).collect::<BTreeSet<_>>().into_iter().collect()
}

/// `fail2ban-client banned`: `[{'sshd': ['203.0.113.7', …]}, …]`. Only counted here: what stands in quotes and
/// is no jail.
fn banned(text: &str) -> Option<usize> {
    let text = text.trim();
    if !text.starts_with('[') {
        return None;
    }
    let quoted = text.split(',').filter(|part| part.contains('\'')).count();
    let empty = text.matches("[]").count() - usize::from(text == "[]");
    Some(quoted.saturating_sub(empty))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DF: &str = "==> df <==\nFilesystem     Type      1B-blocks        Used    Available Capacity Mounted on\n\
        udev           devtmpfs 8000 0 8000 0% /dev\n\
        /dev/sda1      ext4   1000000000 880000000 70000000      93% /\n\
        /dev/sdb1      ext4   1000000000 100 999999900      1% /srv/my data\n\
        \n==> inodes <==\nFilesystem Inodes IUsed IFree IUse% Mounted on\n/dev/sdb1 100 97 3 97% /srv/my data\n/dev/sda1 - - - - /\n";

    #[test]
    fn filesystems_with_their_inodes() {
        let checks = checks(DF, Timestamp::UNIX_EPOCH);
        let rows: Vec<_> = checks
            .filesystems
            .iter()
            .map(|f| (f.mount.as_str(), f.used_percent, f.inodes_used_percent))
            .collect();
        assert_eq!(rows, [("/", Some(93.0), None), ("/srv/my data", Some(1.0), Some(97.0))]);
        assert_eq!(checks.fullest().unwrap().0.mount, "/srv/my data");
        assert_eq!(checks.root().unwrap().kind, "ext4");
    }

    #[test]
    fn busybox_counts_kibibytes() {
        let text = "==> df <==\nFilesystem           1024-blocks    Used Available Capacity Mounted on\noverlay 100 50 50 50% /\n/dev/vda 200 20 180 10% /x\n";
        let checks = checks(text, Timestamp::UNIX_EPOCH);
        let sizes: Vec<_> = checks.filesystems.iter().map(|f| f.size_bytes).collect();
        assert_eq!(sizes, [100 << 10, 200 << 10]);
    }

    #[test]
    fn units_users_reboot_and_bans() {
        let text = "==> failed <==\nsystemd\nbroken.service loaded failed failed A unit that fails\n● x.mount loaded failed\n\
            ==> who <==\nops pts/0 2026\nroot pts/1\nops pts/2\n==> reboot <==\nyes\n\
            ==> banned <==\n[{'recidive': []}, {'sshd': ['203.0.113.7', '2001:db8::5']}]\n";
        let checks = checks(text, Timestamp::UNIX_EPOCH);
        assert_eq!(checks.failed_units.unwrap(), ["broken.service", "x.mount"]);
        assert_eq!(checks.users, ["ops", "root"]);
        assert_eq!((checks.reboot_required, checks.banned), (Some(true), Some(2)));
        let none =
            super::checks("==> failed <==\n==> banned <==\nERROR no permission\n", Timestamp::UNIX_EPOCH);
        assert_eq!((none.failed_units, none.banned, none.reboot_required), (None, None, None));
        assert_eq!(super::banned("[]"), Some(0));
        assert_eq!(super::banned("[{'sshd': []}]"), Some(0));
    }
}
