//! One consumer of a resource: what it uses, what it may use and what it asked for.

use crate::derive::Context;
use crate::derive::shared::lines;
use crate::frame::{Labels, Series};
use crate::view::Line;

pub(super) struct Consumer {
    pub(super) line: Line,
    pub(super) labels: Labels,
    pub(super) used: f64,
    /// `NaN` where none is known.
    pub(super) limit: f64,
    /// What was requested of the scheduler, in the unit of use; `NaN` where none is known.
    pub(super) request: f64,
    /// Highest share of the limit in the range, spikes included.
    pub(super) peak: f64,
}

impl Consumer {
    /// `None` for a series without a number. The bounds are the newest of those whose labels agree.
    pub(super) fn new(context: &Context<'_>, series: &Series, limits: &[Series], requests: &[Series]) -> Option<Self> {
        let mut line = lines::line(context, series);
        line.title = short_title(context, &series.labels);
        let (_, used) = series.last()?;
        let bound = |of: &[Series]| {
            let found = of.iter().find(|l| agrees(&l.labels, &series.labels)).and_then(Series::last);
            found.map_or(f64::NAN, |(_, value)| value)
        };
        let highest = if line.high.is_empty() { &line.y } else { &line.high };
        let peak = highest.iter().copied().filter(|v| v.is_finite()).reduce(f64::max).unwrap_or(f64::NAN);
        let (limit, request) = (bound(limits), bound(requests));
        Some(Self { line, labels: series.labels.clone(), used, limit, request, peak })
    }

    /// What it uses now of what it requested; above 1 it lives on what others leave. `NaN` without a request.
    pub(super) fn share_of_request(&self) -> f64 {
        if self.request > 0.0 { self.used / self.request } else { f64::NAN }
    }

    /// How hot it is now: the share of its limit, or the plain value where there is no limit.
    pub(super) fn rank(&self, by_share: bool) -> f64 {
        let share = self.used / self.limit;
        match (share.is_finite(), by_share) {
            (true, _) => share,
            (false, true) if self.limit.is_nan() => self.used,
            _ => self.used,
        }
    }

    pub(super) fn divide(&mut self) {
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
pub(super) fn agrees(a: &Labels, b: &Labels) -> bool {
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
