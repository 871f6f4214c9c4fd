//! Arrays of the kernel, as /proc/mdstat tells them.

use crate::domain::sanitize;
use crate::domain::server::disks::Disk;

/// Puts what is told of each array into its row; one that has none gets one.
pub fn read(text: &str, all: &mut Vec<Disk>) {
    let mut current: Option<usize> = None;
    for line in text.lines() {
        if let Some((name, rest)) = line.split_once(" : ") {
            current = name.starts_with("md").then(|| row(&sanitize::name(name), rest, all));
            continue;
        }
        let Some(array) = current.and_then(|at| all.get_mut(at)) else { continue };
        // `[2/1] [_U]`: a `_` is a member that is missing.
        if line.contains("blocks")
            && line
                .split(['[', ']'])
                .any(|p| !p.is_empty() && p.contains('_') && p.chars().all(|c| "U_".contains(c)))
        {
            array.health = "degraded".to_owned();
            array.ill = true;
        }
        if ["recovery", "resync", "reshape", "check"].iter().any(|word| line.contains(word)) {
            array.notes.push(sanitize::name(line.trim_start_matches([' ', '[', '=', '>', '.', ']'])));
        }
    }
}

/// `active raid1 sdb1[1] sda1[0](F)`
fn row(name: &str, rest: &str, all: &mut Vec<Disk>) -> usize {
    let at = all.iter().position(|d| d.name == name).unwrap_or_else(|| {
        let device = format!("/dev/{name}");
        all.push(Disk { name: name.to_owned(), kind: "raid".into(), device, ..Disk::default() });
        all.len() - 1
    });
    if let Some(array) = all.get_mut(at) {
        let is_active = rest.starts_with("active");
        array.health = if is_active { "clean" } else { "inactive" }.to_owned();
        array.ill = !is_active || rest.contains("(F)");
        array.notes.push(sanitize::name(rest));
    }
    at
}
