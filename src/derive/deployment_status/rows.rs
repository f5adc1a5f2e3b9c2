//! Deployments by model, version and environment, put together from replicas and traffic.

use std::collections::BTreeMap;

use crate::frame::{Frame, Labels, Series};
use crate::query::TimeRange;
use crate::view::Tone;

/// Shares of traffic below this are none.
const SOME: f64 = 1e-6;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) model: String,
    pub(super) version: String,
    pub(super) environment: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Deployment {
    pub(super) desired: Option<f64>,
    pub(super) ready: Option<f64>,
    pub(super) share: Option<f64>,
    /// The state that the deployer reports.
    pub(super) reported: Option<String>,
    pub(super) since_ms: Option<f64>,
    /// Whether it has run like this since before the range.
    pub(super) is_older: bool,
    pub(super) owner: Option<String>,
    pub(super) regions: Vec<String>,
    pub(super) aliases: Vec<String>,
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

pub(super) fn add_replicas(
    rows: &mut BTreeMap<Key, Deployment>,
    frame: Option<&Frame>,
    set: fn(&mut Deployment, Option<f64>),
) {
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
pub(super) fn add_traffic(rows: &mut BTreeMap<Key, Deployment>, frame: Option<&Frame>, range: TimeRange) {
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
    pub(super) fn is_in_trouble(&self) -> bool {
        let (tone, _) = self.state();
        tone > Tone::Good && tone != Tone::Unknown
    }

    pub(super) fn state(&self) -> (Tone, &'static str) {
        let is_down = self.desired.is_some_and(|d| d > 0.0) && self.ready == Some(0.0);
        let is_short = matches!((self.desired, self.ready), (Some(desired), Some(ready)) if ready < desired);
        match (self.reported.as_deref(), is_down, is_short) {
            (_, true, _) | (Some("failed"), _, _) => (Tone::Bad, "failed"),
            (Some("rolling_back"), _, _) => (Tone::Warning, "rolling back"),
            (Some("in_progress"), _, _) => (Tone::Warning, "in progress"),
            (_, _, true) => (Tone::Warning, "replicas missing"),
            (Some("deployed"), _, _) => (Tone::Good, "deployed"),
            _ if self.ready.is_some_and(|ready| ready > 0.0) => (Tone::Good, "deployed"),
            _ if self.ready.is_none() && self.desired.is_some_and(|d| d > 0.0) => {
                (Tone::Unknown, "wanted, readiness not known")
            }
            _ if self.desired.is_none() && self.share.is_none() => (Tone::Unknown, "registered, not seen serving"),
            _ if self.share.is_some_and(|share| share > SOME) => (Tone::Good, "deployed"),
            _ => (Tone::Neutral, "scaled to zero"),
        }
    }
}
