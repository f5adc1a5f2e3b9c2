//! Values by category: bars, dots with whiskers, distributions.

use charming::element::{AxisType, ItemStyle};
use charming::series::{Bar as BarSeries, Custom, Scatter as Dots};
use serde_json::{Value, json};

use super::parts::{Sketch, axis, extent, grid, names, rules};
use super::{Drawing, SeriesHit, Theme};
use crate::view::{BarMark, Bars};

const ROW_PX: u32 = 22;

pub(super) fn compile(body: &Bars, theme: &Theme, width_px: u32) -> Drawing {
    if body.mark == BarMark::Histogram { histogram(body, theme) } else { rows(body, theme, width_px) }
}

fn hue<'a>(entity: &str, theme: &'a Theme) -> &'a str {
    if entity.is_empty() { &theme.accent } else { theme.hue(entity) }
}

fn titles(body: &Bars) -> Vec<String> {
    let title = |bar: &crate::view::Bar| match bar.note.as_str() {
        "" => bar.title.clone(),
        note => format!("{}  {note}", bar.title),
    };
    body.bars.iter().map(title).collect()
}

fn rows(body: &Bars, theme: &Theme, width_px: u32) -> Drawing {
    let mut sketch = Sketch::new(theme);
    let titles = titles(body);
    let longest = titles.iter().map(|t| t.chars().count()).max().unwrap_or(0);
    let left =
        (longest as f64 * 6.4 + 12.0).clamp(40.0, f64::from(width_px) * if width_px < 260 { 0.56 } else { 0.42 });
    let top = if body.readings.is_empty() { 4.0 } else { 18.0 };
    sketch.place_axes(grid(left, top, 20.0, 24.0), axis(&body.axis, theme, true), names(&titles, theme).inverse(true));
    let is_bar = matches!(body.mark, BarMark::Bar | BarMark::Step);
    sketch.merge(json!({
        "xAxis": { "scale": !is_bar, "splitNumber": (width_px / 120).clamp(2, 6), "axisLabel": { "hideOverlap": true } },
        "yAxis": { "axisLabel": { "interval": 0, "width": left - 10.0, "overflow": "break", "lineHeight": 12 } },
    }));
    let values: Vec<f64> = body.bars.iter().map(|b| b.value).collect();
    let places: Vec<f64> = (0..values.len()).map(|i| i as f64).collect();
    if body.mark == BarMark::Bar {
        let datum = |bar: &crate::view::Bar| json!({ "value": finite(bar.value), "itemStyle": { "color": hue(&bar.entity, theme) } });
        let data: Vec<Value> = body.bars.iter().map(datum).collect();
        let mut patch = json!({ "id": "bars", "data": data, "barMaxWidth": 14, "emphasis": { "disabled": true } });
        if !body.readings.is_empty() {
            merge_rules(&mut patch, body, theme);
        }
        sketch.series(BarSeries::new(), patch, SeriesHit::Bars);
    }
    if body.mark == BarMark::Step {
        add_steps(&mut sketch, body, theme);
        let height = 36 + ROW_PX * body.bars.len().max(2) as u32;
        return sketch.finish(false, height);
    }
    let references: Vec<f64> = body.bars.iter().map(|b| b.reference).collect();
    if references.iter().any(|v| v.is_finite()) {
        add_references(&mut sketch, body, &places, &references, theme);
    }
    if body.bars.iter().any(|b| b.low.is_finite() && b.high.is_finite()) {
        let low = body.bars.iter().map(|b| b.low).collect();
        let high = body.bars.iter().map(|b| b.high).collect();
        let dataset = sketch.dataset(vec![("place", places.clone()), ("low", low), ("high", high)]);
        let colour = if is_bar { &theme.text } else { &theme.muted };
        let whiskers = Custom::new().item_style(ItemStyle::new().border_color(colour.as_str()).border_width(1.0));
        let patch = json!({
            "id": "whiskers", "renderItem": "fn:whisker:horizontal", "datasetIndex": dataset, "silent": true, "z": 4,
            "encode": { "y": "place", "x": ["low", "high"] },
        });
        sketch.series(whiskers, patch, SeriesHit::Decoration);
    }
    if !is_bar {
        let datum = |(place, bar): (usize, &crate::view::Bar)| json!({ "value": [finite(bar.value), place], "itemStyle": { "color": hue(&bar.entity, theme) } });
        let data: Vec<Value> = body.bars.iter().enumerate().map(datum).collect();
        let mut patch = json!({ "id": "dots", "data": data, "z": 5, "emphasis": { "disabled": true } });
        if !body.readings.is_empty() {
            merge_rules(&mut patch, body, theme);
        }
        sketch.series(Dots::new().symbol_size(9), patch, SeriesHit::Bars);
    }
    let height = 36 + ROW_PX * body.bars.len().max(2) as u32;
    sketch.finish(false, height)
}

/// Rules at values of the x axis. Their names stand level above the rows, the outer ones turned outwards, so that they neither
/// cover marks nor each other.
fn merge_rules(patch: &mut Value, body: &Bars, theme: &Theme) {
    let mut marks = rules(&body.readings, "xAxis", theme, []);
    let data = marks.get_mut("data").and_then(Value::as_array_mut).into_iter().flatten().collect::<Vec<_>>();
    let (low, high) = extent(body.readings.iter().map(|r| r.value)).unwrap_or_default();
    for datum in data {
        let at = datum.get("xAxis").and_then(Value::as_f64).unwrap_or_default();
        let align = if low == high {
            "center"
        } else if at == low {
            "right"
        } else if at == high {
            "left"
        } else {
            "center"
        };
        if let Some(label) = datum.get_mut("label").and_then(Value::as_object_mut) {
            label.extend([
                ("position".to_owned(), json!("start")),
                ("rotate".to_owned(), json!(0)),
                ("align".to_owned(), json!(align)),
                ("distance".to_owned(), json!(3)),
            ]);
        }
    }
    if let Some(object) = patch.as_object_mut() {
        object.insert("markLine".to_owned(), marks);
    }
}

/// A waterfall: bars from the running total before to that after, joined at their ends; what starts at zero is a total.
fn add_steps(sketch: &mut Sketch, body: &Bars, theme: &Theme) {
    let datum = |(place, bar): (usize, &crate::view::Bar)| {
        let colour = match bar.value.total_cmp(&bar.reference) {
            _ if bar.reference == 0.0 => &theme.muted,
            std::cmp::Ordering::Less => &theme.bad,
            _ => &theme.accent,
        };
        json!({ "value": [finite(bar.reference), finite(bar.value), place], "itemStyle": { "color": colour } })
    };
    let data: Vec<Value> = body.bars.iter().enumerate().map(datum).collect();
    let patch = json!({
        "id": "steps", "renderItem": "fn:step:", "data": data, "dimensions": ["from", "to", "place"],
        "encode": { "x": ["from", "to"], "y": "place" }, "emphasis": { "disabled": true }, "joinColor": theme.muted,
    });
    sketch.series(Custom::new(), patch, SeriesHit::Bars);
}

/// The compared values: hollow marks, joined to the value by a line.
fn add_references(sketch: &mut Sketch, body: &Bars, places: &[f64], references: &[f64], theme: &Theme) {
    let values = body.bars.iter().map(|b| b.value).collect();
    let dataset = sketch.dataset(vec![("from", references.to_vec()), ("to", values), ("place", places.to_vec())]);
    let colour = if body.mark == BarMark::Bar { &theme.text } else { &theme.muted };
    let marks = Custom::new().item_style(ItemStyle::new().color(colour.as_str()).opacity(0.75));
    let patch = json!({
        "id": "references", "renderItem": "fn:dumbbell:", "datasetIndex": dataset, "silent": true, "z": 3,
        "encode": { "x": ["from", "to"], "y": "place" }, "emptyColor": theme.surface,
    });
    sketch.series(marks, patch, SeriesHit::Decoration);
}

fn histogram(body: &Bars, theme: &Theme) -> Drawing {
    let mut sketch = Sketch::new(theme);
    sketch.place_axes(
        grid(44.0, 10.0, 12.0, 36.0),
        names(&titles(body), theme).type_(AxisType::Category),
        axis(&body.axis, theme, true),
    );
    sketch.merge(json!({
        "xAxis": { "axisLabel": { "hideOverlap": true } }, "yAxis": { "splitNumber": 3, "min": 0 },
    }));
    let column =
        |pick: fn(&crate::view::Bar) -> f64| -> Vec<Value> { body.bars.iter().map(|bar| finite(pick(bar))).collect() };
    let entity = body.bars.first().map_or("", |b| b.entity.as_str());
    let bars = json!({
        "id": "bars", "data": column(|b| b.value), "barCategoryGap": "4%", "emphasis": { "disabled": true },
        "itemStyle": { "color": hue(entity, theme), "opacity": 0.75 },
    });
    sketch.series(BarSeries::new(), bars, SeriesHit::Bars);
    if extent(body.bars.iter().map(|b| b.reference)).is_some() {
        let outline = json!({
            "id": "reference", "data": column(|b| b.reference), "step": "middle", "symbol": "none", "silent": true,
            "lineStyle": { "color": theme.text, "width": 1.5, "type": "dotted" }, "z": 4,
        });
        sketch.series(charming::series::Line::new(), outline, SeriesHit::Decoration);
    }
    sketch.finish(false, 180)
}

/// JSON has no NaN: a missing value is null.
fn finite(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { Value::Null }
}
