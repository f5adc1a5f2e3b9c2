//! Mistakes that the types cannot see: unknown and duplicate ids, numbers out of bounds, addresses.
//!
//! Reports and changes nothing; paths count the elements of the workspace as it is.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::country::{is_country, nearest_country};
use super::formula::{Field, Formula};
use super::locate::Path;
use super::secure::{address_mistake, shown_address};
use super::{MetricQuerySpec, ModelSpec, PanelSpec, Problem, Workspace};
use crate::calendar;
use crate::state::{FixedZone, resolve_time};

/// The mistakes of a workspace that has its defaults filled in, in the document's order.
pub fn validate(workspace: &Workspace) -> Vec<Problem> {
    let mut check = Check { workspace, problems: Vec::new() };
    check.sources();
    check.dimensions();
    check.models();
    check.metrics();
    check.roles();
    check.dashboards();
    check.panels();
    check.privacy();
    check.embed();
    check.problems
}

struct Check<'a> {
    workspace: &'a Workspace,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn report(&mut self, path: Path, found: impl Into<String>, expected: impl Into<String>) {
        self.problems.push(Problem::new(path, found, expected));
    }

    fn known(&mut self, path: Path, found: &str, what: &str, known: impl Iterator<Item = &'a str> + Clone) {
        if !known.clone().any(|id| id == found) {
            let expected = format!("the id of {what}");
            self.problems.push(Problem::new(path, quoted(found), expected).near(known));
        }
    }

    fn source_ids(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.workspace.sources.iter().map(|s| s.id.0.as_str())
    }

    fn dimension_ids(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.workspace.dimensions.iter().map(|d| d.id.as_str())
    }

    fn metric_ids(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.workspace.metrics.iter().map(|m| m.id.as_str())
    }

    fn ids(&mut self, list: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen = HashSet::new();
        for (index, id) in ids.enumerate() {
            let path = || at(list, index).key("id");
            if id.is_empty() {
                self.report(path(), quoted(id), "a short id");
            } else if !seen.insert(id) {
                self.report(path(), quoted(id), "an id that no other element of the list has");
            }
        }
    }

    fn sources(&mut self) {
        self.ids("sources", self.source_ids());
        for (index, source) in self.workspace.sources.iter().enumerate() {
            if let Some(expected) = address_mistake(&source.url) {
                self.report(at("sources", index).key("url"), shown_address(&source.url), expected);
            }
            for (name, seconds) in
                [("scrapeIntervalSeconds", source.scrape_interval_seconds), ("timeoutSeconds", source.timeout_seconds)]
            {
                if seconds == 0 {
                    self.report(at("sources", index).key(name), "0", "at least 1");
                }
            }
            if let Some(before) = &source.simulated_before
                && calendar::parse_instant(before).is_none()
            {
                self.report(
                    at("sources", index).key("simulatedBefore"),
                    quoted(before),
                    "a time such as 2026-01-31T12:00:00Z",
                );
            }
        }
    }

    fn dimensions(&mut self) {
        self.ids("dimensions", self.dimension_ids());
        for (index, dimension) in self.workspace.dimensions.iter().enumerate() {
            for source in dimension.labels.keys() {
                let path = at("dimensions", index).key("labels").key(&source.0);
                self.known(path, &source.0, "a source", self.source_ids());
            }
            self.places(index, &dimension.places);
        }
    }

    /// On a map a country belongs to one value of a dimension.
    fn places(&mut self, index: usize, places: &BTreeMap<String, Vec<String>>) {
        let mut owners: HashMap<&str, &str> = HashMap::new();
        for (value, codes) in places {
            for (nth, code) in codes.iter().enumerate() {
                let path = at("dimensions", index).key("places").key(value).index(nth);
                if !is_country(code) {
                    let mut problem = Problem::new(path, quoted(code), "a country's two letters of ISO 3166-1");
                    problem.nearest = nearest_country(code);
                    self.problems.push(problem);
                } else if let Some(owner) = owners.insert(code, value) {
                    owners.insert(code, owner);
                    self.report(path, quoted(code), format!("a country once: {} has it", quoted(owner)));
                }
            }
        }
    }

    fn models(&mut self) {
        self.ids("models", self.workspace.models.iter().map(|m| m.id.as_str()));
        for (index, model) in self.workspace.models.iter().enumerate() {
            for source in model.identity.keys() {
                let path = at("models", index).key("identity").key(&source.0);
                self.known(path, &source.0, "a source", self.source_ids());
            }
            if !has_square_costs(model) {
                self.report(
                    at("models", index).key("costs"),
                    "rows of unequal length",
                    "as many columns as rows, at least two",
                );
            }
        }
    }

    fn metrics(&mut self) {
        self.ids("metrics", self.metric_ids());
        for (index, metric) in self.workspace.metrics.iter().enumerate() {
            let query = || at("metrics", index).key("query");
            if let Some(source) = metric.query.source() {
                self.known(query().key("source"), &source.0, "a source", self.source_ids());
            }
            if let Err(mistake) = Formula::of(self.workspace, metric) {
                let path = match mistake.field {
                    Field::Expression => query().key("expression"),
                    Field::Unit => at("metrics", index).key("unit"),
                };
                let (offset, nearest) = (mistake.at, mistake.nearest);
                let problem = Problem::new(path, mistake.found, mistake.expected);
                self.problems.push(Problem { nearest, offset, ..problem });
            }
            let (field, name) = match &metric.query {
                MetricQuerySpec::Expression { expr, .. } => ("expr", expr),
                MetricQuerySpec::Gauge { metric, .. }
                | MetricQuerySpec::Counter { metric, .. }
                | MetricQuerySpec::Histogram { metric, .. } => ("metric", metric),
                MetricQuerySpec::Table { table, .. } => ("table", table),
                MetricQuerySpec::Derived { expression } => ("expression", expression),
            };
            // An empty expression was reported as one.
            if name.trim().is_empty() && metric.query.source().is_some() {
                self.report(query().key(field), quoted(name), "what to ask the source for");
            }
            for (nth, dimension) in metric.dimensions.iter().flatten().enumerate() {
                let path = at("metrics", index).key("dimensions").index(nth);
                self.known(path, dimension, "a dimension", self.dimension_ids());
            }
        }
    }

    fn roles(&mut self) {
        self.ids("roles", self.workspace.roles.iter().map(|r| r.id.as_str()));
        let dashboards = self.workspace.dashboards.iter().map(|d| d.id.as_str());
        for (index, role) in self.workspace.roles.iter().enumerate() {
            if role.dashboards.is_empty() {
                self.report(at("roles", index).key("dashboards"), "an empty list", "at least one dashboard");
            }
            for (nth, dashboard) in role.dashboards.iter().enumerate() {
                let path = at("roles", index).key("dashboards").index(nth);
                self.known(path, dashboard, "a dashboard", dashboards.clone());
            }
            if let Some(from) = &role.from
                && resolve_time(from, false, 0, &FixedZone::utc()).is_err()
            {
                self.report(at("roles", index).key("from"), quoted(from), "a time such as now-24h");
            }
        }
    }

    fn dashboards(&mut self) {
        self.ids("dashboards", self.workspace.dashboards.iter().map(|d| d.id.as_str()));
        let panels = self.workspace.panels.keys().map(String::as_str);
        for (index, dashboard) in self.workspace.dashboards.iter().enumerate() {
            for (nth, section) in dashboard.sections.iter().enumerate() {
                for (place, placement) in section.panels.iter().enumerate() {
                    let path = || at("dashboards", index).key("sections").index(nth).key("panels").index(place);
                    self.known(path().key("panel"), &placement.panel, "a panel", panels.clone());
                    if !(1..=24).contains(&placement.width) {
                        self.report(path().key("width"), placement.width.to_string(), "1 to 24 columns");
                    }
                    if placement.height == 0 {
                        self.report(path().key("height"), "0", "at least one row");
                    }
                }
            }
        }
    }

    fn panels(&mut self) {
        for (id, panel) in &self.workspace.panels {
            let path = || Path::default().key("spec").key("panels").key(id);
            for (slot, metric) in &panel.metrics {
                let here = || path().key("metrics").key(slot);
                let slots = panel.kind.slots().iter().map(|s| s.name);
                if slots.clone().all(|name| name != slot) {
                    let expected = match slots.clone().collect::<Vec<_>>().join(", ") {
                        none if none.is_empty() => "no metrics: this kind reads a tracking source".to_owned(),
                        names => format!("one of the slots {names}"),
                    };
                    self.problems.push(Problem::new(here(), quoted(slot), expected).near(slots));
                }
                self.known(here(), metric, "a metric", self.metric_ids());
            }
            self.experiments(panel, &path);
        }
    }

    /// An origin that no browser writes so would never match, without a word.
    fn embed(&mut self) {
        for (index, origin) in self.workspace.embed.origins.iter().enumerate() {
            if !is_origin(origin) {
                let path = Path::default().key("spec").key("embed").key("origins").index(index);
                self.report(
                    path,
                    quoted(origin),
                    "an origin such as https://portal.example: scheme, host in small letters and no path",
                );
            }
        }
    }

    fn privacy(&mut self) {
        let path = || Path::default().key("spec").key("privacy").key("fields");
        let roles = self.workspace.roles.iter().map(|r| r.id.as_str());
        for (role, list) in self.workspace.privacy.fields.iter().flatten() {
            let path = || path().key(role);
            self.known(path(), role, "a role", roles.clone());
            for (nth, field) in list.allow.iter().enumerate() {
                if field.is_empty() {
                    self.report(path().key("allow").index(nth), quoted(field), "the name of a field");
                }
            }
            for field in list.masks.keys() {
                let here = || path().key("masks").key(field);
                if field.is_empty() {
                    self.report(here(), quoted(field), "the name of a field");
                } else if list.allow.contains(field) {
                    self.report(here(), "a field that is allowed too", "a field to be masked or to be allowed");
                } else if let Some(dimension) = self.workspace.dimension_named(field) {
                    let found = format!("a field of the dimension \"{}\"", dimension.id);
                    self.report(here(), found, "a field that is no dimension: filters need those as they are");
                }
            }
        }
    }

    fn experiments(&mut self, panel: &PanelSpec, panel_path: &dyn Fn() -> Path) {
        for (index, entry) in panel.experiment_entries().into_iter().enumerate() {
            let path = || panel_path().key("options").key("experiments").index(index);
            match entry {
                Err(reason) => self.report(path(), "an entry that cannot be read", format!("an experiment ({reason})")),
                Ok(experiment) => {
                    if let Some(expected) = experiment.mistake() {
                        self.report(path(), "other numbers", expected);
                    }
                    for (nth, metric) in experiment.guard_rails.iter().enumerate() {
                        self.known(path().key("guardRails").index(nth), metric, "a metric", self.metric_ids());
                    }
                }
            }
        }
    }
}

/// Whether it is written as browsers write the origin of a page.
fn is_origin(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| ["https", "http"].contains(scheme)) else {
        return false;
    };
    let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let is_written = |port: &str| {
        let is_default = matches!((scheme, port), ("https", "443") | ("http", "80"));
        !is_default && port.parse::<u16>().is_ok_and(|n| n > 0 && n.to_string() == port)
    };
    !host.is_empty() && host.chars().all(is_plain) && port.is_none_or(is_written)
}

fn has_square_costs(model: &ModelSpec) -> bool {
    model.costs.as_ref().is_none_or(|rows| rows.len() >= 2 && rows.iter().all(|row| row.len() == rows.len()))
}

fn at(list: &str, index: usize) -> Path {
    Path::default().key("spec").key(list).index(index)
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}
