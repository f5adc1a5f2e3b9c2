//! What a derivation knows besides the answers: the workspace, the panel, the selection and the resolved time.

use serde::{Deserialize, Serialize};

use super::Side;
use crate::frame::{Body, Frame, Labels, Series};
use crate::query::{Matcher, SourceId, TimeRange};
use crate::spec::formula::Formula;
use crate::spec::{MetricSpec, ModelIdentity, ModelSpec, PanelSpec, SourceKind, SourceSpec, Workspace};
use crate::state::Selection;

/// Everything a derivation may depend on besides the answers.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The workspace with its defaults filled in.
    pub workspace: &'a Workspace,
    /// Id of the panel.
    pub panel_id: &'a str,
    /// The panel.
    pub panel: &'a PanelSpec,
    /// What the viewer looks at.
    pub selection: &'a Selection,
    /// The time range of the side.
    pub range: TimeRange,
    /// What the selection compares with, resolved.
    pub references: &'a [Reference],
    /// Which side of a comparison is asked.
    pub side: Side<'a>,
    /// Width of the panel in CSS pixels.
    pub width_px: u32,
    /// Whether the panel has a page of its own.
    pub details: bool,
    /// The viewer's clock in milliseconds, as of the last refresh.
    pub now_ms: i64,
}

/// Something to compare with, resolved to instants and ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Shown name, such as "previous period".
    pub title: String,
    /// What it is.
    pub kind: ReferenceKind,
}

/// The kinds of reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReferenceKind {
    /// The same question over another range.
    Range(TimeRange),
    /// The same question of another model, and version if one is given.
    Model {
        /// Model id.
        id: String,
        /// Version.
        version: Option<String>,
    },
    /// The chosen value of a dimension against the rest.
    Rest {
        /// Dimension id.
        dimension: String,
        /// The chosen value.
        value: String,
    },
}

impl<'a> Context<'a> {
    /// The metric that feeds a slot of the panel: the one the panel names, else the one with the slot's name.
    pub fn metric(&self, slot: &str) -> Option<&'a MetricSpec> {
        let id = self.panel.metrics.get(slot).map_or(slot, String::as_str);
        self.workspace.metrics.iter().find(|m| m.id == id)
    }

    /// A text option of the panel.
    pub fn option(&self, name: &str) -> Option<&'a str> {
        self.panel.options.get(name).and_then(serde_json::Value::as_str)
    }

    /// A numeric option of the panel.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.panel.options.get(name).and_then(serde_json::Value::as_f64)
    }

    /// A setting of this panel that the viewer made.
    pub fn setting(&self, name: &str) -> Option<&'a str> {
        self.selection.settings.get(self.panel_id)?.get(name).map(String::as_str)
    }

    /// The source of that id.
    pub fn source(&self, id: &SourceId) -> Option<&'a SourceSpec> {
        self.workspace.sources.iter().find(|s| s.id == *id)
    }

    /// Sources that hold experiment runs: `MLflow` servers and recordings.
    pub fn tracking_sources(&self) -> impl Iterator<Item = &'a SourceSpec> {
        self.workspace.sources.iter().filter(|s| matches!(s.kind, SourceKind::Mlflow | SourceKind::Recording))
    }

    /// The models that the side's filter lets through, in the workspace's order.
    pub fn models(&self) -> Vec<&'a ModelSpec> {
        let filters = self.filters();
        let passes = |model: &&ModelSpec| {
            filters.get("model").is_none_or(|f| {
                (f.include.is_empty() || f.include.contains(&model.id)) && !f.exclude.contains(&model.id)
            })
        };
        self.workspace.models.iter().filter(passes).collect()
    }

    /// A model's names in a source; the defaults where the workspace says nothing.
    pub fn identity(&self, model: &ModelSpec, source: &SourceId) -> ModelIdentity {
        let mut identity = model.identity.get(source).cloned().unwrap_or_default();
        identity.label.get_or_insert_with(|| model.id.clone());
        identity.registered_model.get_or_insert_with(|| model.id.clone());
        identity
    }

    /// The first range to compare with, if the selection compares with one.
    pub fn reference_range(&self) -> Option<(&'a str, TimeRange)> {
        self.references.iter().find_map(|r| match r.kind {
            ReferenceKind::Range(range) => Some((r.title.as_str(), range)),
            _ => None,
        })
    }

    /// The first model to compare with, if the selection compares with one.
    pub fn reference_model(&self) -> Option<(&'a ModelSpec, Option<&'a str>)> {
        self.references.iter().find_map(|r| match &r.kind {
            ReferenceKind::Model { id, version } => {
                self.workspace.models.iter().find(|m| m.id == *id).map(|m| (m, version.as_deref()))
            }
            _ => None,
        })
    }

    /// The label under which a source has a dimension; `None` if it does not have it, or if there is no such dimension.
    pub fn label_of(&self, source: &SourceId, dimension: &str) -> Option<String> {
        let spec = self.workspace.dimensions.iter().find(|d| d.id == dimension)?;
        let label = spec.labels.get(source).map_or(dimension, String::as_str);
        (!label.is_empty()).then(|| label.to_owned())
    }

    /// A label by its own name, if no dimension has that id.
    pub(super) fn plain_label(&self, name: &str) -> Option<String> {
        self.workspace.dimensions.iter().all(|d| d.id != name).then(|| name.to_owned())
    }

    /// The side's filters as conditions in the source's names, and the dimensions that `carried` labels do not let them reach.
    pub fn matchers(&self, source: &SourceId, carried: Option<&[String]>) -> (Vec<Matcher>, Vec<String>) {
        let mut matchers = Vec::new();
        let mut unreached = Vec::new();
        for (dimension, filter) in &self.filters() {
            if filter.include.is_empty() && filter.exclude.is_empty() {
                continue;
            }
            let label = self.label_of(source, dimension);
            let Some(label) = label.filter(|l| carried.is_none_or(|names| names.contains(l))) else {
                unreached.push(dimension.clone());
                continue;
            };
            let in_source = |value: &String| self.value_in_source(source, dimension, value);
            if !filter.include.is_empty() {
                matchers.push(Matcher::any_of(label.clone(), filter.include.iter().map(in_source)));
            }
            if !filter.exclude.is_empty() {
                matchers.push(Matcher::none_of(label, filter.exclude.iter().map(in_source)));
            }
        }
        (matchers, unreached)
    }

    /// A dimension's value as the source writes it: models by their identity, all else as it is.
    fn value_in_source(&self, source: &SourceId, dimension: &str, value: &str) -> String {
        let model = (dimension == "model").then(|| self.workspace.models.iter().find(|m| m.id == value)).flatten();
        model.and_then(|m| self.identity(m, source).label).unwrap_or_else(|| value.to_owned())
    }

    /// The frame with labels named by dimension, and models by their id.
    pub(super) fn with_dimension_names(&self, source: &SourceId, frame: &Frame) -> Frame {
        let rename = |name: &str, value: &str| {
            let dimension =
                self.workspace.dimensions.iter().find(|d| self.label_of(source, &d.id).as_deref() == Some(name));
            let name = dimension.map_or(name, |d| d.id.as_str());
            let model = (name == "model")
                .then(|| {
                    self.workspace.models.iter().find(|m| self.identity(m, source).label.as_deref() == Some(value))
                })
                .flatten();
            (name.to_owned(), model.map_or(value, |m| m.id.as_str()).to_owned())
        };
        let body = match &frame.body {
            Body::Series(series) => {
                let renamed = |s: &Series| Series { labels: renamed(&s.labels, rename), ..s.clone() };
                Body::Series(series.iter().map(renamed).collect())
            }
            Body::Table(table) => Body::Table(table.clone()),
        };
        Frame {
            body,
            warnings: frame.warnings.clone(),
            sampled: frame.sampled.clone(),
            simulated_before_ms: frame.simulated_before_ms,
        }
    }

    /// A step that gives about one point per two pixels, a round number, not below the scrape interval.
    pub fn step_ms(&self, metric: &MetricSpec, range: TimeRange) -> i64 {
        const NICE_SECONDS: [i64; 20] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800,
            604_800,
        ];
        let scrape = |metric: &MetricSpec| {
            let source = metric.query.source().and_then(|id| self.source(id));
            source.map_or(15, |s| i64::from(s.scrape_interval_seconds))
        };
        // What is derived is known as often as the slowest of its parts.
        let scrape = match Formula::of(self.workspace, metric) {
            Ok(formula) => formula.parts.into_iter().map(scrape).max().unwrap_or(15),
            Err(_) => scrape(metric),
        };
        let points = i64::from(self.width_px / 2).clamp(60, 1_000);
        let ideal = (range.width_ms() / points / 1_000).max(scrape);
        NICE_SECONDS.iter().copied().find(|&s| s >= ideal).unwrap_or(604_800) * 1_000
    }
}

/// The label set under other names; labels without a new name keep theirs.
fn renamed(labels: &Labels, rename: impl Fn(&str, &str) -> (String, String)) -> Labels {
    labels.iter().map(|(name, value)| rename(name, value)).collect()
}
