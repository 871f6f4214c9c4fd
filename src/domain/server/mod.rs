//! What is known of one server: who it is, how it fares, what was checked on it.

pub mod accounts;
pub mod act;
pub mod ban_rows;
pub mod cause;
pub mod certificates;
pub mod checks;
pub mod counters;
pub mod cron;
pub mod crossings;
pub mod disks;
pub mod edit;
pub mod event;
pub mod exposure;
pub mod facet;
pub mod files;
pub mod firewall;
pub mod firewall_rows;
pub mod heat;
pub mod history;
pub mod interfaces;
pub mod jails;
pub mod lockout;
pub mod network;
pub mod packages;
pub mod packet_filter;
pub mod power;
pub mod processes;
pub mod query;
pub mod ran;
pub mod sockets;
pub mod support;
pub mod surface;
pub mod threshold;
pub mod thresholds;
pub mod time_sync;
pub mod transfer;
pub mod trend;
pub mod ufw;
pub mod units;
pub mod vitals;

use std::sync::Arc;

use jiff::civil::Date;

pub use act::{BanChange, Canary, FileAction, RunCommand, ServerAction, ServerMutation, UnitVerb};
pub use checks::{Checks, Filesystem};
pub use counters::Counters;
pub use event::{Crossing, ServerEvent};
pub use facet::{Facet, FacetText};
pub use files::{FileEntry, FileId, FileKind, FileList, FilePath};
pub use history::{History, Point};
pub use processes::{Process, ProcessId, ProcessList};
pub use query::{ServerAnswer, ServerAsk, ServerQuery};
pub use ran::Ran;
pub use transfer::{Transfer, Underway};
pub use trend::{Span, TrendQuery};
pub use units::{Unit, UnitDetail, UnitList};
pub use vitals::Vitals;

/// A server at a moment. Immutable: every reading makes a new one that shares what did not change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Server {
    pub facts: Arc<Facts>,
    /// `None` until the first reading.
    pub vitals: Option<Arc<Vitals>>,
    /// `None` until the first look, which takes longer than a reading.
    pub checks: Option<Arc<Checks>>,
    /// From a request to its answer, milliseconds: the way there and back and the reading itself.
    pub latency_ms: Option<f64>,
}

/// What changes seldom. Texts are sanitised; empty = not told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    pub hostname: String,
    /// `Debian GNU/Linux 12 (bookworm)`
    pub os: String,
    /// The last day with security fixes, where it is known.
    pub support_ends: Option<Date>,
    /// `6.1.0-18-amd64`
    pub kernel: String,
    /// `x86_64`
    pub machine: String,
    /// `kvm`, `lxc`, `docker`, `none`
    pub virtualization: String,
    /// Who the readings are made as.
    pub user: String,
    pub rights: Rights,
    /// Programs that are there, of those that readings and actions use.
    pub tools: Vec<String>,
    /// Clock ticks a second, bytes of a page.
    pub ticks_per_s: u32,
    pub page_bytes: u32,
    /// The server's clock before ours, seconds; less half of the way there and back.
    pub clock_ahead_s: Option<f64>,
}

/// What its user may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rights {
    /// Nothing was asked.
    #[default]
    Unknown,
    Root,
    /// `sudo` without a password.
    Sudo,
    /// `sudo` is there and wants a password, or refuses.
    Asks,
    /// There is no `sudo`.
    None,
}

impl Rights {
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Root => "root",
            Self::Sudo => "sudo",
            Self::Asks => "no sudo without a password",
            Self::None => "none",
        }
    }

    pub fn is_root(self) -> bool {
        matches!(self, Self::Root | Self::Sudo)
    }
}

/// How often somebody wants to know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// Nobody looks at servers.
    #[default]
    Hidden,
    /// In the list, but not on the screen.
    Listed,
    Shown,
}

impl Pace {
    /// Seconds between two readings.
    pub fn seconds(self) -> u64 {
        match self {
            Self::Hidden => 60,
            Self::Listed => 10,
            Self::Shown => 2,
        }
    }
}
