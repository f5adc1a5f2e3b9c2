//! The workspaces that come with the repository: all read without a problem, and the demo asks what the lab asks.

use std::collections::BTreeMap;

use super::{Document, MetricQuerySpec, PanelKind, SourceKind, Workspace, read};
use crate::query::SourceId;

/// Name and text of each.
pub(super) const ALL: [(&str, &str); 3] = [
    ("public/workspaces/default.json", include_str!("../../public/workspaces/default.json")),
    ("tests/lab/workspace.json", include_str!("../../tests/lab/workspace.json")),
    ("docs/examples/workspace-common.json", include_str!("../../docs/examples/workspace-common.json")),
];

fn document(nth: usize) -> Document {
    read(ALL[nth].1).unwrap().document
}

#[test]
fn they_are_read_without_a_problem() {
    for (name, text) in ALL {
        let problems: Vec<String> = read(text).unwrap().problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_demo_and_the_lab_differ_in_their_sources_only() {
    let without_sources = |mut workspace: Workspace| {
        workspace.sources.clear();
        for model in &mut workspace.models {
            model.identity = model.identity.values().map(|i| (SourceId("any".to_owned()), i.clone())).collect();
        }
        for metric in &mut workspace.metrics {
            match &mut metric.query {
                MetricQuerySpec::Gauge { source, .. }
                | MetricQuerySpec::Counter { source, .. }
                | MetricQuerySpec::Histogram { source, .. }
                | MetricQuerySpec::Table { source, .. }
                | MetricQuerySpec::Expression { source, .. } => source.0 = "any".to_owned(),
                MetricQuerySpec::Derived { .. } => {}
            }
        }
        workspace
    };
    assert_eq!(without_sources(document(0).spec), without_sources(document(1).spec));
}

#[test]
fn the_demo_asks_no_server_and_says_what_it_is() {
    let demo = document(0);
    let kinds: Vec<SourceKind> = demo.spec.sources.iter().map(|s| s.kind).collect();
    assert_eq!(kinds, [SourceKind::Recording]);
    assert_eq!(demo.spec.sources[0].url, "demo/");
    assert!(demo.metadata.notice.unwrap().contains("recording"));
}

#[test]
fn every_slot_of_the_demo_and_the_lab_is_fed() {
    for nth in [0, 1] {
        let workspace = document(nth).spec;
        for slot in PanelKind::ALL.iter().flat_map(|kind| kind.slots()).filter(|slot| !slot.is_rare) {
            assert!(workspace.metrics.iter().any(|m| m.id == slot.name), "{}: {}", ALL[nth].0, slot.name);
        }
    }
}

#[test]
fn the_common_example_is_short_and_feeds_both_engineering_roles() {
    assert!(ALL[2].1.lines().count() < 60);
    let workspace = document(2).spec;
    let mut fed: BTreeMap<&str, bool> = BTreeMap::new();
    for (id, panel) in &workspace.panels {
        let slots = panel.kind.slots();
        let is_fed = slots.iter().any(|s| workspace.metrics.iter().any(|m| m.id == s.name));
        fed.insert(id, slots.is_empty() || is_fed);
    }
    let built_in = Workspace::default().with_defaults();
    let engineering = built_in.dashboards.iter().filter(|d| d.id == "data-scientist" || d.id == "ml-engineer");
    let panels: Vec<&str> =
        engineering.flat_map(|d| &d.sections).flat_map(|s| &s.panels).map(|p| p.panel.as_str()).collect();
    assert_eq!(panels.len(), 12);
    assert!(panels.iter().all(|panel| fed[panel]), "{fed:?}");
    assert!(workspace.sources.iter().any(|s| s.kind == SourceKind::Mlflow));
    assert!(workspace.models.iter().all(|m| m.identity.values().any(|i| !i.experiments.is_empty())));
}
