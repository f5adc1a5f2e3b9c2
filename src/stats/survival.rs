//! Time to an event when some cases have not had it yet: the Kaplan-Meier estimate.

use super::dist;
use super::finite::is_present;
use super::interval::Interval;
use crate::order::Order;

/// One case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// Time from the start to the event, or to the last look; any unit, not negative.
    pub duration: f64,
    /// Whether the event happened; false for a case that is still open.
    pub happened: bool,
}

/// One step of a survival curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Time of at least one event.
    pub time: f64,
    /// Share of cases without the event just after it.
    pub share_left: f64,
    /// Interval of the share, by the log-log transform of Greenwood's variance; the share alone where that is undefined (at 0).
    pub interval: Interval,
    /// Cases at risk just before it.
    pub n_at_risk: usize,
}

/// A median with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Median {
    /// First time at which at most half is left; infinite if more than half never had the event.
    pub estimate: f64,
    /// Its interval; an end is infinite where the cases do not bound it.
    pub interval: Interval,
    /// Cases used.
    pub n: usize,
    /// Events among them.
    pub n_events: usize,
}

/// Kaplan and Meier's curve (1958): one step per distinct event time, ascending.
///
/// Cases whose duration is missing or negative are left out. Empty without events or for a level not between 0 and 1.
pub fn kaplan_meier(cases: &[Case], level: f64) -> Vec<Step> {
    let z = dist::z_of_level(level);
    let sorted = usable_sorted(cases);
    let (mut share_left, mut greenwood, mut n_done) = (1.0, 0.0, 0);
    let mut steps = Vec::new();
    for at_once in sorted.chunk_by(|a, b| a.duration == b.duration) {
        let n_at_risk = sorted.len() - n_done;
        n_done += at_once.len();
        let n_events = at_once.iter().filter(|case| case.happened).count();
        let Some(first) = at_once.first().filter(|_| n_events > 0 && !z.is_nan()) else {
            continue;
        };
        let (risk, events) = (n_at_risk as f64, n_events as f64);
        share_left *= 1.0 - events / risk;
        greenwood += events / (risk * (risk - events));
        let interval = log_log_interval(share_left, greenwood, z);
        steps.push(Step { time: first.duration, share_left, interval, n_at_risk });
    }
    steps
}

fn usable_sorted(cases: &[Case]) -> Vec<Case> {
    let usable = |case: &Case| is_present(case.duration) && case.duration >= 0.0;
    let mut sorted: Vec<Case> = cases.iter().copied().filter(usable).collect();
    sorted.order_by(|a, b| a.duration.total_cmp(&b.duration));
    sorted
}

/// Kalbfleisch and Prentice (1980): the interval stays within 0 to 1.
fn log_log_interval(share: f64, greenwood: f64, z: f64) -> Interval {
    let reach = z * greenwood.sqrt() / share.ln();
    Interval::new(share.powf(reach.exp()), share.powf((-reach).exp())).unwrap_or(Interval { low: share, high: share })
}

/// Median time with the interval of Brookmeyer and Crowley (1982): where the curve's interval crosses one half.
///
/// `None` without usable cases or for a level not between 0 and 1.
///
/// ```
/// use sightline::stats::survival::{median, Case};
/// let days = [(3.0, true), (5.0, true), (5.0, false), (9.0, true), (20.0, false)];
/// let cases = days.map(|(duration, happened)| Case { duration, happened });
/// assert_eq!(median(&cases, 0.95).unwrap().estimate, 9.0);
/// assert_eq!(median(&[], 0.95), None);
/// ```
pub fn median(cases: &[Case], level: f64) -> Option<Median> {
    let used = usable_sorted(cases);
    if used.is_empty() || dist::z_of_level(level).is_nan() {
        return None;
    }
    let steps = kaplan_meier(&used, level);
    let first_half = |share: fn(&Step) -> f64| {
        // Products of exact fractions may end a bit above one half.
        steps.iter().find(|step| share(step) <= 0.5 + 1e-12).map_or(f64::INFINITY, |step| step.time)
    };
    let interval = Interval::new(first_half(|step| step.interval.low), first_half(|step| step.interval.high))?;
    let n_events = used.iter().filter(|case| case.happened).count();
    Some(Median { estimate: first_half(|step| step.share_left), interval, n: used.len(), n_events })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finished(durations: &[f64]) -> Vec<Case> {
        durations.iter().map(|&duration| Case { duration, happened: true }).collect()
    }

    #[test]
    fn without_open_cases_the_curve_is_the_share_left() {
        let shares: Vec<f64> =
            kaplan_meier(&finished(&[1.0, 2.0, 2.0, 4.0]), 0.95).iter().map(|step| step.share_left).collect();
        assert_eq!(shares, [0.75, 0.25, 0.0]);
    }

    #[test]
    fn exactly_half_left_is_the_median() {
        let eight: Vec<f64> = (1..=8).map(f64::from).collect();
        assert_eq!(median(&finished(&eight), 0.95).unwrap().estimate, 4.0);
    }

    #[test]
    fn open_cases_alone_have_an_infinite_median() {
        let open = [Case { duration: 3.0, happened: false }; 4];
        assert_eq!(median(&open, 0.95).unwrap().estimate, f64::INFINITY);
        assert!(kaplan_meier(&open, 0.95).is_empty());
    }

    #[test]
    fn unusable_durations_are_left_out() {
        let cases = finished(&[f64::NAN, -1.0, 2.0]);
        assert_eq!(median(&cases, 0.95).unwrap().n, 1);
        assert_eq!(median(&cases, 0.0), None);
    }

    proptest! {
        #[test]
        fn curve_falls_within_its_interval(cases in prop::collection::vec((0.0..50.0_f64, any::<bool>()), 1..60)) {
            let cases: Vec<Case> = cases.into_iter().map(|(duration, happened)| Case { duration: duration.floor(), happened }).collect();
            let steps = kaplan_meier(&cases, 0.9);
            prop_assert!(steps.windows(2).all(|pair| pair[0].time < pair[1].time && pair[0].share_left > pair[1].share_left));
            prop_assert!(steps.iter().all(|step| step.interval.contains(step.share_left)));
            let middle = median(&cases, 0.9).unwrap();
            prop_assert!(middle.interval.contains(middle.estimate));
        }
    }
}
