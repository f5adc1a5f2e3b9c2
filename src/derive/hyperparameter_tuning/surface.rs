//! The objective over two parameters at once: what the forest predicts there, with the runs on it.
//!
//! The surface is the forest's partial dependence: its mean prediction with the two parameters set, over runs with all others as they
//! were. It is interpolation between runs and no measurement, and the panel says so.

use super::axes;
use super::importance::Fitted;
use super::study::Study;
use crate::derive::shared::block;
use crate::derive::shared::sweep::Param;
use crate::derive::{Ask, Context};
use crate::stats::forest::Level;
use crate::view::{Block, BlockBody, Field, Scatter, XScale};

/// Cells along an axis of numbers.
const N_CELLS: usize = 24;
/// Runs that a prediction is averaged over.
const N_ROWS: usize = 30;

/// The surface over the chosen two parameters, else the two most important, with the runs as points.
///
/// # Errors
/// Why there is none, in words.
pub(super) fn block_of(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    study: &Study<'_>,
    fitted: Option<&Fitted>,
) -> Result<Block, String> {
    let ranked = axes::ranked(context, study, fitted.map(|f| &f.importance));
    let [x, y, ..] = ranked.as_slice() else { return Err("fewer than two parameters differ".to_owned()) };
    let key = &study.objective.key;
    let field =
        fitted.filter(|f| f.importance.r2_unseen > 0.0).and_then(|fitted| field(context, ask, study, fitted, x, y));
    let title = match &field {
        Some(_) => format!("{key} by {} and {}, forest's prediction behind the runs", x.key, y.key),
        None => format!("Runs by {} and {}", x.key, y.key),
    };
    if let Some(fitted) = fitted.filter(|_| field.is_some()) {
        ask.remark(format!(
            "the surface is the mean prediction of a forest fitted on {} runs (R² on runs it has not seen: {:.2}), no measurement",
            fitted.importance.n, fitted.importance.r2_unseen
        ));
    } else {
        ask.remark("no surface: no forest predicts runs that it has not seen");
    }
    let ends = shade_ends(study, field.as_ref());
    let shade = |value: f64| if ends.1 > ends.0 { (value - ends.0) / (ends.1 - ends.0) } else { f64::NAN };
    let (mut points, mut values) = (Vec::new(), Vec::new());
    let runs = x.positions().into_iter().zip(y.positions()).zip(&study.objective.values);
    for (run, ((at_x, at_y), &value)) in runs.enumerate() {
        if at_x.is_finite() && at_y.is_finite() && value.is_finite() {
            let mut point = study.point(run, at_x, at_y);
            point.shade = shade(value).clamp(0.0, 1.0);
            points.push(point);
            values.push(value);
        }
    }
    let body = Scatter {
        metric: y.key.clone(),
        x: axes::scatter_axis(context, x),
        y: axes::scatter_axis(context, y),
        points,
        values,
        value_title: key.clone(),
        value_unit: study.objective.unit.clone(),
        field: field.map(|field| Box::new(Field { low: ends.0, high: ends.1, ..field })),
        target: Some("run".to_owned()),
        x_key: x.key.clone(),
        x_brush: context.selection.brushes.get(&x.key).map(|&(low, high)| crate::view::Brush { low, high }),
        ..Scatter::default()
    };
    Ok(block("surface", &title, BlockBody::Scatter(body)))
}

/// Least and greatest value of cells and runs together, so that both are shaded alike.
fn shade_ends(study: &Study<'_>, field: Option<&Field>) -> (f64, f64) {
    let cells = field.map(|f| f.values.as_slice()).unwrap_or_default();
    let all = cells.iter().chain(&study.objective.values).copied().filter(|v| v.is_finite());
    all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

fn field(
    context: &Context<'_>,
    ask: &Ask<'_>,
    study: &Study<'_>,
    fitted: &Fitted,
    x: &Param,
    y: &Param,
) -> Option<Field> {
    let place = |param: &Param| fitted.keys.iter().position(|key| *key == param.key);
    let (at_x, at_y) = (place(x)?, place(y)?);
    let (across, up) = (Cells::of(context, x)?, Cells::of(context, y)?);
    let key = format!("{} over {} ({:?}) and {} ({:?})", fitted.name, x.key, across.scale, y.key, up.scale);
    let values = ask.kept(&[&study.sweep.frame], &key, || {
        fitted.forest.partial((at_x, &across.levels), (at_y, &up.levels), N_ROWS)
    });
    Some(Field {
        x_low: across.low,
        x_high: across.high,
        y_low: up.low,
        y_high: up.high,
        values: values.to_vec(),
        low: f64::NAN,
        high: f64::NAN,
    })
}

/// The cells along one axis: their ends, and the level that stands for each.
struct Cells {
    low: Vec<f64>,
    high: Vec<f64>,
    levels: Vec<Level>,
    scale: XScale,
}

impl Cells {
    /// A cell for each category, or cells of equal width on the axis; `None` where all numbers are the same.
    fn of(context: &Context<'_>, param: &Param) -> Option<Self> {
        let scale = axes::scatter_axis(context, param).scale;
        if param.numbers.is_none() {
            let places: Vec<f64> = (0..param.categories.len()).map(|i| i as f64).collect();
            let levels = param.categories.iter().cloned().map(Level::Category).collect();
            return Some(Self { low: places.clone(), high: places, levels, scale });
        }
        let (low, high) = param.extent().filter(|(low, high)| low < high)?;
        let at = |share: f64| match scale {
            XScale::Log => low * (high / low).powf(share),
            _ => low + (high - low) * share,
        };
        let edge = |i: usize| at(i as f64 / N_CELLS as f64);
        Some(Self {
            low: (0..N_CELLS).map(edge).collect(),
            high: (1..=N_CELLS).map(edge).collect(),
            levels: (0..N_CELLS).map(|i| Level::Number(at((i as f64 + 0.5) / N_CELLS as f64))).collect(),
            scale,
        })
    }
}
