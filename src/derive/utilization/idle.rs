//! Idle models: those that nobody asks, and since when.

use std::sync::Arc;

use super::traffic::streams;
use crate::derive::{Ask, By, Context, Stop, Wanted};
use crate::frame::Frame;
use crate::query::{Fold, GroupMeasure, Measure, TimeRange};
use crate::spec::{MetricQuerySpec, MetricSpec};

const DAY_MS: i64 = 86_400_000;
/// A model without a request for so many days is idle, unless the panel's option `idleDays` says otherwise.
const IDLE_DAYS: f64 = 7.0;
/// How far back the last request is looked for: in a table, and in a counter, whose server keeps less.
const TABLE_DAYS: i64 = 1_100;
const COUNTER_DAYS: i64 = 90;

/// The last requests of the models, looked for beyond the range.
pub(super) struct LastSeen {
    /// Models by name with their last request, milliseconds.
    last: Vec<(String, f64)>,
    /// The first request of any, or where the looking began.
    pub(super) since_ms: f64,
    idle_days: f64,
    to_ms: i64,
}

/// Where a model stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum State {
    /// It had a request lately; the last one.
    InUse(f64),
    /// It has had none since this instant.
    IdleSince(f64),
    /// It had none at all; where the looking began.
    NeverSince(f64),
}

/// Asks for the last request of each model up to the end of the range.
///
/// # Errors
/// As [`Ask::frame`].
pub(super) fn ask(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    usage: &MetricSpec,
) -> Result<(Arc<Frame>, TimeRange), Stop> {
    let back = |days: i64| {
        let from_ms = (context.range.to_ms - days * DAY_MS).min(context.range.from_ms);
        TimeRange::new(from_ms, context.range.to_ms)
    };
    match &usage.query {
        MetricQuerySpec::Table { time: Some(time), .. } => {
            let range = back(TABLE_DAYS);
            let measure = |name: &str, fold: Fold| GroupMeasure { name: name.to_owned(), fold };
            let measures = [measure("first", Fold::Min(time.clone())), measure("last", Fold::Max(time.clone()))];
            ask.groups(context, usage, range, &[By::Dimension("model")], &measures).map(|frame| (frame, range))
        }
        _ => {
            let range = back(COUNTER_DAYS);
            let wanted = Wanted::over_time(usage, Measure::Increase, &["model"]).within(range).every(DAY_MS);
            let answer = ask.series(context, &wanted);
            answer.map(|frame| (frame, range))
        }
    }
}

impl LastSeen {
    /// Reads the answer of [`ask`].
    pub(super) fn read(context: &Context<'_>, frame: &Frame, range: TimeRange) -> Self {
        let mut last = Vec::new();
        let mut firsts = Vec::new();
        if let Some(table) = frame.table() {
            for row in 0..table.n_rows() {
                let at = table.number("last", row);
                if let (Some(model), true) = (table.text("model", row), at.is_finite()) {
                    last.push((model, at));
                    firsts.push(table.number("first", row));
                }
            }
        } else {
            for stream in streams(frame, "model") {
                last.extend(stream.last().map(|at| (stream.name.clone(), at)));
            }
        }
        let first = firsts.into_iter().filter(|at| at.is_finite()).reduce(f64::min);
        Self {
            last,
            since_ms: first.unwrap_or(range.from_ms as f64),
            idle_days: context.number("idleDays").filter(|days| *days > 0.0).unwrap_or(IDLE_DAYS),
            to_ms: range.to_ms,
        }
    }

    /// Where a model stands.
    pub(super) fn state(&self, model: &str) -> State {
        let last = self.last.iter().filter(|(name, _)| name == model).map(|(_, at)| *at).reduce(f64::max);
        match last {
            Some(at) if at >= self.to_ms as f64 - (self.idle_days + 1.0) * DAY_MS as f64 => State::InUse(at),
            Some(at) => State::IdleSince(at),
            None => State::NeverSince(self.since_ms),
        }
    }
}
