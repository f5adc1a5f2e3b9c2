//! Traces: the 3.0 search, and the 2.0 one on servers that lack it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::Pages;
use super::answers::KeyValue;
use super::experiments::Experiments;
use super::failure::{body_of, failure_of};
use super::runs::text_columns;
use crate::frame::{Column, Frame, Table, Values};
use crate::order::Order;
use crate::query::TracesQuery;
use crate::source::outbox::{Outbox, percent_encoded};
use crate::source::read::{Cell, Warnings, from_json};
use crate::source::{Cause, Exchange, Failure, Request, Response};

/// Failed traces whose exception is asked for, the newest; each is one more request.
const MAX_ERRORS: usize = 20;

#[derive(Clone, Copy, Debug)]
enum Part {
    Experiments,
    Traces3,
    Traces2,
    /// The spans of the trace with that number.
    Spans(usize),
}

/// The conversation that answers a [`TracesQuery`].
#[derive(Debug)]
pub struct TracesExchange {
    query: TracesQuery,
    page_size: u32,
    experiments: Experiments,
    traces: Vec<Trace>,
    has_more: bool,
    outbox: Outbox<Part>,
    warnings: Warnings,
}

/// What both versions tell of a trace.
#[derive(Debug, Default)]
struct Trace {
    id: String,
    status: String,
    time_ms: f64,
    duration_ms: f64,
    request: Option<String>,
    response: Option<String>,
    error: Option<String>,
    tags: Vec<KeyValue>,
}

/// What a trace's spans say of a failure, in the words of either version.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Spans {
    spans: Vec<Span>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Span {
    status: SpanStatus,
    status_message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SpanStatus {
    message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Page3 {
    traces: Vec<Trace3>,
    next_page_token: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Trace3 {
    trace_id: String,
    request_time: Cell,
    execution_duration: String,
    state: String,
    request_preview: Option<String>,
    response_preview: Option<String>,
    tags: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Page2 {
    traces: Vec<Trace2>,
    next_page_token: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Trace2 {
    request_id: String,
    timestamp_ms: Cell,
    execution_time_ms: Cell,
    status: String,
    request_metadata: Vec<KeyValue>,
    tags: Vec<KeyValue>,
}

impl TracesExchange {
    pub fn new(query: &TracesQuery, pages: Pages) -> Self {
        let experiments = Experiments::new(&query.experiments, pages);
        let mut outbox = Outbox::default();
        experiments.ask(&mut outbox, Part::Experiments);
        let page_size = pages.traces;
        Self {
            query: query.clone(),
            page_size,
            experiments,
            traces: Vec::new(),
            has_more: false,
            outbox,
            warnings: Warnings::default(),
        }
    }

    fn filter(&self) -> String {
        let range = self.query.range;
        let mut filter = format!("timestamp_ms >= {} AND timestamp_ms <= {}", range.from_ms, range.to_ms);
        if self.query.only_errors {
            filter.push_str(" AND status = 'ERROR'");
        }
        filter
    }

    fn ask(&mut self, part: Part, token: &str) {
        let n_left = self.query.limit.saturating_sub(self.traces.len() as u32);
        let ids = self.experiments.ids();
        if n_left == 0 || ids.is_empty() {
            return;
        }
        let (n, filter) = (n_left.min(self.page_size), self.filter());
        let shown = format!("MLflow traces/search {filter}");
        if let Part::Traces3 = part {
            let place = |id: &&str| json!({"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": id}});
            let locations: Vec<_> = ids.iter().map(place).collect();
            let mut body = json!({
                "locations": locations, "filter": filter, "max_results": n, "order_by": ["timestamp_ms DESC"],
            });
            if !token.is_empty() {
                body["page_token"] = token.into();
            }
            self.outbox.post_json("/api/3.0/mlflow/traces/search", &body, shown, part);
        } else {
            let ids: String = ids.iter().map(|id| format!("experiment_ids={}&", percent_encoded(id))).collect();
            let filter = percent_encoded(&filter);
            let mut path =
                format!("/api/2.0/mlflow/traces?{ids}filter={filter}&max_results={n}&order_by=timestamp_ms%20DESC");
            if !token.is_empty() {
                path.push_str("&page_token=");
                path.push_str(&percent_encoded(token));
            }
            self.outbox.get(path, shown, part);
        }
    }

    fn take_page(&mut self, traces: Vec<Trace>, part: Part, token: &str) {
        let is_last = token.is_empty() || traces.is_empty();
        self.traces.extend(traces);
        self.has_more = !is_last && self.traces.len() >= self.query.limit as usize;
        if is_last || self.has_more {
            self.ask_errors(if let Part::Traces2 = part { "2.0" } else { "3.0" });
        } else {
            self.ask(part, token);
        }
    }

    /// Asks for the spans of the newest failed traces: the search tells no exception.
    fn ask_errors(&mut self, api: &str) {
        self.traces.order_by(|a, b| b.time_ms.total_cmp(&a.time_ms));
        let failed = self.traces.iter().enumerate().filter(|(_, t)| t.status == "ERROR").take(MAX_ERRORS);
        for (number, trace) in failed {
            let path = format!("/ajax-api/{api}/mlflow/get-trace-artifact?request_id={}", percent_encoded(&trace.id));
            self.outbox.get(path, format!("MLflow get-trace-artifact {}", trace.id), Part::Spans(number));
        }
    }

    /// A trace without readable spans is still a trace.
    fn take_spans(&mut self, number: usize, response: &Response) {
        let spans = body_of(response).and_then(|body| from_json::<Spans>(body, "spans"));
        match spans {
            Ok(Spans { spans }) => {
                let messages = spans.into_iter().filter_map(|s| s.status.message.or(s.status_message));
                if let Some(trace) = self.traces.get_mut(number) {
                    trace.error = messages.into_iter().find(|m| !m.is_empty());
                }
            }
            Err(_) => self.warnings.add("exceptions of failed traces were not readable", 1),
        }
    }
}

impl Exchange for TracesExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        self.outbox.take()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        let Some(part) = self.outbox.answered(tag) else { return Ok(()) };
        let is_absent = matches!(response.status, 404 | 405);
        match part {
            Part::Experiments => {
                if self.experiments.receive(&response, &mut self.outbox, Part::Experiments)? {
                    self.ask(Part::Traces3, "");
                }
            }
            Part::Spans(number) => self.take_spans(number, &response),
            Part::Traces3 if is_absent => self.ask(Part::Traces2, ""),
            Part::Traces3 => {
                let page: Page3 = from_json(body_of(&response)?, "traces")?;
                let traces = page.traces.into_iter().map(Trace::from).collect();
                self.take_page(traces, part, &page.next_page_token);
            }
            Part::Traces2 if is_absent => {
                let text = format!("this MLflow server does not keep traces ({})", failure_of(&response).text);
                return Err(Failure::new(Cause::Unsupported, text).with_hint("traces need MLflow 2.14 or later"));
            }
            Part::Traces2 => {
                let page: Page2 = from_json(body_of(&response)?, "traces")?;
                let traces = page.traces.into_iter().map(Trace::from).collect();
                self.take_page(traces, part, &page.next_page_token);
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        self.experiments.warn_of_missing(&mut self.warnings);
        if self.has_more {
            self.warnings.add(format!("older traces were left out beyond the limit of {}", self.query.limit), 1);
        }
        Ok(Frame { warnings: self.warnings.take(), ..Frame::from_table(traces_table(&self.traces)) })
    }

    fn progress(&self) -> Option<(u32, u32)> {
        Some(self.outbox.progress())
    }
}

impl From<Trace3> for Trace {
    fn from(t: Trace3) -> Self {
        let tags = t.tags.into_iter().map(|(key, value)| KeyValue { key, value }).collect();
        let duration_s = t.execution_duration.strip_suffix('s').and_then(|s| s.parse().ok()).unwrap_or(f64::NAN);
        Self {
            id: t.trace_id,
            status: t.state,
            time_ms: t.request_time.instant_ms(),
            duration_ms: duration_s * 1_000.0,
            request: t.request_preview,
            response: t.response_preview,
            error: None,
            tags,
        }
    }
}

impl From<Trace2> for Trace {
    fn from(t: Trace2) -> Self {
        let of = |key: &str| t.request_metadata.iter().find(|p| p.key == key).map(|p| p.value.clone());
        Self {
            id: t.request_id,
            status: t.status,
            time_ms: t.timestamp_ms.number(),
            duration_ms: t.execution_time_ms.number(),
            request: of("mlflow.traceInputs"),
            response: of("mlflow.traceOutputs"),
            error: None,
            tags: t.tags,
        }
    }
}

fn traces_table(traces: &[Trace]) -> Table {
    let name = |t: &Trace| t.tags.iter().find(|p| p.key == "mlflow.traceName").map(|p| p.value.clone());
    let mut columns = vec![
        Column::new("trace_id", Values::text(traces.iter().map(|t| Some(&t.id)))),
        Column::new("status", Values::text(traces.iter().map(|t| Some(&t.status)))),
        Column::new("name", Values::text(traces.iter().map(name))),
        Column::new("request", Values::text(traces.iter().map(|t| t.request.as_ref()))),
        Column::new("response", Values::text(traces.iter().map(|t| t.response.as_ref()))),
        Column::new("error", Values::text(traces.iter().map(|t| t.error.as_ref()))),
        Column::new("time", Values::Time(traces.iter().map(|t| t.time_ms).collect())),
        Column::new("duration_ms", Values::numbers(traces.iter().map(|t| t.duration_ms))),
    ];
    columns.extend(text_columns("tags.", traces.iter().map(|t| t.tags.as_slice())));
    Table::new(columns).unwrap_or_default()
}
