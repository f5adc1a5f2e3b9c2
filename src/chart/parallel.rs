//! Parallel coordinates.

use charming::component::{ParallelAxis, ParallelCoordinate};
use charming::element::AxisType;
use charming::series::Parallel as Runs;
use serde_json::{Value, json};

use super::parts::{Sketch, extent};
use super::{Drawing, SeriesHit, Theme};
use crate::view::{Parallel, ParallelRun, XScale};

pub(super) fn compile(body: &Parallel, theme: &Theme, _width_px: u32) -> Drawing {
    let mut sketch = Sketch::new(theme);
    sketch.place("parallel", ParallelCoordinate::new());
    sketch.merge(json!({ "parallel": { "left": 48, "right": 64, "top": 34, "bottom": 20 } }));
    let (mut axes, mut patches) = (Vec::new(), Vec::new());
    for (i, spec) in body.axes.iter().enumerate() {
        let kind = match (spec.categories.is_empty(), spec.scale) {
            (false, _) => AxisType::Category,
            (true, XScale::Log) => AxisType::Log,
            (true, _) => AxisType::Value,
        };
        let mut axis = ParallelAxis::new().dim(i as f64).name(spec.title.as_str()).inverse(spec.flipped).type_(kind);
        if !spec.categories.is_empty() {
            axis = axis.data(spec.categories.iter().map(String::as_str).collect::<Vec<_>>());
        }
        axes.push(axis);
        patches.push(axis_patch(i, body, theme));
    }
    sketch.place("parallelAxis", axes);
    sketch.merge(json!({ "parallelAxis": patches }));
    let of_focus = |focus: bool| -> Vec<usize> {
        (0..body.runs.len()).filter(|&i| body.runs.get(i).is_some_and(|r| r.focus == focus)).collect()
    };
    let muted = of_focus(false);
    let style = json!({ "color": theme.muted, "width": 1, "opacity": 0.15 });
    sketch.series(Runs::new(), runs_patch("muted", body, &muted, &style), SeriesHit::Runs(muted));
    let focused = of_focus(true);
    let style = json!({ "width": 1.5, "opacity": 0.75, "color": theme.accent });
    sketch.series(Runs::new(), runs_patch("runs", body, &focused, &style), SeriesHit::Runs(focused));
    let colour = body.runs.iter().filter_map(|r| r.values.get(body.colour_axis).copied());
    if let Some((min, max)) = extent(colour) {
        sketch.merge(json!({ "visualMap": [{
            "type": "continuous", "show": false, "min": min, "max": if max > min { max } else { min + 1.0 },
            "dimension": body.colour_axis, "seriesIndex": 1, "inRange": { "color": theme.sequential },
        }] }));
    }
    sketch.finish(false, 260)
}

fn axis_patch(i: usize, body: &Parallel, theme: &Theme) -> Value {
    let spec = body.axes.get(i);
    let unit = spec.map_or("none", |s| s.unit.id());
    let mut label = json!({ "color": theme.muted, "fontSize": 11, "fontFamily": theme.font });
    if spec.is_some_and(|s| s.categories.is_empty())
        && let Some(object) = label.as_object_mut()
    {
        object.insert("formatter".to_owned(), json!(format!("fn:unit:{unit}")));
    }
    json!({
        "id": format!("axis-{i}"),
        "nameTextStyle": { "color": theme.text, "fontSize": 11, "fontFamily": theme.font },
        "nameGap": 12, "realtime": false, "scale": true,
        "axisLine": { "lineStyle": { "color": theme.muted } }, "axisTick": { "show": false }, "axisLabel": label,
        "areaSelectStyle": { "width": 16, "borderColor": theme.accent, "color": theme.accent, "opacity": 0.2 },
    })
}

fn runs_patch(id: &str, body: &Parallel, chosen: &[usize], line_style: &Value) -> Value {
    let cell = |value: &f64| if value.is_finite() { json!(value) } else { json!("-") };
    let row = |run: &ParallelRun| Value::Array(run.values.iter().map(cell).collect());
    let data: Vec<Value> = chosen.iter().filter_map(|&i| body.runs.get(i)).map(row).collect();
    json!({
        "id": id, "data": data, "lineStyle": line_style, "inactiveOpacity": 0.1, "activeOpacity": 0.9,
        "emphasis": { "disabled": true }, "progressive": 500, "smooth": false,
    })
}
