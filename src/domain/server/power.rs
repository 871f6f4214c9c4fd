//! Turning a server off, or off and on again.

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// In so many minutes; 0 = at once. Until then it can be cancelled.
    Reboot {
        minutes: u32,
    },
    Off {
        minutes: u32,
    },
    /// Take back what was announced.
    Cancel,
}

impl Power {
    pub fn summary(self, name: &str) -> String {
        match self {
            Self::Reboot { minutes } => format!("reboot server {name}{}", when(minutes)),
            Self::Off { minutes } => format!("turn server {name} off{}", when(minutes)),
            Self::Cancel => format!("cancel the shutdown of server {name}"),
        }
    }

    /// What a person would type.
    pub fn words(self) -> Vec<String> {
        let at = |minutes: u32| if minutes == 0 { "now".to_owned() } else { format!("+{minutes}") };
        match self {
            Self::Reboot { minutes } => vec!["shutdown".into(), "-r".into(), at(minutes)],
            Self::Off { minutes } => vec!["shutdown".into(), "-P".into(), at(minutes)],
            Self::Cancel => vec!["shutdown".into(), "-c".into()],
        }
    }
}

fn when(minutes: u32) -> String {
    match minutes {
        0 => " now".to_owned(),
        1 => " in a minute".to_owned(),
        n => format!(" in {n} minutes"),
    }
}
