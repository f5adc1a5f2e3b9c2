//! Money of a range: its total, and by week and month.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::derive::{Ask, By, Context, Stop};
use crate::frame::{Frame, Table};
use crate::query::Bucket;
use crate::spec::{MetricQuerySpec, MetricSpec};
use crate::stats::total::Total;

/// The kind of revenue that a model brought in.
pub(in crate::derive) const MODEL: &str = "model";

/// Amounts of one metric over the range of a context's side.
#[derive(Clone, Debug, Default)]
pub(in crate::derive) struct Money {
    /// Over the whole range; units are those of the metric, else rows.
    pub(in crate::derive) total: Total,
    /// By the start of each week, milliseconds; a hidden week is `NaN`, a week without rows is absent.
    pub(in crate::derive) weeks: BTreeMap<i64, f64>,
    /// By the start of each month.
    pub(in crate::derive) months: BTreeMap<i64, f64>,
}

/// The questions of one metric, so that several are asked before the first answer is looked at.
pub(in crate::derive) struct Asked {
    only: Option<&'static str>,
    whole: Result<Arc<Frame>, Stop>,
    weeks: Result<Arc<Frame>, Stop>,
    months: Result<Arc<Frame>, Stop>,
}

impl Money {
    /// Asks for a metric's amounts; with `only` for those of that kind.
    pub(in crate::derive) fn ask(
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        metric: &MetricSpec,
        only: Option<&'static str>,
    ) -> Asked {
        let mut groups = |time: Option<Bucket>| {
            let kind = only.map(|_| By::Part("kind"));
            let by: Vec<By<'_>> = kind.into_iter().chain(time.map(By::Time)).collect();
            ask.groups(context, metric, context.range, &by, &[])
        };
        let (whole, weeks, months) = (groups(None), groups(Some(Bucket::Week)), groups(Some(Bucket::Month)));
        Asked { only, whole, weeks, months }
    }

    /// The weeks, each hidden one as its share of what is left of the total: over the hidden weeks together nothing is lost. A total that
    /// is hidden leaves them `NaN`.
    pub(in crate::derive) fn levelled_weeks(&self) -> BTreeMap<i64, f64> {
        let hidden: Vec<i64> = self.weeks.iter().filter(|(_, sum)| sum.is_nan()).map(|(&at, _)| at).collect();
        let shown: f64 = self.weeks.values().filter(|sum| !sum.is_nan()).sum();
        let share = (self.total.sum - shown) / hidden.len() as f64;
        let mut weeks = self.weeks.clone();
        weeks.extend(hidden.into_iter().map(|at| (at, share)));
        weeks
    }

    /// How many weeks are hidden.
    pub(in crate::derive) fn n_hidden_weeks(&self) -> usize {
        self.weeks.values().filter(|sum| sum.is_nan()).count()
    }

    /// Whether there is an amount at all.
    pub(in crate::derive) fn is_empty(&self) -> bool {
        self.total.n <= 0.0
    }
}

impl Asked {
    /// The answers; a part that is not there yet stops, so does one that failed.
    ///
    /// # Errors
    /// As [`Ask::groups`].
    pub(in crate::derive) fn read(self) -> Result<Money, Stop> {
        let (whole, weeks, months) = (self.whole?, self.weeks?, self.months?);
        let rows = |frame: &Frame| -> Vec<(i64, Total)> {
            let Some(table) = frame.table() else { return Vec::new() };
            let wanted = |row: &usize| self.only.is_none_or(|kind| table.text("kind", *row).as_deref() == Some(kind));
            let at = |row: usize| Some(table.number("time", row)).filter(|at| at.is_finite()).map_or(0, |at| at as i64);
            (0..table.n_rows()).filter(wanted).map(|row| (at(row), total_at(table, row))).collect()
        };
        let sums = |frame: &Frame| rows(frame).into_iter().map(|(at, total)| (at, total.sum)).collect();
        let total = rows(&whole).into_iter().map(|(_, total)| total).fold(Total::default(), Total::with);
        Ok(Money { total, weeks: sums(&weeks), months: sums(&months) })
    }
}

/// The moments of a row of [`Ask::groups`]; units are rows where the metric has no unit. No row sums to zero, a hidden one to `NaN`.
pub(in crate::derive) fn total_at(table: &Table, row: usize) -> Total {
    let units = table.number("units", row);
    let n = if table.column("units").is_some() { units } else { table.number("rows", row) };
    if n == 0.0 {
        return Total::default();
    }
    if table.column("value").is_none() {
        return Total::of_count(n);
    }
    Total { n, sum: table.number("value", row), squares: table.number("value.squares", row) }
}

/// Name of what a metric counts, such as `user_id`, for "over n".
pub(in crate::derive) fn unit_name(metric: &MetricSpec) -> &'static str {
    match &metric.query {
        MetricQuerySpec::Table { unit: Some(_), .. } => "customers",
        _ => "bookings",
    }
}
