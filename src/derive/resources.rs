//! Resources: use against limits, the hottest first, as small multiples under one crosshair.

use std::sync::Arc;

use super::shared::{block, figures, lines, rollouts, teach_metric};
use super::{Ask, Context, Stop, Wanted};
use crate::frame::{Frame, Labels, Series};
use crate::order::Order;
use crate::query::Measure;
use crate::spec::{MetricQuerySpec, MetricSpec};
use crate::units::{Direction, Unit};
use crate::view::{
    AxisSpec, Block, BlockBody, Cell, Figure, Grid, GridColumn, Line, LineRole, Lines, Reading, Summary, Tone, View,
};

/// What the panel knows how to show: the slot, its limit's slot, and a name.
const RESOURCES: [(&str, Option<&str>, &str); 6] = [
    ("cpu", Some("cpu-limit"), "CPU"),
    ("memory", Some("memory-limit"), "Memory"),
    ("gpu", None, "GPU"),
    ("gpu-memory", None, "GPU memory"),
    ("disk", None, "Disk"),
    ("network", None, "Network"),
];
/// Labels that tell one consumer from another; those that a metric does not carry fall away.
const BY: [&str; 6] = ["model", "version", "pod", "gpu", "device", "instance"];
/// Shares of the limit from which use is worth a look, and needs action.
const WARM: f64 = 0.75;
const HOT: f64 = 0.9;
/// Lines per small multiple; the others are in the table.
const MAX_LINES: usize = 6;

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let mut asked = Vec::new();
    for (slot, limit, title) in RESOURCES {
        let Some(metric) = context.metric(slot) else { continue };
        let limit = limit.and_then(|slot| context.metric(slot));
        let used = series(context, ask, metric);
        let limit = limit.map(|limit| series(context, ask, limit));
        asked.push((metric, title, used, limit));
    }
    if asked.is_empty() {
        return Err(Stop::missing(
            "this panel shows use of CPU, memory, GPU, disk and network, and the workspace has a metric for none of them",
            teach_metric(
                "cpu",
                "{ \"type\": \"counter\", \"source\": \"prom\", \"metric\": \"container_cpu_usage_seconds_total\" }",
            ),
        ));
    }
    let events = rollouts::events(context, ask)?;
    let mut uses = Vec::new();
    let mut failure = None;
    for (metric, title, used, limit) in asked {
        match (used, limit.transpose()) {
            (Ok(used), Ok(limit)) => uses.push(Use::new(context, metric, title, &used, limit.as_deref())),
            (Err(Stop::Pending), _) | (_, Err(Stop::Pending)) => return Err(Stop::Pending),
            (Err(stop), _) | (_, Err(stop)) => {
                if let Stop::Failed(why) = &stop {
                    ask.fail(why.clone());
                }
                failure = Some(stop);
            }
        }
    }
    if let (Some(stop), true) = (failure, uses.is_empty()) {
        return Err(stop);
    }
    uses.retain(|u| !u.consumers.is_empty());
    if uses.is_empty() {
        return Err(Stop::empty("no use of resources was measured in this time range"));
    }
    let hottest = hottest(&uses);
    let mut blocks: Vec<Block> = uses.iter().map(|u| u.block(context, &events)).collect();
    blocks.push(block("consumers", "Consumers, hottest first", BlockBody::Grid(table(&uses))).in_details());
    Ok(View {
        summary: summary(hottest.first(), &uses),
        figures: hottest.into_iter().take(4).collect(),
        blocks,
        as_of_ms: uses.iter().flat_map(|u| &u.consumers).filter_map(|c| c.line.x.last().copied()).reduce(f64::max),
        ..View::default()
    })
}

fn series(context: &Context<'_>, ask: &mut Ask<'_>, metric: &MetricSpec) -> Result<Arc<Frame>, Stop> {
    let measure = match metric.query {
        MetricQuerySpec::Counter { .. } => Measure::Rate,
        MetricQuerySpec::Expression { .. } => Measure::Instant,
        _ => Measure::Gauge,
    };
    ask.series(context, &Wanted::over_time(metric, measure, &BY))
}

/// One resource with everything that uses it.
struct Use<'a> {
    metric: &'a MetricSpec,
    title: &'static str,
    consumers: Vec<Consumer>,
    /// Whether values are shares of the limit.
    is_share: bool,
}

struct Consumer {
    line: Line,
    labels: Labels,
    used: f64,
    limit: f64,
    /// Highest share of the limit in the range, spikes included.
    peak: f64,
}

impl<'a> Use<'a> {
    fn new(
        context: &Context<'_>,
        metric: &'a MetricSpec,
        title: &'static str,
        used: &Frame,
        limit: Option<&Frame>,
    ) -> Self {
        let is_share_unit = matches!(metric.unit.id(), "percent" | "percentunit");
        let limits = limit.map_or(&[][..], Frame::series);
        let mut consumers: Vec<Consumer> =
            used.series().iter().filter_map(|s| Consumer::new(context, metric, s, limits)).collect();
        let is_share = !is_share_unit && consumers.iter().any(|c| c.limit.is_finite());
        consumers.order_by(|a, b| b.rank(is_share || is_share_unit).total_cmp(&a.rank(is_share || is_share_unit)));
        if is_share {
            for consumer in &mut consumers {
                consumer.divide();
            }
        }
        Self { metric, title, consumers, is_share }
    }

    fn unit(&self) -> Unit {
        if self.is_share { Unit::from("percentunit") } else { self.metric.unit.clone() }
    }

    /// One for `percentunit`, a hundred for `percent`; nothing for what has no full mark.
    fn full(&self) -> Option<f64> {
        match self.unit().id() {
            "percentunit" => Some(1.0),
            "percent" => Some(100.0),
            _ => None,
        }
    }

    /// What a consumer uses now of what it may; `NaN` without a limit.
    fn share(&self, consumer: &Consumer) -> f64 {
        if self.is_share {
            consumer.used / consumer.limit
        } else {
            self.full().map_or(f64::NAN, |full| consumer.used / full)
        }
    }

    fn block(&self, context: &Context<'_>, events: &[crate::view::Event]) -> Block {
        let drawn = self.consumers.iter().enumerate().map(|(i, consumer)| Line {
            role: if i < MAX_LINES { LineRole::Main } else { LineRole::Muted },
            title: if i < MAX_LINES { consumer.line.title.clone() } else { String::new() },
            ..consumer.line.clone()
        });
        let limit = self.full().map(|value| Reading { value, title: "limit".to_owned(), tone: Tone::Neutral });
        let near_limit = self
            .full()
            .is_some_and(|full| self.consumers.iter().any(|c| c.peak > WARM * full || c.peak > WARM && self.is_share));
        let body = Lines {
            metric: self.metric.id.clone(),
            x: lines::time_axis(context.range),
            y: AxisSpec { unit: self.unit(), min: Some(0.0), ..AxisSpec::default() },
            lines: drawn.collect(),
            events: events.to_vec(),
            readings: limit.filter(|_| near_limit).into_iter().collect(),
            ..Lines::default()
        };
        let title = if self.is_share { format!("{} of limit", self.title) } else { self.title.to_owned() };
        block(&self.metric.id, &title, BlockBody::Lines(body)).of_width(4)
    }
}

impl Consumer {
    fn new(context: &Context<'_>, metric: &MetricSpec, series: &Series, limits: &[Series]) -> Option<Self> {
        let mut line = lines::line(context, series);
        line.title = short_title(context, &series.labels);
        let (_, used) = series.last()?;
        let limit = limits.iter().find(|l| agrees(&l.labels, &series.labels)).and_then(Series::last);
        let limit = limit.map_or(f64::NAN, |(_, value)| value);
        let highest = if line.high.is_empty() { &line.y } else { &line.high };
        let peak = highest.iter().copied().filter(|v| v.is_finite()).reduce(f64::max).unwrap_or(f64::NAN);
        let _ = metric;
        Some(Self { line, labels: series.labels.clone(), used, limit, peak })
    }

    /// How hot it is now: the share of its limit, or the plain value where there is no limit.
    fn rank(&self, by_share: bool) -> f64 {
        let share = self.used / self.limit;
        match (share.is_finite(), by_share) {
            (true, _) => share,
            (false, true) if self.limit.is_nan() => self.used,
            _ => self.used,
        }
    }

    fn divide(&mut self) {
        if self.limit.is_nan() || self.limit <= 0.0 {
            return;
        }
        for values in [&mut self.line.y, &mut self.line.low, &mut self.line.high] {
            for value in values.iter_mut() {
                *value /= self.limit;
            }
        }
        self.peak /= self.limit;
    }
}

/// Whether every label that both carry has the same value. Use and limit come from different exporters, so the scraped
/// `instance` tells nothing, unless it is all there is.
fn agrees(a: &Labels, b: &Labels) -> bool {
    let shared = || a.iter().filter_map(|(name, value)| b.get(name).map(|other| (name, value == other)));
    if shared().any(|(name, _)| name != "instance") {
        shared().all(|(name, equal)| equal || name == "instance")
    } else {
        shared().all(|(_, equal)| equal)
    }
}

/// Model and version say enough; else what is left.
fn short_title(context: &Context<'_>, labels: &Labels) -> String {
    let mut kept = labels.clone();
    if kept.get("model").is_some() {
        kept.remove("pod");
        kept.remove("instance");
    }
    if kept.get("gpu").is_some() || kept.get("device").is_some() {
        kept.remove("instance");
    }
    lines::title(context, &kept)
}

/// The hottest consumer of each resource that has a limit or a full mark, hottest first.
fn hottest(uses: &[Use<'_>]) -> Vec<Figure> {
    let mut found: Vec<(f64, Figure)> = uses.iter().filter_map(|u| figure(u)).collect();
    found.order_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, figure)| figure).collect()
}

fn figure(used: &Use<'_>) -> Option<(f64, Figure)> {
    let full = used.full()?;
    let first = used.consumers.first()?;
    let now = if used.is_share { first.used / first.limit } else { first.used };
    let mut figure = figures::named(
        &used.metric.id,
        &format!("{}, {}", used.title, first.line.title),
        used.unit().id(),
        Direction::Lower,
    );
    figure.series = first.labels.clone();
    figure.value = now.is_finite().then_some(now);
    let what = if first.line.x.len() > 1 { "mean over the newest time step" } else { "one reading" };
    figure.method = Some(format!("highest of {}, {what}: no interval", used.consumers.len()));
    figure.spark = lines::spark(&first.line.x, &first.line.y);
    now.is_finite().then_some((now / full, figure))
}

fn summary(hottest: Option<&Figure>, uses: &[Use<'_>]) -> Summary {
    let Some(figure) = hottest else {
        return Summary::text("use of resources over time; no limits are known");
    };
    let shares = uses.iter().flat_map(|used| used.consumers.iter().map(|consumer| used.share(consumer)));
    let known: Vec<f64> = shares.filter(|share| share.is_finite()).collect();
    let n_warm = known.iter().filter(|share| **share >= WARM).count();
    Summary::text(format!("the hottest is {} at ", figure.title))
        .value(figure.value.unwrap_or(f64::NAN), &figure.unit)
        .then(format!(" of its limit; {n_warm} of {} with a limit use ", known.len()))
        .value(WARM, &Unit::from("percentunit"))
        .then(" of it or more")
}

fn table(uses: &[Use<'_>]) -> Grid {
    let column = |title: &str, unit: &str| GridColumn { title: title.to_owned(), metric: None, unit: Unit::from(unit) };
    let mut grid = Grid {
        columns: vec![
            column("Resource", "none"),
            column("Consumer", "none"),
            column("Share of limit", "percentunit"),
            column("Highest", "percentunit"),
            column("State", "none"),
        ],
        ..Grid::default()
    };
    let mut rows: Vec<(f64, Vec<Cell>)> = Vec::new();
    for used in uses {
        let full = used.full();
        for consumer in &used.consumers {
            let now = used.share(consumer);
            let peak = if used.is_share { consumer.peak } else { full.map_or(f64::NAN, |f| consumer.peak / f) };
            let share = |value: f64| if value.is_finite() { Cell::Share(value, value) } else { Cell::Missing };
            let state = match now {
                v if v >= HOT => Cell::Status(Tone::Bad, "hot".to_owned()),
                v if v >= WARM => Cell::Status(Tone::Warning, "warm".to_owned()),
                v if v.is_finite() => Cell::Status(Tone::Good, "fine".to_owned()),
                _ => Cell::Status(Tone::Unknown, "no limit known".to_owned()),
            };
            let cells = vec![
                Cell::Text(used.title.to_owned()),
                Cell::Text(consumer.line.title.clone()),
                share(now),
                share(peak),
                state,
            ];
            rows.push((if now.is_finite() { now } else { -1.0 }, cells));
        }
    }
    rows.order_by(|a, b| b.0.total_cmp(&a.0));
    grid.rows = rows.into_iter().map(|(_, cells)| cells).collect();
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_found_although_another_exporter_reports_it() {
        let labels = |instance: &str, pod: &str| Labels::new().with("instance", instance).with("pod", pod);
        assert!(agrees(&labels("kube-state-metrics:8080", "digits-v2-0"), &labels("node-1:10250", "digits-v2-0")));
        assert!(!agrees(&labels("node-1:10250", "digits-v3-0"), &labels("node-1:10250", "digits-v2-0")));
        let alone = |instance: &str| Labels::new().with("instance", instance);
        assert!(agrees(&alone("node-1:10250"), &alone("node-1:10250")));
        assert!(!agrees(&alone("node-1:10250"), &alone("node-2:10250")));
    }
}
