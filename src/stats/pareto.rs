//! The Pareto front of runs judged by two objectives.
//!
//! A point with a missing or non-finite objective is never on the front and dominates nothing.

use crate::order::Order;
/// Which way an objective improves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Larger is better.
    Maximise,
    /// Smaller is better.
    Minimise,
}

impl Direction {
    /// `value` turned so that smaller is better.
    fn cost(self, value: f64) -> f64 {
        match self {
            Self::Maximise => -value,
            Self::Minimise => value,
        }
    }
}

/// Places of the points that no other point beats, from the best first objective to the best second.
///
/// A point is beaten by one that is at least as good in both and better in one; equal points stay together, in the input's order.
/// Takes O(n log n).
pub fn pareto_front(points: &[(f64, f64)], directions: (Direction, Direction)) -> Vec<usize> {
    let cost = |place: usize| (directions.0.cost(points[place].0), directions.1.cost(points[place].1));
    let is_finite = |place: &usize| points[*place].0.is_finite() && points[*place].1.is_finite();
    let mut order: Vec<usize> = (0..points.len()).filter(is_finite).collect();
    order.order_by(|&a, &b| {
        let (a, b) = (cost(a), cost(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let mut front: Vec<usize> = Vec::new();
    let mut best = f64::INFINITY;
    for place in order {
        let equals_last = front.last().is_some_and(|&last| cost(last) == cost(place));
        if cost(place).1 < best || equals_last {
            best = cost(place).1;
            front.push(place);
        }
    }
    front
}

#[cfg(test)]
mod tests {
    use super::Direction::{Maximise, Minimise};
    use super::*;

    #[test]
    fn front_follows_the_directions() {
        let points = [(0.9, 30.0), (0.8, 10.0), (0.85, 40.0), (0.95, 90.0)];
        assert_eq!(pareto_front(&points, (Maximise, Minimise)), [3, 0, 1]);
        assert_eq!(pareto_front(&points, (Maximise, Maximise)), [3]);
    }

    #[test]
    fn equal_points_stay_and_equal_in_one_is_beaten() {
        let points = [(1.0, 1.0), (1.0, 1.0), (1.0, 2.0), (2.0, 1.0)];
        assert_eq!(pareto_front(&points, (Minimise, Minimise)), [0, 1]);
    }

    #[test]
    fn a_missing_objective_is_never_on_the_front() {
        assert_eq!(pareto_front(&[(f64::NAN, 0.0), (1.0, 1.0), (f64::NEG_INFINITY, 0.0)], (Minimise, Minimise)), [1]);
        assert!(pareto_front(&[], (Minimise, Maximise)).is_empty());
    }

    #[test]
    fn front_equals_the_definition() {
        let points: Vec<(f64, f64)> = (0..60).map(|i| (f64::from(i * 37 % 23), f64::from(i * 53 % 19))).collect();
        let beats = |a: (f64, f64), b: (f64, f64)| a.0 <= b.0 && a.1 >= b.1 && a != b;
        let expected: Vec<usize> = (0..60).filter(|&i| !points.iter().any(|&other| beats(other, points[i]))).collect();
        let mut front = pareto_front(&points, (Minimise, Maximise));
        front.sort_unstable();
        assert_eq!(front, expected);
    }
}
