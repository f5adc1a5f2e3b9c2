//! Groups of people within groups: what is left between two shown counts is a count of people too.

/// Whether so many people are in one of two groups and not in the other, which lies within it, that they are few: from 1 to `k - 1`.
/// A count that is not shown (`NaN`) tells nothing.
pub fn few_apart(whole: f64, part: f64, k: u32) -> bool {
    let apart = (whole - part).abs();
    apart >= 0.5 && apart.round() < f64::from(k)
}

/// Counts of groups each of which lies within the one before it, such as the steps of a funnel, with those hidden (`NaN`) that are few
/// people less than the last shown before them.
pub fn thinned(counts: &[f64], k: u32) -> Vec<f64> {
    let mut last = f64::NAN;
    let shown = |n: &f64| {
        if few_apart(last, *n, k) {
            return f64::NAN;
        }
        if n.is_finite() {
            last = *n;
        }
        *n
    };
    counts.iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_who_left_between_two_steps_are_hidden() {
        let found = thinned(&[200.0, 195.0, 195.0, 185.0, f64::NAN, 180.0, 0.0], 11);
        assert_eq!(format!("{found:?}"), "[200.0, NaN, NaN, 185.0, NaN, NaN, 0.0]");
        assert_eq!(thinned(&[200.0, 200.0, 189.0], 11), [200.0, 200.0, 189.0]);
    }

    #[test]
    fn nobody_and_many_may_be_told_apart() {
        assert!(!few_apart(50.0, 50.0, 11) && !few_apart(50.0, 39.0, 11) && !few_apart(f64::NAN, 39.0, 11));
        assert!(few_apart(50.0, 40.0, 11) && few_apart(40.0, 50.0, 11) && few_apart(50.0, 49.0, 11));
    }
}
