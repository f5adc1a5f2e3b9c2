//! Counts of rare events, such as incidents: intervals of what is to be expected and of rates.
//!
//! Events are taken to come independently of each other; where they come in bursts the intervals are too narrow.

use super::dist;
use super::interval::Interval;

/// Garwood's exact interval of the expected number behind a count (*Biometrika* 28, 1936); its low end is 0 for no event.
///
/// `level` is between 0 and 1, both excluded; `None` for anything else.
///
/// ```
/// use sightline::stats::poisson::garwood;
/// let none = garwood(0, 0.95).unwrap();
/// assert_eq!(none.low, 0.0);
/// assert!((none.high - 3.688_879_454).abs() < 1e-8);
/// assert_eq!(garwood(3, 1.0), None);
/// ```
pub fn garwood(count: u64, level: f64) -> Option<Interval> {
    if !(level > 0.0 && level < 1.0) {
        return None;
    }
    let tail = (1.0 - level) / 2.0;
    let df = 2.0 * count as f64;
    let low = if count == 0 { 0.0 } else { dist::chi_squared_isf(1.0 - tail, df) / 2.0 };
    Interval::new(low, dist::chi_squared_isf(tail, df + 2.0) / 2.0)
}

/// A rate with its interval: `count` events over `exposure` (days, requests), which must be positive and finite.
pub fn rate(count: u64, exposure: f64, level: f64) -> Option<(f64, Interval)> {
    let of_count = garwood(count, level).filter(|_| exposure > 0.0 && exposure.is_finite())?;
    let interval = Interval::new(of_count.low / exposure, of_count.high / exposure)?;
    Some((count as f64 / exposure, interval))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_are_those_of_the_papers_table() {
        for (count, low, high) in
            [(1, 0.025_317_8, 5.571_643_4), (5, 1.623_486_4, 11.668_332_1), (10, 4.795_389_3, 18.390_356_2)]
        {
            let interval = garwood(count, 0.95).unwrap();
            assert!((interval.low - low).abs() < 1e-6 && (interval.high - high).abs() < 1e-6, "{count}: {interval:?}");
        }
    }

    #[test]
    fn no_time_has_no_rate() {
        assert_eq!(rate(3, 0.0, 0.95), None);
        assert_eq!(rate(3, f64::NAN, 0.95), None);
        assert_eq!(rate(3, f64::INFINITY, 0.95), None);
    }

    proptest! {
        #[test]
        fn the_interval_holds_its_rate(count in 0_u64..100_000, exposure in 0.01..1e6_f64, level in 0.5..0.999_f64) {
            let (rate, interval) = rate(count, exposure, level).unwrap();
            prop_assert!(interval.contains(rate));
        }
    }
}
