//! Revenue added up over the range, against the plan.

use std::collections::BTreeMap;

use crate::derive::roi::money::{MODEL, total_at};
use crate::derive::shared::{block, lines};
use crate::frame::{Frame, Labels};
use crate::query::{Bucket, TimeRange};
use crate::units::Unit;
use crate::view::{AxisSpec, Block, BlockBody, Line, LineRole, Lines, palette};

/// Amounts by the start of each month, milliseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Months {
    /// All revenue; `NaN` where a month is hidden.
    pub(super) all: BTreeMap<i64, f64>,
    /// What models brought in.
    pub(super) model: BTreeMap<i64, f64>,
    /// Planned, the part of each month that lies in the range; empty without a plan.
    pub(super) plan: BTreeMap<i64, f64>,
}

impl Months {
    /// Reads revenue in groups by `kind` and month, and the plan by month.
    pub(super) fn of(revenue: &Frame, plan: Option<&Frame>, range: TimeRange) -> Self {
        let mut months = Self::default();
        if let Some(table) = revenue.table() {
            for row in 0..table.n_rows() {
                let (at, sum) = (table.number("time", row) as i64, total_at(table, row).sum);
                *months.all.entry(at).or_default() += sum;
                let is_model = table.text("kind", row).as_deref() == Some(MODEL);
                *months.model.entry(at).or_default() += if is_model { sum } else { 0.0 };
            }
        }
        if let Some(table) = plan.and_then(Frame::table) {
            for row in 0..table.n_rows() {
                let at = table.number("time", row) as i64;
                *months.plan.entry(at).or_default() += total_at(table, row).sum * within(at, range);
            }
            months.plan.retain(|_, planned| *planned != 0.0);
        }
        months
    }

    /// Planned over the range; `None` without a plan.
    pub(super) fn planned(&self) -> Option<f64> {
        (!self.plan.is_empty()).then(|| self.plan.values().sum())
    }

    /// Whether a month is hidden.
    pub(super) fn has_hidden(&self) -> bool {
        self.all.values().any(|sum| !sum.is_finite())
    }

    /// All revenue, the models' part, and the plan, added up.
    pub(super) fn cumulative(&self, metric: &str, unit: &Unit, range: TimeRange) -> Block {
        let added = |title: &str, entity: &str, role: LineRole, of: &BTreeMap<i64, f64>| {
            let mut sum = 0.0;
            let (mut x, mut y) = (Vec::new(), Vec::new());
            if let Some(first) = of.keys().next() {
                x.push((*first).max(range.from_ms) as f64);
                y.push(0.0);
            }
            for (&at, amount) in of {
                sum += amount;
                x.push(end_of(at).min(range.to_ms) as f64);
                y.push(sum);
            }
            let series = Labels::new().with("money", title);
            Line { title: title.to_owned(), series, entity: entity.to_owned(), role, x, y, ..Line::default() }
        };
        let mut all = vec![added("all revenue", palette::WHOLE, LineRole::Main, &self.all)];
        all.push(added("brought by models", "", LineRole::Main, &self.model));
        if !self.plan.is_empty() {
            all.push(added("plan", "", LineRole::Guide, &self.plan));
        }
        let body = Lines {
            metric: metric.to_owned(),
            x: lines::time_axis(range),
            y: AxisSpec { unit: unit.clone(), min: Some(0.0), ..AxisSpec::default() },
            lines: all,
            ..Lines::default()
        };
        let title =
            if self.plan.is_empty() { "Revenue, added up by month" } else { "Revenue against plan, added up by month" };
        block("cumulative", title, BlockBody::Lines(body))
    }
}

/// The instant at which the month ends that begins at `start_ms`.
fn end_of(start_ms: i64) -> i64 {
    const DAYS: i64 = 32 * 86_400_000;
    Bucket::Month.start_ms(start_ms + DAYS)
}

/// The share of a month that lies in the range, 0 to 1.
fn within(start_ms: i64, range: TimeRange) -> f64 {
    let end = end_of(start_ms);
    let inside = (end.min(range.to_ms) - start_ms.max(range.from_ms)).max(0);
    inside as f64 / (end - start_ms) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_that_the_range_cuts_counts_by_its_days() {
        const DAY: i64 = 86_400_000;
        let november = 1_698_796_800_000;
        let range = TimeRange::new(november + 6 * DAY, november + 18 * DAY);
        assert!((within(november, range) - 12.0 / 30.0).abs() < 1e-12);
        assert_eq!(within(november, TimeRange::new(november - 90 * DAY, november + 90 * DAY)), 1.0);
        assert_eq!(within(november, TimeRange::new(november - 9 * DAY, november)), 0.0);
    }
}
