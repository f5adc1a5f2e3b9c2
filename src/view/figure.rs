//! Headline numbers: never naked.

use serde::{Deserialize, Serialize};

use super::Evidence;
use crate::frame::Labels;
use crate::units::{Direction, Unit};

/// A number with all that stands behind it. Absent parts are `None`; a missing value is `None` and shown as a dash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Metric id, for the handle `data-metric`.
    pub metric: String,
    /// What it is of, for the handle `data-series`.
    pub series: Labels,
    /// Shown name.
    pub title: String,
    /// Unit of value, low, high, reference, target and delta.
    pub unit: Unit,
    /// Which way is good.
    pub direction: Direction,
    /// The number.
    pub value: Option<f64>,
    /// Sample size.
    pub n: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
    /// Why there is no interval, or which method gave it.
    pub method: Option<String>,
    /// The compared value.
    pub reference: Option<f64>,
    /// What the reference is, such as "previous period".
    pub reference_title: Option<String>,
    /// Value minus reference.
    pub delta: Option<f64>,
    /// Lower end of the delta's 95 % interval.
    pub delta_low: Option<f64>,
    /// Upper end of the delta's 95 % interval.
    pub delta_high: Option<f64>,
    /// p value of the delta.
    pub p: Option<f64>,
    /// p corrected for the page's many looks.
    pub q: Option<f64>,
    /// Whether the change is more than noise, and which way.
    pub verdict: Verdict,
    /// The objective.
    pub target: Option<f64>,
    /// Trend as `(x, y)`, at most 60 points; `NaN` is a gap.
    pub spark: Vec<(f64, f64)>,
    /// The panel that explains it, filtered to what it is of; `None` where none does.
    pub evidence: Option<Evidence>,
}

/// Whether a change is more than noise, and which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Nothing to compare, or no interval to judge by.
    #[default]
    None,
    /// The interval of the change holds zero.
    NoClearChange,
    /// Changed for the better.
    Better,
    /// Changed for the worse.
    Worse,
    /// Changed; the metric has no good direction.
    Changed,
}

impl Verdict {
    /// Judges a change by its interval: coloured only when the interval excludes zero.
    pub fn of(low: f64, high: f64, direction: Direction) -> Self {
        if !(low.is_finite() && high.is_finite()) {
            return Self::None;
        }
        let up = low > 0.0;
        let down = high < 0.0;
        match (up, down, direction) {
            (false, false, _) => Self::NoClearChange,
            (_, _, Direction::Neutral) => Self::Changed,
            (true, _, Direction::Higher) | (_, true, Direction::Lower) => Self::Better,
            _ => Self::Worse,
        }
    }
}

/// How many of `n` stand in a row where at most `most` fit: as many rows as needed, filled evenly.
pub fn even_columns(n: usize, most: usize) -> usize {
    n.div_ceil(n.div_ceil(most).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_filled_evenly() {
        let of = |n| [2, 3, 4, 6].map(|most| even_columns(n, most));
        assert_eq!(of(1), [1, 1, 1, 1]);
        assert_eq!(of(4), [2, 2, 4, 4]);
        assert_eq!(of(5), [2, 3, 3, 5]);
        assert_eq!(of(6), [2, 3, 3, 6]);
        assert_eq!(of(8), [2, 3, 4, 4]);
    }
}
