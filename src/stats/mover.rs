//! The difference of two independent estimates that each have an interval of their own.
//!
//! The method of variance estimates recovery (MOVER): each side of the result takes the sides of the two intervals that it depends on, so
//! that intervals that are not symmetric (of rates, of bootstraps) stay so. Both intervals must have the level wanted of the result.

use super::interval::Interval;

/// Interval of `a - b` from estimates with their intervals.
///
/// `None` if a number is missing, or an estimate lies outside its own interval.
/// Zou and Donner, *Statistics in Medicine* 27 (2008) 1693; for two rates with Wilson intervals it is Newcombe's.
///
/// ```
/// use sightline::stats::interval::Interval;
/// use sightline::stats::mover::difference;
/// let [a, b] = [Interval::new(1.0, 6.0).unwrap(), Interval::new(-3.0, 4.0).unwrap()];
/// let of = difference((4.0, a), (0.0, b)).unwrap();
/// assert!((of.low - (4.0 - 5.0)).abs() < 1e-12);
/// assert!((of.high - (4.0 + 13.0_f64.sqrt())).abs() < 1e-12);
/// ```
pub fn difference(a: (f64, Interval), b: (f64, Interval)) -> Option<Interval> {
    let ((a, of_a), (b, of_b)) = (a, b);
    if !of_a.contains(a) || !of_b.contains(b) {
        return None;
    }
    let down = (a - of_a.low).hypot(of_b.high - b);
    let up = (of_a.high - a).hypot(b - of_b.low);
    Interval::new(a - b - down, a - b + up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::interval::{Proportion, newcombe, wilson};

    #[test]
    fn of_two_wilson_intervals_it_is_newcombes() {
        let (a, b) = (Proportion::new(56, 70).unwrap(), Proportion::new(48, 80).unwrap());
        let of = |p: Proportion| (p.rate(), wilson(p, 0.95).unwrap());
        let (ours, theirs) = (difference(of(a), of(b)).unwrap(), newcombe(a, b, 0.95).unwrap());
        assert!((ours.low - theirs.low).abs() < 1e-12 && (ours.high - theirs.high).abs() < 1e-12);
        // The example of Newcombe's paper (1998a), table II, method 10.
        assert!((ours.low - 0.0524).abs() < 1e-4 && (ours.high - 0.3339).abs() < 1e-4);
    }

    #[test]
    fn what_is_missing_or_contradicts_itself_has_none() {
        let unit = Interval::new(0.0, 1.0).unwrap();
        assert_eq!(difference((f64::NAN, unit), (0.5, unit)), None);
        assert_eq!(difference((2.0, unit), (0.5, unit)), None);
    }
}
