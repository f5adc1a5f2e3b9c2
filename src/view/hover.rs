//! What a tooltip says: the values of a block under the pointer.

use super::{Bars, Block, BlockBody, Lines, Matrix, Parallel, Scatter, WorldMap};
use crate::order::Order;
use crate::units::Unit;

/// A tooltip: a heading and its values, the hovered one first, then the largest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hover {
    /// What all values have in common: an instant, a step, a category.
    pub heading: Heading,
    /// The values.
    pub rows: Vec<HoverRow>,
    /// How many more there are than rows.
    pub n_more: usize,
}

/// The heading of a tooltip.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Heading {
    /// Nothing.
    #[default]
    None,
    /// A name, hostile.
    Text(String),
    /// An instant in milliseconds.
    Time(f64),
    /// A position with its unit.
    Position(f64, Unit),
}

/// One value of a tooltip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HoverRow {
    /// What it is, hostile.
    pub title: String,
    /// The value; `NaN` is shown as a dash.
    pub value: f64,
    /// Its unit.
    pub unit: Unit,
    /// Ends of its interval or envelope.
    pub range: Option<(f64, f64)>,
    /// The entity that fixes its colour.
    pub entity: String,
    /// Whether the pointer is on it.
    pub is_focus: bool,
}

/// More rows than this are counted, not listed.
const MAX_ROWS: usize = 10;

/// The item of a block that the pointer is on: its list and place in it, as the chart's hits say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A line.
    Line(usize),
    /// A bar, or a part of a map.
    Bar(usize),
    /// A cell, counted row by row; missing ones count.
    Cell(usize),
    /// A point of a scatter.
    Point(usize),
    /// A run of parallel coordinates.
    Run(usize),
}

/// The tooltip of a block at a position of its x axis and at an item; `None` where there is nothing to say.
pub fn hover(block: &Block, x: Option<f64>, item: Option<Item>) -> Option<Hover> {
    match (&block.body, item) {
        (BlockBody::Lines(body), item) => lines(body, x?, item),
        (BlockBody::Bars(body), Some(Item::Bar(i))) => bars(body, i),
        (BlockBody::Map(body), Some(Item::Bar(i))) => map(body, i),
        (BlockBody::Matrix(body), Some(Item::Cell(i))) => matrix(body, i),
        (BlockBody::Scatter(body), Some(Item::Point(i))) => scatter(body, i),
        (BlockBody::Parallel(body), Some(Item::Run(i))) => parallel(body, i),
        _ => None,
    }
}

/// The place of the position nearest to `x`; `None` for an empty axis.
pub fn nearest(positions: &[f64], x: f64) -> Option<usize> {
    let after = positions.partition_point(|&p| p < x);
    let before = after.checked_sub(1);
    let distance = |i: usize| positions.get(i).map(|p| (p - x).abs());
    match (before, distance(after)) {
        (Some(before), Some(far)) if distance(before).is_some_and(|near| near <= far) => Some(before),
        (Some(before), None) => Some(before),
        (_, Some(_)) => Some(after),
        (None, None) => None,
    }
}

fn lines(body: &Lines, x: f64, item: Option<Item>) -> Option<Hover> {
    // The longest line sets the positions that the crosshair snaps to.
    let longest = body.lines.iter().max_by_key(|l| l.x.len())?;
    let at = longest.x.get(nearest(&longest.x, x)?).copied()?;
    let spacing = typical_spacing(&longest.x);
    let row = |(i, line): (usize, &super::Line)| {
        let place = nearest(&line.x, at)?;
        let position = line.x.get(place)?;
        // A line that has ended or not begun says nothing here.
        if line.title.is_empty() || (position - at).abs() > spacing {
            return None;
        }
        let range = line.low.get(place).copied().zip(line.high.get(place).copied());
        Some(HoverRow {
            title: line.title.clone(),
            value: line.y.get(place).copied().unwrap_or(f64::NAN),
            unit: body.y.unit.clone(),
            range: range.filter(|(low, high)| low.is_finite() && high.is_finite()),
            entity: line.entity.clone(),
            is_focus: item == Some(Item::Line(i)),
        })
    };
    let rows: Vec<HoverRow> = body.lines.iter().enumerate().filter_map(row).collect();
    let heading = match body.x.scale {
        super::XScale::Time => Heading::Time(at),
        _ => Heading::Position(at, body.x.unit.clone()),
    };
    Some(listed(heading, rows))
}

fn typical_spacing(x: &[f64]) -> f64 {
    match (x.first(), x.last()) {
        (Some(first), Some(last)) if x.len() > 1 => 1.5 * (last - first) / (x.len() - 1) as f64,
        _ => f64::INFINITY,
    }
}

/// The focused row first, then by value, largest first; missing values last.
fn listed(heading: Heading, mut rows: Vec<HoverRow>) -> Hover {
    let key = |row: &HoverRow| if row.value.is_nan() { f64::NEG_INFINITY } else { row.value };
    rows.order_by(|a, b| b.is_focus.cmp(&a.is_focus).then(key(b).total_cmp(&key(a))));
    let n_more = rows.len().saturating_sub(MAX_ROWS);
    rows.truncate(MAX_ROWS);
    Hover { heading, rows, n_more }
}

fn bars(body: &Bars, i: usize) -> Option<Hover> {
    let bar = body.bars.get(i)?;
    let row = |title: &str, value: f64, range| HoverRow {
        title: title.to_owned(),
        value,
        unit: body.axis.unit.clone(),
        range,
        entity: bar.entity.clone(),
        is_focus: false,
    };
    let range = Some((bar.low, bar.high)).filter(|(low, high)| low.is_finite() && high.is_finite());
    let mut rows = vec![row("", bar.value, range)];
    if bar.reference.is_finite() {
        rows.push(row("reference", bar.reference, None));
    }
    Some(Hover { heading: Heading::Text(bar.title.clone()), rows, n_more: 0 })
}

/// The values of a bar, and the word about it: why there is none, or whether it is clear.
fn map(body: &WorldMap, i: usize) -> Option<Hover> {
    let mut hover = bars(&body.values, i)?;
    let word = body.parts.get(i).map(|part| &part.word).filter(|word| !word.is_empty());
    let said = word.or_else(|| body.values.bars.get(i).map(|bar| &bar.note));
    if let (Some(row), Some(said)) = (hover.rows.first_mut(), said) {
        row.title.clone_from(said);
    }
    Some(hover)
}

fn matrix(body: &Matrix, i: usize) -> Option<Hover> {
    let value = body.values.get(i)?;
    let n_columns = if body.column_times.is_empty() { body.columns.len() } else { body.column_times.len() }.max(1);
    let (row, column) = (i / n_columns, i % n_columns);
    let heading = match body.column_times.get(column) {
        Some(&at) => Heading::Time(at),
        None => Heading::Text(named(&body.column_title, body.columns.get(column))),
    };
    let mut rows = vec![HoverRow {
        title: named(&body.row_title, body.rows.get(row)),
        value: *value,
        unit: body.unit.clone(),
        ..HoverRow::default()
    }];
    if let Some(&count) = body.counts.get(i) {
        rows.push(HoverRow {
            title: "count".to_owned(),
            value: count,
            unit: Unit::from("short"),
            ..HoverRow::default()
        });
    }
    Some(Hover { heading, rows, n_more: 0 })
}

fn named(title: &str, name: Option<&String>) -> String {
    let name = name.map_or("", String::as_str);
    if title.is_empty() { name.to_owned() } else { format!("{title} {name}") }
}

fn scatter(body: &Scatter, i: usize) -> Option<Hover> {
    let point = body.points.get(i)?;
    let row = |axis: &super::AxisSpec, value: f64| {
        // On an axis of names the position stands for one.
        let name = axis.categories.get(value as usize).filter(|_| value >= 0.0);
        HoverRow {
            title: name.map_or(axis.title.clone(), |name| format!("{}: {name}", axis.title)),
            value: if name.is_some() { f64::NAN } else { value },
            unit: axis.unit.clone(),
            entity: point.entity.clone(),
            ..HoverRow::default()
        }
    };
    let mut rows = vec![row(&body.x, point.x), row(&body.y, point.y)];
    if let Some(&value) = body.values.get(i) {
        let (title, unit) = (body.value_title.clone(), body.value_unit.clone());
        rows.push(HoverRow { title, value, unit, entity: point.entity.clone(), ..HoverRow::default() });
    }
    Some(Hover { heading: Heading::Text(point.title.clone()), rows, n_more: 0 })
}

fn parallel(body: &Parallel, i: usize) -> Option<Hover> {
    let run = body.runs.get(i)?;
    let row = |(axis, &value): (&super::ParallelAxis, &f64)| {
        let category = axis.categories.get(value as usize).filter(|_| value >= 0.0);
        HoverRow {
            title: category.map_or(axis.title.clone(), |name| format!("{}: {name}", axis.title)),
            value: if category.is_some() { f64::NAN } else { value },
            unit: axis.unit.clone(),
            ..HoverRow::default()
        }
    };
    let rows: Vec<HoverRow> = body.axes.iter().zip(&run.values).map(row).collect();
    Some(Hover { heading: Heading::Text(run.title.clone()), rows, n_more: 0 })
}

#[cfg(test)]
mod tests {
    use super::super::{AxisSpec, Line, XScale};
    use super::*;

    fn line(title: &str, x: &[f64], y: &[f64]) -> Line {
        Line { title: title.to_owned(), x: x.to_vec(), y: y.to_vec(), ..Line::default() }
    }

    fn block(lines: Vec<Line>) -> Block {
        let x = AxisSpec { scale: XScale::Time, ..AxisSpec::default() };
        let body = BlockBody::Lines(Lines { x, lines, ..Lines::default() });
        Block { id: "b".to_owned(), title: String::new(), details: false, width: 12, body }
    }

    #[test]
    fn the_hovered_line_comes_first_then_the_largest() {
        let block = block(vec![
            line("a", &[1.0, 2.0], &[1.0, 5.0]),
            line("b", &[1.0, 2.0], &[1.0, 9.0]),
            line("c", &[1.0, 2.0], &[1.0, 1.0]),
        ]);
        let hover = hover(&block, Some(1.9), Some(Item::Line(2))).unwrap();
        assert_eq!(hover.heading, Heading::Time(2.0));
        let titles: Vec<&str> = hover.rows.iter().map(|r| r.title.as_str()).collect();
        assert_eq!(titles, ["c", "b", "a"]);
    }

    #[test]
    fn a_line_that_has_ended_is_left_out_and_a_gap_is_named() {
        let block =
            block(vec![line("long", &[1.0, 2.0, 3.0, 4.0], &[1.0, 1.0, 1.0, f64::NAN]), line("short", &[1.0], &[7.0])]);
        let hover = hover(&block, Some(4.0), None).unwrap();
        assert_eq!(hover.rows.len(), 1);
        assert!(hover.rows[0].value.is_nan());
    }

    #[test]
    fn a_cell_after_a_missing_one_is_itself() {
        let names = || vec!["a".to_owned(), "b".to_owned()];
        let values = vec![f64::NAN, 1.0, 2.0, 3.0];
        let body = Matrix { rows: names(), columns: names(), values, ..Matrix::default() };
        let block = Block { body: BlockBody::Matrix(body), ..block(Vec::new()) };
        let hover = hover(&block, None, Some(Item::Cell(2))).unwrap();
        assert_eq!((hover.heading, hover.rows[0].title.as_str()), (Heading::Text("a".to_owned()), "b"));
        assert_eq!(hover.rows[0].value, 2.0);
    }

    #[test]
    fn a_part_of_a_map_says_why_it_has_no_value_and_else_its_n() {
        let bar = |value, note: &str| super::super::Bar { value, note: note.to_owned(), ..Default::default() };
        let part = |word: &str| super::super::MapPart { word: word.to_owned(), ..Default::default() };
        let values = Bars { bars: vec![bar(0.5, "n 40"), bar(f64::NAN, "x")], ..Bars::default() };
        let body = WorldMap { values, parts: vec![part(""), part("too few to show")], ..WorldMap::default() };
        let block = Block { body: BlockBody::Map(body), ..block(Vec::new()) };
        let titles: Vec<String> =
            (0..2).map(|i| hover(&block, None, Some(Item::Bar(i))).unwrap().rows[0].title.clone()).collect();
        assert_eq!(titles, ["n 40", "too few to show"]);
        assert!(hover(&block, None, Some(Item::Bar(2))).is_none());
    }

    #[test]
    fn nearest_takes_the_closer_neighbour() {
        assert_eq!(nearest(&[0.0, 10.0, 20.0], 4.0), Some(0));
        assert_eq!(nearest(&[0.0, 10.0, 20.0], 6.0), Some(1));
        assert_eq!(nearest(&[0.0, 10.0, 20.0], 99.0), Some(2));
        assert_eq!(nearest(&[], 1.0), None);
    }
}
