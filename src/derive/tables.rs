//! Asking for aggregates of tables: metrics whose query is a table.

use std::sync::Arc;

use super::series::named_matchers;
use super::{Ask, Context, Stop};
use crate::frame::{Column, Frame, Labels, Series, Table, Values, XKind};
use crate::query::{Bucket, Fold, GroupKey, GroupMeasure, GroupsQuery, Query, RowsQuery, TimeRange};
use crate::spec::{MetricQuerySpec, MetricSpec, TableAggregate};

/// More groups than any panel shows.
const MAX_GROUPS: u32 = 20_000;
/// Name of the measure that a table's metric stands for.
pub const VALUE: &str = "value";
/// Name of the number of rows that have a value.
pub(super) const PRESENT: &str = "value.present";

/// Something to group a table's rows by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By<'a> {
    /// A dimension of the workspace, such as `model`; models are named by their id in the answer.
    Dimension(&'a str),
    /// A part that the metric's `columns` name, such as `variant`.
    Part(&'a str),
    /// The table's time in buckets; the answer's column is `time`.
    Time(Bucket),
    /// A part that is a time, in buckets, such as the month of a cohort.
    TimePart(&'a str, Bucket),
}

impl<'a> By<'a> {
    /// Name of the answer's column.
    pub fn name(self) -> &'a str {
        match self {
            Self::Dimension(name) | Self::Part(name) | Self::TimePart(name, _) => name,
            Self::Time(_) => "time",
        }
    }
}

impl Ask<'_> {
    /// The metric's rows in groups, under the selection's filters and the metric's own conditions.
    ///
    /// The frame's table has a column a key, named as [`By::name`] says, then `rows`, `units` where the metric has a unit, `value` and
    /// `value.squares` where it has a value, and the measures asked for; see [`GroupsQuery`]. A dimension that the table does not carry
    /// makes no column, and a remark. Filters reach the dimensions that the table carries; for others a remark says that they do not.
    ///
    /// # Errors
    /// As [`Ask::frame`]; [`Stop::Empty`] if the metric is no table.
    pub fn groups(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        range: TimeRange,
        by: &[By<'_>],
        measures: &[GroupMeasure],
    ) -> Result<Arc<Frame>, Stop> {
        self.groups_of(context, metric, range, by, measures, false)
    }

    /// As [`Ask::groups`] without measures, by the time of something that need not have happened, such as that a customer left.
    ///
    /// # Errors
    /// As [`Ask::groups`].
    pub fn groups_of_those_who(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        range: TimeRange,
        by: &[By<'_>],
    ) -> Result<Arc<Frame>, Stop> {
        self.groups_of(context, metric, range, by, &[], true)
    }

    fn groups_of(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        range: TimeRange,
        by: &[By<'_>],
        measures: &[GroupMeasure],
        may_lack_time: bool,
    ) -> Result<Arc<Frame>, Stop> {
        let MetricQuerySpec::Table { source, table, time, unit, value, conditions, .. } = &metric.query else {
            return Err(not_a_table(metric));
        };
        let carried = self.carried_labels(context, metric, range)?;
        let carries = |column: &String| carried.as_ref().is_none_or(|names| names.contains(column));
        let mut keys = Vec::new();
        for key in by {
            let (column, bucket) = match *key {
                By::Dimension(id) => match context.label_of(source, id).filter(carries) {
                    Some(column) => (column, None),
                    None => {
                        self.remark(format!("not by {id}: {} does not carry it", metric.title()));
                        continue;
                    }
                },
                By::Part(part) => (metric.query.column(part).to_owned(), None),
                By::TimePart(part, bucket) => (metric.query.column(part).to_owned(), Some(bucket)),
                By::Time(bucket) => match time {
                    Some(column) => (column.clone(), Some(bucket)),
                    None => {
                        return Err(Stop::missing(
                            format!("{} has no times", metric.title()),
                            "\"time\": \"<column of the table>\"",
                        ));
                    }
                },
            };
            keys.push(GroupKey { name: key.name().to_owned(), column, bucket });
        }
        let mut all = Vec::new();
        if let Some(column) = value {
            all.push(GroupMeasure { name: VALUE.to_owned(), fold: Fold::Moments(column.clone()) });
            if unit.is_none() && is_mean(metric) {
                all.push(GroupMeasure { name: PRESENT.to_owned(), fold: Fold::Present(column.clone()) });
            }
        }
        all.extend_from_slice(measures);
        let matchers = self.table_matchers(context, metric, source, carried.as_deref(), conditions)?;
        let query = GroupsQuery {
            source: source.clone(),
            table: table.clone(),
            time: time.clone(),
            may_lack_time,
            range,
            unit: unit.clone(),
            keys,
            measures: all,
            matchers,
            limit: MAX_GROUPS,
        };
        let mut frame = self.frame(Query::Groups(query.clone()))?;
        if let Some(k) = context.workspace.privacy.small_cells.smallest().filter(|_| unit.is_some()) {
            frame = self.guarded(&query, frame, k);
        }
        Ok(Arc::new(context.with_model_ids(source, &frame)))
    }

    /// The metric's rows as they are, under the same conditions: the newest `limit` of them, with the columns of the named parts under
    /// the parts' names, and every dimension that the table carries under its id.
    ///
    /// # Errors
    /// As [`Ask::groups`].
    pub fn rows(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        range: TimeRange,
        parts: &[&str],
        limit: u32,
    ) -> Result<Arc<Frame>, Stop> {
        let MetricQuerySpec::Table { source, table, time, conditions, .. } = &metric.query else {
            return Err(not_a_table(metric));
        };
        let carried = self.carried_labels(context, metric, range)?;
        let mut names: Vec<(String, String)> = Vec::new();
        for dimension in &context.workspace.dimensions {
            let column = context.label_of(source, &dimension.id);
            if let Some(column) = column.filter(|c| carried.as_ref().is_none_or(|names| names.contains(c))) {
                names.push((column, dimension.id.clone()));
            }
        }
        names.extend(time.iter().map(|column| (column.clone(), "time".to_owned())));
        for part in parts {
            let column = metric.query.column(part).to_owned();
            if names.iter().all(|(known, _)| *known != column) {
                names.push((column, (*part).to_owned()));
            }
        }
        let matchers = self.table_matchers(context, metric, source, carried.as_deref(), conditions)?;
        let query = RowsQuery {
            source: source.clone(),
            table: table.clone(),
            time: time.clone(),
            range,
            columns: names.iter().map(|(column, _)| column.clone()).collect(),
            matchers,
            limit,
        };
        let frame = self.frame(Query::Rows(query))?;
        let Some(table) = frame.table() else { return Ok(frame) };
        let shown = |(column, name): &(String, String)| {
            table.column(column).map(|found| Column { name: name.clone(), ..found.clone() })
        };
        let renamed = Table::new(names.iter().filter_map(shown).collect()).unwrap_or_default();
        let renamed = Frame { warnings: frame.warnings.clone(), ..Frame::from_table(renamed) };
        Ok(Arc::new(context.with_model_ids(source, &renamed)))
    }

    /// A table's metric as series over time, so that panels that ask for series can be fed by tables too:
    /// `by` are dimensions or columns, `x` is the start of each bucket, `y` the metric's aggregate in it.
    pub(super) fn table_series(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        by: &[&str],
        range: TimeRange,
        step_ms: i64,
    ) -> Result<Arc<Frame>, Stop> {
        let is_dimension = |name: &str| context.workspace.dimensions.iter().any(|d| d.id == name);
        let mut keys: Vec<By<'_>> =
            by.iter().map(|name| if is_dimension(name) { By::Dimension(name) } else { By::Part(name) }).collect();
        keys.push(By::Time(Bucket::of_step(step_ms)));
        let frame = self.groups(context, metric, range, &keys, &[])?;
        let Some(table) = frame.table() else { return Ok(frame) };
        let mut series: Vec<(Labels, Vec<f64>, Vec<f64>)> = Vec::new();
        for row in 0..table.n_rows() {
            let labels: Labels =
                by.iter().filter_map(|name| table.text(name, row).map(|value| ((*name).to_owned(), value))).collect();
            let (x, y) = (table.number("time", row), aggregate_at(metric, table, row));
            match series.iter_mut().find(|(known, ..)| *known == labels) {
                Some((_, xs, ys)) => {
                    xs.push(x);
                    ys.push(y);
                }
                None => series.push((labels, vec![x], vec![y])),
            }
        }
        let series =
            series.into_iter().map(|(labels, x, y)| Series::new(labels, metric.unit.clone(), XKind::Time, x, y));
        Ok(Arc::new(Frame { warnings: frame.warnings.clone(), ..Frame::from_series(series.collect()) }))
    }

    fn table_matchers(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        source: &crate::query::SourceId,
        carried: Option<&[String]>,
        conditions: &std::collections::BTreeMap<String, String>,
    ) -> Result<Vec<crate::query::Matcher>, Stop> {
        let (mut matchers, unreached) = context.matchers(source, carried);
        for dimension in &unreached {
            self.remark(match context.rest() {
                Some(rest) if rest.dimension == dimension => {
                    format!("{} is not compared by {dimension}: the table does not carry it", metric.title())
                }
                _ => format!("not filtered by {dimension}: {} does not carry it", metric.title()),
            });
        }
        // Nothing is ever compared with itself.
        if context.told_apart_by().is_some_and(|told_by| unreached.iter().any(|dimension| dimension == told_by)) {
            return Err(Stop::empty("the table cannot tell this comparison apart"));
        }
        matchers.extend(named_matchers(conditions));
        Ok(matchers)
    }
}

fn is_mean(metric: &MetricSpec) -> bool {
    matches!(&metric.query, MetricQuerySpec::Table { aggregate: TableAggregate::Mean, .. })
}

/// The one number that a table's metric stands for in a group of [`Ask::groups`]; `NaN` where there is none.
pub fn aggregate_at(metric: &MetricSpec, table: &Table, row: usize) -> f64 {
    let MetricQuerySpec::Table { value, aggregate, unit, .. } = &metric.query else { return f64::NAN };
    let n = table.number(if unit.is_some() { "units" } else { "rows" }, row);
    match (aggregate, value) {
        (TableAggregate::Units, _) => n,
        (TableAggregate::Sum, Some(_)) => table.number(VALUE, row),
        (TableAggregate::Sum, None) => table.number("rows", row),
        // A row without a value is not a value of zero.
        (TableAggregate::Mean, Some(_)) if unit.is_none() => table.number(VALUE, row) / table.number(PRESENT, row),
        (TableAggregate::Mean, Some(_)) => table.number(VALUE, row) / n,
        (TableAggregate::Mean, None) => table.number("rows", row) / n,
    }
}

impl Bucket {
    /// The widest bucket that is not wider than a step in milliseconds; at least an hour.
    pub fn of_step(step_ms: i64) -> Self {
        const HOUR: i64 = 3_600_000;
        match step_ms {
            s if s >= 28 * 24 * HOUR => Self::Month,
            s if s >= 7 * 24 * HOUR => Self::Week,
            s if s >= 24 * HOUR => Self::Day,
            _ => Self::Hour,
        }
    }
}

impl Context<'_> {
    /// The table with models named by their id.
    fn with_model_ids(&self, source: &crate::query::SourceId, frame: &Frame) -> Frame {
        let Some(table) = frame.table() else { return frame.clone() };
        let id_of = |value: &str| {
            let known = self.workspace.models.iter().find(|m| self.identity(m, source).label.as_deref() == Some(value));
            known.map_or_else(|| value.to_owned(), |m| m.id.clone())
        };
        let column = |c: &Column| match &c.values {
            Values::Text(cells) if c.name == "model" => {
                Column { values: Values::text(cells.iter().map(|cell| cell.as_deref().map(id_of))), ..c.clone() }
            }
            _ => c.clone(),
        };
        let table = Table::new(table.columns().iter().map(column).collect()).unwrap_or_default();
        Frame { warnings: frame.warnings.clone(), sampled: frame.sampled.clone(), ..Frame::from_table(table) }
    }
}

fn not_a_table(metric: &MetricSpec) -> Stop {
    Stop::missing(
        format!("{} is not a table, and this panel needs rows", metric.title()),
        "\"query\": {\"type\": \"table\", \"source\": \"<id>\", \"table\": \"<name>\", \"time\": \"<column>\"}",
    )
}
