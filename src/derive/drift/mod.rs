//! Drift: the current window against a reference, per feature and for what the model gives out.
//!
//! Distances are those of Evidently; a feature is flagged only when its effect passes the threshold *and* q < 0.05.
//! Settings read: `feature`. Options: `features` (the columns to compare, instead of all that are not bookkeeping), `threshold`.

mod compare;
mod picture;
pub(super) mod share;
#[cfg(test)]
mod tests;
mod windows;

use std::collections::HashMap;

use compare::{Compared, THRESHOLD};
use windows::{Window, Windows};

use super::shared::tracking::{Tracked, no_tracking, tracked};
use super::shared::{block, figures};
use super::{Ask, Context, Stop};
use crate::calendar;
use crate::frame::Labels;
use crate::order::Order;
use crate::query::ArtifactShape;
use crate::units::{Direction, Unit};
use crate::view::{BlockBody, Figure, Summary, View};

const IMPORTANCE: &str = "eval/feature_importance.json";

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let model = model(context, ask)?;
    let importance = importance(context, ask, &model);
    let windows = Windows::ask(context, ask, &model)?;
    let importance = importance?;

    let threshold = context.number("threshold").unwrap_or(THRESHOLD);
    let found = compare::Question::new(context, &model, &windows, threshold).all(ask, &windows);
    let compared = ranked(&found, &importance);
    if compared.is_empty() {
        return Err(Stop::empty(format!(
            "the predictions of {} have no column that both windows share",
            model.title()
        )));
    }
    remarks(context, ask, &model, &windows, &compared, importance.is_empty());

    let wanted = context.setting("feature").and_then(|name| compared.iter().find(|c| c.name == name));
    let chosen = wanted.or(compared.first()).copied();
    let paint = picture::Paint { context, windows: &windows, importance: &importance, threshold };
    let mut blocks = vec![block("features", "Features", BlockBody::Grid(paint.grid(&compared))).of_width(7)];
    blocks.extend(chosen.map(|c| {
        let title = format!("{}, now and reference (dotted)", c.name);
        block("distribution", &title, BlockBody::Bars(picture::Paint::distribution(c))).of_width(5)
    }));
    blocks.extend(
        paint
            .heatmap(ask, &compared)
            .map(|body| block("heatmap", "Distance from the reference over time, by feature", BlockBody::Matrix(body))),
    );
    Ok(View {
        summary: summary(&model, &compared, &windows),
        figures: headline(&compared),
        blocks,
        n: Some((windows.current.n_all as f64, "predictions".to_owned())),
        as_of_ms: windows.current.newest_ms(),
        ..View::default()
    })
}

/// The first chosen model with a table of predictions.
fn model<'a>(context: &Context<'a>, ask: &mut Ask<'_>) -> Result<Tracked<'a>, Stop> {
    if context.tracking_sources().next().is_none() {
        return Err(no_tracking());
    }
    let with_rows: Vec<Tracked<'a>> =
        tracked(context).into_iter().filter(|t| t.identity.predictions.is_some()).collect();
    if let [first, _, ..] = with_rows.as_slice() {
        ask.remark(format!("drift of {}; choose another model to see its drift", first.title()));
    }
    with_rows.into_iter().next().ok_or_else(|| {
        Stop::missing(
            "this panel compares logged predictions, and none of the chosen models names a table of them",
            "\"models\": [\n  { \"id\": \"fraud\", \"identity\": { \"mlflow\": { \"predictions\": \"fraud-predictions\" } } }\n]",
        )
    })
}

/// Importance by feature of the chosen version's training run; empty where it logged none.
fn importance(context: &Context<'_>, ask: &mut Ask<'_>, model: &Tracked<'_>) -> Result<HashMap<String, f64>, Stop> {
    let version = match model.chosen_version(context, ask) {
        Ok(version) => version,
        Err(Stop::Pending) => return Err(Stop::Pending),
        Err(stop) => {
            ask.excuse(stop);
            None
        }
    };
    let Some(version) = version else { return Ok(HashMap::new()) };
    let frame = match model.artifact(ask, &version.run_id, IMPORTANCE, ArtifactShape::Importance) {
        Ok(frame) => frame,
        Err(Stop::Pending) => return Err(Stop::Pending),
        Err(stop) => {
            ask.excuse(stop);
            None
        }
    };
    let Some(table) = frame.as_ref().and_then(|f| f.table()) else { return Ok(HashMap::new()) };
    let pair = |row: usize| Some((table.text("feature", row)?, table.number("mean", row)));
    Ok((0..table.n_rows()).filter_map(pair).filter(|(_, mean)| mean.is_finite()).collect())
}

/// Features before outputs, flagged ones first, then by effect times importance (by effect alone where none is known).
fn ranked<'c>(found: &'c [Compared], importance: &HashMap<String, f64>) -> Vec<&'c Compared> {
    let mut compared: Vec<&Compared> = found.iter().collect();
    let weight = |c: &Compared| {
        if importance.is_empty() { 1.0 } else { importance.get(&c.name).copied().unwrap_or(0.0).max(0.0) }
    };
    let effect = |c: &Compared| if c.effect.value.is_finite() { c.effect.value } else { 0.0 };
    compared.order_by(|a, b| {
        let flagged = b.is_drifted.cmp(&a.is_drifted);
        let weighted = (effect(b) * weight(b)).total_cmp(&(effect(a) * weight(a)));
        a.is_output.cmp(&b.is_output).then(flagged).then(weighted).then(effect(b).total_cmp(&effect(a)))
    });
    compared
}

fn remarks(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    model: &Tracked<'_>,
    windows: &Windows,
    compared: &[&Compared],
    is_unweighted: bool,
) {
    ask.remark(format!(
        "reference: {}, {} rows; now: {} rows",
        windows.reference_title, windows.reference.n_all, windows.current.n_all
    ));
    ask.remark("rows are taken as independent");
    ask.remark(format!("q is corrected over the {} columns compared (Benjamini-Hochberg)", compared.len()));
    for (window, what) in [(&windows.reference, "reference"), (&windows.current, "current")] {
        if window.rows.len() < window.n_all {
            ask.remark(format!("{what} window: a sample of {} of {} rows", window.rows.len(), window.n_all));
        }
    }
    let least = windows.reference.rows.len().min(windows.current.rows.len());
    if least < compare::FEW_ROWS {
        ask.remark(format!("only {least} rows in one of the windows: small drift cannot be seen"));
    }
    let versions = windows.current.distinct("version");
    if versions.len() > 1 {
        ask.remark(format!(
            "score and prediction are of versions {} together; choose one to see its own",
            versions.join(", ")
        ));
    }
    if is_unweighted {
        ask.remark(format!("ranked by effect alone: no importance is logged for {}", model.title()));
    }
    if context.reference_model().is_some() {
        ask.remark("drift compares windows of one model: the compared model does not apply");
    }
}

/// Share of features that drifted, drift of the prediction and of the score.
fn headline(compared: &[&Compared]) -> Vec<Figure> {
    let features: Vec<&&Compared> = compared.iter().filter(|c| !c.is_output).collect();
    let mut found = Vec::new();
    if !features.is_empty() {
        let n_drifted = features.iter().filter(|c| c.is_drifted).count();
        let mut figure = figures::named("drift-share", "Features drifted", "percentunit", Direction::Lower);
        figure.value = Some(n_drifted as f64 / features.len() as f64);
        figure.n = Some(features.len() as f64);
        figure.method = Some(format!("{n_drifted} of {} features; all are counted: no interval", features.len()));
        found.push(figure);
    }
    for output in compared.iter().filter(|c| c.is_output) {
        let title = format!("{} drift, {}", sentence(&output.name), output.effect_name());
        let mut figure = figures::named("drift-effect", &title, "none", Direction::Lower);
        figure.series = Labels::new().with("feature", output.name.clone());
        figure.value = Some(output.effect.value).filter(|v| v.is_finite());
        figure.n = Some(output.n.1 as f64);
        if let Some(interval) = output.effect.interval {
            (figure.low, figure.high) = (Some(interval.low), Some(interval.high));
        }
        figure.p = Some(output.p).filter(|p| p.is_finite());
        figure.q = Some(output.q).filter(|q| q.is_finite());
        figure.method = Some(format!("{}; bootstrap interval of rows", output.test_name()));
        found.push(figure);
    }
    found
}

fn sentence(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

fn summary(model: &Tracked<'_>, compared: &[&Compared], windows: &Windows) -> Summary {
    let n_features = compared.iter().filter(|c| !c.is_output).count();
    let drifted: Vec<&&Compared> = compared.iter().filter(|c| !c.is_output && c.is_drifted).collect();
    let against = format!(" against {}", windows.reference_title);
    let Some(first) = drifted.first() else {
        return Summary::text(format!("none of {n_features} features of {} drifted clearly{against}", model.title()));
    };
    let start = format!("{} of {n_features} features of {} drifted{against}", drifted.len(), model.title());
    let (how, unit) = match first.kind {
        compare::Kind::Numeric { .. } => ("most of all", " standard deviations"),
        compare::Kind::Categorical { .. } => ("the first is", " by the Jensen-Shannon distance"),
    };
    let none = Unit::from("none");
    let said = Summary::text(format!("{start}, {how} {}, by ", first.name)).value(first.effect.value, &none);
    let said = match first.effect.interval {
        Some(i) => said.then(" (").value(i.low, &none).then(" to ").value(i.high, &none).then(")"),
        None => said,
    };
    said.then(unit)
}

/// A window's rows in words.
fn days(window: &Window) -> String {
    let day = |ms: f64| calendar::Local::in_utc(ms as i64).map_or_else(|| "?".to_owned(), |t| t.date().to_string());
    match (window.oldest_ms(), window.newest_ms()) {
        (Some(from), Some(to)) => format!("{} to {} (UTC)", day(from), day(to)),
        _ => "rows without a time".to_owned(),
    }
}
