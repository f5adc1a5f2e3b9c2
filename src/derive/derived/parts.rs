//! One part of a derived metric: asked, folded onto the grid, with its variance where that is known.

use std::collections::BTreeMap;

use super::grid::{Grid, is_table};
use crate::derive::tables::PRESENT;
use crate::derive::{Ask, By, Context, Stop, Wanted, aggregate_at};
use crate::frame::{Frame, Labels, Table};
use crate::query::Measure;
use crate::spec::formula::is_count;
use crate::spec::{MetricQuerySpec, MetricSpec, TableAggregate};
use crate::stats::delta::Part;
use crate::stats::total::Total;

/// Points by which an expression is averaged over a range.
const N_POINTS: i64 = 200;

/// A part at one place of the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) part: Part,
    /// How many things it rests on: what was counted, customers or rows; `None` where that is not known.
    pub(super) n: Option<f64>,
}

/// A part by labels and place of the grid.
pub(super) type Known = BTreeMap<Labels, BTreeMap<i64, Found>>;

/// Asks for a part: a table's aggregate, what a counter counted, a gauge's or an expression's mean.
///
/// # Errors
/// As [`Ask::series`].
pub(super) fn ask(
    ask: &mut Ask<'_>,
    context: &Context<'_>,
    part: &MetricSpec,
    by: &[&str],
    grid: Grid,
) -> Result<Known, Stop> {
    if is_table(part) {
        let is_dimension = |name: &str| context.workspace.dimensions.iter().any(|d| d.id == name);
        let mut keys: Vec<By<'_>> =
            by.iter().map(|name| if is_dimension(name) { By::Dimension(name) } else { By::Part(name) }).collect();
        if let Grid::Calendar(bucket, _) = grid {
            keys.push(By::Time(bucket));
        }
        let frame = ask.groups(context, part, grid.range(), &keys, &[])?;
        return Ok(of_table(part, &frame, by, grid));
    }
    let measure = measure(part);
    let wanted = match grid {
        // The value at the end alone would say little of the range.
        Grid::Whole(range) if measure == Measure::Instant => {
            Wanted::over_time(part, measure, by).every((range.width_ms() / N_POINTS).max(60_000))
        }
        Grid::Whole(_) => Wanted::whole(part, measure, by),
        _ => Wanted::over_time(part, measure, by).every(grid.atom_ms()),
    };
    let frame = ask.series(context, &wanted.within(grid.range()))?;
    Ok(of_series(part, &frame, by, grid))
}

fn measure(part: &MetricSpec) -> Measure {
    match part.query {
        MetricQuerySpec::Counter { .. } | MetricQuerySpec::Histogram { .. } => Measure::Increase,
        MetricQuerySpec::Expression { .. } => Measure::Instant,
        _ => Measure::Gauge,
    }
}

/// Points added up where they count, else their mean; a place of which a count lacks a point is missing.
fn of_series(part: &MetricSpec, frame: &Frame, by: &[&str], grid: Grid) -> Known {
    let is_sum = measure(part) == Measure::Increase;
    let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
    let mut folded: BTreeMap<Labels, BTreeMap<i64, (f64, i64)>> = BTreeMap::new();
    for series in frame.series() {
        let places = folded.entry(series.labels.only(&by)).or_default();
        for (at, value) in series.points().filter(|(_, value)| value.is_finite()) {
            let Some(place) = grid.place(at) else { continue };
            let (sum, n) = places.entry(place).or_default();
            (*sum, *n) = (*sum + value, *n + 1);
        }
    }
    let is_known = has_variance(part);
    let found = |(place, (sum, n)): (i64, (f64, i64))| {
        let value = match is_sum {
            true if n < grid.n_atoms(place) => f64::NAN,
            true => sum,
            false => sum / n as f64,
        };
        // A count of none says nothing of its own noise.
        let count = Some(value).filter(|value| is_known && *value > 0.0);
        (place, Found { part: Part { value, variance: count }, n: count })
    };
    folded.into_iter().map(|(labels, places)| (labels, places.into_iter().map(found).collect())).collect()
}

fn of_table(part: &MetricSpec, frame: &Frame, by: &[&str], grid: Grid) -> Known {
    let mut known = Known::new();
    let Some(table) = frame.table() else { return known };
    for row in 0..table.n_rows() {
        let label = |name: &&str| table.text(name, row).map(|value| ((*name).to_owned(), value));
        let labels: Labels = by.iter().filter_map(label).collect();
        let place = match grid {
            Grid::Calendar(..) => table.number("time", row) as i64,
            Grid::Steps(..) | Grid::Whole(_) => grid.range().to_ms,
        };
        let value = aggregate_at(part, table, row);
        let found = Part { value, variance: variance_at(part, table, row) };
        let n = Some(n_at(part, table, row)).filter(|n| n.is_finite());
        known.entry(labels).or_default().insert(place, Found { part: found, n });
    }
    known
}

/// Whether the noise of a part is known: of counts, of totals over customers, and of means. Bookings without a customer, such as
/// costs, are no draw of anything.
pub(super) fn has_variance(part: &MetricSpec) -> bool {
    match &part.query {
        MetricQuerySpec::Counter { .. } | MetricQuerySpec::Histogram { .. } => is_count(part),
        MetricQuerySpec::Table { value: None, aggregate, unit, .. } => match aggregate {
            TableAggregate::Units => true,
            // The rows of one customer do not come one by one.
            TableAggregate::Sum => unit.is_none(),
            TableAggregate::Mean => false,
        },
        MetricQuerySpec::Table { aggregate: TableAggregate::Sum, unit, .. } => unit.is_some(),
        MetricQuerySpec::Table { .. } => true,
        MetricQuerySpec::Gauge { .. } | MetricQuerySpec::Expression { .. } | MetricQuerySpec::Derived { .. } => false,
    }
}

/// Variance of a table's aggregate: that of a Poisson count, of a compound Poisson sum ([`Total`]), or of a mean.
fn variance_at(part: &MetricSpec, table: &Table, row: usize) -> Option<f64> {
    let MetricQuerySpec::Table { value, aggregate, .. } = &part.query else { return None };
    let n = n_at(part, table, row);
    let total = Total { n, sum: table.number("value", row), squares: table.number("value.squares", row) };
    let variance = match (aggregate, value) {
        _ if !has_variance(part) => return None,
        (TableAggregate::Mean, _) => total.sample().map(|sample| sample.variance / n),
        (TableAggregate::Sum, Some(_)) => (n >= 2.0).then_some(total.squares),
        (TableAggregate::Units, _) | (TableAggregate::Sum, None) => Some(n),
    };
    variance.filter(|variance| variance.is_finite() && *variance > 0.0)
}

/// Customers of a group, else rows; of a mean of rows those that have a value.
fn n_at(part: &MetricSpec, table: &Table, row: usize) -> f64 {
    let column = match &part.query {
        MetricQuerySpec::Table { unit: Some(_), .. } => "units",
        MetricQuerySpec::Table { value: Some(_), aggregate: TableAggregate::Mean, .. } => PRESENT,
        _ => "rows",
    };
    table.number(column, row)
}
