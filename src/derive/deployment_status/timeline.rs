//! Which version had which share of the traffic when.

use std::collections::{BTreeMap, BTreeSet};

use super::Served;
use crate::derive::shared::{block, lines};
use crate::derive::{Context, Other, ReferenceKind};
use crate::frame::{Frame, Labels, Series};
use crate::units::Unit;
use crate::view::{AxisSpec, Block, BlockBody, Line, LineRole, Lines};

/// Share of traffic by version, one picture a model that has more than one version or a change.
pub(super) fn timelines(
    context: &Context<'_>,
    frame: &Frame,
    metric: &str,
    other: Option<&(Other<'_>, Served)>,
) -> Vec<Block> {
    let mut by_model: BTreeMap<&str, Vec<&Series>> = BTreeMap::new();
    for series in frame.series() {
        // Only what serves people belongs on the timeline.
        if series.labels.get("environment").is_none_or(|e| e == "production") {
            by_model.entry(series.labels.get("model").unwrap_or_default()).or_default().push(series);
        }
    }
    let n = by_model.len().max(1);
    let timeline = |(model, series): (&str, Vec<&Series>)| {
        let mut versions: BTreeMap<&str, Vec<&Series>> = BTreeMap::new();
        for one in series {
            versions.entry(one.labels.get("version").unwrap_or_default()).or_default().push(one);
        }
        // All versions stand at the same instants, so that they can be stacked.
        let instants: BTreeSet<i64> = versions.values().flatten().flat_map(|s| s.x.iter().map(|x| *x as i64)).collect();
        let lines = versions.into_iter().map(|(version, states)| {
            let shares = share_over_time(&states);
            let at = |x: &i64| (*x as f64, shares.get(x).copied().unwrap_or(0.0));
            let (x, y) = instants.iter().map(at).unzip();
            Line {
                title: format!("v{version}"),
                series: Labels::new().with("model", model).with("version", version),
                entity: format!("{model}@{version}"),
                role: LineRole::Main,
                x,
                y,
                area: true,
                ..Line::default()
            }
        });
        let ghosts = other.into_iter().flat_map(|(other, served)| ghosts(context, other, served, model));
        let body = Lines {
            metric: metric.to_owned(),
            x: lines::time_axis(context.range),
            y: AxisSpec { unit: Unit::from("percentunit"), min: Some(0.0), max: Some(1.0), ..AxisSpec::default() },
            lines: lines.chain(ghosts).collect(),
            stacked: true,
            ..Lines::default()
        };
        let title = format!("{}, traffic by version", lines::title(context, &Labels::new().with("model", model)));
        block(&format!("timeline-{model}"), &title, BlockBody::Lines(body)).of_width((12 / n.min(3)) as u8)
    };
    by_model.into_iter().map(timeline).collect()
}

/// The shares of the other side, dotted over the stack.
fn ghosts(context: &Context<'_>, other: &Other<'_>, served: &Served, model: &str) -> Vec<Line> {
    let wanted = if let ReferenceKind::Model { id, .. } = other.kind { id } else { model };
    let is_own = |s: &&Series| {
        s.labels.get("model") == Some(wanted) && s.labels.get("environment").is_none_or(|e| e == "production")
    };
    let mut versions: BTreeMap<&str, Vec<&Series>> = BTreeMap::new();
    for series in served.traffic.iter().flat_map(|f| f.series()).filter(is_own) {
        versions.entry(series.labels.get("version").unwrap_or_default()).or_default().push(series);
    }
    let ghost = |(version, states): (&str, Vec<&Series>)| {
        let (x, y) = share_over_time(&states).into_iter().map(|(x, y)| (x as f64, y)).unzip();
        let line = Line {
            title: format!("v{version}"),
            series: Labels::new().with("model", wanted).with("version", version),
            entity: format!("{wanted}@{version}"),
            x,
            y,
            ..Line::default()
        };
        lines::ghost(context, other, line)
    };
    versions.into_iter().map(ghost).collect()
}

/// A version's share at each instant, over the series of its states. A series that ended is still reported for some minutes;
/// where two states are there at once, the one that began later holds.
fn share_over_time(states: &[&Series]) -> BTreeMap<i64, f64> {
    let mut instants: BTreeMap<i64, (i64, f64)> = BTreeMap::new();
    for state in states {
        let mut began = i64::MAX;
        let mut before = f64::NAN;
        let step = state.x.windows(2).map(|pair| if let [a, b] = pair { b - a } else { f64::NAN }).reduce(f64::min);
        for (x, y) in state.points() {
            if !y.is_finite() {
                began = i64::MAX;
                instants.entry(x as i64).or_insert((i64::MIN, 0.0));
                continue;
            }
            // A gap in the instants ends a stretch as a missing value does.
            if began == i64::MAX || step.is_some_and(|step| x - before > 1.5 * step) {
                began = x as i64;
            }
            before = x;
            let held = instants.entry(x as i64).or_insert((i64::MIN, 0.0));
            if began > held.0 {
                *held = (began, y);
            }
        }
    }
    instants.into_iter().map(|(x, (_, share))| (x, share)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::XKind;

    fn state(points: &[(f64, f64)]) -> Series {
        let (x, y) = points.iter().copied().unzip();
        Series::new(Labels::new(), Unit::from("percentunit"), XKind::Time, x, y)
    }

    #[test]
    fn a_state_that_ended_does_not_add_to_the_one_after_it() {
        let deployed = state(&[(0.0, 1.0), (60.0, 1.0), (120.0, 1.0), (300.0, 1.0), (360.0, 1.0)]);
        let in_progress = state(&[(120.0, 0.9), (180.0, 0.9), (240.0, 0.9), (300.0, 0.9)]);
        let shares: Vec<(i64, f64)> = share_over_time(&[&deployed, &in_progress]).into_iter().collect();
        assert_eq!(shares, [(0, 1.0), (60, 1.0), (120, 0.9), (180, 0.9), (240, 0.9), (300, 1.0), (360, 1.0)]);
        assert_eq!(share_over_time(&[&in_progress, &deployed]), share_over_time(&[&deployed, &in_progress]));
    }

    #[test]
    fn a_missing_value_is_no_share() {
        let shares = share_over_time(&[&state(&[(0.0, f64::NAN), (60.0, 0.5)])]);
        assert_eq!(shares.into_iter().collect::<Vec<_>>(), [(0, 0.0), (60, 0.5)]);
    }
}
