//! Parallel coordinates: an axis for each parameter that varies, and one for the objective.

use super::importance::Importance;
use super::study::Study;
use crate::derive::Context;
use crate::derive::shared::sweep::Param;
use crate::order::Order;
use crate::view::{AxisSpec, Brush, Control, Parallel, ParallelAxis, ParallelRun, XScale};

/// More axes than this are drawn only on the panel's own page, the most important first.
const MAX_AXES: usize = 7;

/// The axes with all runs; `None` if no parameter varies.
pub(super) fn parallel(context: &Context<'_>, study: &Study<'_>, importance: Option<&Importance>) -> Option<Parallel> {
    let sweep = study.sweep;
    let mut shown: Vec<&Param> = sweep.params.iter().filter(|p| p.varies).collect();
    if !context.details && shown.len() > MAX_AXES {
        let share = |p: &Param| if p.is_seed() { -1.0 } else { importance.map_or(0.0, |i| i.share(&p.key)) };
        let mut by_share = shown.clone();
        by_share.order_by(|a, b| share(b).total_cmp(&share(a)));
        by_share.truncate(MAX_AXES);
        shown.retain(|p| {
            by_share.iter().any(|kept| kept.key == p.key) || context.selection.brushes.contains_key(&p.key)
        });
    }
    if shown.is_empty() {
        return None;
    }
    let flipped = listed(context, "flip");
    let brush = |key: &str| context.selection.brushes.get(key).map(|&(low, high)| Brush { low, high });
    let mut axes: Vec<ParallelAxis> = shown
        .iter()
        .map(|p| ParallelAxis {
            key: p.key.clone(),
            title: p.key.clone(),
            scale: scale(context, p),
            flipped: flipped.contains(&p.key.as_str()),
            categories: p.categories.clone(),
            brush: brush(&p.key),
            ..ParallelAxis::default()
        })
        .collect();
    let objective = study.objective;
    axes.push(ParallelAxis {
        key: objective.key.clone(),
        title: objective.key.clone(),
        unit: objective.unit.clone(),
        flipped: flipped.contains(&objective.key.as_str()),
        brush: brush(&objective.key),
        ..ParallelAxis::default()
    });
    let mut columns: Vec<Vec<f64>> = shown.iter().map(|p| p.positions()).collect();
    columns.push(objective.values.clone());
    let run = |run: usize| ParallelRun {
        key: sweep.id(run),
        title: sweep.name(run),
        values: columns.iter().map(|c| c.get(run).copied().filter(|v| v.is_finite()).unwrap_or(f64::NAN)).collect(),
        focus: study.is_held(run),
    };
    Some(Parallel { colour_axis: shown.len(), axes, runs: (0..sweep.len()).map(run).collect() })
}

/// The parameters that vary, best first for a picture of one or two: those in the settings `param` and `param2`, then by importance;
/// seeds last.
pub(super) fn ranked<'s>(context: &Context<'_>, study: &Study<'s>, importance: Option<&Importance>) -> Vec<&'s Param> {
    let mut params: Vec<&Param> = study.sweep.params.iter().filter(|p| p.varies).collect();
    let chosen = |p: &Param| match context.setting("param") {
        Some(key) if key == p.key => 0,
        _ if context.setting("param2") == Some(p.key.as_str()) => 1,
        _ => 2,
    };
    let share = |p: &Param| importance.map_or(0.0, |i| i.share(&p.key));
    params.order_by(|a, b| {
        chosen(a).cmp(&chosen(b)).then(a.is_seed().cmp(&b.is_seed())).then(share(b).total_cmp(&share(a)))
    });
    params
}

/// The axis of a scatter by one parameter.
pub(super) fn scatter_axis(context: &Context<'_>, param: &Param) -> AxisSpec {
    AxisSpec {
        title: param.key.clone(),
        scale: scale(context, param),
        categories: param.categories.clone(),
        ..AxisSpec::default()
    }
}

/// Logarithmic where the values span decades; the setting `spacing` lists the axes that are spaced the other way.
fn scale(context: &Context<'_>, param: &Param) -> XScale {
    let is_other = listed(context, "spacing").contains(&param.key.as_str());
    if param.is_log() == (is_other && param.is_positive()) { XScale::Linear } else { XScale::Log }
}

/// The keys in a setting, comma-separated.
fn listed<'c>(context: &Context<'c>, setting: &str) -> Vec<&'c str> {
    let keys = context.setting(setting).unwrap_or_default().split(',').map(str::trim);
    keys.filter(|key| !key.is_empty()).collect()
}

/// Lists to choose an axis from that is to be turned round, or spaced the other way; choosing it again takes it back.
pub(super) fn controls(context: &Context<'_>, study: &Study<'_>) -> Vec<Control> {
    let params: Vec<&Param> = study.sweep.params.iter().filter(|p| p.varies).collect();
    if params.is_empty() {
        return Vec::new();
    }
    let keys = params.iter().map(|p| p.key.as_str()).chain([study.objective.key.as_str()]);
    let flip =
        |key: &str, is_flipped: bool| if is_flipped { format!("{key}, upwards") } else { format!("{key}, downwards") };
    let spaced = params.iter().filter(|p| p.is_positive());
    let space = |key: &str, _: bool| match study.sweep.param(key).map(|p| scale(context, p)) {
        Some(XScale::Log) => format!("{key}, linear"),
        _ => format!("{key}, logarithmic"),
    };
    let mut controls = vec![toggles(context, ("flip", "Turn an axis"), keys, flip)];
    let spaced: Vec<&str> = spaced.map(|p| p.key.as_str()).collect();
    if !spaced.is_empty() {
        controls.push(toggles(context, ("spacing", "Space an axis"), spaced.into_iter(), space));
    }
    controls
}

/// A list whose every choice is the setting with one key more, or one less.
fn toggles<'k>(
    context: &Context<'_>,
    (name, title): (&str, &str),
    keys: impl Iterator<Item = &'k str>,
    say: impl Fn(&str, bool) -> String,
) -> Control {
    let now = listed(context, name);
    let toggled = |key: &str| -> String {
        let mut next: Vec<&str> = now.iter().copied().filter(|k| *k != key).collect();
        if next.len() == now.len() {
            next.push(key);
        }
        next.join(",")
    };
    let present = now.join(",");
    let none = if now.is_empty() { format!("{title} ...") } else { format!("changed: {}", now.join(", ")) };
    let mut options = vec![(present.clone(), none)];
    options.extend(keys.map(|key| (toggled(key), say(key, now.contains(&key)))));
    let options: Vec<(&str, &str)> = options.iter().map(|(value, shown)| (value.as_str(), shown.as_str())).collect();
    Control::choice(name, title, &options, &present)
}
