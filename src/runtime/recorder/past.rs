//! The last minute of every container's usage, kept for the case that it crashes.

use std::collections::{HashMap, VecDeque};

use jiff::SignedDuration;

use crate::domain::capsule::UsagePoint;
use crate::domain::ids::ContainerKey;
use crate::domain::usage::UsageSample;

/// Points kept of a container: a minute at one every two seconds.
const POINTS: usize = 30;
/// Containers remembered; beyond that those without news are forgotten.
const MAX_CONTAINERS: usize = 4096;
const NEWS: SignedDuration = SignedDuration::from_mins(5);

#[derive(Debug, Default)]
pub(super) struct Past {
    points: HashMap<ContainerKey, VecDeque<UsagePoint>>,
}

impl Past {
    pub fn take(&mut self, samples: &[UsageSample]) {
        for sample in samples {
            if self.points.len() >= MAX_CONTAINERS && !self.points.contains_key(&sample.key) {
                let fresh = |points: &VecDeque<UsagePoint>| {
                    points.back().is_some_and(|last| sample.at.duration_since(last.at) < NEWS)
                };
                self.points.retain(|_, points| fresh(points));
                if self.points.len() >= MAX_CONTAINERS {
                    continue;
                }
            }
            let points = self.points.entry(sample.key.clone()).or_default();
            if points.len() >= POINTS {
                points.pop_front();
            }
            points.push_back(UsagePoint { at: sample.at, usage: sample.usage });
        }
    }

    /// What is known of a container; it is not needed again.
    pub fn give(&mut self, key: &ContainerKey) -> Vec<UsagePoint> {
        self.points.remove(key).unwrap_or_default().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ContainerId, TargetId};
    use crate::domain::usage::Usage;
    use jiff::Timestamp;

    fn sample(id: &str, s: i64) -> UsageSample {
        let key = ContainerKey { target: TargetId::docker("t"), id: ContainerId::new(id) };
        UsageSample { key, at: Timestamp::from_second(s).unwrap(), usage: Usage::default() }
    }

    #[test]
    fn the_last_minute_of_a_bounded_number_of_containers() {
        let mut past = Past::default();
        past.take(&(0..100).map(|s| sample("a", s)).collect::<Vec<_>>());
        for n in 0..5000 {
            past.take(&[sample(&format!("b{n}"), 100)]);
        }
        assert_eq!(past.points.len(), MAX_CONTAINERS);
        // Those without news go.
        past.take(&[sample("new", 1000)]);
        assert_eq!(past.points.len(), 1);
        let mut past = Past::default();
        past.take(&(0..100).map(|s| sample("a", s)).collect::<Vec<_>>());
        let points = past.give(&sample("a", 0).key);
        assert_eq!((points.len(), points[0].at.as_second()), (30, 70));
        assert!(past.give(&sample("a", 0).key).is_empty());
    }
}
