//! Confidence intervals and their tests for rates and means.

/// A confidence interval; `low` <= `high`, both in the unit of the estimate; an end may be infinite, never `NaN`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// The interval between two ends in either order; `None` if one is `NaN`.
    pub fn new(a: f64, b: f64) -> Option<Self> {
        (!a.is_nan() && !b.is_nan()).then(|| Self {
            low: a.min(b),
            high: a.max(b),
        })
    }

    /// Whether `value` lies in it, ends included; never for `NaN`.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Whether zero is outside, so that a difference is more than noise.
    pub fn excludes_zero(&self) -> bool {
        !self.contains(0.0)
    }

    /// `high - low`.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}
