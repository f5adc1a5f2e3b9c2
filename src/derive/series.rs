//! Asking for series of a metric: filters, label names and the step in one place.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Ask, Context, Stop};
use crate::frame::{Frame, Warning};
use crate::query::{
    Aggregate, LabelNamesQuery, MatchOp, Matcher, Measure, Query, Selector, SeriesQuery, SourceId, TimeRange,
};
use crate::spec::{MetricQuerySpec, MetricSpec};

/// Label names are asked over whole hours, so that refreshes hit the cache.
const HOUR_MS: i64 = 3_600_000;

/// What a panel wants to know of a metric.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    metric: &'a MetricSpec,
    measure: Measure,
    by: &'a [&'a str],
    range: Option<TimeRange>,
    step: Step,
}

/// How far apart the points are.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// As many as the panel has room for.
    Pixels,
    /// One point over the range.
    Whole,
    /// Milliseconds.
    Millis(i64),
}

impl<'a> Wanted<'a> {
    /// As many points as the panel has room for over the context's range, folded to the dimensions or labels in `by`.
    pub fn over_time(metric: &'a MetricSpec, measure: Measure, by: &'a [&'a str]) -> Self {
        Self { metric, measure, by, range: None, step: Step::Pixels }
    }

    /// One point over all of the context's range.
    pub fn whole(metric: &'a MetricSpec, measure: Measure, by: &'a [&'a str]) -> Self {
        Self { step: Step::Whole, ..Self::over_time(metric, measure, by) }
    }

    /// Over another range than the context's.
    #[must_use]
    pub fn within(self, range: TimeRange) -> Self {
        Self { range: Some(range), ..self }
    }

    /// At a step of the caller's choice, in milliseconds; at least a second.
    #[must_use]
    pub fn every(self, step_ms: i64) -> Self {
        Self { step: Step::Millis(step_ms), ..self }
    }

    fn range(&self, context: &Context<'_>) -> TimeRange {
        self.range.unwrap_or(context.range)
    }

    fn step_ms(&self, context: &Context<'_>) -> i64 {
        let range = self.range(context);
        let step_ms = match self.step {
            Step::Pixels => context.step_ms(self.metric, range),
            Step::Whole => range.width_ms(),
            Step::Millis(step_ms) => step_ms,
        };
        step_ms.max(1_000)
    }

    /// Name of the metric for a reader.
    fn title(&self) -> &str {
        self.metric.title.as_deref().unwrap_or(&self.metric.id)
    }
}

impl Ask<'_> {
    /// Series of a metric under the filters of the context's side.
    ///
    /// Filters apply to the dimensions that the metric's series carry; for the others a remark says that they do not.
    /// The labels of the answer are named by dimension id where they stand for a dimension (and a model by its id).
    ///
    /// # Errors
    /// As [`Ask::frame`]; [`Stop::Empty`] for the other side of a comparison that the metric's labels cannot tell apart, so that
    /// nothing is ever compared with itself. [`Ask::spare`] makes `None` of it.
    pub fn series(&mut self, context: &Context<'_>, wanted: &Wanted<'_>) -> Result<Arc<Frame>, Stop> {
        if matches!(wanted.metric.query, MetricQuerySpec::Table { .. }) {
            return self.table_series(
                context,
                wanted.metric,
                wanted.by,
                wanted.range(context),
                wanted.step_ms(context),
            );
        }
        let Some(source) = wanted.metric.query.source() else {
            let (range, step_ms) = (wanted.range(context), wanted.step_ms(context));
            return self.derived_frame(context, wanted.metric, wanted.by, range, step_ms);
        };
        let carried = self.carried_labels(context, wanted.metric, wanted.range(context))?;
        let (matchers, unreached) = context.matchers(source, carried.as_deref());
        let told_by = context.told_apart_by();
        for dimension in &unreached {
            self.remark(match context.rest() {
                Some(rest) if rest.dimension == dimension => {
                    format!("{} is not compared by {dimension}: the metric does not carry it", wanted.title())
                }
                _ => format!("not filtered by {dimension}: the metric does not carry it"),
            });
        }
        let cannot_tell = || Stop::empty("the metric cannot tell this comparison apart");
        if told_by.is_some_and(|told_by| unreached.iter().any(|dimension| dimension == told_by)) {
            return Err(cannot_tell());
        }
        let frame = self.frame(Query::Series(series_query(context, wanted, source, matchers)))?;
        // Where an expression's filters can go is known to its source only.
        let label = told_by.and_then(|dimension| context.label_of(source, dimension));
        if label.is_some_and(|label| frame.warnings.contains(&Warning::not_filtered(&label))) {
            return Err(cannot_tell());
        }
        Ok(Arc::new(context.with_dimension_names(source, &frame)))
    }

    /// Label names that the metric's series or table carry; `None` for an expression, whose filters are placed selector by selector.
    ///
    /// # Errors
    /// As [`Ask::frame`].
    pub(super) fn carried_labels(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        range: TimeRange,
    ) -> Result<Option<Vec<String>>, Stop> {
        let Some(source) = metric.query.source() else { return Ok(None) };
        if let Some(dimensions) = &metric.dimensions {
            return Ok(Some(dimensions.iter().filter_map(|d| context.label_of(source, d)).collect()));
        }
        let name = match &metric.query {
            MetricQuerySpec::Expression { .. } | MetricQuerySpec::Derived { .. } => return Ok(None),
            MetricQuerySpec::Gauge { metric, .. } | MetricQuerySpec::Counter { metric, .. } => metric.clone(),
            MetricQuerySpec::Table { table, .. } => table.clone(),
            MetricQuerySpec::Histogram { metric, .. } => format!("{metric}_bucket"),
        };
        let from_ms = range.from_ms.div_euclid(HOUR_MS) * HOUR_MS;
        let to_ms = (range.to_ms.div_euclid(HOUR_MS) + 1) * HOUR_MS;
        let range = TimeRange::new(from_ms, to_ms);
        let frame = self.frame(Query::LabelNames(LabelNamesQuery { source: source.clone(), metric: name, range }))?;
        let names = frame.table().map(|t| (0..t.n_rows()).filter_map(|row| t.text("name", row)).collect());
        Ok(Some(names.unwrap_or_default()))
    }
}

fn series_query(context: &Context<'_>, wanted: &Wanted<'_>, source: &SourceId, matchers: Vec<Matcher>) -> SeriesQuery {
    let (selector, aggregate) = match &wanted.metric.query {
        MetricQuerySpec::Gauge { metric, matchers, aggregate, .. } => (named(metric, matchers), *aggregate),
        MetricQuerySpec::Counter { metric, matchers, .. } => (named(metric, matchers), Aggregate::Sum),
        MetricQuerySpec::Histogram { metric, matchers, .. } => {
            let part = if wanted.measure == Measure::Buckets { "bucket" } else { "count" };
            (named(&format!("{metric}_{part}"), matchers), Aggregate::Sum)
        }
        MetricQuerySpec::Expression { expr, .. } => (Selector::Expression(expr.clone()), Aggregate::Sum),
        // The parts of what is derived are asked each by itself before this: see `derived_frame`.
        MetricQuerySpec::Derived { expression } => (Selector::Expression(expression.clone()), Aggregate::Sum),
        // Tables are asked for groups before this: see `table_series`.
        MetricQuerySpec::Table { table, .. } => (named(table, &BTreeMap::new()), Aggregate::Sum),
    };
    let label = |name: &&str| context.label_of(source, name).or_else(|| context.plain_label(name));
    let mut by: Vec<String> = wanted.by.iter().filter_map(label).collect();
    by.sort();
    by.dedup();
    SeriesQuery {
        source: source.clone(),
        selector,
        matchers,
        measure: wanted.measure,
        aggregate,
        by: Some(by),
        range: wanted.range(context),
        step_ms: wanted.step_ms(context),
    }
}

/// A named selector with conditions as the workspace writes them.
fn named(name: &str, conditions: &BTreeMap<String, String>) -> Selector {
    Selector::Named { name: name.to_owned(), matchers: named_matchers(conditions) }
}

/// Conditions as the workspace writes them: a value may be plain, `!value`, `~regex` or `!~regex`.
pub(super) fn named_matchers(conditions: &BTreeMap<String, String>) -> Vec<Matcher> {
    let matcher = |(label, value): (&String, &String)| {
        let (op, value) = if let Some(rest) = value.strip_prefix("!~") {
            (MatchOp::NotRegex, rest)
        } else if let Some(rest) = value.strip_prefix('~') {
            (MatchOp::Regex, rest)
        } else if let Some(rest) = value.strip_prefix('!') {
            (MatchOp::NotIn, rest)
        } else {
            (MatchOp::In, value.as_str())
        };
        Matcher { label: label.clone(), op, values: vec![value.to_owned()] }
    };
    conditions.iter().map(matcher).collect()
}
