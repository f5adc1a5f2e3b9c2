//! Prometheus and what speaks its HTTP API: VictoriaMetrics is tested, Thanos and Mimir are not.
//!
//! Answers come as one series per label set on the query's grid of instants; where the server has no value there is `NaN`.
//! See [`Grid`](grid::Grid) for which instants those are and [`plan`](plan::plan) for what is asked.

mod answer;
mod checkpoints;
mod expression;
mod fold;
mod grid;
mod increase;
mod insert;
mod lists;
mod matrix;
mod number;
mod plan;
mod promql;
mod request;
mod scan;
mod series;
mod variables;

use std::cell::RefCell;
use std::collections::HashMap;

pub use insert::{SelectorSpan, bytes_from_utf16, insert};
pub use promql::quoted;
pub use variables::parsable;

use expression::{ExpressionExchange, Remembered};
use increase::IncreaseExchange;
use lists::ListExchange;
use request::Limits;
use series::SeriesExchange;

use super::{Cause, Exchange, Failure, Request, Source, Unparsed};
use crate::query::{Matcher, Measure, Query, Selector, SeriesQuery};
use crate::spec::SourceSpec;

/// A server with Prometheus' HTTP API.
///
/// Filters can only be placed in an expression whose selectors are known: before opening a query for which
/// [`Prometheus::needs_spans`] names an expression, the engine parses [`parsable`] of it and tells [`Prometheus::remember_spans`] where they are.
pub struct Prometheus {
    limits: Limits,
    spans: RefCell<HashMap<String, Vec<SelectorSpan>>>,
    remembered: Remembered,
}

impl Prometheus {
    /// The server that the workspace describes.
    pub fn new(spec: &SourceSpec) -> Self {
        let limits = Limits {
            scrape_ms: i64::from(spec.scrape_interval_seconds.max(1)) * 1_000,
            timeout_seconds: spec.timeout_seconds,
        };
        Self { limits, spans: RefCell::default(), remembered: Remembered::default() }
    }

    /// The expression whose selectors must be learned before the query can be opened.
    pub fn needs_spans<'a>(&self, query: &'a Query) -> Option<&'a str> {
        match query {
            Query::Series(SeriesQuery { selector: Selector::Expression(expr), matchers, .. })
                if !matchers.is_empty() && !self.spans.borrow().contains_key(expr) =>
            {
                Some(expr)
            }
            _ => None,
        }
    }

    /// Remembers where an expression has its vector selectors, in bytes; see [`bytes_from_utf16`].
    pub fn remember_spans(&self, expr: &str, spans: Vec<SelectorSpan>) {
        self.spans.borrow_mut().insert(expr.to_owned(), spans);
    }

    fn open_series(&self, query: &SeriesQuery) -> Result<Box<dyn Exchange>, Failure> {
        match &query.selector {
            Selector::Named { name, matchers } => {
                let all: Vec<Matcher> = matchers.iter().chain(&query.matchers).cloned().collect();
                if matches!(query.measure, Measure::Increase | Measure::Buckets) {
                    let exchange = IncreaseExchange::new(query.clone(), name.clone(), all, self.limits)?;
                    return Ok(Box::new(exchange));
                }
                let text = promql::selector(name, &all)?;
                Ok(Box::new(SeriesExchange::new(query.clone(), text, self.limits)?))
            }
            Selector::Expression(expr) if query.matchers.is_empty() => {
                Ok(Box::new(SeriesExchange::new(query.clone(), expr.clone(), self.limits)?))
            }
            Selector::Expression(expr) => {
                let spans = self.spans.borrow();
                let spans = spans.get(expr).ok_or_else(|| {
                    Failure::new(
                        Cause::Unsupported,
                        "the expression could not be read, so filters cannot be placed in it",
                    )
                    .with_hint("check the expression in the workspace")
                })?;
                let remembered = Remembered::clone(&self.remembered);
                let exchange = ExpressionExchange::new(query.clone(), expr.clone(), spans, self.limits, remembered)?;
                Ok(Box::new(exchange))
            }
        }
    }
}

impl Source for Prometheus {
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure> {
        let asked = match query {
            Query::Series(query) => return self.open_series(query),
            Query::LabelNames(query) => return Ok(Box::new(ListExchange::label_names(query)?)),
            Query::LabelValues(query) => return Ok(Box::new(ListExchange::label_values(query)?)),
            Query::Alerts(_) => return Ok(Box::new(ListExchange::alerts())),
            Query::Runs(_) => "experiment runs",
            Query::History(_) => "training histories",
            Query::Versions(_) => "model versions",
            Query::Artifact(_) => "artifacts of runs",
            Query::Rows(_) | Query::Groups(_) => "rows of tables",
            Query::Traces(_) => "traces",
        };
        Err(Failure::new(Cause::Unsupported, format!("a Prometheus server has no {asked}"))
            .with_hint("name a source of another kind for this panel in the workspace"))
    }

    fn unknown_expression(&self, query: &Query) -> Option<Unparsed> {
        let expression = self.needs_spans(query)?;
        Some(Unparsed { expression: expression.to_owned(), parsable: parsable(expression) })
    }

    fn learn(&self, expression: &str, spans: Vec<SelectorSpan>) {
        self.remember_spans(expression, spans);
    }

    /// A query of a constant: unlike `/-/ready` it is known to every such server and carries its CORS headers.
    fn probe(&self) -> Request {
        request::get(0, "/api/v1/query", &[("query", "vector(1)".to_owned())])
    }
}
