//! What `df`, `lsblk`, the kernel's own lists, LVM, ZFS and `smartctl` say of disks.

use std::collections::HashMap;

use super::checks::filesystems;
use super::raid;
use super::smart::{self, Smart};
use crate::backends::server::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::Filesystem;
use crate::domain::server::disks::{Directory, Disk};
use serde_json::Value;

/// Rows kept.
const MOST: usize = 5000;

pub fn disks(body: &str) -> Vec<Disk> {
    let part = |name: &str| sections(body).find(|(section, _)| *section == name).map_or("", |(_, text)| text);
    let inodes = filesystems(part("inodes"));
    let mounts = mounts(part("mounts"));
    let mut all: Vec<Disk> =
        filesystems(part("df")).into_iter().map(|fs| mounted(fs, &inodes, &mounts)).collect();
    let smart = smart::read(part("smart"));
    let tree: Value = serde_json::from_str(part("lsblk").trim()).unwrap_or_default();
    devices(&tree["blockdevices"], 0, &smart, &mut all);
    raid::read(part("mdstat"), &mut all);
    all.extend(part("swaps").lines().skip(1).filter_map(swap));
    all.extend(part("vgs").lines().filter_map(group));
    all.extend(part("zpool").lines().filter_map(pool));
    all.truncate(MOST);
    all
}

fn mounted(fs: Filesystem, inodes: &[Filesystem], mounts: &HashMap<String, String>) -> Disk {
    let options = mounts.get(&fs.mount).cloned().unwrap_or_default();
    Disk {
        inodes_used_percent: inodes.iter().find(|other| other.mount == fs.mount).and_then(|i| i.used_percent),
        read_only: options.split(',').any(|word| word == "ro"),
        mounted: true,
        size_bytes: Some(fs.size_bytes),
        used_bytes: Some(fs.used_bytes),
        available_bytes: Some(fs.available_bytes),
        used_percent: fs.used_percent,
        name: fs.mount,
        kind: fs.kind,
        device: fs.device,
        options,
        ..Disk::default()
    }
}

/// Options by mount point; of several mounts at one place the last one is seen.
fn mounts(text: &str) -> HashMap<String, String> {
    let row = |line: &str| {
        let mut words = line.split(' ');
        let (point, options) = (words.nth(1)?, words.nth(1)?);
        Some((sanitize::name(&unescape(point)), sanitize::name(options)))
    };
    text.lines().filter_map(row).collect()
}

/// The kernel writes a space of a path as `\040`.
fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..3).and_then(|d| std::str::from_utf8(d).ok());
        match code.and_then(|d| u8::from_str_radix(d, 8).ok()).filter(|_| *first == b'\\') {
            Some(byte) => {
                out.push(byte);
                rest = &after[3..];
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Devices and those on them; what is mounted has its row already.
fn devices(list: &Value, depth: usize, smart: &HashMap<String, Smart>, all: &mut Vec<Disk>) {
    for device in list.as_array().into_iter().flatten().take(MOST) {
        let text = |key: &str| sanitize::name(device[key].as_str().unwrap_or_default());
        // Systems before 2.33 write numbers and truths as texts.
        let number = |key: &str| device[key].as_u64().or_else(|| device[key].as_str()?.parse().ok());
        let is = |key: &str| device[key].as_bool().unwrap_or(device[key].as_str() == Some("1"));
        let (name, size) = (text("name"), number("size"));
        // Loops and memory disks that hold nothing.
        if !name.is_empty() && size != Some(0) && text("type") != "loop" {
            let mut notes: Vec<String> =
                ["model", "serial"].map(&text).into_iter().filter(|note| !note.is_empty()).collect();
            if depth == 0 && text("type") == "disk" {
                notes.push(
                    if is("rota") { "it turns, or is virtual" } else { "it has no moving parts" }.to_owned(),
                );
            }
            let said = smart.get(&name);
            notes.extend(said.map(|s| s.notes.clone()).unwrap_or_default());
            let filesystem = text("fstype");
            let kind =
                if filesystem.is_empty() { text("type") } else { format!("{} {filesystem}", text("type")) };
            all.push(Disk {
                device: format!("/dev/{name}"),
                kind,
                size_bytes: size,
                read_only: is("ro"),
                health: said.map(|s| s.health.clone()).unwrap_or_default(),
                ill: said.is_some_and(|s| s.ill),
                notes,
                name,
                ..Disk::default()
            });
        }
        // What a server says may have no end.
        if depth < 16 && all.len() < MOST {
            devices(&device["children"], depth + 1, smart, all);
        }
    }
}

/// `Filename Type Size Used Priority`, in kibibytes.
fn swap(line: &str) -> Option<Disk> {
    let mut words = line.split_whitespace();
    let (device, kind) = (words.next()?, words.next()?);
    let (size, used): (u64, u64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(Disk {
        name: format!("swap {}", sanitize::name(device)),
        kind: format!("swap {}", sanitize::name(kind)),
        device: sanitize::name(device),
        ..space(size.saturating_mul(1024), used.saturating_mul(1024))
    })
}

/// `name|size|free`: what is free was not given to any volume.
fn group(line: &str) -> Option<Disk> {
    let mut words = line.trim().split('|');
    let name = words.next()?;
    let (size, free): (u64, u64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let name = sanitize::name(name);
    Some(Disk { name, kind: "volume group".into(), ..space(size, size.saturating_sub(free)) })
}

/// `name size alloc free health`
fn pool(line: &str) -> Option<Disk> {
    let mut words = line.split('\t');
    let name = sanitize::name(words.next()?);
    let (size, used): (u64, u64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let health = sanitize::name(words.nth(1).unwrap_or_default());
    Some(Disk { name, kind: "zpool".into(), ill: health != "ONLINE", health, ..space(size, used) })
}

fn space(size: u64, used: u64) -> Disk {
    Disk {
        size_bytes: Some(size),
        used_bytes: Some(used),
        available_bytes: Some(size.saturating_sub(used)),
        used_percent: (size > 0).then(|| used as f64 / size as f64 * 100.0),
        ..Disk::default()
    }
}

/// `du -k`: kibibytes, a tab, the path. The largest first; `path` itself is the whole.
pub fn directories(text: &str, path: &str) -> Vec<Directory> {
    let row = |line: &str| {
        let (size, path) = line.split_once('\t')?;
        Some((size.parse::<u64>().ok()?.saturating_mul(1024), sanitize::line(path, 4096).into_owned()))
    };
    let mut rows: Vec<(u64, String)> = text.lines().filter_map(row).take(MOST).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.0));
    let whole = rows.iter().find(|(_, p)| p == path).map(|(size, _)| *size);
    let whole = whole.unwrap_or_else(|| rows.iter().map(|(size, _)| *size).fold(0, u64::saturating_add));
    let share = |size: u64| if whole > 0 { size as f64 / whole as f64 * 100.0 } else { 0.0 };
    rows.into_iter()
        .map(|(size_bytes, path)| Directory { path, size_bytes, share_percent: share(size_bytes) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of a Debian 12 in a container.
    #[test]
    fn a_real_server() {
        let all = disks(include_str!("captures/disks.txt"));
        let of =
            |name: &str| all.iter().find(|d| d.name == name).unwrap_or_else(|| panic!("{name}: {all:?}"));
        let root = of("/");
        assert_eq!((root.kind.as_str(), root.mounted, root.read_only), ("overlay", true, false));
        assert!(root.used_percent.is_some() && root.inodes_used_percent.is_some());
        assert!(root.available_bytes < root.size_bytes && root.options.starts_with("rw"));
        let device = of("vda");
        assert_eq!((device.kind.as_str(), device.size_bytes), ("disk", Some(274_877_906_944)));
        assert!(all.iter().all(|d| d.name != "zram0"), "it holds nothing");
    }

    #[test]
    fn arrays_groups_pools_and_swap() {
        let text = "==> df <==\nFilesystem Type 1B-blocks Used Available Capacity Mounted on\n/dev/md0 ext4 1000 900 50 95% /srv/my data\n\
            ==> mounts <==\n/dev/md0 /srv/my\\040data ext4 ro,relatime 0 0\n\
            ==> swaps <==\nFilename Type Size Used Priority\n/dev/sda2 partition 2048 1024 -2\n\
            ==> mdstat <==\nPersonalities : [raid1]\nmd0 : active raid1 sdb1[1] sda1[0](F)\n      1046528 blocks super 1.2 [2/1] [_U]\n      [====>................]  recovery = 25.2% (264192/1046528) finish=0.1min speed=88064K/sec\n\nunused devices: <none>\n\
            ==> lsblk <==\n{\"blockdevices\":[{\"name\":\"sda\",\"type\":\"disk\",\"size\":\"4000\",\"rota\":\"1\",\"model\":\"WD\",\"children\":[{\"name\":\"md0\",\"type\":\"raid1\",\"size\":3000}]}]}\n\
            ==> vgs <==\n  vg0|1000|250\n==> zpool <==\ntank\t1000\t100\t900\tDEGRADED\n\
            ==> smart <==\n{\"device\":{\"name\":\"/dev/sda\"},\"smart_status\":{\"passed\":false},\"temperature\":{\"current\":41},\"power_on_time\":{\"hours\":9000},\"ata_smart_attributes\":{\"table\":[{\"id\":5,\"raw\":{\"value\":12}},{\"id\":197,\"raw\":{\"value\":0}}]}}\n{\"smartctl\":1}\n";
        let all = disks(text);
        let of =
            |name: &str| all.iter().find(|d| d.name == name).unwrap_or_else(|| panic!("{name}: {all:?}"));
        assert!(of("/srv/my data").read_only);
        let array = of("md0");
        assert!(
            array.ill && array.health == "degraded" && array.notes.iter().any(|n| n.contains("25.2%")),
            "{array:?}"
        );
        let disk = of("sda");
        assert!(disk.ill && disk.health == "failing" && disk.size_bytes == Some(4000));
        assert!(
            disk.notes.iter().any(|n| n == "41 °C")
                && disk.notes.iter().any(|n| n.contains("12 reallocated"))
        );
        assert_eq!((of("vg0").used_percent, of("tank").health.as_str()), (Some(75.0), "DEGRADED"));
        assert_eq!(of("swap /dev/sda2").used_percent, Some(50.0));
    }

    #[test]
    fn directories_from_the_largest_with_their_share() {
        let rows = directories("10\t/var/a\n30\t/var/b c\n40\t/var\nnoise\n", "/var");
        let told: Vec<_> = rows.iter().map(|d| (d.path.as_str(), d.share_percent)).collect();
        assert_eq!(told, [("/var", 100.0), ("/var/b c", 75.0), ("/var/a", 25.0)]);
        assert_eq!(directories("10\t/x\n", "/y")[0].share_percent, 100.0);
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_of_disks_makes_it_panic(text in "(==> (df|inodes|mounts|swaps|mdstat|lsblk|vgs|zpool|smart) <==|\n|\\{|\\[|\\]|\"[a-z]{1,8}\":|[0-9]{1,22}|\\\\040|md0 : active raid1|\t|\\||%|\\PC){0,80}") {
            let _rows = directories(&text, "/");
            for disk in disks(&text) {
                prop_assert!(!disk.name.contains(['\x1b', '\n']));
            }
        }
    }
}
