//! How long to wait before the next attempt to reach something: doubled each time, bounded, and spread so
//! that many sessions do not come back to a restarted engine in the same instant.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_secs(1);
/// No wait is longer.
const LONGEST: Duration = Duration::from_secs(30);

/// The wait after `failures` failed attempts in a row (1 = the first): 1, 2, 4 … 30 s, less up to a quarter.
/// `chance` in 0..1 picks the point within that quarter.
pub fn delay(failures: u32, chance: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1_u32 << failures.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(1.0 - chance.clamp(0.0, 1.0) / 4.0)
}

/// [`delay`] with chance drawn from the hasher that the standard library seeds at random.
pub fn jittered(failures: u32) -> Duration {
    delay(failures, chance())
}

/// A number in 0..1.
pub fn chance() -> f64 {
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let seconds: Vec<u64> = (1..=8).map(|n| delay(n, 0.0).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(delay(u32::MAX, 0.0), LONGEST);
    }

    proptest::proptest! {
        #[test]
        fn chance_takes_off_a_quarter_at_most(failures in 0_u32..100, chance in -1.0..2.0_f64) {
            let (most, wait) = (delay(failures, 0.0), delay(failures, chance));
            proptest::prop_assert!(wait <= most && wait >= most.mul_f64(0.749));
            proptest::prop_assert!(jittered(failures) <= most);
        }
    }
}
