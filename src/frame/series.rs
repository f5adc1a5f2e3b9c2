//! One series: numbers over an axis.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Labels;
use crate::units::Unit;

/// What the x axis counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum XKind {
    /// Milliseconds since the Unix epoch, UTC.
    #[default]
    Time,
    /// Training steps.
    Step,
    /// A number with the meaning that the query gave it.
    Value,
}

/// Numbers over a sorted axis, all slices of one length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Identity within its frame.
    pub labels: Labels,
    /// Unit of the values.
    pub unit: Unit,
    /// What `x` counts.
    pub x_kind: XKind,
    /// Positions, strictly increasing.
    pub x: Arc<[f64]>,
    /// Values; `NaN` where one is missing.
    pub y: Arc<[f64]>,
    /// Lowest and highest value within each position's step, where the source gave an envelope.
    pub envelope: Option<Envelope>,
    /// Wall-clock time of each position in milliseconds, where `x` is not time.
    pub times: Option<Arc<[f64]>>,
}

/// Extremes within each step: a one-sample spike survives here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Lowest values.
    pub low: Arc<[f64]>,
    /// Highest values.
    pub high: Arc<[f64]>,
}

impl Series {
    /// A series from sorted positions and their values; the longer slice is cut to the shorter.
    pub fn new(labels: Labels, unit: Unit, x_kind: XKind, mut x: Vec<f64>, mut y: Vec<f64>) -> Self {
        let n = x.len().min(y.len());
        x.truncate(n);
        y.truncate(n);
        Self { labels, unit, x_kind, x: x.into(), y: y.into(), envelope: None, times: None }
    }

    /// Positions and values in order.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = (f64, f64)> + '_ {
        self.x.iter().copied().zip(self.y.iter().copied())
    }

    /// The last position with a finite value.
    pub fn last(&self) -> Option<(f64, f64)> {
        self.points().rev().find(|(_, y)| y.is_finite())
    }

    /// Approximate size in bytes.
    pub fn n_bytes(&self) -> usize {
        let per_point = 16 + if self.envelope.is_some() { 16 } else { 0 } + if self.times.is_some() { 8 } else { 0 };
        self.x.len() * per_point + 200
    }
}
