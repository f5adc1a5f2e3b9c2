//! What the panel asks: over time, over the whole range, step by step, and of the other side of a comparison.

use std::sync::Arc;

use super::steps::{Answer, StepFrames};
use crate::derive::shared::{rollouts, teach_metric};
use crate::derive::{Ask, Context, Other, Stop, Wanted};
use crate::frame::{Frame, Series};
use crate::query::Measure;
use crate::view::Event;

const BY: [&str; 2] = ["model", "version"];

/// What was answered for one side.
#[derive(Default)]
pub(super) struct Frames {
    pub(super) desired: Option<Arc<Frame>>,
    pub(super) ready: Option<Arc<Frame>>,
    pub(super) min: Option<Arc<Frame>>,
    pub(super) max: Option<Arc<Frame>>,
    /// Ready and desired as they stand at the end, not averaged over a step.
    pub(super) ready_now: Option<Arc<Frame>>,
    pub(super) desired_now: Option<Arc<Frame>>,
    pub(super) queue: Option<Arc<Frame>>,
    pub(super) restarts: Option<Arc<Frame>>,
    /// Failed requests over the whole range.
    pub(super) failures: Option<Arc<Frame>>,
    pub(super) steps: StepFrames,
    pub(super) rollouts: Vec<Event>,
}

/// The answers of both sides.
pub(super) struct Sides<'a> {
    pub(super) own: Frames,
    pub(super) other: Option<(Other<'a>, Frames)>,
}

/// Questions of one side, before their answers are looked at.
struct Asked {
    frames: [Answer; 9],
    steps: [Answer; 3],
}

impl<'a> Sides<'a> {
    /// Asks both sides at once.
    ///
    /// # Errors
    /// [`Stop::Empty`] where the workspace has no metric for the panel, else only [`Stop::Pending`].
    pub(super) fn ask(context: &Context<'a>, ask: &mut Ask<'_>) -> Result<Self, Stop> {
        let slots = ["replicas-desired", "replicas-ready", "queue-depth", "latency"];
        if slots.iter().all(|slot| context.metric(slot).is_none()) {
            return Err(Stop::missing(
                "this panel shows replicas, queue and head-room, and the workspace has a metric for none of them",
                teach_metric(
                    "replicas-ready",
                    "{ \"type\": \"gauge\", \"source\": \"prom\", \"metric\": \"kube_deployment_status_replicas_ready\" }",
                ),
            ));
        }
        let own = Asked::new(context, ask);
        let other = context.other().map(|other| {
            let asked = Asked::new(&other.context, ask);
            (other, asked)
        });
        let rollouts = rollouts::events(context, ask);
        let own = own.take(ask)?;
        let other = match other {
            Some((other, asked)) => Some((other, asked.take(ask)?)),
            None => None,
        };
        Ok(Self { own: Frames { rollouts: rollouts?, ..own }, other })
    }
}

impl Asked {
    fn new(context: &Context<'_>, ask: &mut Ask<'_>) -> Self {
        let mut over = |slot: &str, measure: Measure| {
            Some(ask.series(context, &Wanted::over_time(context.metric(slot)?, measure, &BY)))
        };
        let [desired, ready] = ["replicas-desired", "replicas-ready"].map(|slot| over(slot, Measure::Gauge));
        let [desired_now, ready_now, min, max] = ["replicas-desired", "replicas-ready", "replicas-min", "replicas-max"]
            .map(|slot| over(slot, Measure::Instant));
        let queue = over("queue-depth", Measure::Gauge);
        let mut whole =
            |slot: &str| Some(ask.series(context, &Wanted::whole(context.metric(slot)?, Measure::Increase, &BY)));
        let [restarts, failures] = ["restarts", "errors"].map(&mut whole);
        let steps = StepFrames::ask(context, ask);
        Self { frames: [desired, ready, min, max, ready_now, desired_now, queue, restarts, failures], steps }
    }

    fn take(self, ask: &mut Ask<'_>) -> Result<Frames, Stop> {
        let mut get = |answer: Answer| answer.map_or(Ok(None), |answer| ask.spare(answer));
        let [desired, ready, min, max, ready_now, desired_now, queue, restarts, failures] = self.frames;
        Ok(Frames {
            desired: get(desired)?,
            ready: get(ready)?,
            min: get(min)?,
            max: get(max)?,
            ready_now: get(ready_now)?,
            desired_now: get(desired_now)?,
            queue: get(queue)?,
            restarts: get(restarts)?,
            failures: get(failures)?,
            steps: StepFrames::take(ask, self.steps)?,
            rollouts: Vec::new(),
        })
    }
}

impl Frames {
    /// The newest instant of what was measured, in milliseconds.
    pub(super) fn last_ms(&self) -> Option<f64> {
        let frames = [&self.ready, &self.desired, &self.queue];
        let series = frames.into_iter().flatten().flat_map(|f| f.series());
        series.filter_map(Series::last).map(|(x, _)| x).chain(self.steps.last_ms()).reduce(f64::max)
    }
}

/// The series of one model.
pub(super) fn of_model(frame: &Frame, model: &str) -> Frame {
    let own = frame.series().iter().filter(|s| s.labels.get("model").unwrap_or_default() == model);
    Frame::from_series(own.cloned().collect())
}
