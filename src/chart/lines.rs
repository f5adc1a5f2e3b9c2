//! Lines over time, steps or numbers.

use charming::element::{AreaStyle, DimensionEncode, ItemStyle, LineStyle, LineStyleType};
use charming::series::{Custom, Line as LineSeries};
use serde_json::{Value, json};

use super::parts::{Sketch, axis, extent, grid, rules};
use super::simulated::{self, Border};
use super::{Drawing, LegendEntry, SeriesHit, Theme, bytes, ends, events};
use crate::view::{Line, LineRole, Lines, MarkShape, XScale};

/// Above this many named lines the ends are not labelled: the legend names them.
const MAX_END_LABELS: usize = 6;
/// Charts narrower than this have no room beside the lines.
const MIN_LABEL_WIDTH_PX: u32 = 280;
/// From this width on, long names are cut rather than left out.
const WIDE_PX: u32 = 480;
/// At most this share of the width is for names.
const MAX_LABEL_SHARE: f64 = 0.26;
/// Room for the y axis' labels.
const LEFT_PX: f64 = 48.0;
/// Lines up to this many points show each point.
const MAX_DOTS: usize = 12;

pub(super) fn compile(body: &Lines, theme: &Theme, width_px: u32) -> Drawing {
    let mut sketch = Sketch::new(theme);
    let wants_label = |line: &Line| is_named(line) && !is_twin(line, &body.lines);
    let n_named = body.lines.iter().filter(|l| wants_label(l)).count();
    let longest_name = body.lines.iter().filter(|l| wants_label(l)).map(|l| l.title.chars().count()).max().unwrap_or(0);
    let has_room = theme.has_names && (1..=MAX_END_LABELS).contains(&n_named) && has_label_room(width_px, longest_name);
    let labelled = if has_room { ends::apart(body, wants_label) } else { vec![false; body.lines.len()] };
    let is_labelled = |i: usize| labelled.get(i).copied().unwrap_or(false);
    let longest = |(i, line): (usize, &Line)| if is_labelled(i) { line.title.chars().count() } else { 0 };
    let longest = body.lines.iter().enumerate().map(longest).max().unwrap_or(0);
    let right = if longest > 0 { label_px(longest).clamp(24.0, f64::from(width_px) * MAX_LABEL_SHARE) } else { 14.0 };
    let has_title = !body.x.title.is_empty();
    sketch.place_axes(
        grid(LEFT_PX, 14.0, right, if has_title { 38.0 } else { 24.0 }),
        axis(&body.x, theme, false),
        axis(&body.y, theme, true),
    );
    let top = if !body.events.is_empty() {
        26
    } else if body.simulated_before_ms.is_some() {
        simulated::TOP_PX
    } else {
        14
    };
    sketch.merge(json!({
        "grid": [{ "top": top }],
        "xAxis": { "axisLabel": { "hideOverlap": true }, "nameGap": 24, "splitNumber": (width_px / 110).clamp(2, 8) },
        "yAxis": { "scale": !body.stacked && body.lines.iter().all(|l| !l.area), "splitNumber": 4, "nameGap": 36 },
    }));
    if body.zooms_panel {
        // Ends that were dragged are crooked: round steps between them are labelled, the ends are not.
        sketch.merge(json!({ "xAxis": { "interval": null, "axisLabel": {
            "showMinLabel": body.x.min.is_none(), "showMaxLabel": body.x.max.is_none(),
        } } }));
    } else if let (true, XScale::Linear, Some(min), Some(max)) =
        (width_px < MIN_LABEL_WIDTH_PX, body.x.scale, body.x.min, body.x.max)
    {
        // Its ends and its middle are as many labels as fit.
        sketch.merge(json!({ "xAxis": { "interval": (max - min) / 2.0 } }));
    }
    if let Some(steps) = byte_steps(body) {
        sketch.merge(json!({ "yAxis": { "min": steps.min, "max": steps.max, "interval": steps.interval } }));
    }
    for (i, line) in body.lines.iter().enumerate() {
        add_line(&mut sketch, body, i, line, theme, is_labelled(i).then_some(right));
    }
    if body.x.scale == XScale::Time {
        add_gaps(&mut sketch, body, theme);
        if theme.has_marks {
            events::add(&mut sketch, body, theme, f64::from(width_px) - LEFT_PX - right);
        }
        if let Some(before_ms) = body.simulated_before_ms {
            let border = match body.x.max.filter(|end| before_ms >= *end) {
                Some(end) => Border::Beyond(end),
                None => Border::At(before_ms),
            };
            simulated::add(&mut sketch, before_ms, &border, theme);
        }
    }
    if !body.marks.is_empty() && body.y.scale == XScale::Linear && body.y.min.is_none() {
        // Room for the marks' names below the lowest point.
        sketch.merge(json!({ "yAxis": { "boundaryGap": ["14%", "4%"] } }));
    }
    if theme.has_marks {
        add_marks(&mut sketch, body, theme);
    }
    if let Some(cursor) = &body.threshold {
        add_cursor(&mut sketch, cursor.x, cursor.y, theme);
    }
    let mut drawing = sketch.finish(body.x.scale == XScale::Time || body.zooms_panel, 200);
    let is_unnamed = |(i, line): (usize, &Line)| wants_label(line) && !is_labelled(i);
    // One line alone is what the block's title says, but of a stack it is a part.
    let n_drawn = body.lines.iter().filter(|l| wants_label(l) || is_named(l) && l.x.len() > 1).count();
    if theme.has_names && (n_drawn > 1 || body.stacked) && body.lines.iter().enumerate().any(is_unnamed) {
        drawing.legend = legend(&body.lines, theme);
    }
    drawing
}

/// Round steps of an axis of bytes whose upper end the data sets.
fn byte_steps(body: &Lines) -> Option<bytes::Steps> {
    if body.stacked || body.y.max.is_some() || body.y.scale != XScale::Linear {
        return None;
    }
    let values = body.lines.iter().flat_map(|l| l.y.iter().chain(&l.low).chain(&l.high)).copied();
    let fixed = body.y.min.into_iter().chain(body.lines.iter().any(|l| l.area).then_some(0.0));
    let (low, high) = extent(values.chain(fixed).chain(body.readings.iter().map(|r| r.value)))?;
    bytes::steps(&body.y.unit, low, high)
}

/// Every named line, each name once per colour. Where a dashed line has a solid one of its colour, the block's title tells the two apart.
fn legend(lines: &[Line], theme: &Theme) -> Vec<LegendEntry> {
    let mut entries: Vec<LegendEntry> = Vec::new();
    for line in lines.iter().filter(|l| is_named(l)) {
        if is_twin(line, lines) {
            continue;
        }
        let dashed = line.role == LineRole::Training;
        let entry = LegendEntry { title: line.title.clone(), colour: theme.hue(&line.entity).to_owned(), dashed };
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    entries
}

/// Whether another line of its entity is named for it: a solid one for a dashed one, a line for a lone point.
fn is_twin(line: &Line, lines: &[Line]) -> bool {
    let is_point = line.x.len() == 1;
    let dashed = line.role == LineRole::Training;
    let names_it = |l: &Line| {
        l.entity == line.entity && is_named(l) && l.role != LineRole::Training && (!is_point || l.x.len() > 1)
    };
    (dashed || is_point) && lines.iter().any(names_it)
}

/// Whether names of that length stand beside the lines; on a narrow chart they do only if none must be cut.
fn has_label_room(width_px: u32, n_chars: usize) -> bool {
    let is_wide = width_px >= WIDE_PX;
    is_wide || width_px >= MIN_LABEL_WIDTH_PX && label_px(n_chars) <= f64::from(width_px) * MAX_LABEL_SHARE
}

/// Room that a name of that length takes beside the lines, in CSS pixels.
fn label_px(n_chars: usize) -> f64 {
    n_chars as f64 * 6.6 + 14.0
}

/// Whether the line's end is worth a name.
fn is_named(line: &Line) -> bool {
    !line.title.is_empty() && matches!(line.role, LineRole::Main | LineRole::Validation | LineRole::Training)
}

fn add_line(sketch: &mut Sketch, body: &Lines, i: usize, line: &Line, theme: &Theme, label_px: Option<f64>) {
    let hue = match line.role {
        LineRole::Guide | LineRole::Muted => theme.muted.as_str(),
        _ => theme.hue(&line.entity),
    };
    let (kind, width, opacity) = match line.role {
        LineRole::Main | LineRole::Validation => (LineStyleType::Solid, 1.75, 1.0),
        LineRole::Training => (LineStyleType::Dashed, 1.5, 0.9),
        LineRole::Reference => (LineStyleType::Dotted, 1.75, 0.6),
        LineRole::Raw => (LineStyleType::Solid, 1.0, 0.25),
        LineRole::Guide => (LineStyleType::Solid, 1.0, 0.7),
        LineRole::Muted => (LineStyleType::Solid, 1.0, 0.35),
    };
    let has_band = !line.low.is_empty() && line.low.len() == line.y.len() && line.high.len() == line.y.len();
    let mut columns = vec![("x", line.x.clone()), ("y", line.y.clone())];
    if has_band {
        columns.extend([("low", line.low.clone()), ("high", line.high.clone())]);
    }
    let dataset = sketch.dataset(columns);
    if has_band {
        let band = Custom::new().item_style(ItemStyle::new().color(hue).opacity(0.14));
        let patch = json!({
            "id": format!("band-{i}"), "renderItem": "fn:band", "datasetIndex": dataset, "silent": true, "z": 1,
            "encode": { "x": "x", "y": ["low", "high"] },
        });
        sketch.series(band, patch, SeriesHit::Decoration);
    }
    let n_finite = line.y.iter().filter(|y| y.is_finite()).count();
    let mut series = LineSeries::new()
        .name(line.title.as_str())
        .show_symbol(n_finite <= MAX_DOTS || has_lone_points(&line.y))
        .symbol_size(4)
        .connect_nulls(false)
        .line_style(LineStyle::new().color(hue).width(width).type_(kind).opacity(opacity))
        .item_style(ItemStyle::new().color(hue).opacity(opacity))
        .encode(DimensionEncode::new().x("x").y("y"));
    // What a stack is compared with stands against its top.
    let is_stacked = body.stacked && line.role != LineRole::Reference;
    if line.area || is_stacked {
        series = series.area_style(AreaStyle::new().color(hue).opacity(if is_stacked { 0.5 } else { 0.1 }));
    }
    let mut patch = json!({
        "id": format!("line-{i}"), "datasetIndex": dataset, "clip": true, "z": z_of(line.role),
        "emphasis": { "disabled": true }, "symbol": "circle", "sampling": Value::Null,
    });
    if is_stacked {
        set(&mut patch, "stack", json!("all"));
    }
    if let Some(room_px) = label_px {
        let label = json!({
            "show": true, "formatter": "fn:name:", "color": hue, "fontSize": 11, "distance": 4, "fontFamily": theme.font,
            "width": room_px - 8.0, "overflow": "truncate", "ellipsis": "\u{2026}",
        });
        set(&mut patch, "endLabel", label);
        set(&mut patch, "labelLayout", json!({ "moveOverlap": "shiftY" }));
    }
    if i == 0 && !body.readings.is_empty() {
        let values = body.lines.iter().flat_map(|l| l.y.iter().copied());
        set(&mut patch, "markLine", rules(&body.readings, "yAxis", theme, values));
    }
    sketch.series(series, patch, SeriesHit::Line(i));
}

fn z_of(role: LineRole) -> i32 {
    match role {
        LineRole::Muted | LineRole::Guide => 2,
        LineRole::Raw | LineRole::Reference => 3,
        LineRole::Training => 4,
        LineRole::Main | LineRole::Validation => 5,
    }
}

fn set(patch: &mut Value, key: &str, value: Value) {
    if let Some(object) = patch.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

/// A finite value between two gaps would be invisible as a line.
fn has_lone_points(y: &[f64]) -> bool {
    let is_gap = |i: Option<usize>| i.and_then(|i| y.get(i)).is_none_or(|v| !v.is_finite());
    (0..y.len()).any(|i| !is_gap(Some(i)) && is_gap(i.checked_sub(1)) && is_gap(Some(i + 1)))
}

/// Hatches where every line has nothing, between the first and the last value.
fn add_gaps(sketch: &mut Sketch, body: &Lines, theme: &Theme) {
    let Some(longest) = body.lines.iter().filter(|l| is_named(l)).max_by_key(|l| l.x.len()) else { return };
    let (mut from, mut to) = (Vec::new(), Vec::new());
    let mut last_finite: Option<f64> = None;
    let mut in_gap = false;
    for (&x, &y) in longest.x.iter().zip(&longest.y) {
        if y.is_finite() {
            if let (true, Some(start)) = (in_gap, last_finite) {
                from.push(start);
                to.push(x);
            }
            last_finite = Some(x);
            in_gap = false;
        } else {
            in_gap = true;
        }
    }
    if from.is_empty() {
        return;
    }
    let dataset = sketch.dataset(vec![("from", from), ("to", to)]);
    let hatch = Custom::new().item_style(ItemStyle::new().color(theme.hairline.as_str()));
    let patch = json!({
        "id": "gaps", "renderItem": "fn:gap-hatch:", "datasetIndex": dataset, "silent": true, "z": 0,
        "encode": { "x": ["from", "to"] },
    });
    sketch.series(hatch, patch, SeriesHit::Decoration);
}

/// Marked points, one series per shape; named while there are few.
fn add_marks(sketch: &mut Sketch, body: &Lines, theme: &Theme) {
    const MAX_NAMED: usize = 3;
    // Above and below, so that two marks that lie close do not write over each other.
    for (shape, id, symbol, position) in
        [(MarkShape::Circle, "marks-circle", "circle", "bottom"), (MarkShape::Square, "marks-square", "rect", "top")]
    {
        let is_on_axis = |x: f64| body.x.min.is_none_or(|min| x >= min) && body.x.max.is_none_or(|max| x <= max);
        let marks: Vec<_> =
            body.marks.iter().filter(|m| m.shape == shape && m.y.is_finite() && is_on_axis(m.x)).collect();
        if marks.is_empty() {
            continue;
        }
        let datum = |mark: &&crate::view::PointMark| {
            json!({
                "name": mark.title, "value": [mark.x, mark.y],
                "itemStyle": { "color": theme.surface, "borderColor": theme.hue(&mark.entity), "borderWidth": 2 },
                "label": {
                    "show": marks.len() <= MAX_NAMED, "formatter": format!("fn:text:{}", mark.title), "position": position,
                    "distance": 8, "textBorderColor": theme.surface, "textBorderWidth": 4,
                    "color": theme.muted, "fontSize": 11, "fontFamily": theme.font,
                },
            })
        };
        let data: Vec<Value> = marks.iter().map(datum).collect();
        let patch = json!({ "id": id, "data": data, "symbol": symbol, "z": 7, "silent": true, "clip": true });
        sketch.series(charming::series::Scatter::new().symbol_size(9), patch, SeriesHit::Decoration);
    }
}

/// The decision threshold's place on a curve.
fn add_cursor(sketch: &mut Sketch, x: f64, y: f64, theme: &Theme) {
    let dataset = sketch.dataset(vec![("x", vec![x]), ("y", vec![y])]);
    let dot = charming::series::Scatter::new().symbol_size(10);
    let patch = json!({
        "id": "cursor", "datasetIndex": dataset, "encode": { "x": "x", "y": "y" }, "z": 8, "silent": true,
        "itemStyle": { "color": theme.surface, "borderColor": theme.text, "borderWidth": 2 },
    });
    sketch.series(dot, patch, SeriesHit::Decoration);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(title: &str, entity: &str, role: LineRole, end: f64) -> Line {
        let (x, y) = (vec![0.0, 1.0], vec![0.0, end]);
        Line { title: title.into(), entity: entity.into(), role, x, y, ..Line::default() }
    }

    fn names(lines: Vec<Line>, width_px: u32) -> Vec<String> {
        let drawing = compile(&Lines { lines, ..Lines::default() }, &Theme::sample(), width_px);
        drawing.legend.into_iter().map(|entry| entry.title).collect()
    }

    #[test]
    fn a_chart_that_labels_every_end_needs_no_legend() {
        let lines = || vec![line("a", "fraud", LineRole::Main, 1.0), line("b", "churn", LineRole::Main, 9.0)];
        assert!(names(lines(), 600).is_empty());
        assert_eq!(names(lines(), 200), ["a", "b"]);
    }

    #[test]
    fn ends_that_meet_are_named_in_the_legend() {
        let lines = vec![line("a", "fraud", LineRole::Main, 9.0), line("b", "churn", LineRole::Main, 9.01)];
        assert_eq!(names(lines, 600), ["a", "b"]);
    }

    #[test]
    fn a_dashed_twin_is_not_named_again() {
        let lines = vec![line("a", "fraud", LineRole::Main, 1.0), line("a train", "fraud", LineRole::Training, 9.0)];
        assert_eq!(names(lines, 200), ["a"]);
    }

    #[test]
    fn names_and_marks_go_on_demand() {
        let lines = vec![line("a", "fraud", LineRole::Main, 1.0), line("b", "churn", LineRole::Main, 9.0)];
        let marks = vec![crate::view::PointMark { x: 1.0, y: 1.0, ..crate::view::PointMark::default() }];
        let body = Lines { lines, marks, ..Lines::default() };
        let text = |theme: &Theme| compile(&body, theme, 600).option.to_string();
        let shown = text(&Theme::sample());
        let hidden = text(&Theme { has_names: false, has_marks: false, ..Theme::sample() });
        for part in ["endLabel", "marks-circle"] {
            assert!(shown.contains(part) && !hidden.contains(part), "{part}");
        }
        let bare = Theme { has_names: false, ..Theme::sample() };
        assert!(compile(&body, &bare, 200).legend.is_empty());
    }

    #[test]
    fn a_zoomed_axis_drops_marks_outside_and_keeps_round_labels() {
        let mark = |x: f64| crate::view::PointMark { x, y: 1.0, title: format!("at {x}"), ..Default::default() };
        let x = crate::view::AxisSpec { min: Some(10.0), max: Some(20.5), ..Default::default() };
        let lines = vec![line("a", "fraud", LineRole::Main, 1.0)];
        let body = Lines { x, lines, marks: vec![mark(5.0), mark(15.0)], zooms_panel: true, ..Lines::default() };
        let drawing = compile(&body, &Theme::sample(), 600);
        let text = drawing.option.to_string();
        assert!(drawing.zooms && text.contains("at 15") && !text.contains("at 5"));
        assert!(drawing.option["xAxis"]["interval"].is_null());
    }

    #[test]
    fn one_line_is_named_by_its_title() {
        assert!(names(vec![line("a", "fraud", LineRole::Main, 1.0)], 200).is_empty());
    }
}
