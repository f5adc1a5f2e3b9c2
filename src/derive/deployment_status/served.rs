//! What serves, as replicas and traffic tell it, for one side of a comparison.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rows::{Deployment, Key, add_replicas, add_traffic};
use crate::derive::{Ask, Context, Stop, Wanted};
use crate::frame::{Frame, Series};
use crate::query::{Measure, TimeRange};

const BY: [&str; 4] = ["model", "version", "environment", "region"];
const BY_STATE: [&str; 4] = ["model", "version", "environment", "state"];

/// The answers.
pub(super) struct Served {
    pub(super) traffic: Option<Arc<Frame>>,
    desired: Option<Arc<Frame>>,
    ready: Option<Arc<Frame>>,
}

/// The questions: traffic, desired and ready replicas.
pub(super) struct Asked([Option<Result<Arc<Frame>, Stop>>; 3]);

impl Asked {
    pub(super) fn new(context: &Context<'_>, ask: &mut Ask<'_>) -> Self {
        let mut over = |slot: &str, by: &[&str]| {
            Some(ask.series(context, &Wanted::over_time(context.metric(slot)?, Measure::Instant, by)))
        };
        Self([over("traffic-share", &BY_STATE), over("replicas-desired", &BY), over("replicas-ready", &BY)])
    }

    /// Whether the workspace names neither traffic nor replicas.
    pub(super) fn is_nothing(&self) -> bool {
        let Self([traffic, desired, _]) = self;
        traffic.is_none() && desired.is_none()
    }

    /// # Errors
    /// Only [`Stop::Pending`]: what fails is left out.
    pub(super) fn spare(self, ask: &mut Ask<'_>) -> Result<Served, Stop> {
        let Self([traffic, desired, ready]) = self;
        let mut get = |answer: Option<Result<Arc<Frame>, Stop>>| answer.map_or(Ok(None), |answer| ask.spare(answer));
        Ok(Served { traffic: get(traffic)?, desired: get(desired)?, ready: get(ready)? })
    }
}

impl Served {
    /// Whether no serving metric answered.
    pub(super) fn is_nothing(&self) -> bool {
        self.traffic.is_none() && self.desired.is_none() && self.ready.is_none()
    }

    /// The deployments at the end of a range.
    pub(super) fn rows(&self, range: TimeRange) -> BTreeMap<Key, Deployment> {
        let mut rows = BTreeMap::new();
        add_replicas(&mut rows, self.desired.as_deref(), |row, value| row.desired = value);
        add_replicas(&mut rows, self.ready.as_deref(), |row, value| row.ready = value);
        add_traffic(&mut rows, self.traffic.as_deref(), range);
        rows
    }

    /// The newest instant, in milliseconds.
    pub(super) fn last_ms(&self) -> Option<f64> {
        let frames = [&self.traffic, &self.desired, &self.ready];
        let series = frames.into_iter().flatten().flat_map(|f| f.series());
        series.filter_map(Series::last).map(|(x, _)| x).reduce(f64::max)
    }
}
