//! The table twin of a block: every point that a picture shows, as rows.
//!
//! Serves the table view, the handles for tests, screen readers and the CSV export, for all kinds of block from one place.
//! Nothing is thinned or rounded here; a missing value is a missing cell.

use super::{AxisSpec, Bars, Block, BlockBody, Cell, Feed, Field, Figure, Grid, GridColumn, Line, Lines, Matrix};
use super::{Parallel, Scatter, WorldMap, XScale};
use crate::frame::Labels;
use crate::units::Unit;

/// A table and what its columns hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Twin {
    /// The rows.
    pub grid: Grid,
    /// For each column, the part of the measurement that it holds, as in the handle `data-part`.
    pub parts: Vec<&'static str>,
    /// The labels of each row, where no cell holds them; else empty.
    pub series: Vec<Labels>,
    /// The metric of each row where it is another than the column's, which is empty otherwise; no more than there are rows.
    pub metrics: Vec<String>,
}

impl Twin {
    fn column(&mut self, title: &str, metric: Option<&str>, unit: &Unit, part: &'static str) {
        let metric = metric.filter(|m| !m.is_empty()).map(str::to_owned);
        self.grid.columns.push(GridColumn { title: title.to_owned(), metric, unit: unit.clone() });
        self.parts.push(part);
    }
}

/// The rows behind a block. A table is its own twin; a sentence has none.
pub fn twin(block: &Block) -> Twin {
    match &block.body {
        BlockBody::Lines(lines) => of_lines(lines),
        BlockBody::Bars(bars) => of_bars(bars),
        BlockBody::Map(map) => of_map(map),
        BlockBody::Matrix(matrix) => of_matrix(matrix),
        BlockBody::Scatter(scatter) => of_scatter(scatter),
        BlockBody::Parallel(parallel) => of_parallel(parallel),
        BlockBody::Grid(grid) => {
            Twin { parts: vec!["value"; grid.columns.len()], grid: grid.clone(), ..Twin::default() }
        }
        BlockBody::Feed(feed) => of_feed(feed),
        BlockBody::Callout(_) => Twin::default(),
    }
}

/// The headline numbers as rows, one per figure.
pub fn of_figures(figures: &[Figure]) -> Twin {
    let mut twin = Twin::default();
    let none = Unit::default();
    for (title, part) in [
        ("Figure", "value"),
        ("Labels", "value"),
        ("Unit", "value"),
        ("Value", "value"),
        ("n", "n"),
        ("Reference", "reference"),
        ("Change", "delta"),
        ("p", "p"),
        ("q", "q"),
        ("Target", "target"),
    ] {
        twin.column(title, None, &none, part);
    }
    let number = |value: Option<f64>| value.map_or(Cell::Missing, Cell::Number);
    let row = |f: &Figure| {
        vec![
            Cell::Text(f.title.clone()),
            Cell::Series(f.series.clone()),
            Cell::Text(f.unit.id().to_owned()),
            with_ends(f.value.unwrap_or(f64::NAN), f.low, f.high),
            number(f.n),
            number(f.reference),
            with_ends(f.delta.unwrap_or(f64::NAN), f.delta_low, f.delta_high),
            number(f.p),
            number(f.q),
            number(f.target),
        ]
    };
    twin.grid.rows = figures.iter().map(row).collect();
    twin
}

fn of_lines(lines: &Lines) -> Twin {
    let mut twin = Twin::default();
    let has_labels = lines.lines.iter().any(|l| !l.series.is_empty());
    twin.column("Line", None, &Unit::default(), "value");
    if has_labels {
        twin.column("Labels", None, &Unit::default(), "value");
    }
    twin.column(axis_title(&lines.x, "x"), None, &lines.x.unit, "x");
    twin.column(axis_title(&lines.y, "Value"), Some(&lines.metric), &lines.y.unit, "value");
    for line in &lines.lines {
        push_line(&mut twin.grid.rows, line, lines.x.scale, has_labels);
    }
    if lines.lines.iter().any(|l| !l.metric.is_empty()) {
        let of_line = |line: &Line| vec![line.metric.clone(); line.x.len().min(line.y.len())];
        twin.metrics = lines.lines.iter().flat_map(of_line).collect();
    }
    if let Some(before_ms) = lines.simulated_before_ms {
        twin.column(ORIGIN, None, &Unit::default(), "value");
        let of_line = |line: &Line| line.x.iter().zip(&line.y).map(|(&x, _)| origin(x, before_ms)).collect::<Vec<_>>();
        let origins = lines.lines.iter().flat_map(of_line);
        twin.grid.rows.iter_mut().zip(origins).for_each(|(row, cell)| row.push(cell));
    }
    twin
}

/// Heading of the column that says where simulated rows end.
const ORIGIN: &str = "Origin";

fn origin(at_ms: f64, before_ms: f64) -> Cell {
    Cell::Text(if at_ms < before_ms { "simulated" } else { "measured" }.to_owned())
}

fn push_line(rows: &mut Vec<Vec<Cell>>, line: &Line, scale: XScale, has_labels: bool) {
    for (i, (&x, &y)) in line.x.iter().zip(&line.y).enumerate() {
        let mut row = vec![Cell::Text(line.title.clone())];
        if has_labels {
            row.push(Cell::Series(line.series.clone()));
        }
        row.push(position(x, scale));
        row.push(with_ends(y, line.low.get(i).copied(), line.high.get(i).copied()));
        rows.push(row);
    }
}

fn of_bars(bars: &Bars) -> Twin {
    let mut twin = Twin::default();
    let has = |pick: fn(&super::Bar) -> bool| bars.bars.iter().any(pick);
    let (labels, reference, note) =
        (has(|b| !b.series.is_empty()), has(|b| !b.reference.is_nan()), has(|b| !b.note.is_empty()));
    let none = Unit::default();
    twin.column("Name", None, &none, "value");
    if labels {
        twin.column("Labels", None, &none, "value");
    }
    twin.column(axis_title(&bars.axis, "Value"), Some(&bars.metric), &bars.axis.unit, "value");
    if reference {
        twin.column("Reference", Some(&bars.metric), &bars.axis.unit, "reference");
    }
    if note {
        twin.column("Note", None, &none, "value");
    }
    for bar in &bars.bars {
        let mut row = vec![Cell::Text(bar.title.clone())];
        if labels {
            row.push(Cell::Series(bar.series.clone()));
        }
        row.push(with_ends(bar.value, Some(bar.low), Some(bar.high)));
        if reference {
            row.push(number(bar.reference));
        }
        if note {
            row.push(Cell::Text(bar.note.clone()));
        }
        twin.grid.rows.push(row);
        twin.grid.row_keys.push(bar.key.clone());
    }
    if bars.target.is_none() || bars.bars.iter().any(|b| b.key.is_empty()) {
        twin.grid.row_keys.clear();
    } else {
        twin.grid.row_target.clone_from(&bars.target);
    }
    twin
}

/// The rows of the bars, and which countries each stands for.
fn of_map(map: &WorldMap) -> Twin {
    let mut twin = of_bars(&map.values);
    twin.column("Countries", None, &Unit::default(), "value");
    let none: &[String] = &[];
    for (i, row) in twin.grid.rows.iter_mut().enumerate() {
        let places = map.parts.get(i).map_or(none, |part| part.places.as_slice());
        // The outlines leave Antarctica out.
        let is_drawn = places.iter().any(|place| place != "AQ");
        row.push(Cell::Text(match (is_drawn, places) {
            (true, places) => places.join(" "),
            (false, []) => "no place on the map".to_owned(),
            (false, places) => format!("{}, no place on the map", places.join(" ")),
        }));
    }
    twin
}

fn of_matrix(matrix: &Matrix) -> Twin {
    let mut twin = Twin::default();
    let none = Unit::default();
    let has_counts = !matrix.counts.is_empty();
    twin.column(or(&matrix.row_title, "Row"), None, &none, "value");
    twin.column(or(&matrix.column_title, "Column"), None, &none, "value");
    twin.column("Value", Some(&matrix.metric), &matrix.unit, "value");
    if has_counts {
        twin.column("n", Some(&matrix.metric), &none, "n");
    }
    if matrix.simulated_before_ms.is_some() {
        twin.column(ORIGIN, None, &none, "value");
    }
    let label = |title: &str, fallback: &str| or(title, fallback).to_lowercase().replace(' ', "_");
    let (row_label, column_label) = (label(&matrix.row_title, "row"), label(&matrix.column_title, "column"));
    // A column of instants has no name: its heading says nothing that tells rows apart.
    let n_columns = matrix.columns.len().max(matrix.column_times.len());
    for (r, name) in matrix.rows.iter().enumerate() {
        for c in 0..n_columns {
            let at = r * n_columns + c;
            let labels = Labels::new().with(row_label.as_str(), name.as_str());
            let (column, labels) = match (matrix.column_times.get(c), matrix.columns.get(c)) {
                (Some(&at_ms), _) => (Cell::Time(at_ms), labels),
                (None, Some(column)) => {
                    (Cell::Text(column.clone()), labels.with(column_label.as_str(), column.as_str()))
                }
                (None, None) => (Cell::Missing, labels),
            };
            let value = number(matrix.values.get(at).copied().unwrap_or(f64::NAN));
            let mut row = vec![Cell::Text(name.clone()), column, value];
            if has_counts {
                row.push(number(matrix.counts.get(at).copied().unwrap_or(f64::NAN)));
            }
            if let Some(before_ms) = matrix.simulated_before_ms {
                row.push(matrix.column_times.get(c).map_or(Cell::Missing, |&at_ms| origin(at_ms, before_ms)));
            }
            twin.grid.rows.push(row);
            twin.series.push(labels);
        }
    }
    twin
}

fn of_scatter(scatter: &Scatter) -> Twin {
    let mut twin = Twin::default();
    let has_value = !scatter.values.is_empty();
    twin.column("Point", None, &Unit::default(), "value");
    twin.column(axis_title(&scatter.x, "x"), None, &scatter.x.unit, "x");
    twin.column(axis_title(&scatter.y, "y"), Some(&scatter.metric), &scatter.y.unit, "value");
    if has_value {
        twin.column(&scatter.value_title, Some(&scatter.value_title), &scatter.value_unit, "value");
    }
    let at = |axis: &AxisSpec, value: f64| {
        let name = (value >= 0.0).then(|| axis.categories.get(value as usize)).flatten();
        name.map_or_else(|| number(value), |name| Cell::Text(name.clone()))
    };
    for (i, point) in scatter.points.iter().enumerate() {
        let mut row = vec![Cell::Text(point.title.clone()), at(&scatter.x, point.x), at(&scatter.y, point.y)];
        row.extend(scatter.values.get(i).map(|&value| number(value)));
        twin.grid.rows.push(row);
    }
    for line in &scatter.lines {
        push_line(&mut twin.grid.rows, line, scatter.x.scale, false);
    }
    if let Some(field) = &scatter.field {
        push_field(&mut twin.grid.rows, field, &at, scatter);
    }
    let n_columns = twin.grid.columns.len();
    for row in &mut twin.grid.rows {
        row.resize(n_columns, Cell::Missing);
    }
    twin
}

/// The surface cell by cell, at the middle of each.
fn push_field(rows: &mut Vec<Vec<Cell>>, field: &Field, at: &impl Fn(&AxisSpec, f64) -> Cell, scatter: &Scatter) {
    let mut values = field.values.iter();
    for y in field.y_low.iter().zip(&field.y_high).map(|(&low, &high)| middle(&scatter.y, low, high)) {
        for x in field.x_low.iter().zip(&field.x_high).map(|(&low, &high)| middle(&scatter.x, low, high)) {
            let Some(&value) = values.next() else { return };
            rows.push(vec![Cell::Text("surface".to_owned()), at(&scatter.x, x), at(&scatter.y, y), number(value)]);
        }
    }
}

fn middle(axis: &AxisSpec, low: f64, high: f64) -> f64 {
    if axis.scale == XScale::Log { (low * high).sqrt() } else { f64::midpoint(low, high) }
}

fn of_parallel(parallel: &Parallel) -> Twin {
    let mut twin = Twin::default();
    twin.column("Run", None, &Unit::default(), "value");
    for axis in &parallel.axes {
        twin.column(or(&axis.title, &axis.key), Some(&axis.key), &axis.unit, "value");
    }
    for run in &parallel.runs {
        let mut row = vec![Cell::Text(run.title.clone())];
        for (axis, &value) in parallel.axes.iter().zip(&run.values) {
            let name = (value >= 0.0).then(|| axis.categories.get(value as usize)).flatten();
            row.push(name.map_or_else(|| number(value), |n| Cell::Text(n.clone())));
        }
        row.resize(parallel.axes.len() + 1, Cell::Missing);
        twin.grid.rows.push(row);
        twin.grid.row_keys.push(run.key.clone());
    }
    twin
}

fn of_feed(feed: &Feed) -> Twin {
    let mut twin = Twin::default();
    for title in ["Time", "Level", "Text", "Labels"] {
        twin.column(title, None, &Unit::default(), "value");
    }
    for line in &feed.lines {
        let level = Cell::Status(line.tone, line.level.clone());
        let row = vec![Cell::Time(line.at_ms), level, Cell::Text(line.text.clone()), Cell::Series(line.labels.clone())];
        twin.grid.rows.push(row);
    }
    twin.grid.n_total = Some(feed.n_total);
    twin
}

/// The labels that identify a row: the first label set among its cells.
pub fn row_series(row: &[Cell]) -> Option<&Labels> {
    row.iter().find_map(|cell| match cell {
        Cell::Series(labels) => Some(labels),
        _ => None,
    })
}

fn axis_title<'a>(axis: &'a AxisSpec, fallback: &'a str) -> &'a str {
    match (axis.title.is_empty(), axis.scale) {
        (false, _) => &axis.title,
        (true, XScale::Time) => "Time",
        (true, _) => fallback,
    }
}

fn or<'a>(text: &'a str, fallback: &'a str) -> &'a str {
    if text.is_empty() { fallback } else { text }
}

fn position(x: f64, scale: XScale) -> Cell {
    if scale == XScale::Time { Cell::Time(x) } else { number(x) }
}

/// Infinities are values; only `NaN` is missing.
fn number(value: f64) -> Cell {
    if value.is_nan() { Cell::Missing } else { Cell::Number(value) }
}

fn with_ends(value: f64, low: Option<f64>, high: Option<f64>) -> Cell {
    match (low, high) {
        (Some(low), Some(high)) if !value.is_nan() && (!low.is_nan() || !high.is_nan()) => {
            Cell::Interval(value, low, high)
        }
        _ => number(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Bar, MapPart, ParallelAxis, ParallelRun};
    use super::*;

    fn block(body: BlockBody) -> Block {
        Block { id: "b".into(), title: String::new(), details: false, width: 12, body }
    }

    #[test]
    fn every_point_of_every_line_has_a_row_and_gaps_are_missing() {
        let line = |title: &str, y: Vec<f64>| Line {
            title: title.into(),
            series: Labels::new().with("model", title),
            x: vec![0.0, 1_000.0],
            y,
            ..Line::default()
        };
        let lines = Lines {
            metric: "p95".into(),
            x: AxisSpec { scale: XScale::Time, ..AxisSpec::default() },
            lines: vec![line("a", vec![1.0, f64::NAN]), line("b", vec![f64::INFINITY, 4.0])],
            ..Lines::default()
        };
        let twin = twin(&block(BlockBody::Lines(lines)));
        assert_eq!(twin.grid.rows.len(), 4);
        assert_eq!(twin.grid.rows[1][3], Cell::Missing);
        assert_eq!(twin.grid.rows[2][3], Cell::Number(f64::INFINITY));
        assert_eq!(twin.grid.rows[1][2], Cell::Time(1_000.0));
        assert_eq!(row_series(&twin.grid.rows[3]).map(ToString::to_string).as_deref(), Some(r#"{model="b"}"#));
        assert_eq!(twin.parts, ["value", "value", "x", "value"]);
    }

    #[test]
    fn whiskers_and_references_of_bars_are_kept() {
        let bar = |value, low, high, reference| Bar { value, low, high, reference, ..Bar::default() };
        let bars =
            Bars { bars: vec![bar(1.0, 0.5, 1.5, 2.0), bar(3.0, f64::NAN, f64::NAN, f64::NAN)], ..Bars::default() };
        let twin = twin(&block(BlockBody::Bars(bars)));
        assert_eq!(twin.grid.rows[0][1], Cell::Interval(1.0, 0.5, 1.5));
        assert_eq!(twin.grid.rows[1][1..], [Cell::Number(3.0), Cell::Missing]);
        assert_eq!(twin.parts, ["value", "value", "reference"]);
    }

    #[test]
    fn a_map_has_the_rows_of_its_bars_and_their_countries() {
        let bar = |key: &str, value| Bar { title: key.into(), key: key.into(), value, ..Bar::default() };
        let values = Bars {
            bars: vec![bar("eu", 0.5), bar("us", f64::NAN), bar("moon", 1.0)],
            target: Some("region".into()),
            ..Bars::default()
        };
        let part = |places: &[&str]| MapPart {
            places: places.iter().map(ToString::to_string).collect(),
            ..MapPart::default()
        };
        let map = WorldMap { values, parts: vec![part(&["DE", "FR"]), part(&["US"])], ..WorldMap::default() };
        let twin = twin(&block(BlockBody::Map(map)));
        assert_eq!(twin.grid.columns.last().unwrap().title, "Countries");
        let last: Vec<&Cell> = twin.grid.rows.iter().filter_map(|row| row.last()).collect();
        let places: Vec<Cell> = ["DE FR", "US", "no place on the map"].map(|text| Cell::Text(text.into())).to_vec();
        assert_eq!(last, places.iter().collect::<Vec<_>>());
        assert_eq!(twin.grid.rows[1][1], Cell::Missing);
        assert_eq!((twin.grid.row_target.as_deref(), twin.grid.row_keys.len()), (Some("region"), 3));
        assert_eq!(twin.parts.len(), twin.grid.columns.len());
    }

    #[test]
    fn a_matrix_has_a_row_per_cell_even_when_values_are_short() {
        let matrix = Matrix {
            rows: vec!["r1".into(), "r2".into()],
            columns: vec!["c1".into(), "c2".into()],
            values: vec![1.0, 2.0, 3.0],
            ..Matrix::default()
        };
        let twin = twin(&block(BlockBody::Matrix(matrix)));
        let cells: Vec<&Cell> = twin.grid.rows.iter().map(|r| &r[2]).collect();
        assert_eq!(cells, [&Cell::Number(1.0), &Cell::Number(2.0), &Cell::Number(3.0), &Cell::Missing]);
        assert_eq!(twin.series[1].to_string(), r#"{column="c2",row="r1"}"#);
    }

    #[test]
    fn a_heatmap_over_time_has_its_instants_and_says_what_is_simulated() {
        let matrix = Matrix {
            rows: vec!["r".into()],
            column_times: vec![1.0, 2.0],
            values: vec![5.0, 6.0],
            simulated_before_ms: Some(2.0),
            ..Matrix::default()
        };
        let twin = twin(&block(BlockBody::Matrix(matrix)));
        let row = |at_ms, value, origin: &str| {
            vec![Cell::Text("r".into()), Cell::Time(at_ms), Cell::Number(value), Cell::Text(origin.into())]
        };
        assert_eq!(twin.grid.rows, [row(1.0, 5.0, "simulated"), row(2.0, 6.0, "measured")]);
    }

    #[test]
    fn rows_of_a_chart_over_time_say_what_is_simulated() {
        let line = Line { title: "a".into(), x: vec![1.0, 2.0], y: vec![1.0, 2.0], ..Line::default() };
        let x = AxisSpec { scale: XScale::Time, ..AxisSpec::default() };
        let lines = Lines { x, lines: vec![line], simulated_before_ms: Some(2.0), ..Lines::default() };
        let twin = twin(&block(BlockBody::Lines(lines)));
        let origins: Vec<&Cell> = twin.grid.rows.iter().filter_map(|row| row.last()).collect();
        assert_eq!(origins, [&Cell::Text("simulated".into()), &Cell::Text("measured".into())]);
        assert_eq!((twin.grid.columns.len(), twin.parts.len()), (4, 4));
    }

    #[test]
    fn categories_of_parallel_axes_are_named() {
        let parallel = Parallel {
            axes: vec![ParallelAxis {
                key: "kernel".into(),
                categories: vec!["rbf".into()],
                ..ParallelAxis::default()
            }],
            runs: vec![
                ParallelRun { values: vec![0.0], ..ParallelRun::default() },
                ParallelRun { values: vec![f64::NAN], ..ParallelRun::default() },
            ],
            ..Parallel::default()
        };
        let twin = twin(&block(BlockBody::Parallel(parallel)));
        assert_eq!(twin.grid.rows[0][1], Cell::Text("rbf".into()));
        assert_eq!(twin.grid.rows[1][1], Cell::Missing);
    }
}
