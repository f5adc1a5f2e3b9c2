//! Growth of a count of independent events between two periods, such as sign-ups.

use super::finite::is_present;
use super::interval::{Interval, Proportion, Uplift, wilson};

/// Events in a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    /// Number of events.
    pub events: u64,
    /// Length of the period, in any unit, the same for both; positive.
    pub length: f64,
}

/// Relative growth of the rate of `now` over that of `before`, 0.1 for 10 % more, with its interval.
///
/// Both counts are taken as Poisson. Given their sum, the first is binomial (Przyborowski and Wilenski, *Biometrika* 31 (1940) 313), so
/// that Wilson's interval of its share gives one of the ratio. `None` without an event before, for lengths that are not positive, and
/// for a level not between 0 and 1.
///
/// ```
/// use sightline::stats::count_ratio::{growth, Counted};
/// let month = |events| Counted { events, length: 30.0 };
/// let found = growth(month(120), month(100), 0.95).unwrap();
/// assert!((found.estimate - 0.2).abs() < 1e-12);
/// assert!(found.interval.contains(0.0));
/// assert_eq!(growth(month(5), month(0), 0.95), None);
/// ```
pub fn growth(now: Counted, before: Counted, level: f64) -> Option<Uplift> {
    let is_length = |length: f64| is_present(length) && length > 0.0;
    if before.events == 0 || !is_length(now.length) || !is_length(before.length) {
        return None;
    }
    let share = Proportion::new(now.events, now.events.checked_add(before.events)?)?;
    let of_share = wilson(share, level)?;
    let growth = |share: f64| share / (1.0 - share) * before.length / now.length - 1.0;
    let estimate = now.events as f64 / before.events as f64 * before.length / now.length - 1.0;
    Some(Uplift { estimate, interval: Interval::new(growth(of_share.low), growth(of_share.high))? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(events: u64, length: f64) -> Counted {
        Counted { events, length }
    }

    #[test]
    fn the_interval_is_that_of_the_share_turned_into_a_ratio() {
        // statsmodels: proportion_confint(60, 100, method="wilson") is 0.502003, 0.690599.
        let found = growth(counted(60, 1.0), counted(40, 1.0), 0.95).unwrap();
        assert!((found.estimate - 0.5).abs() < 1e-12);
        let ratio = |share: f64| share / (1.0 - share) - 1.0;
        let [low, high] = [0.502_002_586_791_061_8, 0.690_598_713_567_541_1].map(ratio);
        assert!((found.interval.low - low).abs() < 1e-9, "{:?} {low}", found.interval);
        assert!((found.interval.high - high).abs() < 1e-9, "{:?} {high}", found.interval);
    }

    #[test]
    fn a_longer_period_is_no_growth() {
        let found = growth(counted(62, 31.0), counted(56, 28.0), 0.95).unwrap();
        assert!(found.estimate.abs() < 1e-12 && found.interval.contains(0.0));
    }

    #[test]
    fn nothing_now_is_a_fall_by_everything() {
        let found = growth(counted(0, 1.0), counted(10, 1.0), 0.95).unwrap();
        assert_eq!((found.estimate, found.interval.low), (-1.0, -1.0));
        assert!(found.interval.high < 0.0);
    }

    #[test]
    fn what_has_no_rate_has_no_growth() {
        assert_eq!(growth(counted(3, 0.0), counted(3, 1.0), 0.95), None);
        assert_eq!(growth(counted(3, 1.0), counted(3, f64::NAN), 0.95), None);
        assert_eq!(growth(counted(3, 1.0), counted(3, 1.0), 1.0), None);
    }
}
