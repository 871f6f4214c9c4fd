//! The tabs of the detail.

/// The tabs, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Overview,
    Charts,
    Processes,
    Log,
    Environment,
    Mounts,
    Inspect,
}

impl Tab {
    pub const ALL: [Tab; 7] = [
        Self::Overview,
        Self::Charts,
        Self::Processes,
        Self::Log,
        Self::Environment,
        Self::Mounts,
        Self::Inspect,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "info",
            Self::Charts => "charts",
            Self::Processes => "top",
            Self::Log => "log",
            Self::Environment => "env",
            Self::Mounts => "mounts",
            Self::Inspect => "inspect",
        }
    }
}
