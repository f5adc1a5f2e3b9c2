//! Logged metric histories: the server's own sampling at once, every logged point behind it.

use std::collections::BTreeMap;

use super::Pages;
use super::answers::{HistoryPage, LoggedPoint, metric_value};
use super::failure::body_of;
use crate::frame::{Frame, Labels, Sampled, Series, XKind};
use crate::order::Order;
use crate::query::HistoryQuery;
use crate::source::outbox::{Outbox, percent_encoded};
use crate::source::read::{Warnings, from_json};
use crate::source::{Cause, Exchange, Failure, Request, Response};
use crate::units::Unit;

/// A server takes at most this many runs in one bulk request.
const RUNS_PER_BULK: usize = 100;

/// One logged point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Training step.
    pub step: f64,
    /// Wall-clock time in milliseconds.
    pub time_ms: f64,
    /// Logged value.
    pub value: f64,
}

/// Points of one run in order of step. Of several at one step the last logged stays; the others are counted.
pub fn history_series(run: &str, key: &str, mut points: Vec<Point>, n_relogged: &mut usize) -> Series {
    points.retain(|p| p.step.is_finite());
    points.order_by(|a, b| a.step.total_cmp(&b.step).then(a.time_ms.total_cmp(&b.time_ms)));
    let n_before = points.len();
    // `dedup_by` keeps the earlier of two; the later one takes its place.
    points.dedup_by(|later, kept| {
        let same = later.step == kept.step;
        if same {
            *kept = *later;
        }
        same
    });
    *n_relogged += n_before - points.len();
    let labels = Labels::new().with("run_id", run).with("key", key);
    let (x, y) = points.iter().map(|p| (p.step, p.value)).unzip();
    let times = points.iter().map(|p| p.time_ms).collect();
    Series { times: Some(times), ..Series::new(labels, Unit::default(), XKind::Step, x, y) }
}

fn point(logged: &LoggedPoint) -> Point {
    Point { step: logged.step.number(), time_ms: logged.timestamp.number(), value: metric_value(&logged.value) }
}

fn frame_of(key: &str, points: BTreeMap<String, Vec<Point>>, mut warnings: Warnings) -> Frame {
    let mut n_relogged = 0;
    let with_points = points.into_iter().filter(|(_, points)| !points.is_empty());
    let series = with_points.map(|(run, points)| history_series(&run, key, points, &mut n_relogged)).collect();
    warnings.note("values were logged again for the same step; the last one is shown", n_relogged);
    Frame { warnings: warnings.take(), ..Frame::from_series(series) }
}

/// Every logged point of each run, all runs at once, page by page.
#[derive(Debug)]
pub struct FullHistory {
    key: String,
    page_size: u32,
    points: BTreeMap<String, Vec<Point>>,
    outbox: Outbox<String>,
    n_runs_done: u32,
    n_runs: u32,
    warnings: Warnings,
}

impl FullHistory {
    pub fn new(query: &HistoryQuery, pages: Pages) -> Self {
        let mut exchange = Self {
            key: query.key.clone(),
            page_size: pages.points,
            points: BTreeMap::new(),
            outbox: Outbox::default(),
            n_runs_done: 0,
            n_runs: query.runs.len() as u32,
            warnings: Warnings::default(),
        };
        for run in &query.runs {
            exchange.ask(run.clone(), "");
        }
        exchange
    }

    fn ask(&mut self, run: String, token: &str) {
        let mut path = format!(
            "/api/2.0/mlflow/metrics/get-history?run_id={}&metric_key={}&max_results={}",
            percent_encoded(&run),
            percent_encoded(&self.key),
            self.page_size
        );
        if !token.is_empty() {
            path.push_str("&page_token=");
            path.push_str(&percent_encoded(token));
        }
        let shown = format!("MLflow metrics/get-history run_id={run} metric_key={:?}", self.key);
        self.outbox.get(path, shown, run);
    }
}

impl Exchange for FullHistory {
    fn next_requests(&mut self) -> Vec<Request> {
        self.outbox.take()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        let Some(run) = self.outbox.answered(tag) else { return Ok(()) };
        let page: HistoryPage = match body_of(&response) {
            Ok(body) => from_json(body, "a metric history")?,
            Err(failure) if failure.cause == Cause::NotFound => {
                self.warnings.add("runs were not found", 1);
                self.n_runs_done += 1;
                return Ok(());
            }
            Err(failure) => return Err(failure),
        };
        let is_last = page.next_page_token.is_empty() || page.metrics.is_empty();
        self.points.entry(run.clone()).or_default().extend(page.metrics.iter().map(point));
        if is_last {
            self.n_runs_done += 1;
        } else {
            self.ask(run, &page.next_page_token);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        Ok(frame_of(&self.key, std::mem::take(&mut self.points), std::mem::take(&mut self.warnings)))
    }

    /// Runs whose history is complete, and runs in all.
    fn progress(&self) -> Option<(u32, u32)> {
        Some((self.n_runs_done, self.n_runs))
    }
}

/// The server's own even sampling of steps, for up to 100 runs in one request.
#[derive(Debug)]
pub struct SampledHistory {
    key: String,
    max_steps: u32,
    points: BTreeMap<String, Vec<Point>>,
    outbox: Outbox<()>,
    sampled: Option<Sampled>,
}

impl SampledHistory {
    pub fn new(query: &HistoryQuery, pages: Pages) -> Self {
        let mut outbox = Outbox::default();
        for runs in query.runs.chunks(RUNS_PER_BULK) {
            let runs_shown = runs.join(",");
            let runs: String = runs.iter().map(|r| format!("run_ids={}&", percent_encoded(r))).collect();
            // Under /api this route exists since 3.0 only; under /ajax-api both versions have it.
            let path = format!(
                "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?{runs}metric_key={}&max_results={}",
                percent_encoded(&query.key),
                pages.sampled_steps
            );
            let shown = format!(
                "MLflow metrics/get-history-bulk-interval run_ids={runs_shown} metric_key={:?} max_results={}",
                query.key, pages.sampled_steps
            );
            outbox.get(path, shown, ());
        }
        let (key, max_steps) = (query.key.clone(), pages.sampled_steps);
        Self { key, max_steps, points: BTreeMap::new(), outbox, sampled: None }
    }

    /// The server gives all steps when there are no more than were asked for; otherwise it picks among them.
    fn note_sampling(&mut self, points: &[LoggedPoint]) {
        let mut steps: Vec<f64> = points.iter().map(|p| p.step.number()).filter(|s| s.is_finite()).collect();
        steps.sort_unstable_by(f64::total_cmp);
        steps.dedup();
        if let (Some(first), Some(last)) = (steps.first(), steps.last())
            && steps.len() >= self.max_steps as usize
            && last - first >= steps.len() as f64
        {
            self.sampled = Some(Sampled { how: format!("at {} of the steps {first} to {last}", steps.len()) });
        }
    }
}

impl Exchange for SampledHistory {
    fn next_requests(&mut self) -> Vec<Request> {
        self.outbox.take()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        if self.outbox.answered(tag).is_none() {
            return Ok(());
        }
        let page: HistoryPage = from_json(body_of(&response)?, "metric histories")?;
        self.note_sampling(&page.metrics);
        for logged in &page.metrics {
            let run = logged.run_id.clone().unwrap_or_default();
            self.points.entry(run).or_default().push(point(logged));
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        let frame = frame_of(&self.key, std::mem::take(&mut self.points), Warnings::default());
        Ok(Frame { sampled: self.sampled.take(), ..frame })
    }

    fn progress(&self) -> Option<(u32, u32)> {
        Some(self.outbox.progress())
    }
}
