//! Rollouts as events on time charts: the instants at which a version's traffic share changed.

use crate::derive::{Ask, Context, Stop, Wanted};
use crate::order::Order;
use crate::query::Measure;
use crate::view::{Event, Tone};

/// Changes of traffic share smaller than this are no rollout.
const LEAST_CHANGE: f64 = 0.05;

/// Events from the metric in the slot `traffic-share`; none where the workspace has no such metric.
///
/// They are drawn behind a picture that is shown without them.
///
/// # Errors
/// Never stops a panel: a failure means no events and makes it partial.
pub(crate) fn events(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<Vec<Event>, Stop> {
    let Some(metric) = context.metric("traffic-share") else { return Ok(Vec::new()) };
    let frame = match ask.series(context, &Wanted::over_time(metric, Measure::Instant, &["model", "version"])) {
        Ok(frame) => frame,
        Err(Stop::Pending) => return Err(Stop::Pending),
        Err(stop) => {
            ask.excuse(stop);
            return Ok(Vec::new());
        }
    };
    let mut events = Vec::new();
    for series in frame.series() {
        let name = super::lines::title(context, &series.labels);
        let mut last: Option<f64> = None;
        for (x, y) in series.points() {
            let share = if y.is_finite() { y } else { 0.0 };
            if let Some(before) = last
                && (share - before).abs() >= LEAST_CHANGE
            {
                let percent = (share * 100.0).round();
                let title = if share < before && share <= LEAST_CHANGE {
                    format!("{name} out")
                } else {
                    format!("{name} {percent} %")
                };
                events.push(Event { from_ms: x, to_ms: None, title, tone: Tone::Neutral });
            }
            last = Some(share);
        }
    }
    events.order_by(|a, b| a.from_ms.total_cmp(&b.from_ms));
    Ok(events)
}
