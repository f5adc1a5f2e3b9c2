//! Asking for frames while deriving.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Context;
use crate::frame::{Frame, Labels, Warning};
use crate::query::{Aggregate, LabelNamesQuery, Matcher, Measure, Query, Selector, SeriesQuery, SourceId, TimeRange};
use crate::source::{Cause, Failure};
use crate::spec::{MetricQuerySpec, MetricSpec};

/// Label names are asked over whole hours, so that refreshes hit the cache.
const HOUR_MS: i64 = 3_600_000;

/// What is known of a query.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Asked, no answer yet.
    Pending,
    /// The answer.
    Ready(Arc<Frame>),
    /// There is none, and why.
    Failed(Failure),
}

/// The answers so far, by query.
pub type Answers = HashMap<Query, Answer>;

/// Why a derivation ended without a view.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// Answers are missing.
    Pending,
    /// There is nothing to show: what it would show, what it waits for.
    Empty {
        /// Why, as a sentence.
        reason: String,
        /// Lines of workspace that would feed the panel, if configuration is what is missing.
        teach: Option<String>,
    },
    /// A question that the panel cannot do without failed.
    Failed(Failure),
}

impl Stop {
    /// Nothing to show, for a reason in the data.
    pub fn empty(reason: impl Into<String>) -> Self {
        Self::Empty { reason: reason.into(), teach: None }
    }

    /// Nothing to show because the workspace lacks something: shows the lines to add.
    pub fn missing(reason: impl Into<String>, teach: impl Into<String>) -> Self {
        Self::Empty { reason: reason.into(), teach: Some(teach.into()) }
    }
}

/// Collects the questions of one derivation and hands out what is known.
pub struct Ask<'a> {
    answers: &'a Answers,
    asked: Vec<Query>,
    waiting: Vec<Query>,
    behind: Vec<Query>,
    warnings: Vec<Warning>,
    remarks: Vec<String>,
    failures: Vec<Failure>,
    simulated: BTreeMap<SourceId, f64>,
}

/// What one derivation asked and remarked.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// Everything asked, in order, with repeats.
    pub asked: Vec<Query>,
    /// Questions without an answer that stopped the derivation.
    pub waiting: Vec<Query>,
    /// Questions without an answer that would refine the picture.
    pub behind: Vec<Query>,
    /// Warnings of the frames used.
    pub warnings: Vec<Warning>,
    /// Remarks made.
    pub remarks: Vec<String>,
    /// Failures that made the view partial.
    pub failures: Vec<Failure>,
}

impl<'a> Ask<'a> {
    /// Starts over the answers so far.
    pub fn new(answers: &'a Answers) -> Self {
        Self {
            answers,
            asked: Vec::new(),
            waiting: Vec::new(),
            behind: Vec::new(),
            warnings: Vec::new(),
            remarks: Vec::new(),
            failures: Vec::new(),
            simulated: BTreeMap::new(),
        }
    }

    /// Everything asked so far, with repeats.
    pub fn asked(&self) -> impl Iterator<Item = &Query> {
        self.asked.iter()
    }

    /// Where a source's own answers say that simulated data ends, in milliseconds.
    pub fn simulated_before_ms(&self, source: &SourceId) -> Option<f64> {
        self.simulated.get(source).copied()
    }

    /// A frame that the panel cannot do without.
    ///
    /// To ask several at once, call this for each before the first `?`.
    ///
    /// # Errors
    /// [`Stop::Pending`] until it is there, [`Stop::Failed`] if it will not be.
    pub fn frame(&mut self, query: Query) -> Result<Arc<Frame>, Stop> {
        let answer = self.answers.get(&query).cloned();
        self.asked.push(query.clone());
        if let Some(Answer::Ready(frame)) = &answer
            && let Some(before_ms) = frame.simulated_before_ms
        {
            self.simulated.insert(query.source().clone(), before_ms);
        }
        match answer {
            None | Some(Answer::Pending) => {
                self.waiting.push(query);
                Err(Stop::Pending)
            }
            Some(Answer::Failed(failure)) => Err(Stop::Failed(failure)),
            Some(Answer::Ready(frame)) => {
                self.note_frame(&frame);
                Ok(frame)
            }
        }
    }

    /// A frame that the panel can do without: a failure makes the panel partial.
    ///
    /// # Errors
    /// Only [`Stop::Pending`], until it is known.
    pub fn optional(&mut self, query: Query) -> Result<Option<Arc<Frame>>, Stop> {
        let answer = self.frame(query);
        self.spare(answer)
    }

    /// The answer to a question that the panel can do without: a failure makes the panel partial.
    ///
    /// For several such questions at once, ask all before the first call of this.
    ///
    /// # Errors
    /// [`Stop::Pending`] until it is known.
    pub fn spare(&mut self, answer: Result<Arc<Frame>, Stop>) -> Result<Option<Arc<Frame>>, Stop> {
        match answer {
            Ok(frame) => Ok(Some(frame)),
            Err(Stop::Pending) => Err(Stop::Pending),
            Err(Stop::Failed(failure)) => {
                self.fail(failure);
                Ok(None)
            }
            Err(Stop::Empty { .. }) => Ok(None),
        }
    }

    /// Notes a failure that makes the panel partial; equal ones are kept once.
    pub fn fail(&mut self, failure: Failure) {
        if !self.failures.contains(&failure) {
            self.failures.push(failure);
        }
    }

    /// The first failure noted so far, for a panel that has nothing left to show.
    pub fn first_failure(&self) -> Option<&Failure> {
        self.failures.first()
    }

    /// A frame that refines a picture that is shown without it: `None` until it is there, never stops.
    pub fn behind(&mut self, query: Query) -> Option<Arc<Frame>> {
        match self.frame(query) {
            Ok(frame) => Some(frame),
            Err(Stop::Failed(failure)) => {
                self.failures.push(failure);
                None
            }
            Err(_) => {
                self.behind.extend(self.waiting.pop());
                None
            }
        }
    }

    /// A frame that is there at once, and the one that refines it as soon as that is there; `true` for the latter.
    ///
    /// The refined one is asked for behind the first; once it is there the first is not asked again, so that a remark on its
    /// sampling goes. A first one that fails leaves the refined one to be waited for.
    ///
    /// # Errors
    /// As [`Ask::frame`].
    pub fn refined(&mut self, now: Query, refined: Query) -> Result<(Arc<Frame>, bool), Stop> {
        if matches!(self.answers.get(&refined), Some(Answer::Ready(_))) {
            return self.frame(refined).map(|frame| (frame, true));
        }
        match self.frame(now) {
            Ok(frame) => {
                self.behind(refined);
                Ok((frame, false))
            }
            Err(Stop::Failed(_)) => self.frame(refined).map(|frame| (frame, true)),
            Err(stop) => Err(stop),
        }
    }

    /// Series of a metric under the selection's filters, folded to the dimensions or labels in `by`.
    ///
    /// Filters apply to the dimensions that the metric's series carry; for the others a remark says that they do not.
    /// The labels of the answer are named by dimension id where they stand for a dimension (and a model by its id).
    ///
    /// # Errors
    /// As [`Ask::frame`].
    pub fn series(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        measure: Measure,
        by: &[&str],
        range: TimeRange,
    ) -> Result<Arc<Frame>, Stop> {
        let step_ms = context.step_ms(metric, range);
        self.series_at(context, metric, measure, by, range, step_ms)
    }

    /// As [`Ask::series`], with a step in milliseconds of the caller's choice; the width of the range gives one point over all of it.
    ///
    /// # Errors
    /// As [`Ask::frame`].
    pub fn series_at(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        measure: Measure,
        by: &[&str],
        range: TimeRange,
        step_ms: i64,
    ) -> Result<Arc<Frame>, Stop> {
        let carried = self.carried_labels(context, metric, range)?;
        let query = self.series_query(context, metric, measure, by, range, step_ms, carried.as_deref());
        let frame = self.frame(Query::Series(query))?;
        Ok(Arc::new(context.with_dimension_names(metric.query.source(), &frame)))
    }

    /// Label names that the metric's series carry; `None` for an expression, whose filters are placed selector by selector.
    fn carried_labels(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        range: TimeRange,
    ) -> Result<Option<Vec<String>>, Stop> {
        let source = metric.query.source();
        if let Some(dimensions) = &metric.dimensions {
            return Ok(Some(dimensions.iter().filter_map(|d| context.label_of(source, d)).collect()));
        }
        let name = match &metric.query {
            MetricQuerySpec::Expression { .. } => return Ok(None),
            MetricQuerySpec::Gauge { metric, .. } | MetricQuerySpec::Counter { metric, .. } => metric.clone(),
            MetricQuerySpec::Histogram { metric, .. } => format!("{metric}_bucket"),
        };
        let from_ms = range.from_ms.div_euclid(HOUR_MS) * HOUR_MS;
        let to_ms = (range.to_ms.div_euclid(HOUR_MS) + 1) * HOUR_MS;
        let rounded = TimeRange::new(from_ms, to_ms);
        let frame =
            self.frame(Query::LabelNames(LabelNamesQuery { source: source.clone(), metric: name, range: rounded }))?;
        let names = frame.table().map(|t| (0..t.n_rows()).filter_map(|row| t.text("name", row)).collect());
        Ok(Some(names.unwrap_or_default()))
    }

    #[allow(clippy::too_many_arguments)] // one place that puts a query together
    fn series_query(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        measure: Measure,
        by: &[&str],
        range: TimeRange,
        step_ms: i64,
        carried: Option<&[String]>,
    ) -> SeriesQuery {
        let source = metric.query.source();
        let (matchers, unreached) = context.matchers(source, carried);
        for dimension in unreached {
            self.remark(format!("not filtered by {dimension}: the metric does not carry it"));
        }
        let (selector, aggregate) = match &metric.query {
            MetricQuerySpec::Gauge { metric, matchers, aggregate, .. } => (named(metric, matchers), *aggregate),
            MetricQuerySpec::Counter { metric, matchers, .. } => (named(metric, matchers), Aggregate::Sum),
            MetricQuerySpec::Histogram { metric, matchers, .. } => {
                let part = if measure == Measure::Buckets { "bucket" } else { "count" };
                (named(&format!("{metric}_{part}"), matchers), Aggregate::Sum)
            }
            MetricQuerySpec::Expression { expr, .. } => (Selector::Expression(expr.clone()), Aggregate::Sum),
        };
        let mut by: Vec<String> =
            by.iter().filter_map(|name| context.label_of(source, name).or_else(|| context.plain_label(name))).collect();
        by.sort();
        by.dedup();
        let step_ms = step_ms.max(1_000);
        SeriesQuery { source: source.clone(), selector, matchers, measure, aggregate, by: Some(by), range, step_ms }
    }

    /// A remark for the panel; equal ones are kept once.
    pub fn remark(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.remarks.contains(&text) {
            self.remarks.push(text);
        }
    }

    fn note_frame(&mut self, frame: &Frame) {
        for warning in &frame.warnings {
            match self.warnings.iter_mut().find(|w| w.text == warning.text) {
                Some(known) => known.count = known.count.max(warning.count),
                None => self.warnings.push(warning.clone()),
            }
        }
        if let Some(sampled) = &frame.sampled {
            self.remark(format!("sampled {}", sampled.how));
        }
    }

    /// Ends the derivation.
    pub fn into_notes(self) -> Notes {
        Notes {
            asked: self.asked,
            waiting: self.waiting,
            behind: self.behind,
            warnings: self.warnings,
            remarks: self.remarks,
            failures: self.failures,
        }
    }
}

/// A named selector; a condition's value may be plain, `!value`, `~regex` or `!~regex`.
fn named(name: &str, conditions: &std::collections::BTreeMap<String, String>) -> Selector {
    use crate::query::MatchOp;
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
    Selector::Named { name: name.to_owned(), matchers: conditions.iter().map(matcher).collect() }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        if failure.cause == Cause::Configuration {
            Self::missing(failure.text, failure.hint.unwrap_or_default())
        } else {
            Self::Failed(failure)
        }
    }
}

/// The label set under other names; labels without a new name keep theirs.
pub(super) fn renamed(labels: &Labels, rename: impl Fn(&str, &str) -> (String, String)) -> Labels {
    labels.iter().map(|(name, value)| rename(name, value)).collect()
}
