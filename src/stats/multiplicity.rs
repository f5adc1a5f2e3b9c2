//! Corrections for many looks: Benjamini-Hochberg and Holm.
//!
//! A `NaN` p value is a test that was not made: it stays `NaN` and does not count towards the number of tests.

use crate::order::Order;
/// Benjamini-Hochberg q values: the smallest false discovery rate at which each test is called.
///
/// ```
/// use sightline::stats::multiplicity::benjamini_hochberg;
/// assert_eq!(benjamini_hochberg(&[0.01, 0.5, 0.02]), [0.03, 0.5, 0.03]);
/// ```
///
/// In the input's order. Benjamini and Hochberg, *J. R. Stat. Soc. B* 57 (1995) 289.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let order = ascending_places(p_values);
    let n = order.len() as f64;
    let mut adjusted = vec![f64::NAN; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, &place) in order.iter().enumerate().rev() {
        least = least.min(p_values[place] * n / (rank as f64 + 1.0));
        adjusted[place] = least;
    }
    adjusted
}

/// Holm's step-down adjusted p values, which hold the family-wise error under any dependence.
///
/// In the input's order. Holm, *Scand. J. Stat.* 6 (1979) 65.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let order = ascending_places(p_values);
    let mut adjusted = vec![f64::NAN; p_values.len()];
    let mut greatest = 0.0_f64;
    for (rank, &place) in order.iter().enumerate() {
        greatest = greatest.max((p_values[place] * (order.len() - rank) as f64).min(1.0));
        adjusted[place] = greatest;
    }
    adjusted
}

fn ascending_places(p_values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len()).filter(|&place| !p_values[place].is_nan()).collect();
    order.order_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(adjusted: &[f64], expected: &str) {
        assert_eq!(format!("{adjusted:.3?}"), expected);
    }

    #[test]
    fn a_test_not_made_is_kept_out() {
        check(&benjamini_hochberg(&[0.01, f64::NAN, 0.04]), "[0.020, NaN, 0.040]");
        check(&holm(&[0.01, f64::NAN, 0.04]), "[0.020, NaN, 0.040]");
    }

    #[test]
    fn q_values_are_monotone_in_p() {
        check(&benjamini_hochberg(&[0.03, 0.02, 0.9]), "[0.045, 0.045, 0.900]");
    }

    #[test]
    fn one_test_is_unchanged_and_none_gives_none() {
        check(&benjamini_hochberg(&[0.3]), "[0.300]");
        check(&holm(&[]), "[]");
    }
}
