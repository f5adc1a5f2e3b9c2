//! From experiment names to ids.

use super::Pages;
use super::answers::{Experiment, ExperimentsPage};
use super::failure::body_of;
use crate::source::outbox::{Outbox, percent_encoded};
use crate::source::read::{Warnings, from_json};
use crate::source::{Failure, Response};

/// The experiments that a query is about. All are listed and compared here, so that no name needs MLflow's quoting.
#[derive(Debug)]
pub struct Experiments {
    names: Vec<String>,
    found: Vec<Experiment>,
    page_size: u32,
}

impl Experiments {
    /// Those of the given names; empty asks for all.
    pub fn new(names: &[String], pages: Pages) -> Self {
        Self { names: names.to_vec(), found: Vec::new(), page_size: pages.experiments }
    }

    /// Queues the first page.
    pub fn ask<T>(&self, outbox: &mut Outbox<T>, purpose: T) {
        self.ask_page(outbox, "", purpose);
    }

    fn ask_page<T>(&self, outbox: &mut Outbox<T>, token: &str, purpose: T) {
        let mut path = format!("/api/2.0/mlflow/experiments/search?max_results={}", self.page_size);
        if !token.is_empty() {
            path.push_str("&page_token=");
            path.push_str(&percent_encoded(token));
        }
        outbox.get(path, "MLflow experiments/search", purpose);
    }

    /// Takes a page; `true` when it was the last.
    pub fn receive<T>(&mut self, response: &Response, outbox: &mut Outbox<T>, purpose: T) -> Result<bool, Failure> {
        let page: ExperimentsPage = from_json(body_of(response)?, "experiments")?;
        let wanted = |e: &Experiment| self.names.is_empty() || self.names.contains(&e.name);
        let wanted: Vec<Experiment> = page.experiments.into_iter().filter(wanted).collect();
        self.found.extend(wanted);
        let all_found = !self.names.is_empty() && self.names.iter().all(|n| self.found.iter().any(|e| e.name == *n));
        if page.next_page_token.is_empty() || all_found {
            return Ok(true);
        }
        self.ask_page(outbox, &page.next_page_token, purpose);
        Ok(false)
    }

    /// Ids of those found.
    pub fn ids(&self) -> Vec<&str> {
        self.found.iter().map(|e| e.experiment_id.as_str()).collect()
    }

    /// The name of an id; the id itself if it is unknown.
    pub fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.found.iter().find(|e| e.experiment_id == id).map_or(id, |e| e.name.as_str())
    }

    /// Warns of each name that was not found.
    pub fn warn_of_missing(&self, warnings: &mut Warnings) {
        for name in self.names.iter().filter(|n| self.found.iter().all(|e| e.name != **n)) {
            warnings.note(format!("there is no experiment {name:?}"), 1);
        }
    }
}
