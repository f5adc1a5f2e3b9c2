//! Errors: their rate by kind, the share of requests, failed traces grouped into templates, alerts, and one prediction behind a line.

mod counters;
pub(super) mod prediction;
mod signals;

use super::shared::{block, rollouts, teach_metric};
use super::{Ask, Context, Stop};
use crate::units::Unit;
use crate::view::{BlockBody, Figure, Summary, View};
use counters::Counters;
use signals::Signals;

const NO_LOGS: &str =
    "log sources are not connected yet: this reads error counters, failed MLflow traces and Prometheus alerts";

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let has_counters = context.metric("errors-by-kind").is_some();
    if !has_counters && context.workspace.sources.is_empty() {
        return Err(Stop::missing(
            "this panel reads error counters, failed traces and alerts, and the workspace has a source for none of them",
            teach_metric(
                "errors-by-kind",
                "{ \"type\": \"counter\", \"source\": \"prom\", \"metric\": \"prediction_errors_total\" }",
            ),
        ));
    }
    let counters = Counters::ask(context, ask);
    let signals = Signals::ask(context, ask);
    let events = rollouts::events(context, ask);
    let (counters, signals, events) = (counters?, signals?, events?);
    if !has_counters {
        ask.remark("no metric feeds the slot errors-by-kind: only traces and alerts are shown");
    }
    if !counters.is_known() && signals.is_empty() && ask.first_failure().is_some() {
        let failure = ask.first_failure().cloned();
        return Err(failure.map_or_else(|| Stop::empty("nothing answered"), Stop::Failed));
    }
    ask.remark(NO_LOGS);
    if signals.n_other_alerts > 0 {
        ask.remark(format!("{} alerts of other models are not shown", signals.n_other_alerts));
    }
    if signals.has_silent_traces {
        ask.remark("the trace search gives no error text for some traces: they are grouped by their name");
    }

    let mut blocks = Vec::new();
    blocks.extend(
        counters
            .rate_lines(context, &events)
            .map(|body| block("kinds", "Errors a second by kind", BlockBody::Lines(body))),
    );
    blocks.push(block("feed", "Alerts and failed traces", BlockBody::Feed(signals.feed(context.details))));
    if let Some(grid) = signals.templates() {
        blocks.push(block("templates", "Failed traces by template", BlockBody::Grid(grid)).in_details());
    }
    if let Some(grid) = counters.table(context) {
        blocks.push(block("counts", "Errors by model, version and kind", BlockBody::Grid(grid)).in_details());
    }
    // What is behind one line is asked only on the panel's own page, where it is shown.
    if let Some(id) = context.setting("prediction").filter(|_| context.details) {
        blocks.extend(prediction::blocks(context, ask, id, signals.trace_of(id))?);
    }
    let mut figures: Vec<Figure> = Vec::new();
    figures.extend(counters.share_figure());
    figures.extend(counters.count_figure());
    figures.push(signals.alert_figure());
    figures.push(signals.trace_figure());
    Ok(View {
        summary: summary(&figures, &counters, &signals),
        n: counters.n_requests().map(|n| (n, "requests".to_owned())),
        as_of_ms: counters.last_ms().or_else(|| signals.last_ms()),
        figures,
        blocks,
        ..View::default()
    })
}

fn summary(figures: &[Figure], counters: &Counters<'_>, signals: &Signals) -> Summary {
    let share_figure = figures.iter().find(|f| f.metric == "error-share");
    let share = share_figure.and_then(|f| f.value);
    let mut said = match (share, counters.n_errors()) {
        (Some(share), Some(n)) => Summary::default()
            .value(share, &Unit::from("percentunit"))
            .then(" of requests failed (")
            .value(n, &Unit::from("short"))
            .then(" errors)"),
        (None, Some(n)) => Summary::default().value(n, &Unit::from("short")).then(" errors in this time range"),
        _ => Summary::text("errors are not counted here"),
    };
    if let Some(figure) = share_figure.filter(|_| share.is_some()) {
        said = crate::derive::shared::figures::say_change(said, figure);
    }
    if let Some((kind, share)) = counters.commonest() {
        said = said.then(format!(", most of kind {kind} (")).value(share, &Unit::from("percentunit")).then(")");
    }
    let plural = |n: usize, one: &str, many: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {many}") };
    said.then(format!(
        "; {}, {}",
        plural(signals.n_firing(), "alert fires", "alerts fire"),
        plural(signals.n_traces(), "trace failed", "traces failed")
    ))
}
