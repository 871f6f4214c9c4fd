//! One row of eighth blocks: the recent past of a number.

/// Draws values scaled to `max` (the limit, not the largest value). `NaN` is a gap. At most `columns`
/// values, the newest at the right.
pub fn line(
    values: impl DoubleEndedIterator<Item = f32>,
    max: f32,
    columns: usize,
    levels: &[&'static str; 8],
) -> String {
    let newest: Vec<f32> = values.rev().take(columns).collect();
    let mut out = String::with_capacity(columns * 3);
    for _ in newest.len()..columns {
        out.push(' ');
    }
    for value in newest.into_iter().rev() {
        if value.is_nan() {
            out.push(' ');
        } else {
            let share = if max > 0.0 { (value / max).clamp(0.0, 1.0) } else { 0.0 };
            out.push_str(levels[((share * 8.0).ceil() as usize).clamp(1, 8) - 1]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

    #[test]
    fn scaled_to_the_limit_with_gaps() {
        assert_eq!(line([0.0, 50.0, f32::NAN, 100.0, 300.0].into_iter(), 100.0, 6, &LEVELS), " ▁▄ ██");
        assert_eq!(line([1.0, 2.0, 3.0].into_iter(), 0.0, 2, &LEVELS), "▁▁");
    }
}
