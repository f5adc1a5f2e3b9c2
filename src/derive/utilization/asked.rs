//! What is asked of one side: requests and decisions over time, by what they belong to.

use std::sync::Arc;

use super::traffic::{Points, Stream, filled, streams, summed, whole};
use crate::derive::{Ask, Context, Stop, Wanted};
use crate::frame::Frame;
use crate::query::{Measure, TimeRange};
use crate::spec::{MetricQuerySpec, MetricSpec};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Up to so many days, steps are hours.
const MAX_DAYS_IN_HOURS: i64 = 2;

/// Distance of the points in milliseconds: days, or hours in a short range.
pub(super) fn step_ms(range: TimeRange) -> i64 {
    if range.width_ms() <= MAX_DAYS_IN_HOURS * DAY_MS { HOUR_MS } else { DAY_MS }
}

/// The answers about one side.
pub(super) struct Answers {
    range: TimeRange,
    step_ms: i64,
    is_table: bool,
    models: Result<Arc<Frame>, Stop>,
    callers: Result<Arc<Frame>, Stop>,
    eligible: Option<Result<Arc<Frame>, Stop>>,
    by: Vec<(String, Result<Arc<Frame>, Stop>)>,
}

/// Requests and decisions of one side.
pub(super) struct Used {
    pub(super) range: TimeRange,
    pub(super) step_ms: i64,
    is_table: bool,
    pub(super) models: Vec<Stream>,
    pub(super) callers: Vec<Stream>,
    pub(super) eligible: Vec<Stream>,
    /// Requests by team and feature, as far as they were asked for.
    pub(super) by: Vec<(String, Vec<Stream>)>,
}

/// Asks for everything about the context's side; `by` are the groupings besides the models.
pub(super) fn ask(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    (usage, eligible): (&MetricSpec, Option<&MetricSpec>),
    by: &[&str],
) -> Answers {
    let (range, step_ms) = (context.range, step_ms(context.range));
    let mut series = |metric: &MetricSpec, label: &str| {
        ask.series(context, &Wanted::over_time(metric, Measure::Increase, &[label]).every(step_ms))
    };
    Answers {
        range,
        step_ms,
        is_table: matches!(usage.query, MetricQuerySpec::Table { .. }),
        models: series(usage, "model"),
        callers: series(usage, "caller"),
        eligible: eligible.map(|metric| series(metric, "model")),
        by: by.iter().map(|label| ((*label).to_owned(), series(usage, label))).collect(),
    }
}

impl Answers {
    /// Reads the answers; only the models are needed, a failure of another makes the panel partial.
    ///
    /// # Errors
    /// As [`Ask::frame`].
    pub(super) fn read(self, ask: &mut Ask<'_>) -> Result<Used, Stop> {
        let models = match self.models {
            Err(Stop::Failed(failure)) => return Err(Stop::from(failure)),
            answer => answer?,
        };
        let of = |frame: Option<Arc<Frame>>, label: &str| frame.map(|f| streams(&f, label)).unwrap_or_default();
        let callers = of(ask.spare(self.callers)?, "caller");
        let eligible = match self.eligible {
            Some(answer) => of(ask.spare(answer)?, "model"),
            None => Vec::new(),
        };
        let mut by = Vec::new();
        for (label, answer) in self.by {
            let found = of(ask.spare(answer)?, &label);
            by.push((label, found));
        }
        let (range, step_ms, is_table) = (self.range, self.step_ms, self.is_table);
        Ok(Used { range, step_ms, is_table, models: streams(&models, "model"), callers, eligible, by })
    }
}

impl Used {
    /// Requests in all.
    pub(super) fn total(&self) -> f64 {
        self.models.iter().map(Stream::total).sum()
    }

    /// Requests a step over all models, whole steps only; steps of a table without a row are zero.
    pub(super) fn steps(&self) -> Points {
        let all = summed(&self.models);
        let ends = (self.range.from_ms, self.range.to_ms);
        // The points of a counter stand at the end of their step, and those before the range are not in it.
        if self.is_table { filled(&whole(&all, ends, self.step_ms), ends, self.step_ms) } else { all }
    }

    /// Requests by model, team or feature.
    pub(super) fn grouped(&self, by: &str) -> &[Stream] {
        if by == "model" {
            return &self.models;
        }
        self.by.iter().find(|(label, _)| label == by).map_or(&[][..], |(_, streams)| streams.as_slice())
    }

    /// Callers with at least one request.
    pub(super) fn n_callers(&self) -> f64 {
        self.callers.iter().filter(|caller| !caller.name.is_empty() && caller.total() > 0.0).count() as f64
    }

    /// Requests to models whose decisions are known, and these decisions, over time.
    pub(super) fn eligible(&self, model: Option<&str>) -> (Points, Points) {
        let could = self.eligible.iter().filter(|s| model.is_none_or(|model| s.name == model));
        let names: Vec<&str> = could.clone().map(|s| s.name.as_str()).collect();
        let asked = self.models.iter().filter(|s| names.contains(&s.name.as_str()));
        (summed(asked), summed(could))
    }
}
