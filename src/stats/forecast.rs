//! Forecast of an evenly spaced series by a damped trend, with an interval from its own past errors.
//!
//! The interval is not a model's: the series is cut at earlier points, forecast from there, and the misses are measured.
//! A missing value moves time on and teaches nothing.

use super::dist;
use super::finite::{is_present, n_present, present_indexed};
use super::interval::Interval;

/// Fewest present values for a forecast.
pub const MIN_POINTS: usize = 8;

/// Most earlier points from which the back-test forecasts; the latest count.
const MAX_ORIGINS: usize = 60;

/// Fewest misses at a lead from which its spread is read.
const MIN_MISSES: usize = 3;

/// Parameters of Holt's linear method with a damped trend (Gardner and McKenzie, 1985).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DampedTrend {
    /// Weight of a new value in the level, 0 to 1.
    pub alpha: f64,
    /// Weight of a new step in the trend, 0 to 1.
    pub beta: f64,
    /// What is left of the trend after one step, 0 to 1.
    pub phi: f64,
}

/// Level and trend at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// Smoothed value.
    pub level: f64,
    /// Smoothed step.
    pub trend: f64,
}

impl DampedTrend {
    /// The state after `values`, and the sum of the squared one-step misses on the way.
    pub fn run(self, start: State, values: &[f64]) -> (State, f64) {
        values.iter().fold((start, 0.0), |(state, squares), &value| {
            let expected = state.level + self.phi * state.trend;
            let miss = if is_present(value) { value - expected } else { 0.0 };
            let level = expected + self.alpha * miss;
            let trend = self.phi * state.trend + self.alpha * self.beta * miss;
            (State { level, trend }, squares + miss * miss)
        })
    }

    /// The forecasts 1, 2, ... `horizon` steps after `state`.
    pub fn ahead(self, state: State, horizon: usize) -> Vec<f64> {
        let mut damping = 1.0;
        let mut reach = 0.0;
        let step = |_| {
            damping *= self.phi;
            reach += damping;
            state.level + reach * state.trend
        };
        (0..horizon).map(step).collect()
    }

    /// The parameters with the least squared one-step misses: a grid, then ever smaller steps around its best.
    ///
    /// `phi` is kept within 0.8 to 0.98, where damping can be told apart from none (Hyndman and Athanasopoulos, 2021, section 8.2).
    pub fn fit(start: State, values: &[f64]) -> Self {
        let cost = |candidate: Self| candidate.run(start, values).1;
        let shares = || (0..6).map(|step| 0.05 + 0.18 * f64::from(step));
        let damping = || [0.8, 0.89, 0.98].into_iter();
        let grid = shares()
            .flat_map(|alpha| shares().flat_map(move |beta| damping().map(move |phi| Self { alpha, beta, phi })));
        let better = |best: (Self, f64), candidate: Self| {
            let found = cost(candidate);
            if found < best.1 { (candidate, found) } else { best }
        };
        let first = Self { alpha: 0.5, beta: 0.1, phi: 0.98 };
        let mut best = grid.fold((first, cost(first)), better);
        let mut step = 0.09;
        while step > 1e-4 {
            let centre = best.0;
            best = centre.neighbours(step).into_iter().fold(best, better);
            if best.0 == centre {
                step /= 2.0;
            }
        }
        best.0
    }

    fn neighbours(self, step: f64) -> [Self; 6] {
        let share = |value: f64| value.clamp(0.0, 1.0);
        let kept = |value: f64| value.clamp(0.8, 0.98);
        [
            Self { alpha: share(self.alpha + step), ..self },
            Self { alpha: share(self.alpha - step), ..self },
            Self { beta: share(self.beta + step), ..self },
            Self { beta: share(self.beta - step), ..self },
            Self { phi: kept(self.phi + step), ..self },
            Self { phi: kept(self.phi - step), ..self },
        ]
    }
}

/// The state before the first value: the straight line through the first ten present values, at most.
///
/// `None` below two present values.
pub fn start_of(values: &[f64]) -> Option<State> {
    let first: Vec<(f64, f64)> =
        present_indexed(values).take(10).map(|(row, value)| (row as f64 + 1.0, value)).collect();
    let n = first.len() as f64;
    let (centre_x, centre_y) =
        (first.iter().map(|pair| pair.0).sum::<f64>() / n, first.iter().map(|pair| pair.1).sum::<f64>() / n);
    let spread: f64 = first.iter().map(|pair| (pair.0 - centre_x).powi(2)).sum();
    let joint: f64 = first.iter().map(|pair| (pair.0 - centre_x) * (pair.1 - centre_y)).sum();
    (first.len() > 1).then(|| State { level: centre_y - joint / spread * centre_x, trend: joint / spread })
}

/// One forecast step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ahead {
    /// Expected value, in the unit of the series.
    pub value: f64,
    /// Where the value will lie with the confidence asked for, if misses stay as they were.
    pub interval: Interval,
}

/// A forecast and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// One per step ahead, nearest first.
    pub steps: Vec<Ahead>,
    /// Fitted parameters.
    pub model: DampedTrend,
    /// Earlier points from which the back-test forecast.
    pub n_origins: usize,
    /// Leads for which misses were measured; beyond them the spread is extrapolated by the root of the lead.
    pub n_measured_leads: usize,
}

/// Forecasts the next `horizon` values of `values`, which are evenly spaced in time.
///
/// The interval at each lead is Student's t times the root mean square of the misses at that lead, and never narrows with the lead.
/// `None` below [`MIN_POINTS`] present values, for a `horizon` of 0, or for a level not between 0 and 1.
///
/// ```
/// use sightline::stats::forecast::forecast;
/// let line: Vec<f64> = (0..20).map(|step| 3.0 * f64::from(step)).collect();
/// let next = forecast(&line, 1, 0.95).unwrap().steps[0];
/// assert!((next.value - 60.0).abs() < 1.0);
/// assert!(forecast(&line[..7], 1, 0.95).is_none());
/// ```
pub fn forecast(values: &[f64], horizon: usize, level: f64) -> Option<Forecast> {
    let is_level = level > 0.0 && level < 1.0;
    if n_present(values) < MIN_POINTS || horizon == 0 || !is_level {
        return None;
    }
    let (model, predicted) = predict(values, horizon)?;
    let (misses, n_origins) = back_test(values, horizon);
    let spreads = spreads(&misses, level);
    let n_measured_leads = spreads.len();
    let (last_lead, last_spread) = (n_measured_leads as f64, spreads.last().copied()?);
    let step = |(place, value): (usize, f64)| {
        let lead = place as f64 + 1.0;
        let reach = spreads.get(place).copied().unwrap_or_else(|| last_spread * (lead / last_lead).sqrt());
        Some(Ahead { value, interval: Interval::new(value - reach, value + reach)? })
    };
    let steps = predicted.into_iter().enumerate().map(step).collect::<Option<Vec<Ahead>>>()?;
    Some(Forecast { steps, model, n_origins, n_measured_leads })
}

fn predict(values: &[f64], horizon: usize) -> Option<(DampedTrend, Vec<f64>)> {
    let start = start_of(values)?;
    let model = DampedTrend::fit(start, values);
    let (state, _) = model.run(start, values);
    Some((model, model.ahead(state, horizon)))
}

/// The misses by lead, nearest first, of forecasts from the second half of the series, each fitted to what came before it.
fn back_test(values: &[f64], horizon: usize) -> (Vec<Vec<f64>>, usize) {
    let mut misses = vec![Vec::new(); horizon];
    let earliest = (values.len() / 2).max(values.len().saturating_sub(MAX_ORIGINS));
    let mut n_origins = 0;
    for origin in earliest..values.len() {
        let (past, future) = values.split_at(origin);
        if n_present(past) < MIN_POINTS / 2 {
            continue;
        }
        let Some((_, predicted)) = predict(past, horizon.min(future.len())) else {
            continue;
        };
        n_origins += 1;
        for ((at_lead, expected), &value) in misses.iter_mut().zip(predicted).zip(future) {
            if is_present(value) {
                at_lead.push(value - expected);
            }
        }
    }
    (misses, n_origins)
}

/// Half the width of the interval per lead, up to the last lead with enough misses.
fn spreads(misses: &[Vec<f64>], level: f64) -> Vec<f64> {
    let mut widest = 0.0_f64;
    let measured = misses.iter().take_while(|at_lead| at_lead.len() >= MIN_MISSES);
    let half_width = |at_lead: &Vec<f64>| {
        let n = at_lead.len() as f64;
        let mean_square = at_lead.iter().map(|miss| miss * miss).sum::<f64>() / n;
        widest = widest.max(dist::t_quantile(f64::midpoint(1.0, level), n) * mean_square.sqrt());
        widest
    };
    measured.map(half_width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::rng::Rng;
    use proptest::prelude::*;

    #[test]
    fn a_constant_is_forecast_as_itself_without_doubt() {
        let result = forecast(&[5.0; 12], 20, 0.95).unwrap();
        assert!(result.steps.iter().all(|step| (step.value - 5.0).abs() < 1e-9 && step.interval.width() < 1e-9));
    }

    #[test]
    fn missing_values_move_time_on() {
        let full: Vec<f64> = (0..40).map(f64::from).collect();
        let mut patchy = full.clone();
        patchy[20] = f64::NAN;
        patchy[33] = f64::INFINITY;
        let next = |values: &[f64]| forecast(values, 1, 0.95).unwrap().steps[0].value;
        assert!((next(&full) - next(&patchy)).abs() < 0.5);
    }

    #[test]
    fn impossible_requests_have_no_forecast() {
        let short = [1.0, 2.0, f64::NAN, 3.0, 4.0, 5.0, 6.0, 7.0];
        assert!(forecast(&short, 3, 0.95).is_none());
        assert!(forecast(&[1.0; 20], 0, 0.95).is_none() && forecast(&[1.0; 20], 3, 1.0).is_none());
    }

    #[test]
    fn the_interval_covers_a_random_walk_about_as_often_as_it_says() {
        let mut rng = Rng::new(11);
        let (mut n_covered, n_walks) = (0, 150);
        for _ in 0..n_walks {
            let mut level = 0.0;
            let walk: Vec<f64> = (0..44)
                .map(|_| {
                    level += rng.normal();
                    level
                })
                .collect();
            let (past, future) = walk.split_at(40);
            let third = forecast(past, 3, 0.9).unwrap().steps[2];
            n_covered += usize::from(third.interval.contains(future[2]));
        }
        let share = f64::from(n_covered as u32) / f64::from(n_walks);
        assert!((0.80..=0.98).contains(&share), "{share}");
    }

    proptest! {
        #[test]
        fn intervals_hold_their_value_and_never_narrow(values in prop::collection::vec(-1e3..1e3_f64, 8..30), horizon in 1..12_usize) {
            let steps = forecast(&values, horizon, 0.9).unwrap().steps;
            prop_assert_eq!(steps.len(), horizon);
            prop_assert!(steps.iter().all(|step| step.interval.contains(step.value)));
            prop_assert!(steps.windows(2).all(|pair| pair[0].interval.width() <= pair[1].interval.width() + 1e-9));
        }
    }
}
