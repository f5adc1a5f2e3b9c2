//! Growth of cumulative counters, restarts handled.
//!
//! Plain differences of the samples: what was counted between them, never extrapolated to the window as `PromQL`'s `increase` does.

use super::finite::{is_present, present, present_indexed};

/// What a counter counted from its first to its last present sample, in its unit.
///
/// A sample below the one before is a restart from 0, so it counts in full. `None` below two present samples: nothing is known then.
///
/// ```
/// use sightline::stats::counter::increase;
/// assert_eq!(increase(&[10.0, 15.0, 2.0, 4.0]), Some(5.0 + 2.0 + 2.0));
/// assert_eq!(increase(&[10.0, f64::NAN]), None);
/// ```
pub fn increase(samples: &[f64]) -> Option<f64> {
    let later = present(samples).skip(1);
    present(samples).zip(later).map(|(before, after)| grown(before, after)).reduce(|sum, step| sum + step)
}

/// How often the counter restarted.
pub fn n_restarts(samples: &[f64]) -> usize {
    present(samples).zip(present(samples).skip(1)).filter(|(before, after)| after < before).count()
}

fn grown(before: f64, after: f64) -> f64 {
    if after < before { after } else { after - before }
}

/// What was counted since the present sample before, for each sample.
///
/// `NaN` for the first present sample, about which nothing is known, and where a sample is missing; the next one then carries all since the last.
pub fn increases(samples: &[f64]) -> Vec<f64> {
    steps(samples, |_, _, growth| growth)
}

/// [`increases`] per second of `times_secs`, which must ascend; `NaN` also where the time is missing or did not advance.
///
/// The longer slice is cut to the shorter.
pub fn rates(times_secs: &[f64], samples: &[f64]) -> Vec<f64> {
    let n = times_secs.len().min(samples.len());
    let time = |row: usize| times_secs.get(row).copied().unwrap_or(f64::NAN);
    steps(samples.get(..n).unwrap_or_default(), |before, row, growth| {
        let seconds = time(row) - time(before);
        if seconds > 0.0 && is_present(seconds) { growth / seconds } else { f64::NAN }
    })
}

/// `value(row before, row, growth)` at each present row but the first.
fn steps(samples: &[f64], value: impl Fn(usize, usize, f64) -> f64) -> Vec<f64> {
    let mut result = vec![f64::NAN; samples.len()];
    for ((before, was), (row, is)) in present_indexed(samples).zip(present_indexed(samples).skip(1)) {
        if let Some(slot) = result.get_mut(row) {
            *slot = value(before, row, grown(was, is));
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_missing_sample_loses_no_count() {
        assert_eq!(format!("{:?}", increases(&[1.0, f64::NAN, 5.0])), "[NaN, NaN, 4.0]");
        assert_eq!(format!("{:?}", rates(&[0.0, 10.0, 20.0], &[1.0, f64::NAN, 5.0])), "[NaN, NaN, 0.2]");
    }

    #[test]
    fn a_clock_that_stands_still_gives_no_rate() {
        assert!(rates(&[5.0, 5.0], &[1.0, 2.0])[1].is_nan());
        assert_eq!(n_restarts(&[3.0, 1.0, 2.0, 0.0]), 2);
    }

    proptest! {
        #[test]
        fn restarts_do_not_change_what_was_counted(steps in prop::collection::vec((0..50_u32, any::<bool>()), 1..40)) {
            let (mut level, mut total) = (0, 0);
            let mut samples = vec![0.0];
            for (grown, restarts) in steps {
                // A restart shows only if the new count is below the old.
                if restarts && level > grown { level = 0; }
                level += grown;
                total += grown;
                samples.push(f64::from(level));
            }
            prop_assert_eq!(increase(&samples), Some(f64::from(total)));
        }
    }
}
