//! Prediction tables that a job logs as artifacts, one run a day and one file an hour: `predictions/2026-11-23T07.json`.
//!
//! Only hours that overlap the range are asked, newest first, until there are enough rows.
//! The table of an hour that has passed never changes, so its answer may be kept for good.
//! An experiment without such files may hold one table, `eval/predictions.json`.

use super::Pages;
use super::answers::Run;
use super::artifact::{ask_artifact, ask_list, listed_files};
use super::experiments::Experiments;
use super::failure::failure_of;
use super::runs::RunSearch;
use crate::calendar;
use crate::frame::{Frame, Warning};
use crate::order::Order;
use crate::query::{RowsQuery, TimeRange};
use crate::source::outbox::Outbox;
use crate::source::read::{Condition, RowSet, Split, Warnings, from_json};
use crate::source::{Cause, Exchange, Failure, Request, Response};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const FOLDER: &str = "predictions";
const SINGLE_FOLDER: &str = "eval";
const SINGLE_TABLE: &str = "eval/predictions.json";
/// Runs of an experiment that are looked at: years of days.
const MAX_RUNS: u32 = 5_000;

#[derive(Debug)]
enum Part {
    Experiments,
    Runs,
    List(Day),
    SingleList(Day),
    Table { is_single: bool, start_ms: f64 },
}

/// One run that may hold tables.
#[derive(Clone, Debug)]
struct Day {
    run_id: String,
    start_ms: f64,
}

/// One table of an hour, not yet asked.
#[derive(Debug)]
struct Hour {
    start_ms: i64,
    path: String,
    day: Day,
}

/// The conversation that answers a [`RowsQuery`].
#[derive(Debug)]
pub struct RowsExchange {
    table: String,
    range: TimeRange,
    limit: u32,
    conditions: Vec<Condition>,
    experiments: Experiments,
    search: RunSearch,
    /// Tables not yet asked, the newest last.
    hours: Vec<Hour>,
    n_lists_open: usize,
    n_tables_open: usize,
    tables_at_once: usize,
    n_tables_done: u32,
    n_tables: u32,
    rows: RowSet,
    outbox: Outbox<Part>,
    warnings: Warnings,
    n_unreadable: usize,
    /// Why the first of them was not.
    unreadable: Option<String>,
}

impl RowsExchange {
    /// # Errors
    /// [`Cause::Unsupported`] for a regular expression that cannot be evaluated here.
    pub fn new(query: &RowsQuery, pages: Pages) -> Result<Self, Failure> {
        let experiments = Experiments::new(std::slice::from_ref(&query.table), pages);
        let mut outbox = Outbox::default();
        experiments.ask(&mut outbox, Part::Experiments);
        Ok(Self {
            table: query.table.clone(),
            range: query.range,
            limit: query.limit,
            conditions: Condition::compile_all(&query.matchers)?,
            experiments,
            search: RunSearch::new(MAX_RUNS, pages),
            hours: Vec::new(),
            n_lists_open: 0,
            n_tables_open: 0,
            tables_at_once: pages.tables.max(1),
            n_tables_done: 0,
            n_tables: 0,
            rows: RowSet::default(),
            outbox,
            warnings: Warnings::default(),
            n_unreadable: 0,
            unreadable: None,
        })
    }

    fn list_runs(&mut self) {
        for run in std::mem::take(&mut self.search.runs) {
            if !may_overlap(&run, self.range) {
                continue;
            }
            let day = Day { start_ms: run.info.start_time.number(), run_id: run.info.run_id };
            self.n_lists_open += 1;
            ask_list(&mut self.outbox, &day.run_id.clone(), FOLDER, Part::List(day));
        }
    }

    fn take_list(&mut self, day: &Day, response: &Response) -> Result<(), Failure> {
        self.n_lists_open -= 1;
        let files = listed_files(response)?;
        if files.is_empty() {
            self.n_lists_open += 1;
            ask_list(&mut self.outbox, &day.run_id, SINGLE_FOLDER, Part::SingleList(day.clone()));
        }
        for path in files {
            let Some(start_ms) = hour_of(&path) else { continue };
            if start_ms <= self.range.to_ms && start_ms + HOUR_MS > self.range.from_ms {
                self.hours.push(Hour { start_ms, path, day: day.clone() });
                self.n_tables += 1;
            }
        }
        self.hours.order_by_key(|h| h.start_ms);
        Ok(())
    }

    fn take_single_list(&mut self, day: &Day, response: &Response) -> Result<(), Failure> {
        self.n_lists_open -= 1;
        if listed_files(response)?.iter().any(|path| path == SINGLE_TABLE) {
            self.ask_table(day, SINGLE_TABLE, true);
        } else {
            self.warnings.add("runs had no table of predictions", 1);
        }
        Ok(())
    }

    fn ask_table(&mut self, day: &Day, path: &str, is_single: bool) {
        self.n_tables_open += 1;
        ask_artifact(&mut self.outbox, &day.run_id, path, Part::Table { is_single, start_ms: day.start_ms });
    }

    /// The next tables, once those before are read: stops when there are enough rows.
    fn ask_next_tables(&mut self) {
        if self.n_lists_open > 0 || self.n_tables_open > 0 {
            return;
        }
        if self.rows.n_rows() >= self.limit as usize {
            let n_left = self.hours.len();
            self.warnings
                .add(format!("hours with older rows were left out beyond the limit of {}", self.limit), n_left);
            self.n_tables -= n_left as u32;
            self.hours.clear();
        }
        for _ in 0..self.tables_at_once {
            let Some(hour) = self.hours.pop() else { break };
            self.ask_table(&hour.day, &hour.path, false);
        }
    }

    fn take_table(&mut self, is_single: bool, start_ms: f64, response: &Response) -> Result<(), Failure> {
        self.n_tables_open -= 1;
        self.n_tables_done += u32::from(!is_single);
        if !response.is_ok() {
            let failure = failure_of(response);
            if failure.cause != Cause::NotFound {
                return Err(failure);
            }
            self.warnings.add("tables were not found", 1);
            return Ok(());
        }
        match from_json::<Split>(&response.body, "a table in pandas' split form") {
            Ok(split) => self.rows.add_rows(split, self.range, &self.conditions, start_ms, &mut self.warnings),
            Err(failure) => {
                self.n_unreadable += 1;
                self.unreadable.get_or_insert(failure.text);
            }
        }
        Ok(())
    }
}

impl Exchange for RowsExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        self.outbox.take()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        match self.outbox.answered(tag) {
            Some(Part::Experiments) => {
                if self.experiments.receive(&response, &mut self.outbox, Part::Experiments)? {
                    self.search.ask(&self.experiments, &mut self.outbox, Part::Runs);
                }
            }
            Some(Part::Runs) => {
                if self.search.receive(&response, &self.experiments, &mut self.outbox, Part::Runs)? {
                    self.list_runs();
                }
            }
            Some(Part::List(day)) => self.take_list(&day, &response)?,
            Some(Part::SingleList(day)) => self.take_single_list(&day, &response)?,
            Some(Part::Table { is_single, start_ms }) => self.take_table(is_single, start_ms, &response)?,
            None => return Ok(()),
        }
        self.ask_next_tables();
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        if self.experiments.ids().is_empty() {
            return Err(Failure::new(Cause::NotFound, format!("there is no experiment {:?}", self.table))
                .with_hint("name the experiment that holds the predictions in the model's identity"));
        }
        let table = std::mem::take(&mut self.rows).into_newest(self.limit, &mut self.warnings);
        if let Some(why) = self.unreadable.take() {
            let text = format!("tables were not readable, one of them: {why}");
            self.warnings.push(Warning::gap(text, self.n_unreadable as u64).quoting());
        }
        Ok(Frame { warnings: self.warnings.take(), ..Frame::from_table(table) })
    }

    /// Hourly tables read, and tables in all, once they are listed.
    fn progress(&self) -> Option<(u32, u32)> {
        (self.n_tables > 0).then_some((self.n_tables_done, self.n_tables))
    }
}

/// Whether the run's day, if it is tagged with one, overlaps the range.
fn may_overlap(run: &Run, range: TimeRange) -> bool {
    let tag = run.data.tags.iter().find(|t| t.key == "day");
    let start_ms = tag.and_then(|t| calendar::parse_instant(&format!("{}T00:00:00Z", t.value)));
    start_ms.is_none_or(|start| start <= range.to_ms && start + DAY_MS > range.from_ms)
}

/// The hour that a file is named after: `predictions/2026-11-23T07.json`.
pub fn hour_of(path: &str) -> Option<i64> {
    let name = path.rsplit('/').next()?.strip_suffix(".json")?;
    calendar::parse_instant(&format!("{name}:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_from_names() {
        assert_eq!(hour_of("predictions/1970-01-01T01.json"), Some(HOUR_MS));
        assert_eq!(hour_of("predictions/all.json"), None);
        assert_eq!(hour_of("1970-01-01T01.csv"), None);
    }
}
