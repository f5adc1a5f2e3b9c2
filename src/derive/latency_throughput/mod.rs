//! Latency and throughput: quantiles from histograms, requests and errors a second, the bucket heatmap, the objective.

mod budget;

use std::sync::Arc;

use super::shared::histogram::{Group, grouped};
use super::shared::{LEVEL, block, figures, lines, rollouts, teach_metric};
use super::{Ask, Context, Other, ReferenceKind, Stop, Wanted};
use crate::frame::{Frame, Labels, Series};
use crate::query::Measure;
use crate::spec::MetricSpec;
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, BlockBody, Figure, Line, LineRole, Lines, Matrix, Reading, Summary, Tone, Verdict, View};

const BY: [&str; 2] = ["model", "version"];
const BY_BUCKET: [&str; 3] = ["model", "version", "le"];
const QUANTILES: [(f64, &str); 3] = [(0.5, "p50"), (0.95, "p95"), (0.99, "p99")];

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let latency = context.metric("latency").ok_or_else(|| {
        Stop::missing(
            "this panel shows latency from a histogram, and the workspace has no metric for it",
            teach_metric(
                "latency",
                "{ \"type\": \"histogram\", \"source\": \"prom\", \"metric\": \"http_request_duration_seconds\" }",
            ),
        )
    })?;
    let own = Asked::new(context, ask, latency);
    let others: Vec<(Other<'_>, Asked)> =
        context.other().map(|other| (other.clone(), Asked::new(&other.context, ask, latency))).into_iter().collect();
    let errors = context.metric("errors").map(|m| ask.series(context, &Wanted::over_time(m, Measure::Rate, &BY)));
    let burns = budget::ask(context, ask, latency);
    let events = rollouts::events(context, ask);

    let (over_time, whole) = (own.over_time?, own.whole?);
    let requests = own.requests.map_or(Ok(None), |answer| ask.spare(answer))?;
    let mut before = None;
    for (other, asked) in others {
        let (over_time, whole) = (ask.spare(asked.over_time)?, ask.spare(asked.whole)?);
        let requests = asked.requests.map_or(Ok(None), |answer| ask.spare(answer))?;
        if let Some((over_time, whole)) = over_time.zip(whole) {
            before = Some(Before { groups: grouped(&over_time), whole: grouped(&whole), requests, other });
        }
    }
    let before = before.as_ref();
    let errors = errors.map_or(Ok(None), |answer| ask.spare(answer))?;
    let events = events?;
    let burns = burns?;

    let groups = grouped(&over_time);
    if groups.is_empty() {
        return Err(Stop::empty("no requests were measured in this time range"));
    }
    let mut blocks = vec![quantile_block(context, latency, &groups, before, &events)];
    let throughput = throughput_lines(context, requests.as_deref(), errors.as_deref(), before, &events);
    blocks.extend(
        throughput.map(|body| block("throughput", "Requests and errors a second", BlockBody::Lines(body)).of_width(6)),
    );
    blocks.extend(
        heatmap(latency, &groups)
            .map(|body| block("buckets", "Requests by latency", BlockBody::Matrix(body)).of_width(6)),
    );

    let figures = quantile_figures(context, latency, &grouped(&whole), before, &groups);
    let n: f64 = figures
        .iter()
        .filter(|f| f.metric == latency.id && f.series.get("quantile") == Some("0.95"))
        .filter_map(|f| f.n)
        .sum();
    blocks.extend(burns.and_then(|burns| burns.block(context, latency)));
    let mut view = View {
        summary: summary(&figures, n),
        figures: figures.into_iter().filter(|f| context.details || f.series.get("quantile") == Some("0.95")).collect(),
        blocks,
        n: Some((n, "requests".to_owned())),
        as_of_ms: over_time.series().iter().filter_map(Series::last).map(|p| p.0).reduce(f64::max),
        ..View::default()
    };
    view.figures.extend(budget::figure(context, latency, &grouped(&whole)));
    Ok(view)
}

/// What is asked of either side.
struct Asked {
    over_time: Result<Arc<Frame>, Stop>,
    whole: Result<Arc<Frame>, Stop>,
    requests: Option<Result<Arc<Frame>, Stop>>,
}

impl Asked {
    fn new(context: &Context<'_>, ask: &mut Ask<'_>, latency: &MetricSpec) -> Self {
        Self {
            over_time: ask.series(context, &Wanted::over_time(latency, Measure::Buckets, &BY_BUCKET)),
            whole: ask.series(context, &Wanted::whole(latency, Measure::Buckets, &BY_BUCKET)),
            requests: context
                .metric("requests")
                .map(|m| ask.series(context, &Wanted::over_time(m, Measure::Rate, &BY))),
        }
    }
}

/// What the other side of a comparison answered.
struct Before<'a> {
    other: Other<'a>,
    /// Buckets over time.
    groups: Vec<Group>,
    /// Buckets of all of its range.
    whole: Vec<Group>,
    requests: Option<Arc<Frame>>,
}

impl Before<'_> {
    /// The buckets that stand against those of a version: the same version's, or those of the model that is compared with.
    fn against(&self, labels: &Labels) -> Option<&Group> {
        let same = self.whole.iter().find(|g| g.labels == *labels);
        same.or(match (self.other.kind, self.whole.as_slice()) {
            (ReferenceKind::Model { .. }, [only]) => Some(only),
            _ => None,
        })
    }
}

fn quantile_block(
    context: &Context<'_>,
    latency: &MetricSpec,
    groups: &[Group],
    before: Option<&Before<'_>>,
    events: &[crate::view::Event],
) -> crate::view::Block {
    // With few models every quantile is drawn; with many only the one that the objective is about.
    let shown: &[(f64, &str)] = if groups.len() <= 2 { &QUANTILES } else { &QUANTILES[1..2] };
    let line = |group: &Group, &(q, name): &(f64, &str)| Line {
        title: format!("{} {name}", lines::title(context, &group.labels)),
        series: group.labels.clone().with("quantile", q.to_string()),
        entity: lines::entity(&group.labels),
        role: if q == 0.95 || shown.len() == 1 { LineRole::Main } else { LineRole::Raw },
        x: group.x().to_vec(),
        y: group.quantile(q),
        ..Line::default()
    };
    let mut drawn: Vec<Line> = groups.iter().flat_map(|group| shown.iter().map(move |q| line(group, q))).collect();
    if let Some(before) = before {
        let [_, p95, _] = &QUANTILES;
        drawn.extend(before.groups.iter().map(|group| lines::ghost(context, &before.other, line(group, p95))));
    }
    let objective = latency.target.map(|value| Reading { value, title: "objective".to_owned(), tone: Tone::Warning });
    let body = Lines {
        metric: latency.id.clone(),
        x: lines::time_axis(context.range),
        y: AxisSpec { unit: latency.unit.clone(), min: Some(0.0), ..AxisSpec::default() },
        lines: drawn,
        events: events.to_vec(),
        readings: objective.into_iter().collect(),
        ..Lines::default()
    };
    let title = if shown.len() == 1 { "p95 latency" } else { "Latency p50, p95, p99" };
    block("latency", title, BlockBody::Lines(body))
}

fn throughput_lines(
    context: &Context<'_>,
    requests: Option<&Frame>,
    errors: Option<&Frame>,
    before: Option<&Before<'_>>,
    events: &[crate::view::Event],
) -> Option<Lines> {
    let requests = requests?;
    let mut drawn: Vec<Line> = requests.series().iter().map(|s| lines::line(context, s)).collect();
    for series in errors.map_or(&[][..], Frame::series) {
        let mut line = lines::line(context, series);
        line.title = format!("{} errors", line.title);
        line.metric = context.metric("errors").map(|m| m.id.clone()).unwrap_or_default();
        line.series.set("kind", "errors");
        line.role = LineRole::Training;
        drawn.push(line);
    }
    if let Some((before, frame)) = before.and_then(|before| Some((before, before.requests.as_deref()?))) {
        let ghost = |s: &Series| lines::ghost(context, &before.other, lines::line(context, s));
        drawn.extend(frame.series().iter().map(ghost));
    }
    Some(Lines {
        metric: context.metric("requests")?.id.clone(),
        x: lines::time_axis(context.range),
        y: AxisSpec { unit: Unit::from("reqps"), min: Some(0.0), ..AxisSpec::default() },
        lines: drawn,
        events: events.to_vec(),
        ..Lines::default()
    })
}

/// Requests by bucket and time, all models together.
fn heatmap(latency: &MetricSpec, groups: &[Group]) -> Option<Matrix> {
    let first = groups.iter().max_by_key(|g| g.x().len())?;
    let times = first.x().to_vec();
    let bounds: Vec<f64> = first.buckets.iter().map(|(bound, _)| *bound).collect();
    let count = |row: usize, column: usize| -> f64 {
        let inside = |group: &Group| {
            let value =
                |row: usize| group.buckets.get(row).and_then(|(_, s)| s.y.get(column)).copied().unwrap_or(f64::NAN);
            let below = row.checked_sub(1).map_or(0.0, value);
            value(row) - below
        };
        let finite: Vec<f64> = groups.iter().map(inside).filter(|v| v.is_finite()).collect();
        if finite.is_empty() { f64::NAN } else { finite.iter().sum::<f64>().max(0.0) }
    };
    // The highest latency stands on top.
    let rows: Vec<usize> = (0..bounds.len()).rev().collect();
    let values =
        rows.iter().flat_map(|&row| (0..times.len()).map(move |column| (row, column))).map(|(r, c)| count(r, c));
    let name = |&row: &usize| match bounds.get(row) {
        Some(bound) if bound.is_finite() => format!("≤ {bound} {}", latency.unit.id()),
        _ => "more".to_owned(),
    };
    Some(Matrix {
        metric: format!("{}-buckets", latency.id),
        rows: rows.iter().map(name).collect(),
        column_times: times.clone(),
        values: values.collect(),
        unit: Unit::from("short"),
        ..Matrix::default()
    })
}

fn quantile_figures(
    context: &Context<'_>,
    latency: &MetricSpec,
    whole: &[Group],
    before: Option<&Before<'_>>,
    over_time: &[Group],
) -> Vec<Figure> {
    let mut found = Vec::new();
    for group in whole {
        let Some(buckets) = group.total() else { continue };
        let n = buckets.total();
        for (q, name) in QUANTILES {
            let mut figure = figures::of_metric(latency);
            figure.series = group.labels.clone().with("quantile", q.to_string());
            figure.title = format!("{} {name}", lines::title(context, &group.labels));
            figure.direction = Direction::Lower;
            figure.target = latency.target.filter(|_| q == 0.95);
            figure.value = Some(buckets.quantile(q)).filter(|v| v.is_finite());
            figure.n = Some(n);
            figure.method = Some("never narrower than its histogram bucket".to_owned());
            let interval = buckets.interval(q, n, LEVEL);
            figure.low = interval.map(|i| i.low).filter(|v| v.is_finite());
            figure.high = interval.map(|i| i.high).filter(|v| v.is_finite());
            if let Some(trend) = over_time.iter().find(|g| g.labels == group.labels) {
                figure.spark = lines::spark(trend.x(), &trend.quantile(q));
            }
            compare_quantiles(&mut figure, q, group, before);
            found.push(figure);
        }
    }
    found
}

/// Two quantiles differ for certain only if their intervals, each at least a bucket wide, do not meet.
fn compare_quantiles(figure: &mut Figure, q: f64, group: &Group, before: Option<&Before<'_>>) {
    let Some(before) = before else { return };
    let Some(reference) = before.against(&group.labels).and_then(Group::total) else { return };
    let of = reference.interval(q, reference.total(), LEVEL);
    let interval = figure.low.zip(figure.high).zip(of).map(|((low, high), of)| (low - of.high, high - of.low));
    figures::compare(figure, reference.quantile(q), interval, before.other.title);
    if figure.verdict == Verdict::None && figure.delta.is_some() {
        figure.verdict = Verdict::NoClearChange;
    }
}

fn summary(figures: &[Figure], n_requests: f64) -> Summary {
    let p95 = figures.iter().filter(|f| f.series.get("quantile") == Some("0.95"));
    let Some(worst) =
        p95.filter(|f| f.value.is_some()).max_by(|a, b| a.value.unwrap_or(0.0).total_cmp(&b.value.unwrap_or(0.0)))
    else {
        return Summary::text("no latency was measured");
    };
    let sentence =
        Summary::text(format!("{} latency is ", worst.title)).value(worst.value.unwrap_or(f64::NAN), &worst.unit);
    let sentence = match (worst.target, worst.value) {
        (Some(target), Some(value)) if value > target => {
            sentence.then(", above the objective of ").value(target, &worst.unit)
        }
        (Some(target), Some(_)) => sentence.then(", within the objective of ").value(target, &worst.unit),
        _ => sentence,
    };
    figures::say_change(sentence, worst)
        .then(", over ")
        .value(n_requests, &Unit::from("short"))
        .then(" requests in all")
}
