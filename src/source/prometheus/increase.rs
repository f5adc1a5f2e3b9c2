//! The conversation for exact increases of counters and buckets, which `PromQL`'s `increase()` only estimates.
//!
//! First a survey asks each series' value at the steps' ends, and in which steps a restart may hide: where `resets()` is not zero,
//! where a series begins or ends, or where it lived between two ends. Only those steps are asked again:
//! wide ones by a finer survey, narrow ones for every sample as it was scraped.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{is_too_many_points, read_matrix};
use super::checkpoints::Checkpoints;
use super::fold::summed;
use super::grid::Grid;
use super::matrix::{Matrix, Samples};
use super::promql::{duration, selector};
use super::request::{Limits, instant_query, range_query};
use super::series::{coarser, note};
use crate::frame::{Frame, Labels, Series, Warning, XKind};
use crate::query::{Matcher, Measure, SeriesQuery};
use crate::source::{Exchange, Failure, Request, Response};
use crate::units::Unit;

/// Prometheus repeats a sample for this long, so that the sample before a step's begin may be this old.
const LOOKBACK_MS: i64 = 300_000;
/// Spans of up to this many scrapes are asked sample by sample.
const MAX_RAW_SCRAPES: i64 = 500;
/// At most this many further requests; what is left is a warning.
const MAX_LOOKS: usize = 128;
/// A server that allows fewer points than usual gets steps up to this many times as wide.
const MAX_COARSENING: i64 = 32;
/// A label with at most this many values narrows what is asked again.
const MAX_NARROWING_VALUES: usize = 20;

/// Asks surveys and samples until no restart hides between two known samples.
pub(super) struct IncreaseExchange {
    query: SeriesQuery,
    name: String,
    matchers: Vec<Matcher>,
    grid: Grid,
    limits: Limits,
    known: Checkpoints,
    surveys: Vec<Survey>,
    /// What each request is for, from the first tag on.
    tasks: Vec<Task>,
    first_tag: u32,
    waiting: Vec<Request>,
    n_done: u32,
    n_looks: usize,
    n_unseen: u64,
    warnings: Vec<Warning>,
}

/// Values at the ends of steps and where restarts may hide between them.
struct Survey {
    /// The ends, with the begin of the first step.
    ends: Grid,
    values: Option<Vec<Samples>>,
    resets: Option<Vec<Samples>>,
    between: Option<Vec<Samples>>,
}

#[derive(Clone, Copy)]
enum Task {
    Values(usize),
    Resets(usize),
    Between(usize),
    Samples,
}

impl IncreaseExchange {
    /// Starts the conversation about a named metric and all its conditions.
    pub(super) fn new(
        query: SeriesQuery,
        name: String,
        matchers: Vec<Matcher>,
        limits: Limits,
    ) -> Result<Self, Failure> {
        let step_ms = Grid::allowed_step(query.range, query.step_ms);
        Self::with_step(query, name, matchers, limits, step_ms, 0)
    }

    fn with_step(
        query: SeriesQuery,
        name: String,
        matchers: Vec<Matcher>,
        limits: Limits,
        step_ms: i64,
        first_tag: u32,
    ) -> Result<Self, Failure> {
        let warnings = if step_ms > query.step_ms { vec![coarser(step_ms)] } else { Vec::new() };
        let grid = Grid::new(query.range, step_ms);
        let mut exchange = Self {
            query,
            name,
            matchers,
            grid,
            limits,
            known: Checkpoints::default(),
            surveys: Vec::new(),
            tasks: Vec::new(),
            first_tag,
            waiting: Vec::new(),
            n_done: 0,
            n_looks: 0,
            n_unseen: 0,
            warnings,
        };
        exchange.survey(grid.with_one_before(), &[])?;
        Ok(exchange)
    }

    /// Begins anew with twice the step; answers still on their way have tags that no one knows any more.
    fn begin_coarser(&mut self) -> Result<(), Failure> {
        let (name, matchers) = (std::mem::take(&mut self.name), std::mem::take(&mut self.matchers));
        let (step_ms, first_tag) = (self.grid.step_ms.saturating_mul(2), self.first_tag + self.tasks.len() as u32);
        *self = Self::with_step(self.query.clone(), name, matchers, self.limits, step_ms, first_tag)?;
        Ok(())
    }

    fn selector(&self, narrowing: &[Matcher]) -> Result<String, Failure> {
        selector(&self.name, self.matchers.iter().chain(narrowing))
    }

    fn ask(&mut self, task: Task, request: impl FnOnce(u32) -> Request) {
        let tag = self.first_tag + self.tasks.len() as u32;
        self.tasks.push(task);
        self.waiting.push(request(tag));
    }

    fn survey(&mut self, ends: Grid, narrowing: &[Matcher]) -> Result<(), Failure> {
        let (m, limits, id) = (self.selector(narrowing)?, self.limits, self.surveys.len());
        let steps = Grid { first_ms: ends.at(1), n: ends.n - 1, ..ends };
        let window = duration(ends.step_ms + LOOKBACK_MS);
        let resets = format!("resets({m}[{window}]) > 0");
        let between = format!("count_over_time({m}[{}]) unless {m}", duration(ends.step_ms));
        self.surveys.push(Survey { ends, values: None, resets: None, between: None });
        self.ask(Task::Values(id), |tag| range_query(tag, &m, ends, limits));
        self.ask(Task::Resets(id), |tag| range_query(tag, &resets, steps, limits));
        self.ask(Task::Between(id), |tag| range_query(tag, &between, steps, limits));
        Ok(())
    }

    /// Asks again where the survey could not see.
    fn look_closer(&mut self, id: usize) -> Result<(), Failure> {
        let Some((spans, step_ms)) = self.surveys.get(id).map(|s| (self.spans(s), s.ends.step_ms)) else {
            return Ok(());
        };
        for span in spans {
            if self.n_looks >= MAX_LOOKS {
                self.n_unseen += ((span.to_ms - span.from_ms) / step_ms.max(1)) as u64;
                continue;
            }
            self.n_looks += 1;
            let narrowing = narrowing(&span.series);
            if span.to_ms - span.from_ms > self.max_raw_ms() {
                self.survey(Grid::covering(span.from_ms, span.to_ms, self.finer_step(&span)), &narrowing)?;
            } else {
                // One more second, since versions differ in whether the window's begin belongs to it.
                let window = duration(span.to_ms - span.from_ms + 1_000);
                let (promql, limits) = (format!("{}[{window}]", self.selector(&narrowing)?), self.limits);
                self.ask(Task::Samples, |tag| instant_query(tag, &promql, span.to_ms, limits));
            }
        }
        Ok(())
    }

    fn max_raw_ms(&self) -> i64 {
        MAX_RAW_SCRAPES * self.limits.scrape_ms
    }

    /// Whole seconds that divide the span into parts which can be asked sample by sample.
    fn finer_step(&self, span: &Span) -> i64 {
        let n_parts = (span.to_ms - span.from_ms) / self.max_raw_ms() + 1;
        ((span.to_ms - span.from_ms) / n_parts / 1_000 + 1) * 1_000
    }

    /// The steps in which something may hide, neighbours put together as far as samples can be asked at once.
    fn spans(&self, survey: &Survey) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for (step, series) in survey.suspects() {
            let (from_ms, to_ms) = (survey.ends.at(step), survey.ends.at(step + 1));
            match spans.last_mut().filter(|last| to_ms - last.from_ms <= self.max_raw_ms()) {
                Some(last) => {
                    last.to_ms = to_ms;
                    last.series.extend(series);
                }
                None => spans.push(Span { from_ms, to_ms, series }),
            }
        }
        spans
    }
}

/// A time in which a restart may hide, and for which series.
struct Span {
    from_ms: i64,
    to_ms: i64,
    series: BTreeSet<Labels>,
}

impl Survey {
    fn is_complete(&self) -> bool {
        self.values.is_some() && self.resets.is_some() && self.between.is_some()
    }

    /// Steps (by the end at which they begin) and the series in which a restart may hide there.
    fn suspects(&self) -> BTreeMap<usize, BTreeSet<Labels>> {
        let mut suspects: BTreeMap<usize, BTreeSet<Labels>> = BTreeMap::new();
        let mut suspect = |step: usize, samples: &Samples| {
            let mut labels = samples.labels.clone();
            labels.remove("__name__");
            suspects.entry(step).or_default().insert(labels);
        };
        for samples in self.values.iter().flatten() {
            let (values, _) = self.ends.placed(samples);
            for (step, ends) in values.windows(2).enumerate() {
                if let [begin, end] = ends
                    && (begin.is_nan() != end.is_nan() || end < begin)
                {
                    suspect(step, samples);
                }
            }
        }
        for samples in self.resets.iter().chain(&self.between).flatten() {
            for step in samples.x.iter().filter_map(|&t| self.ends.index_at(t)?.checked_sub(1)) {
                suspect(step, samples);
            }
        }
        suspects
    }
}

/// Conditions that all the series fulfil, on labels with few values.
fn narrowing(series: &BTreeSet<Labels>) -> Vec<Matcher> {
    let mut values: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for labels in series {
        for (name, value) in labels.iter() {
            let (n_series, seen) = values.entry(name).or_default();
            *n_series += 1;
            seen.insert(value);
        }
    }
    let everywhere =
        values.into_iter().filter(|(_, (n, seen))| *n == series.len() && seen.len() <= MAX_NARROWING_VALUES);
    everywhere.map(|(name, (_, seen))| Matcher::any_of(name, seen)).collect()
}

impl Exchange for IncreaseExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.waiting)
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        let known = tag.checked_sub(self.first_tag).and_then(|i| self.tasks.get(i as usize));
        let Some(&task) = known else { return Ok(()) };
        let Matrix { series, warnings, .. } = match read_matrix(&response) {
            Ok(matrix) => matrix,
            Err(failure)
                if is_too_many_points(&failure, self.grid.step_ms)
                    && self.grid.step_ms < self.query.step_ms.saturating_mul(MAX_COARSENING) =>
            {
                return self.begin_coarser();
            }
            Err(failure) => return Err(failure),
        };
        for warning in warnings {
            note(&mut self.warnings, warning);
        }
        self.n_done += 1;
        let id = match task {
            Task::Samples => {
                self.known.add_all(&series);
                return Ok(());
            }
            Task::Values(id) | Task::Resets(id) | Task::Between(id) => id,
        };
        let Some(survey) = self.surveys.get_mut(id) else { return Ok(()) };
        match task {
            Task::Values(_) => {
                self.known.add_all(&series);
                survey.values = Some(series);
            }
            Task::Resets(_) => survey.resets = Some(series),
            _ => survey.between = Some(series),
        }
        if survey.is_complete() {
            self.look_closer(id)?;
            if let Some(survey) = self.surveys.get_mut(id) {
                survey.values = Some(Vec::new()); // held in `known`
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        if self.n_unseen > 0 {
            let text = "steps with restarts were not looked into: their increase may be too low";
            self.warnings.push(Warning::gap(text, self.n_unseen));
        }
        let known = std::mem::take(&mut self.known);
        let folded =
            summed(known.increases(self.grid), self.query.by.as_deref(), self.query.measure == Measure::Buckets);
        let x = self.grid.x();
        let series = folded.into_iter().filter(|(_, y)| y.iter().any(|v| !v.is_nan())).map(|(labels, y)| Series {
            labels,
            unit: Unit::default(),
            x_kind: XKind::Time,
            x: x.clone(),
            y: y.into(),
            envelope: None,
            times: None,
        });
        let mut frame = Frame::from_series(series.collect());
        frame.warnings = std::mem::take(&mut self.warnings);
        Ok(frame)
    }

    fn progress(&self) -> Option<(u32, u32)> {
        Some((self.n_done, self.tasks.len() as u32))
    }
}
