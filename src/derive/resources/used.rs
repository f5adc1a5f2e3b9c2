//! One resource with everything that uses it, as a small multiple.

use super::consumer::{Consumer, agrees};
use crate::derive::shared::{block, lines};
use crate::derive::{Context, Other};
use crate::frame::{Frame, Series};
use crate::order::Order;
use crate::spec::MetricSpec;
use crate::units::Unit;
use crate::view::{AxisSpec, Block, BlockBody, Event, Line, LineRole, Lines, Reading, Tone};

/// Share of the limit from which use is worth a look.
pub(super) const WARM: f64 = 0.75;
/// Lines per small multiple; the others are in the table.
const MAX_LINES: usize = 6;

/// One resource with everything that uses it.
pub(super) struct Use<'a> {
    pub(super) metric: &'a MetricSpec,
    pub(super) title: &'static str,
    pub(super) consumers: Vec<Consumer>,
    /// Whether values are shares of the limit.
    pub(super) is_share: bool,
}

impl<'a> Use<'a> {
    pub(super) fn new(
        context: &Context<'_>,
        metric: &'a MetricSpec,
        title: &'static str,
        used: &Frame,
        [limit, request, free]: [Option<&Frame>; 3],
    ) -> Self {
        let is_share_unit = matches!(metric.unit.id(), "percent" | "percentunit");
        let series = |frame: Option<&Frame>| frame.map_or_else(Vec::new, |frame| frame.series().to_vec());
        let (limits, requests, free) = (series(limit), series(request), series(free));
        let mut consumers: Vec<Consumer> =
            used.series().iter().filter_map(|s| Consumer::new(context, s, &limits, &requests)).collect();
        for consumer in consumers.iter_mut().filter(|c| c.limit.is_nan()) {
            // What is used and what is free make the whole.
            let left = free.iter().find(|f| agrees(&f.labels, &consumer.labels)).and_then(Series::last);
            consumer.limit = left.map_or(f64::NAN, |(_, left)| consumer.used + left);
        }
        let is_share = !is_share_unit && consumers.iter().any(|c| c.limit.is_finite());
        consumers.order_by(|a, b| b.rank(is_share || is_share_unit).total_cmp(&a.rank(is_share || is_share_unit)));
        if is_share {
            for consumer in &mut consumers {
                consumer.divide();
            }
        }
        Self { metric, title, consumers, is_share }
    }

    pub(super) fn unit(&self) -> Unit {
        if self.is_share { Unit::from("percentunit") } else { self.metric.unit.clone() }
    }

    /// One for `percentunit`, a hundred for `percent`; nothing for what has no full mark.
    pub(super) fn full(&self) -> Option<f64> {
        match self.unit().id() {
            "percentunit" => Some(1.0),
            "percent" => Some(100.0),
            _ => None,
        }
    }

    /// What a consumer uses now of what it may; `NaN` without a limit.
    pub(super) fn share(&self, consumer: &Consumer) -> f64 {
        if self.is_share {
            consumer.used / consumer.limit
        } else {
            self.full().map_or(f64::NAN, |full| consumer.used / full)
        }
    }

    /// The share of the limit that was requested, where it is the same for all that have both.
    fn requested(&self) -> Option<Reading> {
        let shares = self.consumers.iter().map(|c| c.request / c.limit).filter(|share| share.is_finite());
        let shares: Vec<f64> = shares.collect();
        let value = *shares.first().filter(|_| self.is_share)?;
        let is_same = shares.iter().all(|share| (share - value).abs() < 1e-9);
        is_same.then(|| Reading { value, title: "requested".to_owned(), tone: Tone::Neutral })
    }

    /// The resource over time, with what it is compared with behind it.
    pub(super) fn block(
        &self,
        context: &Context<'_>,
        events: &[Event],
        other: Option<(&Other<'_>, &Use<'_>)>,
    ) -> Block {
        let drawn = self.consumers.iter().enumerate().map(|(i, consumer)| Line {
            role: if i < MAX_LINES { LineRole::Main } else { LineRole::Muted },
            title: if i < MAX_LINES { consumer.line.title.clone() } else { String::new() },
            ..consumer.line.clone()
        });
        // A side without limits has another unit, in which nothing can be drawn over this one.
        let alike = other.filter(|(_, theirs)| theirs.unit() == self.unit());
        let ghosts = alike.into_iter().flat_map(|(other, theirs)| {
            theirs.consumers.iter().take(MAX_LINES).map(|c| lines::ghost(context, other, c.line.clone()))
        });
        let limit = self.full().map(|value| Reading { value, title: "limit".to_owned(), tone: Tone::Neutral });
        let near_limit = self
            .full()
            .is_some_and(|full| self.consumers.iter().any(|c| c.peak > WARM * full || c.peak > WARM && self.is_share));
        let body = Lines {
            metric: self.metric.id.clone(),
            x: lines::time_axis(context.range),
            y: AxisSpec { unit: self.unit(), min: Some(0.0), ..AxisSpec::default() },
            lines: drawn.chain(ghosts).collect(),
            events: events.to_vec(),
            readings: limit.filter(|_| near_limit).into_iter().chain(self.requested()).collect(),
            ..Lines::default()
        };
        let title = if self.is_share { format!("{} of limit", self.title) } else { self.title.to_owned() };
        block(&self.metric.id, &title, BlockBody::Lines(body)).of_width(4)
    }
}
