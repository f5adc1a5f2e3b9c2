//! Deployment status: which version serves where, in which state, with how many replicas and what share of the traffic.

use std::collections::{BTreeMap, BTreeSet};

use super::shared::{block, figures, lines, teach_metric, tracking};
use super::{Ask, Context, Stop};
use crate::frame::{Frame, Labels, Series};
use crate::query::{Measure, TimeRange};
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, Block, BlockBody, Cell, Grid, GridColumn, Line, LineRole, Lines, Summary, Tone, View};

const BY: [&str; 4] = ["model", "version", "environment", "region"];
const BY_STATE: [&str; 4] = ["model", "version", "environment", "state"];
/// Shares of traffic below this are none.
const SOME: f64 = 1e-6;

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let traffic_metric = context.metric("traffic-share");
    let traffic = traffic_metric.map(|m| ask.series(context, m, Measure::Instant, &BY_STATE, context.range));
    let desired =
        context.metric("replicas-desired").map(|m| ask.series(context, m, Measure::Instant, &BY, context.range));
    let ready = context.metric("replicas-ready").map(|m| ask.series(context, m, Measure::Instant, &BY, context.range));
    let tracked = tracking::tracked(context);
    let registry: Vec<_> = tracked.iter().map(|t| (t.model.id.clone(), t.versions(ask))).collect();
    if traffic.is_none() && desired.is_none() && registry.is_empty() {
        return Err(Stop::missing(
            "this panel joins the registry's versions with serving metrics, and the workspace names neither",
            teach_metric(
                "replicas-desired",
                "{ \"type\": \"gauge\", \"source\": \"prom\", \"metric\": \"kube_deployment_spec_replicas\" }",
            ),
        ));
    }
    let traffic = traffic.transpose()?;
    let desired = desired.transpose()?;
    let ready = ready.transpose()?;
    let mut known = BTreeMap::new();
    for (model, versions) in registry {
        match versions {
            Ok(versions) => {
                for version in versions {
                    known.insert((model.clone(), version.name.clone()), version);
                }
            }
            Err(Stop::Pending) => return Err(Stop::Pending),
            Err(stop) => {
                ask.remark("the model registry did not answer: versions have no aliases");
                ask.excuse(stop);
            }
        }
    }
    let mut rows = BTreeMap::new();
    add_replicas(&mut rows, desired.as_deref(), |row, value| row.desired = value);
    add_replicas(&mut rows, ready.as_deref(), |row, value| row.ready = value);
    add_traffic(&mut rows, traffic.as_deref(), context.range);
    for ((model, version), entry) in &known {
        let is_served = rows.keys().any(|key: &Key| key.model == *model && key.version == *version);
        if !is_served && !entry.aliases.is_empty() {
            let key = Key { model: model.clone(), version: version.clone(), environment: String::new() };
            rows.insert(key, Deployment::default());
        }
    }
    if rows.is_empty() {
        return Err(Stop::empty("no deployment was seen in this time range"));
    }
    for (key, row) in &mut rows {
        if let Some(version) = known.get(&(key.model.clone(), key.version.clone())) {
            row.aliases = version.aliases.clone();
            row.owner = version.owner.clone();
        }
    }
    let mut blocks = vec![block("versions", "", BlockBody::Grid(table(context, &rows)))];
    if let (Some(frame), Some(metric)) = (&traffic, traffic_metric) {
        blocks.extend(timelines(context, frame, &metric.id));
    }
    let states: Vec<(Tone, &str)> = rows.values().map(Deployment::state).collect();
    let n_trouble = states.iter().filter(|(tone, _)| *tone > Tone::Good && *tone != Tone::Unknown).count();
    let mut trouble = figures::named("deployments-in-trouble", "Not fully ready", "short", Direction::Lower);
    trouble.value = Some(n_trouble as f64);
    trouble.n = Some(rows.len() as f64);
    trouble.method = Some("counted, not estimated: no interval".to_owned());
    Ok(View {
        summary: summary(context, &rows, n_trouble),
        figures: if context.details { vec![trouble] } else { Vec::new() },
        blocks,
        n: Some((rows.len() as f64, "deployments".to_owned())),
        as_of_ms: last_ms(&[traffic.as_deref(), desired.as_deref(), ready.as_deref()]),
        ..View::default()
    })
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    model: String,
    version: String,
    environment: String,
}

#[derive(Clone, Debug, Default)]
struct Deployment {
    desired: Option<f64>,
    ready: Option<f64>,
    share: Option<f64>,
    /// The state that the deployer reports.
    reported: Option<String>,
    since_ms: Option<f64>,
    /// Whether it has run like this since before the range.
    is_older: bool,
    owner: Option<String>,
    regions: Vec<String>,
    aliases: Vec<String>,
}

fn key(labels: &Labels) -> Option<Key> {
    let text = |name: &str| labels.get(name).unwrap_or_default().to_owned();
    labels.get("model").map(|_| Key {
        model: text("model"),
        version: text("version"),
        environment: text("environment"),
    })
}

/// The value at the end of the range; a series that ended before has none now.
fn current(series: &Series) -> Option<f64> {
    series.y.last().copied().filter(|v| v.is_finite())
}

fn add_replicas(rows: &mut BTreeMap<Key, Deployment>, frame: Option<&Frame>, set: fn(&mut Deployment, Option<f64>)) {
    let mut sums: BTreeMap<Key, f64> = BTreeMap::new();
    for series in frame.map_or(&[][..], Frame::series) {
        let (Some(key), Some(value)) = (key(&series.labels), current(series)) else { continue };
        let row = rows.entry(key.clone()).or_default();
        if let Some(region) = series.labels.get("region")
            && !row.regions.iter().any(|r| r == region)
        {
            row.regions.push(region.to_owned());
        }
        *sums.entry(key).or_default() += value;
    }
    for (key, sum) in sums {
        set(rows.entry(key).or_default(), Some(sum));
    }
}

/// Share, reported state and its beginning from the traffic metric: the series that still runs at the end of the range.
fn add_traffic(rows: &mut BTreeMap<Key, Deployment>, frame: Option<&Frame>, range: TimeRange) {
    for series in frame.map_or(&[][..], Frame::series) {
        let (Some(key), Some(share)) = (key(&series.labels), current(series)) else { continue };
        let row = rows.entry(key).or_default();
        row.share = Some(row.share.unwrap_or(0.0) + share);
        row.reported = series.labels.get("state").map(str::to_owned);
        let began = since(series);
        // A series that runs since the range's first point began before it: when is not known.
        row.since_ms = began.filter(|&at| at > range.from_ms as f64 + 1.0);
        row.is_older = began.is_some() && row.since_ms.is_none();
    }
}

/// When the last unbroken stretch with the present value began.
fn since(series: &Series) -> Option<f64> {
    let last = series.y.last().copied().filter(|v| v.is_finite())?;
    let same = |&(_, y): &(f64, f64)| y.is_finite() && (y - last).abs() < SOME;
    series.points().rev().take_while(same).last().map(|(x, _)| x)
}

impl Deployment {
    fn state(&self) -> (Tone, &'static str) {
        let is_down = self.desired.is_some_and(|d| d > 0.0) && self.ready == Some(0.0);
        let is_short = matches!((self.desired, self.ready), (Some(desired), Some(ready)) if ready < desired);
        match (self.reported.as_deref(), is_down, is_short) {
            (_, true, _) | (Some("failed"), _, _) => (Tone::Bad, "failed"),
            (Some("rolling_back"), _, _) => (Tone::Warning, "rolling back"),
            (Some("in_progress"), _, _) => (Tone::Warning, "in progress"),
            (_, _, true) => (Tone::Warning, "replicas missing"),
            (Some("deployed"), _, _) => (Tone::Good, "deployed"),
            _ if self.desired.is_some_and(|d| d > 0.0) => (Tone::Good, "deployed"),
            _ if self.desired.is_none() && self.share.is_none() => (Tone::Unknown, "registered, not seen serving"),
            _ => (Tone::Neutral, "scaled to zero"),
        }
    }
}

fn table(context: &Context<'_>, rows: &BTreeMap<Key, Deployment>) -> Grid {
    let column = |title: &str, metric: Option<&str>, unit: &str| GridColumn {
        title: title.to_owned(),
        metric: metric.map(str::to_owned),
        unit: Unit::from(unit),
    };
    let cells = |(key, row): (&Key, &Deployment)| {
        let (tone, word) = row.state();
        let number = |value: Option<f64>| value.map_or(Cell::Missing, Cell::Number);
        let text = |value: &str| if value.is_empty() { Cell::Missing } else { Cell::Text(value.to_owned()) };
        vec![
            Cell::Text(heading(context, key)),
            text(&row.aliases.join(", ")),
            Cell::Status(tone, word.to_owned()),
            number(row.ready),
            number(row.desired),
            row.share.map_or(Cell::Missing, |share| Cell::Share(share, share)),
            match (row.since_ms, row.is_older) {
                (Some(at), _) => Cell::Time(at),
                (None, true) => Cell::Text("before this range".to_owned()),
                (None, false) => Cell::Missing,
            },
            text(row.owner.as_deref().unwrap_or_default()),
            text(&key.environment),
            text(&row.regions.join(", ")),
        ]
    };
    Grid {
        columns: vec![
            column("Version", None, "none"),
            column("Alias", None, "none"),
            column("State", None, "none"),
            column("Ready", Some("replicas-ready"), "short"),
            column("Desired", Some("replicas-desired"), "short"),
            column("Traffic", Some("traffic-share"), "percentunit"),
            column("Since", None, "none"),
            column("Owner", None, "none"),
            column("Environment", None, "none"),
            column("Region", None, "none"),
        ],
        rows: rows.iter().map(cells).collect(),
        row_keys: rows.keys().map(|key| key.version.clone()).collect(),
        row_target: Some("version".to_owned()),
        n_total: None,
    }
}

fn labels(key: &Key) -> Labels {
    Labels::new().with("model", &key.model).with("version", &key.version)
}

/// Model and version; the environment too, where it is not the one that serves people.
fn heading(context: &Context<'_>, key: &Key) -> String {
    let title = lines::title(context, &labels(key));
    match key.environment.as_str() {
        "" | "production" => title,
        environment => format!("{title}, {environment}"),
    }
}

/// Share of traffic by version, one picture a model that has more than one version or a change.
fn timelines(context: &Context<'_>, frame: &Frame, metric: &str) -> Vec<Block> {
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
        let body = Lines {
            metric: metric.to_owned(),
            x: lines::time_axis(context.range),
            y: AxisSpec { unit: Unit::from("percentunit"), min: Some(0.0), max: Some(1.0), ..AxisSpec::default() },
            lines: lines.collect(),
            stacked: true,
            ..Lines::default()
        };
        let title = format!("{}, traffic by version", lines::title(context, &Labels::new().with("model", model)));
        block(&format!("timeline-{model}"), &title, BlockBody::Lines(body)).of_width((12 / n.min(3)) as u8)
    };
    by_model.into_iter().map(timeline).collect()
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

fn summary(context: &Context<'_>, rows: &BTreeMap<Key, Deployment>, n_trouble: usize) -> Summary {
    let worst = rows.iter().filter(|(_, r)| r.state().0 != Tone::Unknown).max_by_key(|(_, row)| row.state().0);
    let short = Unit::from("short");
    let replicas = |said: Summary, row: &Deployment| match (row.ready, row.desired) {
        (Some(ready), Some(desired)) => {
            said.then(", ").value(ready, &short).then(" of ").value(desired, &short).then(" replicas ready")
        }
        _ => said,
    };
    match worst {
        Some((key, row)) if n_trouble > 0 => {
            let verb = if n_trouble == 1 { "needs" } else { "need" };
            let title = lines::title(context, &labels(key));
            let said = format!("{n_trouble} of {} deployments {verb} a look: {title}, {}", rows.len(), row.state().1);
            replicas(Summary::text(said), row)
        }
        _ => {
            let sum = |of: fn(&Deployment) -> Option<f64>| {
                let known: Vec<f64> = rows.values().filter_map(of).collect();
                (!known.is_empty()).then(|| known.iter().sum())
            };
            let all = Deployment { ready: sum(|r| r.ready), desired: sum(|r| r.desired), ..Deployment::default() };
            replicas(Summary::text(format!("{} deployments, none in trouble", rows.len())), &all)
        }
    }
}

fn last_ms(frames: &[Option<&Frame>]) -> Option<f64> {
    frames.iter().flatten().flat_map(|f| f.series()).filter_map(Series::last).map(|(x, _)| x).reduce(f64::max)
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
