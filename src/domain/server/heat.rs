//! What the sensors of a machine measure.

/// A temperature.
#[derive(Debug, Clone, PartialEq)]
pub struct Temperature {
    /// The chip and what it measures there: `coretemp Package id 0`.
    pub name: String,
    pub celsius: f64,
    /// Where the chip takes itself for in danger.
    pub critical: Option<f64>,
}

/// A fan that turns, or should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fan {
    pub name: String,
    /// Turns a minute.
    pub rpm: u32,
}

/// All of them; empty in most virtual machines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heat {
    pub temperatures: Vec<Temperature>,
    pub fans: Vec<Fan>,
}

/// From this share of what is critical on it is worth a look, per cent.
const HOT_PERCENT: f64 = 90.0;
/// What a chip without a limit of its own is held against.
const USUAL_LIMIT: f64 = 100.0;

impl Temperature {
    fn share(&self) -> f64 {
        self.celsius / self.critical.unwrap_or(USUAL_LIMIT) * 100.0
    }

    pub fn is_critical(&self) -> bool {
        self.critical.is_some_and(|critical| self.celsius >= critical)
    }

    pub fn is_hot(&self) -> bool {
        self.share() >= HOT_PERCENT
    }
}

impl Heat {
    /// The one nearest to its limit.
    pub fn hottest(&self) -> Option<&Temperature> {
        self.temperatures.iter().max_by(|a, b| a.share().total_cmp(&b.share()))
    }
}
