//! The table of sections and their keys: what the file may hold. Unknown-key messages come from here.

use crate::domain::ids::TargetKind;

/// A kind of target section, `[[word]]`.
pub struct Section {
    pub word: &'static str,
    /// `None` for kinds that the file may hold already but that no part of pult lists yet.
    pub kind: Option<TargetKind>,
    /// Keys beside [`COMMON_KEYS`]. Empty = not settled yet, nothing is checked.
    pub keys: &'static [&'static str],
}

/// Keys of every target.
pub const COMMON_KEYS: [&str; 4] = ["name", "guard", "tags", "color"];

/// Keys of `[defaults]`.
pub const DEFAULT_KEYS: [&str; 5] = ["guard", "theme", "keymap", "threshold_percent", "ssh_config"];

/// Keys of `[profile.NAME]`.
pub const PROFILE_KEYS: [&str; 5] = ["targets", "tags", "read_only", "theme", "keymap"];

/// Keys of `tls = { … }`.
pub const TLS_KEYS: [&str; 4] = ["ca", "cert", "key", "skip_verify"];

/// All target sections.
pub const SECTIONS: [Section; 10] = [
    Section { word: "docker", kind: Some(TargetKind::Docker), keys: &["host", "context", "tls"] },
    Section {
        word: "server",
        kind: Some(TargetKind::Server),
        keys: &["host", "user", "port", "identity", "jump", "sudo", "thresholds"],
    },
    Section {
        word: "postgres",
        kind: Some(TargetKind::Postgres),
        keys: &["url", "service", "password_command", "via"],
    },
    Section {
        word: "kubernetes",
        kind: Some(TargetKind::Kubernetes),
        keys: &["context", "kubeconfig", "namespaces"],
    },
    later("traefik"),
    later("prometheus"),
    later("alertmanager"),
    later("loki"),
    later("redis"),
    later("sqlite"),
];

const fn later(word: &'static str) -> Section {
    Section { word, kind: None, keys: &[] }
}

/// Every word that may stand at the top of the file.
pub fn top_words() -> impl Iterator<Item = &'static str> + Clone {
    SECTIONS.iter().map(|s| s.word).chain(["check", "backup", "defaults", "thresholds", "profile"])
}
