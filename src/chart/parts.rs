//! What all charts share: axes, grid, and the merge of what charming has no types for.

use charming::component::{Axis, Grid};
use charming::element::{AxisLabel, AxisLine, AxisTick, AxisType, LineStyle, SplitLine, TextStyle};
use serde_json::{Map, Value, json};

use super::{DataColumn, Drawing, SeriesHit, Theme};
use crate::view::{AxisSpec, Tone, XScale};

/// A chart under construction: the components that charming describes, what is merged over them, and the data beside them.
///
/// Components are written one by one and never through `charming::Chart`, which brings the code of all its types along.
pub(super) struct Sketch {
    components: Map<String, Value>,
    patch: Value,
    series: Vec<Value>,
    datasets: Vec<Vec<DataColumn>>,
    hits: Vec<SeriesHit>,
}

impl Sketch {
    pub(super) fn new(theme: &Theme) -> Self {
        let patch = json!({
            "animation": false,
            "textStyle": { "fontFamily": theme.font, "fontSize": 12, "color": theme.text },
        });
        Self { components: Map::new(), patch, series: Vec::new(), datasets: Vec::new(), hits: Vec::new() }
    }

    /// Places a component, or a list of them, under its name in the option.
    pub(super) fn place(&mut self, name: &str, described: impl serde::Serialize) {
        let value = serde_json::to_value(described).unwrap_or_else(|_| json!({}));
        self.components.insert(name.to_owned(), value);
    }

    /// Places one grid with its two axes.
    pub(super) fn place_axes(&mut self, grid: Grid, x: Axis, y: Axis) {
        self.place("grid", [grid]);
        self.place("xAxis", x);
        self.place("yAxis", y);
    }

    /// Adds a dataset; returns its index.
    pub(super) fn dataset(&mut self, columns: Vec<(&str, Vec<f64>)>) -> usize {
        let column = |(id, values): (&str, Vec<f64>)| DataColumn { id: id.to_owned(), values };
        self.datasets.push(columns.into_iter().map(column).collect());
        self.datasets.len() - 1
    }

    /// Adds a series described by charming, with fields merged over it.
    pub(super) fn series(&mut self, series: impl serde::Serialize, patch: Value, hit: SeriesHit) {
        let mut described = serde_json::to_value(series).unwrap_or_else(|_| json!({}));
        merge(&mut described, patch);
        self.series.push(described);
        self.hits.push(hit);
    }

    /// Merges fields over the option.
    pub(super) fn merge(&mut self, patch: Value) {
        merge(&mut self.patch, patch);
    }

    pub(super) fn finish(self, zooms: bool, height_px: u32) -> Drawing {
        let mut option = Value::Object(self.components);
        merge(&mut option, self.patch);
        merge(&mut option, json!({ "series": self.series }));
        Drawing { option, datasets: self.datasets, series: self.hits, zooms, height_px, legend: Vec::new() }
    }
}

/// Objects key by key, arrays place by place, everything else replaced.
fn merge(base: &mut Value, patch: Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(base), Value::Array(patch)) => {
            for (i, value) in patch.into_iter().enumerate() {
                match base.get_mut(i) {
                    Some(slot) => merge(slot, value),
                    None => base.push(value),
                }
            }
        }
        (base, patch) => *base = patch,
    }
}

/// A grid with room for labels.
pub(super) fn grid(left: f64, top: f64, right: f64, bottom: f64) -> Grid {
    Grid::new().left(left).top(top).right(right).bottom(bottom)
}

/// A value or time axis with quiet labels.
pub(super) fn axis(spec: &AxisSpec, theme: &Theme, with_grid_lines: bool) -> Axis {
    let kind = match spec.scale {
        XScale::Time => AxisType::Time,
        XScale::Linear => AxisType::Value,
        XScale::Log => AxisType::Log,
    };
    let formatter = match spec.scale {
        XScale::Time => "fn:time:".to_owned(),
        _ => format!("fn:unit:{}", spec.unit.id()),
    };
    let axis = if spec.categories.is_empty() {
        quiet(Axis::new().type_(kind)).axis_label(label(theme).formatter(formatter.as_str()))
    } else {
        names(&spec.categories, theme)
    };
    let mut axis = axis
        .split_line(SplitLine::new().show(with_grid_lines).line_style(LineStyle::new().color(theme.hairline.as_str())));
    if !spec.title.is_empty() {
        axis = axis
            .name(spec.title.as_str())
            .name_location(charming::element::NameLocation::Middle)
            .name_text_style(TextStyle::new().color(theme.muted.as_str()).font_size(11));
    }
    if let (XScale::Linear, Some(min), Some(max)) = (spec.scale, spec.min, spec.max) {
        // With both ends fixed the library's round steps would leave a crooked last one.
        axis = axis.interval((max - min) / 4.0);
    }
    if let Some(min) = spec.min.filter(|v| v.is_finite()) {
        axis = axis.min(min);
    }
    if let Some(max) = spec.max.filter(|v| v.is_finite()) {
        axis = axis.max(max);
    }
    axis
}

/// An axis of names.
pub(super) fn names(names: &[String], theme: &Theme) -> Axis {
    quiet(Axis::new().type_(AxisType::Category))
        .data(names.iter().map(String::as_str).collect::<Vec<_>>())
        .axis_label(label(theme))
        .split_line(SplitLine::new().show(false))
}

fn quiet(axis: Axis) -> Axis {
    axis.axis_line(AxisLine::new().show(false)).axis_tick(AxisTick::new().show(false))
}

fn label(theme: &Theme) -> AxisLabel {
    AxisLabel::new().color(theme.muted.as_str()).font_size(11).font_family(theme.font.as_str())
}

/// The colour of a tone on a chart.
pub(super) fn tone(tone: Tone, theme: &Theme) -> &str {
    match tone {
        Tone::Neutral | Tone::Unknown => &theme.muted,
        Tone::Good => &theme.good,
        Tone::Warning => &theme.warning,
        Tone::Bad => &theme.bad,
    }
}

/// Rules at levels of an axis (`xAxis` or `yAxis`), as `markLine`.
///
/// A rule above all of `values` has its name below it, where the picture does not end.
pub(super) fn rules(
    readings: &[crate::view::Reading],
    axis: &str,
    theme: &Theme,
    values: impl IntoIterator<Item = f64>,
) -> Value {
    let highest = extent(values).map(|(_, high)| high);
    let rule = |reading: &crate::view::Reading| {
        let is_top = highest.is_some_and(|high| reading.value > high);
        let colour = tone(reading.tone, theme);
        let mut datum = Map::new();
        datum.insert(axis.to_owned(), json!(reading.value));
        datum.insert("name".to_owned(), json!(reading.title));
        datum.insert("lineStyle".to_owned(), json!({ "color": colour, "type": "solid", "width": 1 }));
        datum.insert(
            "label".to_owned(),
            json!({
                "show": true, "formatter": format!("fn:text:{}", reading.title), "position": if is_top { "insideEndBottom" } else { "insideEndTop" },
                "color": colour, "fontSize": 11, "fontFamily": theme.font,
            }),
        );
        Value::Object(datum)
    };
    let data: Vec<Value> = readings.iter().filter(|r| r.value.is_finite()).map(rule).collect();
    json!({ "symbol": "none", "silent": true, "animation": false, "data": data })
}

/// Least and greatest finite value.
pub(super) fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| v.is_finite()).fold(None, |found, v| match found {
        None => Some((v, v)),
        Some((low, high)) => Some((low.min(v), high.max(v))),
    })
}
