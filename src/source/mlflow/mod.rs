//! MLflow tracking servers, 3.x and 2.x.
//!
//! Runs, metric histories, the registry, JSON artifacts, prediction tables kept as artifacts, and traces.
//! Calls that a browser may send without preflight (GET) are preferred where both versions have them.

mod answers;
mod artifact;
mod experiments;
mod failure;
mod history;
mod rows;
mod runs;
mod traces;
mod versions;

// Recordings make the same tables.
pub(super) use history::{Point, history_series};
pub(super) use runs::Sparse;

use super::{Body, Cause, Exchange, Failure, Request, Source};
use crate::query::Query;
use crate::spec::SourceSpec;

/// An `MLflow` tracking server.
#[derive(Clone, Debug)]
pub struct Mlflow {
    pages: Pages,
}

/// How much to ask for at once. The default suits a server on the network.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    /// Experiments in a page.
    pub experiments: u32,
    /// Runs in a page; a server gives at most 50,000.
    pub runs: u32,
    /// Registered models or model versions in a page.
    pub versions: u32,
    /// Traces in a page; a server gives at most 500.
    pub traces: u32,
    /// Logged points in a page of a full history.
    pub points: u32,
    /// Steps in the server's own sampling; a server gives at most 2,500.
    pub sampled_steps: u32,
    /// Hourly tables asked at once, newest first, until there are enough rows.
    pub tables: usize,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            experiments: 1_000,
            runs: 1_000,
            versions: 500,
            traces: 200,
            points: 25_000,
            sampled_steps: 320,
            tables: 24,
        }
    }
}

impl Mlflow {
    /// The server of a workspace's source.
    pub fn new(_spec: &SourceSpec) -> Self {
        Self::with_pages(Pages::default())
    }

    /// A server that is asked in pages of the given sizes.
    pub fn with_pages(pages: Pages) -> Self {
        Self { pages }
    }
}

impl Source for Mlflow {
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure> {
        let pages = self.pages;
        Ok(match query {
            Query::Runs(query) => Box::new(runs::RunsExchange::new(query, pages)),
            Query::History(query) if query.full => Box::new(history::FullHistory::new(query, pages)),
            Query::History(query) => Box::new(history::SampledHistory::new(query, pages)),
            Query::Versions(query) => Box::new(versions::VersionsExchange::new(query, pages)),
            Query::LabelValues(query) => Box::new(versions::LabelValuesExchange::new(query, pages)?),
            Query::Artifact(query) => Box::new(artifact::ArtifactExchange::new(query)),
            Query::Rows(query) => Box::new(rows::RowsExchange::new(query, pages)?),
            Query::Traces(query) => Box::new(traces::TracesExchange::new(query, pages)),
            Query::Series(_) | Query::LabelNames(_) => return Err(unsupported("series of metrics over time")),
            Query::Alerts(_) => return Err(unsupported("alerts")),
            Query::Groups(_) => return Err(unsupported("tables that can be grouped")),
        })
    }

    /// Asks for one experiment: this passes log-in, routing and the server's database, and needs no preflight.
    fn probe(&self) -> Request {
        Request {
            tag: 0,
            path: "/api/2.0/mlflow/experiments/search?max_results=1".into(),
            body: Body::None,
            shown: "MLflow experiments/search max_results=1".into(),
        }
    }
}

fn unsupported(what: &str) -> Failure {
    Failure::new(Cause::Unsupported, format!("MLflow does not hold {what}"))
        .with_hint("feed the metric from a Prometheus source")
}
