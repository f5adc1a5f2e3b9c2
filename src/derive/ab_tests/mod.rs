//! A/B tests: exposures and their split first, then the change with tests that may be watched, and what can be decided.

mod counts;
mod figures;
mod guard;
mod judge;
mod show;
mod small;
mod tables;

use super::shared::{block, teach_metric};
use super::{Ask, Context, Stop};
use crate::query::TimeRange;
use crate::spec::ExperimentSpec;
use crate::state::{FixedZone, resolve_time};
use crate::view::{BlockBody, Control, ControlKind, View};
use counts::{Counts, Frames};
use judge::Judged;
use show::Scene;

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let lacking = |slot: &str, metric: &str| {
        Stop::missing(
            format!("this panel reads counters of {slot} by experiment and variant, and the workspace has none"),
            teach_metric(slot, &format!("{{ \"type\": \"counter\", \"source\": \"prom\", \"metric\": \"{metric}\" }}")),
        )
    };
    let exposures = context.metric("exposures").ok_or_else(|| lacking("exposures", "experiment_exposures_total"))?;
    let conversions =
        context.metric("conversions").ok_or_else(|| lacking("conversions", "experiment_conversions_total"))?;
    let period = period(context, ask);
    let planned = context.panel.experiments();
    let frames = Frames::ask(context, ask, [exposures, conversions], period);
    let guard_names = planned.iter().flat_map(|p| p.guard_rails.iter().cloned());
    let guards = guard::ask(context, ask, guard_names, period);
    let other = context.other().map(|other| {
        // Only another time has other instants: all else is compared over the same.
        let period = if other.is_earlier() { other.context.range } else { period };
        (Frames::ask(&other.context, ask, [exposures, conversions], period), other)
    });
    let (frames, guards) = (frames?, guards?);
    let other = match other {
        Some((Ok(frames), other)) => Some((other, frames)),
        Some((Err(Stop::Pending), _)) => return Err(Stop::Pending),
        Some((Err(Stop::Failed(failure)), _)) => {
            ask.fail(failure);
            None
        }
        _ => None,
    };

    let mut experiments: Vec<Judged> = Vec::new();
    let seen = frames.experiments();
    let k = context.workspace.privacy.small_cells.smallest();
    let mut counted = |frames: &Frames, plan: &ExperimentSpec| {
        let (counts, is_any_hidden) = frames.counts(&plan.id, &plan.baseline).guarded(k);
        if let Some(k) = k.filter(|_| is_any_hidden) {
            ask.remark(format!("counts of fewer than {k} are hidden, and what would reveal them"));
        }
        counts
    };
    for plan in &planned {
        let counts = if seen.contains(&plan.id) { counted(&frames, plan) } else { Counts::default() };
        experiments.push(Judged::new(plan.clone(), true, counts, conversions.direction));
    }
    for id in seen.iter().filter(|id| planned.iter().all(|p| p.id != **id)) {
        let plan = unplanned(id);
        let counts = counted(&frames, &plan);
        experiments.push(Judged::new(plan, false, counts, conversions.direction));
    }
    let other = other.map(|(other, frames)| {
        let of = |e: &Judged| (e.plan.id.clone(), counted(&frames, &e.plan));
        (other.title.to_owned(), experiments.iter().map(of).collect())
    });
    let unseen: Vec<String> = experiments.iter().filter(|e| e.n() <= 0.0).map(|e| e.title().to_owned()).collect();
    if !unseen.is_empty() && unseen.len() < experiments.len() {
        ask.remark(format!("not exposed in this time range: {}", unseen.join(", ")));
    }
    // A number that is hidden is not known to be none.
    experiments.retain(|e| e.n() > 0.0 || e.n().is_nan());
    judge::correct(&mut experiments);
    let chosen = context.setting("experiment");
    let Some(chosen) = experiments.iter().find(|e| Some(e.plan.id.as_str()) == chosen).or(experiments.first()) else {
        return Err(Stop::empty("no experiment had exposures in this time range"));
    };
    for remark in show::assumptions(chosen) {
        ask.remark(remark);
    }
    ask.remark("counts are of the shown time range only: what an experiment saw before is not in them");
    let scene = Scene { exposures, conversions, guards: &guards, period, other };
    // While an experiment is watched, an interval for one look would contradict the decision.
    let title = "Change with its confidence sequence, valid at every look";
    let mut blocks =
        vec![scene.callout(chosen), block("experiments", title, BlockBody::Grid(scene.table(&experiments)))];
    blocks.extend(scene.sequence(chosen));
    blocks.extend(scene.details(chosen));
    let (_, summary) = scene.sentence(chosen);
    Ok(View {
        summary,
        figures: scene.figures(chosen, context.details),
        blocks,
        controls: control(&experiments, &chosen.plan.id).into_iter().collect(),
        n: chosen.n().is_finite().then(|| (chosen.n(), "exposures".to_owned())),
        as_of_ms: chosen.counts.looks.last().map(|(at, _)| *at),
        ..View::default()
    })
}

/// The shown range, or from the panel's option `start` on where that lies before its end.
fn period(context: &Context<'_>, ask: &mut Ask<'_>) -> TimeRange {
    let Some(start) = context.option("start") else { return context.range };
    match resolve_time(start, false, context.now_ms, &FixedZone::utc()) {
        Ok(from_ms) if from_ms < context.range.to_ms => TimeRange::new(from_ms, context.range.to_ms),
        _ => {
            ask.remark(format!("the option start, {start:?}, is no time before the end of the range: not used"));
            context.range
        }
    }
}

fn unplanned(id: &str) -> ExperimentSpec {
    ExperimentSpec {
        id: id.to_owned(),
        title: None,
        baseline: "control".to_owned(),
        split: std::collections::BTreeMap::new(),
        horizon: None,
        mixing_variance: None,
        alpha: 0.05,
        guard_rails: Vec::new(),
    }
}

fn control(experiments: &[Judged], chosen: &str) -> Option<Control> {
    let options = experiments.iter().map(|e| (e.plan.id.clone(), e.title().to_owned())).collect();
    (experiments.len() > 1).then(|| Control {
        name: "experiment".to_owned(),
        title: "Experiment".to_owned(),
        kind: ControlKind::Choice(options),
        value: chosen.to_owned(),
        details: false,
    })
}
