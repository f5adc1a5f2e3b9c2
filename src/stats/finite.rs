//! The one place that says which values are present.
//!
//! A value is present when it is finite; `NaN` and both infinities are missing.
//! Every other module of the crate asks here and never tests `is_nan` by itself.

/// Whether `value` may enter a computation: finite, so neither `NaN` nor an infinity.
pub fn is_present(value: f64) -> bool {
    value.is_finite()
}

/// The present values of `values`, in order; empty if there are none.
pub fn present(values: &[f64]) -> impl DoubleEndedIterator<Item = f64> + Clone + '_ {
    values.iter().copied().filter(|&value| is_present(value))
}

/// The present values of `values` with their index in it, in order.
pub fn present_indexed(values: &[f64]) -> impl DoubleEndedIterator<Item = (usize, f64)> + Clone + '_ {
    values.iter().copied().enumerate().filter(|&(_, value)| is_present(value))
}

/// The pairs of which both sides are present, in order; the longer slice is cut to the shorter.
pub fn present_pairs<'a>(xs: &'a [f64], ys: &'a [f64]) -> impl DoubleEndedIterator<Item = (f64, f64)> + Clone + 'a {
    xs.iter().copied().zip(ys.iter().copied()).filter(|&(x, y)| is_present(x) && is_present(y))
}

/// The present values of `values`, ascending.
pub fn sorted_present(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = present(values).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// How many of `values` are present.
pub fn n_present(values: &[f64]) -> usize {
    present(values).count()
}

/// How many of `values` are missing.
pub fn n_missing(values: &[f64]) -> usize {
    values.len() - n_present(values)
}

/// Arithmetic mean of the present values; `None` if there are none or their sum overflows.
pub fn mean(values: &[f64]) -> Option<f64> {
    let (sum, n) = present(values).fold((0.0, 0_usize), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / n as f64).filter(|&mean| is_present(mean))
}

/// Sample variance (divisor n - 1) of the present values by the two-pass formula; `None` below two of them or if a sum overflows.
pub fn variance(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    let n = n_present(values);
    let squares: f64 = present(values).map(|value| (value - centre) * (value - centre)).sum();
    (n > 1).then(|| squares / (n - 1) as f64).filter(|&variance| is_present(variance))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIXED: [f64; 5] = [1.0, f64::NAN, 3.0, f64::INFINITY, f64::NEG_INFINITY];

    #[test]
    fn infinities_count_as_missing() {
        assert_eq!((n_present(&MIXED), n_missing(&MIXED)), (2, 3));
        assert_eq!(present_indexed(&MIXED).collect::<Vec<_>>(), [(0, 1.0), (2, 3.0)]);
    }

    #[test]
    fn a_pair_needs_both_sides() {
        let pairs: Vec<_> = present_pairs(&MIXED, &[5.0, 6.0, 7.0, 8.0]).collect();
        assert_eq!(pairs, [(1.0, 5.0), (3.0, 7.0)]);
    }

    #[test]
    fn moments_skip_missing_and_need_data() {
        assert_eq!(mean(&MIXED), Some(2.0));
        assert_eq!(variance(&MIXED), Some(2.0));
        assert_eq!(mean(&[f64::NAN]), None);
        assert_eq!(mean(&[f64::MAX, f64::MAX]), None);
        assert_eq!(variance(&[1.0]), None);
    }
}
