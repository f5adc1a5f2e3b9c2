//! Replicas wanted and ready within their bounds, and the times when some were missing.

use super::frames::Frames;
use crate::derive::shared::lines;
use crate::derive::{Context, Other};
use crate::frame::{Frame, Labels, Series};
use crate::order::Order;
use crate::units::Unit;
use crate::view::{AxisSpec, Event, Line, LineRole, Lines, Tone};

/// The four gauges, each by model and version, where there are any.
#[derive(Clone, Copy, Default)]
pub(super) struct Replicas<'a> {
    pub(super) desired: Option<&'a Frame>,
    pub(super) ready: Option<&'a Frame>,
    pub(super) min: Option<&'a Frame>,
    pub(super) max: Option<&'a Frame>,
}

fn of<'a>(frame: Option<&'a Frame>, model: &str) -> impl Iterator<Item = &'a Series> {
    let model = model.to_owned();
    frame.map_or(&[][..], Frame::series).iter().filter(move |s| s.labels.get("model").unwrap_or_default() == model)
}

/// The last value of each version of a model, added up; `None` where nothing runs at the end of the range.
pub(super) fn now(frame: Option<&Frame>, model: &str) -> Option<f64> {
    let last: Vec<f64> = of(frame, model).filter_map(|s| s.y.last().copied()).filter(|v| v.is_finite()).collect();
    (!last.is_empty()).then(|| last.iter().sum())
}

/// A stretch of time in which fewer replicas were ready than wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shortage {
    pub(super) labels: Labels,
    pub(super) from_ms: f64,
    /// When it ended; `None` while it lasts.
    pub(super) to_ms: Option<f64>,
    pub(super) most_missing: f64,
}

impl<'a> Replicas<'a> {
    /// The gauges of one side.
    pub(super) fn of(frames: &'a Frames) -> Self {
        Self {
            desired: frames.desired.as_deref(),
            ready: frames.ready.as_deref(),
            min: frames.min.as_deref(),
            max: frames.max.as_deref(),
        }
    }

    /// Ready replicas of the other side of a comparison, to be drawn behind those of the own side.
    pub(super) fn ghosts(&self, context: &Context<'_>, other: &Other<'_>, model: &str) -> Vec<Line> {
        let ghost = |s: &Series| {
            let mut line = lines::line(context, s);
            line.title.push_str(" ready");
            line.series.set("part", "ready");
            lines::ghost(context, other, line)
        };
        of(self.ready, model).map(ghost).collect()
    }

    /// Models that any of the gauges knows.
    pub(super) fn models(&self) -> Vec<String> {
        let series = [self.desired, self.ready].into_iter().flatten().flat_map(Frame::series);
        let mut models: Vec<String> = series.filter_map(|s| s.labels.get("model").map(str::to_owned)).collect();
        models.sort();
        models.dedup();
        models
    }

    /// When replicas of the model were missing.
    ///
    /// The lowest sample of each step counts, so that a short dip is found; of the wish too, so that a step in which both
    /// were raised together is none.
    pub(super) fn shortages(&self, model: &str) -> Vec<Shortage> {
        let mut found = Vec::new();
        for wanted in of(self.desired, model) {
            let Some(ready) = of(self.ready, model).find(|r| r.labels == wanted.labels) else { continue };
            let lowest = ready.envelope.as_ref().map_or(&ready.y, |e| &e.low);
            let least_wanted = wanted.envelope.as_ref().map_or(&wanted.y, |e| &e.low);
            let mut open: Option<Shortage> = None;
            for (i, &at) in ready.x.iter().enumerate() {
                let place = wanted.x.iter().position(|x| (x - at).abs() < 0.5);
                let n_wanted = place.and_then(|place| least_wanted.get(place)).copied().unwrap_or(f64::NAN);
                let missing = n_wanted - lowest.get(i).copied().unwrap_or(f64::NAN);
                // Where a source gives means only, they are no whole numbers in a step of change: half a replica is no shortage.
                if missing >= 0.75 {
                    let shortage = open.get_or_insert_with(|| Shortage {
                        labels: wanted.labels.clone(),
                        from_ms: at,
                        to_ms: None,
                        most_missing: 0.0,
                    });
                    shortage.most_missing = shortage.most_missing.max(missing.round());
                } else if missing.is_finite()
                    && let Some(shortage) = open.take()
                {
                    found.push(Shortage { to_ms: Some(at), ..shortage });
                }
            }
            found.extend(open);
        }
        found.order_by(|a, b| a.from_ms.total_cmp(&b.from_ms));
        found
    }

    /// Ready and wanted replicas of each version, with the bounds as guides and shortages as spans.
    pub(super) fn lines(&self, context: &Context<'_>, model: &str, metric: &str, rollouts: &[Event]) -> Option<Lines> {
        let mut drawn: Vec<Line> = of(self.ready, model)
            .map(|s| {
                let mut line = lines::line(context, s);
                line.title.push_str(" ready");
                line.series.set("part", "ready");
                line
            })
            .collect();
        drawn.extend(of(self.desired, model).map(|s| {
            let mut line = lines::line(context, s);
            line.title.push_str(" desired");
            line.series.set("part", "desired");
            line.role = LineRole::Training;
            (line.low, line.high) = (Vec::new(), Vec::new());
            line
        }));
        if drawn.is_empty() {
            return None;
        }
        for (frame, part, word) in [(self.min, "min", "fewest allowed"), (self.max, "max", "most allowed")] {
            let mut bounds: Vec<Line> = Vec::new();
            for series in of(frame, model) {
                let mut line = lines::line(context, series);
                // Versions mostly share their bounds: one guide says it.
                if bounds.iter().any(|b| b.x == line.x && b.y == line.y) {
                    continue;
                }
                line.title = format!("{} {word}", line.title);
                line.series.set("part", part);
                line.role = LineRole::Guide;
                (line.low, line.high) = (Vec::new(), Vec::new());
                bounds.push(line);
            }
            if let [only] = bounds.as_mut_slice() {
                word.clone_into(&mut only.title);
            }
            drawn.extend(bounds);
        }
        let span = |s: Shortage| Event {
            from_ms: s.from_ms,
            to_ms: Some(s.to_ms.unwrap_or(context.range.to_ms as f64)),
            title: format!("{}: {} missing", lines::title(context, &s.labels), s.most_missing),
            tone: Tone::Warning,
        };
        let mut events = rollouts.to_vec();
        events.extend(self.shortages(model).into_iter().map(span));
        Some(Lines {
            metric: metric.to_owned(),
            x: lines::time_axis(context.range),
            y: AxisSpec { unit: Unit::from("short"), min: Some(0.0), ..AxisSpec::default() },
            lines: drawn,
            events,
            ..Lines::default()
        })
    }
}
