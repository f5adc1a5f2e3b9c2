//! Service-level objectives over counts: the error budget and how fast it burns.
//!
//! Counts are good and total events of an interval, with counter resets already handled.
//! After the multi-window, multi-burn-rate alerts of *The Site Reliability Workbook* (2018), chapter 5.

/// Good and total events of one interval; intervals follow each other without overlap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GoodTotal {
    /// The interval's end, in seconds of any epoch.
    pub end_secs: f64,
    /// Events that met the objective.
    pub good: f64,
    /// All events.
    pub total: f64,
}

/// The share of events that must be good, in `0.0..1.0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective(f64);

/// What is left of the error budget over a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorBudget {
    /// Share of good events.
    pub good_share: f64,
    /// All events counted.
    pub total: f64,
    /// Bad events the objective allows for that total.
    pub allowed_bad: f64,
    /// Bad events there were.
    pub bad: f64,
    /// Share of the budget left; negative when it is overspent.
    pub remaining_share: f64,
}

/// A pair of windows and the burn rate that both must exceed for an alert.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BurnWindow {
    /// The window that shows that it matters, in seconds.
    pub long_secs: f64,
    /// The window that shows that it still goes on, in seconds.
    pub short_secs: f64,
    /// Multiple of the sustainable rate.
    pub threshold: f64,
}

/// The burn rates of one pair of windows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BurnState {
    /// The pair.
    pub window: BurnWindow,
    /// Burn rate over the long window; `None` without events.
    pub long_rate: Option<f64>,
    /// Burn rate over the short window; `None` without events.
    pub short_rate: Option<f64>,
    /// Whether both exceed the threshold.
    pub is_firing: bool,
}

/// The workbook's pairs for a 30-day period: 2 % of the budget in an hour, 5 % in six hours, 10 % in three days.
pub const WORKBOOK_WINDOWS: [BurnWindow; 3] = [
    BurnWindow { long_secs: 3_600.0, short_secs: 300.0, threshold: 14.4 },
    BurnWindow { long_secs: 21_600.0, short_secs: 1_800.0, threshold: 6.0 },
    BurnWindow { long_secs: 259_200.0, short_secs: 21_600.0, threshold: 1.0 },
];

impl BurnWindow {
    /// The state of the pair at the given burn rates; it fires only where both are known and above the threshold.
    pub fn judged(self, long_rate: Option<f64>, short_rate: Option<f64>) -> BurnState {
        let exceeds = |rate: Option<f64>| rate.is_some_and(|rate| rate > self.threshold);
        BurnState { window: self, long_rate, short_rate, is_firing: exceeds(long_rate) && exceeds(short_rate) }
    }
}

impl Objective {
    /// Checks the share once; `None` outside `0.0..1.0`, as an objective of 1 leaves no budget.
    pub fn new(share: f64) -> Option<Self> {
        (0.0..1.0).contains(&share).then_some(Self(share))
    }
}

/// The budget over all `counts`; `None` without events.
///
/// Intervals with a non-finite or negative count are skipped.
pub fn error_budget(counts: &[GoodTotal], Objective(share): Objective) -> Option<ErrorBudget> {
    let (good, total) = sum(counts.iter())?;
    let allowed_bad = (1.0 - share) * total;
    let bad = total - good;
    Some(ErrorBudget { good_share: good / total, total, allowed_bad, bad, remaining_share: 1.0 - bad / allowed_bad })
}

/// How many times faster than sustainable the budget burned in the `window_secs` before `now_secs`.
///
/// 1 spends exactly the budget by the end of the objective's period. `None` without events in the window.
pub fn burn_rate(counts: &[GoodTotal], Objective(share): Objective, now_secs: f64, window_secs: f64) -> Option<f64> {
    let within = counts.iter().filter(|count| count.end_secs > now_secs - window_secs && count.end_secs <= now_secs);
    let (good, total) = sum(within)?;
    Some((1.0 - good / total) / (1.0 - share))
}

/// Burn rates and alert state for each pair of windows at `now_secs`.
pub fn burn_states(
    counts: &[GoodTotal],
    objective: Objective,
    now_secs: f64,
    windows: &[BurnWindow],
) -> Vec<BurnState> {
    let state = |&window: &BurnWindow| {
        let rate = |secs: f64| burn_rate(counts, objective, now_secs, secs);
        window.judged(rate(window.long_secs), rate(window.short_secs))
    };
    windows.iter().map(state).collect()
}

fn sum<'a>(counts: impl Iterator<Item = &'a GoodTotal>) -> Option<(f64, f64)> {
    let is_counted = |count: &&GoodTotal| {
        count.good.is_finite() && count.total.is_finite() && count.good >= 0.0 && count.total >= count.good
    };
    let (good, total) =
        counts.filter(is_counted).fold((0.0, 0.0), |(good, total), count| (good + count.good, total + count.total));
    (total > 0.0).then_some((good, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(bad_of_100: &[f64]) -> Vec<GoodTotal> {
        let minute =
            |(i, bad): (usize, &f64)| GoodTotal { end_secs: 60.0 * (i as f64 + 1.0), good: 100.0 - bad, total: 100.0 };
        bad_of_100.iter().enumerate().map(minute).collect()
    }

    fn objective() -> Objective {
        Objective::new(0.99).unwrap()
    }

    #[test]
    fn half_the_budget_is_left_when_half_the_allowed_failed() {
        let budget = error_budget(&minutes(&[1.0, 0.0]), objective()).unwrap();
        assert!((budget.remaining_share - 0.5).abs() < 1e-12);
        assert!((budget.allowed_bad - 2.0).abs() < 1e-12);
    }

    #[test]
    fn burn_rate_counts_only_its_window() {
        let counts = minutes(&[0.0, 0.0, 2.0, 4.0]);
        assert!((burn_rate(&counts, objective(), 240.0, 120.0).unwrap() - 3.0).abs() < 1e-9);
        assert!((burn_rate(&counts, objective(), 240.0, 600.0).unwrap() - 1.5).abs() < 1e-9);
        assert_eq!(burn_rate(&counts, objective(), 9_000.0, 60.0), None);
    }

    #[test]
    fn an_alert_needs_both_windows() {
        let window = BurnWindow { long_secs: 240.0, short_secs: 60.0, threshold: 1.2 };
        let firing = |bad: &[f64]| burn_states(&minutes(bad), objective(), 240.0, &[window])[0].is_firing;
        assert!(firing(&[0.0, 0.0, 2.0, 4.0]));
        assert!(!firing(&[0.0, 4.0, 2.0, 0.0]));
    }

    #[test]
    fn no_events_or_missing_counts_are_no_budget() {
        let missing = GoodTotal { end_secs: 0.0, good: f64::NAN, total: 5.0 };
        assert_eq!(error_budget(&[missing], objective()), None);
        assert_eq!(Objective::new(1.0), None);
    }
}
