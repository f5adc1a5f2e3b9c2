//! The registry: models, their versions and aliases.

use std::collections::{BTreeMap, BTreeSet};

use super::Pages;
use super::answers::{KeyValue, ModelVersion, ModelsPage, RegisteredModel, VersionsPage};
use super::failure::body_of;
use super::runs::text_columns;
use crate::frame::{Column, Frame, Table, Values};
use crate::order::Order;
use crate::query::{LabelValuesQuery, VersionsQuery};
use crate::source::outbox::{Outbox, percent_encoded};
use crate::source::read::{Cell, Warnings, from_json};
use crate::source::{Cause, Exchange, Failure, Request, Response};

/// More names than this are not put into filters but compared here.
const MAX_FILTERS: usize = 20;

#[derive(Clone, Debug)]
enum Part {
    Models,
    /// Versions of the model that the filter names, or of all.
    Versions(Option<String>),
}

/// The conversation that answers a [`VersionsQuery`].
#[derive(Debug)]
pub struct VersionsExchange {
    names: Vec<String>,
    page_size: u32,
    models: Vec<RegisteredModel>,
    versions: Vec<ModelVersion>,
    outbox: Outbox<Part>,
}

impl VersionsExchange {
    pub fn new(query: &VersionsQuery, pages: Pages) -> Self {
        let mut exchange = Self {
            names: query.models.clone(),
            page_size: pages.versions,
            models: Vec::new(),
            versions: Vec::new(),
            outbox: Outbox::default(),
        };
        exchange.ask(Part::Models, "");
        // A name within quotes cannot hold a quote; such names are compared here.
        let can_filter = query.models.iter().all(|name| !name.contains(['\'', '"', '`', '\\']));
        if query.models.is_empty() || query.models.len() > MAX_FILTERS || !can_filter {
            exchange.ask(Part::Versions(None), "");
        } else {
            for name in &query.models {
                exchange.ask(Part::Versions(Some(name.clone())), "");
            }
        }
        exchange
    }

    fn ask(&mut self, part: Part, token: &str) {
        let what = match part {
            Part::Models => "registered-models",
            Part::Versions(_) => "model-versions",
        };
        let mut path = format!("/api/2.0/mlflow/{what}/search?max_results={}", self.page_size);
        let mut shown = format!("MLflow {what}/search");
        if let Part::Versions(Some(name)) = &part {
            let filter = format!("name='{name}'");
            path.push_str("&filter=");
            path.push_str(&percent_encoded(&filter));
            shown.push(' ');
            shown.push_str(&filter);
        }
        if !token.is_empty() {
            path.push_str("&page_token=");
            path.push_str(&percent_encoded(token));
        }
        self.outbox.get(path, shown, part);
    }

    fn table(&self) -> Table {
        let models: BTreeMap<&str, &RegisteredModel> = self.models.iter().map(|m| (m.name.as_str(), m)).collect();
        let is_wanted = |name: &String| self.names.is_empty() || self.names.contains(name);
        let mut versions: Vec<&ModelVersion> = self.versions.iter().filter(|v| is_wanted(&v.name)).collect();
        versions.order_by(|a, b| a.name.cmp(&b.name).then(version_number(a).total_cmp(&version_number(b))));
        versions.dedup_by(|a, b| a.name == b.name && a.version.text() == b.version.text());
        let text = |f: &dyn Fn(&ModelVersion) -> String| {
            Values::text(versions.iter().map(|v| Some(f(v)).filter(|t| !t.is_empty())))
        };
        let time = |f: &dyn Fn(&ModelVersion) -> &Cell| Values::Time(versions.iter().map(|v| f(v).number()).collect());
        let aliases = |v: &ModelVersion| {
            let all = models.get(v.name.as_str()).map_or(&[][..], |m| m.aliases.as_slice());
            let own: Vec<&str> =
                all.iter().filter(|a| a.version.text() == v.version.text()).map(|a| a.alias.as_str()).collect();
            own.join(",")
        };
        let mut columns = vec![
            Column::new("model", text(&|v| v.name.clone())),
            Column::new("version", text(&|v| v.version.text().map_or_else(String::new, |t| t.to_string()))),
            Column::new("run_id", text(&|v| v.run_id.clone())),
            Column::new("aliases", text(&aliases)),
            Column::new("stage", text(&|v| v.current_stage.clone())),
            Column::new("status", text(&|v| v.status.clone())),
            Column::new("description", text(&|v| v.description.clone())),
            Column::new("created", time(&|v| &v.creation_timestamp)),
            Column::new("updated", time(&|v| &v.last_updated_timestamp)),
        ];
        columns.extend(text_columns("tags.", versions.iter().map(|v| v.tags.as_slice())));
        let model_tags =
            |v: &&ModelVersion| models.get(v.name.as_str()).map_or::<&[KeyValue], _>(&[], |m| m.tags.as_slice());
        columns.extend(text_columns("model_tags.", versions.iter().map(model_tags)));
        Table::new(columns).unwrap_or_default()
    }
}

fn version_number(version: &ModelVersion) -> f64 {
    version.version.text().and_then(|t| t.parse().ok()).unwrap_or(f64::NAN)
}

impl Exchange for VersionsExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        self.outbox.take()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        let Some(part) = self.outbox.answered(tag) else { return Ok(()) };
        let body = body_of(&response)?;
        let token = match part {
            Part::Models => {
                let page: ModelsPage = from_json(body, "registered models")?;
                self.models.extend(page.registered_models);
                page.next_page_token
            }
            Part::Versions(_) => {
                let page: VersionsPage = from_json(body, "model versions")?;
                self.versions.extend(page.model_versions);
                page.next_page_token
            }
        };
        if !token.is_empty() {
            self.ask(part, &token);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        let mut warnings = Warnings::default();
        for name in self.names.iter().filter(|n| self.models.iter().all(|m| m.name != **n)) {
            warnings.note(format!("there is no registered model {name:?}"), 1);
        }
        Ok(Frame { warnings: warnings.take(), ..Frame::from_table(self.table()) })
    }

    fn progress(&self) -> Option<(u32, u32)> {
        Some(self.outbox.progress())
    }
}

/// The values of `model` or `version`, from the registry.
#[derive(Debug)]
pub struct LabelValuesExchange {
    label: &'static str,
    versions: VersionsExchange,
}

impl LabelValuesExchange {
    /// # Errors
    /// [`Cause::Unsupported`] for any other label: MLflow has no index of them.
    pub fn new(query: &LabelValuesQuery, pages: Pages) -> Result<Self, Failure> {
        let label = match query.label.as_str() {
            "model" => "model",
            "version" => "version",
            other => {
                let text = format!("MLflow lists models and versions, not values of {other:?}");
                return Err(Failure::new(Cause::Unsupported, text));
            }
        };
        let all = VersionsQuery { source: query.source.clone(), models: Vec::new() };
        Ok(Self { label, versions: VersionsExchange::new(&all, pages) })
    }
}

impl Exchange for LabelValuesExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        self.versions.next_requests()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        self.versions.receive(tag, response)
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        let table = self.versions.table();
        let values: BTreeSet<String> = (0..table.n_rows()).filter_map(|row| table.text(self.label, row)).collect();
        let column = Column::new("value", Values::text(values.into_iter().map(Some)));
        Ok(Frame::from_table(Table::new(vec![column]).unwrap_or_default()))
    }
}
