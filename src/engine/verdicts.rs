//! The colours of one page are corrected together.
//!
//! A page with many comparisons colours some of them by chance. Benjamini and Hochberg (1995) hold the share of false ones
//! among the coloured below 5 %: a change stays coloured only if its q, over all changes on the page, is below that.

use crate::stats::dist::normal_two_sided_p;
use crate::stats::multiplicity::benjamini_hochberg;
use crate::view::{Figure, Verdict};

const MAX_Q: f64 = 0.05;
/// Half the width of a 95 % interval in standard errors.
const HALF_WIDTH: f64 = 1.959_963_984_540_054;

/// Corrects the verdicts of all figures of a page, given panel by panel, and writes each one's q.
pub(super) fn correct(panels: &mut [Vec<Figure>]) {
    let judged: Vec<f64> = panels.iter().flatten().filter_map(p_value).collect();
    let mut qs = benjamini_hochberg(&judged).into_iter();
    for figure in panels.iter_mut().flatten() {
        if p_value(figure).is_none() {
            continue;
        }
        figure.q = qs.next().filter(|q| q.is_finite());
        let is_coloured = !matches!(figure.verdict, Verdict::None | Verdict::NoClearChange);
        if is_coloured && figure.q.is_none_or(|q| q >= MAX_Q) {
            figure.verdict = Verdict::NoClearChange;
        }
    }
}

/// The p value of a figure's change: its own, else the one that its interval implies for a normal estimate.
fn p_value(figure: &Figure) -> Option<f64> {
    if figure.p.is_some_and(f64::is_finite) {
        return figure.p;
    }
    let (delta, low, high) = (figure.delta?, figure.delta_low?, figure.delta_high?);
    let standard_error = (high - low) / (2.0 * HALF_WIDTH);
    (standard_error > 0.0 && delta.is_finite()).then(|| normal_two_sided_p(delta / standard_error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Direction;

    fn figure(p: f64) -> Figure {
        Figure { p: Some(p), verdict: Verdict::Better, direction: Direction::Higher, ..Figure::default() }
    }

    #[test]
    fn one_change_that_is_barely_clear_stays_coloured_alone_and_not_among_many() {
        let mut alone = [vec![figure(0.04)]];
        correct(&mut alone);
        assert_eq!(alone[0][0].verdict, Verdict::Better);

        let mut page = [vec![figure(0.04)], (0..9).map(|i| figure(0.3 + 0.05 * f64::from(i))).collect()];
        correct(&mut page);
        assert_eq!(page[0][0].verdict, Verdict::NoClearChange);
        assert!((page[0][0].q.unwrap() - 0.4).abs() < 1e-12);
    }

    #[test]
    fn an_interval_that_just_touches_zero_implies_p_of_a_twentieth() {
        let touching = Figure { delta: Some(1.0), delta_low: Some(0.0), delta_high: Some(2.0), ..Figure::default() };
        assert!((p_value(&touching).unwrap() - 0.05).abs() < 1e-6);
    }

    #[test]
    fn figures_without_a_comparison_are_left_alone() {
        let mut page = [vec![Figure { value: Some(1.0), ..Figure::default() }]];
        let before = page.clone();
        correct(&mut page);
        assert_eq!(page, before);
    }
}
