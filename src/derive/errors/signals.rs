//! Alerts that sources raise and traces that failed, as lines and as templates.

use std::sync::Arc;

use crate::derive::shared::figures;
use crate::derive::{Ask, Context, Stop};
use crate::frame::{Frame, Labels};
use crate::order::Order;
use crate::query::{AlertsQuery, Query, SourceId, TracesQuery};
use crate::spec::{SourceKind, SourceSpec};
use crate::state::Filter;
use crate::stats::templates::group_into_templates;
use crate::units::{Direction, Unit};
use crate::view::{Cell, Feed, FeedLine, Figure, Grid, GridColumn, Tone};

/// Failed traces asked for, the newest.
const MAX_TRACES: u32 = 500;
/// Lines shown on a dashboard; the panel's own page shows all.
const FEW_LINES: usize = 6;
/// Characters of a request that a line shows.
const MAX_REQUEST: usize = 120;
/// Tags that may name the prediction behind a trace, best first.
const PREDICTION_TAGS: [&str; 4] = ["prediction_id", "prediction", "request_id", "row"];

/// What alerts and traces say.
#[derive(Default)]
pub(super) struct Signals {
    alerts: Vec<FeedLine>,
    traces: Vec<FeedLine>,
    /// What each trace failed of, for the templates.
    reasons: Vec<String>,
    /// Alerts that the selection's filters hide.
    pub(super) n_other_alerts: usize,
    /// Whether a trace came without any error text.
    pub(super) has_silent_traces: bool,
}

impl Signals {
    /// Asks every source for its alerts and every tracking source for failed traces in the range.
    ///
    /// # Errors
    /// Only [`Stop::Pending`]; a source that fails makes the panel partial.
    pub(super) fn ask(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<Self, Stop> {
        let raising = |s: &&SourceSpec| matches!(s.kind, SourceKind::Prometheus | SourceKind::Recording);
        let mut alerts = Vec::new();
        for source in context.workspace.sources.iter().filter(raising) {
            alerts.push((source, ask.frame(Query::Alerts(AlertsQuery { source: source.id.clone() }))));
        }
        let mut traces = Vec::new();
        for source in context.tracking_sources() {
            let query = TracesQuery {
                source: source.id.clone(),
                experiments: experiments(context, &source.id),
                range: context.range,
                only_errors: true,
                limit: MAX_TRACES,
            };
            traces.push((source, ask.frame(Query::Traces(query))));
        }
        let mut signals = Self::default();
        for (source, answer) in alerts {
            if let Some(frame) = ask.spare(answer)? {
                signals.add_alerts(context, &source.id, &frame);
            }
        }
        for (source, answer) in traces {
            if let Some(frame) = ask.spare(answer)? {
                signals.add_traces(context, &source.id, &frame);
            }
        }
        // Firing before pending, then newest first.
        signals.alerts.order_by(|a, b| {
            (a.level != "firing", b.at_ms)
                .partial_cmp(&(b.level != "firing", a.at_ms))
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        let mut order: Vec<usize> = (0..signals.traces.len()).collect();
        let at = |i: &usize| signals.traces.get(*i).map_or(f64::NAN, |t| t.at_ms);
        order.order_by(|a, b| at(b).total_cmp(&at(a)));
        signals.reasons = order.iter().filter_map(|&i| signals.reasons.get(i).cloned()).collect();
        signals.traces = order.iter().filter_map(|&i| signals.traces.get(i).cloned()).collect();
        Ok(signals)
    }

    fn add_alerts(&mut self, context: &Context<'_>, source: &SourceId, frame: &Arc<Frame>) {
        let Some(table) = frame.table() else { return };
        for row in 0..table.n_rows() {
            let text = |name: &str| table.text(name, row).unwrap_or_default();
            let all = Labels::parse(&text("labels"));
            let labels = identity(context, source, |label| all.get(label).map(str::to_owned));
            if !passes(context, &labels) {
                self.n_other_alerts += 1;
                continue;
            }
            let (state, severity) = (text("state"), text("severity"));
            let tone = match (state.as_str(), severity.as_str()) {
                ("firing", "critical" | "page" | "error") => Tone::Bad,
                ("firing", _) => Tone::Warning,
                _ => Tone::Neutral,
            };
            let summary = text("summary");
            let line = if summary.is_empty() { text("name") } else { format!("{}: {summary}", text("name")) };
            let labels = if severity.is_empty() { labels } else { labels.with("severity", severity) };
            self.alerts.push(FeedLine {
                at_ms: table.number("since", row),
                tone,
                level: state,
                text: line,
                labels,
                key: None,
            });
        }
    }

    fn add_traces(&mut self, context: &Context<'_>, source: &SourceId, frame: &Arc<Frame>) {
        let Some(table) = frame.table() else { return };
        for row in 0..table.n_rows() {
            let text = |name: &str| table.text(name, row).filter(|t| !t.trim().is_empty());
            let tag = |label: &str| text(&format!("tags.{label}"));
            let labels = identity(context, source, tag);
            if !passes(context, &labels) {
                continue;
            }
            let name = text("name").unwrap_or_else(|| "trace".to_owned());
            let error = text("error").or_else(|| text("response"));
            self.has_silent_traces |= error.is_none();
            let reason = error.map_or_else(|| format!("{name} failed"), |error| format!("{name}: {error}"));
            let mut shown = reason.clone();
            // A request may hold columns that the workspace hides; then none of it is shown.
            if let Some(request) = text("request").filter(|_| context.workspace.privacy.hidden_columns.is_empty()) {
                let short: String = request.chars().take(MAX_REQUEST).collect();
                let dots = if short.len() < request.len() { "..." } else { "" };
                shown = format!("{shown}, request {short}{dots}");
            }
            let labels = match text("trace_id") {
                Some(id) => labels.with("trace", id),
                None => labels,
            };
            self.reasons.push(reason);
            self.traces.push(FeedLine {
                at_ms: table.number("time", row),
                tone: Tone::Bad,
                level: "failed".to_owned(),
                text: shown,
                labels,
                key: PREDICTION_TAGS.iter().find_map(|name| tag(name)),
            });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.alerts.is_empty() && self.traces.is_empty()
    }

    pub(super) fn n_firing(&self) -> usize {
        self.alerts.iter().filter(|a| a.level == "firing").count()
    }

    pub(super) fn n_traces(&self) -> usize {
        self.traces.len()
    }

    pub(super) fn last_ms(&self) -> Option<f64> {
        self.alerts.iter().chain(&self.traces).map(|l| l.at_ms).filter(|at| at.is_finite()).reduce(f64::max)
    }

    /// The failed trace that names a prediction.
    pub(super) fn trace_of(&self, prediction: &str) -> Option<&FeedLine> {
        self.traces.iter().find(|t| t.key.as_deref() == Some(prediction))
    }

    /// Alerts, firing first, then failed traces, newest first.
    pub(super) fn feed(&self, details: bool) -> Feed {
        let n_total = self.alerts.len() + self.traces.len();
        let shown = if details { n_total } else { FEW_LINES };
        Feed { lines: self.alerts.iter().chain(&self.traces).take(shown).cloned().collect(), n_total: n_total as u64 }
    }

    /// Failed traces grouped by what stays the same in them; `None` without traces.
    pub(super) fn templates(&self) -> Option<Grid> {
        // Oldest first, so that a template's example is its first trace.
        let oldest: Vec<(f64, &str)> =
            self.traces.iter().zip(&self.reasons).rev().map(|(t, r)| (t.at_ms, r.as_str())).collect();
        if oldest.is_empty() {
            return None;
        }
        let found = group_into_templates(&oldest);
        let models = |place: usize| -> String {
            let members = found.of_line.iter().zip(self.traces.iter().rev()).filter(|(of, _)| **of == place);
            let mut names: Vec<String> =
                members.map(|(_, t)| version_text(&t.labels)).filter(|n| !n.is_empty()).collect();
            names.sort();
            names.dedup();
            names.join(", ")
        };
        let time = |at: f64| if at.is_finite() { Cell::Time(at) } else { Cell::Missing };
        let rows = found.templates.iter().enumerate().map(|(place, t)| {
            let of = models(place);
            vec![
                Cell::Text(t.pattern.clone()),
                Cell::Number(t.n as f64),
                time(t.first_seen),
                time(t.last_seen),
                if of.is_empty() { Cell::Missing } else { Cell::Text(of) },
            ]
        });
        let column =
            |title: &str, unit: &str| GridColumn { title: title.to_owned(), metric: None, unit: Unit::from(unit) };
        Some(Grid {
            columns: vec![
                column("Template", "none"),
                column("Count", "short"),
                column("First seen", "none"),
                column("Last seen", "none"),
                column("Versions", "none"),
            ],
            rows: rows.collect(),
            ..Grid::default()
        })
    }

    pub(super) fn alert_figure(&self) -> Figure {
        let mut figure = figures::named("alerts-firing", "Alerts firing", "short", Direction::Lower);
        figure.value = Some(self.n_firing() as f64);
        figure.method = Some("counted now, whatever the range: no interval".to_owned());
        figure
    }

    pub(super) fn trace_figure(&self) -> Figure {
        let mut figure = figures::named("failed-traces", "Failed traces", "short", Direction::Lower);
        figure.value = Some(self.traces.len() as f64);
        let at_most = if self.traces.len() >= MAX_TRACES as usize { ", at most the newest 500" } else { "" };
        figure.method = Some(format!("counted in this time range{at_most}: no interval"));
        figure
    }
}

/// Experiments of the models that pass the filter; none asks for all, where every model passes.
fn experiments(context: &Context<'_>, source: &SourceId) -> Vec<String> {
    let is_filtered = context.filters().get("model").is_some_and(|f| *f != Filter::default());
    if !is_filtered {
        return Vec::new();
    }
    let mut names: Vec<String> =
        context.models().into_iter().flat_map(|m| context.identity(m, source).experiments).collect();
    names.sort();
    names.dedup();
    names
}

/// Dimensions of a signal under their ids, models by their id, read from labels or tags of the source.
fn identity(context: &Context<'_>, source: &SourceId, label: impl Fn(&str) -> Option<String>) -> Labels {
    let mut found = Labels::new();
    for dimension in ["model", "version", "region", "environment", "segment"] {
        let name = context.label_of(source, dimension).unwrap_or_else(|| dimension.to_owned());
        let Some(value) = label(&name).or_else(|| label(dimension)) else { continue };
        let model = context.workspace.models.iter().find(|m| {
            let identity = context.identity(m, source);
            identity.label.as_deref() == Some(&value) || identity.registered_model.as_deref() == Some(&value)
        });
        let value = if dimension == "model" { model.map_or(value, |m| m.id.clone()) } else { value };
        found.set(dimension, value);
    }
    found
}

/// Whether the selection's filters let a signal through; one that does not name a dimension passes it.
fn passes(context: &Context<'_>, labels: &Labels) -> bool {
    context.filters().iter().all(|(dimension, filter)| {
        labels.get(dimension).is_none_or(|value| {
            let is_named = |list: &[String]| list.iter().any(|v| v == value);
            (filter.include.is_empty() || is_named(&filter.include)) && !is_named(&filter.exclude)
        })
    })
}

fn version_text(labels: &Labels) -> String {
    match (labels.get("model"), labels.get("version")) {
        (Some(model), Some(version)) => format!("{model} v{version}"),
        (Some(model), None) => model.to_owned(),
        _ => String::new(),
    }
}
