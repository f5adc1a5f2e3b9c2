//! Points in two dimensions.

use charming::element::ItemStyle;
use charming::series::Scatter as Dots;
use serde_json::json;

use super::parts::{Sketch, axis, grid, names, rules};
use super::{Drawing, SeriesHit, Theme};
use crate::view::{Field, LineRole, Scatter};

const ROW_PX: u32 = 34;

pub(super) fn compile(body: &Scatter, theme: &Theme, width_px: u32) -> Drawing {
    let mut sketch = Sketch::new(theme);
    sketch.place_axes(grid(56.0, 12.0, 16.0, 42.0), axis(&body.x, theme, true), axis(&body.y, theme, true));
    sketch.merge(json!({
        "xAxis": { "scale": true, "nameGap": 26, "splitNumber": (width_px / 110).clamp(2, 6), "axisLabel": { "hideOverlap": true } },
        "yAxis": { "scale": true, "nameGap": 42, "splitNumber": 4 },
    }));
    if !body.y_names.is_empty() {
        name_rows(&mut sketch, body, theme, width_px);
    }
    let chosen = |focus: bool| -> Vec<usize> {
        (0..body.points.len()).filter(|&i| body.points.get(i).is_some_and(|p| p.focus == focus)).collect()
    };
    add_points(&mut sketch, body, "muted", chosen(false), theme);
    add_points(&mut sketch, body, "points", chosen(true), theme);
    if let Some(field) = &body.field {
        add_field(&mut sketch, field, theme);
    }
    for (i, line) in body.lines.iter().enumerate() {
        let colour = if line.role == LineRole::Guide { theme.muted.as_str() } else { theme.hue(&line.entity) };
        let has_band = !line.low.is_empty() && line.low.len() == line.x.len() && line.high.len() == line.x.len();
        let mut columns = vec![("x", line.x.clone()), ("y", line.y.clone())];
        if has_band {
            columns.extend([("low", line.low.clone()), ("high", line.high.clone())]);
        }
        let dataset = sketch.dataset(columns);
        if has_band {
            let band = charming::series::Custom::new().item_style(ItemStyle::new().color(colour).opacity(0.14));
            let patch = json!({
                "id": format!("band-{i}"), "renderItem": "fn:band", "datasetIndex": dataset, "silent": true, "z": 1,
                "encode": { "x": "x", "y": ["low", "high"] },
            });
            sketch.series(band, patch, SeriesHit::Decoration);
        }
        let patch = json!({
            "id": format!("line-{i}"), "name": line.title, "datasetIndex": dataset, "encode": { "x": "x", "y": "y" },
            "symbol": "none", "silent": true, "z": 4, "lineStyle": { "color": colour, "width": 1.5 },
        });
        sketch.series(charming::series::Line::new(), patch, SeriesHit::Decoration);
    }
    if let Some(brush) = body.x_brush {
        let style = json!({ "color": theme.selection, "opacity": 1 });
        let span = json!([[{ "xAxis": brush.low }, { "xAxis": brush.high }]]);
        sketch.merge(json!({ "series": [{ "markArea": { "silent": true, "itemStyle": style, "data": span } }] }));
    }
    let height = if body.y_names.is_empty() { 240 } else { 60 + ROW_PX * body.y_names.len().max(3) as u32 };
    sketch.finish(!body.x_key.is_empty(), height)
}

/// Points keep their place on a hidden axis of numbers; a second axis of names lies over it, position by position.
fn name_rows(sketch: &mut Sketch, body: &Scatter, theme: &Theme, width_px: u32) {
    let longest = body.y_names.iter().map(|t| t.chars().count()).max().unwrap_or(0);
    let left = (longest as f64 * 6.4 + 12.0).clamp(40.0, f64::from(width_px) * 0.42);
    let last = body.y_names.len() as f64 - 0.5;
    sketch.place("yAxis", [axis(&body.y, theme, true), names(&body.y_names, theme).inverse(true)]);
    sketch.merge(json!({
        "grid": [{ "left": left }],
        "yAxis": [
            { "show": false, "inverse": true, "min": -0.5, "max": last, "scale": false },
            { "position": "left", "axisLabel": { "interval": 0, "width": left - 10.0, "overflow": "truncate" } },
        ],
    }));
}

fn add_points(sketch: &mut Sketch, body: &Scatter, id: &str, chosen: Vec<usize>, theme: &Theme) {
    let column = |pick: fn(&crate::view::ScatterPoint) -> f64| -> Vec<f64> {
        chosen.iter().filter_map(|&i| body.points.get(i)).map(pick).collect()
    };
    let shades = column(|p| p.shade);
    let is_shaded = id == "points" && shades.iter().any(|s| s.is_finite());
    let dataset = sketch.dataset(vec![("x", column(|p| p.x)), ("y", column(|p| p.y)), ("shade", shades)]);
    let entity = chosen.first().and_then(|&i| body.points.get(i)).map_or("", |p| p.entity.as_str());
    let hue = if entity.is_empty() { theme.accent.as_str() } else { theme.hue(entity) };
    let is_focus = id == "points";
    let dots = Dots::new().symbol_size(if body.points.len() > 500 { 4 } else { 7 }).item_style(
        ItemStyle::new().color(if is_focus { hue } else { theme.muted.as_str() }).opacity(if is_focus {
            0.85
        } else {
            0.2
        }),
    );
    let mut patch = json!({
        "id": id, "datasetIndex": dataset, "encode": { "x": "x", "y": "y" }, "z": if is_focus { 3 } else { 2 },
        "emphasis": { "disabled": true }, "large": body.points.len() > 2_000,
    });
    if is_focus
        && !body.readings.is_empty()
        && let Some(object) = patch.as_object_mut()
    {
        object.insert("markLine".to_owned(), rules(&body.readings, "yAxis", theme, body.points.iter().map(|p| p.y)));
    }
    sketch.series(dots, patch, SeriesHit::Points(chosen));
    if is_shaded {
        sketch.merge(json!({ "visualMap": [{
            "type": "continuous", "show": false, "min": 0, "max": 1, "dimension": "shade", "seriesIndex": 1,
            "inRange": { "color": theme.sequential },
        }] }));
    }
    if is_shaded && body.field.is_some() {
        // On cells of the same shade a run would not be seen without an edge.
        let edge = json!({ "itemStyle": { "borderColor": theme.text, "borderWidth": 1, "opacity": 1 } });
        sketch.merge(json!({ "series": [{}, edge] }));
    }
}

/// The cells of a surface, shaded by the same ramp as the points.
fn add_field(sketch: &mut Sketch, field: &Field, theme: &Theme) {
    let columns = field.x_low.iter().zip(&field.x_high);
    let places = field
        .y_low
        .iter()
        .zip(&field.y_high)
        .flat_map(|(y0, y1)| columns.clone().map(move |(x0, x1)| (*x0, *y0, *x1, *y1)));
    let cells: Vec<((f64, f64, f64, f64), f64)> =
        places.zip(field.values.iter().copied()).filter(|(_, value)| value.is_finite()).collect();
    let column =
        |pick: fn(&(f64, f64, f64, f64)) -> f64| cells.iter().map(|(cell, _)| pick(cell)).collect::<Vec<f64>>();
    let dataset = sketch.dataset(vec![
        ("x0", column(|c| c.0)),
        ("y0", column(|c| c.1)),
        ("x1", column(|c| c.2)),
        ("y1", column(|c| c.3)),
        ("value", cells.iter().map(|(_, value)| *value).collect()),
    ]);
    let patch = json!({
        "id": "field", "renderItem": "fn:cell", "datasetIndex": dataset, "silent": true, "z": 1, "clip": true,
        "encode": { "x": ["x0", "x1"], "y": ["y0", "y1"] },
    });
    sketch.series(charming::series::Custom::new(), patch, SeriesHit::Decoration);
    let (low, high) = (field.low, if field.high > field.low { field.high } else { field.low + 1.0 });
    let ramp = json!({
        "type": "continuous", "show": false, "min": low, "max": high, "dimension": "value", "seriesIndex": 2,
        "inRange": { "color": theme.sequential },
    });
    sketch.merge(json!({ "visualMap": [{}, ramp] }));
}
