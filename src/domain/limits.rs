//! Live limits of a container: what `docker update` can change.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// What the engine does when a container ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestartPolicy {
    No,
    Always,
    UnlessStopped,
    /// With the highest number of tries; 0 = no bound.
    OnFailure(u32),
}

impl fmt::Display for RestartPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No => f.write_str("no"),
            Self::Always => f.write_str("always"),
            Self::UnlessStopped => f.write_str("unless-stopped"),
            Self::OnFailure(0) => f.write_str("on-failure"),
            Self::OnFailure(n) => write!(f, "on-failure:{n}"),
        }
    }
}

impl FromStr for RestartPolicy {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s.trim() {
            "no" => Ok(Self::No),
            "always" => Ok(Self::Always),
            "unless-stopped" => Ok(Self::UnlessStopped),
            "on-failure" => Ok(Self::OnFailure(0)),
            other => other
                .strip_prefix("on-failure:")
                .and_then(|n| n.parse().ok())
                .map(Self::OnFailure)
                .ok_or_else(|| {
                    format!(
                        "`{other}` is no restart policy; write no, always, unless-stopped or on-failure[:N]"
                    )
                }),
        }
    }
}

/// Changes to a container's limits; `None` leaves a limit as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LimitChange {
    /// Hard memory limit, bytes.
    pub memory_bytes: Option<u64>,
    /// Memory + swap, bytes. The engine wants it raised together with memory beyond it.
    pub memory_swap_bytes: Option<i64>,
    /// Processors, 1.5 = one and a half.
    pub cpus: Option<f64>,
    pub pids: Option<i64>,
    pub restart: Option<RestartPolicy>,
}

impl LimitChange {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The flags of `docker update` that say the same.
    pub fn flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        if let Some(m) = self.memory_bytes {
            flags.push(format!("--memory={m}"));
        }
        if let Some(m) = self.memory_swap_bytes {
            flags.push(format!("--memory-swap={m}"));
        }
        if let Some(c) = self.cpus {
            flags.push(format!("--cpus={c}"));
        }
        if let Some(p) = self.pids {
            flags.push(format!("--pids-limit={p}"));
        }
        if let Some(r) = &self.restart {
            flags.push(format!("--restart={r}"));
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_print_and_parse_alike() {
        for text in ["no", "always", "unless-stopped", "on-failure", "on-failure:5"] {
            assert_eq!(text.parse::<RestartPolicy>().unwrap().to_string(), text);
        }
        assert!("on-failure:x".parse::<RestartPolicy>().unwrap_err().contains("restart policy"));
    }
}
