//! Runs of experiments, page by page, newest first.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::json;

use super::Pages;
use super::answers::{KeyValue, Run, RunsPage, metric_value};
use super::experiments::Experiments;
use super::failure::body_of;
use crate::frame::{Column, Frame, Table, Values};
use crate::query::RunsQuery;
use crate::source::outbox::Outbox;
use crate::source::read::{Cell, Warnings, from_json};
use crate::source::{Exchange, Failure, Request, Response};

/// A tag in which MLflow repeats logged models as JSON, far longer than all the rest of a run.
const SKIPPED_TAG: &str = "mlflow.log-model.history";

#[derive(Clone, Copy, Debug)]
enum Part {
    Experiments,
    Runs,
}

/// The conversation that answers a [`RunsQuery`].
#[derive(Debug)]
pub struct RunsExchange {
    experiments: Experiments,
    search: RunSearch,
    outbox: Outbox<Part>,
    warnings: Warnings,
}

impl RunsExchange {
    pub fn new(query: &RunsQuery, pages: Pages) -> Self {
        let experiments = Experiments::new(&query.experiments, pages);
        let mut outbox = Outbox::default();
        experiments.ask(&mut outbox, Part::Experiments);
        Self { experiments, search: RunSearch::new(query.limit, pages), outbox, warnings: Warnings::default() }
    }
}

impl Exchange for RunsExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        self.outbox.take()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        match self.outbox.answered(tag) {
            Some(Part::Experiments) => {
                let is_last = self.experiments.receive(&response, &mut self.outbox, Part::Experiments)?;
                if is_last {
                    self.search.ask(&self.experiments, &mut self.outbox, Part::Runs);
                }
            }
            Some(Part::Runs) => {
                self.search.receive(&response, &self.experiments, &mut self.outbox, Part::Runs)?;
            }
            None => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        self.experiments.warn_of_missing(&mut self.warnings);
        if self.search.has_more {
            self.warnings.add(format!("older runs were left out beyond the limit of {}", self.search.limit), 1);
        }
        let table = runs_table(&self.search.runs, &self.experiments);
        Ok(Frame { warnings: self.warnings.take(), ..Frame::from_table(table) })
    }

    fn progress(&self) -> Option<(u32, u32)> {
        Some(self.outbox.progress())
    }
}

/// The runs of the experiments found, page by page until the limit.
#[derive(Debug)]
pub struct RunSearch {
    /// Runs so far, newest first.
    pub runs: Vec<Run>,
    /// Whether the server has more than the limit.
    pub has_more: bool,
    limit: u32,
    page_size: u32,
}

impl RunSearch {
    /// At most `limit` runs.
    pub fn new(limit: u32, pages: Pages) -> Self {
        Self { runs: Vec::new(), has_more: false, limit, page_size: pages.runs }
    }

    /// Queues the first page; nothing if there is no experiment.
    pub fn ask<T>(&self, experiments: &Experiments, outbox: &mut Outbox<T>, purpose: T) {
        self.ask_page(experiments, outbox, "", purpose);
    }

    fn ask_page<T>(&self, experiments: &Experiments, outbox: &mut Outbox<T>, token: &str, purpose: T) {
        let ids = experiments.ids();
        let n_left = self.limit.saturating_sub(self.runs.len() as u32);
        if ids.is_empty() || n_left == 0 {
            return;
        }
        let mut body = json!({
            "experiment_ids": ids,
            "run_view_type": "ACTIVE_ONLY",
            "order_by": ["attributes.start_time DESC"],
            "max_results": n_left.min(self.page_size),
        });
        if !token.is_empty() {
            body["page_token"] = token.into();
        }
        let names: Vec<&str> = ids.iter().map(|id| experiments.name_of(id)).collect();
        let shown = format!("MLflow runs/search experiments={names:?} order_by=start_time DESC");
        outbox.post_json("/api/2.0/mlflow/runs/search", &body, shown, purpose);
    }

    /// Takes a page; `true` when it was the last.
    pub fn receive<T>(
        &mut self,
        response: &Response,
        experiments: &Experiments,
        outbox: &mut Outbox<T>,
        purpose: T,
    ) -> Result<bool, Failure> {
        let page: RunsPage = from_json(body_of(response)?, "runs")?;
        let is_last = page.next_page_token.is_empty() || page.runs.is_empty();
        self.runs.extend(page.runs);
        if is_last {
            return Ok(true);
        }
        if self.runs.len() >= self.limit as usize {
            self.has_more = true;
            return Ok(true);
        }
        self.ask_page(experiments, outbox, &page.next_page_token, purpose);
        Ok(false)
    }
}

/// Cells of named columns that not every row has.
pub struct Sparse<T> {
    rows: Vec<HashMap<String, T>>,
}

impl<T: Clone> Sparse<T> {
    /// One list of names and values for each row.
    pub fn new(rows: impl Iterator<Item = Vec<(String, T)>>) -> Self {
        Self { rows: rows.map(|row| row.into_iter().collect()).collect() }
    }

    /// A column per name in order of name, made of each row's cell.
    pub fn columns(&self, prefix: &str, values: impl Fn(Vec<Option<T>>) -> Values) -> Vec<Column> {
        let names: BTreeSet<&String> = self.rows.iter().flat_map(HashMap::keys).collect();
        let cells = |name: &String| self.rows.iter().map(|row| row.get(name).cloned()).collect();
        names.into_iter().map(|name| Column::new(format!("{prefix}{name}"), values(cells(name)))).collect()
    }
}

/// Columns of tags or parameters.
pub fn text_columns<'a>(prefix: &str, rows: impl Iterator<Item = &'a [KeyValue]>) -> Vec<Column> {
    let pairs = |row: &[KeyValue]| -> Vec<(String, Arc<str>)> {
        let kept = row.iter().filter(|p| p.key != SKIPPED_TAG);
        kept.map(|p| (p.key.clone(), Arc::from(p.value.as_str()))).collect()
    };
    Sparse::new(rows.map(pairs)).columns(prefix, Values::text)
}

fn runs_table(runs: &[Run], experiments: &Experiments) -> Table {
    let text = |f: &dyn Fn(&Run) -> Option<String>| Values::text(runs.iter().map(f));
    let time = |f: &dyn Fn(&Run) -> &Cell| Values::Time(runs.iter().map(|r| f(r).number()).collect());
    let mut columns = vec![
        Column::new("run_id", text(&|r| Some(r.info.run_id.clone()))),
        Column::new("name", text(&|r| r.info.run_name.clone())),
        Column::new("experiment", text(&|r| Some(experiments.name_of(&r.info.experiment_id).to_owned()))),
        Column::new("status", text(&|r| Some(r.info.status.clone()))),
        Column::new("start", time(&|r| &r.info.start_time)),
        Column::new("end", time(&|r| &r.info.end_time)),
    ];
    let metrics = |r: &Run| r.data.metrics.iter().map(|m| (m.key.clone(), metric_value(&m.value))).collect();
    let numbers = |cells: Vec<Option<f64>>| Values::numbers(cells.into_iter().map(|c| c.unwrap_or(f64::NAN)));
    columns.extend(Sparse::new(runs.iter().map(metrics)).columns("metrics.", numbers));
    columns.extend(text_columns("params.", runs.iter().map(|r| r.data.params.as_slice())));
    columns.extend(text_columns("tags.", runs.iter().map(|r| r.data.tags.as_slice())));
    Table::new(columns).unwrap_or_default()
}
