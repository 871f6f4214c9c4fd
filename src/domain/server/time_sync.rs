//! What keeps a server's clock right, and how well.

/// What it says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimeSync {
    /// `chrony`, `timesyncd`, `ntp`; empty = nothing keeps it.
    pub by: &'static str,
    /// `None` when it does not say.
    pub synchronized: Option<bool>,
    /// How far the clock is off by its reckoning, seconds, without sign: their signs mean different things.
    pub offset_s: Option<f64>,
}

impl TimeSync {
    /// True when it is known that nothing sets the clock right.
    pub fn is_adrift(&self) -> bool {
        self.by.is_empty() || self.synchronized == Some(false)
    }

    /// `chrony, synchronised, 0.2 ms off`
    pub fn words(&self) -> String {
        if self.by.is_empty() {
            return "nothing keeps it right".to_owned();
        }
        let state = match self.synchronized {
            Some(true) => ", synchronised",
            Some(false) => ", not synchronised",
            None => "",
        };
        let offset = self.offset_s.map(|s| match s {
            s if s < 1.0 => format!(", {:.1} ms off", s * 1000.0),
            s => format!(", {s:.1} s off"),
        });
        format!("{}{state}{}", self.by, offset.unwrap_or_default())
    }
}

/// A container has the clock of its host, and sets none.
pub fn has_own_clock(virtualization: &str) -> bool {
    !["docker", "podman", "lxc", "lxc-libvirt", "systemd-nspawn", "openvz", "rkt", "wsl", "container-other"]
        .contains(&virtualization)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_people() {
        let chrony = TimeSync { by: "chrony", synchronized: Some(true), offset_s: Some(0.000_21) };
        assert_eq!(
            (chrony.words().as_str(), chrony.is_adrift()),
            ("chrony, synchronised, 0.2 ms off", false)
        );
        let lost = TimeSync { by: "timesyncd", synchronized: Some(false), offset_s: None };
        assert_eq!((lost.words().as_str(), lost.is_adrift()), ("timesyncd, not synchronised", true));
        assert!(TimeSync::default().is_adrift() && !has_own_clock("docker") && has_own_clock("kvm"));
    }
}
