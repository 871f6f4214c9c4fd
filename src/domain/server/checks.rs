//! What is looked at less often: it takes longer, and a dead network filesystem may hold it up.

use jiff::Timestamp;

use super::certificates::Soonest;
use super::heat::Heat;
use super::time_sync::TimeSync;

/// The last look.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checks {
    pub at: Timestamp,
    pub filesystems: Vec<Filesystem>,
    /// Names of failed units; `None` without systemd.
    pub failed_units: Option<Vec<String>>,
    /// Who is logged in, each once.
    pub users: Vec<String>,
    /// `None` where no package manager says so.
    pub reboot_required: Option<bool>,
    /// Packages that can be upgraded, and those of them that close a hole.
    pub updates: Option<Updates>,
    /// Addresses that fail2ban keeps out, all jails together; `None` without it or without the right to ask.
    pub banned: Option<usize>,
    /// What keeps the clock right; `None` where nothing tells.
    pub time: Option<TimeSync>,
    /// The certificate in use that ends first, of those in files; `None` without one.
    pub certificate: Option<Soonest>,
    pub heat: Heat,
}

/// Packages that can be upgraded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Updates {
    pub all: usize,
    pub security: usize,
}

/// A mounted filesystem that has a size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filesystem {
    pub mount: String,
    pub device: String,
    /// `ext4`; empty when not told.
    pub kind: String,
    pub size_bytes: u64,
    pub used_bytes: u64,
    /// What users may still have.
    pub available_bytes: u64,
    /// As `df` reckons it: of what users may have.
    pub used_percent: Option<f64>,
    pub inodes_used_percent: Option<f64>,
}

impl Checks {
    /// The fullest filesystem: its space or its inodes.
    pub fn fullest(&self) -> Option<(&Filesystem, f64)> {
        self.filesystems
            .iter()
            .filter_map(|fs| {
                Some((fs, fs.used_percent.into_iter().chain(fs.inodes_used_percent).reduce(f64::max)?))
            })
            .max_by(|a, b| a.1.total_cmp(&b.1))
    }

    pub fn root(&self) -> Option<&Filesystem> {
        self.filesystems.iter().find(|fs| fs.mount == "/")
    }
}
