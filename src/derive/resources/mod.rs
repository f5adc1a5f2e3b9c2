//! Resources: use against limits and requests, the hottest first, as small multiples under one crosshair.

mod consumer;
mod table;
mod used;

use std::sync::Arc;

use super::shared::{block, rollouts, teach_metric};
use super::{Ask, Context, Stop, Wanted};
use crate::frame::Frame;
use crate::query::Measure;
use crate::spec::{MetricQuerySpec, MetricSpec};
use crate::view::{Block, BlockBody, View};
use used::Use;

/// What the panel knows how to show: the slot and a name. A slot's bounds are those of its name with `-limit`, `-request` and `-free`.
const RESOURCES: [(&str, &str); 6] = [
    ("cpu", "CPU"),
    ("memory", "Memory"),
    ("gpu", "GPU"),
    ("gpu-memory", "GPU memory"),
    ("disk", "Disk"),
    ("network", "Network"),
];
/// Labels that tell one consumer from another; those that a metric does not carry fall away.
const BY: [&str; 6] = ["model", "version", "pod", "gpu", "device", "instance"];

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let mut asked = Vec::new();
    let other = context.other();
    for (slot, title) in RESOURCES {
        let Some(metric) = context.metric(slot) else { continue };
        let own = Asked::new(context, ask, slot, metric);
        let other = other.as_ref().map(|other| Asked::new(&other.context, ask, slot, metric));
        asked.push((metric, title, own, other));
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
    let (mut uses, mut theirs) = (Vec::new(), Vec::new());
    let mut failure = None;
    for (metric, title, own, of_other) in asked {
        let bounds = own.bounds(ask)?;
        match own.used {
            Ok(used) => uses.push(Use::new(context, metric, title, &used, bounds.each_ref().map(Option::as_deref))),
            Err(Stop::Pending) => return Err(Stop::Pending),
            Err(stop) => {
                if let Stop::Failed(why) = &stop {
                    ask.fail(why.clone());
                }
                failure = Some(stop);
            }
        }
        if let (Some(asked), Some(other)) = (of_other, &other) {
            let bounds = asked.bounds(ask)?;
            if let Some(used) = ask.spare(asked.used)? {
                let bounds = bounds.each_ref().map(Option::as_deref);
                theirs.push(Use::new(&other.context, metric, title, &used, bounds));
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
    let others = other.as_ref().map(|other| (other, theirs.as_slice()));
    let hottest = table::hottest(&uses, others);
    let of_other = |own: &Use<'_>| {
        let (other, theirs) = others?;
        theirs.iter().find(|theirs| theirs.metric.id == own.metric.id).map(|theirs| (other, theirs))
    };
    let mut blocks: Vec<Block> = uses.iter().map(|u| u.block(context, &events, of_other(u))).collect();
    let all = table::table(&uses, others);
    blocks.push(block("consumers", "Consumers, hottest first", BlockBody::Grid(all)).in_details());
    Ok(View {
        summary: table::summary(hottest.first(), &uses),
        figures: hottest.into_iter().take(4).collect(),
        blocks,
        as_of_ms: uses.iter().flat_map(|u| &u.consumers).filter_map(|c| c.line.x.last().copied()).reduce(f64::max),
        ..View::default()
    })
}

/// The questions about one resource.
struct Asked {
    used: Result<Arc<Frame>, Stop>,
    /// Limit, request and what is free.
    bounds: [Option<Result<Arc<Frame>, Stop>>; 3],
}

impl Asked {
    fn new(context: &Context<'_>, ask: &mut Ask<'_>, slot: &str, metric: &MetricSpec) -> Self {
        let used = series(context, ask, metric);
        let bounds = ["limit", "request", "free"].map(|bound| {
            let metric = context.metric(&format!("{slot}-{bound}"))?;
            Some(series(context, ask, metric))
        });
        Self { used, bounds }
    }

    /// Takes the answers about bounds; one that fails leaves the resource without it.
    fn bounds(&self, ask: &mut Ask<'_>) -> Result<[Option<Arc<Frame>>; 3], Stop> {
        let mut found = [const { None }; 3];
        for (found, asked) in found.iter_mut().zip(&self.bounds) {
            if let Some(answer) = asked {
                *found = ask.spare(answer.clone())?;
            }
        }
        Ok(found)
    }
}

fn series(context: &Context<'_>, ask: &mut Ask<'_>, metric: &MetricSpec) -> Result<Arc<Frame>, Stop> {
    let measure = match metric.query {
        MetricQuerySpec::Counter { .. } => Measure::Rate,
        MetricQuerySpec::Expression { .. } => Measure::Instant,
        _ => Measure::Gauge,
    };
    ask.series(context, &Wanted::over_time(metric, measure, &BY))
}
