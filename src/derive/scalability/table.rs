//! One row a model: the panel in numbers.

use std::sync::Arc;

use super::figures::counted;
use super::frames::{Frames, of_model};
use super::replicas::Replicas;
use super::steps::Steps;
use super::{load, queue, replicas, title};
use crate::derive::Context;
use crate::frame::Frame;
use crate::units::Unit;
use crate::view::{Cell, Grid, GridColumn};

/// One row a model: replicas, bounds, queue, restarts and room.
pub(super) fn table(
    context: &Context<'_>,
    frames: &Frames,
    replicas: &Replicas<'_>,
    models: &[String],
    steps: &Steps,
    objective: Option<f64>,
) -> Grid {
    let column = |title: &str, metric: Option<&str>, unit: &str| GridColumn {
        title: title.to_owned(),
        metric: metric.map(str::to_owned),
        unit: Unit::from(unit),
    };
    let number = |value: Option<f64>| value.filter(|v| v.is_finite()).map_or(Cell::Missing, Cell::Number);
    let row = |model: &String| {
        let own = |frame: &Option<Arc<Frame>>| frame.as_deref().map(|f| of_model(f, model));
        let counted = |frame: &Option<Arc<Frame>>| counted(frame.as_deref(), model);
        let room = objective.and_then(|objective| load::room(steps.of(model), objective));
        vec![
            Cell::Text(title(context, model)),
            number(replicas::now(frames.ready_now.as_deref(), model)),
            number(replicas::now(frames.desired_now.as_deref(), model)),
            number(replicas::now(frames.min.as_deref(), model)),
            number(replicas::now(frames.max.as_deref(), model)),
            Cell::Number(replicas.shortages(model).len() as f64),
            number(own(&frames.queue).and_then(|f| queue::peak(&f)).map(|p| p.1)),
            number(counted(&frames.restarts)),
            number(counted(&frames.failures)),
            match room {
                Some(room) if room > crate::stats::headroom::MAX_EXTRAPOLATION => {
                    Cell::Text("at least 1.5 times the highest load".to_owned())
                }
                Some(room) => Cell::Text(format!("{room:.2} times the highest load")),
                None => Cell::Missing,
            },
        ]
    };
    Grid {
        columns: vec![
            column("Model", None, "none"),
            column("Ready", Some("replicas-ready"), "short"),
            column("Desired", Some("replicas-desired"), "short"),
            column("Fewest", Some("replicas-min"), "short"),
            column("Most", Some("replicas-max"), "short"),
            column("Times short", None, "short"),
            column("Longest queue", Some("queue-depth"), "short"),
            column("Restarts", Some("restarts"), "short"),
            column("Failures", Some("errors"), "short"),
            column("Objective holds to", None, "none"),
        ],
        rows: models.iter().map(row).collect(),
        row_keys: models.to_vec(),
        row_target: Some("model".to_owned()),
        ..Grid::default()
    }
}
