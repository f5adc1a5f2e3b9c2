//! Exponential smoothing of metric series.
//!
//! A missing value keeps its place in the output and leaves the running average untouched.
//! Must not know about frames, charts or time.

use super::finite::is_present;

/// How much of the past [`ema`] keeps at each point; 0 smooths nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smoothing(f64);

impl Smoothing {
    /// Checks `share` once, so that [`ema`] is total; `None` outside `0.0..1.0`.
    pub fn new(share: f64) -> Option<Self> {
        (0.0..1.0).contains(&share).then_some(Self(share))
    }

    /// The share, `0.0..1.0`.
    pub fn share(self) -> f64 {
        self.0
    }
}

/// Debiased exponential moving average of `values`, in their unit and of their length.
///
/// Dividing by the weight seen so far removes the pull towards zero of the first points (Kingma and Ba, 2015, section 3).
///
/// ```
/// use sightline::stats::smooth::{ema, Smoothing};
/// let half = Smoothing::new(0.5).unwrap();
/// assert_eq!(ema(&[4.0, 4.0, 4.0], half), [4.0, 4.0, 4.0]);
/// assert_eq!(Smoothing::new(1.0), None);
/// ```
pub fn ema(values: &[f64], smoothing: Smoothing) -> Vec<f64> {
    let kept = smoothing.share();
    let (mut sum, mut weight) = (0.0, 0.0);
    values
        .iter()
        .map(|&value| {
            if !is_present(value) {
                return value;
            }
            sum = kept * sum + (1.0 - kept) * value;
            weight = kept * weight + (1.0 - kept);
            sum / weight
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(share: f64, input: &[f64], expected: &str) {
        let smoothing = Smoothing::new(share).unwrap();
        assert_eq!(format!("{:.3?}", ema(input, smoothing)), expected);
    }

    #[test]
    fn missing_values_keep_their_place_and_do_not_spread() {
        check(0.5, &[1.0, f64::NAN, 3.0], "[1.000, NaN, 2.333]");
        check(0.5, &[f64::INFINITY, 2.0], "[inf, 2.000]");
    }

    #[test]
    fn nothing_kept_is_the_input_and_empty_stays_empty() {
        check(0.0, &[1.0, 5.0], "[1.000, 5.000]");
        check(0.9, &[], "[]");
    }

    proptest! {
        #[test]
        fn ema_stays_within_what_was_seen(values in prop::collection::vec(-1e6..1e6_f64, 1..50), share in 0.0..0.999_f64) {
            let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
            for value in ema(&values, Smoothing::new(share).unwrap()) {
                prop_assert!(value >= low - 1e-6 && value <= high + 1e-6);
            }
        }
    }
}
