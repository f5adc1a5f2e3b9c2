//! The Wasserstein-1 (earth mover's) distance of two samples.

use super::finite;

/// Least divisor, as in Evidently 0.7.23 (`wasserstein_distance_norm.py`), so that a constant reference gives a number.
const LEAST_SD: f64 = 0.001;

/// The distance in units of the reference's standard deviation (n in the divisor), which is taken as at least 0.001.
///
/// scipy's `wasserstein_distance` by `max(np.std(reference), 0.001)`, as Evidently 0.7.23 has it.
/// Non-finite values are left out; `NaN` if either sample then is empty.
pub fn wasserstein_in_reference_sd(reference: &[f64], current: &[f64]) -> f64 {
    let mut rows: Vec<(f64, f64, f64)> = finite::present(reference).map(|value| (value, 1.0, 0.0)).collect();
    rows.extend(finite::present(current).map(|value| (value, 0.0, 1.0)));
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    wasserstein_of_counts(rows.iter().copied())
}

/// The same of values in ascending order with their counts in the reference and in the current sample.
///
/// Values are finite and counts not negative; `NaN` if either sample has none.
pub fn wasserstein_of_counts(rows: impl Iterator<Item = (f64, f64, f64)> + Clone) -> f64 {
    let (mut n_reference, mut n_current, mut sum) = (0.0, 0.0, 0.0);
    for (value, reference, current) in rows.clone() {
        n_reference += reference;
        n_current += current;
        sum += reference * value;
    }
    if n_reference == 0.0 || n_current == 0.0 {
        return f64::NAN;
    }
    let centre = sum / n_reference;
    let (mut squares, mut gap, mut area, mut before) = (0.0, 0.0, 0.0, None);
    for (value, reference, current) in rows.filter(|row| row.1 + row.2 > 0.0) {
        area += before.map_or(0.0, |before| f64::abs(gap) * (value - before));
        before = Some(value);
        gap += reference / n_reference - current / n_current;
        squares += reference * (value - centre).powi(2);
    }
    area / f64::sqrt(squares / n_reference).max(LEAST_SD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_by_one_sd_is_one() {
        let reference = [-1.0, 1.0, -1.0, 1.0];
        let shifted = [0.0, 2.0, 0.0, 2.0];
        assert!((wasserstein_in_reference_sd(&reference, &shifted) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_constant_reference_is_divided_by_the_least_sd() {
        assert!((wasserstein_in_reference_sd(&[1.0, 1.0], &[1.5]) - 500.0).abs() < 1e-9);
    }

    #[test]
    fn an_empty_sample_is_no_number_and_missing_values_are_left_out() {
        assert!(wasserstein_in_reference_sd(&[f64::NAN], &[1.0]).is_nan());
        let with_gap = wasserstein_in_reference_sd(&[0.0, f64::NAN, 2.0], &[1.0, 3.0]);
        assert!((with_gap - 1.0).abs() < 1e-12);
    }

    #[test]
    fn counts_stand_for_repeated_rows() {
        let counted = wasserstein_of_counts([(0.0, 1.0, 0.0), (1.0, 0.0, 2.0), (2.0, 1.0, 0.0)].into_iter());
        assert!((counted - wasserstein_in_reference_sd(&[0.0, 2.0], &[1.0, 1.0])).abs() < 1e-12);
        assert!((counted - 1.0).abs() < 1e-12);
        assert!(wasserstein_of_counts([(0.0, 1.0, 0.0)].into_iter()).is_nan());
    }
}
