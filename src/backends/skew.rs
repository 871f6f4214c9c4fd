//! How far another machine's clock is from ours, as far as that is certain.

use jiff::{SignedDuration, Timestamp};

/// Less is not worth telling.
const WORTH_TELLING: SignedDuration = SignedDuration::from_millis(300);

/// The difference to a clock that showed this time, or up to `blur` more, at some moment of the round trip.
pub fn certain(
    asked: Timestamp,
    answered: Timestamp,
    theirs: Timestamp,
    blur: SignedDuration,
) -> Option<SignedDuration> {
    // Between these two it must be.
    let (least, most) = (theirs.duration_since(answered), theirs.duration_since(asked).saturating_add(blur));
    let middle = least.saturating_add(most) / 2;
    (least > WORTH_TELLING || most < -WORTH_TELLING).then_some(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(round_trip_ms: i64, ahead_ms: i64, blur_ms: i64) -> Option<i128> {
        let at = |ms| Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap();
        let theirs = at(round_trip_ms / 2 + ahead_ms);
        let skew = certain(at(0), at(round_trip_ms), theirs, SignedDuration::from_millis(blur_ms));
        skew.map(|skew| skew.as_millis())
    }

    #[test]
    fn only_what_is_certain_is_told() {
        assert_eq!(told(10, 0, 0), None);
        assert_eq!((told(10, 1000, 0), told(10, -1000, 0)), (Some(1000), Some(-1000)));
        assert_eq!(told(10, 304, 0), None);
        assert_eq!(told(2000, 1000, 0), None, "it may be the way there");
        assert_eq!((told(10, 700, 1000), told(10, -1200, 1000)), (Some(1200), None));
        assert_eq!(told(10, -5000, 1000), Some(-4500));
    }
}
