//! What a panel's metrics mean, who answers for them, and how they are computed.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::states::panel_title;
use crate::spec::{MetricSpec, Workspace};
use crate::ui::components::dialog::Dialog;
use crate::ui::store::use_store;
use crate::ui::text::use_texts;
use crate::units::Direction;
use crate::view::{BlockBody, View};

/// The dialog.
#[component]
pub fn ExplainDialog(
    /// Id of the panel.
    id: String,
) -> impl IntoView {
    let store = use_store();
    let texts = use_texts().get_untracked();
    let document = store.workspace_untracked();
    let view = store.panel(&id).with_untracked(|now| now.view.clone());
    let shown = view.as_ref().map(|view| metrics_of(view)).unwrap_or_default();
    let metrics: Vec<_> = explained(&document.spec, &id, &shown)
        .into_iter()
        .map(|metric| {
            let fact = |name: &'static str, value: Option<String>| {
                value.map(|value| view! { <dt>{name}</dt><dd>{value}</dd> })
            };
            let good = match metric.direction {
                Direction::Higher => Some("higher is better".to_owned()),
                Direction::Lower => Some("lower is better".to_owned()),
                Direction::Neutral => None,
            };
            view! {
                <section class="request">
                    <h3>{metric.title.clone().unwrap_or_else(|| metric.id.clone())}</h3>
                    <dl class="facts">
                        {fact("Means", metric.description.clone())} {fact("Owner", metric.owner.clone())}
                        {fact("Formula", metric.formula.clone())} {fact("Direction", good)}
                        {fact("Objective", metric.target.map(|t| texts.value(t, &metric.unit)))}
                        {fact("Source", metric.query.source().map(ToString::to_string))}
                        {fact("Data", metric.simulated.then(|| "simulated".to_owned()))}
                    </dl>
                </section>
            }
        })
        .collect();
    let body = if metrics.is_empty() {
        view! { <p class="muted">"The workspace says nothing about what this panel shows."</p> }.into_any()
    } else {
        metrics.into_any()
    };
    let summary = view.map(|view| view! { <p>{texts.sentence(&view.summary)}</p> });
    let close = Callback::new(move |()| store.overlay.set(None));
    view! {
        <Dialog title=panel_title(&document.spec, &id) class="narrow" on_close=close>
            {summary}
            {body}
        </Dialog>
    }
}

/// The metrics that the panel names or shows, in the workspace's order.
fn explained<'a>(workspace: &'a Workspace, panel: &str, shown: &BTreeSet<String>) -> Vec<&'a MetricSpec> {
    let named: BTreeSet<&String> = workspace.panels.get(panel).iter().flat_map(|p| p.metrics.values()).collect();
    workspace.metrics.iter().filter(|m| named.contains(&m.id) || shown.contains(&m.id)).collect()
}

fn metrics_of(view: &View) -> BTreeSet<String> {
    let blocks = view.blocks.iter().flat_map(|block| match &block.body {
        BlockBody::Lines(lines) => vec![lines.metric.clone()],
        BlockBody::Bars(bars) => vec![bars.metric.clone()],
        BlockBody::Map(map) => vec![map.values.metric.clone()],
        BlockBody::Matrix(matrix) => vec![matrix.metric.clone()],
        BlockBody::Scatter(scatter) => vec![scatter.metric.clone()],
        BlockBody::Grid(grid) => grid.columns.iter().filter_map(|c| c.metric.clone()).collect(),
        BlockBody::Parallel(_) | BlockBody::Feed(_) | BlockBody::Callout(_) => Vec::new(),
    });
    view.figures.iter().map(|f| f.metric.clone()).chain(blocks).collect()
}
