//! The Wasserstein-1 (earth mover's) distance of two samples.

use super::finite;

/// Least divisor, as in Evidently 0.7.23 (`wasserstein_distance_norm.py`), so that a constant reference gives a number.
const LEAST_SD: f64 = 0.001;

/// The distance in units of the reference's standard deviation (n in the divisor), which is taken as at least 0.001.
///
/// scipy's `wasserstein_distance` by `max(np.std(reference), 0.001)`, as Evidently 0.7.23 has it.
/// Non-finite values are left out; `NaN` if either sample then is empty.
pub fn wasserstein_in_reference_sd(reference: &[f64], current: &[f64]) -> f64 {
    let (old, new) = (finite::sorted_present(reference), finite::sorted_present(current));
    let all: Vec<usize> = (0..old.len() + new.len()).collect();
    WeightedSamples::new(&old, &new).distance_of(&all)
}

/// Two samples sorted together once, so that a resample's distance takes O(n).
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedSamples {
    /// All values ascending.
    values: Vec<f64>,
    /// Whether each is the reference's.
    is_reference: Vec<bool>,
    /// The sorted place of each row, the reference's rows first.
    places: Vec<usize>,
}

impl WeightedSamples {
    /// Sorts two samples of finite values.
    pub fn new(reference: &[f64], current: &[f64]) -> Self {
        let all: Vec<f64> = reference.iter().chain(current).copied().collect();
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by(|&a, &b| all[a].total_cmp(&all[b]));
        let mut places = vec![0; all.len()];
        order.iter().enumerate().for_each(|(place, &row)| places[row] = place);
        Self {
            values: order.iter().map(|&row| all[row]).collect(),
            is_reference: order.iter().map(|&row| row < reference.len()).collect(),
            places,
        }
    }

    /// The normed distance of a resample, given as row numbers (the reference's first); `NaN` if it leaves a sample empty.
    pub fn distance_of(&self, rows: &[usize]) -> f64 {
        let mut weights = vec![0.0; self.values.len()];
        for place in rows.iter().filter_map(|&row| self.places.get(row)) {
            weights[*place] += 1.0;
        }
        let weighted = || self.values.iter().zip(&self.is_reference).zip(&weights);
        let (mut n_reference, mut n_current, mut sum) = (0.0, 0.0, 0.0);
        for ((value, is_reference), weight) in weighted() {
            if *is_reference {
                n_reference += weight;
                sum += weight * value;
            } else {
                n_current += weight;
            }
        }
        let centre = sum / n_reference;
        let (mut squares, mut gap, mut area, mut before) = (0.0, 0.0, 0.0, f64::NAN);
        for ((value, is_reference), weight) in weighted().filter(|row| *row.1 > 0.0) {
            if !before.is_nan() {
                area += f64::abs(gap) * (value - before);
            }
            before = *value;
            if *is_reference {
                gap += weight / n_reference;
                squares += weight * (value - centre).powi(2);
            } else {
                gap -= weight / n_current;
            }
        }
        if n_reference == 0.0 || n_current == 0.0 {
            return f64::NAN;
        }
        area / (squares / n_reference).sqrt().max(LEAST_SD)
    }
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
    fn a_resample_counts_repeated_rows() {
        let samples = WeightedSamples::new(&[0.0, 2.0], &[5.0, 1.0]);
        assert!((samples.distance_of(&[0, 1, 3, 3]) - 1.0).abs() < 1e-12);
        assert!(samples.distance_of(&[0, 1]).is_nan());
    }
}
