//! Marks on a training curve: its best step, and where it stopped improving.
//!
//! Steps are in the order given; a missing or non-finite value is never best and never an improvement, but its step counts as waited.

use super::pareto::Direction;

/// A marked point of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Place in the slice.
    pub place: usize,
    /// The value there.
    pub value: f64,
}

/// What counts as an improvement and how long to wait for one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    /// Points without improvement after which training could have stopped; at least 1.
    pub n_points: usize,
    /// Least change that counts, in the curve's unit, not negative.
    pub min_delta: f64,
}

/// Where an early stopping rule would have ended the training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyStop {
    /// The last improvement before the stop: the model to keep.
    pub best: Mark,
    /// The place at which the patience ran out.
    pub stopped: usize,
}

/// The best value of the curve, the earliest of equals; `None` if nothing is finite.
pub fn best_step(values: &[f64], direction: Direction) -> Option<Mark> {
    let mut best: Option<Mark> = None;
    for (place, &value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        if best.is_none_or(|mark| is_better(direction, value, mark.value, 0.0)) {
            best = Some(Mark { place, value });
        }
    }
    best
}

/// The first place where `patience` ran out without an improvement; `None` if it never did.
///
/// The rule of Keras' `EarlyStopping`: an improvement must exceed `min_delta` over the best so far.
pub fn early_stop(values: &[f64], direction: Direction, patience: Patience) -> Option<EarlyStop> {
    let mut best: Option<Mark> = None;
    for (place, &value) in values.iter().enumerate() {
        let improves = best.is_none_or(|mark| is_better(direction, value, mark.value, patience.min_delta));
        if value.is_finite() && improves {
            best = Some(Mark { place, value });
        } else if let Some(mark) = best
            && place - mark.place >= patience.n_points.max(1)
        {
            return Some(EarlyStop { best: mark, stopped: place });
        }
    }
    None
}

/// The first place from which on the curve stays within `tolerance` of its best value to the end.
///
/// In the curve's unit. `None` if fewer than three finite values follow, or nothing is finite: too short to call flat.
pub fn plateau_start(values: &[f64], direction: Direction, tolerance: f64) -> Option<usize> {
    let best = best_step(values, direction)?;
    let is_off = |value: &f64| value.is_finite() && (value - best.value).abs() > tolerance;
    let start = values.iter().rposition(is_off).map_or(0, |last_off| last_off + 1);
    let flat: Vec<usize> = (start..values.len()).filter(|&place| values[place].is_finite()).collect();
    if flat.len() >= 3 { flat.first().copied() } else { None }
}

fn is_better(direction: Direction, value: f64, than: f64, by: f64) -> bool {
    match direction {
        Direction::Maximise => value > than + by,
        Direction::Minimise => value < than - by,
    }
}

#[cfg(test)]
mod tests {
    use super::Direction::{Maximise, Minimise};
    use super::*;

    const LOSS: [f64; 8] = [1.0, 0.6, f64::NAN, 0.5, 0.52, 0.51, 0.55, 0.4];

    #[test]
    fn best_is_the_earliest_of_equals_and_never_missing() {
        assert_eq!(best_step(&LOSS, Minimise), Some(Mark { place: 7, value: 0.4 }));
        assert_eq!(best_step(&[0.5, 0.9, 0.9], Maximise).unwrap().place, 1);
        assert_eq!(best_step(&[f64::NAN, f64::INFINITY], Maximise), None);
    }

    #[test]
    fn patience_runs_out_before_a_later_improvement() {
        let stop = early_stop(&LOSS, Minimise, Patience { n_points: 3, min_delta: 0.0 }).unwrap();
        assert_eq!((stop.best.place, stop.stopped), (3, 6));
        assert_eq!(early_stop(&LOSS, Minimise, Patience { n_points: 4, min_delta: 0.0 }), None);
    }

    #[test]
    fn small_steps_are_no_improvement() {
        let stop = early_stop(&[1.0, 0.99, 0.98], Minimise, Patience { n_points: 2, min_delta: 0.1 }).unwrap();
        assert_eq!((stop.best.place, stop.stopped), (0, 2));
    }

    #[test]
    fn plateau_needs_three_points_to_the_end() {
        assert_eq!(plateau_start(&[0.1, 0.5, 0.79, 0.8, 0.8, f64::NAN, 0.79], Maximise, 0.02), Some(2));
        assert_eq!(plateau_start(&[0.1, 0.5, 0.7, 0.9], Maximise, 0.02), None);
        assert_eq!(plateau_start(&[], Maximise, 0.02), None);
    }
}
