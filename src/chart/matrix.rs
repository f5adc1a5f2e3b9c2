//! Heatmaps and confusion matrices.

use charming::component::{VisualMap, VisualMapChannel};
use charming::series::Heatmap;
use serde_json::json;

use super::contrast::prefers;
use super::parts::{Sketch, extent, grid, names};
use super::simulated::{self, Border};
use super::{Drawing, SeriesHit, Theme};
use crate::view::Matrix;

pub(super) fn compile(body: &Matrix, theme: &Theme, width_px: u32) -> Drawing {
    let mut sketch = Sketch::new(theme);
    let is_time = !body.column_times.is_empty();
    let columns: Vec<String> =
        if is_time { body.column_times.iter().map(ToString::to_string).collect() } else { body.columns.clone() };
    let longest = body.rows.iter().map(|t| t.chars().count()).max().unwrap_or(0);
    let left = (longest as f64 * 6.4 + 14.0).clamp(28.0, f64::from(width_px) * 0.35);
    let has_titles = !body.row_title.is_empty() || !body.column_title.is_empty();
    let top = if body.simulated_before_ms.is_some() { f64::from(simulated::TOP_PX) } else { 8.0 };
    sketch.place_axes(
        grid(left + if has_titles { 18.0 } else { 0.0 }, top, 12.0, if has_titles { 44.0 } else { 26.0 }),
        names(&columns, theme),
        names(&body.rows, theme).inverse(true),
    );
    let name_style = json!({ "color": theme.muted, "fontSize": 11, "fontFamily": theme.font });
    let mut x_label = json!({ "hideOverlap": true });
    if is_time {
        x_label = json!({ "hideOverlap": true, "formatter": "fn:time:" });
    }
    sketch.merge(json!({
        "xAxis": { "name": body.column_title, "nameLocation": "middle", "nameGap": 26, "nameTextStyle": name_style, "axisLabel": x_label },
        "yAxis": { "name": body.row_title, "nameLocation": "middle", "nameGap": left, "nameTextStyle": name_style,
                   "axisLabel": { "width": left - 10.0, "overflow": "truncate" } },
    }));
    let (low, high) = extent(body.values.iter().copied()).unwrap_or((0.0, 1.0));
    let reach = low.abs().max(high.abs());
    let (min, max, ramp) =
        if body.diverging { (-reach, reach, &theme.diverging) } else { (low.min(0.0), high, &theme.sequential) };
    let max = if max > min { max } else { min + 1.0 };
    let colours = ramp.iter().map(String::as_str).collect::<Vec<_>>();
    let visual_map = VisualMap::new().show(false).min(min).max(max).in_range(VisualMapChannel::new().color(colours));
    sketch.place("visualMap", [visual_map]);
    sketch.merge(json!({ "visualMap": [{ "type": "continuous", "dimension": 2 }] }));
    let n_columns = columns.len().max(1);
    let finite: Vec<usize> =
        (0..body.values.len()).filter(|&i| body.values.get(i).is_some_and(|v| v.is_finite())).collect();
    if body.labelled {
        // Two series, since all labels of one have the same colour.
        let share = |i: &usize| body.values.get(*i).map_or(0.0, |v| (v - min) / (max - min));
        let (on_light, on_dark): (Vec<usize>, Vec<usize>) =
            finite.into_iter().partition(|i| prefers(&theme.text, &theme.surface, ramp, share(i)));
        add_cells(&mut sketch, body, "cells", on_light, n_columns, theme, &theme.text);
        if !on_dark.is_empty() {
            add_cells(&mut sketch, body, "cells-inverse", on_dark, n_columns, theme, &theme.surface);
        }
    } else {
        add_cells(&mut sketch, body, "cells", finite, n_columns, theme, &theme.text);
    }
    if let Some(before_ms) = body.simulated_before_ms {
        let border = match body.column_times.iter().position(|at| *at >= before_ms) {
            Some(column) => Border::Column(column),
            None => Border::Beyond((n_columns - 1) as f64),
        };
        simulated::add(&mut sketch, before_ms, &border, theme);
    }
    let row_px = match (body.labelled, body.rows.len()) {
        (true, _) => 30,
        (false, 0..=10) => 18,
        // Many rows are read as one picture.
        (false, _) => 13,
    };
    let height = (52 + row_px * body.rows.len().max(3) as u32).min(420);
    sketch.finish(false, height)
}

/// Adds some of the cells, written in one colour where they are labelled.
fn add_cells(
    sketch: &mut Sketch,
    body: &Matrix,
    id: &str,
    cells: Vec<usize>,
    n_columns: usize,
    theme: &Theme,
    ink: &str,
) {
    let at = |pick: fn(usize, usize) -> usize| cells.iter().map(|&i| pick(i, n_columns) as f64).collect::<Vec<_>>();
    let values = cells.iter().filter_map(|&i| body.values.get(i).copied()).collect();
    let dataset = sketch.dataset(vec![("column", at(|i, n| i % n)), ("row", at(|i, n| i / n)), ("value", values)]);
    let mut patch = json!({
        "id": id, "datasetIndex": dataset, "encode": { "x": "column", "y": "row", "value": "value" },
        "itemStyle": { "borderColor": theme.surface, "borderWidth": i32::from(n_columns <= 60) },
        "emphasis": { "disabled": true },
    });
    if let (true, Some(object)) = (body.labelled, patch.as_object_mut()) {
        let label = json!({
            "show": true, "formatter": format!("fn:unit:{}", body.unit.id()), "fontSize": 11, "fontFamily": theme.font,
            "color": ink,
        });
        object.insert("label".to_owned(), label);
    }
    sketch.series(Heatmap::new(), patch, SeriesHit::Cells(cells));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_present_cell_is_found_by_its_place() {
        let mut theme = Theme::sample();
        theme.sequential = vec!["#eeeeff".into(), "#000033".into()];
        let names = || vec!["a".to_owned(), "b".to_owned()];
        let values = vec![0.0, f64::NAN, 10.0, 1.0];
        let body = Matrix { rows: names(), columns: names(), values, labelled: true, ..Matrix::default() };
        let drawing = compile(&body, &theme, 300);
        assert_eq!(drawing.series, [SeriesHit::Cells(vec![0, 3]), SeriesHit::Cells(vec![2])]);
    }
}
