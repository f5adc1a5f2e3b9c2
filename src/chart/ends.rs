//! Which lines are named at their end: those whose names do not lie over each other.

use super::parts::extent;
use crate::view::{Line, LineRole, Lines};

/// Ends nearer than this share of the axis would write over each other.
const MIN_APART: f64 = 0.08;

/// Whether each line's end is labelled: the first that `wants` a label gets one, and each later one that lies apart from those.
///
/// A line without any value has no end and no label.
pub(super) fn apart(body: &Lines, wants: impl Fn(&Line) -> bool) -> Vec<bool> {
    let ends = ends(body);
    let levels = body.lines.iter().flat_map(|line| line.y.iter().copied());
    let given = [body.y.min, body.y.max].into_iter().flatten();
    let (low, high) = extent(levels.chain(given).chain(ends.iter().flatten().copied())).unwrap_or((0.0, 1.0));
    let min_distance = (high - low) * MIN_APART;
    let mut taken: Vec<f64> = Vec::new();
    let mut is_labelled = |(line, end): (&Line, &Option<f64>)| {
        let Some(end) = end.filter(|_| wants(line)) else { return false };
        let is_free = taken.iter().all(|other| (other - end).abs() >= min_distance);
        if is_free {
            taken.push(end);
        }
        is_free
    };
    body.lines.iter().zip(&ends).map(&mut is_labelled).collect()
}

/// The height at which each line ends; of stacked lines the sum up to there.
fn ends(body: &Lines) -> Vec<Option<f64>> {
    let mut below = 0.0;
    let end = |line: &Line| {
        let last = line.y.iter().rev().copied().find(|v| v.is_finite())?;
        if body.stacked && line.role != LineRole::Reference {
            below += last;
            return Some(below);
        }
        Some(last)
    };
    body.lines.iter().map(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ends: &[f64], stacked: bool, expected: &[bool]) {
        let line = |&end: &f64| Line { title: "a".into(), y: vec![0.0, end, f64::NAN], ..Line::default() };
        let body = Lines { lines: ends.iter().map(line).collect(), stacked, ..Lines::default() };
        assert_eq!(apart(&body, |line| !line.title.is_empty()), expected, "{ends:?}");
    }

    #[test]
    fn ends_that_lie_apart_are_all_named() {
        check(&[10.0, 5.0, 0.0], false, &[true, true, true]);
    }

    #[test]
    fn of_ends_that_lie_together_the_first_is_named() {
        check(&[10.0, 9.9, 5.0, 5.1], false, &[true, false, true, false]);
    }

    #[test]
    fn stacked_lines_end_at_their_sum() {
        check(&[5.0, 5.0], true, &[true, true]);
        check(&[5.0, 5.0], false, &[true, false]);
        check(&[5.0, 0.0], true, &[true, false]);
    }

    #[test]
    fn a_line_without_values_has_no_name() {
        check(&[f64::NAN, 5.0], false, &[true, true]);
        let body =
            Lines { lines: vec![Line { title: "a".into(), y: vec![f64::NAN], ..Line::default() }], ..Lines::default() };
        assert_eq!(apart(&body, |_| true), [false]);
    }
}
