//! What holds data on a server: filesystems, the devices below them, and what fills them. Texts are sanitised.

use serde::Serialize;

/// One thing that has a size. What was not told is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Disk {
    /// Where it is mounted; what is not has the name of its device.
    pub name: String,
    /// `ext4`, `disk`, `part`, `raid1`, `swap`, `volume group`, `zpool`
    pub kind: String,
    /// `/dev/sda1`
    pub device: String,
    /// It is mounted here, and its directories can be measured.
    pub mounted: bool,
    pub size_bytes: Option<u64>,
    pub used_bytes: Option<u64>,
    /// What users may still have.
    pub available_bytes: Option<u64>,
    pub used_percent: Option<f64>,
    pub inodes_used_percent: Option<f64>,
    /// Nothing can be written.
    pub read_only: bool,
    /// As mounted: `rw,relatime`
    pub options: String,
    /// `passed`, `clean`, `degraded`, `ONLINE`
    pub health: String,
    /// It says itself that it is not well.
    pub ill: bool,
    /// What else is known: its model, its temperature, how far a rebuild is.
    pub notes: Vec<String>,
}

/// A directory with all it holds on its own filesystem.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Directory {
    pub path: String,
    pub size_bytes: u64,
    /// Of the directory that was asked about.
    pub share_percent: f64,
}

/// What a directory holds, one level deep; itself among them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Directories {
    pub list: Vec<Directory>,
    /// There was no time to see everything.
    pub partial: bool,
}

/// The directory above; `None` above the root.
pub fn above(path: &str) -> Option<&str> {
    let (before, name) = path.trim_end_matches('/').rsplit_once('/')?;
    (!name.is_empty()).then_some(if before.is_empty() { "/" } else { before })
}

#[cfg(test)]
mod tests {
    use super::above;

    #[test]
    fn the_way_up_ends_at_the_root() {
        assert_eq!(
            [above("/var/lib/docker"), above("/var"), above("/"), above("")],
            [Some("/var/lib"), Some("/"), None, None]
        );
    }
}
